"""Hazards: where the real CTP leaves identity behind or spoils a value. Strict mode does so too, safe mode does not.

The page on parity has the same table; a test compares.
"""

import hashlib
import json
import re
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.encaps import encapsulate
from pydicom.uid import JPEGBaseline8Bit, RLELossless

from obia.plugins.deid_ctp import Lookup, redact_regions
from tests import make
from tests.plugins.deid_ctp.files import both, dataset, file, outcome, read, script, unknown
from tests.plugins.deid_ctp.oracle_cases import HERE
from tests.plugins.deid_ctp.pixels.images import see

PARITY = Path(__file__).parents[4] / "docs" / "ctp-parity.md"
SECRET = "Doe"


def leaks(header: Dataset) -> bool:
    """Whether a header, at any depth, or its bytes hold the name."""
    said = json.dumps(header.to_json_dict())
    return SECRET in said or any(SECRET.encode() in _bytes(element) for element in header.iterall())


def _bytes(element: DataElement) -> bytes:
    return element.value if isinstance(element.value, bytes) else b""


def test_hazard_a_sequence_told_to_be_empty_stays() -> None:
    source = file(RequestAttributesSequence=make.sequence(RequestedProcedureDescription="for Doe"))

    strict, safe = both(source, "00400275 @empty()", "00100010 X")

    assert leaks(strict) and not leaks(safe)


def test_hazard_a_date_with_dashes_stays() -> None:
    header = dataset(StudyDate="20200315")
    header["StudyDate"]._value = "2020-03-15"

    strict, safe = both(file(header), "00080020 @incrementdate(this,-1)")

    assert strict.get_item("StudyDate").value.strip() == b"2020-03-15"
    assert safe.StudyDate == "20200314"


@pytest.mark.parametrize(("tag", "vr"), [(0x00189998, "OB"), (0x00660016, "OF"), (0x00281201, "OW")])
def test_hazard_bytes_told_to_be_text_stay(tag: int, vr: str) -> None:
    header = dataset()
    header[tag] = DataElement(tag, vr, b"Doe^Jane")

    strict, safe = both(file(header), f"{tag:08X} REMOVED", "00100010 X")

    assert leaks(strict) and not leaks(safe)


def test_hazard_a_number_told_to_be_text_stays() -> None:
    strict, safe = both(file(PregnancyStatus=4), "001021C0 unknown")

    assert strict.PregnancyStatus == 4 and safe["PregnancyStatus"].is_empty


def test_hazard_a_standard_element_of_vr_un_stays() -> None:
    source = file() + unknown(0x00324000, b"for Doe ")

    strict, safe = both(source, "00324000 REMOVED", "00100010 X")

    assert b"Doe" in strict.get_item(0x00324000).value and not leaks(safe)


def test_hazard_gbk_is_called_latin() -> None:
    strict, safe = both((HERE / "inputs/cs_gbk.dcm").read_bytes(), "00081030 @keep()")

    assert strict.SpecificCharacterSet == "ISO_IR 100" and strict.InstitutionName != "第一医院"
    assert safe.SpecificCharacterSet == "GB18030" and safe.InstitutionName == "第一医院"


def test_hazard_an_unknown_character_set_is_called_latin() -> None:
    source = file(StudyDescription="x").replace(b"ISO_IR 100", b"ISO_IR 999")

    strict, safe = (outcome(source, script("00100010 X"), mode) for mode in ("strict", "safe"))

    assert read(strict).SpecificCharacterSet == "ISO_IR 100" and safe.status == "QUARANTINE"


def test_hazard_text_of_iso_2022_becomes_question_marks() -> None:
    strict, safe = both((HERE / "inputs/cs_jp.dcm").read_bytes(), "00080080 @contents(this)")

    assert strict.InstitutionName == "??" and safe.InstitutionName == "病院"


@pytest.mark.parametrize("rule", ["00100010 X", "00400275 @keep()"])
def test_hazard_a_sequence_is_not_walked(rule: str) -> None:
    inner = make.sequence(PatientName="Doe^Jane")
    source = file(RequestAttributesSequence=make.sequence(ReferencedStudySequence=inner))

    strict, safe = both(source, rule, "00100010 X")

    assert leaks(strict) and not leaks(safe)


def test_hazard_curves_stay_though_told_to_go() -> None:
    header = dataset()
    header[0x50002500] = DataElement(0x50002500, "LO", "Curve Doe")

    strict, safe = both(file(header), "00100010 X", "remove.curves=")

    assert leaks(strict) and not leaks(safe) and 0x50002500 not in safe


def test_hazard_a_lookup_table_as_csv_is_empty() -> None:
    rules = script("00100020 @lookup(this,ptid,keep)")
    table = "ptid/PID-1,S1\n"

    strict = read(outcome(file(), rules, "strict", Lookup.parse(table)))
    safe = read(outcome(file(), rules, "safe", Lookup.parse_csv(table)))

    assert strict.PatientID == "PID-1" and safe.PatientID == "S1"


