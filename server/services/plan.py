"""What a supervisor is told: which servers to keep, where, with which programs and sizes."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Plan:
    """The supervisor's orders. Without a library there is no graph, without a queue program no queue to keep."""

    home: Path
    library: Path | None = None
    version: str = ""
    heap: str = "512m"
    pagecache: str = "256m"
    queue_program: Path | None = None
    java: Path | None = None  # another runtime than the packaged one
    entry: str = "org.neo4j.server.CommunityEntryPoint"
    start_seconds: float = 180.0
    steady_seconds: float = 60.0  # what a server must have lived to be started again

    def to_json(self) -> str:
        """As text, for a pipe."""
        return json.dumps(asdict(self), default=str)

    @classmethod
    def from_json(cls, text: str) -> "Plan":
        """From a pipe's text."""
        table = json.loads(text)
        for name in ("home", "library", "queue_program", "java"):
            table[name] = Path(table[name]) if table[name] else None
        return cls(**table)
