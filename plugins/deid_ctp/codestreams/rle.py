"""RLE: a frame's segments, each cut to the bytes that its rows and columns need (PS3.5 Annex G)."""

from itertools import pairwise
from struct import pack, unpack

from obia import Layout
from obia.plugins.deid_ctp.codestreams.payload import Payload, damaged
from obia.plugins.deid_ctp.codestreams.splice import Splice

_HEADER = 64  # bytes: the number of segments, and where up to 15 of them begin
_WINDOW = 256 << 10  # bytes of a segment held at a time
_LONGEST = 129  # bytes of a run: its count and 128 literal bytes
_NOTHING = 128  # a count that stands for no byte


def rle(payload: Payload, start: int, layout: Layout) -> tuple[Splice, int]:
    """Clean the frame that one fragment holds; return it and where it ended. Raises Rejected BAD_PIXELS."""
    end = payload.next_fragment(start + 1)
    count, *offsets = unpack("<16L", payload.demand(start, _HEADER))
    if layout.allocated % 8 or count != layout.samples * layout.allocated // 8 or count > len(offsets):
        raise damaged("a frame has another number of RLE segments than its header says")
    bounds = [*(start + each for each in offsets[:count]), end]
    if bounds[0] < start + _HEADER or bounds != sorted(bounds):
        raise damaged("RLE segments do not follow one another")
    size = layout.rows * layout.columns
    segments = [_segment(payload, at, stop, size) for at, stop in pairwise(bounds)]
    frame = Splice()
    frame.put(_header(segments))
    for each in segments:
        frame.add(each)
    return frame, end


def _header(segments: list[Splice]) -> bytes:
    """The header anew: it has no place for anything but where segments begin."""
    offsets, at = [], _HEADER
    for each in segments:
        offsets.append(at)
        at += each.length
    return pack("<16L", len(segments), *offsets, *[0] * (15 - len(segments)))


def _segment(payload: Payload, start: int, end: int, size: int) -> Splice:
    """Keep the runs that decode to so many bytes, the last one shortened where it gives more, and the even end."""
    at = start
    while size:
        window = payload.read(at, min(_WINDOW, end - at))
        stop = len(window) if at + len(window) == end else len(window) - _LONGEST
        used, size = _whole_runs(window, stop, size)
        at += used
        if used < stop or at >= end:
            break
    splice = Splice()
    payload.keep(splice, start, min(at, end))
    if at + 2 * bool(size) > end:
        raise damaged("an RLE segment is shorter than its header says")
    if size:
        _add_part(splice, payload, at, size)
    splice.put(bytes(splice.length % 2))
    return splice


def _whole_runs(window: bytes, stop: int, size: int) -> tuple[int, int]:
    """How many bytes hold runs of which all is needed, and how much is needed then."""
    at = 0
    while size and at < stop:
        count = window[at]
        if count < _NOTHING:
            given, length = count + 1, count + 2
        elif count > _NOTHING:
            given, length = 257 - count, 2
        else:
            given, length = 0, 1
        if given > size:
            break
        at += length
        size -= given
    return at, size


def _add_part(splice: Splice, payload: Payload, at: int, size: int) -> None:
    """Add a run of which not all is needed, with its count as it should be."""
    is_literal = payload.demand(at, 1)[0] < _NOTHING
    splice.put(bytes((size - 1 if is_literal or size == 1 else 257 - size,)))
    payload.keep(splice, at + 1, at + 1 + (size if is_literal else 1))
