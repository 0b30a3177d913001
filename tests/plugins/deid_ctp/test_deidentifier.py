"""The de-identifier: pseudonyms, UIDs, what is required, what is refused, and what it leaves alone."""

from copy import deepcopy
from dataclasses import replace

import pytest
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, CTImageStorage, ExplicitVRLittleEndian, SegmentationStorage

from obia import Code, Deidentifier, Patient, Rejected
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from obia.server.keys import Keys
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS, cleaned, data, deidentifier, of, original, reread

PSEUDONYM = PSEUDONYMS.pseudonym(Patient("PID-0815"))


def test_it_is_a_deidentifier() -> None:
    assert isinstance(deidentifier(), Deidentifier)
    assert deidentifier().name == "deid_ctp"


def test_patient_id_and_name_become_the_pseudonym() -> None:
    header = cleaned(make.header()).header

    assert header.PatientID == PSEUDONYM
    assert str(header.PatientName) == PSEUDONYM


def test_an_issuer_goes_and_leaves_the_patient_the_same() -> None:
    header = cleaned(make.header(IssuerOfPatientID="Elsewhere")).header

    assert header.PatientID == PSEUDONYM
    assert "IssuerOfPatientID" not in header


def test_a_released_uid_stays_and_the_residual_check_lets_it() -> None:
    kept = f"2.25.{7**40}"
    series = make.sequence(SeriesInstanceUID=kept)
    before = replace(original(make.header(ReferencedSeriesSequence=series)), released_uids=frozenset([kept]))
    pseudonyms = Keys(bytes(range(32))).pseudonyms("OBIA0001", released=frozenset([kept]))

    clean = deidentifier().deidentify(before, pseudonyms)

    assert clean.header.ReferencedSeriesSequence[0].SeriesInstanceUID == kept
    assert not list(IdentityWitness().check_witness(before, clean))
    assert list(IdentityWitness().check_witness(replace(before, released_uids=frozenset()), clean))


def test_its_recipe_is_that_of_its_script() -> None:
    script = base_script()
    other = replace(script, text=script.text + " ")

    assert CtpDeidentifier(script, "1").recipe == deidentifier().recipe
    assert CtpDeidentifier(other, "1").recipe != deidentifier().recipe


def test_a_missing_patient_name_is_given_the_pseudonym() -> None:
    assert str(cleaned(make.header(PatientName=None)).header.PatientName) == PSEUDONYM


def test_another_patient_told_of_in_an_item_gets_a_pseudonym_of_its_own() -> None:
    item = make.sequence(PatientID="OTHER-1", PatientName="Other^One")

    header = cleaned(make.header(ReferencedSeriesSequence=item)).header

    assert header.ReferencedSeriesSequence[0].PatientID == PSEUDONYMS.pseudonym(Patient("OTHER-1"))
    assert str(header.ReferencedSeriesSequence[0].PatientName) == PSEUDONYM


def test_one_uid_becomes_one_uid_wherever_it_stands() -> None:
    series = make.sequence(SeriesInstanceUID=make.uid("series"), StudyInstanceUID=make.uid("study"))
    dataset = make.header(ReferencedSeriesSequence=series, FrameOfReferenceUID=make.uid("series"))

    clean = cleaned(dataset)

    header, item = clean.header, clean.header.ReferencedSeriesSequence[0]
    assert header.SeriesInstanceUID == item.SeriesInstanceUID == header.FrameOfReferenceUID
    assert header.SeriesInstanceUID == PSEUDONYMS.uid(make.uid("series"))
    assert item.StudyInstanceUID == header.StudyInstanceUID
    assert clean.meta.MediaStorageSOPInstanceUID == header.SOPInstanceUID == clean.uid


def test_uids_the_standard_registers_stay() -> None:
    item = make.sequence(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID="1.2.3.4.5")
    item[0].add_new(0x0008010C, "UI", "2.16.840.1.113883.6.96")  # SNOMED CT

    header = cleaned(make.header(ReferencedImageSequence=item)).header

    kept = header.ReferencedImageSequence[0]
    assert header.SOPClassUID == kept.ReferencedSOPClassUID == CTImageStorage
    assert str(kept.CodingSchemeUID) == "2.16.840.1.113883.6.96"
    assert kept.ReferencedSOPInstanceUID == PSEUDONYMS.uid("1.2.3.4.5")


