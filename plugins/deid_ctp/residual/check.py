"""The witness: looks for the original's strings in the bytes of the clean instance, knowing nothing of how it was made.

What one element tells or holds is remembered, and what was found of the same strings in the same texts: the images of
a series have most of theirs in common.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import repeat
from typing import Any, Generic, TypeVar

from pydicom import Dataset
from pydicom.dataelem import RawDataElement

from obia import Clean, Code, Finding, Original
from obia.plugins.deid_ctp.dicom.charsets import DEFAULT, Charset
from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item, element_of, read_charset, standard_vr
from obia.plugins.deid_ctp.dicom.uids import is_registered
from obia.plugins.deid_ctp.identifiers.search import MAX_NEEDLE, Identity, gather, is_description
from obia.plugins.deid_ctp.identifiers.text_forms import encodings, plain, searched, squeezed, variants
from obia.plugins.deid_ctp.pools import Pool
from obia.plugins.deid_ctp.residual.content import CODE_SCHEME, CODE_VALUE, NUMBER, WORD, Held, Holdings, held_by, shown

_PSEUDONYMS = (0x00100010, 0x00100020)
_NEW_UIDS = (0x00080018, 0x0020000E)  # SOP instance and series: an instance of ours has its own
_SYNTAX = "TransferSyntaxUID"
_DATES = ("DA", "DT")
_UID = re.compile(r"[\d.]+", re.A)
_UNKNOWN: Any = object()
_BORDER = b"\xff\xff"
_SHORT, _REMEMBERED = 1024, 2048  # bytes of an element or a text that is remembered, and how many elements are
_MOST, _MOST_FOUND = 64, 64  # sets of strings that are remembered, and what was looked for in each

T = TypeVar("T")
Context = tuple[Charset, bool, bool]
"""The character set of a header, whether it is implicit, and whether little endian."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What an element of the original tells: the strings to look for, UIDs, descriptions; whether it has dates."""

    identity: Identity
    uids: frozenset[str]
    descriptions: frozenset[tuple[int, str]]
    has_dates: bool

    @classmethod
    def by(cls, element: Element, header: "_Header") -> "_Told":
        """Read an element, and what stands in it."""
        walked = list(_inside(element, header).walk())
        has_dates = any(standard_vr(int(each.tag)) in _DATES for _, each in walked)
        return cls(gather(walked), frozenset(_uids(walked)), frozenset(_descriptions(walked)), has_dates)


@dataclass(frozen=True, slots=True)
class _Holds:
    """What an element of the clean instance holds, and the descriptions in it."""

    held: Held
    descriptions: frozenset[tuple[int, str]]

    @classmethod
    def by(cls, element: Element, header: "_Header") -> "_Holds":
        """Read an element, and what stands in it."""
        walked = list(_inside(element, header).walk())
        return cls(held_by(walked), frozenset(_descriptions(walked)))


class _Memory(Generic[T]):
    """What elements say, by header and element; None for those that say nothing."""

    def __init__(self, read: Callable[[Element, "_Header"], T], nothing: T) -> None:
        self._read = read
        self._nothing = nothing
        self._known: dict[Context, dict[Element, T | None]] = {}

    def of(self, header: "_Header") -> list[tuple[Element, T]]:
        """The elements of a header that say something, with what they say."""
        if sum(map(len, tuple(self._known.values()))) > _REMEMBERED:
            self._known.clear()
        known = self._known.setdefault(header.context, {})
        said = map(known.get, header.elements, repeat(_UNKNOWN))
        pairs = zip(header.elements, said, strict=True)
        asked = [(each, self._ask(known, each, header) if one is _UNKNOWN else one) for each, one in pairs]
        return [(each, one) for each, one in asked if one is not None]

    def _ask(self, known: dict[Element, T | None], element: Element, header: "_Header") -> T | None:
        said: T | None = self._read(element, header)
        said = None if said == self._nothing else said
        if element.tag == CODE_VALUE:  # its scheme stands beside it
            return said
        if isinstance(element, RawDataElement) and len(element.value or b"") <= _SHORT:
            known[element] = said
        return said


