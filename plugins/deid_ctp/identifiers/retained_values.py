"""Remains: the values a script lets stay, judged one by one where they are numbers, and together where they are text
or bytes: many are searched as one, and only what may hold a string is looked at again."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from pydicom.dataelem import RawDataElement

from obia import remembered
from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import TEXT, Item, standard_vr
from obia.plugins.deid_ctp.dicom.vr_syntax import fractions, is_whole
from obia.plugins.deid_ctp.identifiers.dates_in_text import moved
from obia.plugins.deid_ctp.identifiers.numeric_forms import (
    COUNTED,
    WORDS,
    characters,
    integers,
    is_short,
    joined,
    swapped,
)
from obia.plugins.deid_ctp.identifiers.redact_text import cut
from obia.plugins.deid_ctp.identifiers.search import TIME_ZONE, Identity, is_description, least_digits
from obia.plugins.deid_ctp.identifiers.stopwords import SCHEMES, TERMS, least_letters
from obia.plugins.deid_ctp.identifiers.text_forms import plain, squeezed

_CODE_VALUE, _CODE_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_TERMS_ONLY = frozenset((0x00080070, 0x00081090, _CODE_MEANING))  # where a description's words are at home
_SPOKEN = TEXT - {"DA", "DT", "TM", "UI", "DS", "IS"}
_LEAST_BYTES, _LEAST_OPAQUE, _LEAST_CODES = 5, 4, 5  # of a name in numbers, in bytes of no kind, in character codes
_MOST_COUNTED = 64  # bytes of numbers that are remembered
_LEAST_DOTTED = 5  # bytes: what is no longer holds no UID
_DIGIT = re.compile(r"\d")
_BORDER = b"\xff\xff"
_TIMES = ("DT", "TM")

_PROSE = frozenset(("LT", "ST", "UT"))


@dataclass(slots=True, eq=False)
class _Remain:
    """A kept value: the item it came from and the one it stands in now; `text` is None where it must go."""

    item: Item
    made: Item
    element: RawDataElement
    text: str | None = None
    is_term: bool = False

    def put(self, text: str = "") -> None:
        """Give it another text, none if need be."""
        vr = self.element.VR or "LO"
        value = self.made.charset.encode(text) if text else b""
        self.made.replace(raw(self.element.tag, vr, value or b"", self.made))

    @property
    def vr(self) -> str:
        """The first of the VRs it may have."""
        return str(self.element.VR).partition(" ")[0]

    @property
    def known_vr(self) -> str:
        """That VR, or where it has none the dictionary's."""
        return str(self.element.VR or standard_vr(int(self.element.tag)) or "UN").partition(" ")[0]

    @property
    def is_somebodys_words(self) -> bool:
        """Whether it is a text of which the rest is worth keeping: prose, or what the table calls a description."""
        return not self.is_term and (self.vr in _PROSE or is_description(int(self.element.tag)))

    @property
    def least(self) -> int:
        """How many bytes spell a string: numbers do so by chance, so only a longer one."""
        return _LEAST_BYTES if self.vr in COUNTED else _LEAST_OPAQUE

    def in_both_orders(self) -> bytes:
        """The bytes, and again with those of each of its words turned round."""
        value = self.element.value or b""
        if self.vr not in WORDS or len(value) < _LEAST_OPAQUE:
            return value
        return value + _BORDER + swapped(self.vr, value)


