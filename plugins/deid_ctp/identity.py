"""Identity: the strings by which one instance's people, places and numbers would be known, and the search for them.

Collected from every element that PS3.15 does not let stay, at any depth. A word of three letters is found only
between other characters than letters, a number of four digits only between others than digits.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache

from obia.plugins.deid_ctp.dates import shift
from obia.plugins.deid_ctp.elements import TEXT, Branch, Item, standard_vr
from obia.plugins.deid_ctp.ps315 import table
from obia.plugins.deid_ctp.uids import is_registered
from obia.plugins.deid_ctp.vocabulary import says_nothing

BIRTH_DATE = 0x00100030
TIME_ZONE = 0x00080201  # kept under modified dates, and no trace of anybody
_MIN_DIGITS = 4
_MIN_LETTERS = 3
_MIN_VALUE = 4
_LONG = 5  # from here on a word is looked for inside words too
_DESCRIPTOR = 8  # characters: below, a description is a word of the trade and no trace
_MAX_NEEDLE = 200  # characters of a long text that are looked for

_NAME_PARTS = re.compile(r"[\s^=,.;/&()\-\\]+")
_DIGITS = re.compile(r"\d{4,}", re.A)
_GROUPED = re.compile(r"\+?\d[\d\s()./\-]{5,}\d", re.A)
_COMPACT = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Identity:
    """What is looked for: `words` in any text, `phrases` in text that is no term, `numbers` in private values too."""

    words: set[str] = field(default_factory=set)
    phrases: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    _encoded: dict[tuple[str, ...], list[bytes]] = field(default_factory=dict)

    def found_in(self, text: str, is_term: bool = False) -> bool:
        """Whether a text holds one of the strings."""
        small = text.casefold()
        return any(word in small and _stands_alone(word, small) for word in self.words) or (
            not is_term and any(phrase in small for phrase in self.phrases)
        )

    def found_in_any(self, texts: Iterable[str]) -> bool:
        """Whether one of many texts may hold one of the strings: quick, and never wrong when it says no."""
        small = "\n".join(texts).casefold()
        return any(word in small for word in self.words) or any(phrase in small for phrase in self.phrases)

    def found_in_bytes(self, value: bytes, codecs: tuple[str, ...] = ()) -> bool:
        """Whether bytes of no known kind hold one of the strings, in UTF-8, UTF-16, GB18030 or the header's codecs."""
        if codecs not in self._encoded:
            words = [word for word in (*self.words, *self.phrases) if len(word) >= _MIN_VALUE or not word.isascii()]
            self._encoded[codecs] = [each for each in _encodings(words, codecs) if len(each) >= _MIN_VALUE]
        small = value.lower()
        return any(needle in small for needle in self._encoded[codecs])


def _encodings(words: Iterable[str], codecs: tuple[str, ...]) -> set[bytes]:
    """Each word in every encoding, with ASCII letters small: as the bytes it is looked for in are made small."""
    found: set[bytes] = set()
    for word in words:
        found.update((word.encode("utf-16-le", "replace").lower(), word.encode("utf-16-be", "replace").lower()))
        found.add(word.encode("utf-8", "surrogatepass").lower())
        if not word.isascii():
            found.update(_encodable(word, ("gb18030", *codecs)))
    return found


def _encodable(word: str, codecs: Iterable[str]) -> Iterator[bytes]:
    for codec in codecs:
        with suppress(UnicodeEncodeError, LookupError):
            yield word.encode(codec).lower()


def _stands_alone(word: str, text: str) -> bool:
    """Whether a short word occurs between characters of another kind; a long one may occur inside words."""
    if len(word) > _LONG or not word.isascii() or (len(word) == _LONG and not word.isdigit()):
        return True
    kind = r"\d" if word.isdigit() else "[^\\W\\d_]" if word.isalpha() else r"[^\W_]"
    return re.search(rf"(?<!{kind}){re.escape(word)}(?!{kind})", text) is not None


@lru_cache(1)
def _telling() -> dict[int, bool]:
    """The elements that may not stay as they are, and whether each is a description."""
    rows = {row.number: row for row in table() if row.number not in (None, TIME_ZONE) and not row.is_kept}
    return {number: row.is_descriptor for number, row in rows.items() if number is not None}


