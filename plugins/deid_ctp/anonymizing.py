"""Anonymizing: one file, one script, one outcome, in either mode."""

import io
import os
from collections import Counter
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Literal

from obia import Rejected
from obia.plugins.deid_ctp.dicom.streams import read_into, whole
from obia.plugins.deid_ctp.engine.strict_mode import strictly
from obia.plugins.deid_ctp.language.integer_table import IntegerTable
from obia.plugins.deid_ctp.language.lookup_table import Lookup
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.outcome import Outcome, Skipped, Unreadable

if TYPE_CHECKING:
    from pydicom import Dataset

    from obia.plugins.deid_ctp.fastpath.caching import ResultCache
    from obia.plugins.deid_ctp.fastpath.splicer import Spliced

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
    cache: "ResultCache | None" = None,
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
    cache
        Results of earlier files, which make those of the same series faster in safe mode. Without one nothing is kept.

    Any thread may call it, with the same script, table and cache as others.
    """
    moment = now or datetime.now()  # noqa: DTZ005 - CTP's dates are those of the wall clock
    try:
        if mode == "strict":
            return strictly(_bytes(source), script, moment, lookup, integers)
        with _opened(source) as stream:
            return _safely(stream, script, moment, lookup, integers, key or process_key(), cache)
    except Skipped as skipped:
        return Outcome("SKIP", None, skipped.message)
    except Rejected as rejected:
        return Outcome("QUARANTINE", None, rejected.message)


def _safely(
    stream: BinaryIO,
    script: Script,
    now: datetime,
    lookup: Lookup | None,
    integers: IntegerTable | None,
    key: bytes,
    cache: "ResultCache | None",
) -> Outcome:
    """The fast way, and for what it leaves the other; both give the same."""
    from obia.plugins.deid_ctp.engine.safe_mode import safely
    from obia.plugins.deid_ctp.fastpath.caching import ResultCache
    from obia.plugins.deid_ctp.fastpath.header_splitter import Unsplit
    from obia.plugins.deid_ctp.fastpath.result_cache import Unrecalled

    size = _size(stream)
    try:
        with (cache or ResultCache()).splicer(script, key, lookup) as splicer:
            spliced, begun = splicer.begin(stream, size, now, integers)
    except (Unsplit, Unrecalled):
        stream.seek(0)
        return safely(whole(stream), script, now, lookup, integers, key)
    actions = dict(_counted(spliced.letters))
    if spliced.frames is None:
        return Outcome("OK", _joined(spliced, begun, stream, size), "", spliced.notes, actions)
    source = begun + whole(stream)
    if len(source) != size:
        raise Unreadable("it changed while it was read")
    try:
        data, notes = _framed(spliced, source, spliced.frames)
    except Rejected:
        return safely(source, script, now, lookup, integers, key)
    return Outcome("OK", data, "", notes, actions)


def _framed(spliced: "Spliced", source: bytes, described: "Dataset") -> tuple[bytes, tuple[str, ...]]:
    """The new header, the compressed frames clean, and what is noted. Raises Rejected where these cannot be read, or
    are not all there is."""
    from obia.plugins.deid_ctp.codestreams.frames import CLEANED, clean_element

    element = source[spliced.pixels_at :]
    clean = clean_element(element, described, spliced.syntax)
    return spliced.head + clean, spliced.notes if clean is element else spliced.noted(CLEANED)


def _joined(spliced: "Spliced", begun: bytes, stream: BinaryIO, size: int) -> bytes:
    """The new header and the pixels behind the old one, which are read into their place: a copy of them costs more than
    all the rest."""
    joined = io.BytesIO()
    joined.write(spliced.head)
    at = joined.write(memoryview(begun)[spliced.pixels_at :]) + len(spliced.head)
    end = at + size - len(begun)
    if end > at:
        joined.seek(end - 1)
        joined.write(b"\0")
        with joined.getbuffer() as room:
            while at < end and (count := read_into(stream, room[at:])):
                at += count
    if at < end:
        raise Unreadable("it changed while it was read")
    return joined.getvalue()


@lru_cache(64)
def _counted(letters: str) -> Counter[str]:
    """How often each letter is there: of a series' images the same ones are."""
    return Counter(letters)


@lru_cache(1)
def process_key() -> bytes:
    """A key for as long as the process lives, for who has none: the same value becomes the same, and never again."""
    return os.urandom(_KEY_SIZE)


def _bytes(source: Path | bytes) -> bytes:
    with _opened(source) as stream:
        return whole(stream)


def _opened(source: Path | bytes) -> BinaryIO:
    if not isinstance(source, Path | bytes):
        raise TypeError(f"a source is a Path or bytes, not {type(source).__name__}")
    try:
        return io.BytesIO(source) if isinstance(source, bytes) else io.FileIO(source)
    except OSError:
        raise Unreadable("it cannot be read") from None


def _size(stream: BinaryIO) -> int:
    if isinstance(stream, io.BytesIO):
        size = stream.seek(0, io.SEEK_END)
        stream.seek(0)
        return size
    return os.fstat(stream.fileno()).st_size
