"""What the archive's de-identifier remembers changes nothing: each header becomes what it becomes alone."""

from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import Dataset
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from obia import Rejected
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.recall import Unrecalled
from obia.server.intake.encoding import encode_header
from obia.server.keys import Keys
from tests.plugins.deid_ctp.originals import PSEUDONYMS, reread
from tests.plugins.deid_ctp.test_splicing import EXTRAS, HEADERS, made

SCRIPT = base_script()
PLAIN: dict[str, object] = {
    "references": [], "request": None, "privates": None, "charset": "ISO_IR 100",
    "syntax": "1.2.840.10008.1.2.1", "pixels": False, "is_undefined": False,
}  # fmt: skip


def outcome(deidentifier: CtpDeidentifier, source: bytes, *, is_whole: bool) -> tuple[Dataset, dict[str, int]] | str:
    """A clean header and what was done, by memory or as one tree, or why it is refused."""
    original = reread(source)
    try:
        header, actions = (deidentifier._whole if is_whole else deidentifier._recalled)(original, PSEUDONYMS)
    except Unrecalled:
        return outcome(deidentifier, source, is_whole=True)
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
