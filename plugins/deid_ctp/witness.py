"""The witness: looks for the original's strings in the bytes of the clean instance, knowing nothing of how it was made."""

import re
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any

from pydicom import Dataset

from obia import Clean, Code, Finding, Original
from obia.plugins.deid_ctp.charsets import Charset
from obia.plugins.deid_ctp.elements import TEXT, Branch, Element, Item, read_item, standard_vr
from obia.plugins.deid_ctp.identity import MAX_NEEDLE, TIME_ZONE, Identity, gather, is_description, least_digits
from obia.plugins.deid_ctp.numbers import COUNTED, WORDS, characters, integers, is_short, joined, swapped
from obia.plugins.deid_ctp.spelling import encodings, plain, searched, squeezed, variants
from obia.plugins.deid_ctp.uids import is_registered
from obia.plugins.deid_ctp.vocabulary import SCHEMES, TERMS, least_letters

_OURS = frozenset(
    (0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064, 0x00280303, TIME_ZONE)
)  # written by us alone, or a zone
_PSEUDONYMS = (0x00100010, 0x00100020)
_CODES = (0x00080100, 0x00080102)
_TERMS_ONLY = (0x00080070, 0x00080104, 0x00081090)
_SYNTAX = "TransferSyntaxUID"
_NUMBER = 5  # digits: below, a component of a UID is nobody's
_WORD = 5  # bytes or characters: what numbers spell is a name from here on
_CLOCK = b"0123456789:.+-eE \\\0"
_FRACTION = re.compile(r"\.(\d{5,})", re.A)
_UID = re.compile(r"[\d.]+", re.A)
_NO_TIME = re.compile(r"\d{7,}", re.A)
_CLOCKS = frozenset(("DA", "DT", "TM", "DS", "IS"))
Walked = Sequence[tuple[Item, Element]]
_SHORT = 256  # bytes of a value that is remembered: of a series' images most hold the same
_MOST = 64  # sets of strings that are remembered
_NEVER_BYTES = 1_000_000  # bytes: a larger value is a map or a curve, and its own VR was judged


@dataclass(slots=True)
class _Seen:
    """What a clean instance holds, by kind."""

    texts: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    codes: list[tuple[str, int]] = field(default_factory=list)
    numbers: dict[int, set[str]] = field(default_factory=dict)
    parts: set[str] = field(default_factory=set)
    letters: list[str] = field(default_factory=list)
    blobs: list[bytes] = field(default_factory=list)
    words: list[bytes] = field(default_factory=list)

    def add(self, held: "_Held") -> None:
        """Add what one value holds."""
        for name, found in held:
            if name == "numbers":
                for least, numbers in found:
                    self.numbers.setdefault(least, set()).update(numbers)
            elif name in ("uids", "parts"):
                getattr(self, name).update(found)
            else:
                getattr(self, name).extend(found)

    def held(self) -> "_Held":
        """What there is, for another to add."""
        found = {each.name: getattr(self, each.name) for each in fields(self)}
        found["numbers"] = self.numbers.items()
        return tuple((name, tuple(values)) for name, values in found.items() if values)


_Held = tuple[tuple[str, tuple[Any, ...]], ...]


