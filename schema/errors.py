"""One enum of codes, shared by GraphQL errors, command-line exits and findings; one family of exceptions."""

import errno
import re
import traceback
from enum import StrEnum


class Code(StrEnum):
    """What went wrong, or what was found. The value is API: it is never renamed."""

    # What a caller asked for
    BAD_INPUT = "BAD_INPUT"
    BAD_SETTING = "BAD_SETTING"
    BAD_CURSOR = "BAD_CURSOR"
    BAD_ACCESSION = "BAD_ACCESSION"
    BAD_TABLE = "BAD_TABLE"
    BAD_SCRIPT = "BAD_SCRIPT"
    NOT_FOUND = "NOT_FOUND"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    NO_BIOPROJECT = "NO_BIOPROJECT"
    NO_INDEX = "NO_INDEX"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    TIMEOUT = "TIMEOUT"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    UNSUPPORTED = "UNSUPPORTED"
    # What the house stands on
    GRAPH_UNAVAILABLE = "GRAPH_UNAVAILABLE"
    QUEUE_UNAVAILABLE = "QUEUE_UNAVAILABLE"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    STORE_WRONG = "STORE_WRONG"
    SERVICE_FAILED = "SERVICE_FAILED"
    PORT_TAKEN = "PORT_TAKEN"
    DOWNLOAD_FAILED = "DOWNLOAD_FAILED"
    CHECKSUM_MISMATCH = "CHECKSUM_MISMATCH"
    VERSION_MISMATCH = "VERSION_MISMATCH"
    HOME_UNWRITABLE = "HOME_UNWRITABLE"
    AUDIT_UNWRITABLE = "AUDIT_UNWRITABLE"
    AUDIT_INCOMPLETE = "AUDIT_INCOMPLETE"
    DISK_FULL = "DISK_FULL"
    KEY_MISSING = "KEY_MISSING"
    KEY_WRONG = "KEY_WRONG"
    PLUGIN_FAILED = "PLUGIN_FAILED"
    DRIFT = "DRIFT"
    LEASE_LOST = "LEASE_LOST"
    INTERNAL = "INTERNAL"
    # What the intake finds in a file
    NOT_DICOM = "NOT_DICOM"
    EMPTY_FILE = "EMPTY_FILE"
    NOT_A_FILE = "NOT_A_FILE"
    UNREADABLE = "UNREADABLE"
    TRUNCATED = "TRUNCATED"
    TOO_LARGE = "TOO_LARGE"
    TOO_DEEP = "TOO_DEEP"
    BLANK_HEADER = "BLANK_HEADER"
    NO_PATIENT_ID = "NO_PATIENT_ID"
    NO_UIDS = "NO_UIDS"
    BAD_CHARSET = "BAD_CHARSET"
    NO_PIXELS = "NO_PIXELS"
    BAD_PIXELS = "BAD_PIXELS"
    NO_DEIDENTIFIER = "NO_DEIDENTIFIER"
    NOT_CLEAN = "NOT_CLEAN"
    INCOMPLETE = "INCOMPLETE"
    REFUSED = "REFUSED"
    DUPLICATE = "DUPLICATE"
    CONFLICT = "CONFLICT"
    MIX_UP = "MIX_UP"
    SAME_ORIGINAL = "SAME_ORIGINAL"
    CHECK_FAILED = "CHECK_FAILED"
    ENCODER_FAILED = "ENCODER_FAILED"
    LINKER_FAILED = "LINKER_FAILED"


_OWN = re.compile(r"[a-z][a-z0-9_]*\.[A-Z][A-Z0-9_]*", re.ASCII)
_LONGEST = 64  # characters: a column of a table


class PluginCode(str):
    """A code that a plugin brings for findings and refusals: its name, a dot, and a word, such as `minne.TOO_SMALL`.

    Only those that `register_codes` returned are taken, so that none is made from what a file holds.
    """

    __slots__ = ()

    def __new__(cls, text: str) -> "PluginCode":
        """Raise ValueError for what is not of that form."""
        if len(text) > _LONGEST or not _OWN.fullmatch(text):
            raise ValueError("a plugin's code is the plugin's name, a dot and a word in capitals: minne.TOO_SMALL")
        return super().__new__(cls, text)

    @property
    def name(self) -> str:
        """The whole code, by which it is registered."""
        return str(self)


