"""Checks as the trusted zone asks them: what one raises is its own failure, unless there is no room to go on."""

import errno
from collections.abc import Iterable

import pytest

from obia.schema.errors import Code
from obia.schema.protocols import RawCheck
from obia.schema.values import Finding, Level, Original
from obia.server.intake.zone import checked
from obia.testing import planted


class Failing:
    """A check that raises."""

    name = "failing"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def check_raw(self, original: Original) -> Iterable[Finding]:
        raise self.error


def _ask(error: Exception) -> list[Finding]:
    return checked({"failing": Failing(error)}, RawCheck, lambda each: each.check_raw(planted()), "id1")


@pytest.mark.parametrize("error", [ValueError("ZQPLANTED"), FileNotFoundError("ZQPLANTED"), ConnectionError()])
def test_a_check_that_raises_is_a_failing_finding_and_its_words_are_not_logged(
    error: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    assert _ask(error) == [Finding(Code.CHECK_FAILED, Level.FAILURE, "id1", "failing")]
    assert "ZQPLANTED" not in caplog.text


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), OSError(errno.EFBIG, "large"), MemoryError()])
def test_a_check_that_finds_no_room_stops_the_batch(error: Exception) -> None:
    with pytest.raises(type(error)):
        _ask(error)