class IdentityWitness:
    """Finds NOT_CLEAN where a string of the original is still there."""

    name = "deid_ctp_witness"

    def __init__(self) -> None:
        self._known: dict[Hashable, Identity] = {}

    def check_witness(self, original: Original, clean: Clean) -> Iterable[Finding]:
        """Say whether anything that identifies is still there; codes only."""
        before = _read(original.header, original.kind.transfer_syntax)
        after = _read(clean.header, clean.kind.transfer_syntax)
        if self._is_betrayed(before, after, clean):
            yield Finding(Code.NOT_CLEAN, about=clean.uid, check=self.name)

    def _is_betrayed(self, before: Item, after: Item, clean: Clean) -> bool:
        old, new = list(before.walk()), list(after.walk())
        told, seen, uids = gather(old), _see(new), set(_uids(old))
        told.phrases -= _left_in_place(old, new)
        identity, codecs = self._settled(told), after.charset.codecs
        return (
            _has_old_pseudonym(before, after)
            or _has_old_date(before, after)
            or _uids_betray(identity, uids, seen.uids)
            or _holds_uid(told.uids, seen, codecs)
            or identity.found_in("\n".join(seen.texts))
            or identity.found_in("\n".join(seen.terms), is_term=True)
            or any(identity.names_in(text, least) for text, least in seen.codes)
            or any(identity.owns(number, least) for least, numbers in seen.numbers.items() for number in numbers)
            or any(identity.owns_joined(digits) for digits in seen.parts)
            or identity.names_in("\n".join(seen.letters), _WORD)
            or identity.found_in_bytes(b"\xff\xff".join(seen.blobs), codecs)
            or identity.found_in_bytes(b"\xff\xff".join(seen.words), codecs, _WORD)
            or _meta_betrays(identity, uids, told.uids, clean)
        )

    def _settled(self, told: Identity) -> Identity:
        """What to look for but UIDs, of which every image has its own: prepared once for a series.

        What stands for a UID and has other characters than one is looked for as words are, in all their forms.
        """
        odd = {uid for uid in told.uids if not _UID.fullmatch(uid)}
        sets = (told.words, odd, told.phrases, told.pairs, told.numbers, told.days)
        key = tuple([frozenset[object](each) for each in sets])
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= _MOST:
                self._known.clear()
            found = self._known[key] = replace(told, uids=odd)
            found.settle()
        return found


def _read(header: Dataset, transfer_syntax: str) -> Item:
    is_implicit, is_little = header.original_encoding
    if is_implicit is None or is_little is None:
        is_implicit, is_little = transfer_syntax == "1.2.840.10008.1.2", transfer_syntax != "1.2.840.10008.1.2.2"
    return read_item(header, is_implicit, is_little)


def _holds_uid(uids: Iterable[str], seen: _Seen, codecs: tuple[str, ...]) -> bool:
    """Whether an old UID stands in a text, or in bytes."""
    texts = searched("\n".join([*seen.texts, *seen.terms, *seen.letters, *(text for text, _ in seen.codes)]))
    found = squeezed(b"\xff\xff".join([*seen.blobs, *seen.words]))
    return any(plain(uid) in texts or any(each in found for each in encodings(plain(uid), codecs)) for uid in uids)


def _left_in_place(before: Walked, after: Walked) -> set[str]:
    """The descriptions that a script let stay where they stood: they are no secret, and names in them still are."""
    left = _descriptions(before) & _descriptions(after)
    return {form for _, text in left for form in variants(text)}


def _descriptions(walked: Walked) -> set[tuple[int, str]]:
    described = [(item, int(element.tag)) for item, element in walked if is_description(int(element.tag))]
    return {(tag, plain(text)[:MAX_NEEDLE]) for item, tag in described if (text := item.text(tag))}


def _see(after: Walked) -> _Seen:
    seen = _Seen()
    for item, element in after:
        tag = int(element.tag)
        if isinstance(element, Branch) or not element.value or tag in _OURS:
            continue
        value, vr = element.value, element.VR or standard_vr(tag) or "UN"
        if tag in _CODES:
            _sort(seen, tag, vr, value, item.charset, item.is_little, item.text(0x00080102))
        elif len(value) <= _SHORT:
            seen.add(_alone(tag, vr, value, item.charset, item.is_little))
        else:
            _sort(seen, tag, vr, value, item.charset, item.is_little)
    return seen


@lru_cache(2048)
def _alone(tag: int, vr: str, value: bytes, charset: Charset, is_little: bool) -> _Held:
    """What one value holds that depends on no other."""
    seen = _Seen()
    _sort(seen, tag, vr, value, charset, is_little)
    return seen.held()


