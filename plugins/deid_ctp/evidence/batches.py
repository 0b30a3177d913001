"""Batches: the records of one run as lines, and a signed head over their hash tree; each head names the one before."""

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from obia import BadInput
from obia.plugins.deid_ctp.evidence import tree
from obia.plugins.deid_ctp.evidence.signing import Signer, is_signed, public_key
from obia.plugins.deid_ctp.evidence.whole import write_whole

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FOLDER = ".evidence"
PUBLIC = "public.pem"
_PREFIX = b"OBIA deid evidence 1\n"
_VERSION = 1
_MOST = 10_000  # records of one batch: 100 MB, which a verifier has to hold


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a record says of a file's bytes: digests of its header and of what follows."""

    size: int
    header_size: int
    header: str
    pixels: str


@dataclass(slots=True)
class Evidence:
    """What a folder of evidence says: its records by file, and what is wrong with it."""

    records: dict[str, Recorded] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    batches: int = 0


def seal(folder: Path, records: Iterable[str], facts: Mapping[str, object], signer: Signer) -> int:
    """Sign the records that no batch holds yet; return how many."""
    folder.mkdir(parents=True, exist_ok=True)
    _publish(folder, signer)
    heads = sorted(folder.glob("batch-*.json"))
    sealed = {json.loads(line)["file"] for head in heads for line in _lines(head)}
    new = (text for text in records if json.loads(text)["file"] not in sealed)
    previous, count = heads[-1] if heads else None, 0
    while batch := list(islice(new, _MOST)):
        previous = _seal(folder, batch, previous, len(heads) + 1 + count // _MOST, facts, signer)
        count += len(batch)
    return count


def _seal(
    folder: Path, new: list[str], previous: Path | None, number: int, facts: Mapping[str, object], signer: Signer
) -> Path:
    """Sign one batch. Its head comes last: without it there is no batch."""
    head: dict[str, object] = {
        "version": _VERSION,
        "batch": number,
        "size": len(new),
        "root": tree.root([tree.leaf(text.encode()) for text in new]).hex(),
        "previous": None if previous is None else _root_of(previous),
        **facts,
    }
    head["signature"] = base64.b64encode(signer.sign(_message(head))).decode("ascii")
    path = folder / f"batch-{number:06d}.json"
    write_whole(path.with_suffix(".jsonl"), "".join(f"{text}\n" for text in new).encode())
    write_whole(path, json.dumps(head, indent=1, sort_keys=True).encode() + b"\n")
    return path


def _publish(folder: Path, signer: Signer) -> None:
    path = folder / PUBLIC
    if not path.exists():
        write_whole(path, signer.public)
    elif path.read_bytes() != signer.public:
        raise BadInput("the evidence that is there was signed with another key; name another folder")


def _message(head: Mapping[str, object]) -> bytes:
    said = {name: value for name, value in head.items() if name != "signature"}
    return _PREFIX + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()


def _root_of(path: Path) -> object:
    return json.loads(path.read_bytes())["root"]


def _lines(head: Path) -> Iterator[bytes]:
    with head.with_suffix(".jsonl").open("rb") as stream:
        for line in stream:
            yield line.rstrip(b"\n")


def check(folder: Path, pem: bytes) -> Evidence:
    """Check every signature, every tree and the chain of heads by the public key alone. Raises ObiaError KEY_WRONG."""
    key, evidence = public_key(pem), Evidence()
    previous: object = None
    for number, path in enumerate(sorted(folder.glob("batch-*.json")), 1):
        try:
            previous = _check_one(path, number, previous, key, evidence)
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            evidence.problems.append(f"{path.name}: it cannot be read")
        evidence.batches = number
    for path in sorted(folder.glob("batch-*.jsonl")):
        if not path.with_suffix(".json").exists():
            evidence.problems.append(f"{path.name}: its head is missing")
    return evidence


def _check_one(path: Path, number: int, previous: object, key: "Ed25519PublicKey", evidence: Evidence) -> object:
    head = json.loads(path.read_bytes())
    lines = list(_lines(path))
    if not is_signed(key, _message(head), base64.b64decode(head["signature"])):
        evidence.problems.append(f"{path.name}: its signature is not of this key")
    if (head["size"], head["root"]) != (len(lines), tree.root([tree.leaf(line) for line in lines]).hex()):
        evidence.problems.append(f"{path.name}: its records are not those that were signed")
    if head["batch"] != number or head["previous"] != previous:
        evidence.problems.append(f"{path.name}: a batch before it is missing")
    for line in lines:
        record = json.loads(line)
        if str(record["file"]) in evidence.records:
            evidence.problems.append(f"{path.name}: a file is recorded twice")
        evidence.records[str(record["file"])] = Recorded(
            int(record["size"]), int(record["header_size"]), str(record["header"]), str(record["pixels"])
        )
    return head["root"]
