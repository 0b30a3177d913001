"""Pools: objects that remember what they did, each used by one thread at a time."""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Generic, TypeVar

from obia import remembers

T = TypeVar("T")


class Same:
    """An object as a key: equal to itself alone, and kept alive with the key."""

    __slots__ = ("_one",)

    def __init__(self, one: object) -> None:
        self._one = one

    def __hash__(self) -> int:
        return id(self._one)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and self._one is other._one


class Pool(Generic[T]):
    """Idle objects by what they are for. Any thread may ask: whoever uses one has it alone.

    For at most `most` purposes objects are kept: of the one that was asked for first they are dropped.
    `forget_originals` drops all that are idle.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._idle: dict[Hashable, list[T]] = {}
        self._lock = Lock()
        remembers(self)

    def clear(self) -> None:
        """Drop what is idle."""
        with self._lock:
            self._idle.clear()

    @contextmanager
    def lend(self, purpose: Hashable, make: Callable[[], T]) -> Iterator[T]:
        """Lend an object that was used for this before, or a new one where none is idle."""
        lent = self._take(purpose) or make()
        try:
            yield lent
        finally:
            self._give_back(purpose, lent)

    def _take(self, purpose: Hashable) -> T | None:
        with self._lock:
            idle = self._idle.get(purpose)
            return idle.pop() if idle else None

    def _give_back(self, purpose: Hashable, lent: T) -> None:
        with self._lock:
            if purpose not in self._idle and len(self._idle) >= self._most:
                del self._idle[next(iter(self._idle))]
            self._idle.setdefault(purpose, []).append(lent)
