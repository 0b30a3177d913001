"""Private elements: what is purely numeric stays, unless a number could be somebody's.

The rule. Kept are VRs US SS UL SL SV UV FL FD OF OD DS IS, under a creator that looks like a vendor's, unless a value
- holds one of this patient's own digit strings (four digits or more; behind a decimal point the whole fraction, or six);
- has seven or more digits before the decimal point: dates as YYYYMMDD, seconds since 1970, phones, record numbers;
- is one of a year, a month and a day side by side, in any order, in one element; of this patient's days and numbers
  of seven digits and more, also where their parts stand in neighbours, or on both sides of a decimal point;
- spells, byte by byte or as codes of characters, one of this patient's strings; or, in DS and IS, holds anything but
  numbers.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
from pydicom._private_dict import private_dictionaries
from pydicom.datadict import private_dictionary_VR
from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.elements import Branch, Element
from obia.plugins.deid_ctp.identifiers.numeric_forms import REAL, WHOLE, WORDS, characters, joined, swapped, unpacked
from obia.plugins.deid_ctp.identifiers.search import Identity

NUMERIC = frozenset((*WHOLE, *REAL, "DS", "IS"))

_MANY_DIGITS = 10**6  # seven digits and more
_FEW_DIGITS = 10**3  # four digits and more: the shortest of a patient's digit strings
_BEYOND = 1e18  # a larger number is a magnitude: no identifier has nineteen digits
_LONG_FRACTION = 6
_LEAST_CODES = 5  # characters: fewer codes in a row are a name by chance
_SIDES = (1920, 2000, 2048)  # behind two small numbers: the side of an image, no year
_PARTS = 4  # numbers: an element of more is no part of a split one
_NEIGHBOURS = 256  # numbers: among more, neighbours are somebody's by chance
_REMEMBERED, _MOST_JUDGED = 256, 2048  # bytes of a value whose verdict is remembered, and how many are
_NOBODYS = frozenset((2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**63, 2**64 - 1))  # how vendors write "not set"
_TEXT_NUMBERS = re.compile(rb"[0-9+\-.eE \\\x00]*")
_TEXT_NUMBER = re.compile(r"[+-]?(\d*)(?:\.(\d*))?([eE][+-]?\d+)?", re.A)
_VENDOR = re.compile(r"[A-Za-z][A-Za-z0-9 ._:/()+\-]*", re.A)
_LONG_RUN = re.compile(r"\d{7}", re.A)

_Owners = dict[int, tuple[RawDataElement, str]]


def kept_privates(
    elements: Sequence[Element], charset: Charset, is_little: bool, identity: Identity
) -> list[RawDataElement]:
    """Return those of an item's private elements that may stay, with the creators of what stays."""
    owners = _vendors(elements, charset, identity)
    kept = _apart(_numbers(elements, owners, charset, is_little, identity), is_little, identity)
    blocks = {each.tag & 0xFFFF0000 | (each.tag & 0xFFFF) >> 8 for each in kept}
    return kept + [owner for tag, (owner, _) in owners.items() if tag in blocks]


def _numbers(
    elements: Sequence[Element], owners: _Owners, charset: Charset, is_little: bool, identity: Identity
) -> list[RawDataElement]:
    """Return those that are numbers, and by themselves nobody's."""
    kept = []
    for element in elements:
        owner = owners.get(element.tag & 0xFFFF0000 | (element.tag & 0xFFFF) >> 8)
        if element.tag & 0xFFFF < 0x1000 or owner is None or isinstance(element, Branch):
            continue
        vr = _vr(element, owner[1], is_little)
        if vr is not None and not betrays(vr, element.value or b"", is_little, identity):
            kept.append(element if vr == element.VR else element._replace(VR=vr))
    if identity.found_in_bytes(b"\xff\xff".join([_both_orders(each) for each in kept]), charset.codecs):
        kept = [each for each in kept if not identity.found_in_bytes(_both_orders(each), charset.codecs)]
    return kept


class Row:
    """The numbers of an item's private elements side by side, none of which goes for its neighbours' sake."""

    def __init__(self, elements: Sequence[RawDataElement], is_little: bool) -> None:
        self._is_little = is_little
        self._digits: list[str] = []
        self._spans: dict[int, tuple[str, int, int]] = {}  # VR, and where its numbers begin and end
        for each in elements:
            begin = len(self._digits)
            self._digits += _few(each, is_little)
            self._spans[int(each.tag)] = (str(each.VR), begin, len(self._digits))

    def vr(self, tag: int) -> str | None:
        """The VR under which an element stays; None for one that does not stay as a number."""
        span = self._spans.get(tag)
        return span and span[0]

    def admits(self, others: Sequence[RawDataElement], charset: Charset, identity: Identity) -> bool:
        """Whether others may stay in the places of those with their tags: none is somebody's, by itself or with its
        neighbours, and each is as many numbers."""
        digits, places = self._digits.copy(), []
        for each in others:
            vr, begin, end = self._spans[int(each.tag)]
            if _betrays(vr, each.value or b"", self._is_little, identity):
                return False
            digits[begin:end] = new = _few(each, self._is_little)
            if len(new) != end - begin:
                return False
            if identity.found_in_bytes(_both_orders(each), charset.codecs):
                return False
            places.append(slice(max(begin - _PARTS + 1, 0), end + _PARTS - 1))
        return not any(any(_side_by_side(digits[place], identity)) for place in places)


