"""Suspicions: what in a text looks like a date, a telephone number, an e-mail address or somebody's number."""

import re
from collections.abc import Iterator

_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez|janv|févr|mars|avr|juin|juil|août)[a-zé]*"
_YEAR, _DAY, _MONTHS = r"(?:19|20)\d\d", r"(?:0?[1-9]|[12]\d|3[01])", r"(?:0?[1-9]|1[0-2])"

_PATTERNS = {
    "a date": (
        rf"(?<!\d){_YEAR}([-/.]){_MONTHS}\1{_DAY}(?!\d)",
        rf"(?<![\d.])(?:{_DAY}([-/.]){_MONTHS}|{_MONTHS}([-/.]){_DAY})[-/.]{_YEAR}(?![\d.])",
        rf"(?<![\d/])(?:{_DAY}/{_MONTHS}|{_MONTHS}/{_DAY})/\d\d(?![\d/])",
        rf"(?<!\d){_YEAR}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?!\d)",
        rf"(?<!\d){_DAY}(?:st|nd|rd|th)?[ .-]*{_MONTH}[ .,-]*{_YEAR}(?!\d)",
        rf"(?<![a-z]){_MONTH}[ .-]*{_DAY}(?:st|nd|rd|th)?[ .,-]+{_YEAR}(?!\d)",
        r"\d{4}\s*年\s*\d{1,2}\s*月",
    ),
    "a telephone number": (
        r"\+\d[\d ()./-]{6,}\d",
        r"\(\d{2,5}\)[ ]?\d{3,4}[- ]?\d{3,4}(?!\d)",
        r"(?<![\d.])\d{3}[-. ]\d{3}[-. ]\d{4}(?![\d.])",
        r"(?<![\d.])0\d{2,4}[-/ ]\d{5,8}(?![\d.])",
        r"(?<![\d.])1[3-9]\d{9}(?![\d.])",
    ),
    "an e-mail address": (r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",),
    "somebody's number": (
        r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])",
        r"(?<!\d)\d{17}[\dXx](?!\d)",
        r"(?<![\d.])\d{7,19}(?![\d.])",
        r"(?<![a-z])(?:mrn|ssn|dob|patient id|pat\.? ?id|accession(?: no)?)\s*[:#=.]+\s*\w*\d",
    ),
    "a title with a name": (r"(?<![A-Za-z])(?i:dr|mr|mrs|prof)\.? ?[A-ZÀ-Þ][a-zà-ÿ]{2,}",),
}
_COMPILED = {
    what: [re.compile(each, (re.A if "\\w" in each else 0) | (0 if "(?i:" in each else re.I)) for each in patterns]
    for what, patterns in _PATTERNS.items()
}
_PERSON = re.compile(r"[^\W\d_][^\d^=]*\^[^\W\d_][^\d^=]*")  # a family and a given name, of letters
_MAX = 100_000  # characters of one value: patterns are linear, and a longer text is no value
CERTAIN = ("an e-mail address",)
"""What no pseudonym looks like."""


def is_person(text: str) -> bool:
    """Whether a value of VR PN looks like somebody's name: two parts of letters, or a part that is not written in ASCII."""
    return any(_PERSON.match(each) or not each.isascii() for each in text.split("="))


def suspicions(text: str, is_number: bool = False) -> Iterator[str]:
    """Yield what a text seems to hold; in an element that is a number by its nature, certain things alone."""
    if len(text) < 5:
        return
    for what, patterns in _COMPILED.items():
        if is_number and what not in CERTAIN:
            continue
        if any(pattern.search(text[:_MAX]) for pattern in patterns):
            yield what
