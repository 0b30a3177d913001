"""The oracle's pixel cases: the same element values, the same pixels, byte by byte."""

import pytest

from obia.plugins.deid_ctp.pixels.redaction import redact, redact_regions
from tests.plugins.deid_ctp.oracle_cases import Case, cases, differences, locate


def _extra(case: Case) -> list[str]:
    extra = case.more["extra"]
    assert isinstance(extra, list)
    return [str(each) for each in extra]


@pytest.mark.parametrize("case", cases("pixcustom"), ids=lambda case: case.id)
def test_a_pixel_script_blanks_what_ctp_blanks(case: Case) -> None:
    burned_in, test = (each == "yes" for each in _extra(case))

    outcome = redact(locate(case), case.script_text, burned_in=burned_in, test=test)

    assert outcome.status == case.status
    assert case.status != "OK" or not differences(case, outcome.data, with_pixels=True)


@pytest.mark.parametrize("case", cases("pixreg"), ids=lambda case: case.id)
def test_regions_blank_what_ctp_blanks(case: Case) -> None:
    text, *flags = _extra(case)
    burned_in, test = (each == "yes" for each in flags)
    regions = [(int(x), int(y), int(w), int(h)) for x, y, w, h in (each.split(",") for each in text.split(";"))]

    outcome = redact_regions(locate(case), regions, burned_in=burned_in, test=test)

    assert outcome.status == case.status
    assert not differences(case, outcome.data, with_pixels=True)
