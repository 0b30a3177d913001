"""Scalars: what they take, and what they say of what they do not."""

import pytest
from graphql import GraphQLError

from obia.schema.graphql.scalars import parse_date, parse_datetime, parse_long


@pytest.mark.parametrize("value", [0, -1, 2**31, 2**53 - 1, -(2**53) + 1])
def test_a_long_is_a_whole_number_that_json_holds_exactly(value: int) -> None:
    assert parse_long(value) == value


@pytest.mark.parametrize("value", [2**53, -(2**53), True, 1.5, "7", None])
def test_what_is_no_long_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match="a Long is a whole number"):
        parse_long(value)


def test_a_time_is_written_as_the_graph_does() -> None:
    assert parse_datetime("2026-01-31T13:00:00+01:00") == "2026-01-31T12:00:00.000Z"


@pytest.mark.parametrize("value", ["2026-01-31T12:00:00", "yesterday", 3, "0001-01-01T00:00:00+23:00"])
def test_a_time_without_its_offset_is_refused(value: object) -> None:
    with pytest.raises(GraphQLError, match="offset from UTC"):
        parse_datetime(value)


@pytest.mark.parametrize("value", ["20260131", "2026-02-30", 20260131, "2026-01-31 "])
def test_a_date_is_written_with_dashes(value: object) -> None:
    with pytest.raises(GraphQLError, match="YYYY-MM-DD"):
        parse_date(value)
