"""Strict: a file as CTP makes it, with CTP's errors; what leaks there leaks here."""

from collections.abc import Sequence
from datetime import datetime

from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, Element, Item
from obia.plugins.deid_ctp.dicom.private_vrs import is_creator, is_safe
from obia.plugins.deid_ctp.dicom.reader import Read, read
from obia.plugins.deid_ctp.dicom.uids import MAX_UID
from obia.plugins.deid_ctp.dicom.writer import write
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.engine.rewriter import Rewriter
from obia.plugins.deid_ctp.language.ctp_charsets import LATIN_1, ctp_charset, latin_1
from obia.plugins.deid_ctp.language.encode_value import put
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.java_text import md5_number, trim
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Outcome, Quarantined

_GROUP_LENGTH = 0x00020000
_STOPS = (0xFFFAFFFA, 0xFFFCFFFC)  # signatures and padding: CTP reads no further


def strictly(
    source: bytes, script: Script, now: datetime, lookup: Lookup | None, integers: IntegerTable | None
) -> Outcome:
    """Anonymize as CTP does. Raises Rejected where CTP quarantines or skips."""
    original = read(source, lambda value: ctp_charset(value) or latin_1(), latin_1())
    if original.meta.get(_GROUP_LENGTH) is None:
        raise Quarantined("its file meta has no group length")
    _say_latin_1(original.root)
    policy = StrictPolicy()
    rewriter = Rewriter(Evaluator(script, original, policy, now, lookup, integers))
    root = rewriter.root()
    return Outcome("OK", write(original, root, _tail(original, script)), actions=dict(rewriter.actions))


def _say_latin_1(root: Item) -> None:
    """Name ISO_IR 100 where no character set is named, or one that CTP does not know."""
    named = root.get(CHARACTER_SET)
    if named is not None and ctp_charset(getattr(named, "value", b"") or b"") is not None:
        return
    root.replace(raw(CHARACTER_SET, "CS", LATIN_1, root))
    root.charset = latin_1()


def _tail(original: Read, script: Script) -> Sequence[Element]:
    """What CTP's stream copies of the elements behind the pixels."""
    behind = Item(None, original.root.charset, original.root.is_implicit, original.root.is_little)
    behind.elements = original.tail
    kept = []
    for element in original.tail:
        tag = int(element.tag)
        if tag in _STOPS:
            break
        expression = script.elements.get(tag)
        is_safely_private = script.keeps_safe_private and (is_creator(tag) or is_safe(behind, tag))
        if tag & 0x10000 and "privategroups" in script.removes and not is_safely_private:
            continue
        if expression is None and "unspecifiedelements" in script.removes and not is_creator(tag):
            continue
        if expression is None or not expression.text.startswith("@remove()"):
            kept.append(element)
    return kept


class StrictPolicy:
    """As CTP does."""

    is_strict = True
    always_recurses = False
    keeps_charset = False
    cleans = False

    def __init__(self) -> None:
        self.notes: list[str] = []

    def is_guarded(self, script: Script) -> bool:
        """CTP knows no directive of ours."""
        return False

    def keeps_numbers_alone(self, script: Script) -> bool:
        """CTP knows no rule for numbers."""
        return False

    def always_removes(self, tag: int, script: Script) -> bool:
        """Nothing goes of itself."""
        return False

    def charset_element(self, item: Item, element: Element) -> Element:
        """The Specific Character Set, as it is."""
        return element

    def distrusts(self, expression: Expression) -> bool:
        """Everything is evaluated."""
        return False

    def note(self, path: str, reason: str) -> None:
        """Nothing is done otherwise."""

    def refused(self, item: Item, element: Element, vr: str, path: str) -> Element:
        """The original value stays: CTP logs the failure and goes on."""
        return element

    def dummy(self, item: Item, tag: int, vr: str) -> Element | None:
        """CTP has no dummies."""
        return None

    def put(self, text: str, vr: str, item: Item) -> bytes | None:
        """A new text as bytes, a `?` for what the character set lacks."""
        return put(text, vr, item.charset, item.is_little)

    def charset(self, value: bytes) -> Charset:
        """The character set under which text is written from now on."""
        return ctp_charset(value) or latin_1()

    def parameter(self, name: str, declared: str | None, root: Item) -> str | None:
        """What is not declared has no value."""
        return declared

    def digest(self, label: str, text: str) -> str:
        """The MD5, in decimal."""
        return md5_number(text)

    def new_patient_id(self, site: str, patient_id: str, item: Item) -> str:
        """The MD5 of both."""
        return self.digest("ptid", f"[{site.strip()}]{patient_id.strip()}")

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The MD5 under the root, cut to what a UID may have."""
        return rooted(root, md5_number(uid + more))


def rooted(root: str, digits: str) -> str:
    """A UID of a root and digits, none of whose parts begins with a zero."""
    root = trim(root)
    dot = "" if not root or root.endswith(".") else "."
    return f"{root}{dot}{'9' if digits.startswith('0') else ''}{digits}"[:MAX_UID]
