"""Holdings: what an archive holds, by outcome codes and digests, so that two runs can be compared."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from obia.server.settings import Settings
from tests.attack.rows import AttackFailed
from tests.faults import disturbed

_HELD = ("Image", "Annotation")


@dataclass(frozen=True, slots=True)
class Holdings:
    """Digests of what was accepted, codes of what was not, and what store and vault hold."""

    accepted: Counter[str]
    refused: Counter[str]
    stored: Counter[str]
    drafts: int
    sealed: int
    listed: int
    submissions: int

    @classmethod
    def of(cls, settings: Settings) -> "Holdings":
        """What the archive of these settings holds."""
        dumped = disturbed.obia(settings, "graph", "dump")
        if dumped.returncode:
            raise AttackFailed(f"`obia graph dump` ended with {dumped.returncode}")
        nodes = [json.loads(line) for line in dumped.stdout.splitlines() if '"label"' in line]
        store = settings.home / "store"
        files = [path for path in store.rglob("*") if path.is_file()]
        return cls(
            Counter(str(each["properties"].get("digest")) for each in nodes if each["label"] in _HELD),
            Counter(str(each["properties"]["code"]) for each in nodes if each["label"] == "Quarantined"),
            Counter(sha256(path.read_bytes()).hexdigest() for path in files if "images" in path.parts),
            sum(".staging" in path.parts for path in files),
            sum("originals" in path.parts for path in files),
            sum(bool(each["properties"].get("isHeld")) for each in nodes if each["label"] == "Quarantined"),
            sum(each["label"] == "Submission" for each in nodes),
        )

    def differences(self, calm: "Holdings") -> Iterator[str]:
        """What is not as in a calm run, in words without any value."""
        for name, own, other in (
            ("accepted", self.accepted, calm.accepted),
            ("quarantined", self.refused, calm.refused),
            ("stored files", self.stored, calm.stored),
        ):
            if own != other:
                yield f"{name}: {(other - own).total()} lost, {(own - other).total()} too many"
        if self.sealed != calm.sealed:
            yield f"vault: {self.sealed} originals, {calm.sealed} in a calm run"
        if self.sealed != self.listed:
            yield f"vault: {self.sealed} originals, {self.listed} in the list"
        if self.drafts:
            yield f"store: {self.drafts} unfinished files"
