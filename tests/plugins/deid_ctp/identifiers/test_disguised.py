"""Identity in disguise: numbers, days and names written otherwise than where they come from; the cleaner and the
witness find each by themselves."""

import struct
from dataclasses import dataclass, field

import pytest
from pydicom import Dataset
from pydicom.config import IGNORE
from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian

from obia import Code
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS, cleaned, deidentifier, original

MRN = "1739184620"
NAME = "Zqxabcde^Q"


@dataclass(frozen=True, slots=True)
class Disguise:
    """One value that tells of the patient, where it stands, and what the patient's own elements say."""

    keyword: str | int
    value: object
    vr: str = ""
    own: dict[str, object] = field(default_factory=dict)

    @property
    def tag(self) -> int:
        """Where it stands."""
        number = tag_for_keyword(self.keyword) if isinstance(self.keyword, str) else self.keyword
        assert number is not None
        return number

    def element(self) -> DataElement:
        """The element, whatever its VR says of such a value."""
        return DataElement(Tag(self.tag), self.vr or dictionary_VR(self.tag), self.value, validation_mode=IGNORE)

    def dataset(self) -> Dataset:
        """An original that holds it."""
        own = {"PatientID": MRN, "PatientName": NAME, "PatientBirthDate": "19530412", "StudyDate": "20190823"}
        dataset = make.header(**{**own, **self.own})
        dataset.add(self.element())
        return dataset


def _bytes(text: str, codec: str = "ascii") -> bytes:
    return make.padded(text.encode(codec))


def _packed(code: str, text: str = "zqxabcde") -> list[int | float]:
    value = text.encode("ascii")
    return list(struct.unpack(f"<{len(value) // struct.calcsize(code)}{code}", value))


NUMBERS = [
    Disguise("InstanceNumber", f"+{MRN}"),
    Disguise("InstanceNumber", f"-{MRN}"),
    Disguise("SeriesNumber", f"{MRN}.0", "IS"),
    Disguise("AcquisitionNumber", f"0{MRN}"),
    Disguise("SeriesNumber", f"{MRN}0001"),
    Disguise("SeriesNumber", "739186", own={"PatientID": "739186"}),
    Disguise("SeriesNumber", "73918", own={"PatientID": "HOSP-73918"}),
    Disguise("SliceThickness", f"{MRN}.0"),
    Disguise("SliceThickness", "1.739184620e9"),
    Disguise("SliceThickness", "173918.462"),
    Disguise("ReferencedFrameNumber", ["17391", "84620"]),
    Disguise("TemporalPositionIndex", int(MRN)),
    Disguise("TemporalPositionIndex", 739186, own={"PatientID": "739186"}),
    Disguise("ReferencePixelX0", -int(MRN)),
    Disguise("SelectorSVValue", int(MRN)),
    Disguise("SelectorUVValue", int(MRN)),
    Disguise("AcquisitionDuration", float(MRN)),
    Disguise("AcquisitionDuration", 739185.0, own={"PatientID": "739185"}),
    Disguise("SelectorFLValue", 739185.0, own={"PatientID": "739185"}),
    Disguise("SelectorATValue", Tag(int(MRN))),
    Disguise("TagAngleFirstAxis", 173918.462),
    Disguise("LossyImageCompressionRatio", f"+{MRN}"),  # seven digits count among pixels too
]  # fmt: skip

