"""Listing: every element of a file, by its tag path, as pydicom reads it; nothing of this plugin's own reading."""

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.charset import convert_encodings, decode_bytes
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileDataset

_FIRST = (0x0002, 0x0008)  # the groups of meta information, and of what identifies an instance
_DEPTH = 100  # sequences within sequences; what lies deeper is searched as bytes
UNREAD = b"larger than a megabyte: it was left where it lies"
_PIXELS = 0x7FE00000
_TEXTS = frozenset(
    ("AE", "AS", "CS", "DA", "DS", "DT", "IS", "LO", "LT", "PN", "SH", "ST", "TM", "UC", "UI", "UR", "UT")
)
_SPOKEN = frozenset(("LO", "LT", "PN", "SH", "ST", "UC", "UT"))


@dataclass(frozen=True, slots=True)
class Listed:
    """One element: `path` names tags alone; `text` is its value where that is text, `value` its bytes where not."""

    path: str
    tag: int
    vr: str
    text: str = field(default="", repr=False)
    value: bytes = field(default=b"", repr=False)
    has_items: bool = False
    is_behind_pixels: bool = False

    @property
    def is_private(self) -> bool:
        """Whether its group is odd."""
        return bool(self.tag & 0x10000)

    @property
    def is_empty(self) -> bool:
        """Whether it says nothing."""
        return not self.text.strip(" \0") and not self.value.strip(b" \0") and not self.has_items


@dataclass(frozen=True, slots=True)
class File:
    """A file as pydicom read it, and its first 128 bytes."""

    dataset: FileDataset
    preamble: bytes


def read_file(path: Path) -> File | None:
    """Read a file; None for what is no DICOM file, or no file, whose reading might not end. Raises OSError."""
    if not path.is_file():
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            dataset = dcmread(path, force=True, defer_size=1 << 20)
            if not len(dataset) or (not dataset.preamble and min(dataset.keys()) >> 16 not in _FIRST):
                return None  # any bytes are some elements: those of an instance begin in their own groups
            return File(dataset, dataset.preamble or b"")
        except OSError:
            raise
        except Exception:  # bytes of anyone: pydicom raises whatever it trips over
            return None


def elements(dataset: Dataset, path: str = "", depth: int = 0) -> Iterator[Listed]:
    """Yield every element of every depth, in order."""
    codecs = _codecs(dataset)
    for tag in sorted(dataset.keys()):
        here = f"{path}{int(tag):08x}"
        element = dataset.get_item(tag)
        vr = str(element.VR) if element is not None and element.VR else _vr(int(tag))
        if vr == "SQ" and depth < _DEPTH:
            yield from _sequence(dataset, int(tag), here, depth)
            continue
        value = _bytes(dataset, element) if isinstance(element, RawDataElement) else _written(element)
        if vr in _TEXTS:
            yield Listed(here, int(tag), vr, _decoded(value, codecs if vr in _SPOKEN else ["ascii"]))
        else:
            yield Listed(here, int(tag), vr, "", value, is_behind_pixels=not depth and int(tag) > 0x7FE00010)


def _sequence(dataset: Dataset, tag: int, here: str, depth: int) -> Iterator[Listed]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            items = list(dataset[tag].value or ())
    except Exception:  # bytes of anyone
        value = getattr(dataset.get_item(tag), "value", None)
        yield Listed(here, tag, "UN", "", value if isinstance(value, bytes) else b"?")
        return
    yield Listed(here, tag, "SQ", has_items=any(len(item) for item in items))
    for item in items:
        yield from elements(item, f"{here}.", depth + 1)


def _bytes(dataset: Dataset, element: RawDataElement) -> bytes:
    """A value; of pixels none."""
    if element.tag >= _PIXELS and int(element.tag) <= 0x7FE00010:
        return b""
    if element.value is None and element.length:
        return UNREAD
    return element.value or b""


def _written(element: object) -> bytes:
    value = getattr(element, "value", None)
    return value if isinstance(value, bytes) else str(value or "").encode("utf-8", "replace")


def _codecs(dataset: Dataset) -> list[str]:
    named = dataset.get_item(0x00080005)
    value = named.value if named is not None else b""
    terms = (value or b"").decode("ascii", "replace") if isinstance(value, bytes) else "\\".join(_terms(value))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return list(convert_encodings([each.strip() for each in terms.split("\\")]))
        except LookupError:
            return ["iso8859"]


def _terms(value: object) -> list[str]:
    return [value] if isinstance(value, str) else [str(each) for each in value] if isinstance(value, list) else [""]


def _decoded(value: bytes, codecs: list[str]) -> str:
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip(" \0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return decode_bytes(value, codecs, {0x0A, 0x0C, 0x0D, 0x3D, 0x5C, 0x5E}).strip(" \0")
        except (LookupError, UnicodeError):
            return value.decode("latin-1").strip(" \0")


def _vr(tag: int) -> str:
    try:
        return str(dictionary_VR(tag)).split(" or ", maxsplit=1)[0]
    except KeyError:
        return "UN"
