"""Holdings: what the elements of a clean instance hold that may be somebody's, by kind."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from typing import Any

from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.elements import TEXT, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.dicom.vr_syntax import is_whole
from obia.plugins.deid_ctp.identifiers.numeric_forms import (
    COUNTED,
    WORDS,
    characters,
    integers,
    is_short,
    joined,
    swapped,
)
from obia.plugins.deid_ctp.identifiers.search import TIME_ZONE, least_digits
from obia.plugins.deid_ctp.identifiers.stopwords import SCHEMES, TERMS, least_letters

_OURS = frozenset(
    (0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064, 0x00280303, TIME_ZONE)
)  # written by us alone, or a zone
CODE_VALUE, CODE_SCHEME = 0x00080100, 0x00080102
_TERMS_ONLY = (0x00080070, 0x00080104, 0x00081090)
NUMBER = 5  # digits: below, a component of a UID is nobody's
WORD = 5  # bytes or characters: what numbers spell is a name from here on
_FRACTION = re.compile(r"\.(\d{5,})", re.A)
_NO_TIME = re.compile(r"\d{7,}", re.A)
_CLOCKS = frozenset(("DA", "DT", "TM", "DS", "IS"))
_NEVER_BYTES = 1_000_000  # bytes: a larger value is a map or a curve, and its own VR was judged

Held = tuple[tuple[str, tuple[Any, ...]], ...]


@dataclass(slots=True)
class Holdings:
    """What there is, by kind."""

    texts: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    codes: list[tuple[str, int]] = field(default_factory=list)
    numbers: dict[int, set[str]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    words: list[bytes] = field(default_factory=list)

    def add(self, held: Held) -> None:
        """Add what an element holds."""
        for name, found in held:
            if name == "numbers":
                for least, numbers in found:
                    self.numbers.setdefault(least, set()).update(numbers)
            elif name in ("uids", "parts"):
                getattr(self, name).update(found)
            else:
                getattr(self, name).extend(found)

    def held(self) -> Held:
        """All of it, for others to add."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        found["numbers"] = self.numbers.items()
        return tuple((name, tuple(values)) for name, values in found.items() if values)


def held_by(walked: Iterable[tuple[Item, Element]]) -> Held:
    """What elements hold, each with its item."""
    seen = Holdings()
    for item, element in walked:
        tag = int(element.tag)
        if not isinstance(element, Branch) and element.value and tag not in _OURS:
            vr = element.VR or standard_vr(tag) or "UN"
            scheme = item.text(CODE_SCHEME) if tag in (CODE_VALUE, CODE_SCHEME) else None
            _sort(seen, tag, vr, element.value, item.charset, item.is_little, scheme)
    return seen.held()


def shown(value: bytes, charset: Charset) -> str:
    """A value as text, whatever it is, without its padding."""
    text = charset.text(value)
    return (value.decode("latin-1") if text is None else text).strip(" \0")


def _sort(
    seen: Holdings, tag: int, vr: str, value: bytes, charset: Charset, is_little: bool, scheme: str | None = None
) -> None:
    if vr not in TEXT:
        vr = vr.partition(" ")[0]
        _hold(seen, tag, vr, value)
    if vr in COUNTED:
        _count(seen, tag, vr, value, is_little)
    if vr not in TEXT:
        return
    text = shown(value, charset)
    if vr in ("TM", "DT") and "." in text:
        seen.numbers.setdefault(NUMBER, set()).update(_FRACTION.findall(text))
    if vr == "TM":
        seen.numbers.setdefault(NUMBER, set()).update(_NO_TIME.findall(text))
    if vr == "UI":
        seen.uids.update(text.split("\\"))
        if not is_whole(vr, value):
            seen.texts.append(text)
    elif tag in (CODE_VALUE, CODE_SCHEME) and scheme in SCHEMES:
        least = least_letters(text, scheme or "")
        if least is not None and tag == CODE_VALUE:
            seen.codes.append((text, least))
    elif vr == "CS" or tag in _TERMS_ONLY:
        seen.terms.extend(each for each in text.split("\\") if each.strip().casefold() not in TERMS)
    elif vr not in _CLOCKS or not is_whole(vr, value):  # what is no number and no time is text
        seen.texts.append(text)


def _count(seen: Holdings, tag: int, vr: str, value: bytes, is_little: bool) -> None:
    """Note the numbers of a value, and the text that they may be the codes of."""
    least = least_digits(tag)
    if is_short(vr, value) or (least is None and not tag & 0x10000):
        return
    found = integers(vr, value, is_little)
    if found:
        seen.numbers.setdefault(least or NUMBER, set()).update(found)
    seen.parts.update(joined(vr, value, is_little))
    letters = characters(vr, value, is_little)
    if letters:
        seen.letters.append(letters)


def _hold(seen: Holdings, tag: int, vr: str, value: bytes) -> None:
    """Note the bytes of a value, in both orders: of private numbers as of no kind, of standard ones as words."""
    is_opaque = vr not in COUNTED and vr != "OW" and len(value) < _NEVER_BYTES
    if tag & 0x10000 or is_opaque:
        held = seen.blobs
    elif WORD <= len(value) < _NEVER_BYTES:
        held = seen.words
    else:
        return
    held.append(value)
    if vr in WORDS and len(value) >= WORD:
        held.append(swapped(vr, value))
