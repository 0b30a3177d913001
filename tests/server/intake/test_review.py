"""Why an image is held back at release: every value of the table, and what cannot be read."""

from typing import Any

import pytest
from pydicom import Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from obia.schema.graph import HoldReason
from obia.server.intake.review import hold_reasons
from tests import make

STORAGE = "1.2.840.10008.5.1.4.1.1"
HELD = [
    *((flag, value, reason) for value in ("YES", "yes ", "Y", "?") for flag, reason in (
        ("BurnedInAnnotation", "BURNED_IN"),
        ("RecognizableVisualFeatures", "RECOGNIZABLE_FEATURES"),
        ("SpecimenLabelInImage", "LABEL"),
    )),
    ("ImageType", ["ORIGINAL", "PRIMARY", "LABEL", "NONE"], "LABEL"),
    ("ImageType", ["DERIVED", "PRIMARY", "OVERVIEW"], "OVERVIEW"),
    *(("ImageType", ["DERIVED", "SECONDARY", word], "SCREEN_SAVE") for word in (
        "SCREEN SAVE", "SCREENSAVE", "SCREEN_SAVE", "Screen  Save", "SAVE",
    )),
    *(("Modality", word, word) for word in ("US", "SC", "XA", "XC", "OT", "ES")),
    ("Modality", "IVUS", "US"), ("Modality", "BDUS", "US"), ("Modality", "DOC", "SC"),
    ("Modality", "RG", "FILM"), ("Modality", "HC", "FILM"),
    ("Modality", None, "OT"), ("Modality", "", "OT"), ("Modality", " us", "US"),
    *(("ConversionType", word, "SC") for word in ("SD", "SI", "DV", "DI", "WSD", "DRW")),
    ("ConversionType", "DF", "FILM"),
    *(("SOPClassUID", f"{STORAGE}.{tail}", reason) for tail, reason in (
        ("7", "SC"), ("7.1", "SC"), ("7.2", "SC"), ("7.3", "SC"), ("7.4", "SC"),
        ("6.1", "US"), ("6.2", "US"), ("3.1", "US"), ("12.1", "XA"), ("12.1.1", "XA"),
        ("77.1.1", "ES"), ("77.1.1.1", "ES"), ("77.1.4", "XC"), ("77.1.4.1", "XC"),
    )),
]  # fmt: skip
FREE = [
    *((flag, value) for value in ("NO", "no", "", None) for flag in (
        "BurnedInAnnotation", "RecognizableVisualFeatures", "SpecimenLabelInImage",
    )),
    ("ImageType", ["ORIGINAL", "PRIMARY", "AXIAL"]), ("ImageType", None), ("ImageType", ["DERIVED", "SECONDARY", "MPR"]),
    *(("Modality", word) for word in ("CT", "MR", "CR", "DX", "MG", "PT", "NM", "SM")),
    ("ConversionType", "SYN"),
    *(("SOPClassUID", f"{STORAGE}.{tail}") for tail in ("2", "4", "1", "77.1.6", "77.1.2", "12.2", "128")),
]  # fmt: skip


def header(keyword: str, value: object) -> Dataset:
    """A header with one value as it came, whether or not the standard allows it; None removes the element."""
    made = make.header()
    if value is None:
        made.pop(keyword, None)
    else:
        tag = tag_for_keyword(keyword)
        assert tag is not None
        made[tag] = DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE)
    return made


@pytest.mark.parametrize(("keyword", "value", "reason"), HELD, ids=str)
def test_a_value_holds_an_image_back(keyword: str, value: object, reason: str) -> None:
    assert hold_reasons(header(keyword, value)) == [reason]


@pytest.mark.parametrize(("keyword", "value"), FREE, ids=str)
def test_a_value_does_not_hold_an_image_back(keyword: str, value: object) -> None:
    assert hold_reasons(header(keyword, value)) == []


def test_reasons_of_all_headers_are_gathered() -> None:
    original = make.header(Modality="US", BurnedInAnnotation="YES")

    assert hold_reasons(original, make.header(Modality="US", ConversionType="DF")) == ["BURNED_IN", "FILM", "US"]


def test_every_reason_has_a_value_that_gives_it() -> None:
    assert {reason for *_, reason in HELD} == set(HoldReason) - {HoldReason.SAME_ORIGINAL}  # found in the graph


class Broken(Dataset):
    """A header in which no element can be read."""

    def get_item(self, *_: Any, **__: Any) -> Any:
        """Raise what a library may raise."""
        raise NotImplementedError(Tag(0x00080060))


def test_what_cannot_be_read_holds_an_image_back() -> None:
    assert set(hold_reasons(Broken())) == {"BURNED_IN", "RECOGNIZABLE_FEATURES", "LABEL", "OT"}
