"""Datasets: a tree of elements as pydicom's dataset over the very same raw elements."""

from pydicom import Dataset
from pydicom import Sequence as Items
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.tag import BaseTag

from obia.plugins.deid_ctp.dicom.elements import Branch, Item


def as_dataset(item: Item) -> Dataset:
    """Return a dataset that is written later in the encoding its elements were read in."""
    codecs = list(item.charset.codecs)
    elements: dict[BaseTag, DataElement | RawDataElement] = {
        each.tag: _sequence(each) if isinstance(each, Branch) else each for each in item.elements
    }
    made = Dataset(elements, parent_encoding=codecs)
    made.set_original_encoding(item.is_implicit, item.is_little, codecs)
    return made


def _sequence(branch: Branch) -> DataElement:
    return DataElement(branch.tag, "SQ", Items([as_dataset(each) for each in branch.items]))
