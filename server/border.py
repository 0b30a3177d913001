"""The border: whatever untrusted bytes make a library raise refuses that one file, and ends no process.

Libraries raise whatever they trip over, and a panic in Rust (`pyo3_runtime.PanicException`) is not even an `Exception`.
So everything that reads or decodes untrusted bytes, or hands them to a plugin, runs in `guarded` or asks `stops`.
"""

from collections.abc import Callable
from typing import TypeVar

from obia.schema.errors import FULL, Code, ObiaError, Rejected

T = TypeVar("T")

_STOPPING = (KeyboardInterrupt, SystemExit, GeneratorExit)


def stops(error: BaseException) -> bool:
    """Whether an exception ends the run instead of refusing one file: a signal, an exit, a full disk."""
    return isinstance(error, _STOPPING) or (isinstance(error, OSError) and error.errno in FULL)


def code_of(error: BaseException, code: Code) -> Code:
    """The code of the file that made a library raise: TOO_LARGE where memory ran out, else the one given."""
    return Code.TOO_LARGE if isinstance(error, MemoryError) else code


def guarded(work: Callable[[], T], about: str, code: Code, *, is_writing: bool = False) -> T:
    """Return what `work` returns. Raises Rejected, without the library's text, which may quote the file.

    Our own errors pass, and so does what `stops`; work that `is_writing` lets every OSError pass, since it is the
    store's.
    """
    try:
        return work()
    except ObiaError:
        raise
    except BaseException as error:
        if stops(error) or (is_writing and isinstance(error, OSError)):
            raise
        refusal = _refusal(error, about, code)
    raise refusal  # out here, so that no values of the file are kept as its context


def _refusal(error: BaseException, about: str, code: Code) -> Rejected:
    if isinstance(error, OSError):
        return Rejected(f"{about} cannot be read; look at its permissions and its disk", Code.UNREADABLE)
    if isinstance(error, MemoryError):
        return Rejected(f"{about} needs more memory than there is", Code.TOO_LARGE)
    return Rejected(f"{about} is damaged", code)
