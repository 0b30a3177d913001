"""Records: what is to be said of one file that went through: actions by tag path, digests of the output alone."""

import hashlib
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from obia.plugins.deid_ctp.dicom.charsets import DEFAULT
from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item
from obia.plugins.deid_ctp.dicom.reader import DEFLATED, Read, read
from obia.plugins.deid_ctp.dicom.writer import elements_bytes
from obia.plugins.deid_ctp.engine.strict_mode import StrictPolicy
from obia.plugins.deid_ctp.engine.unknown_vr import open_unknown

UIDS = (0x0020000D, 0x0020000E, 0x00080018)
VERSION = 1
_DATES = {"UI": "U", "DA": "C", "DT": "C"}


@dataclass(frozen=True, slots=True)
class Halves:
    """A file as a record sees it: where its pixels begin, and digests of what lies before and behind."""

    at: int
    size: int
    header: bytes
    pixels: bytes

    @classmethod
    def of(cls, file: bytes, at: int) -> "Halves":
        """Those of a whole file."""
        view = memoryview(file)
        return cls(at, len(file), hashlib.sha256(view[:at]).digest(), hashlib.sha256(view[at:]).digest())

    @property
    def whole(self) -> bytes:
        """A digest that tells one file from another."""
        return hashlib.sha256(self.header + self.pixels).digest()

    def facts(self) -> dict[str, object]:
        """What a record says of the bytes."""
        return {
            "version": VERSION,
            "size": self.size,
            "header_size": self.at,
            "header": self.header.hex(),
            "pixels": self.pixels.hex(),
        }


@dataclass(frozen=True, slots=True)
class Description:
    """What a record says of a file that was read as a whole: its halves, as it came and as it went, its new UIDs, and
    the fragments of what was done by tag path."""

    before: Halves
    after: Halves
    uids: Mapping[int, str]
    said: tuple[str, ...]


def describe(source: bytes, made: bytes) -> Description:
    """Compare a file with what became of it."""
    before, after = _read(source), _read(made)
    return Description(
        Halves.of(source, _split(before, source)),
        Halves.of(made, _split(after, made)),
        {tag: after.root.text(tag) or "" for tag in UIDS},
        _said(actions(_whole(before), _whole(after))),
    )


def told(old: Sequence[Element], new: Sequence[Element]) -> tuple[str, ...]:
    """The fragments of what became of elements: JSON, by tag path."""
    if len(old) == 1 and len(new) <= 1 and not isinstance(old[0], Branch) and (not new or new[0].tag == old[0].tag):
        return (f'"{old[0].tag:08x}":{{"{letter(old[0], new[0] if new else None)}":1}}',)
    return _said(actions(_item(old), _item(new)))


def _item(elements: Iterable[Element]) -> Item:
    item = Item(None, DEFAULT, False, True)
    item.elements = list(elements)
    return item


def _said(found: Mapping[str, Mapping[str, int]]) -> tuple[str, ...]:
    return tuple(f'"{path}":{json.dumps(counts, separators=(",", ":"))}' for path, counts in found.items())


def text(said: Iterable[str], record: Mapping[str, object]) -> str:
    """A record in its one form: keys in order, `actions` before all others, no blanks."""
    rest = json.dumps(record, sort_keys=True, separators=(",", ":"))
    return f'{{"actions":{{{",".join(said)}}},{rest[1:]}'


def _split(read: Read, made: bytes) -> int:
    """Where the pixels begin; the end where there are none, or all is deflated."""
    if not read.pixels or read.syntax == DEFLATED:
        return len(made)
    at = len(made) - len(read.pixels) - len(elements_bytes(read.tail, read.root))
    return max(at, 0)


def _read(file: bytes) -> Read:
    return read(file, lambda _: DEFAULT, DEFAULT)


def actions(before: Item, after: Item) -> dict[str, dict[str, int]]:
    """How often what was done, by tag path and the letters of PS3.15; `A` is an element that was not there."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for path, old, new in changes(before, after):
        found[path][letter(old, new)] += 1
    return {path: dict(sorted(counts.items())) for path, counts in sorted(found.items())}


def _whole(file: Read) -> Item:
    """All elements of a file, those of VR UN under the VR they have."""
    item = Item(None, DEFAULT, file.root.is_implicit, file.root.is_little)
    item.elements = [*file.root.elements, *file.tail]
    open_unknown(item, StrictPolicy())
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
