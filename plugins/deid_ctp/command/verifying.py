"""Verifying: the evidence of a folder against its files, and the files against the standard."""

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from obia import BadInput, NotFound
from obia.plugins.deid_ctp.command.outbox import STATE
from obia.plugins.deid_ctp.command.pool import Pool, cores
from obia.plugins.deid_ctp.evidence.batches import FOLDER, PUBLIC, Evidence, Recorded, check
from obia.plugins.deid_ctp.evidence.originals import Originals
from obia.plugins.deid_ctp.evidence.scanning import Finding, Scanner, shown_name
from obia.plugins.deid_ctp.evidence.signing import key_name

_STATE_FILES = frozenset(("lock", "run.json", "journal.jsonl", "integers"))
_EVIDENCE_FILE = re.compile(rf"{re.escape(PUBLIC)}|batch-\d+\.jsonl?")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found, and what is to be said of the whole."""

    findings: list[Finding]
    remarks: list[str]


@dataclass(frozen=True, slots=True)
class _Look:
    """One file to look at, with its record if it has one."""

    name: str
    number: int
    record: Recorded | None


def verify(folder: Path, public_key: Path | None, originals: Path | None, evidence: Path | None) -> Verdict:
    """Verify a folder. Raises ObiaError for what cannot be read."""
    if not folder.is_dir():
        raise NotFound("DIR is no folder; name one that is")
    place = evidence or folder / FOLDER
    findings, remarks = list[Finding](), list[str]()
    held = _evidence(place, public_key, evidence is not None, findings, remarks)
    names = _names(folder, place)
    if not names and held is None:
        raise BadInput("DIR holds no file to look at; name the folder that a run wrote")
    if held is not None:
        _match(names, held, findings)
    wanted = Originals() if originals is None else Originals.load(originals)
    if wanted.unread:
        what = f"files or folders that cannot be read, and were not compared: {wanted.unread:,}"
        findings.append(Finding("the originals", "", f"hold {what}"))
    if wanted.ignored:
        remarks.append(f"{wanted.ignored} strings of the originals are too short to look for")
    looks = [_Look(name, at, held.records.get(name) if held else None) for at, name in enumerate(names, 1)]
    pool: Pool[_Look, list[Finding]] = Pool(partial(_prepare, folder, wanted), _fallen, min(cores(), len(looks)))
    for found in pool.results(looks):
        findings += found
    remarks.append(f"{len(names):,} files, {len(findings):,} findings")
    return Verdict(findings, remarks)


def _evidence(
    place: Path, public_key: Path | None, is_named: bool, findings: list[Finding], remarks: list[str]
) -> Evidence | None:
    """What the evidence says; None where there is none."""
    if not any(place.glob("batch-*")):
        if is_named or public_key is not None:
            findings.append(Finding("", "", "there is no evidence"))
        remarks.append("no evidence: the files alone were searched")
        return None
    try:
        pem = (public_key or place / PUBLIC).read_bytes()
    except OSError as error:
        raise BadInput(f"the public key cannot be read: {error.strerror}") from None
    held = check(place, pem)
    findings += [Finding("evidence", "", problem) for problem in held.problems]
    whose = "" if public_key else ", which came with the files: compare it with the sender's, or give --public-key"
    remarks.append(f"{len(held.records):,} records, batches: {held.batches:,}, key {key_name(pem)}{whose}")
    return held


def _names(folder: Path, evidence: Path) -> list[str]:
    """Every file but the evidence and what a run needs to go on."""
    found = []
    for here, folders, names in os.walk(folder):
        folders.sort()
        at = Path(here)
        for name in sorted(names):
            path = at / name
            is_ours = at == folder / STATE and name in _STATE_FILES
            if not is_ours and not (at == evidence and _EVIDENCE_FILE.fullmatch(name)):
                found.append(path.relative_to(folder).as_posix())
        found += [(at / each).relative_to(folder).as_posix() for each in folders if (at / each).is_symlink()]
    return found


def _match(names: list[str], held: Evidence, findings: list[Finding]) -> None:
    for number, name in enumerate(names, 1):
        if name not in held.records:
            findings.append(Finding(shown_name(name, number), "", "is not recorded"))
    there = frozenset(names)
    for name in held.records:
        if name not in there:
            findings.append(Finding(shown_name(name, 0), "", "is recorded, and missing"))


def _prepare(folder: Path, originals: Originals) -> Callable[[_Look], list[Finding]]:
    return partial(_looked_at, folder, Scanner(originals))


def _looked_at(folder: Path, scanner: Scanner, look: _Look) -> list[Finding]:
    shown, path = shown_name(look.name, look.number), folder / look.name
    if path.is_symlink() or not path.is_file():
        return [Finding(shown, "", "is no file, but a link or something else, and was not searched")]
    try:
        differing = [Finding(shown, "", what) for what in _differences(path, look.record)]
        return differing + scanner.scan(folder, look.name, look.number)
    except OSError:
        return [Finding(shown, "", "cannot be read")]
    except Exception as error:  # bytes of anyone
        return [Finding(shown, "", f"cannot be searched ({type(error).__name__})")]


def _differences(path: Path, record: Recorded | None) -> Iterator[str]:
    """What of a file is not as its record says."""
    if record is None:
        return
    content = path.read_bytes()
    if len(content) != record.size:
        yield "is not as long as its record says"
        return
    view, at = memoryview(content), record.header_size
    for what, part, digest in (("header", view[:at], record.header), ("pixel", view[at:], record.pixels)):
        if hashlib.sha256(part).hexdigest() != digest:
            yield f"has other {what} bytes than its record says"


def _fallen(look: _Look, reason: str) -> list[Finding]:
    return [Finding(shown_name(look.name, look.number), "", f"cannot be searched: {reason}")]
