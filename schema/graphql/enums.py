"""The enums of the graph model as GraphQL shows them, every value described."""

from collections.abc import Mapping
from enum import StrEnum

import strawberry

from obia.schema.access import Role
from obia.schema.graph import Access, DiagnosisKind, HistoryKind, HoldReason, JobState, LinkStatus, Sex, State

__all__ = [
    "Access",
    "DiagnosisKind",
    "HistoryKind",
    "HoldReason",
    "JobState",
    "LinkStatus",
    "OrderDirection",
    "Role",
    "Sex",
    "State",
]


@strawberry.enum(description="Which way an order runs; absent values come last ascending, first descending.")
class OrderDirection(StrEnum):
    """Which way an order runs."""

    ASC = "ASC"
    DESC = "DESC"


_VALUES: Mapping[type[StrEnum], Mapping[str, str]] = {
    OrderDirection: {"ASC": "From low to high, absent values last.", "DESC": "From high to low, absent values first."},
    State: {
        "RECEIVED": "It has come, and nothing is known of it yet.",
        "QUARANTINED": "It was refused; a curator may look at it.",
        "ACCEPTED": "De-identified, checked, and in the archive.",
        "CURATED": "A curator has looked at it.",
        "RELEASED": "Public.",
    },
    Access: {
        "OPEN": "Everyone may see its clinical data and files.",
        "CONTROLLED": "Clinical data and files need a grant.",
    },
    Sex: {"FEMALE": "Female.", "MALE": "Male.", "OTHER": "Neither, or not known."},
    DiagnosisKind: {"CLINICAL": "The clinic said so.", "PATHOLOGY": "The pathologist said so."},
    HistoryKind: {"PERSONAL": "The individual's own.", "FAMILY": "The family's."},
    HoldReason: {
        "BURNED_IN": "Burned In Annotation (0028,0301) does not say NO.",
        "RECOGNIZABLE_FEATURES": "Recognizable Visual Features (0028,0302) does not say NO.",
        "LABEL": "Image Type (0008,0008) says LABEL, or Specimen Label in Image (0048,0010) does not say NO.",
        "OVERVIEW": "Image Type (0008,0008) says OVERVIEW.",
        "US": "Ultrasound.",
        "SC": "Secondary captures and scanned documents.",
        "XA": "X-ray angiography.",
        "XC": "Photographs.",
        "OT": "Another modality, or a missing one.",
        "ES": "Endoscopy.",
        "FILM": "Digitised film.",
        "SCREEN_SAVE": "Image Type (0008,0008) says that a screen was saved.",
        "SAME_ORIGINAL": "Another collection has released an image or annotation of the same original; reviewed, both are public, and images are linked.",
    },
    JobState: {
        "PLANNED": "It waits for a worker.",
        "RUNNING": "A worker is at it.",
        "WRITTEN": "All is written; what follows is under way.",
        "DONE": "It is done.",
        "FAILED": "It was given up.",
        "CANCELLED": "It was cancelled; what was accepted before stays.",
    },
    LinkStatus: {
        "ASSERTED": "Somebody says so.",
        "RESOLVED": "The other archive knows the accession.",
        "BROKEN": "The other archive does not know the accession.",
    },
    Role: {
        "ANONYMOUS": "Without a token: sees what is released.",
        "RESEARCHER": "Sees also the controlled collections granted to it.",
        "SUBMITTER": "Makes collections and hands in files; sees its own before their release.",
        "CURATOR": "Sees everything and releases it.",
        "ADMINISTRATOR": "A curator who also gives out tokens.",
    },
}


def described(enum: type[StrEnum]) -> type[StrEnum]:
    """Register an enum under its own name, each value with its description."""
    if enum is not OrderDirection:
        strawberry.enum(enum, description=(enum.__doc__ or "").strip())
    for each in enum.__strawberry_definition__.values:  # type: ignore[attr-defined]
        each.description = _VALUES[enum][each.name]
    return enum


for _each in _VALUES:
    described(_each)
