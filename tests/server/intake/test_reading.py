"""Reading bytes of anyone."""

import os
import subprocess
import sys
import tracemalloc
from pathlib import Path
from struct import pack

import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom.data import get_testdata_file

from obia.schema.errors import Code, Rejected
from obia.schema.values import Original
from obia.server.intake.reading import demand_identity, file_digest, opened, read
from obia.server.intake.source import Limits
from tests import bad_input, make
from tests.bad_input import Case, Stage

CASES = bad_input.cases()
REFUSED = [case for case in CASES if case.stage is Stage.READING]
PARSED = [case for case in CASES if case.stage is not Stage.READING]
REAL = ("CT_small.dcm", "MR_small_implicit.dcm", "rtplan.dcm", "UN_sequence.dcm", "reportsi.dcm", "ExplVR_BigEnd.dcm")


def name(case: Case) -> str:
    return case.name


def original(path: Path, limits: Limits | None = None) -> Original:
    return read(path, "a1b2", "OBIA0001", limits or Limits())


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_reading_refuses_bad_input_with_its_code(case: Case, tmp_path: Path) -> None:
    path = case.at(tmp_path)

    with pytest.raises(Rejected) as refusal:
        original(path)

    assert refusal.value.code is case.code


@pytest.mark.parametrize("case", REFUSED, ids=name)
def test_a_refusal_names_the_intake_alone(case: Case, tmp_path: Path) -> None:
    path = case.at(tmp_path / "Doe_Jane")

    with pytest.raises(Rejected) as refusal:
        original(path)

    assert refusal.value.message.startswith("intake a1b2: ")
    assert "Doe" not in refusal.value.message
    assert refusal.value.__context__ is None


@pytest.mark.parametrize("case", PARSED, ids=name)
def test_reading_leaves_the_rest_to_those_who_come_after(case: Case, tmp_path: Path) -> None:
    assert original(case.at(tmp_path)).intake_id == "a1b2"


@pytest.mark.parametrize("file", REAL)
def test_a_header_equals_the_one_pydicom_reads(file: str) -> None:
    path = Path(str(get_testdata_file(file, download=False)))
    expected = pydicom.dcmread(path, stop_before_pixels=True)

    header = original(path).header

    assert dict(header.items()).keys() == dict(expected.items()).keys()
    assert all(header[each.tag] == each for each in expected)


@pytest.mark.parametrize("syntax", (*make.NATIVE, *make.COMPRESSED), ids=lambda syntax: syntax.keyword)
def test_pixels_are_where_reading_says(syntax: pydicom.uid.UID, tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(), syntax)
    expected = pydicom.dcmread(path)

    pixels = original(path).pixels

    assert pixels is not None
    with pixels.opener() as stream:
        element = stream.read()[pixels.offset : pixels.offset + pixels.length]
    assert element.startswith(pack(">HH" if syntax == make.BIG else "<HH", 0x7FE0, 0x0010))
    assert element.endswith(pixels.read())
    assert pixels.read().startswith(expected.PixelData)  # pydicom leaves the delimiter out


def test_a_deflated_file_becomes_explicit_little_endian(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(), make.DEFLATED)

    found = original(path)

    assert found.meta.TransferSyntaxUID == make.EXPLICIT
    assert found.kind.transfer_syntax == make.EXPLICIT


@pytest.mark.parametrize("implicit", (True, False))
def test_a_bare_dataset_says_how_it_is_written(implicit: bool, tmp_path: Path) -> None:
    path = tmp_path / "bare"
    path.write_bytes(make.bare(make.image(), implicit=implicit))

    assert original(path).meta.TransferSyntaxUID == (make.IMPLICIT if implicit else make.EXPLICIT)


def test_a_kind_says_what_an_original_is(tmp_path: Path) -> None:
    kind = original(make.file(tmp_path / "x.dcm")).kind

    assert (kind.modality, kind.manufacturer, kind.collection) == ("CT", "ACME", "OBIA0001")
    assert kind.sop_class == "1.2.840.10008.5.1.4.1.1.2"


