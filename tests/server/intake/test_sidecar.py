"""The sidecar: what is read from bytes is what pydicom makes of them, where it can."""

import warnings
from typing import Any

import orjson
import pydicom.data
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydicom import Dataset, dcmread
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag

from obia.server.intake.sidecar import as_json

FILES = ("CT_small.dcm", "MR_small.dcm", "rtplan.dcm", "reportsi.dcm", "liver_1frame.dcm", "chrRuss.dcm")
VRS = {
    0x00080060: "CS",
    0x00081030: "LO",
    0x00080050: "SH",
    0x00081040: "LO",
    0x00101010: "AS",
    0x00080018: "UI",
    0x00080020: "DA",
    0x00080030: "TM",
    0x0008002A: "DT",
    0x00104000: "LT",
    0x00280010: "US",
    0x00189219: "SS",
    0x00180050: "DS",
    0x00200013: "IS",
    0x00189073: "FD",
    0x00189324: "FD",
    0x00080054: "AE",
    0x00100010: "PN",
    0x00283006: "OW",
}
TEXTS = st.one_of(
    st.text("ABC09 .\\", max_size=20).map(str.encode),
    st.lists(st.floats(-1e6, 1e6).map(lambda number: f"{number:.6g}"), max_size=4).map("\\".join).map(str.encode),
    st.binary(max_size=16),
)


def header(values: dict[int, bytes]) -> Dataset:
    made = Dataset()
    made._dict = {
        BaseTag(tag): RawDataElement(BaseTag(tag), VRS[tag], len(value), value, 0, False, True)
        for tag, value in values.items()
    }
    return made


def by_pydicom(dataset: Dataset) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dataset.to_json_dict(
            bulk_data_threshold=1, bulk_data_element_handler=lambda _: "", suppress_invalid_tags=True
        )


def agree(ours: bytes, theirs: Any) -> bool:
    """Whether both say the same of all that pydicom can express: it leaves out what breaks a rule of its VR."""
    mine, other = orjson.loads(ours), orjson.loads(orjson.dumps(theirs))
    return all(mine.get(tag) == value for tag, value in other.items())


@pytest.mark.parametrize("name", FILES)
def test_real_headers_become_what_pydicom_makes_of_them(name: str) -> None:
    path = pydicom.data.get_testdata_file(name, download=False) or pydicom.data.get_charset_files(name)[0]
    first, second = (dcmread(str(path), stop_before_pixels=True) for _ in range(2))

    assert agree(as_json(first), by_pydicom(second))


@given(st.dictionaries(st.sampled_from(sorted(VRS)), TEXTS, max_size=6))
def test_any_values_become_what_pydicom_makes_of_them(values: dict[int, bytes]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = as_json(header(values))

    assert agree(ours, by_pydicom(header(values)))


def test_items_are_within_their_sequence() -> None:
    dataset = header({0x00080060: b"CT"})
    dataset.ReferencedSeriesSequence = [header({0x00200013: b"7 "})]

    assert orjson.loads(as_json(dataset))["00081115"] == {
        "vr": "SQ",
        "Value": [{"00200013": {"vr": "IS", "Value": [7]}}],
    }


def test_a_number_that_json_cannot_hold_is_left_out() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = as_json(header({0x00200013: b"9" * 30, 0x00080060: b"CT"}))

    assert orjson.loads(made) == {"00080060": {"vr": "CS", "Value": ["CT"]}}
