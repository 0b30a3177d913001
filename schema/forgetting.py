"""Forgetting: caches that see originals are emptied when a batch is done, so that no process holds identities for long."""

import weakref
from collections.abc import Callable
from functools import _lru_cache_wrapper, lru_cache
from typing import Protocol, TypeVar

T = TypeVar("T")


class Clearable(Protocol):
    """What can be emptied."""

    def clear(self) -> None:
        """Forget everything."""
        ...


_functions: list[Callable[[], None]] = []
_objects: "weakref.WeakSet[Clearable]" = weakref.WeakSet()


def remembered(most: int) -> "Callable[[Callable[..., T]], _lru_cache_wrapper[T]]":
    """`functools.lru_cache` for a function that is given values of originals: `forget_originals` empties it."""

    def decorated(function: Callable[..., T]) -> "_lru_cache_wrapper[T]":
        cached = lru_cache(most)(function)
        _functions.append(cached.cache_clear)
        return cached

    return decorated


def when_forgetting(clear: Callable[[], None]) -> Callable[[], None]:
    """Have `forget_originals` call a function, which empties the caches of its module."""
    _functions.append(clear)
    return clear


def remembers(cache: Clearable) -> None:
    """Have `forget_originals` empty an object while it lives, such as the memory of a check."""
    _objects.add(cache)


def forget_originals() -> None:
    """Empty every cache that sees originals. Any thread may call it: what others look up meanwhile is found again."""
    for clear in _functions:
        clear()
    for each in tuple(_objects):
        each.clear()
