"""Scripts: both forms, what they say, what is refused."""

import pytest

from obia import Code, ObiaError
from obia.plugins.deid_ctp.language.references import PrivateTag
from obia.plugins.deid_ctp.language.script import MAX_LENGTH, Script

XML = """<script>
<p t="DATEINC"> -7</p>
<e en="T" t="00100010" n="PatientName"> @empty() </e>
<e en="F" t="00100020" n="PatientID">@nothing_like_it()</e>
<e en="T" t="0009[ACME 1.1]02" n="AcmeThing">@remove()</e>
<k en="T" t="0018">Keep group 0018</k>
<k en="F" t="0020">Keep group 0020</k>
<k en="T" t="safeprivateelements">Keep</k>
<r en="T" t="curves">Remove curves</r>
<r en="F" t="overlays">Remove overlays</r>
</script>"""

PROPERTIES = r"""
# a comment
param.DATEINC=-7
set.[0010,0010]PatientName=@empty()
#set.[0010,0020]PatientID=@nothing_like_it()
set.[0009,[ACME\ 1.1]02]AcmeThing = @remove()
keep.group18=
keep.safeprivateelements=
remove.curves=
"""


@pytest.mark.parametrize("text", [XML, PROPERTIES], ids=["xml", "properties"])
def test_both_forms_say_the_same(text: str) -> None:
    script = Script.parse(text)

    assert script.parameters["DATEINC"].strip() == "-7"
    assert {tag: each.constant for tag, each in script.elements.items()} == {0x00100010: "@empty()"}
    assert [*script.privates] == [PrivateTag(0x0009, "ACME 1.1", 0x02)]
    assert script.kept_groups == {0x18}
    assert script.keeps_safe_private
    assert script.removes == {"curves"}


def test_an_enabled_element_without_text_empties() -> None:
    script = Script.parse('<script><e en="T" t="00100010" n="PatientName"></e></script>')

    assert script.elements[0x00100010].constant == ""


def test_of_two_equal_properties_the_last_wins() -> None:
    script = Script.parse("param.A=first\nparam.A=sec\\\n  ond\n")

    assert script.parameters["A"] == "second"


@pytest.mark.parametrize("name", ["scramble", "hashed", "nothing"])
def test_a_function_we_lack_is_refused_by_name_when_the_script_is_loaded(name: str) -> None:
    text = f'<script>\n<e en="T" t="00100010" n="PatientName">@{name}(this)</e>\n</script>'

    with pytest.raises(ObiaError, match=rf"line 2, \[0010,0010\]: .*@{name}\(\)") as refusal:
        Script.parse(text).checked()

    assert refusal.value.code is Code.BAD_SCRIPT


def test_an_unknown_function_is_named_and_the_script_read_all_the_same() -> None:
    script = Script.parse('<script><e en="T" t="00100010" n="N">@scramble(this)</e></script>')

    assert script.unknown_functions == ("scramble",)
    assert script.elements[0x00100010].constant == "@scramble(this)"


def test_a_function_inside_a_clause_is_refused_too() -> None:
    with pytest.raises(ObiaError, match="@rash"):
        Script.parse('<script><e en="T" t="00100010" n="N">@if(this,isblank){@rash(this)}{}</e></script>').checked()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('<!DOCTYPE script [<!ENTITY a "b">]>\n<script/>', "line 1, column 18: .*DOCTYPE"),
        ('<?xml version="1.0"?>\n<!DOCTYPE script SYSTEM "x.dtd">\n<script/>', "line 2, column 32: .*DOCTYPE"),
        ("<script>&a;</script>", "line 1, column 9: undefined entity"),
        ("<script>\n <e>", "line 2"),
        ("<scripts></scripts>", "not <script>"),
        ("<script><e en='T' t='00100010'><b/></e></script>", "stands inside"),
        ("<script><x t='1'/></script>", "is not a <p>"),
        ("<script><e en='T' t='10010'>x</e></script>", "is not an element"),
        ("<script><e en='T' t='00100010'>@empty(</e></script>", "is not closed"),
        ("<script><e en='T' t='00100010'>@hashuid(@A,Nobody)</e></script>", "'Nobody'"),
        ("<script><e en='T' t='00100010'>@hashuid(this)</e></script>", "takes 2 to 3 arguments"),
        ("<script><e en='T' t='00100010'>@if(this,sounds,x){}{}</e></script>", "'sounds'"),
        ('<script><e en="T" t="00100010">@if(this,matches,"(")</e></script>', "regular expression"),
        ("<script>" + " " * MAX_LENGTH + "</script>", "longer than"),
        ("<script><e en='T' t='00100010'>" + "@if(this,exists){" * 40 + "}" * 40 + "</e></script>", "deeper than"),
    ],
)
def test_a_faulty_script_is_refused_with_the_place_of_the_fault(text: str, message: str) -> None:
    with pytest.raises(ObiaError, match=message) as refusal:
        Script.parse(text).checked()

    assert refusal.value.code is Code.BAD_SCRIPT
