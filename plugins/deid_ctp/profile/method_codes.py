"""Claims: the de-identification method codes of (0012,0064), CID 7050."""

from collections.abc import Mapping

MEANINGS: Mapping[str, str] = {
    "113100": "Basic Application Confidentiality Profile",
    "113101": "Clean Pixel Data Option",
    "113102": "Clean Recognizable Visual Features Option",
    "113103": "Clean Graphics Option",
    "113104": "Clean Structured Content Option",
    "113105": "Clean Descriptors Option",
    "113106": "Retain Longitudinal Temporal Information Full Dates Option",
    "113107": "Retain Longitudinal Temporal Information Modified Dates Option",
    "113108": "Retain Patient Characteristics Option",
    "113109": "Retain Device Identity Option",
    "113110": "Retain UIDs Option",
    "113111": "Retain Safe Private Option",
    "113112": "Retain Institution Identity Option",
}


def claims(text: str) -> list[tuple[str, str, str]]:
    """Read `reset/113100/...` as (code, scheme, meaning); a code that is none of them is claimed under no scheme, as CTP does."""
    found: list[tuple[str, str, str]] = []
    for code in (part.strip() for part in text.split("/")):
        if code == "reset":
            found.clear()
        elif code in MEANINGS:
            found.append((code, "DCM", MEANINGS[code]))
        elif code:
            found.append((code, "UNKNOWN", "UNKNOWN"))
    return found