TEXTS = [
    Disguise("SequenceName", "173-918-4620"),
    Disguise("SequenceName", "17 39 18 46 20"),
    Disguise("SequenceName", "(173)918/4620"),
    Disguise("SequenceName", "138-1234-5678", own={"PatientTelephoneNumbers": "13812345678"}),
    Disguise("SequenceName", "138 12345678", own={"PatientTelephoneNumbers": "+8613812345678"}),
    *(
        Disguise("AcquisitionProtocolName", text)
        for text in (
            "12.04.1953", "1953-4-12", "12Apr1953", "12 April 1953", "April 12th, 1953", "1953年4月12日", "4/12/1953",
            "1953-Apr-12", "530412", "120453", "23.08.2019", "2019-8-23", "8/23/2019", "23-AUG-19", "190823", "23.08.19",
        )
    ),
    Disguise("AcquisitionProtocolName", "for ＺＱＸＡＢＣＤＥ"),
    Disguise("AcquisitionProtocolName", "of １７３９１８４６２０"),
    Disguise("AcquisitionProtocolName", "zqx\u200babcde"),
    Disguise("AcquisitionProtocolName", "MULLER", own={"PatientName": "Müller^J"}),
    Disguise("AcquisitionProtocolName", "Mueller", own={"PatientName": "Müller^J"}),
    Disguise("AcquisitionProtocolName", "Müller", own={"PatientName": "Mueller^J"}),
    Disguise("AcquisitionProtocolName", "Mu\u0308ller", own={"PatientName": "Müller^J"}),
    Disguise("AcquisitionProtocolName", "Müller", own={"PatientName": "Mu\u0308ller^J"}),
    Disguise("AcquisitionProtocolName", "Lukasz", own={"PatientName": "X^Łukasz"}),
    *(
        Disguise("AcquisitionProtocolName", text, own={"PatientName": name})
        for name, text in (
            ("王伟", "王 伟"), ("王伟", "王\u3000伟"), ("王^伟", "王·伟"), ("欧阳^晓梅", "欧 阳 晓 梅"), ("김^희중", "김 희 중"),
            ("阿卜杜拉·买买提", "阿卜杜拉买买提"), ("Li^Na", "Li, Na"), ("Li^Na", "LI-NA"), ("Li^Na", "Na.Li"), ("Wu^Xi", "Wu/Xi"),
            ("D'Angrovelli^Pia", "DAngrovelli"), ("D'Angrovelli^Pia", "D\u2019Angrovelli"), ("D'Angrovelli^Pia", "Angrovelli"),
            ("O'Zaquinn^A", "OZAQUINN"), ("Quassel_Ida", "Quassel"), ("Quassel|Ida", "Ida+Quassel"), ("Zubrowka^A", "Z.u.b.r.o.w.k.a"),
            ("Zubrowka^A", "Zubro-wka"), ("Zorquanta^A", "Zorq\\uanta"),
        )
    ),
    *(
        Disguise("AcquisitionProtocolName", text, own={"PatientID": number})
        for number, text in (
            ("A7F9B2C4", "A7F9-B2C4"), ("123456", "12-34-56"), ("4471902836", "4471|902836"), ("4471902836", "4471;902836"),
            ("4471902836", "4471\u2212902836"), ("4471902836", "4471·902836"), ("4471902836", "44719'02836"),
        )
    ),
    *(
        Disguise("AcquisitionProtocolName", text, own={"PatientBirthDate": day})
        for day, text in (
            ("19840731", "31.7.84"), ("19570819", "8/19/57"), ("19570819", "19.8.57"), ("19840731", "84年7月31日"),
            ("19840731", "1984-07"), ("19840731", "31|07|1984"),
        )
    ),
    Disguise("TimeOfGainCalibration", "ZQXABCDE"),
    Disguise("StudyTime", MRN),
]  # fmt: skip

BYTES = [
    Disguise("SelectorUSValue", [ord(each) for each in "ZQXABCDE"], "US"),
    Disguise("SelectorULValue", [ord(each) for each in "ZQXABCDE"], "UL"),
    Disguise("SelectorISValue", [str(ord(each)) for each in "ZQXABCDE"], "IS"),
    Disguise("SelectorDSValue", [f"{ord(each)}.0" for each in "ZQXABCDE"], "DS"),
    Disguise("SelectorFDValue", [float(ord(each)) for each in "ZQXABCDE"], "FD"),
    Disguise("ICCProfile", _bytes("zqxabcde", "utf-16-be"), "OB"),
    Disguise("ICCProfile", _bytes("zqxabcde", "utf-32-le"), "OB"),
    Disguise("ICCProfile", _bytes("zqxabcde", "utf-32-be"), "OB"),
    Disguise("ICCProfile", _bytes("ZQMÜLLERÖ", "latin-1"), "OB", {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "ZQMÜLLERÖ^J"}),
    Disguise("ICCProfile", _bytes("Zqmüllerö", "latin-1"), "OB", {"SpecificCharacterSet": "ISO_IR 100", "PatientName": "ZQMÜLLERÖ^J"}),
    Disguise("ICCProfile", _bytes("1953-04-12"), "OB"),
]  # fmt: skip

