"""The worker's memory: one heap for all threads, and what can be collected looked for now and then."""

import contextlib
import ctypes
import gc

_M_ARENA_MAX = -8  # mallopt(3)
_SELDOM = (2000, 10, 10)  # objects, and collections of the younger ones before the older are looked at


def share_one_heap() -> None:
    """Ask glibc for one heap before threads start: each would get its own, and keep what it freed there.

    Does nothing where the C library has no mallopt.
    """
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, 1)


def collect_seldom() -> None:
    """Look for cycles less often than Python does, and never again among what is loaded by now: an instance leaves few,
    and most of what it makes is gone with the last word that names it."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*_SELDOM)
