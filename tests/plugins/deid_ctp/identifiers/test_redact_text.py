"""Text that is kept: the patient's own strings are cut out of it, its dates move, and the rest stays."""

import re
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.plugins.deid_ctp import anonymize
from obia.plugins.deid_ctp.identifiers.dates_in_text import moved
from obia.plugins.deid_ctp.identifiers.redact_text import cut
from obia.plugins.deid_ctp.identifiers.search import Identity
from tests.plugins.deid_ctp.files import KEY, NOW, both, dataset, file, outcome, read, script

SCRIPT = "00100010 X", "00100020 Y", "00100030 @remove()", "00080020 @incrementdate(this,@DATEINC)"
DAYS = -1000


def cleaned(text: str, **elements: object) -> str:
    """A study description after safe anonymization of a header."""
    source = file(dataset(StudyDescription=text, **elements))
    return str(read(anonymize(source, script(*SCRIPT), key=KEY, now=NOW)).StudyDescription)


@pytest.mark.parametrize(
    ("name", "text", "left"),
    [
        ("Doe^Jane", "CT of Jane Doe, abdomen", "CT of , abdomen"),
        ("Doe^Jane", "CT of DOE JANE abdomen", "CT of abdomen"),
        ("Doe^Jane", "for J. Doe: abdomen", "for : abdomen"),
        ("Doe^Jane", "for Doe J abdomen", "for abdomen"),
        ("Doe^Jane^Mary", "abdomen Doe, J. M.", "abdomen"),
        ("Müller^Jörg", "Thorax Muller", "Thorax"),
        ("Müller^Jörg", "Thorax JOERG MUELLER pa", "Thorax pa"),
        ("Wang^XiaoDong=王^小东", "王小东 胸部", "胸部"),
        ("Wang^XiaoDong=王^小东", "Wang Xiaodong chest", "chest"),
        ("Wang^XiaoDong=王^小东", "XIAODONG WANG chest", "chest"),
    ],
)
def test_a_name_is_cut_out_of_a_description_however_it_is_written(name: str, text: str, left: str) -> None:
    assert cleaned(text, PatientName=name, SpecificCharacterSet="ISO_IR 192").strip() == left


def test_a_number_is_cut_out_with_its_punctuation() -> None:
    assert cleaned("knee, MRN 47-11-0815, left", PatientID="47110815") == "knee, MRN , left"


@pytest.mark.parametrize("written", ["02.01.1960", "1960-01-02", "19600102", "2 January 1960", "JAN 2, 1960"])
def test_a_birth_date_is_cut_out_where_other_dates_move(written: str) -> None:
    made = cleaned(f"born {written}, seen 2020-03-16", PatientBirthDate="19600102", StudyDate="20200315")

    assert "born" in made and "seen 20" in made and "2020-03-16" not in made and not re.search(r"19[56]\d", made)


@given(
    st.text("Ab(.) ,!-", min_size=8, max_size=24),
    st.lists(st.sampled_from(["", "x", " (x) ", "Thorax, ", "(", ")."]), max_size=3),
)
def test_a_phrase_is_cut_out_whatever_signs_are_about_it(phrase: str, around: list[str]) -> None:
    identity = Identity(phrases={phrase.casefold()}, words={"thorax"})
    identity.settle()

    left = cut(phrase.join(["a ", *around, " b"]), identity)

    assert not identity.found_in(left)


def test_a_series_described_as_its_study_is_loses_it_and_no_more() -> None:
    same = "Thorax (nativ)"
    source = file(dataset(StudyDescription=same, SeriesDescription=same, ImageComments=f"vor {same} nach"))

    made = read(anonymize(source, script("00081030 @remove()"), key=KEY, now=NOW))

    assert (made.SeriesDescription, made.ImageComments) == ("", "vor nach")


def test_what_holds_nothing_of_the_patient_stays_as_it_is() -> None:
    assert cleaned("T2  fse   ax", PatientName="Doe^Jane") == "T2  fse   ax"


