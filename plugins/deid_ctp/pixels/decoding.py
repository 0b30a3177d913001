"""Decoding in a child process: the packaged decoders are C, and a hostile frame can end the process that they run in.

One child serves its parent until either ends; `python -m` this module is the child. Frames and arrays pass as bytes.
"""

import json
import os
import subprocess
import sys
import threading
import warnings
from functools import lru_cache
from typing import IO, Any

import numpy as np

_MAX_SECONDS = 60  # for one frame
_KINDS = frozenset(f"{order}{kind}{size}" for order in "<|" for kind in "iu" for size in (1, 2, 4, 8))
_PANIC = "PanicException"  # how the RLE decoder fails: it is no Exception, and its class has no public name

Options = dict[str, str | int]


class DecoderFailed(Exception):
    """The decoder refused the frame, took too long over it, or died of it."""


def decode(syntax: str, frame: bytes, options: Options) -> tuple[np.ndarray, str]:
    """Decode one frame; return its samples and the photometric interpretation that they have now."""
    child = _child(os.getpid())  # one that was forked has its own
    with child.lock:
        try:
            return child.ask(syntax, frame, options)
        except (OSError, ValueError, KeyError):
            child.end()
            _child.cache_clear()
            raise DecoderFailed from None


@lru_cache(1)
def _child(_: int) -> "_Child":
    return _Child()


class _Child:
    """The child process, started when it is first asked."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )

    def ask(self, syntax: str, frame: bytes, options: Options) -> tuple[np.ndarray, str]:
        """Send one frame and read what becomes of it. Raises DecoderFailed; OSError, ValueError for a child gone."""
        into, out = self._process.stdin, self._process.stdout
        assert into is not None and out is not None
        guard = threading.Timer(_MAX_SECONDS, self._process.kill)
        guard.start()
        try:
            _send(into, {"syntax": syntax, **options}, frame)
            said, data = _receive(out)
        finally:
            guard.cancel()
        if said.get("failed") or said["kind"] not in _KINDS:
            raise DecoderFailed
        return np.frombuffer(data, np.dtype(said["kind"])), str(said["colours"])

    def end(self) -> None:
        """End the child and let go of its pipes."""
        self._process.kill()
        self._process.wait()
        for stream in (self._process.stdin, self._process.stdout):
            if stream is not None:
                _close(stream)

    def __del__(self) -> None:
        self.end()


def _close(stream: IO[bytes]) -> None:
    try:
        stream.close()
    except OSError:
        return  # what was buffered for a child that is gone


def _send(stream: IO[bytes], said: dict[str, Any], data: bytes) -> None:
    stream.write(json.dumps({**said, "length": len(data)}).encode() + b"\n")
    stream.write(data)
    stream.flush()


def _receive(stream: IO[bytes]) -> tuple[dict[str, Any], bytes]:
    """Read one message. Raises ValueError at the stream's end."""
    said = json.loads(stream.readline())
    data = stream.read(said.pop("length"))
    return said, data


def _serve(into: IO[bytes], out: IO[bytes]) -> None:
    """Decode frames until the parent is gone."""
    while True:
        try:
            said, frame = _receive(into)
        except (ValueError, OSError):
            return
        try:
            array, colours = _decoded(said, frame)
        except BaseException as error:  # a frame of anyone: decoders raise whatever they trip over
            if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
                raise
            _send(out, {"failed": True}, b"")
        else:
            little = array.astype(array.dtype.newbyteorder("<"), copy=False)
            _send(out, {"kind": little.dtype.str, "colours": colours}, little.tobytes())


def _decoded(options: dict[str, Any], frame: bytes) -> tuple[np.ndarray, str]:
    from pydicom.encaps import encapsulate
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    decoder = get_decoder(UID(options.pop("syntax")))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        array, properties = decoder.as_array(encapsulate([frame]), raw=True, **options)
    return array, str(properties["photometric_interpretation"])


if __name__ == "__main__":
    _serve(sys.stdin.buffer, sys.stdout.buffer)
