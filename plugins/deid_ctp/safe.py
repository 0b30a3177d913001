"""Safe: the same language, and where CTP would leave identity behind, none is left."""

import hashlib
import hmac
import os
import re
from datetime import datetime
from functools import lru_cache

from pydicom.dataelem import RawDataElement

from obia.plugins.deid_ctp.charsets import Charset, charset
from obia.plugins.deid_ctp.dummies import plain_dummy
from obia.plugins.deid_ctp.elements import CHARACTER_SET, SPOKEN, TEXT, Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.evaluating import Evaluator
from obia.plugins.deid_ctp.expressions import Expression
from obia.plugins.deid_ctp.integers import IntegerTable
from obia.plugins.deid_ctp.lookup import Lookup
from obia.plugins.deid_ctp.outcome import Outcome, Unreadable
from obia.plugins.deid_ctp.private_vrs import private_vr
from obia.plugins.deid_ctp.putting import put
from obia.plugins.deid_ctp.reading import PIXELS, Read, read, read_items
from obia.plugins.deid_ctp.rewriting import Rewriter, raw
from obia.plugins.deid_ctp.script import Script
from obia.plugins.deid_ctp.strict import rooted
from obia.plugins.deid_ctp.uids import is_registered
from obia.plugins.deid_ctp.writing import write

OFFSET = "DATEINC"
_MOST_DAYS = 3650
_PATIENT_ID, _STUDY = 0x00100020, 0x0020000D
_KEY_SIZE = 32  # bytes
_DIGEST = 16  # bytes, as many as MD5's: a UID has room for no more
_PADDING = (0xFFFAFFFA, 0xFFFCFFFC)  # signatures no longer true, and bytes that mean nothing
_DEFAULT = charset(b"ISO_IR 100")
_ITEM = b"\xfe\xff\x00\xe0"
_LIMITS = {"US": (0, 1 << 16), "SS": (-1 << 15, 1 << 15), "UL": (0, 1 << 32), "SL": (-1 << 31, 1 << 31)}


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
    _open_unknown(original.root, policy, "")
    rewriter = Rewriter(Evaluator(script, original, policy, now, lookup, integers))
    root = rewriter.root()
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
        root.replace(raw(root, CHARACTER_SET, "CS", b"ISO_IR 100"))
        root.charset = _DEFAULT


def _gather_tail(original: Read, policy: "SafePolicy") -> None:
    """Let the script see the elements behind the pixels among the others."""
    for element in original.tail:
        original.root.replace(element)
        policy.note(f"{element.tag:08x}", "behind the pixels, and obeyed there too")
    original.tail = []


def _open_unknown(item: Item, policy: "SafePolicy", path: str) -> None:
    """Give elements of VR UN the VR of a dictionary, so that a script reads what it names and walks what it keeps."""
    item.elements = [_known(item, each, policy, path) for each in item.elements]
    item.forget()
    for element in item.elements:
        if isinstance(element, Branch):
            for place, each in enumerate(element.items):
                _open_unknown(each, policy, f"{path}{element.tag:08x}[{place}].")


def _known(item: Item, element: Element, policy: "SafePolicy", path: str) -> Element:
    if isinstance(element, Branch) or element.VR not in ("UN", None):
        return element
    tag, value = int(element.tag), element.value or b""
    known = private_vr(item, tag) if tag & 0x10000 else standard_vr(tag)
    if known == "SQ" or (known is None and value.startswith(_ITEM)):
        return _opened(item, element, value, policy, path)
    if known is None or " or " in known or not (item.is_little or item.is_implicit or known in TEXT):
        return element
    return element._replace(VR=known)


def _opened(item: Item, element: RawDataElement, value: bytes, policy: "SafePolicy", path: str) -> Element:
    """A sequence of VR UN, which is implicit little endian; empty where it cannot be read as one."""
    tag = int(element.tag)
    policy.note(f"{path}{tag:08x}", "a sequence of VR UN, walked as others are")
    try:
        return Branch(tag, read_items(value, item, charset))
    except Unreadable:
        return raw(item, tag, "UN", b"")


class SafePolicy:
    """As CTP should: `notes` names what was done otherwise."""

    is_strict = False
    always_recurses = True
    keeps_charset = True

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.notes: list[str] = []

    def note(self, path: str, reason: str) -> None:
        """Note what was done otherwise than CTP does: the element and the reason, never a value."""
        self.notes.append(f"{path}: {reason}")

    def always_removes(self, tag: int, script: Script) -> bool:
        """Curves go where the script says so, and what is no element at all."""
        group = tag >> 16
        return (group & 0xFF00 == 0x5000 and "curves" in script.removes) or tag in _PADDING or group < 0x0008

    def charset_element(self, item: Item, element: Element) -> Element:
        """The defined terms under which the text is written that stays."""
        return raw(item, CHARACTER_SET, "CS", "\\".join(item.charset.terms).encode("latin-1"))

    def distrusts(self, expression: Expression) -> bool:
        """An expression with a function nobody knows would write its own text into the output."""
        return bool(expression.unknown_functions)

    def refused(self, item: Item, element: Element, vr: str, path: str) -> Element:
        """An element that cannot take its new value is emptied."""
        self.note(path, f"{vr} cannot take its new value, and is emptied")
        if isinstance(element, Branch):
            return Branch(int(element.tag), [])
        return raw(item, int(element.tag), vr, b"")

    def dummy(self, item: Item, tag: int, vr: str) -> Element | None:
        """An element that says nothing, of a VR that can."""
        return plain_dummy(tag, vr, item)

    def put(self, text: str, vr: str, item: Item) -> bytes | None:
        """A new text as bytes; None where the VR, or the character set, cannot take it whole."""
        if vr in _LIMITS and text and not all(_is_within(each, *_LIMITS[vr]) for each in text.split("\\")):
            return None
        if vr in TEXT and vr not in SPOKEN and not text.isascii():
            return None
        return put(text, vr, item.charset, item.is_little)

    def charset(self, value: bytes) -> Charset:
        """The character set under which text is written from now on."""
        return charset(value)

    def parameter(self, name: str, root: Item) -> str | None:
        """DATEINC is the patient's own where the script does not declare it: between one day and ten years back."""
        if name != OFFSET:
            return None
        patient = root.text(_PATIENT_ID) or root.text(_STUDY) or ""
        return str(-(int(self.digest("offset", patient)) % _MOST_DAYS + 1))

    def digest(self, label: str, text: str) -> str:
        """A keyed number for a text, in decimal, as long as CTP's."""
        message = f"{label}\0{text}".encode("utf-8", "surrogatepass")
        return str(int.from_bytes(hmac.new(self._key, message, hashlib.sha256).digest()[:_DIGEST], "big"))

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UIDs of a value's; what the standard registers is nobody's and stays."""
        return "\\".join([self._new_uid(root, each.strip(" \0"), more) for each in uid.split("\\")])

    def _new_uid(self, root: str, uid: str, more: str) -> str:
        if not uid or is_registered(uid):
            return uid
        return rooted(root, self.digest("uid", uid + more))


def _is_within(text: str, least: int, beyond: int) -> bool:
    return re.fullmatch(r"[+-]?\d{1,12}", text, re.A) is not None and least <= int(text) < beyond
