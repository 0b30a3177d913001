"""Outcomes: what became of one file, and why; never a value of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

from obia import Code, Rejected

Status = Literal["OK", "SKIP", "QUARANTINE", "NOMATCH", "NOTIMAGE", "NOREGION"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file. `data` is a whole DICOM file; `notes` names elements, by path, where safe mode did
    otherwise than CTP, each with the reason; `actions` counts what was done, by the letters of PS3.15."""

    status: Status
    data: bytes | None = field(default=None, repr=False)
    reason: str = ""
    notes: tuple[str, ...] = ()
    actions: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


class Unreadable(Rejected):
    """Bytes that are no DICOM file, or one that cannot be read."""

    def __init__(self, message: str, code: Code = Code.UNREADABLE) -> None:
        super().__init__(message, code)


class Quarantined(Rejected):
    """The script, or what CTP would trip over, sends the file to the quarantine."""

    def __init__(self, message: str) -> None:
        super().__init__(message, Code.REFUSED)


class Missed(Quarantined):
    """A table lacks a value, or a value is none that can be counted from: CTP quarantines the file for it."""


class Skipped(Rejected):
    """The script leaves the file as it came."""

    def __init__(self) -> None:
        super().__init__("the script skips it", Code.REFUSED)
