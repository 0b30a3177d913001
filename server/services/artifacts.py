"""The artifacts Neo4j is made of: exact versions, sizes and checksums, from the committed lock."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

_LOCK = Path(__file__).with_name("neo4j.lock")
_SERVER = "neo4j-server"
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Artifact:
    """One jar: where a Maven repository keeps it, and what it must be."""

    group: str
    name: str
    version: str
    classifier: str
    size: int
    sha256: str

    @property
    def filename(self) -> str:
        """Its name in the folder that the class path names."""
        return "-".join(part for part in (self.name, self.version, self.classifier) if part) + ".jar"

    @property
    def path(self) -> str:
        """Its path in a Maven repository."""
        return "/".join((*self.group.split("."), self.name, self.version, self.filename))

    def is_whole(self, path: Path) -> bool:
        """Whether this file is the artifact, by size and checksum."""
        try:
            return path.stat().st_size == self.size and sha256_of(path) == self.sha256
        except OSError:
            return False


@dataclass(frozen=True, slots=True)
class Lock:
    """Every artifact of one version of Neo4j, under one digest."""

    artifacts: tuple[Artifact, ...]
    digest: str

    @property
    def version(self) -> str:
        """The version of Neo4j."""
        return next(each.version for each in self.artifacts if each.name == _SERVER)

    @property
    def size(self) -> int:
        """All bytes together."""
        return sum(each.size for each in self.artifacts)


def read_lock(path: Path = _LOCK) -> Lock:
    """Read a lock: `group:artifact:version[:classifier] size sha256`, one artifact a line."""
    text = path.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return Lock(tuple(_artifacts(lines)), hashlib.sha256("\n".join(lines).encode()).hexdigest())


def _artifacts(lines: Iterable[str]) -> Iterable[Artifact]:
    for line in lines:
        coordinates, size, sha256 = line.split()
        group, name, version, *classifier = coordinates.split(":")
        yield Artifact(group, name, version, "".join(classifier), int(size), sha256)


def sha256_of(path: Path) -> str:
    """The checksum of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
