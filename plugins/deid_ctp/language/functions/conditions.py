"""Conditions: `@if` and what it can ask of an element."""

import re
from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.parameters import parameter
from obia.plugins.deid_ctp.language.functions.texts import note_pattern
from obia.plugins.deid_ctp.language.java_regex import matches
from obia.plugins.deid_ctp.language.java_text import integer
from obia.plugins.deid_ctp.language.references import Reference

_NO_DIGITS = re.compile(r"\D", re.A)

Test = Callable[[Evaluation, Reference, str], bool]


def _is_blank(evaluation: Evaluation, reference: Reference, _: str) -> bool:
    return not (evaluation.value(reference) or "").strip()


def _exists(evaluation: Evaluation, reference: Reference, _: str) -> bool:
    return evaluation.exists(reference)


def _equals(evaluation: Evaluation, reference: Reference, against: str) -> bool:
    return _small(evaluation.value(reference) or "") == _small(against)


def _contains(evaluation: Evaluation, reference: Reference, against: str) -> bool:
    return _small(against) in _small(evaluation.value(reference) or "")


def _matches(evaluation: Evaluation, reference: Reference, against: str) -> bool:
    return matches(against, evaluation.value(reference) or "")


def _is_greater(evaluation: Evaluation, reference: Reference, against: str) -> bool:
    value = integer(_NO_DIGITS.sub("", evaluation.value(reference) or ""))
    bound = integer(_NO_DIGITS.sub("", against))
    return value is not None and bound is not None and value > bound


def _small(text: str) -> str:
    return text.upper().lower()


_TESTS: dict[str, Test] = {
    "isblank": _is_blank,
    "exists": _exists,
    "equals": _equals,
    "contains": _contains,
    "matches": _matches,
    "greaterthan": _is_greater,
}


def _if(call: Call) -> Step:
    """One clause where the condition holds, another where not; an unknown condition never holds."""
    call.expect(2, 3)
    reference, name = call.reference(0), call.argument(1)
    test, text = _TESTS.get(name.lower()), call.argument(2)
    if test is None:
        call.fault(f"@if() does not know the condition {name!r}")
    elif test is _matches and text[:1] not in ("@", "$"):
        note_pattern(call, text)
    yes, no = call.clauses

    def step(evaluation: Evaluation) -> str:
        return (yes if _holds(evaluation, test, reference, text) else no).untrimmed(evaluation)

    return step


def _holds(evaluation: Evaluation, test: Test | None, reference: Reference, text: str) -> bool:
    """Whether a condition holds; none holds against a parameter that is not declared."""
    if test is None:
        return False
    against = parameter(evaluation, text)
    if against is None:
        return test in (_is_blank, _exists) and test(evaluation, reference, "")
    return test(evaluation, reference, against)


CONDITIONS: dict[str, Callable[[Call], str | Step]] = {"if": _if}
