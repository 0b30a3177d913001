"""Splicing: the fast way gives what the whole tree gives, byte for byte, whatever it remembers of other files."""

import struct
import warnings
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom import data as pydicom_data
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia import Rejected
from obia.plugins.deid_ctp import IntegerTable, Lookup, Outcome, Script
from obia.plugins.deid_ctp.codestreams.frames import CLEANED, clean_element
from obia.plugins.deid_ctp.dicom.elements import CHARACTER_SET
from obia.plugins.deid_ctp.engine.safe_mode import safely
from obia.plugins.deid_ctp.fastpath.header_splitter import Cut, Run, Split, Unsplit, split
from obia.plugins.deid_ctp.fastpath.result_cache import Unrecalled
from obia.plugins.deid_ctp.fastpath.splicer import Splicer
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.profile.generator import script_text
from obia.plugins.deid_ctp.profile.options import SAFE_PRIVATE, Options
from tests.plugins.deid_ctp.files import KEY, NOW, dataset, file, script
from tests.plugins.deid_ctp.oracle_cases import HERE

LOOKUP = Lookup.parse("id/PID-1=A\nid/PID-2=B\n")
SCRIPTS = (
    base_script(),
    script("00100010 X", "00100020 @hashptid(A,this)", "00080020 @incrementdate(this,@DATEINC)"),
    script("00080020 @hashdate(this,PatientID)", "00081030 @if(Modality,equals,CT){@keep()}{@empty()}"),
    script("00100010 @lookup(PatientID,id)", "0008103E @value(StudyDescription)", "00080018 @hashuid(1.2,this,SeriesDate)"),
    script("00100010 @always()@date()", "00102160 @integer(PatientID,pt,3)", "00081030 @contents(this,\"Doe\",\"X\")"),
    script("00120062 @always()YES", "00120064 113100", "00400275 @remove()", "remove.privategroups", "remove.unspecifiedelements"),
    script("00081140 @process()", "00081155 @hashuid(2.25,this)", "00100010 @if(this,exists){A}{B}", "keep.group0018"),
    script("00080032 @if(this,matches,\"1011.*\"){@keep()}{@empty()}", "00200013 @if(this,equals,1){@keep()}{@remove()}"),
    script("set.[0029,[ACME]02]P=@contents(this,\"Doe\",\"X\")", "00100010 @remove()", "keep.safeprivateelements", "remove.privategroups"),
    Script.parse(script_text(Options(frozenset([SAFE_PRIVATE]), has_numbers=True))),
)  # fmt: skip

TEXTS = st.sampled_from(["Doe", "axial", "of Jane Doe", "PID-1 on 2020-03-15", "1.2.3.4.5.6", "", "Müller", "ACC-4711"])
ELEMENTS = {
    "PatientName": st.sampled_from(["Doe^Jane", "Wu^Li", "Müller^Jörg", ""]),
    "PatientID": st.sampled_from(["PID-1", "PID-2", ""]),
    "AccessionNumber": st.sampled_from(["ACC-4711", "4711", ""]),
    "StudyDate": st.sampled_from(["20200315", "20200316", "in May", ""]),
    "AcquisitionDateTime": st.sampled_from(["20200315101112.4711", "20200315101113.250000", ""]),
    "StudyTime": st.sampled_from(["101112.250000", "10:11", "later"]),
    "Modality": st.sampled_from(["CT", "MR"]),
    "StudyDescription": TEXTS,
    "SeriesDescription": TEXTS,
    "ImageComments": TEXTS,
    "SoftwareVersions": TEXTS,
    "ProtocolName": TEXTS,
    "EthnicGroup": TEXTS,
    "SeriesInstanceUID": st.sampled_from(["1.2.3.4.5.6", "1.2.3.4.5.7"]),
    "InstanceNumber": st.sampled_from(["1", "2", "4711"]),
    "SliceLocation": st.sampled_from(["1.5", "-3", "4711"]),
    "ConvolutionKernel": st.sampled_from(["B30f", "Doe"]),
    "PatientAge": st.sampled_from(["057Y", "095Y", "old"]),
}
HEADERS = st.fixed_dictionaries({}, optional=ELEMENTS)
EXTRAS = st.fixed_dictionaries({
    "references": st.lists(st.sampled_from(["1.2.3.4", "1.2.3.4.5.6", "1.2.840.10008.1.1"]), max_size=2),
    "request": st.none() | TEXTS,
    "privates": st.none() | st.tuples(st.integers(0, 9999999), TEXTS, st.sampled_from(["ACME", "Doe", "GEMS_IDEN_01"])),
    "safe": st.none() | st.tuples(st.sampled_from(["1.2.3.4", "1.2.3.4.5.6", "4.2"]), TEXTS, st.integers(0, 9999999)),
    "charset": st.sampled_from(["ISO_IR 100", "ISO_IR 192", None, "GB18030"]),
    "syntax": st.sampled_from([ExplicitVRLittleEndian, ImplicitVRLittleEndian]),
    "pixels": st.booleans(),
    "is_undefined": st.booleans(),
})  # fmt: skip


