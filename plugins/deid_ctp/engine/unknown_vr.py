"""Unknown: elements of VR UN, given the VR of a dictionary, so that a script reads what it names and walks what it keeps."""

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.dicom.charsets import charset
from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import TEXT, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.dicom.private_vrs import private_vr
from obia.plugins.deid_ctp.dicom.reader import read_items
from obia.plugins.deid_ctp.engine.policy import Policy
from obia.plugins.deid_ctp.outcome import Unreadable

_ITEM = b"\xfe\xff\x00\xe0"


def open_unknown(item: Item, policy: Policy, path: str = "") -> None:
    """Open the unknown elements of an item, at every depth."""
    item.elements = [opened(item, each, policy, path) for each in item.elements]
    item.forget()


def opened(item: Item, element: Element, policy: Policy, path: str = "") -> Element:
    """Return an element of an item under the VR it has; a sequence with what stands in it."""
    if not isinstance(element, Branch) and element.VR in ("UN", None):
        element = _known(item, element, policy, path)
    if isinstance(element, Branch):
        for place, each in enumerate(element.items):
            open_unknown(each, policy, f"{path}{element.tag:08x}[{place}].")
    return element


def _known(item: Item, element: RawDataElement, policy: Policy, path: str) -> Element:
    tag, value = int(element.tag), element.value or b""
    known = private_vr(item, tag) if tag & 0x10000 else standard_vr(tag)
    if known == "SQ" or (known is None and value.startswith(_ITEM)):
        return _sequence(item, element, value, policy, path)
    if known is None or " or " in known or not (item.is_little or item.is_implicit or known in TEXT):
        return element
    return element._replace(VR=known)


def _sequence(item: Item, element: RawDataElement, value: bytes, policy: Policy, path: str) -> Element:
    """A sequence of VR UN, which is implicit little endian; empty where it cannot be read as one."""
    tag = int(element.tag)
    policy.note(f"{path}{tag:08x}", "a sequence of VR UN, walked as others are")
    try:
        return Branch(tag, read_items(value, item, charset))
    except Unreadable:
        return raw(tag, "UN", b"", item)
