"""UIDs in an original that have the form of this archive's own: somebody may have downloaded the images they name."""

import re
from collections.abc import Iterator

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement

_START = b"2.25."
_OWN = re.compile(rb"2\.25\.[1-9][0-9]{0,38}(?![0-9.])")


def claimed_uids(header: Dataset) -> frozenset[str]:
    """The UIDs of the form `2.25.` and up to 39 digits, at any depth.

    Bytes are searched rather than elements: what is found is only asked for, and most originals have none.
    """
    found = (each for value in _values(header) if _START in value for each in _OWN.findall(value))
    return frozenset(each.decode("ascii") for each in found)


def _values(header: Dataset) -> Iterator[bytes]:
    for element in header.values():
        if isinstance(element, RawDataElement):
            yield element.value or b""
        elif isinstance(element, DataElement) and element.VR == "SQ":
            for item in element.value or ():
                yield from _values(item)
        elif isinstance(element, DataElement) and element.VR == "UI":
            yield str(element.value).encode("ascii", "replace")
