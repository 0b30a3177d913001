"""Names: how dcm4che 1.x, and so CTP, calls the standard's elements. Rules over DICOM's keywords, and exceptions.

A script may say either; where the two differ, CTP itself knows its own spelling alone.
"""

import re
from functools import lru_cache

from pydicom._dicom_dict import DicomDictionary, RepeatersDictionary
from pydicom.datadict import tag_for_keyword

# Words that CTP's names abbreviate, in the order in which they are replaced
_RULES = (
    (re.compile(r"ScheduledProcedureStep(?=[A-Z]|$)"), "SPS"),
    (re.compile(r"PerformedProcedureStep(?=[A-Z]|$)"), "PPS"),
    (re.compile(r"Referenced(?=[A-Z])"), "Ref"),
    (re.compile(r"Sequence(?=$)"), "Seq"),
    (re.compile(r"TelephoneNumbers(?=$)"), "PhoneNumbers"),
    (re.compile(r"DateTime"), "Datetime"),
)
# Elements that CTP calls as an older edition of the standard did
_EXCEPTIONS = {
    "PhysiciansOfRecord": "PhysicianOfRecord",
    "PhysiciansOfRecordIdentificationSequence": "PhysicianOfRecordIdentificationSeq",
    "NameOfPhysiciansReadingStudy": "NameOfPhysicianReadingStudy",
    "PhysiciansReadingStudyIdentificationSequence": "PhysicianReadingStudyIdentificationSeq",
    "OperatorsName": "OperatorName",
    "AdmittingDiagnosesDescription": "AdmittingDiagnosisDescription",
    "AdmittingDiagnosesCodeSequence": "AdmittingDiagnosisCodeSeq",
    "SoftwareVersions": "SoftwareVersion",
    "Allergies": "ContrastAllergies",
}


@lru_cache(16_384)
def tag_named(name: str) -> int | None:
    """The tag of an element by its DICOM keyword or by CTP's name; None for a name nobody knows."""
    return tag_for_keyword(name) or _by_ctp_name().get(name)


@lru_cache(16_384)
def is_ctp_name(name: str) -> bool:
    """Whether CTP itself knows an element by this name."""
    return name in _by_ctp_name()


def ctp_name(keyword: str) -> str:
    """How CTP calls the element of a DICOM keyword."""
    if keyword in _EXCEPTIONS:
        return _EXCEPTIONS[keyword]
    for pattern, short in _RULES:
        keyword = pattern.sub(short, keyword)
    return keyword


@lru_cache(1)
def _by_ctp_name() -> dict[str, int]:
    repeated = {int(mask.replace("x", "0"), 16): entry for mask, entry in RepeatersDictionary.items()}
    named = {**repeated, **DicomDictionary}
    return {ctp_name(str(entry[4])): tag for tag, entry in named.items() if entry[4]}
