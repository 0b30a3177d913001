"""Trees: one hash over many records, and short proofs that a record is among them (RFC 6962, section 2.1)."""

import hashlib
from collections.abc import Sequence


def leaf(record: bytes) -> bytes:
    """The hash of a record."""
    return hashlib.sha256(b"\0" + record).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def root(leaves: Sequence[bytes]) -> bytes:
    """The hash of the tree over these leaves, in their order."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return level[0]


def _above(level: list[bytes]) -> list[bytes]:
    """The level above: pairs are joined, one without a partner rises as it is."""
    joined = [_node(level[at], level[at + 1]) for at in range(0, len(level) - 1, 2)]
    return joined + level[len(level) - len(level) % 2 :]


def proof(leaves: Sequence[bytes], place: int) -> list[bytes]:
    """The hashes that lead from one leaf to the root."""
    level, found = list(leaves), []
    while len(level) > 1:
        partner = place ^ 1
        if partner < len(level):
            found.append(level[partner])
        level, place = _above(level), place // 2
    return found


def is_included(record: bytes, place: int, size: int, path: Sequence[bytes], top: bytes) -> bool:
    """Whether a record is the one at its place in a tree of that size and root."""
    if not 0 <= place < size:
        return False
    found, width, rest = leaf(record), size, list(path)
    while width > 1:
        partner = place ^ 1
        if partner < width:
            if not rest:
                return False
            other = rest.pop(0)
            found = _node(other, found) if place % 2 else _node(found, other)
        place, width = place // 2, (width + 1) // 2
    return not rest and found == top
