"""The header check: nobody can use an image whose header is blank, or that belongs to no patient or no study."""

import re
from collections.abc import Iterable

from pydicom import Dataset

from obia import Code, Finding, Original

_UIDS = (0x00080016, 0x00080018, 0x0020000D, 0x0020000E)  # SOP class and instance, study, series
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_PATIENT_ID = 0x00100020
_DESCRIBES_PIXELS = 0x0028


class HeaderCheck:
    """Finds blank headers, missing patient IDs, and UIDs that are missing or none."""

    name = "qc_header"

    def check_raw(self, original: Original) -> Iterable[Finding]:
        """Say the gravest thing that is wrong: a blank header lacks the rest too."""
        header = original.header
        if _is_blank(header):
            yield Finding(Code.BLANK_HEADER, check=self.name)
        elif not all(_is_uid(_text(header, tag)) for tag in _UIDS):
            yield Finding(Code.NO_UIDS, check=self.name)
        elif not _text(header, _PATIENT_ID):
            yield Finding(Code.NO_PATIENT_ID, check=self.name)


def _is_blank(header: Dataset) -> bool:
    """Whether nothing but the pixels' description has a value."""
    return not any(
        _has_value(element.value) for tag, element in header.items() if tag >> 16 != _DESCRIBES_PIXELS and tag & 0xFFFF
    )


def _has_value(value: object) -> bool:
    return bool(value.strip(b" \0") if isinstance(value, bytes) else value)


def _text(header: Dataset, tag: int) -> str:
    """A value as text, read without converting the element: later digests are over its bytes."""
    value: object = header.get_item(tag).value if tag in header else None
    return (value.decode("latin-1") if isinstance(value, bytes) else str(value or "")).strip(" \0")


def _is_uid(text: str) -> bool:
    return len(text) <= 64 and _UID.fullmatch(text) is not None
