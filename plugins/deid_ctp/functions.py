"""Functions: those of CTP's language that this version has, with the same arguments; digests are keyed.

A function this table lacks is refused by name when the script is loaded: its text would end up in the output.
"""

import re
from collections.abc import Callable

from obia import Code, ObiaError
from obia.plugins.deid_ctp.dates import shift
from obia.plugins.deid_ctp.expressions import Call, Evaluation, Step
from obia.plugins.deid_ctp.references import parse_reference
from obia.plugins.deid_ctp.uids import is_registered

REMOVE, KEEP, EMPTY, DUMMY = "@remove()", "@keep()", "@empty()", "@call(dummy)"
ARCHIVE_ROOT = "2.25"
MAX_UID = 64  # characters, PS3.5 section 9.1


def compile_call(call: Call) -> str | Step:
    """Compile one call. Raises ObiaError BAD_SCRIPT where the function or its arguments are not ours."""
    if call.name not in _FUNCTIONS:
        raise ObiaError(f"{call.where}: @{call.name}() is not a function of this version", Code.BAD_SCRIPT)
    return _FUNCTIONS[call.name](call)


def _directive(result: str) -> Callable[[Call], str]:
    return lambda _: result


def _blank(call: Call) -> str:
    return f"@blank({call.arguments[0] if call.arguments else ''})"


def _require(call: Call) -> str | Step:
    """Keep the element; where an insertion asks, give another element's value or a default."""
    if not call.arguments:
        return _keep_or(lambda _: "")
    reference = parse_reference(call.arguments[0])
    default = _unquoted(call.arguments[1]) if len(call.arguments) > 1 else ""
    return _keep_or(lambda evaluation: evaluation.value(reference) or default)


def _keep_or(otherwise: Step) -> Step:
    this = parse_reference("this")
    return lambda evaluation: otherwise(evaluation) if evaluation.value(this) is None else KEEP


def _value(call: Call) -> Step:
    _expect(call, 1, 2)
    reference = parse_reference(call.arguments[0])
    default = _unquoted(call.arguments[1]) if len(call.arguments) > 1 else ""
    return lambda evaluation: evaluation.value(reference) or default


def _param(call: Call) -> Step:
    _expect(call, 1, 1)
    text = call.arguments[0]

    def step(evaluation: Evaluation) -> str:
        value = _parameter(evaluation, text)
        return "null" if value is None else value  # as Java prints it

    return step


def _hashuid(call: Call) -> Step:
    """A UID becomes another, each value for itself; what the standard registers is nobody's and stays."""
    _expect(call, 2, 2)
    root, reference = call.arguments[0], parse_reference(call.arguments[1])

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        under = _parameter(evaluation, root)
        return "\\".join([_new_uid(evaluation, under, uid.strip(" \0")) for uid in value.split("\\")])

    return step


def _new_uid(evaluation: Evaluation, root: str | None, uid: str) -> str:
    if not uid or is_registered(uid):
        return uid
    if root == ARCHIVE_ROOT:
        return evaluation.uid(uid)
    digits = str(evaluation.digest("uid", uid))
    return f"{root or ARCHIVE_ROOT}.{digits}"[:MAX_UID]


def _hashptid(call: Call) -> Step:
    """A patient ID becomes the patient's pseudonym; under a site, a number of that site's own."""
    _expect(call, 2, 3)
    site, reference = call.arguments[0], parse_reference(call.arguments[1])
    length = int(call.arguments[2]) if len(call.arguments) > 2 and call.arguments[2].isdigit() else None

    def step(evaluation: Evaluation) -> str:
        at_site = (_parameter(evaluation, site) or "").strip()
        patient_id = (evaluation.value(reference) or "").strip()
        if not at_site:
            return evaluation.pseudonym(patient_id)[:length]
        return str(evaluation.digest("ptid", f"[{at_site}]{patient_id}"))[:length]

    return step


def _incrementdate(call: Call) -> Step:
    """Every date of a value moves; one that cannot be read empties the element."""
    _expect(call, 2, 2)
    reference, days = parse_reference(call.arguments[0]), call.arguments[1]

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        try:
            moved = shift(value, int(_parameter(evaluation, days) or ""), evaluation.vr != "DA")
        except ValueError:
            return EMPTY
        return EMPTY if moved is None else moved

    return step


def _if(call: Call) -> Step:
    _expect(call, 2, 3)
    reference, test = parse_reference(call.arguments[0]), call.arguments[1].lower()
    compare = _comparison(test, _unquoted(call.arguments[2]) if len(call.arguments) > 2 else "", call.where)
    yes = call.clauses[0] if call.clauses else None
    no = call.clauses[1] if len(call.clauses) > 1 else None

    def step(evaluation: Evaluation) -> str:
        chosen = yes if compare(evaluation.value(reference)) else no
        return chosen.evaluate(evaluation) if chosen else ""

    return step


def _comparison(test: str, against: str, where: str) -> Callable[[str | None], bool]:
    """The conditions of @if that this version has, against a literal."""
    if test == "matches":
        try:
            pattern = re.compile(against, re.S)
        except re.error:
            raise ObiaError(f"{where}: {against!r} is not a regular expression", Code.BAD_SCRIPT) from None
        return lambda value: pattern.fullmatch(value or "") is not None
    tests: dict[str, Callable[[str | None], bool]] = {
        "isblank": lambda value: not (value or "").strip(),
        "exists": lambda value: value is not None,
        "equals": lambda value: (value or "").casefold() == against.casefold(),
        "contains": lambda value: against.casefold() in (value or "").casefold(),
    }
    if test not in tests:
        raise ObiaError(f"{where}: @if() does not know the condition {test!r}", Code.BAD_SCRIPT)
    return tests[test]


def _call(call: Call) -> str:
    """The one extension of this version: `dummy`, a value of the element's VR that says nothing."""
    if call.arguments != ("dummy",):
        raise ObiaError(f"{call.where}: @call() knows no extension but dummy", Code.BAD_SCRIPT)
    return DUMMY


def _parameter(evaluation: Evaluation, text: str) -> str | None:
    """`@NAME` and `$NAME` are parameters, anything else is itself."""
    return evaluation.parameter(text[1:]) if text[:1] in ("@", "$") else text


def _expect(call: Call, least: int, most: int) -> None:
    if not least <= len(call.arguments) <= most:
        count = str(least) if least == most else f"{least} to {most}"
        raise ObiaError(f"{call.where}: @{call.name}() takes {count} arguments", Code.BAD_SCRIPT)


def _unquoted(argument: str) -> str:
    quoted = len(argument) > 1 and argument[0] == argument[-1] == '"'
    return argument[1:-1] if quoted else argument


_FUNCTIONS: dict[str, Callable[[Call], str | Step]] = {
    "always": _directive(""),
    "keep": _directive(KEEP),
    "remove": _directive(REMOVE),
    "empty": _directive(EMPTY),
    "blank": _blank,
    "process": _directive(KEEP),  # sequences are walked whatever a script says
    "require": _require,
    "value": _value,
    "param": _param,
    "hashuid": _hashuid,
    "hashptid": _hashptid,
    "incrementdate": _incrementdate,
    "if": _if,
    "call": _call,
}