def row(elements: Sequence[Element], charset: Charset, is_little: bool, identity: Identity) -> Row | None:
    """The row of an item's private elements that may stay; None where one goes for its neighbours' sake."""
    numbers = _numbers(elements, _vendors(elements, charset, identity), charset, is_little, identity)
    return Row(numbers, is_little) if _apart(numbers, is_little, identity) == numbers else None


def _both_orders(element: RawDataElement) -> bytes:
    value = element.value or b""
    return value if element.VR not in WORDS else value + b"\xff\xff" + swapped(element.VR, value)


def _apart(elements: list[RawDataElement], is_little: bool, identity: Identity) -> list[RawDataElement]:
    """Return those whose numbers do not make, with their neighbours' in the same block, one of the patient's."""
    places = [(digits, place) for place, each in enumerate(elements) for digits in _few(each, is_little)]
    gone: set[int] = set()
    for at in _side_by_side([digits for digits, _ in places], identity):
        gone.update(place for _, place in places[at])
    return [each for place, each in enumerate(elements) if place not in gone]


def _few(element: RawDataElement, is_little: bool) -> list[str]:
    """The digits of the integers of an element of few; of another, none."""
    wholes = _wholes(element, is_little)
    return [str(whole) for whole in wholes] if len(wholes) <= _PARTS else []


def _wholes(element: RawDataElement, is_little: bool) -> list[int]:
    """The integers of an element of few; of one with a fraction, none."""
    value, vr = element.value or b"", element.VR
    if len(value) > _PARTS * 16:
        return []
    if vr in WHOLE:
        return [abs(each) for each in unpacked(vr, value, is_little)]
    if vr in ("DS", "IS"):
        texts = [each.strip(" \0+-") for each in value.decode("ascii").split("\\")]
        return [int(each) for each in texts] if all(each.isdigit() for each in texts) else []
    reals = np.frombuffer(value, ("<" if is_little else ">") + REAL[str(vr)])
    return [int(each) for each in reals] if all(0 <= each < _BEYOND and each == int(each) for each in reals) else []


def _side_by_side(digits: Sequence[str], identity: Identity) -> Iterator[slice]:
    """Yield where two to four neighbours' digits are, together, a number of many digits or a day."""
    for at, pair in enumerate(pairwise(digits)):
        if identity.owns_split(*pair):
            yield slice(at, at + 2)
    for size in (3, 4):
        for at in range(len(digits) - size + 1):
            if identity.owns_joined("".join(digits[at : at + size])):
                yield slice(at, at + size)


def _vendors(elements: Sequence[Element], charset: Charset, identity: Identity) -> _Owners:
    """The creators that look like a vendor's, by tag, each with its text."""
    found = {}
    for element in elements:
        if 0x10 <= element.tag & 0xFFFF <= 0xFF and not isinstance(element, Branch):
            creator = (charset.text(element.value or b"") or "").strip(" \0")
            if is_vendors(creator, identity):
                found[int(element.tag)] = (element._replace(VR="LO"), creator)
    return found


def _vr(element: RawDataElement, creator: str, is_little: bool) -> str | None:
    """The element's VR if it is numeric; where the file does not say, pydicom's private dictionary may know."""
    vr = element.VR
    if vr in (None, "UN") and (is_little or vr is None):  # the bytes of UN are little endian always
        try:
            vr = private_dictionary_VR(element.tag, creator)
        except KeyError:
            return None
    return vr if vr in NUMERIC else None


def goes(element: RawDataElement) -> bool:
    """Whether a private element goes whatever it holds: it is no creator, and of a VR that is no number's."""
    return element.tag & 0xFFFF >= 0x1000 and element.VR not in (*NUMERIC, "UN", None)


def is_vendors(creator: str, identity: Identity) -> bool:
    """Whether a private creator looks like a vendor's name and holds nothing of this patient."""
    if creator in private_dictionaries:
        return True
    return _judged(("creator", creator, True), identity, lambda: _is_vendors(creator, identity))


