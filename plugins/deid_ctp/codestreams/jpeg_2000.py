"""JPEG 2000 and HTJ2K: of each codestream the markers that say how to decode it, and its packets (ITU-T T.800 Annex A).

Comments, registration, profiles and lists of lengths are left out; the lengths of tile-parts follow.
A list of tile-parts (TLM), which HTJ2K's RPCL transfer syntax asks for, is written anew.
"""

import re
from collections import Counter
from struct import pack, unpack

from obia import Layout
from obia.plugins.deid_ctp.codestreams.jp2 import codestream_start
from obia.plugins.deid_ctp.codestreams.markers import LEFT_OUT, TLM, Coding
from obia.plugins.deid_ctp.codestreams.payload import Payload, damaged
from obia.plugins.deid_ctp.codestreams.splice import Splice

_SOC, _SOT, _SOD, _EOC = 0xFF4F, 0xFF90, 0xFF93, 0xFFD9
_SOT_LENGTH = 12  # bytes, its marker included
_MOST_LISTED = 10_000  # tile-parts in one TLM of at most 65535 bytes, six bytes each
_END = re.compile(rb"\xff(?=\xd9)")  # no packet holds two bytes beyond FF8F (T.800 D.4)


def jpeg_2000(payload: Payload, at: int, _: Layout) -> tuple[Splice, int]:
    """Clean the codestream that begins at `at`, or in the JP2 file there; return it and where it ended.

    Raises Rejected BAD_PIXELS.
    """
    return _Walk(payload, codestream_start(payload, at)).clean()


class _Walk:
    """One walk from SOC to EOC."""

    def __init__(self, payload: Payload, at: int) -> None:
        self._payload = payload
        self._at = at
        self._coding = Coding()
        self._listed = 0  # TLM segments met
        self._parts: Counter[int] = Counter()  # met, by tile
        self._lengths: list[tuple[int, int]] = []  # of tile-parts: the tile, and how long it is now

    def clean(self) -> tuple[Splice, int]:
        """Walk to the end."""
        if self._payload.number(self._at) != _SOC:
            raise damaged("a frame does not begin as its transfer syntax says")
        head, tiles = Splice(), Splice()
        self._payload.keep(head, self._at, self._at + 2)
        self._at += 2
        self._header(head, self._coding, _SOT)
        while (marker := self._payload.number(self._at)) == _SOT:
            tiles.add(self._tile_part())
        if marker != _EOC:
            raise damaged("a codestream does not end as it should")
        self._payload.keep(tiles, self._at, self._at + 2)
        if self._listed:
            head.put(self._list())
        head.add(tiles)
        return head, self._at + 2

    def _header(self, splice: Splice, coding: Coding, end: int) -> None:
        """Keep the marker segments of a header that decoding needs, up to the marker that ends it."""
        while (marker := self._payload.number(self._at)) != end:
            length = self._payload.number(self._at + 2)
            stop = self._at + 2 + length
            if length < 2 or stop > self._payload.size:
                raise damaged("a marker segment is cut")
            if marker not in LEFT_OUT:
                coding.take(marker, self._payload.demand(self._at + 4, length - 2))
                self._payload.keep(splice, self._at, stop)
            self._listed += marker == TLM
            self._at = stop
        coding.check()

    def _tile_part(self) -> Splice:
        start = self._at
        size, tile, length, part, parts = unpack(">HHLBB", self._payload.demand(start + 2, _SOT_LENGTH - 2))
        is_next = part == self._parts[tile]
        if size != _SOT_LENGTH - 2 or tile >= self._coding.tiles or not is_next:
            raise damaged("a tile-part is of no tile, or not the next of its tile")
        self._parts[tile] += 1
        self._at += _SOT_LENGTH
        header, body = Splice(), Splice()
        self._header(header, self._coding.of_tile(tile), _SOD)
        end = start + length if length else next(self._payload.marks(_END, self._at))[0]
        if end < self._at + 2:
            raise damaged("a tile-part is shorter than its header")
        self._payload.keep(body, self._at, end)
        self._at = end
        return self._with_length(start, (tile, part, parts), header, body, is_open=not length)

    def _with_length(
        self, start: int, names: tuple[int, int, int], header: Splice, body: Splice, *, is_open: bool
    ) -> Splice:
        """The tile-part behind an SOT that says how long it is; one that says nothing ends with the codestream."""
        tile, part, parts = names
        length = _SOT_LENGTH + header.length + body.length
        self._lengths.append((tile, length))
        whole = Splice()
        whole.put(pack(">HHHLBB", _SOT, _SOT_LENGTH - 2, tile, 0 if is_open else length, part, parts))
        whole.add(header)
        whole.add(body)
        return whole

    def _list(self) -> bytes:
        """The list of tile-parts: tiles by 16 bits, lengths by 32 (T.800 A.7.1)."""
        found = b""
        for index in range(0, len(self._lengths), _MOST_LISTED):
            some = self._lengths[index : index + _MOST_LISTED]
            entries = b"".join(pack(">HL", *each) for each in some)
            found += pack(">HHBB", TLM, 4 + len(entries), index // _MOST_LISTED, 0x60) + entries
        return found
