"""Remains: the values a script lets stay, judged one by one where they are numbers, and together where they are text
or bytes: many are searched as one, and only what may hold a string is looked at again."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.dummies import raw
from obia.plugins.deid_ctp.elements import TEXT, Item
from obia.plugins.deid_ctp.identity import TIME_ZONE, Identity, least_digits
from obia.plugins.deid_ctp.numbers import COUNTED, WORDS, characters, integers, is_short, joined, swapped
from obia.plugins.deid_ctp.vocabulary import SCHEMES, TERMS, least_letters

_CODE_VALUE, _CODE_SCHEME, _CODE_MEANING = 0x00080100, 0x00080102, 0x00080104
_TERMS_ONLY = frozenset((0x00080070, 0x00081090, _CODE_MEANING))  # where a description's words are at home
_SPOKEN = TEXT - {"DA", "DT", "TM", "UI", "DS", "IS"}
_NUMBERS = b"0123456789+-.eE \\\x00"
_TIME = re.compile(r"(?:[01]\d|2[0-3])(?::?[0-5]\d(?::?(?:[0-5]\d|60)(?:\.\d{1,6})?)?)?", re.A)  # PS3.5 6.2
_LEAST_BYTES, _LEAST_OPAQUE, _LEAST_CODES = 5, 4, 5  # of a name in numbers, in bytes of no kind, in character codes
_BORDER = b"\xff\xff"

Elements = dict[BaseTag, DataElement | RawDataElement]


@dataclass(slots=True)
class _Remain:
    """A kept value, and the elements of its item; `text` is None where it must go."""

    elements: Elements
    element: RawDataElement
    item: Item
    text: str | None = None
    is_term: bool = False

    def empty(self) -> None:
        """Take the value away."""
        self.elements[self.element.tag] = raw(self.element.tag, self.element.VR or "LO", b"", self.item)

    @property
    def vr(self) -> str:
        """The first of the VRs it may have."""
        return str(self.element.VR).partition(" ")[0]

    def in_both_orders(self) -> bytes:
        """The bytes, and again with those of each of its words turned round."""
        value = self.element.value or b""
        if self.vr not in WORDS or len(value) < _LEAST_OPAQUE:
            return value
        return value + _BORDER + swapped(self.vr, value)


@dataclass(slots=True)
class Remains:
    """What stays of one header."""

    identity: Identity
    _texts: list[_Remain] = field(default_factory=list)
    _binaries: list[_Remain] = field(default_factory=list)

    def admits(self, element: RawDataElement, vr: str, item: Item, elements: Elements) -> bool:
        """Whether a value may stay for now; text and bytes are noted, to be looked through by `empty`."""
        if not element.value:
            return True
        if vr in _SPOKEN:
            self._note_text(_Remain(elements, element, item), vr)
            return True
        if vr == "TM":
            return self._is_time(element.value)
        if not self._is_nobodys(element, vr.partition(" ")[0], item):
            return False
        if vr not in TEXT and len(element.value) >= _LEAST_OPAQUE:
            self._binaries.append(_Remain(elements, element, item))
        return True

    def empty(self) -> int:
        """Empty every noted value that holds one of the patient's strings, or cannot be read; say how many."""
        suspects = [*self._suspect_texts(), *self._suspect_binaries()]
        for each in suspects:
            each.empty()
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

    def _is_time(self, value: bytes) -> bool:
        times = [each.strip(" \0") for each in value.decode("latin-1").split("\\")]
        return all(not each or _TIME.fullmatch(each) for each in times) and not any(
            self.identity.owns(each.partition(".")[2]) for each in times
        )

    def _is_nobodys(self, element: RawDataElement, vr: str, item: Item) -> bool:
        """Whether a number is none of the patient's, nor the digits or the letters of a row of them."""
        value = element.value or b""
        if vr in ("DS", "IS") and value.translate(None, _NUMBERS):
            return False
        if vr not in COUNTED or is_short(vr, value) or (least := least_digits(int(element.tag))) is None:
            return True
        little = item.is_little
        return not (
            any(self.identity.owns(digits, least) for digits in integers(vr, value, little))
            or any(self.identity.owns_joined(digits) for digits in joined(vr, value, little))
            or ((text := characters(vr, value, little)) and self.identity.names_in(text, _LEAST_CODES))
        )

    def _suspect_texts(self) -> Iterator[_Remain]:
        yield from (each for each in self._texts if each.text is None)
        if self.identity.found_in_any(each.text or "" for each in self._texts):
            yield from (each for each in self._texts if each.text and self.identity.found_in(each.text, each.is_term))

    def _suspect_binaries(self) -> Iterator[_Remain]:
        """Yield those whose bytes, in either order, spell a string: numbers do so by chance, so only a longer one."""
        if not self._binaries:
            return
        codecs = tuple(dict.fromkeys(codec for each in self._binaries for codec in each.item.charset.codecs))
        both = [each.in_both_orders() for each in self._binaries]
        if self.identity.found_in_bytes(_BORDER.join(both), codecs):
            for each, value in zip(self._binaries, both, strict=True):
                least = _LEAST_BYTES if each.vr in COUNTED else _LEAST_OPAQUE
                if self.identity.found_in_bytes(value, each.item.charset.codecs, least):
                    yield each
