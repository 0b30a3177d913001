"""The oracle: strict mode makes of every case what the real CTP made of it."""

import re
from pathlib import Path

import pytest

from obia.plugins.deid_ctp import Lookup, Script, anonymize
from tests.plugins.deid_ctp.oracle_cases import FROZEN, Case, cases, differences, locate, lookup_text

SETS = ("micro", "flags", "item", "charset", "props")
PARITY = Path(__file__).parents[3] / "docs" / "ctp-parity.md"
_MOST_MISSES = 0.005  # of a set


def misses() -> set[str]:
    """The cases that the page on parity lists as misses."""
    section = PARITY.read_text(encoding="utf-8").partition("\n## Misses\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^- `([^`]+)`", section, re.M))


def wrong(case: Case) -> list[str]:
    """How strict mode differs from CTP in one case."""
    table = lookup_text(case)
    outcome = anonymize(
        locate(case),
        Script.parse(case.script_text),
        lookup=None if table is None else Lookup.parse(table),
        mode="strict",
        now=FROZEN,
    )
    if outcome.status != case.status:
        return [f"{outcome.status} and not {case.status}: {outcome.reason}"]
    return differences(case, outcome.data) if case.status == "OK" else []


@pytest.mark.parametrize("case", cases(*SETS), ids=lambda case: case.id)
def test_strict_mode_makes_what_ctp_made(case: Case) -> None:
    assert bool(wrong(case)) == (case.id in misses()), wrong(case)


@pytest.mark.parametrize("name", SETS)
def test_hardly_any_case_of_a_set_is_listed_as_a_miss(name: str) -> None:
    ids = {case.id for case in cases(name)}

    assert len(ids & misses()) <= _MOST_MISSES * len(ids)


def test_the_page_on_parity_counts_the_cases_there_are() -> None:
    rows = re.findall(r"^\| (\w+) \|[^|]*\| (\d+) \| (\d+) \|$", PARITY.read_text(encoding="utf-8"), re.M)

    assert {name: int(count) for name, count, _ in rows if name in SETS} == {name: len(cases(name)) for name in SETS}


def test_a_changed_input_is_reported() -> None:
    case = cases("props")[0]
    changed = Case(**{**case.__dict__, "input_sha256": "0" * 64})

    with pytest.raises(AssertionError, match="is not the file"):
        wrong(changed)


def test_a_wrong_value_is_seen_as_a_difference() -> None:
    case = next(case for case in cases("micro") if case.more["expr"] == "@always()FOO" and "base" in case.input)

    untouched = locate(case).read_bytes()

    assert differences(case, untouched) == ["00100020: ('LO', b'FOO ') and not ('LO', b'PID 00123 ')"]
