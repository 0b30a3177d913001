"""Private VRs: what a private element is by its creator's dictionary, where its block lies, and which are safe to keep."""

from functools import lru_cache

from pydicom._private_dict import private_dictionaries

from obia.plugins.deid_ctp.dicom.elements import Branch, Item

# Creators whose elements CTP's own dictionary lacks, though pydicom's has them: CTP writes these as LO or LT (measured)
_UNKNOWN_TO_CTP = frozenset(("SIEMENS CT VA0  COAD",))
_WRITABLE = frozenset(
    [
        "AE",
        "AS",
        "CS",
        "DA",
        "DS",
        "DT",
        "FD",
        "FL",
        "IS",
        "LO",
        "LT",
        "PN",
        "SH",
        "SL",
        "SS",
        "ST",
        "TM",
        "UI",
        "UL",
        "US",
        "UT",
    ]
)
# CTP's own block, which says which trial and which site a file belongs to
_OF_CTP = {(0x0013, "CTP"): dict.fromkeys((0x10, 0x11, 0x12, 0x13, 0x50), "LO")}
# Elements that CTP's dictionary calls safe (measured): group, creator, and the elements, or None for all
_SAFE: dict[tuple[int, str], frozenset[int] | None] = {
    (0x0009, "GEMS_IDEN_01"): frozenset((0x02, 0x04)),
    (0x0013, "CTP"): None,
}


def creator_of(item: Item, tag: int) -> str | None:
    """The creator of a private element's block, without padding; None where nobody has reserved it."""
    if tag & 0xFF00 < 0x1000:
        return None
    reserved = item.get(tag & 0xFFFF0000 | (tag & 0xFF00) >> 8)
    if reserved is None or isinstance(reserved, Branch):
        return None
    return item.charset.decode(reserved.value or b"").strip(" \0")


def is_creator(tag: int) -> bool:
    """Whether it is an element that reserves a block."""
    return bool(tag & 0x10000) and 0x0010 <= tag & 0xFFFF <= 0x00FF


def private_vr(item: Item, tag: int) -> str | None:
    """The VR that the creator's dictionary gives a private element; None where there is none."""
    if is_creator(tag):
        return "LO"
    creator = creator_of(item, tag)
    return _known(tag >> 16, creator.upper()).get(tag & 0xFF) if creator else None


def is_safe(item: Item, tag: int) -> bool:
    """Whether CTP's dictionary calls a private element safe."""
    creator = creator_of(item, tag)
    if creator is None or (tag >> 16, creator.upper()) not in _SAFE:
        return False
    elements = _SAFE[tag >> 16, creator.upper()]
    return elements is None or tag & 0xFF in elements


def block_of(item: Item, group: int, creator: str) -> int | None:
    """The number of the block that a creator, in upper case, has reserved in a group."""
    for block in range(0x10, 0x100):
        reserved = item.get(group << 16 | block)
        if reserved is None or isinstance(reserved, Branch):
            continue
        if item.charset.decode(reserved.value or b"").strip(" \0").upper() == creator:
            return block
    return None


@lru_cache(512)
def _known(group: int, creator: str) -> dict[int, str]:
    """The VRs of one creator's elements in one group, by their last two digits."""
    if creator in _UNKNOWN_TO_CTP:
        return {}
    found = dict(_OF_CTP.get((group, creator), {}))
    for name, entries in private_dictionaries.items():
        if name.upper() == creator:
            for key, entry in entries.items():
                if key.startswith(f"{group:04X}xx") and entry[0] in _WRITABLE:
                    found[int(key[6:], 16)] = entry[0]
    return found
