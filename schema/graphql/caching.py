"""Caches bounded by the memory they hold, since a client can send any number of distinct documents."""

from collections import OrderedDict
from typing import Generic, TypeVar

from graphql import DocumentNode

T = TypeVar("T")
_TOKEN = 560  # bytes that a token and its syntax node take at most, measured with tracemalloc on graphql-core 3.3
_CHARACTER = 4  # bytes of a character at most


class ByteCache(Generic[T]):
    """Holds the entries used last, up to a number of bytes; an entry that is too large by itself is not kept."""

    def __init__(self, most: int, largest: int) -> None:
        self._most = most
        self._largest = largest
        self._entries: OrderedDict[object, tuple[T, int]] = OrderedDict()
        self.size = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, key: object) -> T | None:
        """The entry of this key, or None."""
        found = self._entries.get(key)
        if found is None:
            return None
        self._entries.move_to_end(key)
        return found[0]

    def put(self, key: object, entry: T, size: int) -> None:
        """Keep an entry of this many bytes, its key included; the entries that were used longest ago make room."""
        if size > self._largest or key in self._entries:
            return
        self._entries[key] = entry, size
        self.size += size
        while self.size > self._most:
            _, (_, freed) = self._entries.popitem(last=False)
            self.size -= freed


def document_size(document: DocumentNode, text: str) -> int:
    """How many bytes a parsed document takes at most; its tokens are kept, since locations lead to them."""
    count = 0
    token = document.loc.start_token if document.loc else None
    while token:
        count += 1
        token = token.next
    return _CHARACTER * len(text) + _TOKEN * count