def collect(root: Item) -> Identity:
    """Collect what would identify anybody from an original's header, at every depth."""
    identity, telling = Identity(), _telling()
    for item, element in root.walk():
        if isinstance(element, Branch) or not element.value or element.tag & 0x10000:
            continue
        tag = element.tag
        vr = element.VR or standard_vr(tag) or "UN"
        if vr in ("UN", "OB"):
            vr = standard_vr(tag) or "UN"
        if tag not in telling and vr not in ("PN", "UI", "DA", "DT"):
            continue
        text = item.text_of(element) if vr in TEXT else None
        if text:
            _note(identity, int(tag), vr, text, telling.get(tag, False))
    identity.words = {word for word in identity.words if not says_nothing(word)}
    return identity


def _note(identity: Identity, tag: int, vr: str, text: str, is_descriptor: bool) -> None:
    if vr == "UI":
        identity.words.update(uid for uid in _values(text) if len(uid) > _LONG and not is_registered(uid))
    elif vr in ("DA", "DT"):
        for each in _values(text):
            _note_date(identity, each, tag == BIRTH_DATE)
    elif vr == "PN":
        for each in _values(text):
            _note_name(identity, each)
    elif vr in ("TM", "AS"):
        return
    elif is_descriptor:
        _note_description(identity, text)
    else:
        for each in _values(text) if vr not in ("LT", "ST", "UT") else [text]:
            _note_value(identity, each)


def _values(text: str) -> list[str]:
    return [value for each in text.split("\\") if (value := each.strip(" \0"))]


def _note_name(identity: Identity, name: str) -> None:
    """Every part of a name, and its parts run together in both orders."""
    for group in name.split("="):
        parts = [part for part in _NAME_PARTS.split(group.casefold()) if part]
        identity.words.update(part for part in parts if _is_telling(part))
        family = parts[:2]
        for order in (family, family[::-1], parts):
            for between in ("", " ", "^", "_"):
                joined = between.join(order)
                if len(order) > 1 and (len(joined) >= _MIN_VALUE or (not joined.isascii() and len(joined) > 1)):
                    identity.words.add(joined)
        _note_numbers(identity, group)


def _is_telling(part: str) -> bool:
    return len(part) >= _MIN_LETTERS or (len(part) > 1 and not part.isascii())


def _note_date(identity: Identity, text: str, is_birth: bool) -> None:
    day = shift(text, 0, True)
    if day is None or len(day) < 8:
        return
    year, month, date = day[:4], day[4:6], day[6:8]
    identity.words.update(between.join((year, month, date)) for between in ("", "-", ".", "/"))
    identity.numbers.add(day[:8])
    if is_birth:
        for first, second in ((date, month), (month, date)):
            identity.words.update(between.join((first, second, year)) for between in ("", "-", ".", "/"))
            identity.numbers.update((first + second + year, first + second + year[2:]))
        identity.numbers.add(day[2:8])


def _note_description(identity: Identity, text: str) -> None:
    phrase = text.casefold()[:_MAX_NEEDLE]
    if len(phrase) >= _DESCRIPTOR or (not phrase.isascii() and len(phrase) > 3):
        identity.phrases.add(phrase)
    _note_numbers(identity, text, least=6)


def _note_value(identity: Identity, value: str) -> None:
    word = value.casefold()[:_MAX_NEEDLE]
    if len(word) >= _MIN_VALUE or (not word.isascii() and len(word) > 1):
        identity.words.add(word)
        compact = _COMPACT.sub("", word)
        if len(compact) > _LONG:
            identity.words.add(compact)
    _note_numbers(identity, value)


def _note_numbers(identity: Identity, text: str, least: int = _MIN_DIGITS) -> None:
    """Every run of digits, and runs that only spaces, dots, slashes, dashes or brackets divide."""
    runs = set(_DIGITS.findall(text))
    runs.update(re.sub(r"\D", "", found) for found in _GROUPED.findall(text))
    for run in runs:
        for digits in {run, run.lstrip("0")}:
            if len(digits) >= least and len(set(digits)) > 1:
                identity.numbers.add(digits)
                identity.words.add(digits)
