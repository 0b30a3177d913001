"""Patterns: Java's regular expressions, and their end in time."""

import time

import pytest

from obia.plugins.deid_ctp.language.java_regex import BadPattern, _is_quick, matches, pattern, replace_all
from obia.plugins.deid_ctp.outcome import Quarantined


@pytest.mark.parametrize(
    ("value", "text", "replacement", "result"),
    [
        ("abxd", "x*", "-", "-a-b--d-"),
        ("1 Main\r\nSp", ".*", "X", "XX\rX\nXX"),
        ("aB\u00c9\u00e9", "(?i)\u00e9", "X", "aB\u00c9X"),
        ("a", "$", "Z", "aZ"),
        ("a1", "(a)(1)", "$12", "a2"),
        ("PID 1", "P(I)D", "$1X", "IX 1"),
        ("ab", "(?<n>a)", "${n}${n}", "aab"),
        ("a.b", r"\.", r"\$", "a$b"),
        ("a+b", r"\Qa+b\E", "x", "x"),
        ("a1b2", r"\p{Digit}", "#", "a#b#"),
        ("abc", "[a-c&&[^b]]", "", "b"),
        ("a]b", "[]]", "", "ab"),
        ("\u0663", r"\d", "", "\u0663"),
        ("x--y", "[--x]", "", "y"),
        ("ab", "(a)|(c)", "<$2>", "<>b"),
        ("#a b", "|a?+", "[$0]", "[]#[]a[] []b[]"),  # behind an empty match the next character is passed over
        ("\u00c0\u00c9", r"\p{L}", "x", "xx"),
        ("\u00e9", r"\w", "x", "\u00e9"),
        ("ab", r"\1", "x", "ab"),
        ("aAb", r"\0101|\x62", "x", "axx"),
        ("a\x01", r"\cA", "x", "ax"),
        ("1 a\r\nb", "1.+(?s)", "x", "x\r\nb"),
        ("aXb", r"[^\D]|[\s\p{Upper}]", "-", "a-b"),
    ],
)
def test_replace_all_replaces_as_java_does(value: str, text: str, replacement: str, result: str) -> None:
    assert replace_all(value, text, replacement) == result


@pytest.mark.parametrize(
    ("value", "text", "is_matched"),
    [
        ("CT ABD", "CT.*", True),
        ("CT", "C", False),
        ("a\nb", "a.b", False),
        ("a\nb", "(?s)a.b", True),
        ("a\u2028b", "a.b", False),
    ],
)
def test_matches_asks_for_the_whole_value(value: str, text: str, is_matched: bool) -> None:
    assert matches(text, value) is is_matched


@pytest.mark.parametrize(
    "text", ["(", "[", "*", "a{2,1}", "\\", "\\y", "x" * 6000, "(?<n>a)(?<n>b)", "{", "a{,2}", "a|{2}"]
)
def test_what_java_does_not_take_is_refused(text: str) -> None:
    with pytest.raises(BadPattern):
        pattern(text)


@pytest.mark.parametrize("replacement", ["$", "$9", "\\", "${x}", "$x"])
def test_a_replacement_that_names_no_group_quarantines(replacement: str) -> None:
    with pytest.raises(Quarantined):
        replace_all("a", "a", replacement)


@pytest.mark.parametrize("text", ["(x+x+)+y", "(x|xx)+y"])
def test_a_pattern_that_explodes_ends_in_time(text: str) -> None:
    value, begun = "x" * 5000, time.monotonic()

    try:
        matches(text, value)
        replace_all(value, text, "")
    except Quarantined as quarantined:
        assert "too long" in quarantined.message

    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    "text", ["(a+)+", "a*a*", "a*+", "a{2}{3}", "[a&&b]*", r"\Qa*\E", "a|b", r"(a)\1", r"\p{L}*x*"]
)
def test_the_clock_is_watched_where_a_pattern_may_look_at_a_character_again(text: str) -> None:
    assert not _is_quick(text)
    assert _is_quick(r"[0-9:.\\ ]*")
