"""Native pixels: the bytes that the header asks for, and a zero where their number is odd (PS3.5 section 8)."""

from obia import Layout, Pixels
from obia.plugins.deid_ctp.codestreams.payload import damaged
from obia.plugins.deid_ctp.codestreams.splice import Splice


def clean(pixels: Pixels, layout: Layout, is_swapped: bool) -> Splice:
    """Keep so many bytes and no more; `is_swapped` where bytes lie in big endian words, the odd one behind its pad.

    Raises Rejected BAD_PIXELS where there are fewer.
    """
    splice = Splice()
    start, length = pixels.value_offset, _length(pixels, layout)
    is_behind = is_swapped and length % 2 == 1
    if length + is_behind > pixels.value_length:
        raise damaged("its pixels are shorter than its header says")
    splice.keep(start, start + length - is_behind)
    splice.put(bytes(length % 2))
    splice.keep(start + length, start + length + is_behind)
    return splice


def _length(pixels: Pixels, layout: Layout) -> int:
    """What they measure: some writers say YBR_FULL_422 of pixels that share no colours, and decoders see it."""
    whole = (layout.frames * layout.rows * layout.columns * layout.samples * layout.allocated + 7) // 8
    return whole if pixels.value_length in (whole, whole + whole % 2) else layout.native_length
