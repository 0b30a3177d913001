"""The sidecar: everything of a clean header, beside its file, as the DICOM JSON model (PS3.18 F), binary values left out."""

from typing import Any, BinaryIO

import orjson
from pydicom import Dataset


def write(header: Dataset, target: BinaryIO) -> None:
    """Write a header's sidecar."""
    target.write(orjson.dumps(as_json(header)))


def as_json(header: Dataset) -> dict[str, Any]:
    """A header in the DICOM JSON model; what cannot be expressed in it is left out."""
    return header.to_json_dict(
        bulk_data_threshold=1, bulk_data_element_handler=lambda _: "", suppress_invalid_tags=True
    )