def test_hazard_compressed_pixels_pass_unblanked() -> None:
    source = make.data(make.image(make.array()), RLELossless)

    strict, safe = (redact_regions(source, [(0, 0, 9, 9)], mode=mode) for mode in ("strict", "safe"))

    assert strict.data == source and see(strict.data).inside(0, 0, 9, 9).any()
    assert safe.status == "OK" and not see(safe.data).inside(0, 0, 9, 9).any()


def test_hazard_a_date_and_time_with_a_zone_is_emptied() -> None:
    source = file(AcquisitionDateTime="20200315123045.123456+0800")

    strict, safe = both(source, "0008002A @incrementdate(this,-1)")

    assert not strict.AcquisitionDateTime and safe.AcquisitionDateTime == "20200314123045.123456+0800"


def test_hazard_decimals_are_rounded_without_their_point() -> None:
    strict, safe = both(file(PatientWeight="82.5"), "00101030 @round(this,5)")

    assert strict.get_item("PatientWeight").value == b"825." and str(safe["PatientWeight"].value) == "85"


def test_hazard_a_hash_is_found_in_a_list_of_numbers() -> None:
    listed = {str(int(hashlib.md5(f"PID-{n}".encode()).hexdigest(), 16)): n for n in range(100)}

    strict, safe = both(file(), "00100020 @hash(this)")

    assert listed[strict.PatientID] == 1 and safe.PatientID not in listed


def test_hazard_a_script_is_not_obeyed_behind_the_pixels() -> None:
    source = (HERE / "inputs/phi_postpixel.dcm").read_bytes()

    strict, safe = both(source, "7FE11010 @empty()")

    assert b"Doe" in strict[0x7FE11010].value and not safe[0x7FE11010].value
    assert 0xFFFCFFFC not in safe


def test_hazard_pixels_stay_though_told_to_go() -> None:
    strict, safe = both((HERE / "inputs/phi_min.dcm").read_bytes(), "7FE00010 @remove()")

    assert "PixelData" in strict and "PixelData" not in safe


@pytest.mark.parametrize("rule", ["00081030 @keep()", "00204000 @keep()"])
def test_hazard_a_kept_text_names_the_patient(rule: str) -> None:
    strict, safe = both(file(StudyDescription="MR of Doe", ImageComments="call Jane Doe"), rule, "00100010 X")

    assert leaks(strict) and not leaks(safe)
    assert safe.StudyDescription == "MR of"


def test_hazard_a_kept_private_element_names_the_patient() -> None:
    header = dataset()
    header.private_block(0x0011, "ACME", create=True).add_new(0x01, "LO", "Doe^Jane")

    strict, safe = both(file(header), "00100010 X")

    assert leaks(strict) and not leaks(safe)


def jpeg(comment: bytes) -> Dataset:
    """An image of eight by eight pixels in JPEG Baseline, with a comment in its one frame."""
    frame = BytesIO()
    Image.new("L", (8, 8), 90).save(frame, "JPEG", comment=comment)
    header = dataset()
    header.Rows = header.Columns = header.BitsAllocated = header.BitsStored = 8
    header.HighBit, header.PixelRepresentation, header.SamplesPerPixel = 7, 0, 1
    header.PhotometricInterpretation = "MONOCHROME2"
    header.PixelData = encapsulate([frame.getvalue()])
    header["PixelData"].VR, header["PixelData"].is_undefined_length = "OB", True
    return header


def test_hazard_a_comment_in_a_compressed_frame_stays() -> None:
    strict, safe = both(file(jpeg(b"Doe^Jane"), JPEGBaseline8Bit), "00100010 X")

    assert leaks(strict) and not leaks(safe)
    assert (strict.pixel_array == safe.pixel_array).all()


def test_frames_that_cannot_be_read_stay_and_are_noted() -> None:
    header = jpeg(b"Doe^Jane")
    header.NumberOfFrames = 2

    result = outcome(file(header, JPEGBaseline8Bit), script("00100010 X"), "safe")

    assert read(result).PixelData == header.PixelData
    assert result.notes == ("7fe00010: its frames cannot be read, and may hold text beside the picture",)


def test_hazard_an_unknown_function_is_written_as_text() -> None:
    strict, safe = both(file(), "00100010 @scramble(this)")

    assert strict.PatientName == "@scramble(this)" and not safe.PatientName


def test_the_page_on_parity_lists_the_hazards_there_are() -> None:
    page = PARITY.read_text(encoding="utf-8").partition("\n## Hazards\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\|[^|]+\|[^|]+\| `(test_hazard_\w+)` \|$", page, re.M)

    assert sorted(listed) == sorted(name for name in globals() if name.startswith("test_hazard_"))
