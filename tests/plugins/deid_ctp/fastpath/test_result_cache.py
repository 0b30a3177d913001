"""What the archive's de-identifier remembers changes nothing: each header becomes what it becomes alone."""

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia import Original, Rejected
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.fastpath.result_cache import Unrecalled
from obia.plugins.deid_ctp.fastpath.walker import Walk
from obia.plugins.deid_ctp.plugin import base_script
from obia.server.intake.encoding import encode_header
from obia.server.intake.reading import read
from obia.server.keys import Keys
from tests.plugins.deid_ctp.fastpath.test_splicer import EXTRAS, HEADERS, made
from tests.plugins.deid_ctp.fastpath.test_uid_templates import OTHERS, image
from tests.plugins.deid_ctp.originals import PSEUDONYMS, reread

SCRIPT = base_script()
PLAIN: dict[str, object] = {
    "references": [], "request": None, "privates": None, "charset": "ISO_IR 100",
    "syntax": "1.2.840.10008.1.2.1", "pixels": False, "is_undefined": False,
}  # fmt: skip


def taken_in(source: bytes) -> Original:
    """The original of a file's bytes, as the intake reads it: what two files have in common is one object."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.dcm"
        path.write_bytes(source)
        return read(path, "intake", "OBIA0001")


def outcome(
    deidentifier: CtpDeidentifier, source: bytes, *, is_whole: bool, of: Callable[[bytes], Original] = reread
) -> tuple[Dataset, dict[str, int]] | str:
    """A clean header and what was done, by memory or as one tree, or why it is refused."""
    original = of(source)
    try:
        header, actions = (deidentifier._whole if is_whole else deidentifier._recalled)(original, PSEUDONYMS)
    except Unrecalled:
        return outcome(deidentifier, source, is_whole=True, of=of)
    except Rejected as rejected:
        return rejected.message
    return header, dict(actions)


def shown(result: tuple[Dataset, dict[str, int]] | str) -> object:
    """A result as it is stored, its elements' VRs, and what was done."""
    if isinstance(result, str):
        return result
    header, actions = result
    is_implicit, is_little = header.original_encoding
    syntax = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian if is_little else ExplicitVRBigEndian
    vrs = [(int(tag), element.VR) for tag, element in header.items()]
    return encode_header(header, syntax), vrs, actions


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(HEADERS, EXTRAS), min_size=1, max_size=5))
def test_what_went_before_changes_nothing(files: list[tuple[dict[str, str], dict[str, object]]]) -> None:
    deidentifier = CtpDeidentifier(SCRIPT, "0.1.0")

    for each in files:
        source = made(*each)
        assert shown(outcome(deidentifier, source, is_whole=False)) == shown(
            outcome(deidentifier, source, is_whole=True)
        )


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=60, deadline=None)
@given(OTHERS, st.lists(OTHERS, min_size=2, max_size=6), st.sampled_from(["ACME", "GEMS_PARM_01"]), st.booleans())
def test_an_image_cast_from_others_of_its_series_is_what_it_is_alone(
    first: dict[str, Any], others: list[dict[str, Any]], creator: str, is_implicit: bool
) -> None:
    deidentifier = CtpDeidentifier(SCRIPT, "0.1.0")

    for each in (first, *({**first, **{key: one[key] for key in one if key in first}} for one in others)):
        source = image({**each, "SOPInstanceUID": each["SOPInstanceUID"] or "1.2.3.4"}, creator, is_implicit)
        recalled, whole = (outcome(deidentifier, source, is_whole=is_whole, of=taken_in) for is_whole in (False, True))
        assert shown(recalled) == shown(whole)


def test_an_image_of_the_archive_is_cast_where_uids_and_numbers_alone_are_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cleaned: list[int] = []
    finished, deidentifier = Walk._finished, CtpDeidentifier(SCRIPT, "0.1.0")

    def counted(walk: Walk, *rest: Any) -> Any:
        cleaned[-1] += 1
        return finished(walk, *rest)

    monkeypatch.setattr(Walk, "_finished", counted)
    for number in range(10, 60):
        cleaned.append(0)
        elements = {
            "SOPInstanceUID": f"1.2.3.4.5.{number}",
            "references": [f"1.2.3.4.6.{number}", f"1.2.3.4.7.{number}"],
            "privates": [("SS", [number]), ("OB", bytes([number, 0])), ("FD", [0.5, number])],
            "InstanceNumber": str(number),
            "AcquisitionTime": f"1011{number}",
            "PatientID": "PID-1",
        }
        deidentifier.deidentify(taken_in(image(elements, "ACME", False)), PSEUDONYMS)

    assert cleaned[0] > 10
    assert sum(cleaned[1:]) < 40  # new UIDs are of several lengths


def test_headers_share_no_item_of_a_sequence() -> None:
    deidentifier = CtpDeidentifier(SCRIPT, "0.1.0")
    source = made({"StudyDescription": "axial"}, {**PLAIN, "references": ["1.2.3.4.5"]})
    first, second = (deidentifier.deidentify(reread(source), PSEUDONYMS).header for _ in range(2))

    first.ReferencedImageSequence[0].ReferencedSOPInstanceUID = "1.2.9"

    assert second.ReferencedImageSequence[0].ReferencedSOPInstanceUID != "1.2.9"


def test_two_collections_do_not_share_what_is_remembered() -> None:
    keys, deidentifier = Keys(bytes(range(32))), CtpDeidentifier(SCRIPT, "0.1.0")
    source = made({"PatientID": "PID-1"}, PLAIN)
    names = [
        str(deidentifier.deidentify(reread(source), keys.pseudonyms(each)).header.PatientID)
        for each in ("OBIA0001", "OBIA0002", "OBIA0001")
    ]

    assert names[0] == names[2] != names[1]
