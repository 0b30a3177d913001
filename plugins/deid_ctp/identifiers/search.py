"""Identity: the strings by which one instance's people, places and numbers would be known, and the search for them.

Collected from every element that PS3.15 does not let stay, at any depth. A word of three letters is found only
between other characters than letters, a number of four digits only between others than digits. A number of seven
digits is found however it is grouped, a day however it is written, a word in letters of any width, with or without
its diacritics.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from pydicom.dataelem import RawDataElement

from obia import remembered
from obia.plugins.deid_ctp.dicom.dates import shift
from obia.plugins.deid_ctp.dicom.elements import TEXT, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.dicom.uids import is_registered
from obia.plugins.deid_ctp.identifiers.date_forms import Day, as_bytes, days_in, digits_of, together
from obia.plugins.deid_ctp.identifiers.stopwords import says_nothing
from obia.plugins.deid_ctp.identifiers.text_forms import encodings, plain, searched, squeezed, variants
from obia.plugins.deid_ctp.profile.ps315 import table

BIRTH_DATE = 0x00100030
TIME_ZONE = 0x00080201  # kept under modified dates, and no trace of anybody
_MIN_DIGITS = 4
_MIN_LETTERS = 3
_MIN_VALUE = 4
_LONG = 5  # from here on a word is looked for inside words too
_DESCRIPTOR = 8  # characters: below, a description is a word of the trade and no trace
_SHORT = 64  # bytes: in fewer, it is looked for beginnings first
MAX_NEEDLE = 200  # characters of a long text that are looked for
_MANY_DIGITS = 7  # from here on a number is looked for across spaces, points and dashes too
_RUN_DIGITS = 10  # a longer integer may hold a number of many digits
_INTEGER_DIGITS = 5  # an integer of fewer digits is nobody's

_NAME_PARTS = re.compile(r"[\s^=,.;:/&()|+*_'’ʼ`´·・\-\\]+")
_DIGITS = re.compile(r"\d{4,}", re.A)
_GROUPED = re.compile(r"\+?\d[\d\s()./\-]{5,}\d", re.A)
_RUN = re.compile(r"\d(?:[^a-z\u0080-\u00b6\u00b8-\u1fff\u2c00-\uffff\n]*\d)?", re.A)
_NO_DIGIT = re.compile(r"\D", re.A)
_LETTER = re.compile(r"[^\W\d_]")
_EAST_ASIAN = re.compile(r"[\u3005-\u30ff\u3400-\u9fff\uac00-\ud7af]+")
_COMPACT = re.compile(r"[\W_]+")


@dataclass(slots=True)
class Identity:
    """What is looked for: `words` and `uids` in any text, `phrases` in text that is no term, `pairs` of names side by
    side, `numbers` and `days` everywhere; `births` are those of the days that move with no others."""

    words: set[str] = field(default_factory=set)
    uids: set[str] = field(default_factory=set)
    phrases: set[str] = field(default_factory=set)
    pairs: set[tuple[str, str]] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    days: set[Day] = field(default_factory=set)
    births: set[Day] = field(default_factory=set)
    sought: frozenset[str] = frozenset()  # every form of the words, and the UIDs
    long: frozenset[str] = frozenset()
    run_together: frozenset[str] = frozenset()
    judged: dict[tuple[str, bytes | str, bool], bool] = field(default_factory=dict)  # what was judged by it before
    _integers: frozenset[str] = frozenset()
    _joined: set[str] | None = None
    _encoded: dict[tuple[str, ...], tuple[frozenset[bytes], frozenset[bytes]]] = field(default_factory=dict)

    def add(self, other: "Identity") -> None:
        """Add what another has collected, unsettled both."""
        self.words |= other.words
        self.uids |= other.uids
        self.phrases |= other.phrases
        self.pairs |= other.pairs
        self.numbers |= other.numbers
        self.days |= other.days
        self.births |= other.births

    def settle(self) -> None:
        """Prepare the search, when everything is collected."""
        self.words = {form for word in self.words for form in _telling_forms(word)}
        self.sought = frozenset(self.words.union(*map(_telling_forms, self.uids)))
        self.run_together = frozenset(filter(None, map(_run_together, self.sought)))
        self.phrases = {form for phrase in self.phrases for form in variants(phrase)}
        self.numbers.update(digits for day in self.days for digits in digits_of(day))
        self._integers = frozenset(number.lstrip("0") for number in self.numbers)
        self.long = frozenset(number for number in self._integers if len(number) >= _MANY_DIGITS)

    def found_in(self, text: str, is_term: bool = False) -> bool:
        """Whether a text holds one of the strings."""
        small = searched(text)
        return (
            any(word in small and _stands_alone(word, small) for word in self.sought)
            or (not is_term and any(phrase in small for phrase in self.phrases))
            or self._spread_in(small)
            or self._digits_in(small)
        )

    def _spread_in(self, small: str) -> bool:
        """Whether plain text holds a long word or an East Asian name with anything between its characters, or the two
        parts of a name side by side, in either order, with anything between them."""
        together = _COMPACT.sub("", small)
        if any(word in together for word in self.run_together):
            return True
        if not self.pairs:
            return False
        parts = [part for part in _COMPACT.split(small) if part]
        return any((first, second) in self.pairs or (second, first) in self.pairs for first, second in pairwise(parts))

    def is_part(self, text: str) -> bool:
        """Whether a text is a part of one of the words or phrases, or its digits, however grouped, of one of the
        numbers."""
        small = plain(text)
        digits = _NO_DIGIT.sub("", small)
        if len(digits) > 1 and not _LETTER.search(small) and any(digits in number for number in self.long):
            return True
        return any(small in word for word in self.words) or any(small in phrase for phrase in self.phrases)

    def found_in_any(self, texts: Iterable[str]) -> bool:
        """Whether one of many texts may hold one of the strings: quick, and never wrong when it says no."""
        small = searched("\n".join(texts))
        return (
            any(word in small for word in self.sought)
            or any(phrase in small for phrase in self.phrases)
            or self._spread_in(small)
            or self._digits_in(small)
        )

    def names_in(self, text: str, least: int = _MIN_LETTERS) -> bool:
        """Whether a text holds one of the words that have letters, and so many characters at least."""
        small = searched(text)
        return any(
            word in small and len(word) >= least and not word.isdigit() and _stands_alone(word, small)
            for word in self.sought
        )

    def _digits_in(self, small: str) -> bool:
        """Whether plain text holds a number of many digits, however grouped, or a day, however written."""
        for run in _RUN.findall(small):
            if len(run) > _INTEGER_DIGITS:
                digits = run if run.isdigit() else _NO_DIGIT.sub("", run)
                if len(digits) > _INTEGER_DIGITS and digits in self.numbers:
                    return True
                if len(digits) >= _MANY_DIGITS and any(n in digits or digits in n for n in self.long):
                    return True
        return any(day in self.days or self._is_short(day) for day in days_in(small))

    def _is_short(self, day: Day) -> bool:
        return day[0] < 100 and any((year % 100, month, date) == day for year, month, date in self.days)

    def owns(self, digits: str, least: int = _INTEGER_DIGITS) -> bool:
        """Whether an integer, as digits without leading zeros, is one of the numbers, or is long and holds one."""
        if len(digits) >= _RUN_DIGITS and any(number in digits for number in self.long):
            return True
        return len(digits) >= least and digits in self._integers

    def owns_joined(self, digits: str) -> bool:
        """Whether digits that stood apart are, together, a number of many digits or a day."""
        if self._joined is None:
            self._joined = {number.rstrip("0") for number in self.long} | self.long
            self._joined.update(digits for day in self.days for digits in together(day))
        return digits in self._joined

    def owns_split(self, first: str, second: str) -> bool:
        """Whether two neighbours are the halves of a number of many digits, or of a day; zeros within may be away."""
        return self.owns_joined(first + second) or (
            len(first) + len(second) >= _INTEGER_DIGITS
            and any(n.startswith(first) and n[len(first) :].lstrip("0") == second for n in self.long)
        )

    def found_in_bytes(self, value: bytes, codecs: tuple[str, ...] = (), least: int = _MIN_VALUE) -> bool:
        """Whether bytes of no known kind hold one of the strings in so many bytes at least: in UTF-8, UTF-16, UTF-32,
        GB18030 or the header's codecs."""
        small = squeezed(value)
        needles, beginnings = self._needles(codecs)
        if len(small) < _SHORT and beginnings.isdisjoint([small[at : at + _MIN_VALUE] for at in range(len(small))]):
            return False
        return any(needle in small and len(needle) >= least for needle in needles)

    def _needles(self, codecs: tuple[str, ...]) -> tuple[frozenset[bytes], frozenset[bytes]]:
        """What is looked for in bytes, and how each of them begins."""
        if codecs not in self._encoded:
            words = [word for word in (*self.sought, *self.phrases) if len(word) >= _MIN_VALUE or not word.isascii()]
            needles = {each for word in words for each in encodings(word, codecs)}
            needles.update(number.encode() for number in self.numbers)
            needles.update(each for day in self.days for each in as_bytes(day))
            long = frozenset(each for each in needles if len(each) >= _MIN_VALUE)
            self._encoded[codecs] = long, frozenset(each[:_MIN_VALUE] for each in long)
        return self._encoded[codecs]


