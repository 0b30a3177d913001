"""Safe: the same language, and where CTP would leave identity behind, none is left."""

from datetime import datetime

from obia import Rejected
from obia.plugins.deid_ctp.codestreams.element import is_compressed
from obia.plugins.deid_ctp.codestreams.frames import CLEANED, UNREAD, clean_element, description, is_encapsulated
from obia.plugins.deid_ctp.dicom.charsets import charset
from obia.plugins.deid_ctp.dicom.dummies import raw
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET, Item
from obia.plugins.deid_ctp.dicom.reader import PIXELS, Read, read
from obia.plugins.deid_ctp.dicom.writer import write
from obia.plugins.deid_ctp.engine.cleaner import cleaned
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.engine.rewriter import Rewriter
from obia.plugins.deid_ctp.engine.safe_policy import SafePolicy
from obia.plugins.deid_ctp.engine.unknown_vr import open_unknown
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Outcome

_DEFAULT = charset(b"ISO_IR 100")


def safely(
    source: bytes,
    script: Script,
    now: datetime,
    lookup: Lookup | None,
    integers: IntegerTable | None,
    key: bytes,
) -> Outcome:
    """Anonymize safely. Raises Rejected where the script skips or quarantines, or the file cannot be read."""
    original = read(source, charset, _DEFAULT)
    _say_charset(original.root)
    policy = SafePolicy(key)
    _gather_tail(original, policy)
    open_unknown(original.root, policy)
    rewriter = Rewriter(Evaluator(script, original, policy, now, lookup, integers))
    root = cleaned(rewriter)
    if script.elements.get(PIXELS) is not None and _wants_no_pixels(script.elements[PIXELS]):
        policy.note(f"{PIXELS:08x}", "the pixels go as the script says")
        original.pixels = b""
    _clean_frames(original, policy)
    header = [each for each in root.elements if int(each.tag) < PIXELS]
    behind = [each for each in root.elements if int(each.tag) > PIXELS]
    root.elements = header
    return Outcome("OK", write(original, root, behind), "", tuple(sorted({*policy.notes})), dict(+rewriter.actions))


def _clean_frames(original: Read, policy: SafePolicy) -> None:
    """Take out of compressed frames what no viewer shows; frames that cannot be read stay, and are noted for review."""
    if not original.pixels:
        return
    if not is_compressed(original.syntax):
        if not original.root.is_implicit and is_encapsulated(original.pixels):
            policy.notes.append(UNREAD)
        return
    element, described = bytes(original.pixels), description(original.root.elements, original.root)
    try:
        original.pixels = clean_element(element, described, original.syntax)
    except Rejected:
        policy.notes.append(UNREAD)
    else:
        if original.pixels is not element:
            policy.notes.append(CLEANED)


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