@dataclass(frozen=True, slots=True)
class _Header:
    """A header: an item without its elements, these, and their tags."""

    item: Item
    elements: Sequence[Element]
    by_tag: dict[int, Element]

    @classmethod
    def of(cls, header: Dataset, transfer_syntax: str) -> "_Header":
        """Read a header; sequences stay unread."""
        is_implicit, is_little = header.original_encoding
        if is_implicit is None or is_little is None:
            is_implicit, is_little = transfer_syntax == "1.2.840.10008.1.2", transfer_syntax != "1.2.840.10008.1.2.2"
        item = Item(None, DEFAULT, is_implicit, is_little)
        read_charset(header, item)
        elements = [each if isinstance(each, RawDataElement) else element_of(each, item) for each in header.values()]
        return cls(item, elements, {int(each.tag): each for each in elements})

    @property
    def context(self) -> Context:
        """What its elements are read with."""
        return self.item.charset, self.item.is_implicit, self.item.is_little

    def text(self, tag: int) -> str | None:
        """The text of an element."""
        element = self.by_tag.get(tag)
        return None if element is None or isinstance(element, Branch) else self.item.text_of(element)


@dataclass(frozen=True, slots=True)
class _Sought:
    """The strings of a series, and where they were looked for before."""

    identity: Identity
    found: dict[Hashable, bool] = field(default_factory=dict)

    def is_in(self, kind: Hashable, what: bytes | str | tuple[object, ...], find: Callable[[], bool]) -> bool:
        """Whether they are found in something of a kind."""
        if len(what) > _SHORT:
            return find()
        verdict = self.found.get((kind, what))
        if verdict is None:
            if len(self.found) >= _MOST_FOUND:
                self.found.clear()
            verdict = self.found[kind, what] = find()
        return verdict


class IdentityWitness:
    """Finds NOT_CLEAN where a string of the original is still there. Any thread may ask it."""

    name = "deid_ctp_witness"

    def __init__(self) -> None:
        self._comparers: Pool[_Comparer] = Pool(1)

    def check_witness(self, original: Original, clean: Clean) -> Iterable[Finding]:
        """Say whether anything that identifies is still there; codes only."""
        with self._comparers.lend(None, _Comparer) as comparer:
            is_betrayed = comparer.is_betrayed(original, clean)
        if is_betrayed:
            yield Finding(Code.NOT_CLEAN, about=clean.uid, check=self.name)


class _Comparer:
    """Compares an original with its clean instance, and remembers what elements say; for one thread at a time."""

    def __init__(self) -> None:
        self._known: dict[Hashable, _Sought] = {}
        self._told = _Memory(_Told.by, _Told(Identity(), frozenset(), frozenset(), has_dates=False))
        self._holds = _Memory(_Holds.by, _Holds((), frozenset()))

    def is_betrayed(self, original: Original, clean: Clean) -> bool:
        """Whether anything that identifies is still there."""
        before = _Header.of(original.header, original.kind.transfer_syntax)
        after = _Header.of(clean.header, clean.kind.transfer_syntax)
        released = original.released_uids
        old, new, seen = self._told.of(before), self._holds.of(after), Holdings()
        for _, holds in new:
            seen.add(holds.held)
        told, uids = _together(each.identity for _, each in old), {uid for _, each in old for uid in each.uids}
        own = {uid for tag in _NEW_UIDS if (uid := before.text(tag))}
        uids -= released - own  # everybody knows them, and they lead to what is public
        told.uids -= released - own
        told.phrases -= _left_in_place((each.descriptions for _, each in old), (each.descriptions for _, each in new))
        sought, codecs = self._settled(told), after.item.charset.codecs
        return (
            any(before.text(tag) and before.text(tag) == after.text(tag) for tag in _PSEUDONYMS)
            or _has_old_date([each for each, told in old if told.has_dates], before, after)
            or _uids_betray(sought.identity, uids, seen.uids)
            or _holds_uid(told.uids, seen, codecs)
            or _holds_string(sought, seen, codecs)
            or _meta_betrays(sought, uids, told.uids, clean)
        )

    def _settled(self, told: Identity) -> _Sought:
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
            found = self._known[key] = _Sought(replace(told, uids=odd))
            found.identity.settle()
        return found


def _inside(element: Element, header: _Header) -> Item:
    """An item of one element, which is read, and beside a code of its scheme."""
    item = Item(None, *header.context)
    beside = [header.by_tag.get(CODE_SCHEME)] if element.tag == CODE_VALUE else []
    elements = [element, *(each for each in beside if each is not None)]
    item.elements = [element_of(each, item) if isinstance(each, RawDataElement) else each for each in elements]
    return item


def _together(told: Iterable[Identity]) -> Identity:
    whole = Identity()
    for each in told:
        whole.add(each)
    return whole


def _left_in_place(
    before: Iterable[frozenset[tuple[int, str]]], after: Iterable[frozenset[tuple[int, str]]]
) -> set[str]:
    """The descriptions that a script let stay where they stood: they are no secret, and names in them still are."""
    left = frozenset[tuple[int, str]]().union(*before).intersection(frozenset[tuple[int, str]]().union(*after))
    return {form for _, text in left for form in variants(text)}