def test_file_meta_is_built_anew() -> None:
    dataset = make.header()
    dataset.file_meta.SourceApplicationEntityTitle = "HOSPITAL"
    dataset.file_meta.PrivateInformationCreatorUID = UID("1.2.3")
    dataset.file_meta.PrivateInformation = b"Doe^Jane"

    meta = cleaned(dataset).meta

    assert {element.keyword for element in meta} == {
        "MediaStorageSOPClassUID", "MediaStorageSOPInstanceUID", "TransferSyntaxUID",
        "ImplementationClassUID", "ImplementationVersionName",
    }  # fmt: skip
    assert meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert meta.ImplementationVersionName == "OBIA_0.1.0"


def test_the_original_stays_as_it_was() -> None:
    dataset = make.header(ReferencedSeriesSequence=make.sequence(PatientName="Doe^Jane", StudyDate="20200101"))
    dataset.private_block(0x0029, "ACME", create=True).add_new(1, "US", 5)
    raw, converted = original(dataset), of(dataset)
    before = {**dict(raw.header.items())}
    copies = deepcopy(converted.header), deepcopy(converted.meta)

    for each in (raw, converted):
        deidentifier().deidentify(each, PSEUDONYMS)

    assert {**dict(raw.header.items())} == before  # not even raw elements were converted
    assert all(now is then for now, then in zip(raw.header.values(), before.values(), strict=True))
    assert (converted.header, converted.meta) == copies


def test_changing_the_clean_header_changes_nothing_of_the_original() -> None:
    before = original(make.header(ReferencedSeriesSequence=make.sequence(Modality="CT")))
    clean = deidentifier().deidentify(before, PSEUDONYMS)

    clean.header.ReferencedSeriesSequence[0].Modality = "MR"
    clean.header.Modality = "MR"

    assert before.header.Modality == before.header.ReferencedSeriesSequence[0].Modality == "CT"


def test_raw_and_converted_headers_become_the_same() -> None:
    dataset = make.header(ReferencedSeriesSequence=make.sequence(StudyDate="20200101"), PatientName="王^小东")

    raw = cleaned(dataset)
    converted = deidentifier().deidentify(of(dataset), PSEUDONYMS)

    assert raw.header == converted.header


def test_cleaning_twice_keeps_the_shape() -> None:
    dataset = make.header(ReferencedSeriesSequence=make.sequence(StudyDate="20200101", OperatorsName="Doe"))
    dataset.private_block(0x0029, "ACME", create=True).add_new(1, "US", 5)

    once = cleaned(dataset)
    once.header.file_meta = once.meta
    twice = cleaned(once.header)

    assert set(twice.header.keys()) == set(once.header.keys())
    assert twice.header.PatientID == PSEUDONYMS.pseudonym(Patient(PSEUDONYM))
    assert twice.header["DeidentificationMethod"] == once.header["DeidentificationMethod"]
    assert len(twice.header.DeidentificationMethodCodeSequence) == 3


def test_a_kind_tells_no_more_than_the_clean_header() -> None:
    before = original(make.header(PatientName="Paracelsus^Theo", Manufacturer="Paracelsus & Sons"))
    before = replace(before, kind=replace(before.kind, manufacturer="Paracelsus & Sons"))

    clean = deidentifier().deidentify(before, PSEUDONYMS)

    assert clean.kind == replace(before.kind, manufacturer="")
    assert cleaned(make.header()).kind == original(make.header()).kind


