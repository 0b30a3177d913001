"""Terms: what submitters write, and the word the archive searches by."""

import re
from collections.abc import Mapping

_MANUFACTURERS: Mapping[str, str] = {
    "ge": "GE",
    "general electric": "GE",
    "siemens": "Siemens",
    "philips": "Philips",
    "picker": "Philips",
    "toshiba": "Canon",
    "canon": "Canon",
    "hitachi": "Hitachi",
    "fuji": "Fujifilm",
    "agfa": "Agfa",
    "kodak": "Carestream",
    "carestream": "Carestream",
    "hologic": "Hologic",
    "lorad": "Hologic",
    "acuson": "Siemens",
    "shimadzu": "Shimadzu",
    "neusoft": "Neusoft",
    "united imaging": "United Imaging",
    "uih": "United Imaging",
    "mindray": "Mindray",
    "varian": "Varian",
    "elekta": "Elekta",
    "konica": "Konica Minolta",
    "samsung": "Samsung",
}

_BODY_PARTS: Mapping[str, str] = {  # to the defined terms of PS3.16 Annex L
    "THORAX": "CHEST",
    "LUNG": "CHEST",
    "LUNGS": "CHEST",
    "CHESTABDPELVIS": "CHESTABDPELV",
    "CHEST_ABDOMEN": "CHESTABDOMEN",
    "ABDOMENPELVIS": "ABDOMENPELVIS",
    "ABD": "ABDOMEN",
    "ABDO": "ABDOMEN",
    "BELLY": "ABDOMEN",
    "SKULL": "SKULL",
    "CSPINE": "CSPINE",
    "C-SPINE": "CSPINE",
    "TSPINE": "TSPINE",
    "T-SPINE": "TSPINE",
    "LSPINE": "LSPINE",
    "L-SPINE": "LSPINE",
    "PELVIC": "PELVIS",
    "MAMMA": "BREAST",
}


def manufacturer(raw: str | None) -> str | None:
    """The house behind a manufacturer's name; one we do not know stays as it is, white space folded."""
    if not raw:
        return None
    folded = " ".join(raw.split())
    lowered = folded.lower()
    for start, house in _MANUFACTURERS.items():
        if re.match(rf"{re.escape(start)}(?![a-z])", lowered):
            return house
    return folded


def body_part(raw: str | None) -> str | None:
    """The defined term for a body part, or the raw one in capitals."""
    if not raw:
        return None
    folded = " ".join(raw.upper().split())
    return _BODY_PARTS.get(folded, folded)


def modality(raw: str | None) -> str | None:
    """A modality in capitals, retired names mapped to today's (PS3.3 C.7.3.1.1.1)."""
    retired = {"CS": "ES", "DF": "XA", "DS": "XA", "MA": "MR", "MS": "MR", "OPR": "OP", "VF": "RF", "FS": "OP"}
    return retired.get(raw.upper().strip(), raw.upper().strip()) if raw else None
