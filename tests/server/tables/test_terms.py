"""Terms of clinical tables."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.server.tables import terms


@pytest.mark.parametrize("word", ["F", "female", "FEMALE", "女"])
def test_a_sex_is_normalised(word: str) -> None:
    assert terms.sex_of(word) == "FEMALE"


def test_an_unknown_sex_is_refused() -> None:
    with pytest.raises(terms.Unusable, match="is none of"):
        terms.sex_of("yes")


@pytest.mark.parametrize(
    "text", ["2020-1-31", "31.01.2020", "20200131", "2020-W05-5", "2020-02-30", "２020-01-31", "0020-01-31"]
)
def test_what_is_no_date_is_refused(text: str) -> None:
    with pytest.raises(terms.Unusable, match="is no date"):
        terms.day_of(text)


@pytest.mark.parametrize("text", ["2020", "2020-01"])
def test_a_part_of_a_date_is_refused(text: str) -> None:
    with pytest.raises(terms.Unusable, match="part of a date"):
        terms.day_of(text)


@given(st.dates(date(1900, 1, 1)), st.dates(date(1900, 1, 1)), st.integers(-3650, -1))
def test_shifted_dates_keep_their_distance(one: date, other: date, offset: int) -> None:
    first, second = (date.fromisoformat(terms.shifted(each, offset)) for each in (one, other))

    assert second - first == other - one
    assert first != one


@pytest.mark.parametrize("code", ["age", "AGE", "age_at_diagnosis", "ageAtOnset", "Age at study", "年龄"])
def test_a_code_may_speak_of_an_age(code: str) -> None:
    assert terms.is_age(code)


@pytest.mark.parametrize("code", ["stage", "dosage", "C34.1", "image", "agent", ""])
def test_other_codes_do_not(code: str) -> None:
    assert not terms.is_age(code)


@pytest.mark.parametrize(
    ("age", "kept"),
    [("89", "89"), ("90", "90"), ("93", "90"), ("093Y", "90"), ("101 years", "90"), ("1079 m", "1079 m"), ("1080M", "90"),
     ("40000", "90"), ("5000 d", "5000 d"), ("89.9", "89.9"), ("91岁", "90")],
)  # fmt: skip
def test_an_age_over_89_is_90(age: str, kept: str) -> None:
    assert terms.capped(age) == kept


@pytest.mark.parametrize("age", ["old", "-3", "9x", "90-95", "93 or so", "1e3"])
def test_what_is_no_age_is_refused(age: str) -> None:
    with pytest.raises(terms.Unusable, match="is no age"):
        terms.capped(age)


@pytest.mark.parametrize(
    "text",
    ["2020-01-31", "since 2020/1/31", "31.01.2020", "1-31-20", "20200131", "2020年1月31日", "on 31 January 2020",
     "Jan 31, 2020", "1-2-15 mg", "january 3rd 1999", "born 1931.05.06 in X"],
)  # fmt: skip
def test_a_date_in_words_is_refused(text: str) -> None:
    with pytest.raises(terms.Unusable, match="holds a date"):
        terms.demand_free_of_dates(text)


@pytest.mark.parametrize("text", ["aged 93 years", "a 101-year-old", "95 y/o", "91岁"])
def test_an_age_over_89_in_words_is_refused(text: str) -> None:
    with pytest.raises(terms.Unusable, match="over 89"):
        terms.demand_free_of_dates(text)


@pytest.mark.parametrize(
    "text",
    ["T2N0M0", "C34.1", "adenocarcinoma, grade 2", "60 Gy in 30 fractions", "FOLFOX 12 cycles", "1.5 x 2.3 cm",
     "SNOMED 254637007", "lived 90 years", "2020", "89 years", "10.1.2 mm"],
)  # fmt: skip
def test_other_text_is_kept(text: str) -> None:
    terms.demand_free_of_dates(text)
