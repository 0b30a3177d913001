"""The result cache: what elements of earlier files became, so that the next file of a series is rewritten faster."""

from collections.abc import Iterator
from contextlib import contextmanager

from obia.plugins.deid_ctp.fastpath.splicer import Splicer
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.pools import Pool, Same

_MOST = 8  # combinations of script, key and table


class ResultCache:
    """Hand one to each `anonymize()` of a run: the results are the same, and the files of a series take less time.

    Any thread may use it: no two ever use the same results at once. It holds identifying strings of the files while it
    lives, so let it go with the run.
    """

    def __init__(self) -> None:
        self._splicers: Pool[Splicer] = Pool(_MOST)

    @contextmanager
    def splicer(self, script: Script, key: bytes, lookup: Lookup | None) -> Iterator[Splicer]:
        """A splicer of these three, which nobody else uses meanwhile."""
        purpose = (Same(script), key, Same(lookup))
        with self._splicers.lend(purpose, lambda: Splicer(script, key, lookup)) as splicer:
            yield splicer
