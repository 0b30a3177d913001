"""`obia deid lint`: each hazard in the smallest script that has it, at its line and column, with a way out."""

import json
from pathlib import Path

import pytest

from obia.plugins.deid_ctp.command.hazards import HAZARDS
from obia.plugins.deid_ctp.command.linting import Found, lint
from obia.plugins.deid_ctp.command.plan import Mode, Text, parse_script
from tests.plugins.deid_ctp.command import runs
from tests.plugins.deid_ctp.command.runs import deid, refused

REST = '<r en="T" t="unspecifiedelements"/>'


def rule(tag: str, text: str, name: str = "X") -> str:
    """A script of one rule on its second line, whose text begins in column 32; all else is removed."""
    assert len(name) == 1
    return f'<script>{REST}\n  <e en="T" t="{tag}" n="{name}">{text}</e>\n</script>'


AT = (2, 32)
CASES: list[tuple[str, str, str, tuple[int, int], str]] = [
    # hazard, what it is about, script, place, what stands beside it
    ("original-stays", "a sequence emptied", rule("00082112", "@empty()"), AT, "cannot be emptied"),
    ("original-stays", "a sequence with text", rule("00082112", "none"), AT, "a sequence takes no value"),
    ("original-stays", "bytes with text", rule("00420011", "none"), AT, "OB takes no text"),
    ("original-stays", "bytes hashed", rule("00420011", "@hash(PatientID)"), AT, "OB takes no text"),
    ("original-stays", "a number with text", rule("00280010", "many"), AT, "this is no US"),
    ("original-stays", "a date with dashes", rule("00080020", "2021-03-15"), AT, "this is no DA"),
    ("original-stays", "a time of letters", rule("00080030", "noon"), AT, "this is no TM"),
    ("original-stays", "today with dashes", rule("00080020", "@date(-)"), AT, "@date(-) is no DA"),
    ("dashed-dates", "a date moved", rule("00080020", "@incrementdate(this,-5)"), AT, "(0008,0020)"),
    ("dashed-dates", "a date moved by a hash", rule("00080020", "@hashdate(this,PatientID)"), AT, ""),
    ("dashed-dates", "a date made rough", rule("00080020", "@modifydate(this,*,1,1)"), AT, ""),
    ("zoned-times", "a time moved", rule("0008002A", "@incrementdate(this,-5)"), AT, ""),
    ("rounded-decimals", "a weight rounded", rule("00101030", "@round(this,5)"), AT, ""),
    ("unknown-vr", "text put", rule("00100010", "nobody"), AT, "the first that puts text"),
    ("charset-lost", "a name kept", rule("00100010", "@keep()"), AT, "the first whose text may stay"),
    ("charset-lost", "all kept", "<script>\n</script>", (1, 1), "elements without a rule are kept"),
    ("sequences-untouched", "all kept", "<script>\n</script>", (1, 1), "no rule walks a sequence"),
    ("sequences-untouched", "one kept", rule("00082112", "@keep()"), AT, ""),
    (
        "sequences-untouched", "one walked of many", '<script>\n<e en="T" t="00082112">@process()</e></script>', (1, 1),
        "sequences of PS3.15 without a rule",
    ),
    ("curves-inert", "curves alone", '<script>\n <r en="T" t="curves"/></script>', (2, 24), "remove curves"),
    ("guessable-hash", "a hash", rule("00100020", "@hash(this)"), AT, "@hash()"),
    ("guessable-hash", "a hash in a clause", rule("00100020", "@if(this,isblank){}{@hash(this)}"), (2, 52), "@hash()"),
    ("unknown-function", "a slip", rule("00100020", "@hsh(this)"), AT, "@hsh()"),
    ("no-extension", "a plugin", rule("00100020", "@call(theirs)"), AT, "@call(theirs)"),
    ("undefined-parameter", "a site", rule("00100020", "@hashptid(@SITE,this)"), AT, "@SITE"),
    ("undeclared-offset", "the offset", rule("00080020", "@incrementdate(this,@DATEINC)"), AT, "@DATEINC"),
    ("identity-stays", "all kept", '<script><e en="T" t="00080080" n="X">@remove()</e></script>', (1, 1), "(0010,0010)"),
    ("identity-stays", "a group kept", f'<script>{REST}<k en="T" t="0018"/></script>', (1, 1), "(0018,0010) ContrastBolusAgent first"),
    ("identity-stays", "a name kept", rule("00100010", "@keep()"), (1, 1), "1, (0010,0010) PatientName first"),
    ("unknown-switch", "a slip", '<script>\n <r en="T" t="privategroup"/></script>', (2, 30), "remove privategroup"),
    ("unknown-switch", "no group of ours", "remove.unspecifiedelements=\nkeep.numericprivate=\n", (2, 21), "keep numericprivate"),
    ("unknown-switch", "no group", '<script>\n <k en="T" t="18"/></script>', (2, 20), "keep group18"),
    (
        "other-name", "a name that is an ID's", f'<script>{REST}\n  <e en="T" t="00100010" n="PatientID">x</e></script>',
        (2, 40), "(00100020) has that name",
    ),
    (
        "no-number", "days in words", rule("00080020", "@incrementdate(this,@DAYS)").replace(REST, f'{REST}<p t="DAYS">ten</p>'),
        AT, "@DAYS",
    ),
    ("fault", "too few arguments", rule("00100020", "x@truncate(this)"), (2, 33), "@truncate() takes 2 arguments"),
    ("fault", "no such element", rule("00100020", "@value(PatientsShoe)"), AT, "no element is called 'PatientsShoe'"),
    (
        "scripted-twice", "two rules", rule("00100020", "1").replace("</script>", '<e en="T" t="00100020">2</e></script>'),
        (3, 24), "first on line 2",
    ),
    (
        "overruled", "an overlay's rule", rule("60003000", "@remove()").replace("</script>", '<r en="T" t="overlays"/></script>'),
        AT, "",
    ),
    ("no-effect", "the file meta", rule("00020016", "@remove()"), AT, ""),
    ("no-effect", "the pixels", rule("7FE00010", "@remove()"), AT, ""),
    ("charset-rewritten", "another charset", rule("00080005", "ISO_IR 192"), AT, ""),
    ("empty-rule", "nothing", rule("00100010", ""), AT, ""),
]  # fmt: skip
CLOSED = sorted(code for code, hazard in HAZARDS.items() if hazard.is_strict)
CLEAN = f"""<script>
<p t="DATEINC">-100</p>
<e en="T" t="00100010" n="PatientName">@remove()</e>
<e en="T" t="00080020" n="StudyDate">@empty()</e>
<e en="T" t="00082112" n="SourceImageSequence">@remove()</e>
<r en="T" t="privategroups"/><r en="T" t="curves"/><r en="T" t="overlays"/>{REST}
</script>"""


