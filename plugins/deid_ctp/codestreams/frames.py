"""Frames: compressed pixels without what no viewer shows, as `obia deid` cleans them: those that it cannot read stay."""

from collections.abc import Callable, Iterable
from functools import partial
from io import BytesIO
from typing import BinaryIO

from pydicom import Dataset
from pydicom.uid import UID

from obia import Pixels
from obia.plugins.deid_ctp.codestreams.element import cleaned
from obia.plugins.deid_ctp.dicom.charsets import charset
from obia.plugins.deid_ctp.dicom.datasets import as_dataset
from obia.plugins.deid_ctp.dicom.elements import Element, Item
from obia.plugins.deid_ctp.dicom.reader import PIXELS

CLEANED = f"{PIXELS:08x}: its frames held more than decoding needs, and do no longer"
UNREAD = f"{PIXELS:08x}: its frames cannot be read, and may hold text beside the picture"
DESCRIBES = 0x0028  # the group that says how many frames there are, and of what size
_HEAD = 12  # bytes of tag, VR and length
_UNDEFINED = b"\xff\xff\xff\xff"
_LATIN_1 = charset(b"ISO_IR 100")


def description(elements: Iterable[Element], like: Item) -> Dataset:
    """What the elements of a header, encoded like an item, say of its frames."""
    item = Item(None, _LATIN_1, like.is_implicit, like.is_little)
    item.elements = [each for each in elements if each.tag >> 16 == DESCRIBES]
    return as_dataset(item)


def clean_frames(
    opener: Callable[[], BinaryIO], at: int, end: int, described: Dataset, syntax: str, *, is_encapsulated: bool = True
) -> Pixels | None:
    """The pixels whose element, in explicit VR, stands in a file from one place to another, with what decoding needs and
    nothing else; None where that is all they hold.

    Raises Rejected where they cannot be read, or are not all that stands there.
    """
    pixels = Pixels(opener, PIXELS, at, end - at, at + _HEAD, end - at - _HEAD, is_encapsulated)
    clean = cleaned(pixels, described, UID(syntax))
    return None if clean is pixels else clean


def is_encapsulated(element: bytes | memoryview) -> bool:
    """Whether a pixel element in explicit VR holds frames."""
    return element[8:_HEAD] == _UNDEFINED


def clean_element(element: bytes, described: Dataset, syntax: str) -> bytes:
    """The bytes of a compressed pixel element, likewise; the same object where that is all."""
    opener, has_frames = partial(BytesIO, element), is_encapsulated(element)
    clean = clean_frames(opener, 0, len(element), described, syntax, is_encapsulated=has_frames)
    if clean is None:
        return element
    with clean.opener() as stream:
        return stream.read()