def test_pixels_are_passed_on_and_what_describes_them_is_untouched() -> None:
    before = original(make.image())
    keywords = ("Rows", "Columns", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation")

    clean = deidentifier().deidentify(before, PSEUDONYMS)

    assert clean.pixels is before.pixels
    assert all(clean.header[keyword] == before.header[keyword] for keyword in keywords)


def test_a_kept_element_is_the_very_element_that_was_read() -> None:
    before = original(make.image())

    clean = deidentifier().deidentify(before, PSEUDONYMS)

    assert clean.header.get_item("Rows") is before.header.get_item("Rows")


def test_actions_are_counted() -> None:
    actions = cleaned(make.header(StudyDescription="x")).actions

    assert actions["U"] == 3 and actions["C"] == 2 and actions["X"] >= 1 and actions["K"] > 3


def test_an_element_the_dictionary_does_not_have_goes_and_one_under_a_wrong_vr_too() -> None:
    dataset = make.header(KVP="120")
    dataset.add_new(0x00189999, "LO", "unknown")
    dataset.add_new(0x00181151, "SQ", make.sequence(PatientID="1"))  # X-Ray Tube Current is IS
    dataset.add_new(0x00180060, "UN", b"120 ")  # KVP, known: as the DS it is
    dataset.add_new(0x00181210, "OB", b"B30f")  # Convolution Kernel is SH
    dataset.add_new(0x00180050, "SH", "1.25")  # Slice Thickness is DS

    header = cleaned(dataset).header

    assert 0x00189999 not in header and 0x00181151 not in header and "ConvolutionKernel" not in header
    assert header["SliceThickness"].VR == "DS" and header.SliceThickness == 1.25
    assert header["KVP"].VR == "DS" and header.KVP == 120


def test_group_lengths_and_what_belongs_to_no_header_go() -> None:
    dataset = make.header()
    for tag, vr, value in (
        (0x00080000, "UL", 5),
        (0x00041220, "SQ", []),
        (0x00000900, "US", 0),
        (0x7FE10010, "LO", "x"),
        (0x7FE00001, "OV", b"\0" * 8),
        (0x50000005, "US", 1),
        (0x60000010, "US", 1),
        (0x601E0010, "US", 1),
        (0xFFFCFFFC, "OB", b"\0\0"),
    ):
        dataset.add_new(tag, vr, value)
    dataset.ReferencedSeriesSequence = make.sequence(Rows=1)
    dataset.ReferencedSeriesSequence[0].add_new(0x60000010, "US", 1)
    dataset.ReferencedSeriesSequence[0].add_new(0x7FE00010, "OB", b"\1\2")

    header = deidentifier().deidentify(of(dataset), PSEUDONYMS).header

    assert [tag for tag in header.keys() if tag >= 0x50000000 or tag < 0x00080001] == []  # noqa: SIM118
    assert list(header.ReferencedSeriesSequence[0].keys()) == [0x00280010]


@pytest.mark.parametrize(
    ("keyword", "value", "left"),
    [
        ("InstitutionName", "St. Mary", "REMOVED"),
        ("OperatorsName", "Doe^Op", "REMOVED"),
        ("ProtocolName", "Head of Doe", "REMOVED"),
        ("ContrastBolusAgent", "Doe", "REMOVED"),
        ("StationName", "CT01", "REMOVED"),
        ("DeviceSerialNumber", "12345", "REMOVED"),
        ("AccessionNumber", "ACC-4711", ""),
        ("StudyID", "17", ""),
        ("ReferringPhysicianName", "Doe^Ref", ""),
        ("PatientSex", "F", "F"),
        ("PatientWeight", "70", "70"),
        ("EthnicGroup", "Han", "Han"),
        ("TimezoneOffsetFromUTC", "+0800", "+0800"),
        ("StudyDescription", "x", None),
        ("SeriesDescription", "x", None),
        ("PatientAddress", "x", None),
        ("Allergies", "x", None),
        ("RetrieveURL", "http://pacs.invalid/doe", None),
    ],
)
def test_the_tables_action_is_taken(keyword: str, value: str, left: str | None) -> None:
    header = cleaned(make.header(**{keyword: value})).header

    assert (str(header[keyword].value or "") if keyword in header else None) == left


def test_a_sequence_that_may_not_stay_becomes_a_dummy() -> None:
    content = make.sequence(ValueType="TEXT", TextValue="Doe, Jane has a cold")

    header = cleaned(make.header(ContentSequence=content)).header

    assert [item.TextValue for item in header.ContentSequence] == ["REMOVED"]
    assert header.ContentSequence[0].ConceptNameCodeSequence[0].CodeValue == "121106"


def test_required_elements_are_not_lost() -> None:
    segment = make.sequence(SegmentNumber=1, SegmentLabel="of Paracelsus", SegmentAlgorithmType="MANUAL")
    dataset = make.header(
        SOPClassUID=SegmentationStorage,
        PatientName="Paracelsus^Theo",
        ContentLabel="PARACELSUS",
        ManufacturerModelName="Paracelsus 3T",
        SegmentSequence=segment,
        SegmentationType="BINARY",
    )
    dataset.add_new("ContentDate", "DA", "20200131")
    dataset["ContentDate"]._value = "in May"

    header = cleaned(dataset).header

    assert header.ContentDate == "19000101"
    assert header.ContentLabel == header.ManufacturerModelName == "REMOVED"
    assert header.SegmentSequence[0].SegmentLabel == "REMOVED"
    assert header.SegmentationType == "BINARY"


def test_codes_of_known_schemes_stay() -> None:
    code = make.sequence(CodeValue="0815", CodingSchemeDesignator="DCM", CodeMeaning="Chest")
    own = make.sequence(CodeValue="0815", CodingSchemeDesignator="99HOSP", CodeMeaning="Chest")

    header = cleaned(make.header(AnatomicRegionSequence=code, ViewCodeSequence=own)).header

    assert header.AnatomicRegionSequence[0].CodeValue == "0815"
    assert header.ViewCodeSequence[0].CodeValue == "REMOVED"


def _nested(depth: int) -> Dataset:
    dataset = Dataset()
    for _ in range(depth):
        outer = Dataset()
        outer.ReferencedSeriesSequence = [dataset]
        dataset = outer
    whole = make.header()
    whole.ReferencedSeriesSequence = dataset.ReferencedSeriesSequence
    return whole


@pytest.mark.parametrize("depth", [70, 10_000])
def test_sequences_that_nest_too_deep_are_refused(depth: int) -> None:
    with pytest.raises(Rejected) as refusal:
        deidentifier().deidentify(of(_nested(depth)), PSEUDONYMS)

    assert refusal.value.code is Code.TOO_DEEP


@pytest.mark.parametrize("is_defined", [True, False])
def test_stored_sequences_that_nest_too_deep_are_refused(is_defined: bool) -> None:
    value = b""
    for _ in range(10_000):
        length = len(value).to_bytes(4, "little") if is_defined else b"\xff" * 4
        ending = b"" if is_defined else b"\xfe\xff\x0d\xe0\0\0\0\0"
        item = b"\xfe\xff\x00\xe0" + length + value + ending
        inner = len(item).to_bytes(4, "little") if is_defined else b"\xff" * 4
        value = b"\x08\0\x15\x11SQ\0\0" + inner + item + (b"" if is_defined else b"\xfe\xff\xdd\xe0\0\0\0\0")
    tag = BaseTag(0x00081115)
    content = value[12:] if is_defined else value[12:-8]
    before = original(make.header())
    before.header[tag] = RawDataElement(tag, "SQ", len(content), content, 0, False, True)

    with pytest.raises(Rejected) as refusal:
        deidentifier().deidentify(before, PSEUDONYMS)

    assert refusal.value.code is Code.TOO_DEEP


@pytest.mark.parametrize(
    ("elements", "code"),
    [
        ({"PatientID": None}, Code.NO_PATIENT_ID),
        ({"PatientID": "  "}, Code.NO_PATIENT_ID),
        ({"SOPInstanceUID": None}, Code.NO_UIDS),
        ({"SOPClassUID": None}, Code.NO_UIDS),
        ({"SOPClassUID": UID("1.2.3.4")}, Code.NO_DEIDENTIFIER),
        ({"SpecificCharacterSet": "KOI8_R"}, Code.BAD_CHARSET),
    ],
)
def test_what_cannot_be_made_clean_is_refused_without_its_values(elements: dict[str, object], code: Code) -> None:
    dataset = make.header(**elements)
    before = of(dataset)

    with pytest.raises(Rejected) as refusal:
        deidentifier().deidentify(before, PSEUDONYMS)

    assert refusal.value.code is code
    assert not [word for word in ("PID-0815", "Doe", "1.2.3.4", "KOI8") if word in refusal.value.message]


def test_a_header_without_file_meta_is_cleaned_under_its_kinds_transfer_syntax() -> None:
    before = replace(original(make.header()), meta=FileMetaDataset())

    assert deidentifier().deidentify(before, PSEUDONYMS).meta.TransferSyntaxUID == ExplicitVRLittleEndian


def test_what_is_written_can_be_read_again() -> None:
    dataset = make.header(ReferencedSeriesSequence=make.sequence(StudyDate="20200101"), PatientName="王^小东")
    clean = cleaned(dataset)
    clean.header.file_meta = clean.meta

    again = reread(make.data(clean.header))

    assert again.header == clean.header
    assert data(clean)