def _sort(
    seen: _Seen, tag: int, vr: str, value: bytes, charset: Charset, is_little: bool, scheme: str | None = None
) -> None:
    if vr not in TEXT:
        vr = vr.partition(" ")[0]
        _hold(seen, tag, vr, value)
    if vr in COUNTED:
        _count(seen, tag, vr, value, is_little)
    if vr not in TEXT:
        return
    text = _text(value, charset)
    if vr in ("TM", "DT") and "." in text:
        seen.numbers.setdefault(_NUMBER, set()).update(_FRACTION.findall(text))
    if vr == "TM":
        seen.numbers.setdefault(_NUMBER, set()).update(_NO_TIME.findall(text))
    if vr == "UI":
        seen.uids.update(text.split("\\"))
    elif tag in _CODES and scheme in SCHEMES:
        least = least_letters(text, scheme or "")
        if least is not None and tag == _CODES[0]:
            seen.codes.append((text, least))
    elif vr == "CS" or tag in _TERMS_ONLY:
        seen.terms.extend(each for each in text.split("\\") if each.strip().casefold() not in TERMS)
    elif vr not in _CLOCKS or value.translate(None, _CLOCK):  # what is no number and no time is text
        seen.texts.append(text)


def _count(seen: _Seen, tag: int, vr: str, value: bytes, is_little: bool) -> None:
    """Note the numbers of a value, and the text that they may be the codes of."""
    least = least_digits(tag)
    if is_short(vr, value) or (least is None and not tag & 0x10000):
        return
    found = integers(vr, value, is_little)
    if found:
        seen.numbers.setdefault(least or _NUMBER, set()).update(found)
    seen.parts.update(joined(vr, value, is_little))
    letters = characters(vr, value, is_little)
    if letters:
        seen.letters.append(letters)


def _hold(seen: _Seen, tag: int, vr: str, value: bytes) -> None:
    """Note the bytes of a value, in both orders: of private numbers as of no kind, of standard ones as words."""
    is_opaque = vr not in COUNTED and vr != "OW" and len(value) < _NEVER_BYTES
    if tag & 0x10000 or is_opaque:
        held = seen.blobs
    elif _WORD <= len(value) < _NEVER_BYTES:
        held = seen.words
    else:
        return
    held.append(value)
    if vr in WORDS and len(value) >= _WORD:
        held.append(swapped(vr, value))


def _text(value: bytes, charset: Charset) -> str:
    text = charset.text(value)
    return (value.decode("latin-1") if text is None else text).strip(" \0")


def _uids(before: Walked) -> Iterator[str]:
    for item, element in before:
        if (element.VR or standard_vr(int(element.tag))) == "UI" and not isinstance(element, Branch) and element.value:
            for uid in _text(element.value, item.charset).split("\\"):
                if uid and not is_registered(uid):
                    yield uid


def _has_old_pseudonym(before: Item, after: Item) -> bool:
    return any(before.text(tag) and before.text(tag) == after.text(tag) for tag in _PSEUDONYMS)


def _has_old_date(before: Item, after: Item) -> bool:
    """Whether a date stands where it stood, unmoved: at the root and, item by item, below."""
    for element in before.elements:
        if isinstance(element, Branch):
            other = after.get(element.tag)
            if isinstance(other, Branch) and len(other.items) == len(element.items):
                pairs = zip(element.items, other.items, strict=True)
                if any(_has_old_date(old, new) for old, new in pairs):
                    return True
        elif standard_vr(int(element.tag)) in ("DA", "DT") and _is_same_date(before, element.tag, after):
            return True
    return False


def _is_same_date(before: Item, tag: int, after: Item) -> bool:
    old, new = before.text(tag), after.text(tag)
    return bool(old and new and old[:8].isdigit() and old[:8] == new[:8])


def _uids_betray(identity: Identity, old: set[str], uids: set[str]) -> bool:
    """Whether a UID is an old one, or one of its components is a number of the patient.

    Only whole components count: of the 39 digits that chance makes, six in a row are somebody's number sooner or later.
    """
    if not uids.isdisjoint(old):
        return True
    components = {each for uid in uids if not is_registered(uid) for each in uid.split(".")}
    return any(len(number) >= _NUMBER for number in components & identity.numbers)


def _meta_betrays(identity: Identity, old: set[str], told: set[str], clean: Clean) -> bool:
    uids = {str(element.value) for element in clean.meta if element.VR == "UI" and element.keyword != _SYNTAX}
    text = "\n".join([str(element.value) for element in clean.meta if element.VR != "UI"])
    return _uids_betray(identity, old, uids) or identity.found_in(text) or any(uid in text for uid in told)
