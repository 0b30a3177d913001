"""Moulds: images that differ in UIDs and in numbers alone are cast from known ones, and give what the whole tree gives."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia.plugins.deid_ctp import Script
from obia.plugins.deid_ctp.dicom.charsets import DEFAULT
from obia.plugins.deid_ctp.dicom.elements import Item
from obia.plugins.deid_ctp.fastpath.splicer import Splicer
from obia.plugins.deid_ctp.fastpath.walker import Walk
from obia.plugins.deid_ctp.identifiers.retained_values import clears, searched
from obia.plugins.deid_ctp.identifiers.search import Identity
from obia.plugins.deid_ctp.plugin import base_script
from tests.plugins.deid_ctp.fastpath.test_splicer import compare, with_elements
from tests.plugins.deid_ctp.files import KEY, NOW, dataset, file, script

SCRIPTS = (
    base_script(),
    script("00080018 @hashuid(2.25,this)", "00081155 @hashuid(@UIDROOT,this)", "00100010 @remove()"),
    script("00080018 @hashuid(2.25,this)", "00081155 @if(this,contains,40961){@keep()}{@hashuid(2.25,this)}"),
    script("00081155 @hashuid(2.25,this,StudyDate)", "00081150 @hashuid(9.9,this)", "00400275 @process()"),
)
UIDS = st.sampled_from([
    "1.2.3.4.5.6", "1.2.3.4.5.7", "1.2.3.4.5.70", "1.2.840.10008.1.1", "1.2.840.10008.5.1.4.1.1.2", "1.2", "1.40961.5.6",
    "9.8.7.6.5.4.3.2.1", "1.2.3.4.5.6\\1.2.3.4.5.7", "1.2.3.4.5.6 ", "HOSP", "123456789", "", "1.5.25.5.5", "1" * 64,
])  # fmt: skip
NUMBERS = st.sampled_from([0, 1, 3, 4, 15, 314, 961, 2020, 4096, 40961, 1975, 12345, 1234567, 19750314])
TEXTS = st.sampled_from(["axial", "Doe", "of 1.2.3.4.5.6", "1.2.3.4.5.70", "40961", "14.03.1975", "Wu", "x 4711 y"])
PRIVATES = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(["US", "SS"]), st.lists(NUMBERS.filter(lambda n: n < 32768), min_size=1, max_size=3)),
        st.tuples(st.sampled_from(["UL", "SL"]), st.lists(NUMBERS, min_size=1, max_size=6)),
        st.tuples(st.sampled_from(["FD", "FL"]), st.lists(NUMBERS.map(float) | st.just(2020.0315), max_size=4)),
        st.tuples(st.sampled_from(["DS", "IS"]), st.lists(NUMBERS.map(str), max_size=4)),
        st.tuples(st.sampled_from(["LO", "LT"]), TEXTS),
        st.tuples(st.sampled_from(["OB", "UN"]), st.binary(max_size=6).map(lambda each: each + bytes(len(each) % 2))),
    ),
    min_size=1,
    max_size=4,
)
OTHERS = st.fixed_dictionaries({"SOPInstanceUID": UIDS}, optional={
    "references": st.lists(UIDS, min_size=1, max_size=3),
    "privates": PRIVATES,
    "InstanceNumber": NUMBERS.map(str),
    "ImagePositionPatient": st.lists(NUMBERS.map(str), min_size=3, max_size=3),
    "AcquisitionTime": st.sampled_from(["101112", "101113.40961", "1011", "later", "10:11"]),
    "StudyDescription": TEXTS,
    "PatientName": st.sampled_from(["Doe^Jane", "Wu^Li", "Axial^X"]),
    "PatientID": st.sampled_from(["40961", "4711", "1234567"]),
    "PatientBirthDate": st.sampled_from(["19750314", "20200315"]),
    "AccessionNumber": st.sampled_from(["40961", "12345", ""]),
    "Manufacturer": st.sampled_from(["SIEMENS", "Doe", "Wu"]),
})  # fmt: skip


def image(elements: dict[str, Any], creator: str, is_implicit: bool) -> bytes:
    """A file of some elements; `references` and `privates` are an item each."""
    elements = dict(elements)
    sop, references, privates = (elements.pop(each, None) for each in ("SOPInstanceUID", "references", "privates"))
    header = dataset(**elements)
    if references is not None:
        items = []
        for uid in references:
            item = Dataset()
            item.ReferencedSOPClassUID, item.ReferencedSOPInstanceUID = UID("1.2.840.10008.5.1.4.1.1.2"), uid
            items.append(item)
        header.ReferencedImageSequence = items
    if privates is not None:
        block = header.private_block(0x0029, creator, create=True)
        for number, (vr, value) in enumerate(privates):
            block.add_new(number + 1, vr, value)
    value = (sop + "\0" * (len(sop) % 2)).encode()
    source = file(header, ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian)
    return source if is_implicit else with_elements(source, (0x00080018, "UI", value))


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("rules", SCRIPTS, ids=range(len(SCRIPTS)))
@settings(max_examples=60, deadline=None)
@given(OTHERS, st.lists(OTHERS, min_size=2, max_size=6), st.sampled_from(["ACME", "GEMS_PARM_01"]), st.booleans())
def test_what_is_cast_is_what_the_whole_tree_gives(
    rules: Script, first: dict[str, Any], others: list[dict[str, Any]], creator: str, is_implicit: bool
) -> None:
    alike = [{**first, **{key: other[key] for key in other if key in first}} for other in others]

    compare([image(each, creator, is_implicit) for each in (first, *alike)], rules)


def cast(monkeypatch: pytest.MonkeyPatch, *images: dict[str, Any]) -> list[int]:
    """How many elements had to be cleaned in each of some images."""
    cleaned: list[int] = []
    finished = Walk._finished

    def counted(walk: Walk, *rest: Any) -> Any:
        cleaned[-1] += 1
        return finished(walk, *rest)

    monkeypatch.setattr(Walk, "_finished", counted)
    splicer = Splicer(base_script(), KEY, None)
    for each in images:
        cleaned.append(0)
        splicer.splice(image(each, "ACME", False), NOW)
    return cleaned


def test_an_image_is_cast_where_uids_and_numbers_alone_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    images = [
        {
            "SOPInstanceUID": f"1.2.3.4.5.{number}",
            "references": [f"1.2.3.4.6.{number}", f"1.2.3.4.7.{number}"],
            "privates": [("SS", [number]), ("OB", bytes([number, 0])), ("FD", [0.5, number])],
            "InstanceNumber": str(number),
            "AcquisitionTime": f"1011{number}",
        }
        for number in range(10, 60)
    ]

    cleaned = cast(monkeypatch, *images)

    assert cleaned[0] > 10
    assert sum(cleaned[1:]) < 40  # new UIDs are of several lengths


def test_a_patient_s_next_study_is_hardly_read(monkeypatch: pytest.MonkeyPatch) -> None:
    studies = [
        {"SOPInstanceUID": f"1.2.3.4.5.{number}", "AccessionNumber": f"A-1700{number}", "Manufacturer": "SIEMENS",
         "ProtocolName": "Thorax", "KVP": "120", "ImageType": "ORIGINAL", "StudyID": "7", "PatientPosition": "HFS"}
        for number in range(3)
    ]  # fmt: skip

    cleaned = cast(monkeypatch, *studies)

    assert cleaned[0] > 10
    assert max(cleaned[1:]) <= 2


def test_what_another_patient_is_called_is_found_in_what_stayed_before() -> None:
    images = [
        image(
            {"SOPInstanceUID": "1.2.3.4.5.6", "PatientName": name, "PatientID": "1", "Manufacturer": "Wang"}, "A", False
        )
        for name in ("Doe^Jane", "Wang^Li", "Doe^Jane")
    ]

    splicer = Splicer(base_script(), KEY, None)
    heads = [splicer.splice(each, NOW).head for each in images]

    assert [b"LO\4\0Wang" in head for head in heads] == [True, False, True]
    assert all(compare(images, base_script()))


@pytest.mark.parametrize(
    ("first", "second"),
    [([4, 1], [40, 961]), ([1, 2], [2020, 315]), ([1, 1], [40961, 1]), ([1, 1], [1, 1234567])],
)
def test_a_number_is_judged_anew_with_its_neighbours(first: list[int], second: list[int]) -> None:
    images = [
        {"SOPInstanceUID": "1.2.3.4.5.6", "PatientID": "40961", "StudyDate": "20200315",
         "privates": [("UL", [values[0]]), ("UL", [values[1]])]}
        for values in (first, second)
    ]  # fmt: skip

    assert all(compare([image(each, "ACME", False) for each in images], base_script()))


@pytest.mark.parametrize("vr", ["DS", None])
def test_a_number_of_another_patient_is_found_in_what_stayed_whether_or_not_its_vr_is_said(vr: str | None) -> None:
    item, other = Item(None, DEFAULT, True, True), Identity(numbers={"40961"})
    other.settle()
    element = RawDataElement(BaseTag(0x00180050), vr, 6, b"40961 ", 0, True, True)

    of = searched([(item, item, element)], is_guarded=False)

    assert of is not None
    assert not clears(other, [of], is_guarded=False)
    assert clears(Identity(), [of], is_guarded=False)
