"""Elements: a header as a tree of raw elements, read without touching the dataset it comes from."""

import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from struct import Struct

from pydicom import Dataset
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.filebase import DicomBytesIO
from pydicom.filewriter import write_data_element
from pydicom.tag import BaseTag
from pydicom.values import convert_SQ

from obia import Code, Rejected, remembered
from obia.plugins.deid_ctp.dicom.charsets import DEFAULT, Charset, charset

MAX_DEPTH = 64  # sequences within sequences; real files stay below 10
CHARACTER_SET = 0x00080005
TEXT = frozenset(("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT"))
SPOKEN = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))  # those under the Specific Character Set
_ITEM, _DELIMITERS = b"\xfe\xff\x00\xe0", 0xFFFE
LONG_FORM = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"))
SHORT_FORM = TEXT - LONG_FORM | {"AT", "FD", "FL", "SL", "SS", "UL", "US"}  # the length has two bytes: PS3.5 7.1.2
SIMPLE = {vr.encode(): vr for vr in SHORT_FORM}  # their values begin with the ninth byte
_unpack = Struct("<HH2sH").unpack_from
_SHORT = 4096  # bytes of a sequence that is remembered
# Elements of PS3.6 2026d that the table names and pydicom 3.0's dictionary does not have yet
_NEWER = {
    0x00100043: "SQ",
    0x00100046: "SQ",
    0x00100047: "UR",
    0x00102162: "UC",
    0x0040A034: "DT",
    0x0040A035: "DT",
    0x0040B034: "DT",
    0x0040B036: "DT",
}


@lru_cache(16_384)
def standard_vr(tag: int) -> str | None:
    """The VR of the standard's dictionary, such as `US or SS`; None for a tag it does not have."""
    try:
        return str(dictionary_VR(tag))
    except KeyError:
        return _NEWER.get(tag)


class Branch:
    """A sequence and its items."""

    __slots__ = ("VR", "items", "tag")

    def __init__(self, tag: int, items: "list[Item]") -> None:
        self.tag = BaseTag(tag)
        self.VR = "SQ"
        self.items = items


Element = RawDataElement | Branch


class Item:
    """A dataset's elements, in file order, under one character set; `parent` is the item that holds its sequence."""

    __slots__ = ("_by_tag", "charset", "depth", "elements", "is_implicit", "is_little", "parent")

    def __init__(self, parent: "Item | None", charset: Charset, is_implicit: bool, is_little: bool) -> None:
        self.parent = parent
        self.depth: int = parent.depth + 1 if parent else 0
        self.charset = charset
        self.is_implicit = is_implicit
        self.is_little = is_little
        self.elements: list[Element] = []
        self._by_tag: dict[int, Element] | None = None

    @property
    def root(self) -> "Item":
        """The instance itself."""
        item = self
        while item.parent is not None:
            item = item.parent
        return item

    def get(self, tag: int) -> Element | None:
        """The element with this tag."""
        if self._by_tag is None:
            self._by_tag = {int(element.tag): element for element in self.elements}  # a BaseTag compares slowly
        return self._by_tag.get(int(tag))

    def replace(self, element: "Element") -> None:
        """Put an element in the place of the one with its tag, or among the others, by tag."""
        others = [each for each in self.elements if each.tag != element.tag]
        self.elements = sorted((*others, element), key=lambda each: int(each.tag))
        self.forget()

    def forget(self) -> None:
        """Look elements up anew: `elements` is another list than it was."""
        self._by_tag = None

    def text(self, tag: int) -> str | None:
        """The text of an element, without padding; None where it is missing, no text or not decodable."""
        element = self.get(tag)
        if element is None or isinstance(element, Branch):
            return None
        return self.text_of(element)

    def text_of(self, element: RawDataElement) -> str | None:
        """The text of one of its elements, without padding."""
        text = self.charset.text(element.value or b"")
        return None if text is None else text.strip(" \0")

    def walk(self) -> "Iterator[tuple[Item, Element]]":
        """Yield every element of every depth with the item it stands in."""
        for element in self.elements:
            yield self, element
            if isinstance(element, Branch):
                for item in element.items:
                    yield from item.walk()


def read_item(dataset: Dataset, is_implicit: bool, is_little: bool, parent: Item | None = None) -> Item:
    """Read a dataset. Raises Rejected TOO_DEEP, BAD_CHARSET or UNREADABLE."""
    item = Item(parent, parent.charset if parent else DEFAULT, is_implicit, is_little)
    if item.depth > MAX_DEPTH:
        raise Rejected(f"its sequences nest deeper than {MAX_DEPTH}", Code.TOO_DEEP)
    read_charset(dataset, item)
    item.elements = [element_of(element, item) for element in dataset.values()]
    return item


