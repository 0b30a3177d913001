"""Scanning: files looked at as a stranger would, by the table, by patterns and by the originals' own strings.

Nothing here knows how the files were made: of this plugin it uses the vendored table and no rule.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pydicom import Dataset

from obia.plugins.deid_ctp.evidence.listing import UNREAD, File, Listed, elements, read_file
from obia.plugins.deid_ctp.evidence.originals import Originals
from obia.plugins.deid_ctp.evidence.suspicions import is_person, suspicions
from obia.plugins.deid_ctp.evidence.table import DATES, SAFE_PRIVATE, UIDS, Claims, row_of

_META = frozenset((0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013))
_SPOKEN = frozenset(("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"))
_NUMERIC = frozenset(("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "OF", "OD", "DS", "IS"))
_NUMBERS = frozenset((0x00080050, 0x00100010, 0x00100020, 0x00101000, 0x00200010, 0x00402016, 0x00402017))
_WORDS = frozenset(("LO", "SH", "ST", "LT", "UT", "UC"))
_DUMMY = re.compile(r"[\W\d_]*|(?i:removed|replaced|anonym\w*|de-?identified|dummy|none|null|unknown|n/?a|x+|obia)")
_DUMMIES = ("1900", "0001", "1800")  # years that dummies have
_PRINTABLE = re.compile(rb"[\x20-\x7e\x80-\xff]{5,}")
_WIDE = re.compile(rb"(?:[\x20-\x7e]\x00){5,}")
_UID_NAME = re.compile(r"(?=[0-9.]{1,64}(?:\.dcm)?$)[0-9]+(?:\.[0-9]+){2,}(?:\.dcm)?")
_MOST = 1_000_000  # bytes of a value that are searched
_LARGE = 20_000  # bytes: in a larger value of numbers, patterns stand by chance


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: where, and what; never a value."""

    file: str
    path: str
    what: str


class Scanner:
    """Looks at files, with or without originals to look for."""

    def __init__(self, originals: Originals | None = None) -> None:
        self.originals = originals or Originals()

    def scan(self, root: Path, name: str, number: int = 1) -> list[Finding]:
        """Look at one file of a folder, `number` among the others."""
        file, shown = read_file(root / name), shown_name(name, number)
        is_original = not self.originals.uids.isdisjoint(each.removesuffix(".dcm") for each in name.split("/"))
        if is_original:
            shown = f"file {number}"
        if file is None:
            return [Finding(shown, "", "is no DICOM file")]
        found = [Finding(shown, path, what) for path, what in self._found(file)]
        if is_original:
            found.append(Finding(shown, "", "its name is an original's UID"))
        elif shown != name:
            found.append(Finding(shown, "", "its name says more than a UID"))
        return list(dict.fromkeys(found))

    def _found(self, file: File) -> Iterator[tuple[str, str]]:
        if file.preamble.strip(b"\0"):
            yield "preamble", "is not empty"
        listed = list(elements(file.dataset))
        claims = _claims(listed)
        if next((each.text for each in listed if each.path == "00120062"), "") != "YES":
            yield "00120062", "does not say that identity was removed"
        for each in elements(getattr(file.dataset, "file_meta", None) or Dataset()):
            if each.tag not in _META:
                yield each.path, "stands in the file meta and should not"
        for each in listed:
            if not each.is_empty:
                yield from ((each.path, what) for what in self._said(each, claims))

    def _said(self, each: Listed, claims: Claims) -> Iterator[str]:
        yield from _by_table(each, claims)
        if each.vr == "UI":
            if UIDS not in claims.codes and not self.originals.uids.isdisjoint(each.text.split("\\")):
                yield "is an original's UID"
        elif each.vr in _SPOKEN:
            if each.vr == "PN" and is_person(each.text):
                yield "holds what looks like a person's name"
            yield from self._in_text(each.text, each.tag in _NUMBERS, _is_retained(each, claims))
        elif each.vr in ("DA", "DT"):
            if each.tag == 0x00100030 and each.text in self.originals.births:
                yield "is an original's date of birth"
        elif each.value is UNREAD:
            if each.vr not in _NUMERIC:
                yield "is larger than a megabyte, and was not searched"
        elif each.value and (each.vr not in _NUMERIC or each.is_private) and len(each.value) < _MOST:
            yield from self._in_bytes(each.value, each.vr in _NUMERIC or len(each.value) > _LARGE)

    def _in_text(self, text: str, is_number: bool, is_retained: bool) -> Iterator[str]:
        for what in suspicions(text, is_number):
            yield f"holds what looks like {what}"
        if self.originals.is_in(text) and not (is_retained and self.originals.is_one(text)):
            yield "holds a string of the originals"

    def _in_bytes(self, value: bytes, is_number: bool) -> Iterator[str]:
        runs = [run.decode("latin-1") for run in _PRINTABLE.findall(value)]
        runs += [run.decode("utf-16-le") for run in _WIDE.findall(value)]
        for what in dict.fromkeys(what for run in runs for what in suspicions(run, is_number)):
            yield f"holds what looks like {what}"
        texts = [*runs, *(value.decode(codec, "ignore") for codec in ("utf-8", "gb18030", "utf-16-le"))]
        if any(self.originals.is_in(text) for text in texts):
            yield "holds a string of the originals"


def shown_name(name: str, number: int) -> str:
    """A path as it may be shown; one with a part that is no UID is a number alone, by the order of the names."""
    parts = name.split("/")
    return name if all(_UID_NAME.fullmatch(each) for each in parts) else f"file {number}"


def _claims(listed: list[Listed]) -> Claims:
    prefix = "00120064."
    return Claims(frozenset(each.text for each in listed if each.path == f"{prefix}00080100"))


def _is_retained(each: Listed, claims: Claims) -> bool:
    """Whether the file claims an option that keeps the element."""
    row = row_of(each.tag)
    return row is not None and row.is_retained(claims)


def _by_table(each: Listed, claims: Claims) -> Iterator[str]:
    """What the table says of an element that holds something."""
    if each.is_behind_pixels and each.value.strip(b"\0"):
        yield "stands behind the pixels"
    if each.is_private:
        is_owner = 0x10 <= each.tag & 0xFFFF <= 0xFF
        if not is_owner and each.vr not in _NUMERIC and SAFE_PRIVATE not in claims.codes:
            yield "is private, no number, and the file does not claim to keep such elements (113111)"
        return
    row = row_of(each.tag)
    if row is None or row.is_relaxed(claims):
        return
    if row.basic == "X":
        yield "is to be removed by PS3.15 E.1-1"
    elif row.basic[0] in "XZD" and each.vr in _WORDS and each.tag not in _NUMBERS and not _DUMMY.fullmatch(each.text):
        yield "is to be removed, emptied or replaced by PS3.15 E.1-1, and does not look replaced"
    elif each.vr in ("DA", "DT") and claims.codes.isdisjoint(DATES) and not each.text.startswith(_DUMMIES):
        yield "is a date, and the file does not claim to keep dates (113106, 113107)"