def linted(script: str, mode: Mode = "strict", **more: Text | None) -> list[Found]:
    text = Text("a.script", script)
    return lint(parse_script(text), text, mode, **more)


@pytest.mark.parametrize(
    ("hazard", "script", "place", "about"),
    [(each[0], *each[2:]) for each in CASES],
    ids=[f"{each[0]}: {each[1]}" for each in CASES],
)
def test_a_hazard_is_found_where_it_stands(hazard: str, script: str, place: tuple[int, int], about: str) -> None:
    found = [each for each in linted(script) if each.hazard.code == hazard]

    assert [(each.file, each.line, each.column) for each in found] == [("a.script", *place)]
    assert about in found[0].about
    assert found[0].hazard.way_out


def test_every_hazard_has_a_case() -> None:
    assert {each[0] for each in CASES} | {"csv-lookup", "compressed-pixels"} == set(HAZARDS)


@pytest.mark.parametrize("script", [CLEAN, '<script><e en="F" t="00100010">@hsh(</e>' + REST + "</script>"])
def test_a_clean_script_has_none(script: str) -> None:
    assert linted(script) == []
    assert linted(script, lookup=Text("table.properties", ""), pixels=None) == []


@pytest.mark.parametrize(
    "case", [each for each in CASES if each[0] in CLOSED], ids=lambda case: f"{case[0]}: {case[1]}"
)
def test_safe_mode_leaves_out_what_it_closes(case: tuple[str, str, str, tuple[int, int], str]) -> None:
    assert case[0] not in {each.hazard.code for each in linted(case[2], "safe")}


