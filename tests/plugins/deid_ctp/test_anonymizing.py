"""Anonymizing: whatever it is given, it gives an outcome."""

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydicom import Dataset

from obia import Code, ObiaError
from obia.plugins.deid_ctp import Script, anonymize
from obia.plugins.deid_ctp.dicom.charsets import DEFAULT
from obia.plugins.deid_ctp.dicom.reader import read as read_file
from obia.plugins.deid_ctp.dicom.writer import write
from obia.plugins.deid_ctp.language.ctp_charsets import ctp_charset, latin_1
from obia.plugins.deid_ctp.language.functions import FUNCTIONS
from tests import make
from tests.plugins.deid_ctp.files import KEY, NOW, Mode, dataset, file, outcome, read, script
from tests.plugins.deid_ctp.oracle_cases import HERE, flat

INPUTS = sorted((HERE / "inputs").glob("*.dcm"))
ARGUMENTS = (
    "this", "PatientName", "root:PatientID", "00081140", "RefImageSeq::RefSOPInstanceUID", "NoSuch", "", "A::B", "5", "-1",
    "0009[GEMS_IDEN_01]02", "7fe00010", "60003000", "@DATEINC", "$NOBODY", '"(x+x+)+y"', '"[^a]*"', '"$1"', "exists", "matches",
    "greaterthan", "isblank", "contains", "default", "99999999999999999999", "*", '"', "'", "\\", "(", ")", "é王", "\0",
)  # fmt: skip
calls = st.builds(
    lambda name, arguments, clauses: f"@{name}({','.join(arguments)})" + "".join(f"{{{clause}}}" for clause in clauses),
    st.sampled_from([*FUNCTIONS, "keep", "remove", "empty", "blank", "unknown", ""]),
    st.lists(st.sampled_from(ARGUMENTS), max_size=4),
    st.lists(st.sampled_from(["@hash(this)", "x", "@process()", "@if(this,exists){a}{b}", "{", "\\}"]), max_size=2),
)
expressions = st.lists(st.one_of(calls, st.text(max_size=4)), max_size=3).map("".join)
TAGS = ("0010,0010", "0010,0020", "0008,0020", "0008,002a", "0008,1140", "0011,1006", "0040,a730", "0028,0010", "6000,3000",
        "0008,0005", "0012,0064", "7fe0,0010", "0018,1310", "0009,1127")  # fmt: skip


def escaped(text: str) -> str:
    """A text as a value of .properties."""
    return "".join(
        c if c.isascii() and c.isprintable() and c != "\\" else f"\\u{ord(c):04x}" for c in text if ord(c) < 0x10000
    )


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    rules=st.dictionaries(st.sampled_from(TAGS), expressions, max_size=4),
    globals_=st.sets(
        st.sampled_from(["remove.privategroups", "remove.unspecifiedelements", "remove.overlays", "keep.group10"])
    ),
    source=st.sampled_from(INPUTS),
    flips=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=5),
    mode=st.sampled_from(["strict", "safe"]),
)
def test_any_script_on_any_bytes_gives_an_outcome(
    rules: dict[str, str], globals_: set[str], source: Path, flips: list[tuple[float, int]], mode: Mode
) -> None:
    text = "\n".join(
        [f"set.[{tag}]X={escaped(rule)}" for tag, rule in rules.items()] + [f"{name}=" for name in globals_]
    )
    data = bytearray(source.read_bytes())
    for place, value in flips:
        data[int(place * len(data))] = value

    result = anonymize(bytes(data), Script.parse(text), mode=mode, now=NOW, key=KEY)

    assert result.status in ("OK", "SKIP", "QUARANTINE")
    assert (result.data is not None) == (result.status == "OK")


@given(st.text(max_size=200))
def test_any_text_is_a_script_or_refused(text: str) -> None:
    try:
        Script.parse(text)
    except ObiaError as refusal:
        assert refusal.code is Code.BAD_SCRIPT


@pytest.mark.parametrize("mode", ["strict", "safe"])
@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.name)
def test_a_file_cut_short_anywhere_is_no_accident(source: Path, mode: Mode) -> None:
    whole, chance = source.read_bytes(), random.Random(source.name)

    statuses = {
        anonymize(whole[: chance.randrange(len(whole))], script("00100010 X"), mode=mode, now=NOW, key=KEY).status
        for _ in range(12)
    }

    assert statuses <= {"OK", "QUARANTINE"}