def _is_vendors(creator: str, identity: Identity) -> bool:
    return (
        len(creator) <= 64
        and _VENDOR.fullmatch(creator) is not None
        and _LONG_RUN.search(creator) is None
        and not identity.found_in(creator)
        and not any(number in creator for number in identity.numbers)
    )


def betrays(vr: str, value: bytes, is_little: bool, identity: Identity) -> bool:
    """Whether a numeric value could be somebody's, as numbers."""
    if len(value) > _REMEMBERED:
        return _betrays(vr, value, is_little, identity)
    return _judged((vr, value, is_little), identity, lambda: _betrays(vr, value, is_little, identity))


def _judged(at: tuple[str, bytes | str, bool], identity: Identity, judge: Callable[[], bool]) -> bool:
    """A verdict under these strings, given once: most elements of a series are the same."""
    found = identity.judged.get(at)
    if found is None:
        if len(identity.judged) >= _MOST_JUDGED:
            identity.judged.clear()
        found = identity.judged[at] = judge()
    return found


def _betrays(vr: str, value: bytes, is_little: bool, identity: Identity) -> bool:
    if not value:
        return False
    if any(identity.owns_joined(digits) for digits in joined(vr, value, is_little)):
        return True
    if (text := characters(vr, value, is_little)) and identity.names_in(text, _LEAST_CODES):
        return True
    if vr in ("DS", "IS"):
        return _text_betrays(value, identity)
    if vr in WHOLE:
        return _whole_betrays(vr, value, is_little, identity)
    return _real_betrays(vr, value, is_little, identity)


def _text_betrays(value: bytes, identity: Identity) -> bool:
    if _TEXT_NUMBERS.fullmatch(value) is None:
        return True
    wholes = []
    for each in value.decode("ascii").split("\\"):
        found = _TEXT_NUMBER.fullmatch(each.strip(" \0"))
        if found is None:
            return True
        wholes.append(_whole(found))
        if _holds(found[1], identity) or _fraction_holds(found[2] or "", identity):
            return True
    return _numbers_betray(wholes, identity)


def _whole(found: re.Match[str]) -> int:
    """The part of a decimal string before its point, wherever an exponent puts the point."""
    if found[3]:
        number = abs(float(found[0])) if found[1] or found[2] else 0.0
        return int(number) if number < _BEYOND else 0
    return int(found[1] or "0") if len(found[1]) < 20 else _MANY_DIGITS


def _whole_betrays(vr: str, value: bytes, is_little: bool, identity: Identity) -> bool:
    if len(value) % WORDS[vr]:
        return True
    return _numbers_betray([abs(number) for number in unpacked(vr, value, is_little)], identity)


def _real_betrays(vr: str, value: bytes, is_little: bool, identity: Identity) -> bool:
    kind = np.dtype(("<" if is_little else ">") + REAL[vr])
    if len(value) % kind.itemsize:
        return True
    numbers = np.frombuffer(value, kind)
    numbers = numbers[np.isfinite(numbers)]
    wholes = np.abs(np.trunc(numbers.astype("f8")))
    if len(numbers) <= 16 and any(_fraction_holds(str(each).partition(".")[2], identity) for each in numbers):
        return True
    if len(wholes) > 256:  # a curve or a map: only distinct values of four digits and more can be anybody's
        wholes = np.unique(wholes[wholes >= _FEW_DIGITS])
    return _numbers_betray([int(each) for each in wholes if each < _BEYOND], identity)


def _numbers_betray(wholes: Sequence[int], identity: Identity) -> bool:
    for whole in wholes:
        if whole >= _MANY_DIGITS and whole not in _NOBODYS:
            return True
        if whole >= _FEW_DIGITS and _holds(str(whole), identity):
            return True
    if len(wholes) < 2:
        return False
    return _spells_day(wholes) or (
        len(wholes) <= _NEIGHBOURS and any(_side_by_side([str(each) for each in wholes], identity))
    )


def _spells_day(wholes: Sequence[int]) -> bool:
    return any(
        (1900 <= first <= 2100 and _is_month_and_day(second, third))
        or (1900 <= third <= 2100 and third not in _SIDES and _is_month_and_day(first, second))
        for first, second, third in zip(wholes, wholes[1:], wholes[2:], strict=False)
    )


def _is_month_and_day(one: int, other: int) -> bool:
    return 1 <= min(one, other) <= 12 and max(one, other) <= 31


def _holds(digits: str, identity: Identity) -> bool:
    return len(digits) > 3 and (identity.owns(digits) or any(number in digits for number in identity.numbers))


def _fraction_holds(digits: str, identity: Identity) -> bool:
    """A fraction has many digits by nature: a short number counts only where it is all of it."""
    if len(digits) < 4 or not digits.isdigit():
        return False
    return any(number in digits if len(number) >= _LONG_FRACTION else number == digits for number in identity.numbers)
