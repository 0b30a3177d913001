"""The exact index of NumPy: a scan of all codes. The oracle that every other index must equal."""

from collections.abc import Sequence

import numpy as np

from obia import Hit, SearchableIndex

_CHUNK = 1 << 18  # codes compared at once: 2 MiB of 64-bit differences


class NumpyIndex:
    """The index `numpy`."""

    name = "numpy"

    def build(self, uids: Sequence[str], codes: np.ndarray) -> SearchableIndex:
        """Make an index of codes (n, bytes). Raises ValueError when the two do not belong together."""
        return NumpyCodes(uids, checked(uids, codes))


class NumpyCodes:
    """Codes of one identity; neither they nor their UIDs are copied."""

    def __init__(self, uids: Sequence[str], codes: np.ndarray) -> None:
        self._uids = uids
        self._bytes = codes.shape[1]
        self._words = _words(codes)

    def search(self, code: bytes, count: int) -> Sequence[Hit]:
        """Return the nearest `count`, by distance and then by UID."""
        if len(code) != self._bytes:
            raise ValueError(f"a code here has {self._bytes} bytes")
        if count < 1 or not len(self._uids):
            return []
        distances = self._distances(_words(np.frombuffer(code, np.uint8)[None, :]))
        nearest = _within(distances, min(count, len(distances)))
        return ranked(self._uids, nearest, distances[nearest], count)

    def _distances(self, query: np.ndarray) -> np.ndarray:
        distances = np.empty(len(self._words), np.uint16)
        for start in range(0, len(self._words), _CHUNK):
            part = self._words[start : start + _CHUNK] ^ query
            np.sum(np.bitwise_count(part), axis=1, dtype=np.uint16, out=distances[start : start + _CHUNK])
        return distances


def checked(uids: Sequence[str], codes: np.ndarray) -> np.ndarray:
    """The codes as (n, bytes) of uint8 in one piece. Raises ValueError."""
    if codes.ndim != 2 or codes.dtype != np.uint8 or not codes.shape[1]:
        raise ValueError("codes are (n, bytes) of uint8")
    if len(uids) != len(codes):
        raise ValueError("each code needs one UID")
    return np.ascontiguousarray(codes)


def ranked(uids: Sequence[str], rows: np.ndarray, distances: np.ndarray, count: int) -> list[Hit]:
    """The first `count` of some rows, by distance and then by UID; UIDs are read only where they can matter."""
    hits = [Hit(uids[int(row)], int(distance)) for row, distance in zip(rows, distances, strict=True)]
    return sorted(hits, key=lambda hit: (hit.distance, hit.uid))[:count]


def _within(distances: np.ndarray, count: int) -> np.ndarray:
    """The rows no farther than the `count`-th nearest, ties included."""
    farthest = distances[np.argpartition(distances, count - 1)[count - 1]]
    [rows] = np.nonzero(distances <= farthest)
    return rows


def _words(codes: np.ndarray) -> np.ndarray:
    return codes.view(np.uint64) if codes.shape[1] % 8 == 0 else codes
