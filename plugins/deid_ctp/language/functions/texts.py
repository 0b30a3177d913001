"""Texts: an element's text as it is, in part, in other letters, or with a pattern replaced."""

import re
from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.parameters import number
from obia.plugins.deid_ctp.language.java_regex import BadPattern, pattern, replace_all
from obia.plugins.deid_ctp.language.java_text import trim

_NAME_BREAK = re.compile(r"[\s^,]+", re.A)


def _contents(call: Call) -> Step:
    """A value, with a pattern replaced where one is given."""
    call.expect(1, 3)
    reference = call.reference(0)
    if len(call.arguments) < 2:
        return lambda evaluation: evaluation.value(reference) or ""
    text, replacement = call.argument(1), call.argument(2)
    note_pattern(call, text)
    return lambda evaluation: replace_all(evaluation.value(reference) or "", text, replacement)


def note_pattern(call: Call, text: str) -> None:
    """Note a pattern that no reader of it would take."""
    try:
        pattern(text)
    except BadPattern:
        call.fault(f"{text!r} is not a regular expression")


def _value(call: Call) -> Step:
    """A value, or a default where it is missing or empty."""
    call.expect(1, 2)
    reference, default = call.reference(0), call.argument(1)
    return lambda evaluation: evaluation.value(reference) or default


def _truncate(call: Call) -> Step:
    """The first characters of a value; the last ones where the number is below zero."""
    call.expect(2, 2)
    reference, size = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        value, length = evaluation.value(reference) or "", number(evaluation, size)
        if length is None:
            return value
        return value[:length] if length >= 0 else trim(value)[length:]

    return step


def _letters(change: Callable[[str], str]) -> Callable[[Call], Step]:
    def compiled(call: Call) -> Step:
        call.expect(1, 1)
        reference = call.reference(0)
        return lambda evaluation: change(evaluation.value(reference) or "")

    return compiled


def _initials(call: Call) -> Step:
    """First letters, the last name's at the end; a number moves each along the alphabet."""
    call.expect(1, 2)
    reference, offset = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        words = [word for word in _NAME_BREAK.split(evaluation.value(reference) or "") if word]
        if not words:
            return "X"
        letters = "".join(word[0] for word in (*words[1:], words[0])).upper()
        return "".join([_moved(letter, number(evaluation, offset) or 0) for letter in letters])

    return step


def _moved(letter: str, offset: int) -> str:
    """A letter of the alphabet that many letters on; any other character stays."""
    if not offset or not "A" <= letter <= "Z":
        return letter
    return chr((ord(letter) - 65 + offset) % 26 + 65)


def _pathelement(call: Call) -> Step:
    """One part of a path; the whole where there is no such part."""
    call.expect(2, 2)
    reference, place = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference) or ""
        parts, index = value.split("/"), number(evaluation, place)
        is_there = index is not None and -len(parts) <= index < len(parts)
        return parts[index] if is_there and index is not None else value

    return step


TEXTS: dict[str, Callable[[Call], str | Step]] = {
    "contents": _contents,
    "value": _value,
    "truncate": _truncate,
    "uppercase": _letters(str.upper),
    "lowercase": _letters(str.lower),
    "initials": _initials,
    "pathelement": _pathelement,
}
