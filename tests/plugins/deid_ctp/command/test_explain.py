"""`obia deid explain`: every kind of rule in words, in both modes."""

import json
from pathlib import Path

import pytest

from obia.plugins.deid_ctp.command.explaining import Explained, explain, globals_of
from obia.plugins.deid_ctp.command.plan import Mode
from obia.plugins.deid_ctp.command.wording import _PHRASES
from obia.plugins.deid_ctp.language.functions import FUNCTIONS
from obia.plugins.deid_ctp.language.script import Script
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused

WORDED = [
    ("", "emptied"),
    ("nobody", "the text “nobody”"),
    ("@keep()", "kept"),
    ("@remove()", "removed"),
    ("@empty()", "emptied"),
    ("@blank(4)", "emptied"),
    ("@always()YES", "the text “YES”"),
    ("@require()", "kept; empty where it is missing"),
    ("@require(PatientID,none)", "kept; where it is missing, the value of PatientID, else “none”"),
    ("@contents(this)", "the value of it"),
    ('@contents(this,"[0-9]","")', "the value of it with nothing for every “[0-9]”"),
    ("@value(PatientID,none)", "the value of PatientID, or “none”"),
    (
        "@value(ReferencedStudySequence::ReferencedSOPInstanceUID)",
        "ReferencedSOPInstanceUID in ReferencedStudySequence",
    ),
    ("@value(root:PatientID)", "the value of PatientID of the instance itself"),
    ("@truncate(this,4)", "the first 4 characters of it"),
    ("@truncate(this,-4)", "the last 4 characters of it"),
    ("@uppercase(this)", "it in capitals"),
    ("@lowercase(this)", "it in small letters"),
    ("@initials(this)", "the initials of it"),
    ("@hash(this,8)", "a {hash} made from it, its first 8 digits"),
    ("@hashname(this,6,2)", "a {hash} of 6 digits made from the first 2 parts of it"),
    ("@hashptid(@SITEID,this)", "a {hash} made from the site SITEID (“7”) and it"),
    ("@hashptid(@NONE,this)", "NONE, which is not declared,"),
    ("@hashuid(@UIDROOT,this)", "another UID under UIDROOT (“2.25”), made from it"),
    ("@hashuid(@UIDROOT,this,PatientID)", "made from it, told apart by PatientID"),
    ("@integer(this,images,4)", "a number by first appearance among “images”, for it"),
    ("@lookup(this,pt)", "what the lookup table has for it under “pt”; where it has nothing, the file is quarantined"),
    ("@lookup(this|PatientName,pt,remove)", "for it and PatientName under “pt”; where it has nothing, removed"),
    ("@lookup(this,pt,keep)", "where it has nothing, kept"),
    ("@lookup(this,pt,empty)", "where it has nothing, emptied"),
    ("@lookup(this,pt,default,x)", "where it has nothing, “x”"),
    ("@lookup(this,pt,ignore,x.*)", "kept if it matches “x.*”; else the file is quarantined"),
    ("@incrementdate(this,-5)", "the date of it, moved by “-5” days"),
    ("@incrementdate(this,PatientID,pt)", "moved by the days that the table has for PatientID"),
    ("@hashdate(this,PatientID)", "moved back by up to ten years, by a {hash} made from PatientID"),
    ("@modifydate(this,*,1,1)", "the date of it with month “1”, day “1”"),
    (
        "@dateinterval(this,pt,PatientID)",
        "the days from the table's date for PatientID to it; a miss quarantines the file",
    ),
    ("@round(this,5)", "it, rounded to a multiple of “5”"),
    ("@date(-)", "the date of the run, parted by “-”"),
    ("@time()", "the time of the run"),
    ("@param(@SITEID)", "the parameter SITEID (“7”)"),
    ("@if(this,isblank){@remove()}{@keep()}", "if it is blank: removed; if not: kept"),
    ("@if(this,exists){x}{@empty()}", "if it exists: the text “x”; if not: emptied"),
    ("@if(this,equals,x){a}{b}", "if it is “x”: "),
    ("@if(this,contains,x){a}{b}", "if it contains “x”: "),
    ("@if(this,matches,x){a}{b}", "if it matches “x”: "),
    ("@if(this,greaterthan,5){a}{b}", "if it is greater than “5”: "),
    ("@if(this,odd){a}{b}", "odd, which CTP never finds true,"),
    ("@select(){@keep()}{@remove()}", "in the instance itself: kept; in sequences: removed"),
    ("@append(){x}", "one more value behind its own: the text “x”"),
    ("@process()", "kept, and every item of it walked by the same rules"),
    ("@encrypt(this,key)", "it, encrypted: whoever has the key can read it"),
    ("@decrypt(this,key)", "it, decrypted"),
    ("@pathelement(this,-1)", "part -1 of the path in it"),
    ("@quarantine()", "the file is quarantined"),
    ("@skip()", "the file is left as it came"),
    ("@call(theirs)", "the file is quarantined, for that extension is not there"),
    ("a@hash(this)", "one after the other: the text “a”; a {hash} made from it"),
]
PARAMETERS = '<p t="SITEID">7</p><p t="UIDROOT">2.25</p>'