def _descriptions(walked: Iterable[tuple[Item, Element]]) -> Iterator[tuple[int, str]]:
    for item, element in walked:
        if is_description(tag := int(element.tag)) and (text := item.text(tag)):
            yield tag, plain(text)[:MAX_NEEDLE]


def _uids(before: Iterable[tuple[Item, Element]]) -> Iterator[str]:
    for item, element in before:
        if (element.VR or standard_vr(int(element.tag))) == "UI" and not isinstance(element, Branch) and element.value:
            for uid in shown(element.value, item.charset).split("\\"):
                if uid and not is_registered(uid):
                    yield uid


def _holds_uid(uids: Iterable[str], seen: Holdings, codecs: tuple[str, ...]) -> bool:
    """Whether an old UID stands in a text, or in bytes."""
    texts = searched("\n".join([*seen.texts, *seen.terms, *seen.letters, *(text for text, _ in seen.codes)]))
    found = squeezed(_BORDER.join([*seen.blobs, *seen.words]))
    return any(plain(uid) in texts or any(each in found for each in encodings(plain(uid), codecs)) for uid in uids)


def _holds_string(sought: _Sought, seen: Holdings, codecs: tuple[str, ...]) -> bool:
    """Whether a string stands in a text, among numbers, or in bytes."""
    identity, is_in = sought.identity, sought.is_in
    texts, terms, letters = "\n".join(seen.texts), "\n".join(seen.terms), "\n".join(seen.letters)
    blobs, words, codes = _BORDER.join(seen.blobs), _BORDER.join(seen.words), tuple(seen.codes)
    return (
        is_in("texts", texts, lambda: identity.found_in(texts))
        or is_in("terms", terms, lambda: identity.found_in(terms, is_term=True))
        or is_in("codes", codes, lambda: any(identity.names_in(text, least) for text, least in codes))
        or any(identity.owns(number, least) for least, numbers in seen.numbers.items() for number in numbers)
        or any(identity.owns_joined(digits) for digits in seen.parts)
        or is_in("letters", letters, lambda: identity.names_in(letters, WORD))
        or is_in(("blobs", codecs), blobs, lambda: identity.found_in_bytes(blobs, codecs))
        or is_in(("words", codecs), words, lambda: identity.found_in_bytes(words, codecs, WORD))
    )


def _has_old_date(dates: Iterable[Element], before: _Header, after: _Header) -> bool:
    """Whether a date stands where it stood, unmoved: at the root and, item by item, below."""
    return any(_is_left(each, after.by_tag.get(int(each.tag)), before, after) for each in dates)


def _is_left(old: Element, new: Element | None, before: _Header, after: _Header) -> bool:
    tag = int(old.tag)
    if standard_vr(tag) in _DATES:
        return _is_same(before.text(tag), after.text(tag))
    return new is not None and _is_left_within(_inside(old, before), _inside(new, after))


def _is_left_within(before: Item, after: Item) -> bool:
    """Whether a date stands unmoved in two items that were one."""
    for old in before.elements:
        tag, new = int(old.tag), after.get(old.tag)
        if not isinstance(old, Branch):
            is_left = standard_vr(tag) in _DATES and _is_same(before.text(tag), after.text(tag))
        else:
            is_branch = isinstance(new, Branch) and len(new.items) == len(old.items)
            is_left = is_branch and any(map(_is_left_within, old.items, new.items))  # type: ignore[union-attr]
        if is_left:
            return True
    return False


def _is_same(old: str | None, new: str | None) -> bool:
    return bool(old and new and old[:8].isdigit() and old[:8] == new[:8])


def _uids_betray(identity: Identity, old: set[str], uids: set[str]) -> bool:
    """Whether a UID is an old one, or one of its components is a number of the patient.

    Only whole components count: of the 39 digits that chance makes, six in a row are somebody's number sooner or later.
    """
    if not uids.isdisjoint(old):
        return True
    components = {each for uid in uids if not is_registered(uid) for each in uid.split(".")}
    return any(len(number) >= NUMBER for number in components & identity.numbers)


def _meta_betrays(sought: _Sought, old: set[str], told: set[str], clean: Clean) -> bool:
    uids = {str(element.value) for element in clean.meta if element.VR == "UI" and element.keyword != _SYNTAX}
    text = "\n".join([str(element.value) for element in clean.meta if element.VR != "UI"])
    return (
        _uids_betray(sought.identity, old, uids)
        or sought.is_in("meta", text, lambda: sought.identity.found_in(text))
        or any(uid in text for uid in told)
    )