def made(elements: dict[str, Any], extras: dict[str, object]) -> bytes:
    """A file of some elements, sequences and private elements, well formed or not."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _made(elements, extras)


def _made(elements: dict[str, Any], extras: dict[str, object]) -> bytes:
    header = dataset()
    for keyword, value in elements.items():
        setattr(header, keyword, UID(value) if keyword.endswith("UID") else value)
    if extras["charset"] is None:
        del header.SpecificCharacterSet
    else:
        header.SpecificCharacterSet = extras["charset"]
    if not str(extras["charset"]).startswith(("ISO", "GB")):
        for keyword in [each for each, value in elements.items() if not str(value).isascii()]:
            delattr(header, keyword)
    _nest(header, extras)
    if extras["pixels"]:
        header.Rows = header.Columns = 1
        header.BitsAllocated = 16
        header.add_new("PixelData", "OW", b"\1\2")
    return file(header, UID(str(extras["syntax"])))


def _nest(header: Dataset, extras: dict[str, object]) -> None:
    references = extras["references"]
    assert isinstance(references, list)
    items = []
    for uid in references:
        item = Dataset()
        item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = UID("1.2.840.10008.5.1.4.1.1.2"), UID(uid)
        items.append(item)
    header.ReferencedImageSequence = items
    header["ReferencedImageSequence"].is_undefined_length = bool(extras["is_undefined"])
    if isinstance(extras["request"], str):
        inner = Dataset()
        inner.RequestedProcedureDescription, inner.PatientName = extras["request"], "Doe^Jane"
        header.RequestAttributesSequence = [inner]
    if isinstance(extras["privates"], tuple):
        number, text, creator = extras["privates"]
        block = header.private_block(0x0029, creator, create=True)
        block.add_new(1, "UL", number)
        block.add_new(2, "LO", text)
        block.add_new(4, "UN", b"Doe^Jane")
    if isinstance(extras.get("safe"), tuple):
        _add_safe(header, *extras["safe"])  # type: ignore[misc]


def _add_safe(header: Dataset, uid: str, text: str, number: int) -> None:
    safe = header.private_block(0x0099, "NQHeader", create=True)
    for at, vr, value in ((2, "UI", uid), (5, "LT", text), (0x10, "FL", number), (0x30, "UL", number)):
        safe.add_new(at, vr, value)
    header.private_block(0x7FD1, "SIEMENS Ultrasound SC2000", create=True).add_new(0x11, "OB", text.encode() + b"\0")


def whole(source: bytes, rules: Script) -> Outcome | str:
    """What the whole tree gives, or why it refuses."""
    try:
        return safely(source, rules, NOW, LOOKUP, IntegerTable(), KEY)
    except Rejected as rejected:
        return rejected.message


def spliced(source: bytes, splicer: Splicer) -> Outcome | str | None:
    """What splicing gives, or why it refuses; None where it leaves the file to the whole tree."""
    try:
        result = splicer.splice(source, NOW, IntegerTable())
    except (Unsplit, Unrecalled):
        return None
    except Rejected as rejected:
        return rejected.message
    pixels, notes = source[result.pixels_at :], result.notes
    if result.frames is not None:
        try:
            clean = clean_element(pixels, result.frames, result.syntax)
        except Rejected:
            return None
        notes = notes if clean is pixels else tuple(sorted((*notes, CLEANED)))
        pixels = clean
    actions = {letter: result.letters.count(letter) for letter in set(result.letters)}
    return Outcome("OK", result.head + pixels, "", notes, actions)


def compare(sources: Iterable[bytes], rules: Script) -> list[bool]:
    """See that both ways agree on every file; say which were spliced."""
    splicer = Splicer(rules, KEY, LOOKUP)
    done = []
    for source in sources:
        fast = spliced(source, splicer)
        done.append(fast is not None)
        assert fast is None or fast == whole(source, rules)
    return done


@pytest.mark.parametrize("rules", SCRIPTS, ids=range(len(SCRIPTS)))
@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HEADERS, EXTRAS), min_size=1, max_size=5))
def test_both_ways_give_the_same_whatever_went_before(
    rules: Script, files: list[tuple[dict[str, str], dict[str, object]]]
) -> None:
    compare([made(*each) for each in files], rules)


@settings(max_examples=200, deadline=None)
@given(HEADERS, HEADERS, EXTRAS, st.lists(st.tuples(st.integers(132, 2000), st.integers(0, 255)), max_size=2))
def test_what_is_known_of_another_file_changes_no_piece(
    first: dict[str, str],
    second: dict[str, str],
    extras: dict[str, object],
    flips: list[tuple[int, int]],
) -> None:
    before, after = divided(made(first, extras)), bytearray(made(second, extras))
    assume(isinstance(before, Split))
    assert isinstance(before, Split)
    for place, byte in flips:
        after[place % len(after)] = byte

    assert divided(bytes(after), before) == divided(bytes(after))


def test_an_element_out_of_order_is_none_that_is_known() -> None:
    header = dataset()
    del header.SpecificCharacterSet
    source, late = file(header), b"\x08\0\x05\0CS\x0a\0ISO_IR 100"
    before = split(source)
    run = Run(late, {CHARACTER_SET: late}, CHARACTER_SET, CHARACTER_SET)
    before.runs = [*before.runs, run]  # as if the splicer had said it of a header without one: behind all others

    assert divided(source + late, before) == divided(source + late) == "unsplit"


def divided(source: bytes, before: Split | None = None) -> Split | str:
    """A file in pieces, or that it cannot be split."""
    try:
        return split(source, None, before)
    except Unsplit:
        return "unsplit"


OTHERS = st.fixed_dictionaries({}, optional={
    **{name: ELEMENTS[name] for name in ("PatientName", "AccessionNumber", "StudyDate", "SeriesDescription", "Modality")},
    "InstanceNumber": st.sampled_from(["1", "2", "4711", "40961"]),
    "SliceLocation": st.sampled_from(["1.5", "-3", "40961", "40961.5"]),
    "ImagePositionPatient": st.sampled_from(["1\\2\\3", "1\\40961\\3", "40\\961\\1"]),
    "SamplesPerPixel": st.sampled_from([1, 40961]),
    "AcquisitionTime": st.sampled_from(["101112", "101112.40961", "1011", "later"]),
    "SOPInstanceUID": st.sampled_from(["1.2.3.4.5.6", "1.2.3.4.5.7"]),
})  # fmt: skip


@pytest.mark.parametrize("rules", SCRIPTS, ids=range(len(SCRIPTS)))
@settings(max_examples=40, deadline=None)
@given(HEADERS, EXTRAS, st.lists(st.tuples(OTHERS, st.integers(0, 9999999)), min_size=2, max_size=6))
def test_both_ways_give_the_same_where_images_have_the_same_elements(
    rules: Script, elements: dict[str, str], extras: dict[str, object], others: list[tuple[dict[str, str], int]]
) -> None:
    alike: dict[str, Any] = dict.fromkeys(("PatientName", "AccessionNumber", "StudyDate", "SeriesDescription"), "")
    alike |= {"AccessionNumber": "40961", "InstanceNumber": "1", "SliceLocation": "1.5", "AcquisitionTime": "101112"}
    alike |= {"ImagePositionPatient": "1\\2\\3", "SamplesPerPixel": 1, "SOPInstanceUID": "1.2.3.4.5.8"}
    files = []
    for other, number in others:
        privates = extras["privates"]
        privates = (number, *privates[1:]) if isinstance(privates, tuple) else privates
        files.append(made({**elements, **alike, **other}, {**extras, "privates": privates}))

    compare(files, rules)


@pytest.mark.parametrize("rules", SCRIPTS[:3], ids=range(3))
def test_both_ways_give_the_same_for_real_files(rules: Script) -> None:
    folders = (Path(pydicom_data.__file__).parent / "test_files", HERE / "inputs")
    paths = [each for folder in folders for each in sorted(folder.rglob("*")) if each.is_file()]

    done = compare([each.read_bytes() for each in paths if each.stat().st_size < 1_000_000], rules)

    assert done.count(True) > len(done) / 2


def series(count: int) -> list[bytes]:
    """Images of one series."""
    return [
        file(
            dataset(
                StudyDate="20200315",
                StudyDescription="axial",
                ContentTime=f"1011{number:02}.250000",
                InstanceNumber=number,
                SOPInstanceUID=UID(f"1.2.3.{number + 1}"),
                ReferencedImageSequence=[],
            )
        )
        for number in range(count)
    ]


def test_a_series_is_spliced_and_hardly_read(monkeypatch: pytest.MonkeyPatch) -> None:
    from obia.plugins.deid_ctp.fastpath import splicer as splicing

    read: list[int] = []
    element = splicing._element

    def counted(pieces: dict[int, bytes], tag: int, *rest: Any) -> object:
        read.append(tag)
        return element(pieces, tag, *rest)

    monkeypatch.setattr(splicing, "_element", counted)

    assert all(compare(series(20), SCRIPTS[0]))

    assert len(read) < 20 * 6  # of some fifteen elements those that differ, and what they ask for


def test_another_patient_s_strings_are_not_looked_for() -> None:
    first, second = (file(PatientName=name, PatientID=name, SoftwareVersions="Doe") for name in ("Doe^Jane", "Wu^Li"))

    splicer = Splicer(base_script(), KEY, None)
    heads = [splicer.splice(source, NOW).head for source in (first, second, first, second)]

    assert [b"Doe" in head for head in heads] == [False, True, False, True]


def test_a_uid_that_stands_in_a_text_sends_the_file_the_other_way() -> None:
    splicer = Splicer(script("00080018 @hashuid(2.25,this)"), KEY, None)
    source = file(StudyDescription="see 1.2.3.4 there", SOPInstanceUID=UID("1.2.3.4"))

    with pytest.raises(Unrecalled):
        splicer.splice(source, NOW)

    assert b"see there" in (safely(source, splicer.script, NOW, None, None, KEY).data or b"")


@pytest.mark.parametrize(
    "source",
    [
        file()[132:],
        file() + b"\xfc\xff\xfc\xffOB\0\0\2\0\0\0\0\0",
        file().replace(b"LO\x06", b"L?\x06"),
        file()[:-3],
        b"",
        bytes(300),
    ],
)
def test_what_is_unusual_is_left_to_the_whole_tree(source: bytes) -> None:
    with pytest.raises((Unsplit, Unrecalled)):
        Splicer(SCRIPTS[1], KEY, None).splice(source, NOW)


def test_a_beginning_is_enough_where_the_rest_is_pixels() -> None:
    header = dataset()
    header.add_new("PixelData", "OW", bytes(100_000))
    source = file(header)

    result = Splicer(SCRIPTS[0], KEY, None).splice(source[:4096], NOW, size=len(source))

    assert result.head + source[result.pixels_at :] == whole(source, SCRIPTS[0]).data  # type: ignore[union-attr]
    with pytest.raises(Unsplit):
        Splicer(SCRIPTS[0], KEY, None).splice(source[:4096], NOW, size=len(source) - 2)


def test_of_a_beginning_that_is_too_short_more_is_read() -> None:
    header = dataset()
    header.add_new("PixelData", "OW", bytes(1000))
    source, splicer = file(header), Splicer(SCRIPTS[0], KEY, None)
    first, least = source.index(b"\x08\0\x05\0"), source.index(b"\xe0\x7f\x10\0") + 12

    for size in range(first, least):
        with pytest.raises(Cut):
            splicer.splice(source[:size], NOW, size=len(source))
    assert splicer.splice(source[:least], NOW, size=len(source)).head == splicer.splice(source, NOW).head


@pytest.mark.parametrize("sizes", [(20_000, 100, 100_000), (100_000, 20_000, 100), (100, 300_000, 100)])
def test_a_header_of_any_size_is_spliced_and_of_the_pixels_little_is_read(sizes: tuple[int, ...]) -> None:
    splicer = Splicer(SCRIPTS[0], KEY, None)
    for size in sizes:
        header = dataset()
        header.private_block(0x0029, "SIEMENS CSA HEADER", create=True).add_new(0x10, "OB", bytes(size))
        header.add_new("PixelData", "OW", bytes(1_000_000))
        source = file(header)
        if size > 1 << 18:
            with pytest.raises(Unsplit):
                splicer.begin(BytesIO(source), len(source), NOW)
            continue
        spliced, begun = splicer.begin(BytesIO(source), len(source), NOW)

        assert spliced.head + source[spliced.pixels_at :] == whole(source, SCRIPTS[0]).data  # type: ignore[union-attr]
        assert len(begun) <= 1 << 18


@pytest.mark.parametrize(
    ("rule", "first", "second"),
    [
        ("00081030 @if(Modality,equals,CT){@keep()}{@empty()}", {"Modality": "CT"}, {"Modality": "MR"}),
        ("00081030 @if(SeriesDescription,exists){A}{B}", {"SeriesDescription": "x"}, {}),
        ("00081030 @hash(SeriesInstanceUID)", {"SeriesInstanceUID": UID("1.2.9")}, {"SeriesInstanceUID": UID("1.2.8")}),
        ("0008103E @always()@value(Modality)", {"Modality": "CT"}, {"Modality": "MR"}),
        ("00081030 @hashuid(1.2,PatientID,StudyDate)", {"StudyDate": "20200101"}, {"StudyDate": "20200102"}),
    ],
)
def test_an_outcome_is_not_remembered_for_other_elements_than_it_came_from(
    rule: str, first: dict[str, object], second: dict[str, object]
) -> None:
    sources = [file(dataset(StudyDescription="axial", **each)) for each in (first, second, first)]

    assert all(compare(sources, script(rule, "00080020 @keep()")))


@pytest.mark.parametrize("rule", ["00100010 @date()", "00100010 @time()", "00080020 @value(this)@date()"])
def test_what_depends_on_the_time_is_not_remembered(rule: str) -> None:
    splicer, later = Splicer(script(rule), KEY, None), datetime(2030, 1, 1)  # noqa: DTZ001
    source = file(StudyDate="20200315")

    heads = [splicer.splice(source, now).head for now in (NOW, later)]

    assert heads[0] != heads[1] == safely(source, splicer.script, later, None, None, KEY).data


def test_what_depends_on_the_order_is_not_remembered() -> None:
    splicer = Splicer(script("00100010 @integer(PatientID,pt,3)"), KEY, None)
    heads = [splicer.splice(file(PatientID=each), NOW, table).head for each, table in ids_and_tables()]

    assert [head[-40:].count(b"002") + head.count(b"\x04\x00002 ") > 0 for head in heads] == [False, True, False]


def ids_and_tables() -> list[tuple[str, IntegerTable]]:
    """A second patient, and the first in another order."""
    one, other = IntegerTable(), IntegerTable()
    return [("PID-1", one), ("PID-2", one), ("PID-2", other)]


def with_elements(source: bytes, *elements: tuple[int, str, bytes]) -> bytes:
    """A file with elements put among its own, as they are written: some that pydicom would not write."""
    parts = split(source)
    at = parts.pixels_at - sum(map(len, parts.pieces.values()))
    pieces = dict(parts.pieces)
    for tag, vr, value in elements:
        long = struct.pack("<xxI", len(value)) if vr in ("UN", "OW", "OB") else struct.pack("<H", len(value))
        pieces[tag] = struct.pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode()) + long + value
    return source[:at] + b"".join(pieces[tag] for tag in sorted(pieces)) + source[parts.pixels_at :]


def private(text: str, creator: str = "ACME", vr: str = "LO", value: bytes = b"ab") -> bytes:
    """A file with a description and a private block."""
    owner = (0x00290010, "LO", creator.encode() + b" " * (len(creator) % 2))
    return with_elements(file(dataset(StudyDescription=text)), owner, (0x00291008, vr, value))


def uid(value: str, *elements: tuple[int, str, bytes], **more: object) -> bytes:
    """A file with a SOP instance UID, or what stands for one."""
    return with_elements(
        file(dataset(**more)), (0x00080018, "UI", value.encode() + b"\0" * (len(value) % 2)), *elements
    )


NUMERIC = '<script><e en="T" t="{}" n="X">{}</e><k en="T" t="numericprivate">x</k></script>'
UN_SEQUENCE = struct.pack("<HHI", 0xFFFE, 0xE000, 10) + struct.pack("<HHI", 0x0008, 0x0104, 2) + b"aa"
HASHED = ("00080018 @hashuid(2.25,this)",)
ORDER = ("00080032 @integer(this,k,3)", "00080050 @integer(this,k,3)")


@pytest.mark.parametrize(
    ("rules", "files"),
    [
        (
            script('00200013 @if(this,matches,"[0-9]*"){@keep()}{@quarantine()}', "00180050 @keep()"),
            [
                file(dataset(InstanceNumber=1)),
                *(file(dataset(InstanceNumber=2, SliceThickness=t)) for t in ("5", "1.5")),
            ],
        ),
        (script(*ORDER), [file(dataset(AcquisitionTime=f"10{n}", AccessionNumber=f"A{n}")) for n in range(11, 15)]),
        (script("00120062 @always()@quarantine()", "00081030 @skip()"), [file(dataset(StudyDescription="x"))]),
        (script("00081030 @if(TransferSyntaxUID,exists){A}{B}"), [file(dataset(StudyDescription="x"))]),
        (Script.parse(NUMERIC.format("0029[ACME]08", "@value(StudyDescription)")), map(private, ("aa", "bb", "aa"))),
        (Script.parse(NUMERIC.format("00291008", "@value(StudyDescription)")), map(private, ("aa", "bb", "aa"))),
        (Script.parse(NUMERIC.format("00291001", "@always()X")), [private("aa")] * 2),
        (
            script("00081030 @if(00291008,exists){A}{B}", "00291008 @keep()", "00290010 @keep()"),
            [private("x", creator, "UN", b"ABCD") for creator in ("SIEMENS CSA HEADER", "NOBODY")],
        ),
        (
            script("00081030 @if(SourceImageSequence::CodeMeaning,exists){A}{@keep()}"),
            [
                with_elements(file(dataset(**each)), (0x00082112, "UN", UN_SEQUENCE))
                for each in ({"StudyDescription": "aa"}, {"StudyDescription": "bb"}, {})
            ],
        ),
        (
            script(*HASHED, "00080050 X"),
            [uid("1.2.4711.1.5", AccessionNumber="4711", StudyDescription="scan 4711.1 good")],
        ),
        (script(*HASHED), [uid("HOSPITAL77", StudyDescription="of HOSPITAL77")]),
        (script(*HASHED), [uid("1234567890", (0x00282000, "OB", b"xx1234567890"))]),
        (script(*HASHED), [uid("1.2.ABC.Def", StudyDescription="of 1.2.abc.def")]),
        (script(*HASHED), [uid("1.2.3.4.55", (0x00291008, "DS", b"49\\46\\50\\46\\51\\46\\52\\46\\53\\53 "))]),
        (script(*HASHED), [uid("1.2.3.4.55", (0x00281201, "OW", b".1.2.3.455"))]),
        *(
            (
                base_script(),
                [
                    file(dataset(AccessionNumber=accession, **{keyword: each}))
                    for accession, each in (
                        ("A1", first),
                        ("A1", value),
                        ("A1", first),
                        (number, first),
                        (number, value),
                    )
                ],
            )
            for keyword, first, value, number in (
                ("InstanceNumber", "1", "4711250", "4711250"),
                ("SliceLocation", "1.5", "4711.25", "4711250"),
                ("ImagePositionPatient", ["1", "2", "3"], ["1", "4711250", "3"], "4711250"),
                ("ContentTime", "101112", "101112.471125", "471125"),
            )
        ),
    ],
    ids=range(19),
)
def test_both_ways_give_the_same_where_they_once_did_not(rules: Script, files: Iterable[bytes]) -> None:
    compare(files, rules)
