"""Forms: how the elements of a header stand while it is walked: as the bytes of a file, or as a dataset's raw elements."""

from collections.abc import Hashable
from typing import Any, Protocol

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.elements import LONG_FORM, SHORT_FORM, SIMPLE, Branch, Element, Item
from obia.plugins.deid_ctp.dicom.writer import elements_bytes

_VRS = SHORT_FORM | LONG_FORM
_MOST_SHORT = 0xFFFF  # bytes of a value whose length has two bytes
_UNDEFINED = 0xFFFFFFFF


class Form(Protocol):
    """A piece stands for one element, and is what the element is remembered under."""

    def made(self, element: Element, item: Item) -> Any:
        """The piece of a new element of an item."""
        ...

    def kept(self, piece: Any, element: RawDataElement, item: Item) -> Any:
        """The new piece of an element that stays."""
        ...

    def apart(self, piece: Any) -> tuple[Hashable, bytes] | None:
        """A piece as bytes in which UIDs may be exchanged, and what else there is; None where it has no such bytes."""
        ...

    def with_bytes(self, piece: Any, value: bytes) -> Any:
        """A piece with other such bytes."""
        ...


class AsBytes:
    """A piece is an element as it stands in a file."""

    def made(self, element: Element, item: Item) -> bytes:
        """As it is written."""
        return elements_bytes((element,), item)

    def kept(self, piece: bytes, element: RawDataElement, item: Item) -> bytes:
        """As it stands in the file, unless it is written otherwise."""
        is_alike = item.is_implicit or SIMPLE.get(piece[4:6]) == element.VR
        return piece if is_alike and len(piece) % 2 == 0 else self.made(element, item)

    def apart(self, piece: bytes) -> tuple[Hashable, bytes]:
        """All of it."""
        return None, piece

    def with_bytes(self, piece: bytes, value: bytes) -> bytes:
        """The bytes alone."""
        return value


class AsElements:
    """A piece is a raw element; a new sequence too, unless it cannot be written as it lies. Anything else stands for an
    element that somebody converted, and is like no other."""

    def made(self, element: Element, item: Item) -> Element:
        """The element; of a sequence, its bytes."""
        if not isinstance(element, Branch) or not _is_written_as_it_lies(element, item):
            return element
        value = elements_bytes((element,), item)[8 if item.is_implicit else 12 :]
        return RawDataElement(element.tag, "SQ", len(value), value, 0, item.is_implicit, item.is_little)

    def kept(self, _piece: object, element: RawDataElement, _item: Item) -> RawDataElement:
        """The element."""
        return element

    def apart(self, piece: object) -> tuple[Hashable, bytes] | None:
        """Its value."""
        if not isinstance(piece, RawDataElement) or not piece.value:
            return None
        return (piece.VR, piece.length == _UNDEFINED, piece.is_implicit_VR, piece.is_little_endian), piece.value

    def with_bytes(self, piece: RawDataElement, value: bytes) -> RawDataElement:
        """The element with another value."""
        return piece._replace(value=value, length=len(value))


def _is_written_as_it_lies(branch: Branch, item: Item) -> bool:
    """Whether what stands in a sequence is in the encoding of its item, padded, and of a known VR."""
    return all(
        each.is_implicit == item.is_implicit
        and each.is_little == item.is_little
        and all(
            _is_written_as_it_lies(inner, item) if isinstance(inner, Branch) else _lies_well(inner, item)
            for inner in each.elements
        )
        for each in branch.items
    )


def _lies_well(element: RawDataElement, item: Item) -> bool:
    value, vr = element.value or b"", element.VR
    has_vr = item.is_implicit or (vr in _VRS and vr != "SQ" and (vr in LONG_FORM or len(value) <= _MOST_SHORT))
    return (
        has_vr and element.is_little_endian == item.is_little and len(value) % 2 == 0 and element.length != _UNDEFINED
    )
