"""Options: what PS3.15 lets stay beside its Basic Profile, as chosen by name."""

from collections.abc import Mapping
from dataclasses import dataclass

SAFE_PRIVATE, UIDS, DEVICE = "retain_safe_private", "retain_uids", "retain_device_identity"
INSTITUTION, CHARACTERISTICS = "retain_institution_identity", "retain_patient_characteristics"
FULL_DATES, MODIFIED_DATES = "retain_longitudinal_full_dates", "retain_longitudinal_modified_dates"
DESCRIPTORS, STRUCTURED = "clean_descriptors", "clean_structured_content"
GRAPHICS, PIXELS = "clean_graphics", "clean_pixel_data"

# The code of CID 7050, how the table's columns are called in a script's comments, and the option's own name
NAMES: Mapping[str, tuple[str, str, str]] = {
    PIXELS: ("113101", "pixels", "Clean Pixel Data"),
    GRAPHICS: ("113103", "graphics", "Clean Graphics"),
    STRUCTURED: ("113104", "structured", "Clean Structured Content"),
    DESCRIPTORS: ("113105", "descriptors", "Clean Descriptors"),
    FULL_DATES: ("113106", "full dates", "Full Dates"),
    MODIFIED_DATES: ("113107", "dates", "Modified Dates"),
    CHARACTERISTICS: ("113108", "characteristics", "Patient Characteristics"),
    DEVICE: ("113109", "device", "Device Identity"),
    UIDS: ("113110", "UIDs", "UIDs"),
    SAFE_PRIVATE: ("113111", "safe private", "Safe Private"),
    INSTITUTION: ("113112", "institution", "Institution Identity"),
}


@dataclass(frozen=True, slots=True)
class Options:
    """The options beside the Basic Profile; `has_numbers` says that private numbers which are nobody's stay too."""

    chosen: frozenset[str] = frozenset()
    has_numbers: bool = False

    def __post_init__(self) -> None:
        """Hold that dates are one thing or the other."""
        if self.chosen - NAMES.keys():
            raise ValueError(f"no option of PS3.15: {min(self.chosen - NAMES.keys())}")
        if {FULL_DATES, MODIFIED_DATES} <= self.chosen:
            raise ValueError("dates stay as they are or are modified, not both")

    def __contains__(self, option: str) -> bool:
        return option in self.chosen

    @property
    def named(self) -> list[tuple[str, str, str]]:
        """Code, column and name of each, by code."""
        return [NAMES[each] for each in NAMES if each in self.chosen]


BASE = Options(frozenset((CHARACTERISTICS, MODIFIED_DATES)), has_numbers=True)
