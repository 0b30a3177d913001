"""Functions: those of CTP's language, each with CTP's results for whatever arguments it is given."""

from collections.abc import Callable

from obia.plugins.deid_ctp.language.evaluation import Step
from obia.plugins.deid_ctp.language.expressions import Call
from obia.plugins.deid_ctp.language.functions.conditions import CONDITIONS
from obia.plugins.deid_ctp.language.functions.dates import DATES
from obia.plugins.deid_ctp.language.functions.directives import DIRECTIVES, DUMMY, EMPTY, KEEP, REMOVE
from obia.plugins.deid_ctp.language.functions.flow import FLOW
from obia.plugins.deid_ctp.language.functions.hashes import HASHES
from obia.plugins.deid_ctp.language.functions.lookups import LOOKUPS
from obia.plugins.deid_ctp.language.functions.secrets import SECRETS
from obia.plugins.deid_ctp.language.functions.texts import TEXTS

__all__ = ["DUMMY", "EMPTY", "FUNCTIONS", "KEEP", "REMOVE", "compile_call"]

FUNCTIONS: dict[str, Callable[[Call], str | Step]] = {
    **FLOW,
    **TEXTS,
    **CONDITIONS,
    **HASHES,
    **DATES,
    **LOOKUPS,
    **SECRETS,
}


def compile_call(call: Call) -> str | Step:
    """Compile one call; a function nobody knows, and so a directive too, stands for itself."""
    known = FUNCTIONS.get(call.name)
    if known is not None:
        return known(call)
    if call.name not in DIRECTIVES:
        call.findings.unknown_functions.append(call.name)
        call.fault(f"@{call.name}() is not a function")
    return f"@{call.name}{call.literally}"
