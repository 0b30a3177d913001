"""Safe: the same language, and where CTP would leave identity behind, none is left."""

import os
from datetime import datetime
from functools import lru_cache

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.charsets import charset
from obia.plugins.deid_ctp.cleaning import clean
from obia.plugins.deid_ctp.dummies import raw
from obia.plugins.deid_ctp.elements import CHARACTER_SET, TEXT, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.evaluating import Evaluator
from obia.plugins.deid_ctp.expressions import Expression
from obia.plugins.deid_ctp.integers import IntegerTable
from obia.plugins.deid_ctp.lookup import Lookup
from obia.plugins.deid_ctp.outcome import Outcome, Unreadable
from obia.plugins.deid_ctp.private_vrs import private_vr
from obia.plugins.deid_ctp.reading import PIXELS, Read, read, read_items
from obia.plugins.deid_ctp.rewriting import Rewriter
from obia.plugins.deid_ctp.safe_policy import SafePolicy
from obia.plugins.deid_ctp.script import Script
from obia.plugins.deid_ctp.writing import write

_KEY_SIZE = 32  # bytes
_DEFAULT = charset(b"ISO_IR 100")
_ITEM = b"\xfe\xff\x00\xe0"


def safely(
    source: bytes,
    script: Script,
    now: datetime,
    lookup: Lookup | None,
    integers: IntegerTable | None,
    key: bytes | None,
) -> Outcome:
    """Anonymize safely. Raises Rejected where the script skips or quarantines, or the file cannot be read."""
    original = read(source, charset, _DEFAULT)
    _say_charset(original.root)
    policy = SafePolicy(key or process_key())
    _gather_tail(original, policy)
    open_unknown(original.root, policy, "")
    rewriter = Rewriter(Evaluator(script, original, policy, now, lookup, integers))
    root = rewriter.root()
    clean(rewriter)
    if script.elements.get(PIXELS) is not None and _wants_no_pixels(script.elements[PIXELS]):
        policy.note(f"{PIXELS:08x}", "the pixels go as the script says")
        original.pixels = b""
    header = [each for each in root.elements if int(each.tag) < PIXELS]
    behind = [each for each in root.elements if int(each.tag) > PIXELS]
    root.elements = header
    return Outcome("OK", write(original, root, behind), "", tuple(policy.notes), dict(rewriter.actions))


@lru_cache(1)
def process_key() -> bytes:
    """A key for as long as the process lives, for who has none: the same value becomes the same, and never again."""
    return os.urandom(_KEY_SIZE)


def _wants_no_pixels(expression: Expression) -> bool:
    result = expression.constant or ""
    return "@remove()" in result or result == "@empty()" or result.startswith("@blank(")


def _say_charset(root: Item) -> None:
    """Name ISO_IR 100 where no character set is named: its first half is ASCII, and text may come in."""
    if root.get(CHARACTER_SET) is None:
        root.replace(raw(CHARACTER_SET, "CS", b"ISO_IR 100", root))
        root.charset = _DEFAULT


def _gather_tail(original: Read, policy: SafePolicy) -> None:
    """Let the script see the elements behind the pixels among the others."""
    for element in original.tail:
        original.root.replace(element)
        policy.note(f"{element.tag:08x}", "behind the pixels, and obeyed there too")
    original.tail = []


def open_unknown(item: Item, policy: SafePolicy, path: str) -> None:
    """Give elements of VR UN the VR of a dictionary, so that a script reads what it names and walks what it keeps."""
    item.elements = [_known(item, each, policy, path) for each in item.elements]
    item.forget()
    for element in item.elements:
        if isinstance(element, Branch):
            for place, each in enumerate(element.items):
                open_unknown(each, policy, f"{path}{element.tag:08x}[{place}].")


def _known(item: Item, element: Element, policy: SafePolicy, path: str) -> Element:
    if isinstance(element, Branch) or element.VR not in ("UN", None):
        return element
    tag, value = int(element.tag), element.value or b""
    known = private_vr(item, tag) if tag & 0x10000 else standard_vr(tag)
    if known == "SQ" or (known is None and value.startswith(_ITEM)):
        return _opened(item, element, value, policy, path)
    if known is None or " or " in known or not (item.is_little or item.is_implicit or known in TEXT):
        return element
    return element._replace(VR=known)


def _opened(item: Item, element: RawDataElement, value: bytes, policy: SafePolicy, path: str) -> Element:
    """A sequence of VR UN, which is implicit little endian; empty where it cannot be read as one."""
    tag = int(element.tag)
    policy.note(f"{path}{tag:08x}", "a sequence of VR UN, walked as others are")
    try:
        return Branch(tag, read_items(value, item, charset))
    except Unreadable:
        return raw(tag, "UN", b"", item)