def explained(rules: str, mode: Mode = "safe") -> list[Explained]:
    return explain(Script.parse(f"<script>{PARAMETERS}{rules}</script>", "a.script"), mode)


def row(text: str, mode: Mode = "safe", tag: str = "00104000") -> Explained:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;")
    return explained(f'<e en="T" t="{tag}" n="X">{escaped}</e>', mode)[0]


@pytest.mark.parametrize(("text", "said"), WORDED)
def test_a_rule_is_worded(text: str, said: str) -> None:
    assert said.format(hash="keyed number") in row(text).becomes
    assert said.format(hash="MD5 number") in row(text, "strict").becomes


def test_every_function_has_words_and_a_case() -> None:
    assert set(_PHRASES) == set(FUNCTIONS) | {"call"}
    assert not [name for name in FUNCTIONS if not any(f"@{name}(" in text for text, _ in WORDED)]


def test_modes_differ_where_they_do() -> None:
    assert row("@hsh(this)").becomes == "emptied, for nobody knows the function @hsh()"
    assert row("@hsh(this)", "strict").becomes == "the text “@hsh(this)”, for CTP does not know that function"
    assert row("@call(dummy)").becomes == "a value of its kind that says nothing"
    assert row("x", tag="00082112").becomes == "the text “x”; it cannot take that, and is emptied"
    assert (
        row("x", "strict", "00082112").becomes
        == "the text “x”; it cannot take that, and CTP leaves the original in place"
    )
    assert row("@empty()", tag="00082112").becomes == "emptied"
    assert "the patient's own number of days" in row("@incrementdate(this,@DATEINC)", tag="00080020").becomes
    assert "DATEINC, which is not declared, days" in row("@incrementdate(this,@DATEINC)", "strict", "00080020").becomes


def test_elements_stand_by_tag_with_name_and_vr_private_ones_by_creator() -> None:
    rows = explained(
        '<e en="T" t="00100020" n="ID">@keep()</e><e en="T" t="0009[ACME 1]02" n="Theirs">@remove()</e>'
        '<e en="T" t="00080020" n="D">@remove()</e><e en="F" t="00080030" n="T">@remove()</e>'
    )

    assert [(each.tag, each.name, each.vr) for each in rows] == [
        ("(0008,0020)", "StudyDate", "DA"),
        ("(0009,[ACME 1]02)", "", ""),
        ("(0010,0020)", "PatientID", "LO"),
    ]


def test_what_is_put_in_is_told() -> None:
    assert row("@always()YES", tag="00120062").is_inserted
    assert not row("YES", tag="00120062").is_inserted
    codes = row("113100/113105", tag="00120064")
    assert (codes.is_inserted, codes.becomes) == (True, "the de-identification codes 113100, 113105")


def rest(rules: str, mode: Mode) -> str:
    return "\n".join(globals_of(Script.parse(f"<script>{rules}</script>"), mode))


