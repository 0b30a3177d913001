"""What GraphQL has no scalar of its own for: long numbers, and dates and times.

Dates and times are ISO 8601 text of one width, as the graph holds them, so that text sorts as time does.
"""

from datetime import UTC, date, datetime
from typing import NewType

import strawberry
from graphql import GraphQLError
from strawberry.types.scalar import ScalarDefinition

from obia.schema.errors import BadInput

Date = NewType("Date", str)
DateTime = NewType("DateTime", str)
Long = NewType("Long", int)

_LONGEST = 2**53 - 1  # what a JSON number holds exactly everywhere (RFC 8259 section 6)


def parse_date(value: object) -> str:
    """Read YYYY-MM-DD. Raises GraphQLError, whose code is BAD_INPUT."""
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value).isoformat()
    except ValueError:
        pass
    raise _refused("a date is written YYYY-MM-DD")


def parse_datetime(value: object) -> str:
    """Read an ISO 8601 time with its offset from UTC and write it as the graph does. Raises GraphQLError."""
    try:
        if isinstance(value, str):
            moment = datetime.fromisoformat(value)
            if moment.tzinfo is not None:
                return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        pass
    raise _refused("a time is written 2026-01-31T12:00:00Z, with its offset from UTC")


def parse_long(value: object) -> int:
    """Read a whole number of at most 53 bits. Raises GraphQLError."""
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _LONGEST:
        return value
    raise _refused(f"a Long is a whole number from -{_LONGEST} to {_LONGEST}")


def _refused(message: str) -> GraphQLError:
    return GraphQLError(message, original_error=BadInput(message))


SCALARS: dict[object, ScalarDefinition] = {
    Date: strawberry.scalar(
        name="Date", description="A calendar date, YYYY-MM-DD (ISO 8601).", serialize=str, parse_value=parse_date
    ),
    DateTime: strawberry.scalar(
        name="DateTime",
        description="A moment in UTC (ISO 8601), to the millisecond.",
        serialize=str,
        parse_value=parse_datetime,
    ),
    Long: strawberry.scalar(
        name="Long",
        description="A whole number of up to 53 bits, which Int cannot hold.",
        serialize=int,
        parse_value=parse_long,
    ),
}