@pytest.mark.parametrize(
    "case", [each for each in CASES if each[0] not in CLOSED], ids=lambda case: f"{case[0]}: {case[1]}"
)
def test_safe_mode_keeps_what_it_does_not_close(case: tuple[str, str, str, tuple[int, int], str]) -> None:
    assert case[0] in {each.hazard.code for each in linted(case[2], "safe")}


def test_a_table_in_csv_and_a_pixel_script_are_hazards_of_their_own_files() -> None:
    found = linted(CLEAN, lookup=Text("table.CSV", ""), pixels=Text("regions", ""))

    assert [(each.file, each.hazard.code) for each in found] == [
        ("regions", "compressed-pixels"),
        ("table.CSV", "csv-lookup"),
    ]
    assert linted(CLEAN, "safe", lookup=Text("table.CSV", ""), pixels=Text("regions", "")) == []


def test_places_hold_in_properties_too() -> None:
    found = linted("param.X=1\nremove.unspecifiedelements=\nset.[0010,0020]PatientID = a@hash(this)\n")

    assert [(each.line, each.column) for each in found if each.hazard.code == "guessable-hash"] == [(3, 29)]


def test_places_hold_behind_entities_and_line_ends() -> None:
    found = linted(f'<script>{REST}\n<e en="T" t="00100020">&lt;&#65;é\n  @hash(this)</e></script>')

    assert [(each.line, each.column) for each in found if each.hazard.code == "guessable-hash"] == [(3, 3)]


def test_private_elements_are_named_by_their_creator() -> None:
    found = linted(rule("0009[ACME 1]02", "@hsh(this)"))

    assert [each.about for each in found if each.hazard.code == "unknown-function"] == ["(0009,[ACME 1]02) X: @hsh()"]


def test_the_base_script_has_no_hazard_in_safe_mode(capsys: pytest.CaptureFixture[str]) -> None:
    assert deid("lint", "--mode", "safe") == 0
    assert capsys.readouterr().out == "base.script: no hazard found\n"


def test_the_command_says_line_column_and_way_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs.text(tmp_path / "a.script", rule("00100020", "@hsh(this)"))

    assert deid("lint", "--mode", "safe", path) == 1

    assert capsys.readouterr().out.splitlines() == [
        "unknown-function: a function that CTP does not have is written into the output as it stands",
        "  way out: mend its name; safe mode empties the element",
        "  a.script:2:32 (0010,0020) X: @hsh()",
        "",
        "a.script: 1 hazard",
    ]


def test_json_has_a_line_for_each_place(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = runs.text(tmp_path / "a.script", rule("00100020", "@hsh(this)"))

    deid("lint", "--json", "--mode", "safe", path)

    said = json.loads(capsys.readouterr().out)
    assert {name: said[name] for name in ("file", "line", "column", "hazard")} == {
        "file": "a.script", "line": 2, "column": 32, "hazard": "unknown-function",
    }  # fmt: skip


@pytest.mark.parametrize("more", [("-l", "nothing"), ("-p", "nothing")])
def test_what_cannot_be_read_is_refused(tmp_path: Path, more: tuple[str, str]) -> None:
    with refused("NOT_FOUND", "nothing is not there"):
        deid("lint", *more, runs.text(tmp_path / "a.script", CLEAN))


def test_a_script_in_another_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "latin").write_bytes(
        b'<?xml version="1.0" encoding="ISO-8859-1"?>\n' + CLEAN.encode() + b"<!-- \xe9 -->"
    )
    (tmp_path / "wide").write_bytes(CLEAN.encode("utf-16"))

    assert deid("lint", tmp_path / "latin") == deid("lint", tmp_path / "wide") == 0
