"""The helpers of the attack, each by itself; `make attack` runs the whole."""

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from graphql import parse

from tests import make
from tests.attack import mutating
from tests.attack.__main__ import run
from tests.attack.archive import Archive
from tests.attack.documents import REPEATED, repeated
from tests.attack.holdings import Holdings
from tests.attack.load import grown
from tests.attack.page import BEGIN, END, PAGE, replaced
from tests.attack.rows import Probe, Row, grouped, listed, percentile, table
from tests.attack.samples import ct
from tests.attack.walks import back_and_forth

CALM = Holdings(Counter({"a": 1}), Counter({"CONFLICT": 2}), Counter({"b": 1}), 0, 2, 2, 1)


def test_a_failed_row_says_so() -> None:
    lines = list(table([Row("one", "a|b", "x", "y", False)]))

    assert lines[-1] == "| one | a/b | x | y | FAILED |"


def test_a_group_fails_with_one_probe_and_names_it() -> None:
    probes = [Probe("jobs", "good", True), Probe("jobs", "bad", False)]

    [row] = grouped(probes, {"jobs": "null"})

    assert not row.is_passed
    assert row.measured == "1 of 2; not: bad"


def test_a_group_without_probes_fails() -> None:
    assert not next(grouped([], {"jobs": "null"})).is_passed


def test_a_long_list_is_cut() -> None:
    assert listed(["a", "b", "c"], 2) == "a, b and 1 more"


@pytest.mark.parametrize(("share", "expected"), [(0.5, 50), (0.99, 99), (1.0, 100)])
def test_a_percentile_is_one_of_the_values(share: float, expected: int) -> None:
    assert percentile(range(1, 101), share) == expected


def test_growth_compares_the_halves() -> None:
    assert grown([100, 110, 105, 121]) == pytest.approx(0.1)


def test_equal_holdings_do_not_differ() -> None:
    assert not list(CALM.differences(CALM))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"accepted": Counter()}, "accepted: 1 lost, 0 too many"),
        ({"refused": Counter({"CONFLICT": 3})}, "quarantined: 0 lost, 1 too many"),
        ({"sealed": 3, "listed": 3}, "vault: 3 originals, 2 in a calm run"),
        ({"listed": 1}, "vault: 2 originals, 1 in the list"),
        ({"drafts": 1}, "store: 1 unfinished files"),
    ],
)
def test_holdings_name_what_differs(change: dict[str, object], words: str) -> None:
    assert list(replace(CALM, **change).differences(CALM)) == [words]  # type: ignore[arg-type]  # one field each


@pytest.mark.parametrize("kind", mutating.KINDS)
def test_a_mutation_changes_the_file_and_is_the_same_for_a_seed(kind: mutating.Mutation) -> None:
    whole = make.data(make.image())

    once, again = (kind(whole, random.Random(7)) for _ in range(2))

    assert once == again != whole


def test_the_places_are_where_elements_begin() -> None:
    whole = make.data(make.image())

    assert any(whole[at : at + 4] == b"\x10\0\x20\0" for at in mutating.places(whole))  # Patient ID


def test_two_samples_share_neither_uid_nor_pixels() -> None:
    one, other = ct("ONE", 0, 0), ct("ONE", 0, 1)

    assert one.SOPInstanceUID != other.SOPInstanceUID
    assert one.PixelData != other.PixelData


def test_the_page_keeps_what_is_written_by_hand() -> None:
    assert replaced(f"before {BEGIN} old {END} after", "new") == f"before {BEGIN}\nnew\n{END} after"


def test_a_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        replaced("no marks", "new")


def test_the_page_of_the_repository_has_its_marks() -> None:
    assert "new" in replaced(PAGE.read_text(encoding="utf-8"), "new")


def test_a_filter_back_and_forth_is_short() -> None:
    assert len(back_and_forth(4)) < 287


@pytest.mark.parametrize("shape", REPEATED)
def test_a_repeating_document_has_fewer_tokens_than_the_limit(shape: tuple[str, str, int]) -> None:
    document = repeated(*shape)

    tokens = parse(document, max_tokens=2_000)

    assert len(document) < 12_000
    assert tokens.loc


def test_a_part_that_breaks_off_is_a_row_that_failed(tmp_path: Path) -> None:
    def part(archive: Archive, folder: Path) -> Iterator[Row]:
        yield Row("one", "x", "y", "z", True)
        raise ValueError("no more")

    rows = list(run("broken", part, Archive(tmp_path, tmp_path), tmp_path / "broken"))

    assert [row.is_passed for row in rows] == [True, False]
    assert rows[-1].measured == "broke off: ValueError: no more"
