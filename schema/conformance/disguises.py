"""Disguises: a patient's number, days and name written otherwise than where they come from, each in an original of its own."""

from collections.abc import Iterator
from dataclasses import replace
from struct import unpack

from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.tag import Tag

from obia.schema.conformance.instances import PlainPseudonyms, planted
from obia.schema.errors import Rejected
from obia.schema.protocols import Deidentifier
from obia.schema.values import Original, Patient

_ID = 1739184620
_NAME = "ZQPLANTED"
_CODES = [ord(each) for each in _NAME]

_EIGHT = _NAME[:8]  # as many letters as fill whole numbers
_IN_NUMBERS: dict[str, object] = {
    "SelectorULValue": list(unpack("<2L", _EIGHT.encode())),
    "SelectorFDValue": list(unpack("<d", _EIGHT.encode())),
}
_DISGUISES: dict[str, object] = {
    "InstanceNumber": f"+{_ID}",
    "SeriesNumber": f"{_ID}.0",
    "AcquisitionNumber": f"0{_ID}0001",
    "SliceThickness": "1.739184620e9",
    "TemporalPositionIndex": _ID,
    "AcquisitionDuration": float(_ID),
    "SelectorATValue": Tag(_ID),
    "SequenceName": "173-918-4620",
    "ReceiveCoilName": "31.12.2001",
    "AcquisitionProtocolName": "of 31 December 2001",
    "FrameLabel": "2001年12月31日",
    "StackID": "ＺＱＰＬＡＮＴＥＤ",
    "ApplicationName": "ZQPL\u00c1NTED",
    "TimeOfGainCalibration": _NAME,
    "SelectorUSValue": _CODES,
    "SelectorULValue": _CODES,
    "SelectorISValue": [str(each) for each in _CODES],
    "ICCProfile": _NAME.encode("utf-32-be"),
    "PatientBirthDateInAlternativeCalendar": "H13.12.31",
    "PlacerOrderNumberProcedure": "ZQORDER",
    "NTPSourceAddress": "ntp.zqward.example",
    "FileAccessURI": "file:///zqward",
}


def disguises() -> Iterator[tuple[str, Original]]:
    """Yield an original for each, with the keyword of the element that holds it; then numbers in private elements."""
    for name, values in ((_NAME, _DISGUISES), (_EIGHT, _IN_NUMBERS)):
        for keyword, value in values.items():
            original = _original(name)
            tag = Tag(tag_for_keyword(keyword) or 0)
            original.header.add(DataElement(tag, dictionary_VR(tag), value, validation_mode=IGNORE))
            yield keyword, original
    for vr, number in (("US", [31, 12, 2001]), ("IS", ["17391", "84620"]), ("FD", 173918.462), ("UL", _CODES)):
        original = _original(_NAME)
        original.header.private_block(0x0031, "MAKER NUMBERS", create=True).add_new(1, vr, number)
        yield "", original


def _original(name: str) -> Original:
    original = planted(PatientID=str(_ID), PatientName=f"{name}^Ann", SpecificCharacterSet="ISO_IR 192")
    return replace(original, patient=Patient(str(_ID)))


class DisguiseRules:
    """What a de-identifier that looks for the patient's own strings holds to: it finds them in disguise."""

    def deidentifier(self) -> Deidentifier:
        """The de-identifier to test."""
        raise NotImplementedError

    def test_no_planted_identity_survives_in_disguise(self) -> None:
        """Not as a number with a sign, a day in words, a name in full width or as codes, nor beyond PS3.15's table."""
        left = [keyword or "a private element" for keyword, original in disguises() if self._is_left(keyword, original)]

        assert not left, left

    def _is_left(self, keyword: str, original: Original) -> bool:
        try:
            header = self.deidentifier().deidentify(original, PlainPseudonyms()).header
        except Rejected:
            return False
        if not keyword:
            return any(element.tag.group == 0x0031 for element in header)
        kept = header.get(keyword)
        return kept is not None and kept == original.header.get(keyword)
