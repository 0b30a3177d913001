"""The exact binary index of Faiss on the CPU: the answers of the NumPy one, ties included, an order faster."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from obia import Hit, SearchableIndex
from obia.plugins.retrieval.numpy_index import checked, ranked


class FaissIndex:
    """The index `faiss`: needs the extra `faiss`."""

    name = "faiss"

    def build(self, uids: Sequence[str], codes: np.ndarray) -> SearchableIndex:
        """Make an index of codes (n, bytes). Raises ValueError when the two do not belong together."""
        import faiss

        faiss.omp_set_num_threads(1)  # more threads than cores under load, and a search may not end
        flat = faiss.IndexBinaryFlat(checked(uids, codes).shape[1] * 8)
        flat.add(checked(uids, codes))
        return FaissCodes(uids, flat)


class FaissCodes:
    """A flat binary index and its UIDs."""

    def __init__(self, uids: Sequence[str], flat: Any) -> None:
        self._uids = uids
        self._flat = flat

    def search(self, code: bytes, count: int) -> Sequence[Hit]:
        """Return the nearest `count`, by distance and then by UID."""
        if len(code) * 8 != self._flat.d:
            raise ValueError(f"a code here has {self._flat.d // 8} bytes")
        if count < 1 or not len(self._uids):
            return []
        query = np.frombuffer(code, np.uint8)[None, :]
        nearest, _ = self._flat.search(query, min(count, len(self._uids)))
        # Faiss cuts ties as it likes: take all that are no farther than the last one, and cut by UID.
        _, distances, rows = self._flat.range_search(query, int(nearest[0, -1]) + 1)
        return ranked(self._uids, rows, distances, count)