FULL = frozenset((errno.EFBIG, errno.ENOSPC, errno.EDQUOT))
"""The numbers by which an OSError says that there is no room."""

_REFUSED = frozenset(
    (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENOTEMPTY, errno.ELOOP)
)


def is_refused(error: OSError) -> bool:
    """Whether the system refuses to write there: permissions, a read-only disk, or a file where a folder should be."""
    return error.errno in _REFUSED


_EXITS = {
    Code.BAD_SETTING: 78,  # the numbers are those of sysexits.h
    Code.VERSION_MISMATCH: 78,
    Code.NOT_FOUND: 66,
    Code.UNAUTHENTICATED: 77,
    Code.FORBIDDEN: 77,
    Code.KEY_MISSING: 77,
    Code.KEY_WRONG: 77,
    Code.STORE_WRONG: 78,
    Code.GRAPH_UNAVAILABLE: 69,
    Code.QUEUE_UNAVAILABLE: 69,
    Code.STORE_UNAVAILABLE: 69,
    Code.SERVICE_FAILED: 69,
    Code.PORT_TAKEN: 69,
    Code.DOWNLOAD_FAILED: 69,
    Code.PLUGIN_FAILED: 69,
    Code.NO_INDEX: 69,
    Code.CHECKSUM_MISMATCH: 74,
    Code.DISK_FULL: 74,
    Code.HOME_UNWRITABLE: 73,
    Code.AUDIT_UNWRITABLE: 73,
    Code.AUDIT_INCOMPLETE: 73,
    Code.TIMEOUT: 75,
    Code.TOO_MANY_REQUESTS: 75,
    Code.LEASE_LOST: 75,
    Code.INTERNAL: 70,
}
_DATA_ERROR = 65


def exit_status(code: Code) -> int:
    """Return the process exit status of a code, in the numbers of sysexits.h; what is not listed is a data error."""
    return _EXITS.get(code, _DATA_ERROR)


class ObiaError(Exception):
    """One line, naming the thing and the way out, without any patient's identity."""

    code: Code = Code.INTERNAL
    is_recorded = False
    """Whether the audit log holds it, as the outcome of a change."""

    def __init__(self, message: str, code: Code | None = None) -> None:
        super().__init__(message)
        if code is not None:
            self.code = code

    @property
    def message(self) -> str:
        """The one line."""
        return str(self.args[0])


def place_of(error: BaseException) -> str:
    """What failed and where, for a log; never the message, which may quote what was asked or what a file holds."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return f"{type(error).__name__} at " + " < ".join(f"{each.name}:{each.lineno}" for each in reversed(frames))


class BadInput(ObiaError):
    """What was given cannot be used."""

    code = Code.BAD_INPUT


class BadSetting(ObiaError):
    """A setting has a wrong value."""

    code = Code.BAD_SETTING


class NotFound(ObiaError):
    """What was named does not exist, or this viewer may not see it."""

    code = Code.NOT_FOUND


class Forbidden(ObiaError):
    """This viewer may not do that."""

    code = Code.FORBIDDEN


class Unavailable(ObiaError):
    """A service the archive stands on does not answer."""

    code = Code.GRAPH_UNAVAILABLE


class Rejected(ObiaError):
    """Control flow: one instance is refused, with the code its finding carries.

    `outcome` is what goes on record; where it is a plugin's own, `code` is REFUSED.
    """

    code = Code.REFUSED

    _own: PluginCode | None = None

    def __init__(self, message: str, code: Code | PluginCode | None = None) -> None:
        super().__init__(message, None if isinstance(code, PluginCode) else code)
        if isinstance(code, PluginCode):
            self._own = code

    @property
    def outcome(self) -> Code | PluginCode:
        """The plugin's own code, or ours."""
        return self._own or self.code
