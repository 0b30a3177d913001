"""The worker's memory: one heap for all threads."""

import contextlib
import ctypes

_M_ARENA_MAX = -8  # mallopt(3)


def share_one_heap() -> None:
    """Ask glibc for one heap before threads start: each would get its own, and keep what it freed there.

    Does nothing where the C library has no mallopt.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)
