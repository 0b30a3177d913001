"""The witness: looks for the original's strings in the bytes of the clean instance, knowing nothing of how it was made."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from pydicom import Dataset

from obia import Clean, Code, Finding, Original
from obia.plugins.deid_ctp.charsets import Charset
from obia.plugins.deid_ctp.elements import TEXT, Branch, Item, read_item, standard_vr
from obia.plugins.deid_ctp.identity import TIME_ZONE, Identity, collect
from obia.plugins.deid_ctp.uids import is_registered
from obia.plugins.deid_ctp.vocabulary import SCHEMES, TERMS

_OURS = frozenset(
    (0x00100010, 0x00100020, 0x00120062, 0x00120063, 0x00120064, 0x00280303, TIME_ZONE)
)  # written by us alone, or a zone
_PSEUDONYMS = (0x00100010, 0x00100020)
_CODES = (0x00080100, 0x00080102)
_TERMS_ONLY = (0x00080070, 0x00080104, 0x00081090)
_SYNTAX = "TransferSyntaxUID"
_NUMBER = 5  # digits: below, a component of a UID is nobody's
_NEVER_BYTES = 1_000_000  # bytes: a larger value is a map or a curve, and its own VR was judged


@dataclass(slots=True)
class _Seen:
    """What a clean instance holds, by kind."""

    texts: list[str] = field(default_factory=list)
    terms: list[str] = field(default_factory=list)
    uids: set[str] = field(default_factory=set)
    numbers: set[str] = field(default_factory=set)
    blobs: list[bytes] = field(default_factory=list)


class IdentityWitness:
    """Finds NOT_CLEAN where a string of the original is still there."""

    name = "deid_ctp_witness"

    def check_witness(self, original: Original, clean: Clean) -> Iterable[Finding]:
        """Say whether anything that identifies is still there; codes only."""
        before = _read(original.header, original.kind.transfer_syntax)
        after = _read(clean.header, clean.kind.transfer_syntax)
        if _is_betrayed(before, after, clean):
            yield Finding(Code.NOT_CLEAN, about=clean.uid, check=self.name)


def _read(header: Dataset, transfer_syntax: str) -> Item:
    is_implicit, is_little = header.original_encoding
    if is_implicit is None or is_little is None:
        is_implicit, is_little = transfer_syntax == "1.2.840.10008.1.2", transfer_syntax != "1.2.840.10008.1.2.2"
    return read_item(header, is_implicit, is_little)


def _is_betrayed(before: Item, after: Item, clean: Clean) -> bool:
    identity, seen = collect(before), _see(after)
    return (
        _has_old_pseudonym(before, after)
        or _has_old_date(before, after)
        or _uids_betray(identity, before, seen.uids)
        or identity.found_in("\n".join(seen.texts))
        or identity.found_in("\n".join(seen.terms), is_term=True)
        or not seen.numbers.isdisjoint(number for number in identity.numbers if len(number) > 6)
        or identity.found_in_bytes(b"\0\0\0".join(seen.blobs), after.charset.codecs)
        or _meta_betrays(identity, before, clean)
    )


def _see(after: Item) -> _Seen:
    seen = _Seen()
    for item, element in after.walk():
        if isinstance(element, Branch):
            continue
        if element.value and element.tag not in _OURS:
            vr = element.VR or standard_vr(element.tag) or "UN"
            _sort(seen, int(element.tag), vr, element.value, item)
    return seen


def _sort(seen: _Seen, tag: int, vr: str, value: bytes, item: Item) -> None:
    if vr not in TEXT:
        if (len(value) < _NEVER_BYTES and vr not in ("OW", "US", "SS", "UL", "SL", "FL", "FD", "AT")) or tag & 0x10000:
            seen.blobs.append(value)
        return
    text = _text(value, item.charset)
    if vr == "UI":
        seen.uids.update(text.split("\\"))
    elif vr in ("DS", "IS"):
        seen.numbers.update(text.replace(" ", "").split("\\"))
    elif tag in _CODES and item.text(0x00080102) in SCHEMES:
        return
    elif vr == "CS" or tag in _TERMS_ONLY:
        seen.terms.extend(each for each in text.split("\\") if each.strip().casefold() not in TERMS)
    elif vr not in ("DA", "DT", "TM"):
        seen.texts.append(text)


def _text(value: bytes, charset: Charset) -> str:
    text = charset.text(value)
    return (value.decode("latin-1") if text is None else text).strip(" \0")


def _uids(before: Item) -> Iterator[str]:
    for item, element in before.walk():
        if not isinstance(element, Branch) and element.value and (element.VR or standard_vr(element.tag)) == "UI":
            for uid in _text(element.value, item.charset).split("\\"):
                if uid and not is_registered(uid):
                    yield uid


def _has_old_pseudonym(before: Item, after: Item) -> bool:
    return any(before.text(tag) and before.text(tag) == after.text(tag) for tag in _PSEUDONYMS)


def _has_old_date(before: Item, after: Item) -> bool:
    """Whether a date stands where it stood, unmoved: at the root and, item by item, below."""
    for element in before.elements:
        other = after.get(element.tag)
        if isinstance(element, Branch):
            if isinstance(other, Branch) and len(other.items) == len(element.items):
                pairs = zip(element.items, other.items, strict=True)
                if any(_has_old_date(old, new) for old, new in pairs):
                    return True
        elif other is not None and not isinstance(other, Branch) and _is_same_date(before, element.tag, after):
            return True
    return False


def _is_same_date(before: Item, tag: int, after: Item) -> bool:
    if standard_vr(tag) not in ("DA", "DT"):
        return False
    old, new = before.text(tag), after.text(tag)
    return bool(old and new and old[:8].isdigit() and old[:8] == new[:8])


def _uids_betray(identity: Identity, before: Item, uids: set[str]) -> bool:
    """Whether a UID is an old one, or one of its components is a number of the patient.

    Only whole components count: of the 39 digits that chance makes, six in a row are somebody's number sooner or later.
    """
    if not uids.isdisjoint(_uids(before)):
        return True
    components = {each for uid in uids if not is_registered(uid) for each in uid.split(".")}
    return any(len(number) >= _NUMBER for number in components & identity.numbers)


def _meta_betrays(identity: Identity, before: Item, clean: Clean) -> bool:
    uids = {str(element.value) for element in clean.meta if element.VR == "UI" and element.keyword != _SYNTAX}
    texts = [str(element.value) for element in clean.meta if element.VR != "UI"]
    return _uids_betray(identity, before, uids) or identity.found_in("\n".join(texts))