PACKED = [
    Disguise("RedPaletteColorLookupTableDescriptor", _packed("H"), "US"),
    Disguise("RedPaletteColorLookupTableData", _bytes("zqxabcde"), "OW"),
    Disguise("TemporalPositionIndex", _packed("I"), "UL"),
    Disguise("TemporalPositionIndex", [int.from_bytes(b"zqxa", "big"), int.from_bytes(b"bcde", "big")], "UL"),
    Disguise("AcquisitionDuration", _packed("d"), "FD"),
    Disguise("PointCoordinatesData", _bytes("of zqxabcde."), "OF"),
    Disguise("LongPrimitivePointIndexList", _bytes("zqxabcde"), "OL"),
    Disguise("FrameIncrementPointer", [Tag(struct.unpack("<HH", each)) for each in (b"zqxa", b"bcde")], "AT"),
]  # fmt: skip

DISGUISES = [*NUMBERS, *TEXTS, *BYTES, *PACKED]


def names(disguises: list[Disguise]) -> list[str]:
    """What a test is called by."""
    return [f"{each.keyword}-{str(each.value)[:24]}" for each in disguises]


def is_still_there(disguise: Disguise, syntax: UID) -> bool:
    """Whether the clean header holds it as it was."""
    dataset = disguise.dataset()
    before, after = dataset.get(disguise.tag), cleaned(dataset, syntax).header.get(disguise.tag)
    return after is not None and bool(after.value == before.value)


@pytest.mark.parametrize("disguise", DISGUISES, ids=names(DISGUISES))
def test_the_cleaner_empties_what_tells_of_the_patient_in_disguise(disguise: Disguise) -> None:
    assert not is_still_there(disguise, ExplicitVRLittleEndian)


@pytest.mark.parametrize("disguise", DISGUISES[: -len(PACKED)], ids=names(DISGUISES[: -len(PACKED)]))
def test_the_cleaner_does_so_in_big_endian_too(disguise: Disguise) -> None:
    assert not is_still_there(disguise, ExplicitVRBigEndian)


@pytest.mark.parametrize("disguise", DISGUISES, ids=names(DISGUISES))
def test_the_witness_finds_what_tells_of_the_patient_in_disguise(disguise: Disguise) -> None:
    before = original(disguise.dataset())
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    assert not list(IdentityWitness().check_witness(before, clean))

    clean.header.add(disguise.element())

    assert [each.code for each in IdentityWitness().check_witness(before, clean)] == [Code.NOT_CLEAN]


def test_a_fraction_of_a_second_that_is_the_patients_number_goes() -> None:
    dataset = make.header(
        PatientID="739184", AcquisitionDateTime="20180101101112.739184", AcquisitionTime="101112.739184"
    )
    before = original(dataset)
    clean = deidentifier().deidentify(before, PSEUDONYMS)

    assert "739184" not in clean.header.AcquisitionDateTime and not clean.header.AcquisitionTime
    clean.header.AcquisitionDateTime = "20180101101112.739184"
    assert list(IdentityWitness().check_witness(before, clean))


def _coded(value: str, scheme: str) -> Dataset:
    code = make.sequence(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning="x")
    return make.header(PatientName="Zqxabcde^Min", AnatomicRegionSequence=code)


