"""Hashes: numbers in the place of names, IDs and UIDs; CTP's in strict mode, keyed ones elsewhere."""

import re
from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.directives import REMOVE
from obia.plugins.deid_ctp.language.functions.parameters import first_digits, number, parameter

_NAME_NOISE = re.compile(r"[\s,'^.]", re.A)
_NAME_DIGITS = 4


def _hash(call: Call) -> str | Step:
    if not call.expect(1, 2) and not call.arguments:
        return call.literally
    reference, size = call.reference(0), call.argument(1)

    def step(evaluation: Evaluation) -> str:
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        return first_digits(evaluation.digest("hash", value), number(evaluation, size))

    return step


def _hashname(call: Call) -> str | Step:
    """A name's number, whatever its case and punctuation; of its first components where a number of them is given."""
    if not call.expect(2, 3) and len(call.arguments) < 2:
        return call.literally
    reference, size, words = call.reference(0), call.argument(1), call.argument(2)

    def step(evaluation: Evaluation) -> str:
        name, count = evaluation.value(reference) or "", number(evaluation, words)
        if count is not None and count > 0:
            name = "".join(name.split("^")[:count])
        length = number(evaluation, size)
        digits = evaluation.digest("name", _NAME_NOISE.sub("", name).upper())
        return first_digits(digits, _NAME_DIGITS if length is None else length)

    return step


def _hashptid(call: Call) -> str | Step:
    if not call.expect(2, 3) and len(call.arguments) < 2:
        return call.literally
    site, reference, size = call.argument(0), call.reference(1), call.argument(2)

    def step(evaluation: Evaluation) -> str:
        new = evaluation.new_patient_id(parameter(evaluation, site) or "", evaluation.value(reference) or "")
        return first_digits(new, number(evaluation, size))

    return step


def _hashuid(call: Call) -> str | Step:
    """A UID under another root; what the script makes of a third element tells it apart."""
    if not call.expect(2, 3) and len(call.arguments) < 2:
        return call.literally
    root, reference = call.argument(0), call.reference(1)
    apart = call.reference(2) if len(call.arguments) > 2 else None

    def step(evaluation: Evaluation) -> str:
        under = parameter(evaluation, root)
        if under is None:
            return call.literally
        value = evaluation.value(reference)
        if value is None:
            return REMOVE
        return evaluation.new_uid(under, value, evaluation.scripted(apart) if apart else "")

    return step


def _integer(call: Call) -> str | Step:
    """A number by first appearance, with leading zeros up to a width."""
    if not call.expect(2, 3) and len(call.arguments) < 2:
        return call.literally
    reference, kind, width = call.reference(0), call.argument(1), call.argument(2)

    def step(evaluation: Evaluation) -> str:
        place = evaluation.integer(parameter(evaluation, kind) or "", evaluation.value(reference) or "")
        return f"{place:0{min(max(number(evaluation, width) or 0, 0), 64)}d}"

    return step


HASHES: dict[str, Callable[[Call], str | Step]] = {
    "hash": _hash,
    "hashname": _hashname,
    "hashptid": _hashptid,
    "hashuid": _hashuid,
    "integer": _integer,
}
