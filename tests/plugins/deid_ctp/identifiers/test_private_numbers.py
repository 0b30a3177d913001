"""Private elements: numbers that are nobody's stay, with their creators; all else goes."""

import struct
from collections.abc import Sequence

import pytest
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import UID, ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from tests import make
from tests.plugins.deid_ctp.originals import cleaned

GROUP = 0x0029
PLACE = 0x10


def with_private(vr: str, value: object, creator: str = "ACME MR 1.0", **elements: object) -> Dataset:
    """A header with one private element."""
    dataset = make.header(**{"PatientID": "PID-4711", "AccessionNumber": "98123456", **elements})
    dataset.private_block(GROUP, creator, create=True).add_new(PLACE, vr, value)
    return dataset


def stays(dataset: Dataset, syntax: UID = ExplicitVRLittleEndian) -> bool:
    """Whether the private element is in the clean header; its creator is there if and only if it is."""
    header = cleaned(dataset, syntax).header
    has_element = Tag(GROUP, 0x1000 + PLACE) in header
    assert (Tag(GROUP, 0x10) in header) == has_element
    return has_element


@pytest.mark.parametrize(
    ("vr", "value"),
    [
        ("US", 512),
        ("SS", -3),
        ("UL", 123456),
        ("SL", -123456),
        ("SV", -5),
        ("UV", 5),
        ("FL", 1.5),
        ("FD", 0.123456789),
        ("FD", 1e300),
        ("OF", struct.pack("<3f", 1.0, 2.5, 1000.25)),
        ("OD", struct.pack("<2d", 1.0, 2.5)),
        ("DS", "-142.123456789"),
        ("DS", "1e-5"),
        ("DS", "1e400"),
        ("IS", "12"),
        ("UL", 2**32 - 1),
        ("US", [1, 2, 3]),
        ("UL", []),
    ],
)
def test_a_number_that_is_nobodys_stays(vr: str, value: object) -> None:
    assert stays(with_private(vr, value))


@pytest.mark.parametrize(
    ("vr", "value", "why"),
    [
        ("US", 4711, "the digits of the patient ID"),
        ("IS", "4711", "the digits of the patient ID"),
        ("IS", "147112", "the digits of the patient ID inside"),
        ("DS", "12.4711", "the digits of the patient ID as fraction"),
        ("DS", "4.711e3", "the digits of the patient ID behind an exponent"),
        ("DS", ".20200131E8", "a date behind an exponent"),
        ("FD", 4711.5, "the digits of the patient ID before the point"),
        ("OF", struct.pack("<2f", 1.0, 4711.0), "the digits of the patient ID in an array"),
        ("OF", struct.pack("<300f", *range(1, 300), 4711.0), "the digits of the patient ID in a long array"),
        ("UL", 98123456, "the accession number"),
        ("UL", 20200131, "a date"),
        ("FD", 20200131.5, "a date"),
        ("DS", "20200131", "a date"),
        ("IS", ["2020", "1", "31"], "a date in three numbers"),
        ("US", [2020, 1, 31], "a date in three numbers"),
        ("UL", 700203, "the birth date in six digits"),
        ("SL", 1580465472, "seconds since 1970"),
        ("UV", 13800138000, "a phone number"),
        ("IS", "5551234", "a phone number"),
        ("FL", 5551234.0, "a phone number"),
    ],
)
def test_a_number_that_could_be_somebodys_goes(vr: str, value: object, why: str) -> None:
    assert not stays(with_private(vr, value)), why


@pytest.mark.parametrize(
    ("vr", "value"),
    [("LO", "12"), ("SH", "12"), ("UN", b"12"), ("OB", b"\1\2"), ("OW", b"\1\2"), ("OL", b"\1\2\3\4"), ("AT", 0x00100010),
     ("UI", "1.2.3"), ("DA", "20200131"), ("TM", "101112"), ("CS", "A"), ("UT", "x"), ("SQ", make.sequence(PatientID="1"))],
)  # fmt: skip
def test_what_is_no_number_goes(vr: str, value: object) -> None:
    assert not stays(with_private(vr, value))


@pytest.mark.parametrize("value", [b"DOE^JANE", b"1 of Doe", b"12,5"])
def test_a_decimal_string_that_is_none_goes(value: bytes) -> None:
    dataset = with_private("DS", "1")
    dataset[GROUP, 0x1000 + PLACE]._value = value.decode()

    assert not stays(dataset)


@pytest.mark.parametrize("codec", ["ascii", "utf-16-le"])
def test_numbers_that_spell_a_name_go(codec: str) -> None:
    letters = "PARACELSUS".encode(codec)
    numbers = list(struct.unpack(f"<{len(letters) // 2}H", letters))

    assert not stays(with_private("US", numbers, PatientName="Paracelsus^Theo"))
    assert stays(with_private("US", numbers))


def test_digits_of_a_name_are_the_patients_own_too() -> None:
    assert not stays(with_private("UL", 625199, PatientName="Doe^Jane 625199"))
    assert stays(with_private("UL", 625199))


@pytest.mark.parametrize("creator", ["ACME PID-4711", "ACME 4711", "Jane ACME", "ACME\\X", "ACME 5551234", "Doe^Jane"])
def test_a_creator_that_could_name_the_patient_goes_with_its_block(creator: str) -> None:
    assert not stays(with_private("US", 5, creator, PatientName="Doe^Jane"))


def test_a_private_element_without_a_creator_goes() -> None:
    dataset = make.header()
    dataset.add_new((GROUP, 0x1000 + PLACE), "US", 5)

    assert not stays(dataset)


def test_a_block_that_loses_all_its_elements_loses_its_creator_and_another_keeps_its_own() -> None:
    dataset = with_private("LO", "text")
    dataset.private_block(GROUP, "ACME CT 2", create=True).add_new(1, "US", 5)

    header = cleaned(dataset).header

    assert [str(element.value) for element in header if element.tag.is_private] == ["ACME CT 2", "5"]


def test_private_elements_of_items_are_judged_alike() -> None:
    item = with_private("US", 5)
    item.private_block(0x0031, "ACME", create=True).add_new(1, "LO", "Doe")
    dataset = make.header(ReferencedSeriesSequence=[item])

    kept = [element for element in cleaned(dataset).header.ReferencedSeriesSequence[0] if element.tag.is_private]

    assert [str(element.value) for element in kept] == ["ACME MR 1.0", "5"]


def test_in_implicit_vr_only_a_vr_the_private_dictionary_knows_is_trusted() -> None:
    known = make.header()
    known.private_block(0x0019, "GEMS_ACQU_01", create=True).add_new(0x02, "SL", 888)
    known.private_block(0x0019, "ACME UNHEARD OF", create=True).add_new(0x02, "SL", 888)

    header = cleaned(known, ImplicitVRLittleEndian).header

    kept = [element for element in header if element.tag.is_private]
    assert [str(element.value) for element in kept] == ["GEMS_ACQU_01", "888"]


@pytest.mark.parametrize("values", [[1, 2, 3], [4711, 2]])
def test_big_endian_numbers_are_judged_by_value(values: Sequence[int]) -> None:
    assert stays(with_private("US", list(values)), ExplicitVRBigEndian) == (4711 not in values)


def test_illegal_private_groups_go() -> None:
    dataset = make.header()
    dataset.add_new((0x0029, 0x0001), "US", 5)
    dataset.add_new((0x0029, 0x0101), "US", 5)

    assert not [element for element in cleaned(dataset).header if element.tag.is_private]
