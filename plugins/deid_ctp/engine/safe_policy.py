"""The safe policy: a script obeyed as CTP means to, under a key, and nothing left where CTP would leave it."""

import hmac
import re
from functools import lru_cache

from obia.plugins.deid_ctp.dicom.charsets import Charset, charset
from obia.plugins.deid_ctp.dicom.dummies import dummy, raw
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, SPOKEN, TEXT, Branch, Element, Item
from obia.plugins.deid_ctp.dicom.uids import is_registered
from obia.plugins.deid_ctp.engine.cleaner import OFFSET
from obia.plugins.deid_ctp.engine.strict_mode import rooted
from obia.plugins.deid_ctp.language.encode_value import put
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.script import DICTIONARY, NUMERIC_PRIVATE, Script

ROOT, ARCHIVE_ROOT = "UIDROOT", "2.25"
_MOST_DAYS = 3650
_PATIENT_ID, _STUDY = 0x00100020, 0x0020000D
_DIGEST = 16  # bytes, as many as MD5's: a UID has room for no more
_PADDING = (0xFFFAFFFA, 0xFFFCFFFC)  # signatures no longer true, and bytes that mean nothing
_LIMITS = {"US": (0, 1 << 16), "SS": (-1 << 15, 1 << 15), "UL": (0, 1 << 32), "SL": (-1 << 31, 1 << 31)}
_AGE = re.compile(r"(\d{1,3})([DWMY])", re.A)


class SafePolicy:
    """As CTP should: `notes` names what was done otherwise."""

    is_strict = False
    always_recurses = True
    keeps_charset = True
    cleans = True

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.notes: list[str] = []

    def is_guarded(self, script: Script) -> bool:
        """Where the script says so."""
        return DICTIONARY in script.keeps

    def keeps_numbers_alone(self, script: Script) -> bool:
        """Where the script says so."""
        return NUMERIC_PRIVATE in script.keeps

    def note(self, path: str, reason: str) -> None:
        """Note what was done otherwise than CTP does: the element and the reason, never a value."""
        self.notes.append(f"{path}: {reason}")

    def always_removes(self, tag: int, script: Script) -> bool:
        """Curves go where the script says so, and what is no element at all."""
        group = tag >> 16
        return (group & 0xFF00 == 0x5000 and "curves" in script.removes) or tag in _PADDING or group < 0x0008

    def charset_element(self, item: Item, element: Element) -> Element:
        """The defined terms under which the text is written that stays."""
        return raw(CHARACTER_SET, "CS", "\\".join(item.charset.terms).encode("latin-1"), item)

    def distrusts(self, expression: Expression) -> bool:
        """An expression with a function nobody knows would write its own text into the output."""
        return bool(expression.unknown_functions)

    def refused(self, item: Item, element: Element, vr: str, path: str) -> Element:
        """An element that cannot take its new value is emptied."""
        self.note(path, f"{vr} cannot take its new value, and is emptied")
        if isinstance(element, Branch):
            return Branch(int(element.tag), [])
        return raw(int(element.tag), vr, b"", item)

    def dummy(self, item: Item, tag: int, vr: str) -> Element | None:
        """An element that says nothing, of a VR that can."""
        return dummy(tag, vr, item)

    def put(self, text: str, vr: str, item: Item) -> bytes | None:
        """A new text as bytes; None where the VR, or the character set, cannot take it whole."""
        if vr in _LIMITS and text and not all(_is_within(each, *_LIMITS[vr]) for each in text.split("\\")):
            return None
        if vr in TEXT and vr not in SPOKEN and not text.isascii():
            return None
        if vr == "AS" and text:
            age = _AGE.fullmatch(text.strip())
            return None if age is None else f"{int(age[1]):03d}{age[2]}".encode()
        return put(text, vr, item.charset, item.is_little)

    def charset(self, value: bytes) -> Charset:
        """The character set under which text is written from now on."""
        return charset(value)

    def parameter(self, name: str, declared: str | None, root: Item) -> str | None:
        """What a script does not declare: DATEINC is the patient's own, between one day and ten years back."""
        if declared is not None or name not in (OFFSET, ROOT):
            return declared
        if name == ROOT:
            return ARCHIVE_ROOT
        patient = root.text(_PATIENT_ID) or root.text(_STUDY) or ""
        return str(-(int(self.digest("offset", patient)) % _MOST_DAYS + 1))

    def digest(self, label: str, text: str) -> str:
        """A keyed number for a text, in decimal, as long as CTP's."""
        message = f"{label}\0{text}".encode("utf-8", "surrogatepass")
        return str(int.from_bytes(_mac(self._key, message)[:_DIGEST], "big"))

    def new_patient_id(self, site: str, patient_id: str, item: Item) -> str:
        """A keyed number of the site and the ID; that of no ID is the same for all who have none, which is noted."""
        if not patient_id.strip():
            self.note(f"{_PATIENT_ID:08x}", "there is none, and all patients without one become the same")
        return self.digest("ptid", f"[{site.strip()}]{patient_id.strip()}")

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UIDs of a value's; what the standard registers is nobody's and stays."""
        uids = [each.strip(" \0") for each in uid.split("\\")]
        return "\\".join(
            [each if not each or is_registered(each) else self.keyed_uid(root, each, more) for each in uids]
        )

    def keyed_uid(self, root: str, uid: str, more: str) -> str:
        """A keyed UID under a root."""
        return rooted(root, self.digest("uid", uid + more))


def _mac(key: bytes, message: bytes) -> bytes:
    begun = _begun(key).copy()
    begun.update(message)
    return begun.digest()


@lru_cache(8)
def _begun(key: bytes) -> hmac.HMAC:
    """A keyed hash that has seen the key alone: to begin one takes longer than all the rest."""
    return hmac.new(key, digestmod="sha256")


def _is_within(text: str, least: int, beyond: int) -> bool:
    return re.fullmatch(r"[+-]?\d{1,12}", text, re.A) is not None and least <= int(text) < beyond