@pytest.mark.parametrize(
    ("charset", "text"), [("GB18030", "病案号7"), ("ISO_IR 192", "病案号7"), ("ISO_IR 100", "Nº7")]
)
def test_a_patient_id_is_read_in_its_character_set(charset: str, text: str, tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", make.image(SpecificCharacterSet=charset, PatientID=text))

    assert original(path).patient.id == text


def test_patient_ids_that_cannot_be_decoded_stay_distinct(tmp_path: Path) -> None:
    whole = make.data(make.image())
    ids = set()
    for letter in (b"\xe9", b"\xe8"):
        (tmp_path / "x.dcm").write_bytes(whole.replace(b"PID-0815", b"PID-08" + letter + b"5"))
        ids.add(original(tmp_path / "x.dcm").patient.id)

    assert len(ids) == 2


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), syntax=st.sampled_from((*make.NATIVE, *make.COMPRESSED)))
def test_a_file_cut_anywhere_is_refused_or_lacks_its_pixels(cut: int, syntax: pydicom.uid.UID, tmp_path: Path) -> None:
    whole = make.data(make.image(SOPInstanceUID="2.25.1"), syntax)
    path = tmp_path / "x.dcm"
    path.write_bytes(whole[: min(cut, len(whole) - 1)])

    try:
        pixels = original(path).pixels
    except Rejected:
        return

    assert pixels is None


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(at=st.integers(0, 3000), byte=st.integers(0, 255), syntax=st.sampled_from(make.NATIVE))
def test_a_damaged_byte_raises_nothing_but_a_refusal(
    at: int, byte: int, syntax: pydicom.uid.UID, tmp_path: Path
) -> None:
    dataset = make.image(SOPInstanceUID="2.25.1", RequestAttributesSequence=make.sequence(StudyDate="20200101"))
    whole = bytearray(make.data(dataset, syntax))
    whole[at % len(whole)] = byte
    path = tmp_path / "x.dcm"
    path.write_bytes(whole)

    try:
        assert original(path).size == len(whole)
    except Rejected as refusal:
        assert refusal.message.startswith("intake a1b2: ")


def test_sequences_may_be_nested_up_to_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    head = make.data(make.image())[:-1].split(b"\x08\0\x05\0CS")[0]
    path.write_bytes(head + bad_input.deep(is_defined=True, levels=64))
    original(path)

    path.write_bytes(head + bad_input.deep(is_defined=True, levels=65))

    with pytest.raises(Rejected) as refusal:
        original(path)
    assert refusal.value.code is Code.TOO_DEEP