# What describes pixels, group by group, and the tables through which they are seen
_PIXEL_GROUPS = (0x0028, 0x0048)
_LOOKUPS = frozenset((
    *range(0x00281101, 0x00281105), *range(0x00281201, 0x00281205), *range(0x00281221, 0x00281225),
    0x00281408, 0x00283002, 0x00283006, 0x00409212,
))  # fmt: skip


def least_digits(tag: int) -> int | None:
    """How many digits make an integer of a standard element somebody's; None where none does.

    Five. Seven in groups 0028 and 0048, which describe the pixels: a wrong zero among rows, bits, windows or tile
    positions makes an image unreadable, and none of them has seven digits by nature. None in tables that map pixel
    values (palettes, LUTs and their descriptors): they are thousands of numbers, some of which are somebody's by chance.
    A name that their bytes spell is looked for in all of them.
    """
    if tag in _LOOKUPS:
        return None
    return _MANY_DIGITS if tag >> 16 in _PIXEL_GROUPS else _INTEGER_DIGITS


def _stands_alone(word: str, text: str) -> bool:
    """Whether a short word occurs between characters of another kind; a long one may occur inside words."""
    if len(word) > _LONG or not word.isascii() or (len(word) == _LONG and not word.isdigit()):
        return True
    kind = r"\d" if word.isdigit() else "[^\\W\\d_]" if word.isalpha() else r"[^\W_]"
    return re.search(rf"(?<!{kind}){re.escape(word)}(?!{kind})", text) is not None


