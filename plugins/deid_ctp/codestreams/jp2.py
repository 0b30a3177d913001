"""JP2: the codestream of a JPEG 2000 file (ITU-T T.800 Annex I), which PS3.5 A.4.4 forbids and some write."""

from collections.abc import Iterator

from obia.plugins.deid_ctp.codestreams.payload import Payload, damaged

_SIGNATURE = b"\0\0\0\x0cjP  \r\n\x87\n"
_COLOURING = (b"pclr", b"cmap", b"cdef")  # boxes that change what the codestream's samples mean
_SUPER = b"jp2h"


def codestream_start(payload: Payload, at: int) -> int:
    """Where the codestream begins: here, or in a box of its own. Raises Rejected BAD_PIXELS."""
    if payload.read(at, len(_SIGNATURE)) != _SIGNATURE:
        return at
    for kind, start in _boxes(payload, at, payload.size):
        if kind == b"jp2c":
            return start
    raise damaged("a JP2 file holds no codestream")


def _boxes(payload: Payload, at: int, end: int) -> Iterator[tuple[bytes, int]]:
    """Each box's kind and where its content begins, what a header box holds included."""
    while at < end:
        length, kind, start = payload.number(at, 4), payload.demand(at + 4, 4), at + 8
        if length == 1:
            length, start = payload.number(at + 8, 8), at + 16
        if kind in _COLOURING:
            raise damaged("a JP2 file maps its samples")
        yield kind, start
        stop = at + length if length else end
        if not start <= stop <= end:
            raise damaged("a box of a JP2 file is damaged")
        at = start if kind == _SUPER else stop
