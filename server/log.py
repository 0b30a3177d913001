"""Logging: events on stderr, one line each; handlers are made here alone.

Libraries that read originals quote what they read. They set levels and filters as they like when they are imported,
so nothing of theirs is left to those: what the handler gets of them it drops, and of a warning only its place is told.
"""

import logging
import sys
import threading
import warnings
from pathlib import Path
from types import TracebackType
from typing import TextIO

from obia.schema.errors import place_of

_QUOTING = frozenset(("PIL", "gdcm", "neo4j", "numpy", "openjpeg", "pydicom", "pylibjpeg", "py", "rle"))

_Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def configure_logging(level: str) -> None:
    """Send our own events to stderr; libraries that touch no original speak from WARNING on, the others not at all."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Places("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    handler.addFilter(_is_told)
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