@pytest.mark.parametrize(
    ("value", "scheme", "stays"),
    [
        ("ZQXABCDE", "DCM", False),
        ("T-MIN", "SCT", False),
        ("{min}", "UCUM", False),
        ("zqxabcde", "UCUM", False),
        ("min", "UCUM", True),
        ("mm", "UCUM", True),
        ("T-28000", "SRT", True),
        ("121106", "DCM", True),
    ],
)
def test_a_code_of_a_known_scheme_stays_unless_its_words_are_a_name(value: str, scheme: str, stays: bool) -> None:
    before = original(_coded(value, scheme))
    clean = deidentifier().deidentify(before, PSEUDONYMS)
    item = clean.header.AnatomicRegionSequence[0]

    assert (item.CodeValue == value) == stays
    item.CodeValue = value
    assert (not list(IdentityWitness().check_witness(before, clean))) == stays


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("InstanceNumber", "12345"),
        ("SeriesNumber", "739187"),
        ("SliceThickness", "1.739184"),
        ("ExposureTime", "17391"),
        ("Rows", 512),
        ("AcquisitionTime", "235960.123456"),
        ("AcquisitionTime", "10:11:12"),
        ("SequenceName", "17-39 18"),
        ("SequenceName", "2.10.2019"),
        ("AcquisitionProtocolName", "Mullerian duct"),
        ("AcquisitionProtocolName", "May 12"),
        ("PatientSpeciesDescription", "Mus musculus"),
    ],
)
def test_what_only_looks_alike_stays(keyword: str, value: object) -> None:
    dataset = Disguise(keyword, value, own={"PatientName": "Meyer^Q"}).dataset()

    assert str(cleaned(dataset).header[keyword].value) == str(value)


def test_a_number_of_five_digits_among_pixels_and_any_in_their_tables_stays() -> None:
    dataset = make.header(PatientID="HOSP-51200", Rows=51200)
    dataset.add_new("RedPaletteColorLookupTableDescriptor", "US", [256, 51200, 16])

    header = cleaned(dataset).header

    assert header.Rows == 51200 and list(header.RedPaletteColorLookupTableDescriptor) == [256, 51200, 16]


@pytest.mark.parametrize(
    "keyword",
    ["PatientBirthDateInAlternativeCalendar", "PatientDeathDateInAlternativeCalendar", "PlacerOrderNumberProcedure",
     "FillerOrderNumberImagingServiceRequestRetired", "HL7InstanceIdentifier", "DocumentTitle", "DeviceID", "TextValue",
     "FileAccessURI", "StoredInstanceBaseURI", "FilenameInContainer", "UniformResourceLocatorTrial", "NTPSourceAddress",
     "OwnerID", "RadiationMachineName", "CodingSchemeURL", "ReportingPriority", "StrainStockNumber"],
)  # fmt: skip
def test_what_identifies_goes_though_the_table_does_not_name_it(keyword: str) -> None:
    header = cleaned(Disguise(keyword, "urn:unheard").dataset()).header

    assert not header.get(keyword)


def _private(*elements: tuple[str, object]) -> Dataset:
    dataset = make.header(PatientID="1739184626", PatientName=NAME, PatientBirthDate="19530412", StudyDate="20190823")
    block = dataset.private_block(0x0031, "ACME NUMBERS", create=True)
    for place, (vr, value) in enumerate(elements):
        block.add_new(place, vr, value)
    return dataset


@pytest.mark.parametrize(
    "elements",
    [
        [("US", [12, 4, 1953])],
        [("US", [30, 11, 1987])],
        [("IS", ["4", "12", "1953"])],
        [("US", [1953, 412])],
        [("IS", ["195304", "12"])],
        [("UL", 190823)],
        [("IS", "195304")],
        [("UL", 41253)],
        [("IS", ["17391", "84626"])],
        [("UL", [17391, 84626])],
        [("FD", 173918.4626)],
        [("DS", "173918.4626")],
        [("US", [ord(each) for each in "ZQXABCDE"])],
        [("UL", [ord(each) for each in "ZQXABCDE"])],
        [("IS", [str(ord(each)) for each in "ZQXABCDE"])],
        [("FL", [float(ord(each)) for each in "ZQXABCDE"])],
        [("UL", [int.from_bytes(b"ZQXA", "big"), int.from_bytes(b"BCDE", "big")])],
        [("US", 1953), ("US", 4), ("US", 12)],
        [("UL", 17391), ("IS", "84626")],
    ],
    ids=str,
)
def test_private_numbers_that_are_the_patients_in_parts_go(elements: list[tuple[str, object]]) -> None:
    kept = [element for element in cleaned(_private(*elements)).header if element.tag.is_private]

    assert not kept


@pytest.mark.parametrize("numbers", [[16, 12, 2048], [1, 1, 2000], [17391, 84627], [65, 66, 67, 68, 69]])
def test_private_numbers_that_only_look_alike_stay(numbers: list[int]) -> None:
    assert [element for element in cleaned(_private(("UL", numbers))).header if element.tag.is_private]
