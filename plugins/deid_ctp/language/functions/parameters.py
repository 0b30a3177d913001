"""Parameters: `@NAME` and `$NAME` in an argument stand for what the script declares, anything else for itself."""

from obia.plugins.deid_ctp.language.evaluation import Evaluation
from obia.plugins.deid_ctp.language.java_text import integer, trim


def parameter(evaluation: Evaluation, text: str) -> str | None:
    """The value of an argument; None for a parameter that is not declared."""
    return evaluation.parameter(text[1:]) if text[:1] in ("@", "$") else text


def number(evaluation: Evaluation, text: str) -> int | None:
    """The value of an argument as a whole number; None where it is none."""
    value = parameter(evaluation, text)
    return None if value is None else integer(trim(value))


def first_digits(digits: str, length: int | None) -> str:
    """The first digits of a number; all of them where the length is missing or below 1."""
    return digits[:length] if length is not None and length > 0 else digits
