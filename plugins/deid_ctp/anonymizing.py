"""Anonymizing: one file, one script, one outcome, in either mode."""

import os
from collections import Counter
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Literal

from obia import Rejected
from obia.plugins.deid_ctp.integers import IntegerTable
from obia.plugins.deid_ctp.lookup import Lookup
from obia.plugins.deid_ctp.outcome import Outcome, Skipped, Unreadable
from obia.plugins.deid_ctp.script import Script
from obia.plugins.deid_ctp.strict import strictly

_KEY_SIZE = 32  # bytes
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
        return _safely(_bytes(source), script, moment, lookup, integers, key or process_key())
    except Skipped as skipped:
        return Outcome("SKIP", None, skipped.message)
    except Rejected as rejected:
        return Outcome("QUARANTINE", None, rejected.message)


def _safely(
    source: bytes, script: Script, now: datetime, lookup: Lookup | None, integers: IntegerTable | None, key: bytes
) -> Outcome:
    """The fast way, and for what it leaves the other; both give the same."""
    from obia.plugins.deid_ctp.recall import Unrecalled
    from obia.plugins.deid_ctp.safe import safely
    from obia.plugins.deid_ctp.splicing import splicer
    from obia.plugins.deid_ctp.splitting import Unsplit

    try:
        spliced = splicer(script, key, lookup).splice(source, now, integers)
    except (Unsplit, Unrecalled):
        return safely(source, script, now, lookup, integers, key)
    data = b"".join((spliced.head, memoryview(source)[spliced.pixels_at :]))
    return Outcome("OK", data, "", spliced.notes, dict(Counter(spliced.letters)))


@lru_cache(1)
def process_key() -> bytes:
    """A key for as long as the process lives, for who has none: the same value becomes the same, and never again."""
    return os.urandom(_KEY_SIZE)


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError:
        raise Unreadable("it cannot be read") from None
