"""The witness: finds what a bad de-identifier left, and nothing in what ours made."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID

from obia import Clean, Code, PluginCode, WitnessCheck
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS, deidentifier, original

WITNESS = IdentityWitness()


def dataset() -> Dataset:
    """An original with something of everything."""
    item = make.sequence(StudyDate="20200131", ReferencedSOPInstanceUID="1.2.3.4.5.6")
    return make.header(
        PatientName="Paracelsus^Theo=王^小东",
        InstitutionName="St. Mary Abbots",
        PatientTelephoneNumbers="+86 13800138000",
        StudyDescription="Brain of the mayor",
        ReferencedSeriesSequence=item,
    )


def leaked(leak: Callable[[Dataset], object]) -> list[Code | PluginCode]:
    """What the witness says of a clean instance into which something was put back."""
    before = original(dataset())
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    assert list(WITNESS.check_witness(before, clean)) == []
    leak(clean.header)
    return [finding.code for finding in WITNESS.check_witness(before, clean)]


def test_a_description_that_a_script_keeps_is_no_secret_and_a_name_in_it_is() -> None:
    keeping = base_script().text.replace('n="StudyDescription">@remove()', 'n="StudyDescription">@keep()')
    before = original(dataset())
    clean = CtpDeidentifier(Script.parse(keeping), "0.1.0").deidentify(before, PSEUDONYMS)

    assert clean.header.StudyDescription == "Brain of the mayor"
    assert list(WITNESS.check_witness(before, clean)) == []
    clean.header.StudyDescription = "Brain of Paracelsus"
    assert [finding.code for finding in WITNESS.check_witness(before, clean)] == [Code.NOT_CLEAN]


def test_it_is_a_witness_check() -> None:
    assert isinstance(WITNESS, WitnessCheck)


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("SoftwareVersions", "paracelsus"),
        ("SeriesDescription", "王小东"),
        ("ImageComments", "at st. mary abbots"),
        ("ProtocolName", "Brain of the Mayor"),
        ("PatientID", "PID-0815"),
        ("PatientName", "Paracelsus^Theo=王^小东"),
        ("ImageType", ["ORIGINAL", "PARACELSUS"]),
        ("StudyDate", "20200131"),
        ("StudyInstanceUID", make.uid("study")),
        ("ICCProfile", b"of Paracelsus!"),
        ("ICCProfile", b"of 1.2.3.4.5.6!"),
        ("ImageComments", "see 1.2.3.4.5.6 there"),
        ("OtherPatientIDs", "ACC-4711"),
    ],
)
def test_a_string_of_the_original_is_found(keyword: str, value: object) -> None:
    assert leaked(lambda header: setattr(header, keyword, value)) == [Code.NOT_CLEAN]


def test_a_number_of_seven_digits_is_found() -> None:
    assert leaked(lambda header: setattr(header, "InstanceNumber", "20200131")) == [Code.NOT_CLEAN]


def test_a_string_of_the_original_is_found_in_items_and_private_elements() -> None:
    def nest(header: Dataset) -> None:
        header.ReferencedSeriesSequence[0].SeriesDescription = "PARACELSUS"

    def hide(header: Dataset) -> None:
        header.private_block(0x0029, "ACME", create=True).add_new(1, "UN", "Paracelsus".encode("utf-16-le"))

    def unmoved(header: Dataset) -> None:
        header.ReferencedSeriesSequence[0].StudyDate = "20200131"

    assert leaked(nest) == leaked(hide) == leaked(unmoved) == [Code.NOT_CLEAN]


def test_a_string_of_the_original_is_found_in_file_meta() -> None:
    before = original(dataset())
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    meta = FileMetaDataset()
    meta.SourceApplicationEntityTitle = "PARACELSUS"

    findings = list(WITNESS.check_witness(before, replace(clean, meta=meta)))

    assert [finding.code for finding in findings] == [Code.NOT_CLEAN]


@pytest.mark.parametrize(
    ("uid", "codes"),
    [
        ("2.25.302211104729552211098765432109876543210", []),  # chance: of 39 digits six are somebody's number
        ("1.2.840.99.104729.1", [Code.NOT_CLEAN]),
    ],
)
def test_a_number_of_the_patient_in_a_uid_counts_where_it_is_a_whole_component(uid: str, codes: list[Code]) -> None:
    before = original(make.header(PatientID="HOSP-104729"))
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    meta = FileMetaDataset()
    meta.MediaStorageSOPInstanceUID = UID(uid)
    clean.header.FrameOfReferenceUID = uid

    findings = IdentityWitness().check_witness(before, replace(clean, meta=meta))

    assert [finding.code for finding in findings] == codes


def test_an_original_passed_off_as_clean_is_found() -> None:
    before = original(dataset())
    clean = Clean("intake", before.kind, before.meta, before.header, None)

    assert [each.code for each in WITNESS.check_witness(before, clean)] == [Code.NOT_CLEAN]


def test_a_finding_tells_no_value() -> None:
    before = original(dataset())
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    clean.header.ImageComments = "Paracelsus"

    (finding,) = WITNESS.check_witness(before, clean)

    assert finding.about == clean.uid and "aracelsus" not in repr(finding)


@pytest.mark.filterwarnings("ignore:Invalid value for VR UI")
def test_what_stands_for_a_uid_is_found_in_every_form_of_a_word() -> None:
    header = dataset()
    header.add_new("FrameOfReferenceUID", "UI", UID("HOSPITAL77"))
    before = original(header)
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    assert list(WITNESS.check_witness(before, clean)) == []

    clean.header.SoftwareVersions = "of H.O.S.P.I.T.A.L-77"

    assert [finding.code for finding in WITNESS.check_witness(before, clean)] == [Code.NOT_CLEAN]


def test_what_it_remembers_of_one_patient_it_does_not_ask_of_another() -> None:
    others = dataset()
    others.PatientName, others.StudyDescription, others.InstitutionName = (
        "Vesalius^Andreas",
        "Knee of the baker",
        "Padua",
    )
    ours, theirs = original(dataset()), original(others)
    clean = deidentifier().deidentify(ours, PSEUDONYMS)
    clean.header.SoftwareVersions = "vesalius"

    for _ in range(2):
        assert list(WITNESS.check_witness(ours, clean)) == []
        assert [finding.code for finding in WITNESS.check_witness(theirs, clean)] == [Code.NOT_CLEAN]


@pytest.mark.parametrize("charset", ["ISO_IR 100", "GB18030", "ISO_IR 192"])
def test_the_same_bytes_are_read_anew_under_another_character_set(charset: str) -> None:
    witness = IdentityWitness()
    for each in ("ISO_IR 6", "ISO_IR 144", charset):
        before = original(
            make.header(PatientName="Müller^Jörg" if each == charset else "Doe^J", SpecificCharacterSet=each)
        )
        clean = deidentifier().deidentify(before, PSEUDONYMS)
        encoding = {"ISO_IR 100": "latin-1", "GB18030": "gb18030", "ISO_IR 192": "utf-8"}[charset]
        value = "by Müller ".encode(encoding)
        clean.header._dict[BaseTag(0x00204000)] = RawDataElement(
            BaseTag(0x00204000), "LT", len(value), value, 0, False, True
        )
        codes = [finding.code for finding in witness.check_witness(before, clean)]

    assert codes == [Code.NOT_CLEAN]


def test_a_code_of_a_known_scheme_is_read_with_its_scheme_wherever_it_stands() -> None:
    def witnessed(scheme: str) -> list[Code | PluginCode]:
        before = original(make.header(PatientName="Doe^Jane", StudyID="113100"))
        clean = deidentifier().deidentify(before, PSEUDONYMS)
        clean.header.CodeValue, clean.header.CodingSchemeDesignator = "113100", scheme
        return [finding.code for finding in IdentityWitness().check_witness(before, clean)]

    assert [witnessed("DCM"), witnessed("99MINE")] == [[], [Code.NOT_CLEAN]]


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00180050, "DS", b"1380013 8000"),
        (0x00180050, "DS", b"2020-01-31"),
        (0x00180050, "DS", b"31.01.2020"),
        (0x00180050, "DS", b"1.2.3.4.5.6 "),
        (0x00180050, "DS", b"PID-0815"),
        (0x00200013, "IS", b"138-0013-8000 "),
        (0x00080032, "TM", b"31.01.2020"),
        (0x0020000E, "UI", b"Paracelsus"),
    ],
)
def test_what_is_none_of_its_vr_is_read_as_text(tag: int, vr: str, value: bytes) -> None:
    def put(header: Dataset) -> None:
        header._dict[BaseTag(tag)] = RawDataElement(BaseTag(tag), vr, len(value), value, 0, False, True)

    assert leaked(put) == [Code.NOT_CLEAN]
