"""The oracle: strict mode makes of every case what the real CTP made of it."""

import re
from collections import Counter
from pathlib import Path

import pytest

from obia.plugins.deid_ctp import Lookup, Outcome, Script, anonymize, matches, redact, redact_regions
from obia.plugins.deid_ctp.outcome import Unreadable
from tests.plugins.deid_ctp.oracle_cases import (
    FROZEN,
    Case,
    all_cases,
    cases,
    changed_inputs,
    differences,
    locate,
    lookup_text,
)

PARITY = Path(__file__).parents[3] / "docs" / "ctp-parity.md"
SETS = Counter((case.kind, case.set) for case in all_cases())
_MOST_MISSES = 0.005  # of a set


def misses() -> set[str]:
    """The cases that the page on parity lists as misses, each with its reason."""
    section = PARITY.read_text(encoding="utf-8").partition("\n## Misses\n")[2].partition("\n## ")[0]
    return set(re.findall(r"^- `([^`]+)`: \S", section, re.M))


def wrong(case: Case) -> list[str]:
    """How strict mode differs from CTP in one case; what CTP could not open, nobody can compare."""
    if case.kind == "FILTER":
        return _wrong_answer(case)
    outcome = _outcome(case)
    if case.status not in (outcome.status, "EXC"):
        return [f"{outcome.status} and not {case.status}: {outcome.reason}"]
    return differences(case, outcome.data, with_pixels=case.kind != "ANON") if case.status == "OK" else []


def _wrong_answer(case: Case) -> list[str]:
    try:
        found = str(matches(case.script_text, locate(case))).lower()
    except Unreadable:
        found = "unreadable"
    return [] if case.status == "EXC" or found == case.message else [f"{found} and not {case.message}"]


def _outcome(case: Case) -> Outcome:
    path = locate(case)
    if case.kind == "ANON":
        text = lookup_text(case)
        table = None if text is None else Lookup.parse(text)
        return anonymize(path, Script.parse(case.script_text), lookup=table, mode="strict", now=FROZEN)
    *texts, burned_in, test = _extra(case)
    if case.kind == "PIXEL":
        return redact(path, case.script_text, burned_in=burned_in == "yes", test=test == "yes")
    regions = [(int(x), int(y), int(w), int(h)) for x, y, w, h in (each.split(",") for each in texts[0].split(";"))]
    return redact_regions(path, regions, burned_in=burned_in == "yes", test=test == "yes")


def _extra(case: Case) -> list[str]:
    extra = case.more["extra"]
    assert isinstance(extra, list)
    return [str(each) for each in extra]


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_strict_mode_makes_what_ctp_made(case: Case) -> None:
    assert bool(wrong(case)) == (case.id in misses()), wrong(case) or "it is listed as a miss, and is none"


def test_every_listed_miss_is_a_case() -> None:
    assert misses() <= {case.id for case in all_cases()}


@pytest.mark.parametrize("name", sorted(SETS), ids="-".join)
def test_hardly_any_case_of_a_set_is_listed_as_a_miss(name: tuple[str, str]) -> None:
    ids = {case.id for case in cases(name[1])}

    assert len(ids & misses()) <= _MOST_MISSES * len(ids)


def test_the_page_on_parity_counts_the_cases_there_are() -> None:
    rows = re.findall(r"^\| (\w+) \| (\w+) \|[^|]*\| (\d+) \| (\d+) \|$", PARITY.read_text(encoding="utf-8"), re.M)
    listed = Counter((case.kind, case.set) for case in all_cases() if case.id in misses())

    assert {(kind, name): int(count) for kind, name, count, _ in rows} == SETS
    assert {(kind, name): int(same) for kind, name, _, same in rows} == {key: SETS[key] - listed[key] for key in SETS}


def test_every_input_is_the_one_ctp_was_given() -> None:
    changed, inputs = changed_inputs(all_cases()), {case.input for case in all_cases()}

    assert not changed, f"{len(changed)} of {len(inputs)} inputs are not the files CTP was given: {', '.join(changed)}"


@pytest.mark.parametrize("kind", ["ANON", "FILTER", "PIXEL", "PIXREG"])
def test_a_changed_input_is_counted_and_fails_its_case(kind: str) -> None:
    case = next(case for case in all_cases() if case.kind == kind)
    changed = Case(**{**case.__dict__, "input_sha256": "0" * 64})

    assert changed_inputs([case, changed, changed]) == [case.input]
    with pytest.raises(AssertionError, match="is not the file"):
        wrong(changed)


def test_a_missing_input_is_counted() -> None:
    case = Case(**{**all_cases()[0].__dict__, "input": "inputs/gone.dcm"})

    assert changed_inputs([case]) == ["inputs/gone.dcm"]


def test_a_wrong_value_is_seen_as_a_difference() -> None:
    case = next(case for case in cases("micro") if case.more["expr"] == "@always()FOO" and "base" in case.input)

    untouched = locate(case).read_bytes()

    assert differences(case, untouched) == ["00100020: ('LO', b'FOO ') and not ('LO', b'PID 00123 ')"]


def test_a_pixel_left_as_it_was_is_seen_as_a_difference() -> None:
    case = next(case for case in cases("pixreg") if case.more.get("pixel_changed_bytes"))

    untouched = locate(case).read_bytes()

    assert any("7fe00010" in each for each in differences(case, untouched, with_pixels=True))


def test_another_answer_of_a_filter_is_seen() -> None:
    case = next(case for case in cases("filter") if case.message == "true")
    other = Case(**{**case.__dict__, "message": "false"})

    assert wrong(other) == ["true and not false"]