@lru_cache(8192)
def is_description(tag: int) -> bool:
    """Whether a text is somebody's words, which the table cleans and does not name."""
    return _telling().get(tag, False)


@lru_cache(1)
def _telling() -> dict[int, bool]:
    """The elements that may not stay as they are, and whether each is a description."""
    rows = {row.number: row for row in table() if row.number not in (None, TIME_ZONE) and not row.is_kept}
    return {number: row.is_descriptor for number, row in rows.items() if number is not None}


def gather(walked: Iterable[tuple[Item, Element]]) -> Identity:
    """Collect, unsettled, what would identify anybody from the elements of an original's header, with their items."""
    identity = Identity()
    for item, element in walked:
        if not isinstance(element, Branch):
            note(identity, item, element)
    return identity


def note(identity: Identity, item: Item, element: RawDataElement) -> None:
    """Note what an element of an item tells, if it is one that PS3.15 does not let stay, or a name, a UID, a date; of
    private ones, UIDs alone."""
    tag, vr, value = int(element.tag), element.VR, element.value
    if not value or (tag & 0x10000 and vr != "UI"):
        return
    telling = _telling()
    if vr is None:
        vr = standard_vr(tag) or "UN"
    if vr in ("UN", "OB"):
        vr = standard_vr(tag) or "UN"
    if tag not in telling and vr not in ("PN", "UI", "DA", "DT"):
        return
    text = item.text_of(element) if vr in TEXT else None
    if text:
        told = _told(tag, vr, text, telling.get(tag, False))
        identity.add(told)


