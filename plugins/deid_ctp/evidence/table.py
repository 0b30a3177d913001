"""The table: PS3.15 E.1-1 as vendored, read here for itself, with every option that a file may claim."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

_OPTIONS = {  # codes of PS3.16 CID 7050
    "113103": "clean_graphics",
    "113104": "clean_structured_content",
    "113105": "clean_descriptors",
    "113106": "retain_longitudinal_full_dates",
    "113107": "retain_longitudinal_modified_dates",
    "113108": "retain_patient_characteristics",
    "113109": "retain_device_identity",
    "113110": "retain_uids",
    "113111": "retain_safe_private",
    "113112": "retain_institution_identity",
}
DATES = frozenset(("113106", "113107"))
UIDS, SAFE_PRIVATE = "113110", "113111"


@dataclass(frozen=True, slots=True)
class Claims:
    """The codes that a file claims in its De-identification Method Code Sequence."""

    codes: frozenset[str]

    @property
    def options(self) -> frozenset[str]:
        """The options, as the table calls them."""
        return frozenset(_OPTIONS[code] for code in self.codes if code in _OPTIONS)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the basic action, and what options change."""

    basic: str
    options: Mapping[str, str]

    def is_relaxed(self, claims: Claims) -> bool:
        """Whether an option that is claimed keeps or cleans the element."""
        return any(self.options.get(name) in ("K", "C") for name in claims.options)

    def is_retained(self, claims: Claims) -> bool:
        """Whether an option that is claimed keeps the element as it is."""
        return any(self.options.get(name) == "K" for name in claims.options)


def row_of(tag: int) -> Row | None:
    """The row of an element; None where the table does not name it."""
    plain, masks = _rows()
    found = plain.get(tag)
    if found is not None or tag >> 24 not in (0x50, 0x60):
        return found
    text = f"{tag:08x}"
    return next((row for pattern, row in masks if pattern.fullmatch(text)), None)


def changed(claims: Claims, *, are_sequences: bool = False) -> list[int]:
    """Elements, or sequences, that neither the basic profile nor an option that is claimed keeps."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    return [
        tag
        for tag, row in _rows()[0].items()
        if row.basic != "K" and not row.is_relaxed(claims) and dictionary_has_tag(tag)
        if (dictionary_VR(tag) == "SQ") is are_sequences
    ]


@lru_cache(1)
def _rows() -> tuple[dict[int, Row], list[tuple[re.Pattern[str], Row]]]:
    text = (files("obia.plugins.deid_ctp") / "ps315_2026d.json").read_text(encoding="utf-8")
    plain: dict[int, Row] = {}
    masks = []
    for each in json.loads(text)["rules"]:
        tag, row = str(each["tag"]).lower(), Row(str(each["basic"]), dict(each["options"]))
        if re.fullmatch("[0-9a-f]{8}", tag):
            plain[int(tag, 16)] = row
        elif re.fullmatch("[0-9a-fx]{8}", tag):
            masks.append((re.compile(tag.replace("x", "[0-9a-f]")), row))
    return plain, masks
