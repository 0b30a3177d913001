"""Checks as the trusted zone asks them: what one raises is its own failure, unless there is no room to go on."""

import errno
from collections.abc import Iterable
from typing import Any

import pytest

from obia.schema.errors import Code, PluginCode
from obia.schema.protocols import RawCheck
from obia.schema.values import Finding, Level, Original
from obia.server.host.registry import Registry
from obia.server.intake.zone import checked, failing
from obia.testing import planted


class Failing:
    """A check that raises."""

    name = "failing"

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def check_raw(self, original: Original) -> Iterable[Finding]:
        raise self.error


class Saying:
    """A check that says one code."""

    name = "saying"

    def __init__(self, code: object) -> None:
        self.code = code

    def check_raw(self, original: Original) -> Iterable[Finding]:
        return [Finding(self.code)]  # type: ignore[arg-type]  # a plugin's types are the plugin's to check


def _ask(error: BaseException) -> list[Finding]:
    return checked(
        Registry(checks={"failing": Failing(error)}), RawCheck, lambda each: each.check_raw(planted()), "id1"
    )


@pytest.mark.parametrize("error", [ValueError("ZQPLANTED"), FileNotFoundError("ZQPLANTED"), BaseException("ZQPLANTED")])
def test_a_check_that_raises_is_a_failing_finding_and_its_words_are_not_logged(
    error: BaseException, caplog: pytest.LogCaptureFixture
) -> None:
    assert _ask(error) == [Finding(Code.CHECK_FAILED, Level.FAILURE, "id1", "failing")]
    assert "ZQPLANTED" not in caplog.text


@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, "no space"), OSError(errno.EFBIG, "large")])
def test_a_check_that_finds_no_room_stops_the_batch(error: Exception) -> None:
    with pytest.raises(type(error)):
        _ask(error)


def test_a_check_that_runs_out_of_memory_refuses_its_file_alone() -> None:
    assert _ask(MemoryError()) == [Finding(Code.TOO_LARGE, Level.FAILURE, "id1", "failing")]


def test_a_finding_may_have_a_code_that_its_plugin_registered() -> None:
    own = PluginCode("saying.ODD")
    registered = Registry(checks={"saying": Saying(own)}, codes={own: own})

    [found] = checked(registered, RawCheck, lambda each: each.check_raw(planted()), "id1")

    assert found == Finding(own, Level.FAILURE, "id1", "saying")


@pytest.mark.parametrize("code", ["ZQPLANTED", PluginCode("saying.ZQPLANTED"), None, ["ZQPLANTED"]])
def test_a_finding_whose_code_nobody_registered_is_a_failed_check_and_the_code_is_told_nowhere(
    code: object, caplog: pytest.LogCaptureFixture
) -> None:
    registered = Registry(checks={"saying": Saying(code)}, codes={"saying.ODD": PluginCode("saying.ODD")})

    found = checked(registered, RawCheck, lambda each: each.check_raw(planted()), "id1")

    assert found == [Finding(Code.CHECK_FAILED, Level.FAILURE, "id1", "saying")]
    assert "ZQPLANTED" not in caplog.text + str(found)


@pytest.mark.parametrize("level", ["FAILURE", "failure", "", None, Level.FAILURE])
def test_a_level_that_is_none_of_the_mild_ones_refuses(level: Any) -> None:
    mild = Finding(Code.CHECK_FAILED, Level.WARNING, "id1", "mild")
    strange = Finding(Code.CHECK_FAILED, level, "id1", "strange")

    assert failing([mild]) is None
    assert failing([mild, strange]) is strange
