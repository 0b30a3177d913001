"""Regions and signatures as pixel scripts write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.plugins.deid_ctp.pixels.regions import Region, boxes, signatures


def _read(script: str) -> list[tuple[str, tuple[str, ...]]]:
    return [(each.filter.text, tuple(map(str, each.regions))) for each in signatures(script)]


def test_a_script_is_signatures_with_the_regions_behind_them() -> None:
    script = 'ignored (1,2,3,4)\n{ true. }\n(0, 0,10,5) or (-1,-2,3,4)\n{A.equals("x")} none\n{}\n(7,8,9,10)'

    assert _read(script) == [
        ("true.", ("(0,0,10,5)", "(-1,-2,3,4)")),
        ('A.equals("x")', ()),
        ("", ("(7,8,9,10)",)),
    ]


@pytest.mark.parametrize(
    "text", ["(bad,1)", "(1,2,3)", "(1,2,3,4,5)", "(1,2,3,4", "(1.0,2,3,4)", "(1,2,3,9999999999)", "(1,,3,4)", "()"]
)
def test_what_is_no_region_is_ignored(text: str) -> None:
    assert _read("{true.} " + text + " (1,2,3,+4)") == [("true.", ("(1,2,3,4)",))]


def test_a_brace_in_quotes_belongs_to_the_filter() -> None:
    assert _read('{A.matches("[0-9]{4}")} (1,2,3,4)') == [('A.matches("[0-9]{4}")', ("(1,2,3,4)",))]


def test_an_open_brace_is_no_signature() -> None:
    assert _read("{true. (1,2,3,4)") == []
    assert _read("no braces (1,2,3,4)") == []


@pytest.mark.parametrize(
    ("region", "box"),
    [
        ((0, 0, 10, 5), [(0, 0, 11, 6)]),  # both edges count in
        ((5, 6, 0, 0), [(5, 6, 6, 7)]),
        ((-8, -6, 100, 100), [(22, 34, 30, 40)]),
        ((28, 38, 10, 10), [(28, 38, 30, 40)]),
        ((-4, 0, 2, 2), [(26, 0, 29, 3)]),
        ((100, 0, 5, 5), []),
        ((-100, 0, 80, 5), [(0, 0, 11, 6)]),
        ((-100, 0, 5, 5), []),
        ((3, 3, -2, 5), []),
        ((1, 0, 2**31 - 1, 5), []),  # Java's int wraps around
    ],
)
def test_a_region_covers_its_edges_within_the_image(
    region: tuple[int, int, int, int], box: list[tuple[int, int, int, int]]
) -> None:
    assert boxes([Region(*region)], columns=30, rows=40) == box


@given(st.text(alphabet='{}()0123456789,- "x\n', max_size=80))
def test_any_text_is_a_script(script: str) -> None:
    assert all(len(str(region)) < 60 for each in signatures(script) for region in each.regions)
