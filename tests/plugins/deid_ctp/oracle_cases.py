"""The oracle: cases made by the real CTP, where their inputs lie, and how far an output is from CTP's."""

import gzip
import hashlib
import json
import warnings
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

import pydicom
from pydicom import Dataset
from pydicom.datadict import dictionary_VR

HERE = Path(__file__).parent / "oracle"
FROZEN = datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - the clock of the machine the cases were made on
_PADDING = b" \0"
_STAMP = "00120063"  # holds the time of the run
_PIXELS = "7fe00010"

Value = tuple[str, bytes]
Flat = dict[str, Value]


@dataclass(frozen=True)
class Case:
    """One run of the real CTP on one file."""

    id: str
    kind: str
    set: str
    input: str
    input_sha256: str
    script_text: str
    status: str
    message: str
    lookup: str = ""
    removed: tuple[str, ...] = ()
    added: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    changed: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    more: Mapping[str, object] = field(default_factory=dict)


@lru_cache(1)
def all_cases() -> tuple[Case, ...]:
    """Every case."""
    with gzip.open(HERE / "cases.jsonl.gz", "rt", encoding="utf-8") as lines:
        return tuple(_case(json.loads(line)) for line in lines)


def cases(*sets: str) -> list[Case]:
    """The cases of some sets."""
    return [case for case in all_cases() if case.set in sets]


def _case(entry: dict[str, object]) -> Case:
    known = {name: entry.pop(name) for name in Case.__dataclass_fields__ if name in entry}
    known["removed"] = tuple(map(str, list(known.get("removed") or ())))  # type: ignore[call-overload]
    known.setdefault("script_text", entry.get("expr", ""))
    return Case(**known, more=entry)  # type: ignore[arg-type]


def locate(case: Case) -> Path:
    """Where a case's input lies. Raises AssertionError for an input that is not the one CTP was given."""
    path = _path(case.input)
    assert _digest(path) == case.input_sha256, f"{case.input} is not the file CTP was given"
    return path


def changed_inputs(given: Iterable[Case]) -> list[str]:
    """The inputs that are not, or no longer, the files CTP was given."""
    named = {(case.input, case.input_sha256) for case in given}
    return sorted(name for name, digest in named if _digest(_path(name)) != digest)


def _path(name: str) -> Path:
    return _site_packages() / name[4:] if name.startswith("pip:") else HERE / name


@lru_cache(256)
def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "missing"


def _site_packages() -> Path:
    spec = find_spec("pydicom")
    assert spec is not None and spec.origin is not None
    return Path(spec.origin).parents[1]


def lookup_text(case: Case) -> str | None:
    """The lookup table of a case; None where it has none."""
    return (HERE / case.lookup).read_text(encoding="utf-8") if case.lookup else None


def differences(case: Case, output: bytes | None, *, with_pixels: bool = False) -> list[str]:
    """Say path by path how an output differs from CTP's, without the padding of values."""
    if output is None:
        return ["there is no output"]
    before, after = flat(locate(case).read_bytes()), flat(output)
    expected = {path: value for path, value in before.items() if path not in case.removed}
    expected |= {path: _value(entry) for path, entry in (*case.added.items(), *case.changed.items())}
    wrong = []
    for path in sorted(expected.keys() | after.keys()):
        if _is_ignored(path, with_pixels) or _is_same(expected.get(path), after.get(path)):
            continue
        if path == _STAMP and path in expected and path in after:
            continue
        wrong.append(f"{path}: {expected.get(path)!r:.200} and not {after.get(path)!r:.200}")
    return wrong


def _is_ignored(path: str, with_pixels: bool) -> bool:
    last = path.rpartition(".")[2]
    return path.startswith("0002") or last[4:8] == "0000" or (path == _PIXELS and not with_pixels)


def _value(entry: Mapping[str, object]) -> Value:
    if "sha256" in entry:
        return str(entry["vr"]), b"sha256:" + str(entry["sha256"]).encode()
    return str(entry["vr"]), bytes.fromhex(str(entry.get("hex", "")))


def _is_same(expected: Value | None, found: Value | None) -> bool:
    if expected is None or found is None:
        return expected is found
    if expected[0] != found[0]:
        return False
    if expected[1].startswith(b"sha256:"):
        return expected[1][7:].decode() == hashlib.sha256(found[1]).hexdigest()
    return expected[1].rstrip(_PADDING) == found[1].rstrip(_PADDING)


def flat(file: bytes) -> Flat:
    """A file's elements by path, `ggggeeee[i].ggggeeee`, as VR and bytes; a sequence has none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(_flat(pydicom.dcmread(BytesIO(file), force=True), ""))


def _flat(dataset: Dataset, before: str) -> Iterator[tuple[str, Value]]:
    raw = {tag: dataset.get_item(tag) for tag in sorted(dataset.keys())}
    for tag, element in raw.items():  # all of them first: to look into a sequence converts other elements
        assert element is not None
        vr = element.VR or _vr(tag)
        yield (
            f"{before}{tag:08x}",
            (vr, b"" if vr == "SQ" else _bytes(element.value, dataset.original_encoding[1] is not False)),
        )
    for tag, element in raw.items():
        if element is not None and (element.VR or _vr(tag)) == "SQ":
            for place, item in enumerate(dataset[tag].value):
                yield from _flat(item, f"{before}{tag:08x}[{place}].")


def _bytes(value: object, is_little: bool) -> bytes:
    """A value's bytes; pydicom's reader itself has converted PixelRepresentation, a US."""
    if isinstance(value, int):
        return value.to_bytes(2, "little" if is_little else "big")
    return value if isinstance(value, bytes) else b"" if value is None else str(value).encode()


def _vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return "LO" if tag & 0x10000 and 0x10 <= tag & 0xFFFF <= 0xFF else "UN"