def test_reading_holds_no_pixels(tmp_path: Path) -> None:
    path = tmp_path / "x.dcm"
    whole = make.data(make.image())
    at = whole.index(bad_input.PIXELS)
    path.write_bytes(whole[: at + 8] + pack("<L", 512 << 20))
    os.truncate(path, at + 12 + (512 << 20))
    original(path)

    tracemalloc.start()
    found = original(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert found.pixels is not None
    assert found.pixels.value_length == 512 << 20
    assert peak < 1 << 20


def test_a_false_length_allocates_nothing(tmp_path: Path) -> None:
    cases = [case for case in REFUSED if "4 GiB" in case.name or "80 MiB" in case.name]
    paths = [case.at(tmp_path) for case in cases]

    tracemalloc.start()
    for path in paths:
        with pytest.raises(Rejected):
            original(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert len(paths) == 3
    assert peak < 1 << 20


@pytest.mark.parametrize("case", [each for each in REFUSED if each.code is Code.TOO_LARGE], ids=name)
def test_what_is_too_large_costs_little(case: Case, tmp_path: Path) -> None:
    path = case.at(tmp_path)
    program = """
import sys
from pathlib import Path
from obia.schema.errors import Rejected
from obia.server.intake.reading import read
try:
    read(Path(sys.argv[1]), "a1b2", "OBIA0001")
except Rejected:
    print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""

    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, text=True, timeout=30, check=True)

    assert int(run.stdout) < 300_000  # kB


def test_a_bomb_inflates_to_no_more_than_the_limit(tmp_path: Path) -> None:
    [bomb] = [case for case in REFUSED if case.name == "deflate bomb"]
    path = bomb.at(tmp_path)

    tracemalloc.start()
    with pytest.raises(Rejected):
        original(path, Limits(inflated=4 << 20))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 8 << 20


def test_pixels_of_a_file_that_changed_are_not_read(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm")
    pixels = original(path).pixels
    make.file(path, make.image(make.array(40, 40)))

    assert pixels is not None
    with pytest.raises(Rejected, match="changed"):
        pixels.read()


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as refusal:
        original(tmp_path)

    assert refusal.value.code is Code.UNREADABLE


@pytest.mark.parametrize(
    ("element", "code"),
    [("PatientID", Code.NO_PATIENT_ID), ("StudyInstanceUID", Code.NO_UIDS), ("SOPClassUID", Code.NO_UIDS)],
)
def test_the_intake_demands_an_identity(element: str, code: Code, tmp_path: Path) -> None:
    dataset = make.image()
    head = make.data(dataset).split(b"\x08\0\x05\0CS")[0]
    del dataset[element]
    path = tmp_path / "x.dcm"
    path.write_bytes(head + make.bare(dataset, implicit=False))

    with pytest.raises(Rejected) as refusal:
        demand_identity(original(path))

    assert refusal.value.code is code


def test_an_original_with_all_its_uids_meets_the_demand(tmp_path: Path) -> None:
    demand_identity(original(make.file(tmp_path / "x.dcm")))


def test_a_file_digest_is_of_the_bytes_or_of_the_name(tmp_path: Path) -> None:
    same = make.file(tmp_path / "a"), tmp_path / "b"
    same[1].write_bytes(same[0].read_bytes())
    gone = tmp_path / "c", tmp_path / "d"

    assert file_digest(same[0], b"k") == file_digest(same[1], b"k")
    assert file_digest(same[0], b"k") != file_digest(same[0], b"other key")
    assert file_digest(gone[0], b"k") != file_digest(gone[1], b"k")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Rejected), opened(tmp_path / "pipe"):
        pass


def nested(number: int, items: int) -> pydicom.Dataset:
    """A header with a sequence of so many items."""
    item = make.sequence(StudyDate="20200131")[0]
    return make.image(make.array(), InstanceNumber=number, ReferencedSeriesSequence=[item] * items)


@pytest.mark.parametrize("syntax", make.NATIVE[:3], ids=lambda syntax: syntax.keyword)
def test_what_two_files_have_in_common_is_one_object(syntax: pydicom.uid.UID, tmp_path: Path) -> None:
    first, second = (
        original(make.file(tmp_path / f"{number}.dcm", nested(number, 2), syntax)).header for number in (1, 2)
    )
    tags = ("PatientName", "ReferencedSeriesSequence", "InstanceNumber")

    shared = [first.get_item(each) is second.get_item(each) for each in tags]

    assert shared == [True, True, False]
    assert [header.InstanceNumber for header in (first, second)] == [1, 2]
    assert len(first.ReferencedSeriesSequence) == len(second.ReferencedSeriesSequence) == 2


def test_a_sequence_that_is_known_counts_again(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", nested(1, 40))
    original(path)

    with pytest.raises(Rejected) as refusal:
        original(path, Limits(elements=60))
    assert refusal.value.code is Code.TOO_LARGE


def test_a_sequence_that_begins_as_a_known_one_and_is_cut_is_refused(tmp_path: Path) -> None:
    path = make.file(tmp_path / "x.dcm", nested(1, 40))
    original(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.rindex(b"20200131") + 4])

    with pytest.raises(Rejected) as refusal:
        original(path)
    assert refusal.value.code is Code.TRUNCATED
