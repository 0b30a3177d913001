"""Quiet: what native libraries write to standard error is dropped, since it may quote the file they read.

A panic in Rust, OpenJPEG, GDCM and libjpeg write to file descriptor 2 themselves, past Python and its logging. So the
descriptor leads to the null device, and what is ours is written to a duplicate of where it led before.
"""

import logging
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

_STDERR = 2


@contextmanager
def native_libraries_silenced() -> Iterator[None]:
    """Drop what is written to file descriptor 2; `sys.stderr` and our logging still reach the original one."""
    sys.stderr.flush()
    original = os.dup(_STDERR)  # not inherited by child processes
    nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
    os.dup2(nowhere, _STDERR)
    os.close(nowhere)
    own = sys.stderr
    try:
        if _is_on_stderr(own):
            with os.fdopen(original, "w", 1, own.encoding, own.errors, closefd=False) as stream:
                sys.stderr = stream
                with _logging_to(own, stream):
                    yield
        else:
            yield  # a test or a caller that captures sys.stderr itself
    finally:
        sys.stderr = own
        os.dup2(original, _STDERR)
        os.close(original)


def _is_on_stderr(stream: TextIO) -> bool:
    try:
        return stream.fileno() == _STDERR
    except (OSError, ValueError):
        return False


@contextmanager
def _logging_to(old: TextIO, new: TextIO) -> Iterator[None]:
    """Let the handlers of our logging write to the new stream instead of the old one."""
    handlers = [
        each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler) and each.stream is old
    ]
    for each in handlers:
        each.setStream(new)
    try:
        yield
    finally:
        for each in handlers:
            each.setStream(old)
