"""Trees: one hash over many records in their order (RFC 6962, section 2.1)."""

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
