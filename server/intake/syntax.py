"""Transfer syntaxes: what a file says of itself, and what its first element shows."""

from pydicom.config import IGNORE
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
)

from obia.schema.errors import Code, Rejected
from obia.server.intake.element import Syntax
from obia.server.intake.source import Source

EXPLICIT_LITTLE = str(ExplicitVRLittleEndian)
_DEFLATED = str(DeflatedExplicitVRLittleEndian)
_NATIVE = {
    str(ImplicitVRLittleEndian): Syntax(is_implicit=True, is_little=True),
    EXPLICIT_LITTLE: Syntax(is_implicit=False, is_little=True),
    str(ExplicitVRBigEndian): Syntax(is_implicit=False, is_little=False),
}
_NAMES = {syntax: uid for uid, syntax in _NATIVE.items()}
_ENCAPSULATED = Syntax(is_implicit=False, is_little=True)  # PS3.5 A.4
_UNREAD = frozenset(("1.2.840.10008.1.2.4.95", "1.2.840.10008.1.2.4.205"))  # JPIP deflated: a link, no pixels
_FIRST_GROUPS = frozenset((b"\x00\x08", b"\x00\x10"))  # as big endian writes them


def is_deflated(declared: str) -> bool:
    """Whether the data set behind the file meta is deflated (PS3.5 A.5)."""
    return declared == _DEFLATED


def found_syntax(source: Source, at: int, declared: str) -> tuple[Syntax, str]:
    """How a data set is really written, and the transfer syntax that says so.

    Writers get this wrong; what we store must be true, or the next reader fails.
    """
    expected = _expected(declared)
    start = source.peek(at, 6)
    if len(start) < 6:
        return expected, declared or _NAMES[expected]
    is_little = expected.is_little
    if start[:2] in _FIRST_GROUPS or start[1::-1] in _FIRST_GROUPS:
        is_little = start[:2] not in _FIRST_GROUPS
    found = Syntax(not (start[4:6].isalpha() and start[4:6].isupper()), is_little)
    if found == expected:
        return found, declared or _NAMES[expected]
    if declared and declared not in _NATIVE:
        raise Rejected("its data set is not written as its transfer syntax says", Code.UNSUPPORTED)
    if found not in _NAMES:
        raise Rejected("its data set is implicit and big endian, which no transfer syntax is", Code.UNSUPPORTED)
    return found, _NAMES[found]


def _expected(declared: str) -> Syntax:
    if not declared:
        return _NATIVE[EXPLICIT_LITTLE]
    if declared in _NATIVE:
        return _NATIVE[declared]
    if declared in _UNREAD or not UID(declared, validation_mode=IGNORE).is_transfer_syntax:
        raise Rejected("its transfer syntax is unknown; convert it to a standard one", Code.UNSUPPORTED)
    return _ENCAPSULATED
