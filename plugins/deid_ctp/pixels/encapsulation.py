"""Encapsulation: compressed frames read from their fragments and written into new ones (PS3.5 A.4)."""

import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_ITEM, _DELIMITER = b"\xfe\xff\x00\xe0", b"\xfe\xff\xdd\xe0"
_STARTS = (b"\xff\xd8", b"\xff\x4f")  # JPEG, JPEG 2000
_MAX_FRAGMENT = 0xFFFFFFFE  # bytes: a longer frame would be cut into several


class BadFragments(Exception):
    """The fragments are not those of so many frames."""


@dataclass(frozen=True, slots=True)
class Fragments:
    """The compressed frames' pieces, and where the first of each frame begins by the Basic Offset Table."""

    offsets: tuple[int, ...]
    pieces: tuple[memoryview, ...]

    def frames(self, count: int) -> Iterator[bytes | memoryview]:
        """Yield each frame's bytes. Raises BadFragments where nothing tells which piece belongs to which frame."""
        if count == 1:
            yield self.pieces[0] if len(self.pieces) == 1 else b"".join(self.pieces)
        elif count == len(self.pieces):
            yield from self.pieces
        else:
            yield from self._gathered(self._starts(count))

    def _starts(self, count: int) -> list[int]:
        places, at = {}, 0
        for index, piece in enumerate(self.pieces):
            places[at] = index
            at += 8 + len(piece)
        starts = [places.get(offset, -1) for offset in self.offsets]
        if len(starts) != count:  # no table: a JPEG's pieces say themselves where one begins
            starts = [index for index, piece in enumerate(self.pieces) if bytes(piece[:2]) in _STARTS]
        if len(starts) != count or starts[0] != 0 or starts != sorted(set(starts)):
            raise BadFragments
        return starts

    def _gathered(self, starts: list[int]) -> Iterator[bytes]:
        for start, end in zip(starts, [*starts[1:], len(self.pieces)], strict=True):
            yield b"".join(self.pieces[start:end])


def read_fragments(value: memoryview) -> Fragments:
    """Read an encapsulated value. Raises BadFragments."""
    pieces, at = list[memoryview](), 0
    while len(value) - at >= 8 and value[at : at + 4] == _ITEM:
        [length] = struct.unpack_from("<I", value, at + 4)
        at += 8 + length
        if at > len(value):
            raise BadFragments
        pieces.append(value[at - length : at])
    if len(pieces) < 2:
        raise BadFragments
    table = pieces[0][: len(pieces[0]) // 4 * 4]
    return Fragments(struct.unpack(f"<{len(table) // 4}I", table), tuple(pieces[1:]))


def encapsulated(frames: Iterable[bytes]) -> list[bytes]:
    """Write frames one to a fragment, with an empty offset table, as parts of a value. Raises BadFragments."""
    parts = [_ITEM + b"\0\0\0\0"]
    for frame in frames:
        if len(frame) > _MAX_FRAGMENT:
            raise BadFragments
        odd = len(frame) % 2
        parts += (_ITEM + struct.pack("<I", len(frame) + odd), frame, b"\0" * odd)
    return [*parts, _DELIMITER + b"\0\0\0\0"]
