"""Pictures: a dataset's frames as they are seen, whatever they are encoded in."""

import hashlib
import warnings
from typing import Any

import numpy as np
from pydicom import Dataset


def frames(dataset: Dataset) -> np.ndarray[Any, Any]:
    """Every frame, decoded."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a real header says much that its pixels are not
        return np.asarray(dataset.pixel_array)


def digest(dataset: Dataset) -> str:
    """What only the same frames have; MIDI-B takes the bytes of the element, which tell encodings apart."""
    seen = frames(dataset)
    return hashlib.md5(seen.astype(seen.dtype.newbyteorder("<")).tobytes(), usedforsecurity=False).hexdigest()


def grey(dataset: Dataset) -> np.ndarray[Any, Any]:
    """The first frame, its colours averaged."""
    seen = frames(dataset).astype(float)
    if dataset.get("SamplesPerPixel", 1) > 1:
        seen = seen.mean(axis=-1)
    return seen[0] if seen.ndim > 2 else seen
