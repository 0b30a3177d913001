"""Safe private: the private elements that PS3.15 2026d calls safe; safe_private.csv is its Table E.3.10-1.

Element and creator have to be the listed ones, and the VR one that means the same; what is unknown is not safe.
"""

import csv
from functools import lru_cache
from importlib.resources import files

from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item
from obia.plugins.deid_ctp.dicom.private_vrs import creator_of, is_creator

_NUMBERS = (frozenset(("DS", "IS")), frozenset(("FL", "FD")), frozenset(("US", "SS", "UL", "SL")))
_TEXTS = frozenset(("CS", "LO", "LT", "SH", "ST", "UC", "UT"))
_BYTES = frozenset(("OB", "OW"))

_SIZES = {"FL": 4, "FD": 8, "US": 2, "SS": 2, "UL": 4, "SL": 4, "AT": 4}  # bytes; what does not divide is none such
_UNSAID = frozenset.union(*_NUMBERS)  # where the table gives no VR: its five are times and vectors

Listed = tuple[int, str, int]


@lru_cache(1)
def listed() -> dict[Listed, str]:
    """The VR of every listed element, empty where the table has none, and of two the first, by group, creator in upper
    case, and the element's last two digits."""
    text = (files("obia.plugins.deid_ctp") / "safe_private.csv").read_text(encoding="utf-8")
    return {
        (int(row["group"], 16), row["creator"].upper(), int(row["element"], 16)): row["VR"].partition("/")[0]
        for row in csv.DictReader(text.splitlines())
    }


@lru_cache(1)
def _creators() -> frozenset[tuple[int, str]]:
    return frozenset((group, creator) for group, creator, _ in listed())


def is_listed_creator(item: Item, tag: int) -> bool:
    """Whether an element reserves its block for a creator of whom the list names an element in this group."""
    element = item.get(tag)
    if not is_creator(tag) or element is None or isinstance(element, Branch):
        return False
    return (tag >> 16, item.charset.decode(element.value or b"").strip(" \0").upper()) in _creators()


def is_listed(item: Item, tag: int) -> bool:
    """Whether the list names a private element by its creator."""
    return _vr(item, tag) is not None


def safe(item: Item, element: Element) -> Element | None:
    """Return a private element under its listed VR; None where it is none of the list's, or something else than that."""
    known = _vr(item, int(element.tag))
    if known is None or isinstance(element, Branch) is not (known == "SQ"):
        return None
    if isinstance(element, Branch):
        return element
    if known and (element.VR is None or (element.VR == "UN" and item.is_little)):  # the bytes of UN are so always
        element = element._replace(VR=known)
    is_whole = len(element.value or b"") % _SIZES.get(element.VR or "", 1) == 0
    return element if _are_alike(known, element.VR) and is_whole else None


def _are_alike(known: str, vr: str | None) -> bool:
    """Whether a VR means what the listed one does."""
    if not known:
        return vr in _UNSAID
    return vr == known or any({vr, known} <= alike for alike in (*_NUMBERS, _TEXTS, _BYTES))


def _vr(item: Item, tag: int) -> str | None:
    creator = creator_of(item, tag)
    return None if creator is None else listed().get((tag >> 16, creator.upper(), tag & 0xFF))
