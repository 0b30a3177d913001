"""JPEG scans: entropy-coded blocks read one after the other; some emptied, the others kept bit by bit."""

from collections.abc import Iterator, Sequence

import numpy as np

from obia.plugins.deid_ctp.pixels.huffman import END_OF_BLOCK, BadJpeg, Codes, Stretch, all_differences
from obia.plugins.deid_ctp.pixels.jpeg_headers import Component, Stream

_MOST_BLOCKS = 10  # of one unit: T.81 B.2.3
_MAX_UNIT_BITS = _MOST_BLOCKS * 64 * 32  # a coefficient has at most 31


class Scan:
    """A scan in work: blocks are read one after the other, and what they become is collected bit by bit."""

    def __init__(self, found: Stream, header: bytes, levels: Sequence[int] | None) -> None:
        self._stream = found
        try:
            names = [(header[at], header[at + 1]) for at in range(1, 1 + 2 * header[0], 2)]
            self._parts = [(found.components[name], tables >> 4, tables & 15) for name, tables in names]
            self._dc = {dc: found.dc[dc] for _, dc, _ in self._parts}
            self._ac = {ac: found.ac[ac] for _, _, ac in self._parts}
            self._end_codes = {ac: _code(codes, 0) for ac, codes in self._ac.items()}
            self.new_tables = [] if levels is None else self._completed()
            self._dc_written = {dc: found.dc_written.get(dc, codes) for dc, codes in self._dc.items()}
        except (KeyError, IndexError):
            raise BadJpeg("a scan names a component or a table that is not there") from None
        self._levels = None if levels is None else self._quantized(levels)
        self._blocks = list(self._units())
        if not 1 <= len(self._blocks) <= _MOST_BLOCKS:
            raise BadJpeg("a scan has no components, or too many")
        first = self._parts[0][0]
        if len(self._parts) == 1:
            across, down = self._own_blocks(first)
            self._across, self.units = across, across * down
        else:
            self._across = first.blocks_across // first.horizontal
            self.units = self._across * (first.blocks_down // first.vertical)

    def _completed(self) -> list[bytes]:
        """Replace tables that lack a size which a new difference may have; return the segments that say so."""
        segments, complete = [], all_differences(self._stream.bits)
        for dc, codes in self._dc.items():
            if not complete.codes.keys() <= self._stream.dc_written.get(dc, codes).codes.keys():
                self._stream.dc_written[dc] = complete
                segments.append(complete.segment(0, dc))
        return segments

    def _units(self) -> Iterator[tuple[int, int, int, int, int]]:
        """The blocks of one unit: which component, its tables, and the place within the unit (T.81 A.2)."""
        for number, (part, dc, ac) in enumerate(self._parts):
            if len(self._parts) == 1:
                yield number, dc, ac, 0, 0
                return
            for down in range(part.vertical):
                for across in range(part.horizontal):
                    yield number, dc, ac, down, across

    def _own_blocks(self, part: Component) -> tuple[int, int]:
        """A component alone in its scan is coded without the padding of units (T.81 A.2.2)."""
        across = max(each.horizontal for each in self._stream.components.values())
        down = max(each.vertical for each in self._stream.components.values())
        columns = -(-self._stream.columns * part.horizontal // across)
        rows = -(-self._stream.rows * part.vertical // down)
        return -(-columns // 8), -(-rows // 8)

    def _quantized(self, levels: Sequence[int]) -> list[int]:
        """Each component's level as a DC coefficient, rounded away from the middle, so that black is black."""
        found, components = [], list(self._stream.components.values())
        for part, _, _ in self._parts:
            step = self._stream.steps.get(part.quantization, 0)
            if not step:
                raise BadJpeg("a quantization table is missing")
            offset = 8 * (levels[components.index(part)] - (1 << self._stream.bits - 1))
            found.append(offset // step if offset < 0 else -(-offset // step))
        return found

    def begin(self, data: bytes) -> None:
        """Begin an interval: predictions start anew."""
        self._stretch = Stretch(data, self._dc, self._ac)
        self._kept: int = 0  # bits of the stretch before this one are in the output
        self._out: list[np.ndarray] = []
        self._packed: list[bytes] = []
        self._original = [0] * len(self._parts)
        self._written = [0] * len(self._parts)

    def unit(self, index: int) -> None:
        """Read one unit and write what it becomes."""
        if self._stretch.needs_moving(_MAX_UNIT_BITS):
            self._flush()
        row, column = divmod(index, self._across)
        is_single = len(self._parts) == 1
        for number, dc, ac, down, across in self._blocks:
            part = self._parts[number][0]
            place = (row, column) if is_single else (row * part.vertical + down, column * part.horizontal + across)
            self._block(number, dc, ac, bool(part.emptied[place]))

    def _block(self, number: int, dc: int, ac: int, is_emptied: bool) -> None:
        stretch = self._stretch
        begin = stretch.at
        middle = begin + stretch.dc[dc].lengths[begin]
        if middle == begin:
            raise BadJpeg("its entropy-coded data has no such code")
        end = self._skip(middle, ac)
        if self._levels is not None:
            self._recode(number, dc, ac, begin, middle, end, is_emptied)
        elif is_emptied:
            self._keep_until(middle)
            self._out.append(self._end_codes[ac])
            self._kept = end
        stretch.at = end

    def _skip(self, at: int, ac: int) -> int:
        """Step over a block's AC coefficients."""
        tables = self._stretch.ac[ac]
        lengths, moves = tables.lengths, tables.moves
        index = 1
        while index < 64:
            index += moves[at]
            at += lengths[at]
        if index != 64 and not END_OF_BLOCK < index < END_OF_BLOCK + 64:
            raise BadJpeg("its entropy-coded data has no such code")
        return at

    def _recode(self, number: int, dc: int, ac: int, begin: int, middle: int, end: int, is_emptied: bool) -> None:
        """Follow a component's DC, and write another difference where the one before it or its own has changed."""
        assert self._levels is not None
        difference, codes = self._difference(dc, begin, middle), self._dc_written[dc]
        self._original[number] += difference
        wanted = self._levels[number] if is_emptied else self._original[number]
        if is_emptied or codes is not self._dc[dc] or wanted - self._written[number] != difference:
            self._keep_until(begin)
            self._out.append(_difference_code(codes, wanted - self._written[number]))
            self._kept = middle
        if is_emptied:
            self._out.append(self._end_codes[ac])
            self._kept = end
        self._written[number] = wanted

    def _difference(self, dc: int, begin: int, middle: int) -> int:
        """Read a DC difference (T.81 F.2.2.1)."""
        size = self._stretch.dc[dc].moves[begin]
        if not size:
            return 0
        value = self._stretch.number(middle - size, size)
        return value if value >> size - 1 else value - (1 << size) + 1

    def _keep_until(self, end: int) -> None:
        if end > self._kept:
            self._out.append(self._stretch.bits[self._kept : end])

    def _flush(self) -> None:
        """Pack what is whole bytes, and move the stretch to where reading stands."""
        self._keep_until(self._stretch.at)
        bits = np.concatenate(self._out) if self._out else np.zeros(0, np.uint8)
        whole = len(bits) // 8 * 8
        self._packed.append(np.packbits(bits[:whole]).tobytes())
        self._out = [bits[whole:].copy()]
        self._stretch.move()
        self._kept = self._stretch.at

    def end(self) -> bytes:
        """End an interval: padded with ones (T.81 F.1.2.3), and stuffed."""
        if self._stretch.is_over():
            raise BadJpeg("its entropy-coded data ends too early")
        self._keep_until(self._stretch.at)
        bits = np.concatenate([*self._out, np.ones(7, np.uint8)])
        self._packed.append(np.packbits(bits[: len(bits) // 8 * 8]).tobytes())
        return b"".join(self._packed).replace(b"\xff", b"\xff\0")


def _code(codes: Codes, symbol: int) -> np.ndarray:
    found = codes.codes.get(symbol)
    if found is None:
        raise BadJpeg("its Huffman tables have no code for a block that is emptied")
    return _bits(*found)


def _difference_code(codes: Codes, difference: int) -> np.ndarray:
    size = abs(difference).bit_length()
    extra = difference if difference > 0 else difference + (1 << size) - 1
    return np.concatenate((_code(codes, size), _bits(extra, size)))


def _bits(number: int, count: int) -> np.ndarray:
    return np.array([number >> place & 1 for place in range(count - 1, -1, -1)], np.uint8)
