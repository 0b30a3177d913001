"""Anonymizing: one file, one script, one outcome, in either mode."""

from datetime import datetime
from pathlib import Path
from typing import Literal

from obia import Rejected
from obia.plugins.deid_ctp.integers import IntegerTable
from obia.plugins.deid_ctp.lookup import Lookup
from obia.plugins.deid_ctp.outcome import Outcome, Skipped, Unreadable
from obia.plugins.deid_ctp.script import Script
from obia.plugins.deid_ctp.strict import strictly

Mode = Literal["strict", "safe"]


def anonymize(
    source: Path | bytes,
    script: Script,
    *,
    lookup: Lookup | None = None,
    mode: Mode = "safe",
    now: datetime | None = None,
    integers: IntegerTable | None = None,
    key: bytes | None = None,
) -> Outcome:
    """Anonymize one file by a script: bug for bug as CTP does, or safely.

    Parameters
    ----------
    source
        A file's path or its bytes.
    now
        What `@date()` and `@time()` say, naive; the time of the call where it is missing.
    integers
        The numbers of `@integer`; without a table they hold for this file alone.
    key
        What every hash is keyed with in safe mode; without one, a key drawn for this process.
    """
    moment = now or datetime.now()  # noqa: DTZ005 - CTP's dates are those of the wall clock
    try:
        if mode == "strict":
            return strictly(_bytes(source), script, moment, lookup, integers)
        from obia.plugins.deid_ctp.safe import safely

        return safely(_bytes(source), script, moment, lookup, integers, key)
    except Skipped as skipped:
        return Outcome("SKIP", None, skipped.message)
    except Rejected as rejected:
        return Outcome("QUARANTINE", None, rejected.message)


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError:
        raise Unreadable("it cannot be read") from None
