"""Records: what is to be said of one file that went through: actions by tag path, digests of the output alone."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from obia.plugins.deid_ctp.charsets import DEFAULT
from obia.plugins.deid_ctp.elements import Branch, Element, Item
from obia.plugins.deid_ctp.reading import DEFLATED, Read, read
from obia.plugins.deid_ctp.writing import elements_bytes

UIDS = (0x0020000D, 0x0020000E, 0x00080018)
VERSION = 1
_DATES = {"UI": "U", "DA": "C", "DT": "C"}


@dataclass(frozen=True, slots=True)
class Description:
    """Facts for a record, the output's UIDs, and the digest of the whole."""

    facts: Mapping[str, object]
    uids: Mapping[int, str]
    digest: str


def describe(source: bytes, made: bytes) -> Description:
    """Compare a file with what became of it."""
    after = _read(made)
    split = _split(after, made)
    facts = {
        "version": VERSION,
        "size": len(made),
        "header_size": split,
        "header": hashlib.sha256(memoryview(made)[:split]).hexdigest(),
        "pixels": hashlib.sha256(memoryview(made)[split:]).hexdigest(),
        "actions": actions(_read(source), after),
    }
    return Description(facts, {tag: after.root.text(tag) or "" for tag in UIDS}, hashlib.sha256(made).hexdigest())


def _split(read: Read, made: bytes) -> int:
    """Where the pixels begin; the end where there are none, or all is deflated."""
    if not read.pixels or read.syntax == DEFLATED:
        return len(made)
    at = len(made) - len(read.pixels) - len(elements_bytes(read.tail, read.root))
    return max(at, 0)


def _read(file: bytes) -> Read:
    return read(file, lambda _: DEFAULT, DEFAULT)


def actions(before: Read, after: Read) -> dict[str, dict[str, int]]:
    """How often what was done, by tag path and the letters of PS3.15; `A` is an element that was not there."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, old, new in changes(_whole(before), _whole(after)):
        found[path][letter(old, new)] += 1
    return {path: dict(counts) for path, counts in sorted(found.items())}


def _whole(file: Read) -> Item:
    item = Item(None, DEFAULT, file.root.is_implicit, file.root.is_little)
    item.elements = [*file.root.elements, *file.tail]
    return item


def changes(before: Item, after: Item, path: str = "") -> Iterator[tuple[str, Element | None, Element | None]]:
    """Yield every element of either, by its tag path, as it was and as it is; items meet by their place."""
    old = {int(each.tag): each for each in before.elements}
    new = {int(each.tag): each for each in after.elements}
    for tag in sorted({*old, *new}):
        was, now = old.get(tag), new.get(tag)
        here = f"{path}{tag:08x}"
        yield here, was, now
        if isinstance(was, Branch) and isinstance(now, Branch):
            for first, second in zip(was.items, now.items, strict=False):
                yield from changes(first, second, f"{here}.")


def letter(before: Element | None, after: Element | None) -> str:
    """What was done to an element."""
    if before is None:
        return "A"
    if after is None:
        return "X"
    if isinstance(before, Branch) or isinstance(after, Branch):
        was, now = _items(before), _items(after)
        return "Z" if was and not now else "K" if was == now else "D"
    was_bytes, now_bytes = before.value or b"", after.value or b""
    if was_bytes == now_bytes:
        return "K"
    return _DATES.get(after.VR or "", "D") if now_bytes else "Z"


def _items(element: Element) -> int:
    return len(element.items) if isinstance(element, Branch) else len(element.value or b"")
