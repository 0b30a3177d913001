"""The retrieval plugin: what it registers."""

from collections.abc import Iterable
from importlib.util import find_spec

from obia import Archive, Encoder, Index, hookimpl
from obia.plugins.retrieval.faiss_index import FaissIndex
from obia.plugins.retrieval.numpy_index import NumpyIndex
from obia.plugins.retrieval.phash import PerceptualHash


@hookimpl
def register_encoders(archive: Archive) -> Iterable[Encoder]:
    """The 64-bit perceptual hash."""
    return [PerceptualHash()]


@hookimpl
def register_indexes(archive: Archive) -> Iterable[Index]:
    """The index of NumPy, and before it that of Faiss where its extra is installed."""
    return [FaissIndex(), NumpyIndex()] if find_spec("faiss") else [NumpyIndex()]
