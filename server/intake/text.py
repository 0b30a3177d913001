"""Text of an original: read from the raw bytes, without converting elements and without a warning that quotes them."""

import warnings
from functools import cache, lru_cache

from pydicom import Dataset
from pydicom.charset import convert_encodings, decode_bytes, default_encoding
from pydicom.datadict import tag_for_keyword
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

_CHARACTER_SET = 0x00080005
_DELIMITERS = {0x0D, 0x0A, 0x09, 0x0C}  # those that reset a code extension (PS3.5 6.1.2.5.3)
_REPLACED = "\N{REPLACEMENT CHARACTER}"


def text(dataset: Dataset, keyword: str) -> str:
    """An element's text without padding, empty where it is missing.

    What its character set cannot decode is read as Latin-1: two patients must not become one by replacement.
    """
    element = dataset.get_item(tag_named(keyword))
    value: object = None if element is None else element.value
    if value is None:
        return ""
    if not isinstance(value, bytes):
        values = value if isinstance(value, MultiValue) else [value]
        return "\\".join(map(str, values)).strip(" \0")
    if value.isascii() and b"\x1b" not in value:
        return value.decode("ascii").strip(" \0")
    decoded = _decode(value, character_sets(dataset))
    return decoded.strip(" \0")


def character_sets(dataset: Dataset) -> list[str]:
    """The Python encodings of Specific Character Set (0008,0005); an unknown one becomes the default."""
    if _CHARACTER_SET not in dataset:
        return [default_encoding]
    return list(_encodings(text(dataset, "SpecificCharacterSet")))


@lru_cache(64)
def _encodings(terms: str) -> tuple[str, ...]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return tuple(convert_encodings([term.strip() for term in terms.split("\\")]))


@cache
def tag_named(keyword: str) -> BaseTag:
    """The tag of a keyword of the dictionary."""
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return BaseTag(tag)


def _decode(value: bytes, encodings: list[str]) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            decoded = decode_bytes(value, encodings, _DELIMITERS)
    except (LookupError, ValueError):
        return value.decode("latin-1")
    return value.decode("latin-1") if _REPLACED in decoded else decoded
