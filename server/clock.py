"""The clock: UTC, in ISO 8601 text of one width, so that text sorts as time does."""

from datetime import UTC, datetime, timedelta


def now(later: float = 0.0) -> str:
    """The time in so many seconds."""
    return (datetime.now(UTC) + timedelta(seconds=later)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