def test_a_text_in_which_nothing_else_is_said_is_emptied() -> None:
    assert cleaned("Doe, Jane", PatientName="Doe^Jane") == ""


def test_a_long_text_that_holds_a_string_goes_as_a_whole() -> None:
    identity = Identity(words={"doe"})
    identity.settle()

    assert cut("x " * 15_000 + "doe", identity) == ""


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("2020-03-15", "{0:%Y-%m-%d}"),
        ("20200315", "{0:%Y%m%d}"),
        ("15.03.2020", "{0:%d.%m.%Y}"),
        ("3/15/2020", "{0.month}/{0:%d/%Y}"),
        ("15 Mar 2020", "{0:%d %b %Y}"),
        ("March 15, 2020", "{0:%B %d, %Y}"),
        ("2020年3月15日", "{0.year}年{0.month}月{0:%d}日"),
    ],
)
def test_a_date_in_a_description_moves_with_the_others(written: str, form: str) -> None:
    source = file(
        StudyDescription=f"after {written} op",
        StudyDate="20200315",
        SpecificCharacterSet="ISO_IR 192",
        PatientID="4711",
    )

    safe = read(anonymize(source, script(*SCRIPT), key=KEY, now=NOW))

    assert safe.StudyDate != "20200315"
    assert safe.StudyDescription == f"after {form.format(date.fromisoformat(safe.StudyDate))} op"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("on 2019-12-31.", "on 2017-04-05."),
        ("on 31.12.2019", "on 05.04.2017"),
        ("on 12/31/2019", "on 04/05/2017"),
        ("on 1/31/2019", "on 5/06/2016"),
        ("on 31-DEC-2019", "on 05-APR-2017"),
        ("on 31st of December 2019", "on 05st of April 2017"),
        ("on Dec. 31, 2019", "on Apr. 05, 2017"),
        ("on december 31 2019", "on april 05 2017"),
        ("on 2019.12.31", "on 2017.04.05"),
        ("on 03/04/2019", "on "),
        ("no. 99999999", "no. 99999999"),
        ("version 3.4.20", "version 3.4.20"),
        ("2019-13-45", "2019-13-45"),
    ],
)
def test_a_written_day_moves_in_the_form_it_has(text: str, left: str) -> None:
    assert moved(text, DAYS, set()) == left


def test_the_patients_own_days_tell_day_and_month_apart() -> None:
    day = date(2019, 4, 3) + timedelta(DAYS)

    assert moved("03/04/2019", DAYS, {(2019, 4, 3)}) == f"{day:%d/%m/%Y}"
    assert moved("04/03/2019", DAYS, {(2019, 4, 3)}) == f"{day:%m/%d/%Y}"


def test_strict_leaves_the_text_as_it_is() -> None:
    strict, safe = both(file(StudyDescription="of Jane Doe", PatientName="Doe^Jane"), *SCRIPT)

    assert strict.StudyDescription == "of Jane Doe" and safe.StudyDescription == "of"


def test_a_value_the_script_keeps_is_no_secret() -> None:
    source = file(StudyDescription="Doe", PatientName="Doe^Jane", AccessionNumber="ACC-4711")

    safe = read(anonymize(source, script("00080020 @remove()"), key=KEY, now=NOW))

    assert safe.StudyDescription == "Doe" and safe.AccessionNumber == "ACC-4711"


def test_a_private_text_that_a_script_leaves_loses_what_is_the_patients() -> None:
    header = dataset(PatientID="PID-0815", PatientName="Doe^Jane")
    block = header.private_block(0x0029, "ACME", create=True)
    block.add_new(1, "LO", "for PID-0815")
    block.add_new(2, "LO", "of no one")

    safe = read(outcome(file(header), script(*SCRIPT), "safe"))

    assert not safe[0x00291001].value and safe[0x00291002].value == "of no one"