def test_what_holds_for_all_others_is_told() -> None:
    kept, removed = '<k en="T" t="0018"/><k en="T" t="safeprivateelements"/>', '<r en="T" t="unspecifiedelements"/>'

    assert "groups 0018: kept\nprivate elements that PS3.15 E.3.10 lists for their creator: kept" in rest(kept, "safe")
    assert "private elements that CTP's dictionary calls safe: kept" in rest(kept, "strict")
    assert "private elements: removed\n" in rest('<r en="T" t="privategroups"/>', "safe")
    assert "private elements: removed, as all without a rule" in rest(removed, "safe")
    assert "private elements: kept\n" in rest("", "safe")
    assert "overlays, groups 60xx: removed, those with a rule too" in rest('<r en="T" t="overlays"/>', "safe")
    assert "every other element: removed, but for" in rest(removed, "strict")
    assert "every other element: kept as it is" in rest("", "strict")
    assert "sequences: every item walked" in rest("", "safe")
    assert "sequences without a rule: kept whole" in rest("", "strict")


@pytest.mark.parametrize(
    ("directive", "said"),
    [
        ('<k en="T" t="unnameduids"/>', "UIDs stay as they are"),
        ('<k en="T" t="unnameddates"/>', "dates stay as they are"),
        ('<r en="T" t="unnameddates"/>', "dates and times go"),
    ],
)
def test_what_becomes_of_unnamed_uids_and_dates_is_told(directive: str, said: str) -> None:
    rules = f'<r en="T" t="unspecifiedelements"/><k en="T" t="dictionary"/>{directive}'

    assert rest(rules, "safe").endswith(f"and removed if not; {said}")
    assert said not in rest(rules, "strict")


def test_our_own_directives_are_told_in_safe_mode_alone() -> None:
    rules = (
        '<r en="T" t="privategroups"/><k en="T" t="numericprivate"/>'
        '<r en="T" t="unspecifiedelements"/><k en="T" t="dictionary"/>'
    )

    assert "private elements: removed, but for numbers that are nobody's\n" in rest(rules, "safe")
    assert rest(rules, "safe").endswith(
        "every other element: kept if the standard's dictionary knows it, and removed if not"
    )
    assert "private elements: removed\n" in rest(rules, "strict")
    assert "every other element: removed, but for SOP class" in rest(rules, "strict")


def test_the_switch_for_curves_is_told_as_it_is() -> None:
    curves = '<r en="T" t="curves"/>'

    assert "curves, groups 50xx: removed\n" in rest(curves, "safe")
    assert "curves, groups 50xx: kept, whatever the switch says" in rest(curves, "strict")
    assert "curves, groups 50xx: removed\n" in rest(curves + '<r en="T" t="unspecifiedelements"/>', "strict")


def test_the_command_prints_parameters_rules_and_the_rest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deid("explain", runs.text(tmp_path / "a.script", runs.TRIAL)) == 0

    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == ["parameter UIDROOT = 2.25", "parameter SITEID = 7"]
    assert "(0012,0062) PatientIdentityRemoved CS: the text “YES” (put in where it is missing)" in printed
    assert printed[-1].startswith("every other element: removed")


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert deid("explain", "--json", "--mode", "strict", runs.text(tmp_path / "a.script", runs.TRIAL)) == 0

    said = json.loads(capsys.readouterr().out)
    assert said["mode"] == "strict"
    assert said["parameters"] == {"UIDROOT": "2.25", "SITEID": "7"}
    assert {each["tag"] for each in said["elements"]} >= {"(0010,0010)", "(0012,0064)"}
    assert said["globals"]


def test_the_base_script_is_explained_without_an_unknown_word(capsys: pytest.CaptureFixture[str]) -> None:
    assert deid("explain") == 0
    printed = capsys.readouterr().out
    assert len(printed.splitlines()) > 400
    assert "nobody knows" not in printed


def test_a_script_with_a_fault_of_syntax_is_refused_by_its_place(tmp_path: Path) -> None:
    with refused("BAD_SCRIPT", r"a.script: line 2, column 3: mismatched tag"):
        deid("explain", runs.text(tmp_path / "a.script", "<script>\n</scrip>"))