@remembered(4096)
def _told(tag: int, vr: str, text: str, is_descriptor: bool) -> Identity:
    """What one text tells: of a series' images most tell the same."""
    identity = Identity()
    _note(identity, tag, vr, text, is_descriptor)
    return identity


def uids_in(text: str) -> list[str]:
    """The UIDs of a text that are somebody's."""
    return [uid for uid in _values(text) if len(uid) > _LONG and not is_registered(uid)]


def _note(identity: Identity, tag: int, vr: str, text: str, is_descriptor: bool) -> None:
    if vr == "UI":
        identity.uids.update(uids_in(text))
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
        parts = [part for part in _NAME_PARTS.split(plain(group)) if part]
        identity.words.update(part for part in parts if _is_telling(part))
        family = parts[:2]
        if len(parts) > 1 and all(len(part) > 1 for part in family):
            identity.pairs.add((parts[0], parts[1]))
        for component in group.split("^"):
            whole = _COMPACT.sub("", plain(component))
            if len(whole) > _LONG:
                identity.words.add(whole)
        for order in (family, family[::-1], parts):
            for between in ("", " ", "^", "_"):
                joined = between.join(order)
                if len(order) > 1 and (len(joined) >= _MIN_VALUE or (not joined.isascii() and len(joined) > 1)):
                    identity.words.add(joined)
        _note_numbers(identity, group)


@remembered(8192)
def _run_together(word: str) -> str:
    """A word without what stands between its letters, where it can be told from chance: six characters, two of Chinese,
    Japanese or Korean."""
    whole = _COMPACT.sub("", word)
    if whole.isdigit() or not _LETTER.search(whole):
        return ""
    return whole if len(whole) > _LONG or (len(whole) > 1 and _EAST_ASIAN.fullmatch(whole)) else ""


@remembered(8192)
def _telling_forms(word: str) -> tuple[str, ...]:
    return tuple(form for form in variants(word) if _is_telling(form) and not says_nothing(form))


def _is_telling(part: str) -> bool:
    return len(part) >= _MIN_LETTERS or (len(part) > 1 and not part.isascii())


def _note_date(identity: Identity, text: str, is_birth: bool) -> None:
    day = shift(text, 0, True)
    if day is None or len(day) < 8:
        return
    year, month, date = day[:4], day[4:6], day[6:8]
    identity.days.add((int(year), int(month), int(date)))
    identity.numbers.add(day[2:8])
    if is_birth:
        identity.births.add((int(year), int(month), int(date)))
        identity.numbers.update((date + month + year[2:], month + date + year[2:], year + month))


def _note_description(identity: Identity, text: str) -> None:
    phrase = plain(text)[:MAX_NEEDLE]
    if len(phrase) >= _DESCRIPTOR or (not phrase.isascii() and len(phrase) > 3):
        identity.phrases.add(phrase)
    _note_numbers(identity, text, least=6)


def _note_value(identity: Identity, value: str) -> None:
    word = plain(value)[:MAX_NEEDLE]
    if len(word) >= _MIN_VALUE or (not word.isascii() and len(word) > 1):
        identity.words.add(word)
        compact = _COMPACT.sub("", word)
        if len(compact) > _LONG:
            identity.words.add(compact)
    _note_numbers(identity, value)


def _note_numbers(identity: Identity, text: str, least: int = _MIN_DIGITS) -> None:
    """Every run of digits, and runs that only spaces, dots, slashes, dashes or brackets divide."""
    text = plain(text)
    runs = set(_DIGITS.findall(text))
    runs.update(re.sub(r"\D", "", found) for found in _GROUPED.findall(text))
    for run in runs:
        for digits in {run, run.lstrip("0")}:
            if len(digits) >= least and len(set(digits)) > 1:
                identity.numbers.add(digits)
                if len(digits) < _MANY_DIGITS:
                    identity.words.add(digits)
