"""Attacked: what somebody found who tried to keep a patient's strings in an output, or to part the two ways."""

import struct
from pathlib import Path

import pytest
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.plugins.deid_ctp import Script, anonymize
from obia.plugins.deid_ctp import anonymizing as anonymizing_module
from obia.plugins.deid_ctp.engine.safe_mode import safely
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.profile.generator import script_text
from obia.plugins.deid_ctp.profile.options import FULL_DATES, SAFE_PRIVATE, UIDS, Options
from tests.plugins.deid_ctp.fastpath.test_splicer import compare, with_elements
from tests.plugins.deid_ctp.files import KEY, NOW, dataset, file, script

PATIENT = {
    "PatientName": "Abernathy^Zoe",
    "PatientBirthDate": "19610723",
    "AccessionNumber": "48160273",
    "SOPInstanceUID": "1.2.3.4.77.991",
    "PatientTelephoneNumbers": "+1 555-481-7733",
}
THICKNESS, INSTANCE, SERIES_UID = 0x00180050, 0x00200013, 0x0020000E


def planted(tag: int, vr: str, value: str | bytes, *more: tuple[int, str, bytes]) -> bytes:
    """A patient's file with one element as no reader would write it."""
    raw = value if isinstance(value, bytes) else value.encode()
    return with_elements(file(dataset(**PATIENT)), *more, (tag, vr, raw + b" " * (len(raw) % 2)))


def profile(*options: str, numbers: bool = False) -> Script:
    """The script of some options."""
    return Script.parse(script_text(Options(frozenset(options), numbers)))


def whole(source: bytes, rules: Script) -> bytes:
    """What the whole tree makes of a file; the fast way the same."""
    compare([source], rules)
    return safely(source, rules, NOW, None, None, KEY).data or b""


@pytest.mark.parametrize("tag", [THICKNESS, INSTANCE])
@pytest.mark.parametrize(
    "value",
    [
        "1.2.3.4.77.991", "1961-07-23", "1961.07.23", "23.07.1961", "4816-0273", "481 602 73", "+1 555-481-7733",
        "4\0008\0001\0006\0000\0002\0007\0003", "48160273.5", "48160273e", "1\\48160273", "1\\1961-07-23",
    ],
)  # fmt: skip
def test_a_number_that_is_none_does_not_stay(value: str, tag: int) -> None:
    source = planted(tag, "DS" if tag == THICKNESS else "IS", value)

    assert value.encode() in source and value.encode() not in whole(source, base_script())


@pytest.mark.parametrize("value", ["1", "-1.5", "+.5", "1.", "1e-3", " 2 ", "0.5\\0.5", ""])
def test_a_number_that_is_one_stays(value: str) -> None:
    source = planted(THICKNESS, "DS", value)

    assert source[source.index(b"\x18\0\x50\0DS") :][: 8 + len(value)] in whole(source, base_script())


@pytest.mark.parametrize(
    "value", ["Abernathy^Zoe", "1.2.840.10008.1.1\\Abernathy", "19610723", "48160273", "1.2.3 Abernathy"]
)
def test_a_uid_that_is_none_does_not_stay_where_uids_do(value: str) -> None:
    nested = (0x00990010, "LO", b"NQHeader"), (0x00991002, "UI", value.encode() + b"\0" * (len(value) % 2))

    for source in (planted(SERIES_UID, "UI", value), planted(THICKNESS, "DS", "1", *nested)):
        assert value.encode() not in whole(source, profile(UIDS, SAFE_PRIVATE)).replace(b"DA\x08\x0019610723", b"")


@pytest.mark.parametrize(
    ("tag", "vr", "value"),
    [
        (0x00080022, "DA", "48160273"),
        (0x00080022, "DA", "481.602.73"),
        (0x00189074, "DT", "555-481-7733"),
        (0x00189074, "DT", "20190817101112.48160273"),
    ],
)
def test_a_date_that_is_none_does_not_stay_where_dates_do(tag: int, vr: str, value: str) -> None:
    assert value.encode() not in whole(planted(tag, vr, value), profile(FULL_DATES))


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (INSTANCE, "IS"),
        (0x00201041, "DS"),
        (0x00080032, "TM"),
        (0x00081195, "UI"),
        (0x00080023, "DA"),
        (0x0008002A, "DT"),
    ],
)
def test_a_name_is_sought_in_every_vr_under_any_script(tag: int, vr: str) -> None:
    rules = script("00100010 @empty()")

    assert b"Abernathy" not in whole(planted(tag, vr, "Abernathy^Zoe"), rules)
    assert b"Smith" in whole(planted(tag, vr, "Smith^Ann"), rules)


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ImplicitVRLittleEndian])
def test_a_private_group_has_a_length(syntax: str) -> None:
    header = dataset(**PATIENT)
    header.add_new(0x00290010, "LO", "ACME")
    source = file(header, UID(syntax))
    said = b"UN\0\0\4\0\0\0" if syntax == ExplicitVRLittleEndian else b"\4\0\0\0"
    length = b"\x29\0\0\0" + said + struct.pack("<I", 20)

    assert compare([source.replace(b"\x29\0\x10\0", length + b"\x29\0\x10\0")], base_script()) == [True]