@dataclass(slots=True)
class Remains:
    """What stays of one header; `days` says by how many days dates inside its texts move, `is_guarded` whether a value
    that is none of its VR goes too."""

    identity: Identity
    is_guarded: bool
    days: Callable[[], int | None]
    _texts: list[_Remain] = field(default_factory=list)
    _binaries: list[_Remain] = field(default_factory=list)

    def clean(self, kept: Iterable[tuple[Item, Item, RawDataElement]]) -> int:
        """Clean the kept elements, each with its old item and its new one; say how many were changed."""
        changed = 0
        for item, made, element in kept:
            if element.value and not self._admits(_Remain(item, made, element)):
                _Remain(item, made, element).put()
                changed += 1
        return changed + self._clean_texts() + self._empty_binaries()

    def _admits(self, remain: _Remain) -> bool:
        """Whether a value may stay for now; text and bytes are noted, to be searched together."""
        vr = remain.known_vr
        if vr in _SPOKEN:
            self._note_text(remain, vr)
            return True
        if vr not in TEXT and len(remain.element.value or b"") >= _LEAST_OPAQUE:
            self._binaries.append(remain)
        return admits_number(remain.element, vr, remain.item.is_little, self.identity, self.is_guarded)

    def _clean_texts(self) -> int:
        """Move the dates in texts, and cut out what is the patient's; what cannot be cut, or read, goes as a whole."""
        if not self._texts:
            return 0
        moved = [each for each in self._texts if self._move_days(each)]
        unread = [each for each in self._texts if each.text is None]
        suspects = [*unread]
        if self.identity.found_in_any(each.text or "" for each in self._texts):
            suspects += [e for e in self._texts if e.text and self.identity.found_in(e.text, e.is_term)]
        for each in suspects:
            each.put(self._cut(each.text) if each.text and each.is_somebodys_words else "")
        return len({id(each) for each in (*suspects, *moved)})

    def _cut(self, text: str) -> str:
        """A text without the patient's strings, value by value."""
        return "\\".join([cut(value, self.identity) for value in text.split("\\")])

    def _move_days(self, remain: _Remain) -> bool:
        """Move the dates of somebody's words; say whether there were any."""
        if not remain.text or not remain.is_somebodys_words or (days := self.days()) is None:
            return False
        text = moved(remain.text, days, self.identity.days, self.identity.births)
        if text == remain.text:
            return False
        remain.text = text
        remain.put(text)
        return True

    def _empty_binaries(self) -> int:
        suspects = [each for each in self._suspect_binaries() if each.made.get(each.element.tag) is each.element]
        for each in suspects:
            each.put()
        return len(suspects)

    def _note_text(self, remain: _Remain, vr: str) -> None:
        tag, text = int(remain.element.tag), remain.item.text_of(remain.element)
        if tag == TIME_ZONE:
            return
        if tag in (_CODE_VALUE, _CODE_SCHEME) and (scheme := remain.item.text(_CODE_SCHEME)) in SCHEMES:
            if text is None or (tag == _CODE_VALUE and self._is_name(text, scheme or "")):
                self._texts.append(remain)
        elif text is None or vr != "CS" or not all(each.strip().casefold() in TERMS for each in text.split("\\")):
            remain.text, remain.is_term = text, vr == "CS" or tag in _TERMS_ONLY
            self._texts.append(remain)

    def _is_name(self, code: str, scheme: str) -> bool:
        """Whether the words in a code of a known scheme are a name; its digits are the scheme's."""
        least = least_letters(code, scheme)
        return least is not None and self.identity.names_in(code, least)

    def _suspect_binaries(self) -> Iterator[_Remain]:
        """Yield those whose bytes, in either order, spell a string."""
        if not self._binaries:
            return
        codecs = tuple(dict.fromkeys(codec for each in self._binaries for codec in each.item.charset.codecs))
        both = [each.in_both_orders() for each in self._binaries]
        if self.identity.found_in_bytes(_BORDER.join(both), codecs):
            for each, value in zip(self._binaries, both, strict=True):
                if self.identity.found_in_bytes(value, each.item.charset.codecs, each.least):
                    yield each


class Searched(NamedTuple):
    """What of an element that stayed as it was is searched for somebody's strings: texts; bytes, with the codecs of
    their header; numbers and times, each with its VR and whether it is little endian."""

    texts: tuple[str, ...]
    binaries: tuple[tuple[bytes, tuple[str, ...]], ...]
    numbers: tuple[tuple[RawDataElement, str, bool], ...]


