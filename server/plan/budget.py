"""The budget: how much Neo4j may have to plan for one request, all its root fields together.

Planning a statement costs more than answering it, and is not stopped by a time limit: 5 to 25 ms a step along a
relation, 2 to 6 ms a comparison. A list with its total takes each step below it twice, as its statement does.
"""

import re
from collections.abc import Iterable

from obia.schema.errors import Code, ObiaError

MAX_STEPS = 100
MAX_COMPARISONS = 150

_STEP = re.compile(r"\(\w*:|MATCH \(n\d+\)")
_COMPARISON = re.compile(r"\$p\d")


def demand_plannable(texts: Iterable[str]) -> None:
    """Raise ObiaError QUERY_TOO_COMPLEX, naming the limit, where statements take too many steps or comparisons."""
    whole = " ".join(texts)
    for what, pattern, limit in (
        ("steps along relations (in fields and filters, a total beside its list twice)", _STEP, MAX_STEPS),
        ("comparisons (in filters, after cursors and by keys)", _COMPARISON, MAX_COMPARISONS),
    ):
        asked = len(pattern.findall(whole))
        if asked > limit:
            raise ObiaError(f"this asks for {asked} {what}; the limit is {limit} a request", Code.QUERY_TOO_COMPLEX)
