"""Every transfer syntax of the standard: blanked, or refused in one line, and the page says which."""

import pytest

from obia.plugins.deid_ctp.pixels.redaction import redact_regions
from tests.plugins.deid_ctp.pixels import syntaxes


def test_the_page_says_what_a_run_gives() -> None:
    page = syntaxes.PAGE.read_text(encoding="utf-8")

    written = page.partition(syntaxes.BEGIN)[2].partition(syntaxes.END)[0].strip()

    assert written == syntaxes.table()


@pytest.mark.parametrize("syntax", syntaxes.transfer_syntaxes())
def test_a_syntax_is_blanked_or_refused_in_one_line(syntax: str) -> None:
    outcome = redact_regions(syntaxes.sample(syntax), [syntaxes.REGION], mode="safe")

    assert outcome.status in ("OK", "QUARANTINE")
    assert "\n" not in outcome.reason
    assert (outcome.status == "OK") == (not outcome.reason)
    assert outcome.status == "OK" or "no packaged decoder" in outcome.reason
