"""Logging: events on stderr, one line each; handlers are made here alone.

Libraries that read originals quote what they read. They set levels and filters as they like when they are imported,
so nothing of theirs is left to those: what the handler gets of them it drops, and of a warning only its place is told.
"""

import logging
import sys
import threading
import warnings
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import TextIO

from obia.schema.errors import place_of
from obia.server.settings import Settings

REFUSALS = "obia.refusals"
"""The logger of refused requests: a code each, nothing of what was asked."""

_SELDOM = 60.0  # s between two lines about one code
_QUOTING = frozenset(("PIL", "gdcm", "neo4j", "numpy", "openjpeg", "pydicom", "pylibjpeg", "py", "rle"))

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure_logging(level: str) -> None:
    """Send our own events to stderr; libraries that touch no original speak from WARNING on, the others not at all."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Places("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_is_told)
    handler.addFilter(_Seldom())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.WARNING)
    logging.lastResort = handler
    logging.getLogger("obia").setLevel(level)
    for name in _QUOTING:
        logging.getLogger(name).setLevel(logging.CRITICAL)  # spares the making of most records
    warnings.showwarning = _warned
    sys.unraisablehook = lambda lost: _lost(lost.exc_value)
    threading.excepthook = lambda lost: _lost(lost.exc_value)


def show_events(settings: Settings) -> None:
    """Log from INFO on, unless the settings say otherwise: what a process that runs for long does should be seen."""
    if settings.origins.get("log_level", "default") == "default":
        logging.getLogger("obia").setLevel(logging.INFO)


class _Seldom(logging.Filter):
    """Lets one line a minute through for each refusal code, with how many were left out: a flood fills no disk."""

    def __init__(self) -> None:
        super().__init__()
        self._last: dict[object, tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record."""
        if record.name != REFUSALS or not isinstance(record.args, tuple):
            return True
        key = record.args[0] if record.args else ""
        at, left_out = self._last.get(key, (float("-inf"), 0))
        if monotonic() - at < _SELDOM:
            self._last[key] = at, left_out + 1
            return False
        self._last[key] = monotonic(), 0
        if left_out:
            record.msg, record.args = "refused with %s, and %d more since", (key, left_out)
        return True


class _Places(logging.Formatter):
    """Tells what was raised by its type and place; its text may be a value."""

    def formatException(self, ei: _Raised) -> str:  # noqa: N802  logging's own name
        """Name the type and the place."""
        return place_of(ei[1]) if ei[1] is not None else ""

    def formatStack(self, stack_info: str) -> str:  # noqa: N802
        """Leave it out."""
        return ""


def _is_told(record: logging.LogRecord) -> bool:
    library = record.name.partition(".")[0].lstrip("_")
    if library == "asyncio":  # quotes the exception of a task that nobody awaited
        record.msg, record.args = "something failed that nobody waited for", ()
    return library not in _QUOTING


def _warned(
    message: Warning | str,
    category: type[Warning],
    filename: str,
    lineno: int,
    file: TextIO | None = None,
    line: str | None = None,
) -> None:
    """Tell a warning by its category and place."""
    path = Path(filename)
    logging.getLogger("obia.warnings").info("%s at %s/%s:%s", category.__name__, path.parent.name, path.name, lineno)


def _lost(error: BaseException | None) -> None:
    if error is not None:
        logging.getLogger("obia").error("nobody caught %s", place_of(error))
