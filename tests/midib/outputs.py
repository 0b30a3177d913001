"""Outputs: what a de-identifier made, read again by pydicom alone, and its values in every way a thief would try."""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from pydicom import Dataset, dcmread
from pydicom.datadict import dictionary_VR, private_dictionary_VR
from pydicom.dataelem import DataElement, RawDataElement, convert_raw_data_element
from pydicom.tag import BaseTag

from tests.midib.headers import PIXELS
from tests.midib.paths import holder

_CODECS = ("latin-1", "utf-8", "gb18030", "iso2022_jp_2", "euc_jp", "euc_kr", "iso8859_5", "iso8859_7")
_BINARY = frozenset(("US", "SS", "UL", "SL", "UV", "SV", "FL", "FD", "OF", "OD", "OL", "OV", "AT"))


@dataclass
class Output:
    """One file that came out; `data` is None where none did."""

    data: bytes | None

    @cached_property
    def dataset(self) -> Dataset | None:
        """The file as pydicom reads it."""
        return None if self.data is None else dcmread(io.BytesIO(self.data), force=True)

    def values(self, path: str) -> list[str] | None:
        """An element's value, read in every character set; None where it is missing."""
        if self.dataset is None:
            return None
        found = holder(self.dataset, path)
        return None if found is None else readings(*found)

    @cached_property
    def everything(self) -> list[str]:
        """All of the values, file meta information too, read in every character set."""
        if self.dataset is None:
            return []
        meta = "\n".join(str(element.value) for element in self.dataset.file_meta)
        return [meta, *(reading for each in _walk(self.dataset) for reading in each)]


def readings(dataset: Dataset, tag: BaseTag) -> list[str]:
    """One element's value in every way; an empty list where it has none. Numbers are written out."""
    element: object = dataset.get_item(tag)  # raw where nobody asked for it before
    if isinstance(element, RawDataElement):
        value, vr = element.value or b"", element.VR or _vr(dataset, element)
        if vr not in _BINARY:
            decoded = [value.decode(codec, "replace").strip(" \0\n") for codec in _CODECS]
            return list(dict.fromkeys(each for each in decoded if each))
        element = convert_raw_data_element(element, ds=dataset)
    if not isinstance(element, DataElement) or element.is_empty:
        return []
    if element.VR == "SQ":
        return [f"{len(element.value)} items"]
    values = element.value if element.VM > 1 else [element.value]
    return ["\\".join(str(each) for each in values)]


def _vr(dataset: Dataset, element: RawDataElement) -> str:
    """The VR of an element whose file does not say it."""
    tag = element.tag
    try:
        if not tag.is_private:
            return dictionary_VR(tag).split(" or ")[0]
        if tag.is_private_creator:
            return "LO"
        creator = dataset.get(BaseTag(tag & 0xFFFF0000 | (tag & 0xFFFF) >> 8))
        return private_dictionary_VR(tag, str(creator.value) if creator else "")
    except KeyError:
        return "UN"


def _walk(dataset: Dataset) -> Iterator[list[str]]:
    for tag in list(dataset.keys()):
        if tag == PIXELS:
            continue
        element = dataset.get(tag) if _is_sequence(dataset, tag) else None
        if element is not None:
            for item in element.value:
                yield from _walk(item)
        else:
            yield readings(dataset, tag)


def _is_sequence(dataset: Dataset, tag: BaseTag) -> bool:
    element: object = dataset.get_item(tag)
    if isinstance(element, RawDataElement):
        return (element.VR or _vr(dataset, element)) == "SQ"
    return isinstance(element, DataElement) and element.VR == "SQ"


_WORD = re.compile(r"\w+")
_STOPWORDS = frozenset(("a", "an", "and", "by", "from", "in", "of", "on", "the", "to", "with"))
_SHORT = 3  # characters: ASCII words up to here count only as words of their own


def words(text: str) -> list[str]:
    """The words of a text that say something."""
    return [word for word in _WORD.findall(text.casefold()) if word not in _STOPWORDS]


def has_word(value: str, word: str) -> bool:
    """Whether a value holds a word: a short one alone, a long one or one that is not ASCII inside others too."""
    if word.isascii() and len(word) <= _SHORT:
        return word in words(value)
    return word in value.casefold()