def searched(kept: Iterable[tuple[Item, Item, RawDataElement]], is_guarded: bool) -> Searched | None:
    """What of kept elements is searched; None where a search is not all: in codes, and where dates in words move."""
    remains, numbers = Remains(Identity(), is_guarded, lambda: None), []
    for item, made, element in kept:
        remain = _Remain(item, made, element)
        if (vr := remain.known_vr) in COUNTED or vr in _TIMES or not is_whole(vr, element.value or b""):
            numbers.append((element, vr, item.is_little))
        if not remains._admits(remain) or _is_code_with_letters(item, element):
            return None
    if any(each.text is None or (each.is_somebodys_words and _DIGIT.search(each.text)) for each in remains._texts):
        return None
    binaries = [(each.in_both_orders(), each.item.charset.codecs) for each in remains._binaries]
    return Searched(tuple([each.text or "" for each in remains._texts]), tuple(binaries), tuple(numbers))


def _is_code_with_letters(item: Item, element: RawDataElement) -> bool:
    if element.tag != _CODE_VALUE or (scheme := item.text(_CODE_SCHEME)) not in SCHEMES:
        return False
    return least_letters(item.text_of(element) or "", scheme or "") is not None


def clears(identity: Identity, whole: Sequence[Searched], is_guarded: bool) -> bool:
    """Whether nothing of this identity can be in what is searched: all of it at once, for nearly always nothing is."""
    binaries = [each for one in whole for each in one.binaries]
    codecs = tuple(dict.fromkeys(codec for _, codecs in binaries for codec in codecs))
    return (
        all(admits_number(*each, identity, is_guarded) for one in whole for each in one.numbers)
        and not identity.found_in_any([text for one in whole for text in one.texts])
        and not (binaries and identity.found_in_bytes(_BORDER.join([value for value, _ in binaries]), codecs))
    )


def admits_alone(element: RawDataElement, is_little: bool, identity: Identity, is_guarded: bool) -> bool:
    """Whether a number or a time stays, which need not be searched together with others."""
    vr, value = str(element.VR), element.value or b""
    return (vr in TEXT or len(value) < _LEAST_OPAQUE) and admits_number(element, vr, is_little, identity, is_guarded)


def admits_number(element: RawDataElement, vr: str, is_little: bool, identity: Identity, is_guarded: bool) -> bool:
    """Whether a number, a day, a time or a UID is none of the patient's, nor the digits or the letters of a row of
    numbers; what is none of its VR goes from a guarded header, and is searched as text in another."""
    value = element.value or b""
    if not is_whole(vr, value):
        return not is_guarded and not _spells(value, identity)
    if vr in _TIMES:
        return not any(map(identity.owns, fractions(value)))
    if vr not in COUNTED or is_short(vr, value) or (least := least_digits(int(element.tag))) is None:
        return True
    wholes, together, text = (_counted if len(value) <= _MOST_COUNTED else _counted.__wrapped__)(vr, value, is_little)
    return not (
        any(identity.owns(digits, least) for digits in wholes)
        or any(map(identity.owns_joined, together))
        or (text and identity.names_in(text, _LEAST_CODES))
    )


@remembered(2048)
def _counted(vr: str, value: bytes, is_little: bool) -> tuple[tuple[str, ...], tuple[str, ...], str]:
    """The integers of numbers, what their digits are together, and what they spell; a study's series count alike."""
    return tuple(integers(vr, value, is_little)), tuple(joined(vr, value, is_little)), characters(vr, value, is_little)


def _spells(value: bytes, identity: Identity) -> bool:
    """Whether a value that is none of its VR holds one of the strings, in whatever character set."""
    return identity.found_in(value.decode("latin-1")) or identity.found_in_bytes(value)


def dotted_text(kept: list[tuple[Item, RawDataElement]]) -> str:
    """Those that have a point, as they are searched for words: text, bytes in both orders, characters by their codes."""
    found = []
    for item, element in kept:
        value, vr = element.value or b"", str(element.VR).partition(" ")[0]
        if vr in TEXT:
            if b"." in value or not value.isascii():
                found.append(plain(item.charset.decode(value)))
        else:
            whole = squeezed(value + swapped(vr, value) if vr in WORDS and len(value) > _LEAST_DOTTED else value)
            if b"." in whole or not whole.isascii():
                found.append(whole.decode("latin-1"))
        if vr in COUNTED and len(value) > _LEAST_DOTTED and "." in (codes := characters(vr, value, item.is_little)):
            found.append(plain(codes))
    return "\n".join(found)
