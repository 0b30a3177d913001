"""Originals: the strings that must not be found again, from a list or from the original files themselves."""

import os
import unicodedata
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from obia import BadInput, NotFound
from obia.plugins.deid_ctp.evidence.listing import elements, read_file

_LEAST, _LEAST_WIDE = 3, 2  # characters; two of Chinese are a name
_SHORT = 6  # characters: a shorter string counts as a word of its own alone
_KEY = 2  # characters by which strings are found
_ZONE = 0x00080201  # Timezone Offset From UTC: its four digits are nobody's
_DESCRIPTION = 12  # characters: a shorter description is a word of the trade
_NAMES = frozenset(("PN",))
_NUMBERS = frozenset(("LO", "SH", "LT", "ST", "UT", "UC"))


@dataclass(slots=True)
class Originals:
    """Strings by their beginnings, UIDs, and days of birth; `ignored` counts strings too short to look for, `unread`
    files and folders that cannot be read."""

    ignored: int = 0
    unread: int = 0
    uids: set[str] = field(default_factory=set, repr=False)
    births: set[str] = field(default_factory=set, repr=False)
    _by_start: dict[str, set[str]] = field(default_factory=dict, repr=False)

    @classmethod
    def load(cls, path: Path) -> "Originals":
        """Read a list, a string a line, or a folder of original files. Raises BadInput, and NotFound."""
        found = cls()
        if not path.exists():
            raise NotFound("the originals are not there; name a list of strings, or a folder of original files")
        if path.is_dir():
            for folder, _, names in os.walk(path, onerror=found._miss):
                for name in names:
                    found._collect(Path(folder) / name)
            return found
        try:
            for line in path.read_text(encoding="utf-8-sig").splitlines():
                found.add(line.strip())
        except (OSError, UnicodeDecodeError):
            raise BadInput("the list of originals cannot be read; it is UTF-8 text, a string a line") from None
        return found

    def _miss(self, _: OSError) -> None:
        self.unread += 1

    def add(self, text: str) -> None:
        """Look for a string, and for a UID as the UID it is."""
        if text.count(".") > 2 and text.replace(".", "").isdigit():
            self.uids.add(text)
        plain = normal(text)
        if len(plain) < (_LEAST if plain.isascii() else _LEAST_WIDE):
            self.ignored += bool(text)
            return
        self._by_start.setdefault(plain[:_KEY], set()).add(plain)

    def is_one(self, text: str) -> bool:
        """Whether a text is one of the strings and nothing else."""
        plain = normal(text)
        return plain in self._by_start.get(plain[:_KEY], ())

    def is_in(self, text: str) -> bool:
        """Whether a text holds one of the strings."""
        if not self._by_start:
            return False
        plain = normal(text)
        return any(
            plain.startswith(each, at) and _stands_alone(plain, at, each)
            for at in range(len(plain) - _KEY + 1)
            for each in self._by_start.get(plain[at : at + _KEY], ())
        )

    def _collect(self, path: Path) -> None:
        """Take what identifies from an original file; what is none is passed over."""
        from obia.plugins.deid_ctp.evidence.table import Claims, row_of

        try:
            file = read_file(path)
        except OSError as error:
            self._miss(error)
            return
        if file is None:
            return
        for each in elements(file.dataset):
            if each.vr == "UI":
                self.uids.update(uid for uid in each.text.split("\\") if uid and not _is_registered(uid))
            row = row_of(each.tag)
            if row is None or each.tag == _ZONE or row.is_relaxed(Claims(frozenset(("113108",)))):
                continue
            if each.tag == 0x00100030:
                self.births.add(each.text)
            if each.vr in ("DA", "DT"):
                self._add_all(written_days(each.text))
            elif each.vr in _NAMES:
                self._add_all(part for part in each.text.replace("=", "^").split("^") if part.strip())
            elif each.vr in _NUMBERS:
                self._add_all(part for part in each.text.split("\\") if _identifies(part))

    def _add_all(self, texts: Iterable[str]) -> None:
        for text in texts:
            self.add(text)


def _identifies(text: str) -> bool:
    """Whether a value can be told from words of the trade: it has digits enough, or is a sentence."""
    return sum(map(str.isdigit, text)) >= 4 or (len(text) >= _DESCRIPTION and " " in text.strip())


def written_days(text: str) -> Iterator[str]:
    """The ways in which a day is written, of each DICOM date of a value."""
    for each in text.split("\\"):
        year, month, day = each[:4], each[4:6], each[6:8]
        if each[:8].isdigit() and len(each) >= 8:
            yield from (year + month + day, f"{year}-{month}-{day}", f"{day}.{month}.{year}")
            yield from (f"{day}/{month}/{year}", f"{month}/{day}/{year}", f"{year}/{month}/{day}")


def normal(text: str) -> str:
    """A text without case, diacritics, carets and doubled spaces."""
    if not text.isascii():
        text = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return " ".join(text.replace("^", " ").replace("=", " ").casefold().split())


def _stands_alone(text: str, at: int, found: str) -> bool:
    if len(found) >= _SHORT or not found.isascii():
        return True
    before, after = text[at - 1 : at] if at else "", text[at + len(found) : at + len(found) + 1]
    return not (before.isalnum() or after.isalnum())


def _is_registered(uid: str) -> bool:
    from pydicom.uid import UID

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return uid.startswith("1.2.840.10008.") or UID(uid).name != uid
