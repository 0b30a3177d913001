"""References: how a script names an element, resolved once when the script is loaded, and found in a tree."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item
from obia.plugins.deid_ctp.dicom.private_vrs import block_of
from obia.plugins.deid_ctp.language.ctp_names import is_ctp_name, tag_named

_TAG = re.compile(r"[\[(]?([0-9a-fA-F]{4}),?([0-9a-fA-F]{4})[\])]?")
_PRIVATE = re.compile(r"\[?([0-9a-fA-F]{4}),?\[([^\[\]]+)\]([0-9a-fA-F]{2})\]?")
_FILE_META = 0x0002


@dataclass(frozen=True, slots=True)
class PrivateTag:
    """A private element by its creator, in upper case: its block differs from dataset to dataset."""

    group: int
    creator: str
    element: int


Names = Mapping[str, PrivateTag]
NO_NAMES: Names = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Reference:
    """An element by its path: `this` has none, `A::B` has two; `from_root` begins at the instance's root.

    `unknown` is the part that names nothing; `foreign` the DICOM keyword that CTP's own dictionary spells otherwise.
    """

    path: tuple[int | PrivateTag, ...] = ()
    from_root: bool = False
    unknown: str = ""
    foreign: str = ""


THIS = Reference()


def parse_reference(text: str, names: Names = NO_NAMES) -> Reference:
    """Read `this`, a name, a tag, `gggg[CREATOR]ee`, `A::B` or `root:...`; `names` are the script's own."""
    text = text.strip()
    from_root = text.startswith("root:") and not text.startswith("root::")
    name = text.removeprefix("root:").strip() if from_root else text
    if name == "this":
        return Reference(from_root=True) if from_root else THIS
    parts = [part.strip() for part in name.split("::")]
    tags = [parse_tag(part, names) for part in parts]
    unknown = next((part for part, tag in zip(parts, tags, strict=True) if tag is None), "")
    foreign = next((part for part in parts if not _is_spelled_as_ctp(part, names)), "")
    known = tuple(tag for tag in tags if tag is not None)
    return Reference(known, from_root, unknown or ("" if known and all(parts) else text or "nothing"), foreign)


def parse_tag(text: str, names: Names = NO_NAMES) -> int | PrivateTag | None:
    """Read one element's tag or name; None where it is neither."""
    private = _PRIVATE.fullmatch(text)
    if private is not None:
        return PrivateTag(int(private[1], 16), private[2].strip().upper(), int(private[3], 16))
    plain = _TAG.fullmatch(text)
    if plain is not None:
        return int(plain[1] + plain[2], 16)
    return names.get(text) or tag_named(text)


def _is_spelled_as_ctp(text: str, names: Names) -> bool:
    return (
        text in names or _TAG.fullmatch(text) is not None or _PRIVATE.fullmatch(text) is not None or is_ctp_name(text)
    )


def find(
    reference: Reference, item: Item, this: Element | None = None, meta: Item | None = None
) -> tuple[Item, Element] | None:
    """Find an element and the item it stands in, as seen from an item; `this` is the element at hand there."""
    if reference.unknown:
        return None
    if not reference.path:
        if not reference.from_root:
            return None if this is None else (item, this)
        return None if this is None else _last(item.root, int(this.tag))
    here = item.root if reference.from_root else item
    for tag in reference.path[:-1]:
        found = _last(here, tag)
        if found is None or not isinstance(found[1], Branch) or not found[1].items:
            return None
        here = found[1].items[0]
    last = reference.path[-1]
    if meta is not None and isinstance(last, int) and last >> 16 == _FILE_META and here.parent is None:
        return _last(meta, last)
    return _last(here, last)


def _last(item: Item, tag: int | PrivateTag) -> tuple[Item, Element] | None:
    at = tag if isinstance(tag, int) else tag_in(item, tag)
    element = None if at is None else item.get(at)
    return None if element is None else (item, element)


def tag_in(item: Item, private: PrivateTag) -> int | None:
    """Where a private element lies in an item; None where its creator has reserved no block there."""
    block = block_of(item, private.group, private.creator)
    return None if block is None else private.group << 16 | block << 8 | private.element
