"""Streams: the bytes of open files, and one way to say that they cannot be read."""

from typing import BinaryIO

from obia.plugins.deid_ctp.outcome import Unreadable


def whole(stream: BinaryIO, size: int = -1) -> bytes:
    """The bytes of an open file, or the next ones. Raises Unreadable."""
    try:
        return stream.read(size)
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None


def read_into(stream: BinaryIO, room: memoryview) -> int:
    """Read the next bytes of an open file into some room; say how many. Raises Unreadable."""
    try:
        return int(stream.readinto(room))  # type: ignore[attr-defined]
    except OSError as error:
        raise Unreadable(f"it cannot be read: {error.strerror}") from None
