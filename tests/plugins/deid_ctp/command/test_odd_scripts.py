"""Odd scripts: whatever CTP would read is linted and explained, at places that exist."""

from xml.sax.saxutils import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia import ObiaError
from obia.plugins.deid_ctp.command.explaining import explain, globals_of
from obia.plugins.deid_ctp.command.linting import lint
from obia.plugins.deid_ctp.command.plan import Mode, Text
from obia.plugins.deid_ctp.language.script import Script

PARTS = (
    *(
        "@hash(",
        "@if(",
        "@select(){",
        "@append(){",
        "@lookup(",
        "@param(@",
        "@date(",
        "@process()",
        "@keep()",
        "@always()",
    ),
    *("@incrementdate(this,@DATEINC)", "this", "root:", "::", "PatientID", ")", "}", "{", "(", "[", "]", "|", ","),
    *('"', "\\", "@", "-5", "é", "\n", "&", "<", " "),
)
TEXTS = st.lists(st.sampled_from(PARTS), max_size=14).map("".join)
TAGS = st.sampled_from(
    ("00100010", "00080020", "00082112", "7FE00010", "00120064", "60003000", "00020010", "0009[ACME]01")
)


def assert_said(script: str) -> None:
    """Lint and explain it, in both modes."""
    try:
        parsed = Script.parse(script, "a.script")
    except ObiaError:
        return
    lines = script.split("\n")
    modes: tuple[Mode, Mode] = ("safe", "strict")
    for mode in modes:
        for found in lint(parsed, Text("a.script", script), mode):
            assert 1 <= found.line <= len(lines)
            assert 1 <= found.column <= len(lines[found.line - 1]) + 1
        assert all(row.becomes for row in explain(parsed, mode))
        assert list(globals_of(parsed, mode))


@given(TAGS, TEXTS)
def test_any_xml_script_is_linted_and_explained(tag: str, text: str) -> None:
    assert_said(f'<script>\n<p t="X">1</p> <e en="T" t="{tag}" n="X">{escape(text)}</e></script>')


@given(TEXTS)
def test_any_properties_script_is_linted_and_explained(text: str) -> None:
    assert_said("param.X=1\nset.[0010,0010]PatientName=" + text.replace("\n", "\\n") + "\n")


@pytest.mark.parametrize("script", ["", "\n", "<script/>", "<script><p t=''/></script>", "#only a comment"])
def test_a_script_that_says_nothing_is_linted_and_explained(script: str) -> None:
    assert_said(script)
