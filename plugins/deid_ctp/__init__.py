"""De-identification by scripts in the language of RSNA's MIRC CTP, and by a rule for private elements.

For other programs: `Script.parse` and `Lookup.parse` read what a hospital has, `anonymize` does one file, `matches` asks
a filter, `redact` and `redact_regions` blank pixels; each says more itself, and docs/deid.md shows them. The names below
are loaded when first used (PEP 562), so that the import of the package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

_HOMES = {
    "IntegerTable": "language.integer_table",
    "Lookup": "language.lookup_table",
    "Outcome": "outcome",
    "ResultCache": "fastpath.caching",
    "Script": "language.script",
    "Unreadable": "outcome",
    "anonymize": "anonymizing",
    "matches": "language.filters",
    "redact": "pixels.redaction",
    "redact_regions": "pixels.redaction",
}

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.anonymizing import anonymize as anonymize
    from obia.plugins.deid_ctp.fastpath.caching import ResultCache as ResultCache
    from obia.plugins.deid_ctp.language.filters import matches as matches
    from obia.plugins.deid_ctp.language.integer_table import IntegerTable as IntegerTable
    from obia.plugins.deid_ctp.language.lookup_table import Lookup as Lookup
    from obia.plugins.deid_ctp.language.script import Script as Script
    from obia.plugins.deid_ctp.outcome import Outcome as Outcome
    from obia.plugins.deid_ctp.outcome import Unreadable as Unreadable
    from obia.plugins.deid_ctp.pixels.redaction import redact as redact
    from obia.plugins.deid_ctp.pixels.redaction import redact_regions as redact_regions


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*_HOMES])
