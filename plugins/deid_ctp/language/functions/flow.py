"""Flow: what keeps, inserts, chooses and refuses; and the walk through sequences."""

from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.directives import KEEP
from obia.plugins.deid_ctp.language.functions.parameters import parameter
from obia.plugins.deid_ctp.language.references import THIS
from obia.plugins.deid_ctp.outcome import Quarantined, Skipped


def _always(call: Call) -> str:
    return ""


def _require(call: Call) -> Step:
    """Keep the element; where an insertion asks, give another element's value or a default."""
    if not call.arguments:
        return lambda evaluation: KEEP if evaluation.exists(THIS) else ""
    reference, default = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        if evaluation.exists(THIS):
            return KEEP
        if not evaluation.exists(reference):
            return default
        value = evaluation.value(reference) or ""
        return value if not value or value.strip() else f"@blank({len(value)})"

    return step


def _param(call: Call) -> Step:
    """A parameter; `null` where it is not declared, as Java prints it."""
    call.expect(1, 1)
    text = call.argument(0)

    def step(evaluation: Evaluation) -> str:
        value = parameter(evaluation, text)
        return "null" if value is None else value

    return step


def _select(call: Call) -> Step:
    """One clause for the instance itself, another for items of sequences."""
    root, item = call.clauses
    return lambda evaluation: (root if evaluation.is_root else item).untrimmed(evaluation)


def _append(call: Call) -> Step:
    """Put a value behind those that the element has."""
    (clause,) = call.clauses

    def step(evaluation: Evaluation) -> str:
        old, new = evaluation.value(THIS), clause.untrimmed(evaluation)
        return f"{old}\\{new}" if old else new

    return step


def _process(call: Call) -> Step:
    return lambda evaluation: evaluation.process()


def _call(call: Call) -> Step:
    """An extension; the one of this version is `dummy`, a value of the element's VR that says nothing."""
    name = call.argument(0)
    if name != "dummy":
        call.fault("@call() knows no extension but dummy")
    return lambda evaluation: evaluation.extension(name)


def _quarantine(call: Call) -> Step:
    def step(evaluation: Evaluation) -> str:
        raise Quarantined("the script quarantines it")

    return step


def _skip(call: Call) -> Step:
    def step(evaluation: Evaluation) -> str:
        raise Skipped

    return step


FLOW: dict[str, Callable[[Call], str | Step]] = {
    "always": _always,
    "require": _require,
    "param": _param,
    "select": _select,
    "append": _append,
    "process": _process,
    "call": _call,
    "quarantine": _quarantine,
    "skip": _skip,
}