@pytest.mark.parametrize(
    "data", [b"", b"\0" * 132, b"DICM", b"\0" * 128 + b"DICM", b"\2\0", b"\x08\0", b"hello, world" * 99]
)
def test_what_is_no_dicom_file_is_quarantined(data: bytes) -> None:
    assert outcome(data, script("00100010 X"), "safe").status == "QUARANTINE"


def test_a_file_that_is_not_there_is_quarantined(tmp_path: Path) -> None:
    assert anonymize(tmp_path / "nobody.dcm", script("00100010 X")).status == "QUARANTINE"


def test_ten_thousand_sequences_within_each_other_are_quarantined() -> None:
    depth = 10_000
    opening = bytes.fromhex("0800401153510000ffffffff") + bytes.fromhex("feff00e0ffffffff")
    closing = bytes.fromhex("feff0de000000000") + bytes.fromhex("feffdde000000000")
    whole = file()
    at = whole.index(b"\x10\x00\x10\x00PN")

    source = whole[:at] + opening * depth + closing * depth + whole[at:]

    assert {outcome(source, script("00100010 X"), mode).status for mode in ("strict", "safe")} == {"QUARANTINE"}


@pytest.mark.parametrize("source", INPUTS, ids=lambda path: path.name)
def test_what_is_read_is_written_as_it_was(source: Path) -> None:
    whole = source.read_bytes()

    original = read_file(whole, lambda value: ctp_charset(value) or latin_1(), DEFAULT)
    written = write(original, original.root, original.tail)

    before, after = flat(whole), flat(written)
    assert {path: value for path, value in after.items() if path[:4] != "0002"} == {
        path: value for path, value in before.items() if path[:4] != "0002"
    }


names = st.text(st.sampled_from("ABCxyz ^-"), min_size=1, max_size=12).filter(lambda text: text.strip(" ^") == text)


@settings(max_examples=40, deadline=None)
@given(names=st.lists(names, min_size=1, max_size=4))
def test_no_name_is_left_at_any_depth(names: list[str]) -> None:
    header = dataset(PatientName="Q")
    inner: Dataset = header
    for name in names:
        (item,) = make.sequence(PatientName=f"Secret{name}")
        inner.ReferencedStudySequence = [item]
        inner = item

    made = outcome(file(header), script("00100010 @empty()"), "safe")

    assert made.data is not None and b"Secret" not in made.data


@pytest.mark.parametrize("key", [b"a", b"b"])
def test_a_value_hashes_alike_wherever_it_stands(key: bytes) -> None:
    source = file(RequestAttributesSequence=make.sequence(PatientID="PID-1"), OtherPatientIDs="PID-1")

    made = read(anonymize(source, script("00100020 @hash(this)", "00101000 @hash(this)"), key=key))

    assert made.PatientID == made.OtherPatientIDs == made.RequestAttributesSequence[0].PatientID


def test_the_import_of_the_package_costs_nothing() -> None:
    asked = "import obia.plugins.deid_ctp, sys; print([name for name in ('pydicom', 'regex', 'numpy') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("size", [2, 70_000, 300_001 * 2])
@pytest.mark.parametrize("mode", ["strict", "safe"])
def test_a_file_becomes_the_same_from_its_path_and_from_its_bytes(tmp_path: Path, size: int, mode: Mode) -> None:
    header = dataset(InstanceNumber=1)
    header.add_new("PixelData", "OW", random.Random(size).randbytes(size))
    source = file(header)
    (tmp_path / "a.dcm").write_bytes(source)
    rules = script("00100010 @remove()", "00080018 @hashuid(2.25,this)")

    from_path, from_bytes = (
        anonymize(each, rules, mode=mode, now=NOW, key=KEY) for each in (tmp_path / "a.dcm", source)
    )

    assert from_path == from_bytes
    assert from_path.data is not None
    assert from_path.data.endswith(source[-size:])


def test_a_file_that_becomes_shorter_while_it_is_read_is_quarantined(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    header = dataset(InstanceNumber=1)
    header.add_new("PixelData", "OW", bytes(200_000))
    (tmp_path / "a.dcm").write_bytes(file(header)[:-2])
    monkeypatch.setattr("obia.plugins.deid_ctp.anonymizing._size", lambda _: len(file(header)))

    made = anonymize(tmp_path / "a.dcm", script("00100010 @remove()"), now=NOW, key=KEY)

    assert (made.status, made.reason) == ("QUARANTINE", "it changed while it was read")