def test_what_stayed_under_one_creator_is_not_what_stays_under_another() -> None:
    def of(creator: str, vr: str, value: str, accession: str = "A1", name: str = "Wu^Li") -> bytes:
        header = file(dataset(AccessionNumber=accession, PatientName=name, PatientID="1"))
        values = (creator.encode(), value.encode())
        owner, number = (each + b" " * (len(each) % 2) for each in values)
        return with_elements(header, (0x20010010, "LO", owner), (0x20011002, vr, number))

    rules = script("00080050 @empty()", "00100010 @empty()", "keep.group2001")
    known, unknown = "Philips Imaging DD 001", "Philips Imaging DD 999"
    compare([of(known, "IS", "720912"), of(known, "UN", "15"), of(unknown, "UN", "15")], rules)
    for last in ("4711", "Doe^Jane"):
        strangers = [of(known, "IS", "15"), of(known, "UN", last), of(unknown, "UN", "15", "4711", "Doe^Jane")]
        compare([*strangers, of(unknown, "UN", last, "4711", "Doe^Jane")], rules)


def test_a_file_that_grows_while_it_is_read_is_not_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    header = dataset(**PATIENT)
    header.add_new("PixelData", "OW", b"\1\2" * 50)
    source = file(header)
    path = tmp_path / "growing.dcm"
    path.write_bytes(source + b"\xfc\xff\xfc\xffOB\0\0\x10\0\0\0Abernathy secret")
    monkeypatch.setattr(anonymizing_module, "_size", lambda _: len(source))

    made = anonymize(path, base_script(), key=KEY, now=NOW)

    assert (made.status, made.reason) == ("QUARANTINE", "it changed while it was read")


def meta(source: bytes) -> tuple[bytes, bytes]:
    """File meta behind its group length, and what follows it."""
    end = 144 + int.from_bytes(source[140:144], "little")
    return source[144:end], source[end:]


def with_meta(meta: bytes, body: bytes, more: int = 0) -> bytes:
    """A file of these, and of a group length that may be wrong."""
    return bytes(128) + b"DICM\2\0\0\0UL\4\0" + struct.pack("<I", len(meta) + more) + meta + body


def test_file_meta_is_read_on_the_fast_way_too() -> None:
    said, body = meta(file(dataset(**PATIENT)))
    syntax = b"\2\0\x10\0UI\x14\0001.2.840.10008.1.2.1\0"
    twice = said.replace(syntax, syntax + b"\2\0\x10\0UI\x16\0001.2.840.10008.1.2.4.50")
    hidden = b"\2\0\1\0OB\0\0" + struct.pack("<I", len(syntax)) + syntax.replace(b"1.2.1\0", b"1.2\0\0\0")

    for source in (
        with_meta(twice, body), with_meta(hidden + said.partition(b"\2\0\2\0UI")[2], body), with_meta(said, body, 18),
        with_meta(said, body, -4), with_meta(said.replace(b"\2\0\x12\0UI", b"\2\0\x12\0U?"), body),
    ):  # fmt: skip
        assert compare([source], base_script()) == [False]


@pytest.mark.parametrize("size", [4, 6, 7])
@pytest.mark.parametrize("vr", ["FL", "FD", "OF", "UL"])
def test_numbers_of_an_odd_size_are_judged_whatever_went_before(vr: str, size: int) -> None:
    def of(value: bytes) -> bytes:
        return with_elements(file(dataset()), (0x00290010, "LO", b"ACME"), (0x00291001, vr, value))

    compare([of(bytes(8)), of(struct.pack("<f", 1) * 2), of(b"\1\2\3\4\5\6\7"[:size])], base_script())


@pytest.mark.parametrize("head", [b"O?\0\0", b"LO\0\0", b"UN\0\0", b"SQ\0\0"])
def test_the_pixels_are_of_a_vr_of_pixels(head: bytes) -> None:
    source = file(dataset(**PATIENT)) + b"\xe0\x7f\x10\0" + head + struct.pack("<I", 8) + bytes(8)

    assert compare([source], base_script()) == [False]


def test_an_item_longer_than_its_sequence_goes_the_other_way() -> None:
    item = b"\xfe\xff\0\xe0" + struct.pack("<I", 40) + b"\x08\0\x50\x11UI\6\x001.2.3\0"

    compare([with_elements(file(dataset(**PATIENT)), (0x00081140, "SQ", item))], base_script())


def test_a_private_uid_that_became_another_is_sought_elsewhere() -> None:
    safe = (0x00990010, "LO", b"NQHeader"), (0x00991002, "UI", b"1.2.3.4.66.993")
    source = planted(0x0008103E, "LO", "see 1.2.3.4.66.993 there", *safe)

    assert b"66.993" not in whole(source, profile(SAFE_PRIVATE, "clean_descriptors"))
