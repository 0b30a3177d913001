"""Lookups: an element's value exchanged by a table; what happens where the table lacks it is the script's to say."""

from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.directives import EMPTY, KEEP, REMOVE
from obia.plugins.deid_ctp.language.functions.parameters import parameter
from obia.plugins.deid_ctp.language.java_regex import matches
from obia.plugins.deid_ctp.language.java_text import trim
from obia.plugins.deid_ctp.language.references import parse_reference
from obia.plugins.deid_ctp.outcome import Missed, Quarantined

_MOST_INDIRECTIONS = 10
_FATES = {"keep": KEEP, "remove": REMOVE, "empty": EMPTY}


def _lookup(call: Call) -> str | Step:
    if not call.expect(2, 5) and len(call.arguments) < 2:
        return call.literally
    named = [parse_reference(name, call.names) for name in call.arguments[0].split("|")]
    for reference in named:
        if reference.unknown:
            call.fault(f"no element is called {reference.unknown!r}; use its DICOM keyword or its tag")
    kind, rest = call.argument(1), [call.argument(place) for place in range(2, len(call.arguments))]
    is_upper = bool(rest) and trim(rest[0]) == "UC"
    action, argument = (*(rest[1:] if is_upper else rest), "", "")[:2]

    def step(evaluation: Evaluation) -> str:
        key = trim("|".join([evaluation.value(each) or "" for each in named]).replace("\\", ""))
        key = key.upper() if is_upper else key
        found = look_up(evaluation, parameter(evaluation, kind) or "", key)
        return _missed(evaluation, action, argument, key) if found is None else found

    return step


def look_up(evaluation: Evaluation, kind: str, key: str) -> str | None:
    """The table's value of a key, through up to ten `@kind/key`; None where it has none. Raises Quarantined."""
    at = f"{trim(kind)}/{key}"
    for _ in range(_MOST_INDIRECTIONS + 1):
        value = evaluation.looked_up(at)
        if value is None:
            return None
        value = trim(value)
        if not value.startswith("@"):
            return value
        at = trim(value[1:])
    raise Quarantined("the lookup table refers to itself more than ten times")


def _missed(evaluation: Evaluation, action: str, argument: str, key: str) -> str:
    """What the script wants where the table lacks a key."""
    name = trim(action).lower()
    if name in _FATES:
        return _FATES[name]
    if name == "default":
        return parameter(evaluation, argument) or ""
    if name == "ignore" and matches(argument, key):
        return key
    raise Missed("the lookup table lacks one of its values")


LOOKUPS: dict[str, Callable[[Call], str | Step]] = {"lookup": _lookup}