def read_charset(dataset: Dataset, item: Item) -> None:
    """Read the character set of a dataset, if it names one. Raises Rejected BAD_CHARSET."""
    named = dataset.get_item(CHARACTER_SET)
    if named is not None:
        item.charset = charset(_raw(named, item).value or b"")


def element_of(element: DataElement | RawDataElement, item: Item) -> Element:
    """An element of a dataset as one of an item; the items of a sequence are read. Raises Rejected as `read_item`."""
    vr = element.VR
    if vr is None:
        vr = standard_vr(int(element.tag))
    if vr != "SQ":
        return element if isinstance(element, RawDataElement) else _raw(element, item)
    if element.tag & 0x10000:
        return _private_sequence(element, item)
    if isinstance(element, DataElement):
        return Branch(element.tag, [_item(each, item) for each in element.value or ()])
    items = _simple_items(element, item)
    return Branch(element.tag, [_item(each, item) for each in _sequence(element)] if items is None else items)


def _simple_items(sequence: RawDataElement, parent: Item) -> list[Item] | None:
    """The items of a sequence, where they are of defined length and so simple that no more than a look is needed: each
    element says its VR and is short, and no character set is another; else None."""
    value, items, at = sequence.value or b"", list[Item](), 0
    if sequence.is_implicit_VR or not sequence.is_little_endian or parent.depth >= MAX_DEPTH:
        return None
    while at < len(value):
        begin = at + 8
        if value[at : at + 4] != _ITEM or begin > len(value):
            return None
        at = begin + int.from_bytes(value[at + 4 : begin], "little")
        item = Item(parent, parent.charset, parent.is_implicit, parent.is_little)
        if at > len(value) or not _add_simple(item, value[begin:at]):
            return None
        items.append(item)
    return items


def _add_simple(item: Item, value: bytes) -> bool:
    """Add the elements of an item; return False for what is not simple."""
    at, last, size, add = 0, CHARACTER_SET, len(value), item.elements.append
    while at + 8 <= size:
        group, number, code, length = _unpack(value, at)
        tag, vr, begin = group << 16 | number, SIMPLE.get(code), at + 8
        at = begin + length
        if vr is None or tag <= last or at > size or group >= _DELIMITERS:
            return False
        held = value[begin:at] if length else empty_value_for_VR(vr, raw=True)
        add(RawDataElement(BaseTag(tag), vr, length, held, 0, False, True))  # type: ignore[arg-type]
        last = tag
    return at == size


def _item(dataset: Dataset, parent: Item) -> Item:
    return read_item(dataset, parent.is_implicit, parent.is_little, parent)


def _private_sequence(element: DataElement | RawDataElement, item: Item) -> RawDataElement:
    """A private sequence stands for itself, unread: none is ever kept."""
    return RawDataElement(BaseTag(element.tag), "SQ", 0, b"", 0, item.is_implicit, item.is_little)


def _sequence(element: RawDataElement) -> Sequence[Dataset]:
    """The items of a sequence, for reading only: who reads an original twice gets the same."""
    value = element.value or b""
    parse = _parsed_before if len(value) <= _SHORT else _parsed
    return parse(value, element.is_implicit_VR, element.is_little_endian) if value else ()


def _parsed(value: bytes, is_implicit: bool, is_little: bool) -> Sequence[Dataset]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return tuple(convert_SQ(value, is_implicit, is_little))
    except RecursionError:
        raise Rejected(f"its sequences nest deeper than {MAX_DEPTH}", Code.TOO_DEEP) from None
    except Exception:  # bytes of anyone: pydicom raises whatever it trips over
        raise Rejected("one of its sequences cannot be read", Code.UNREADABLE) from None


_parsed_before = remembered(64)(_parsed)


def _raw(element: DataElement | RawDataElement, item: Item) -> RawDataElement:
    """Return an element as raw bytes: as it came, or as pydicom writes what somebody had it convert."""
    if isinstance(element, RawDataElement):
        return element
    stream = DicomBytesIO()
    stream.is_little_endian, stream.is_implicit_VR = item.is_little, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            write_data_element(stream, element, list(item.charset.codecs))
    except Exception:  # a value of anyone, which pydicom could read and cannot write
        raise Rejected("one of its values cannot be written", Code.UNREADABLE) from None
    value = stream.getvalue()[8:]
    return RawDataElement(BaseTag(element.tag), element.VR, len(value), value, 0, item.is_implicit, item.is_little)
