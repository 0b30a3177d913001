"""Huffman codes of JPEG (ITU-T T.81 annex C and F), and a stretch of entropy-coded bits read through them by tables.

For every bit position of a stretch, tables say how long the symbol there is, its extra bits included, and how far it
moves on within its block. Reading a block is then two look-ups a symbol, which is what pure Python can afford.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

END_OF_BLOCK = 100  # more than a block has coefficients
NO_CODE = 200
_STRETCH = 1 << 17  # bytes
_PADDING = 4096  # bytes behind the data's end, more than any unit has: no look-up runs behind them


class BadJpeg(Exception):
    """The stream is none that can be edited in its coefficients; its text says why."""


@dataclass(frozen=True)
class Codes:
    """One Huffman table: for each symbol its code and the code's length in bits."""

    codes: dict[int, tuple[int, int]]

    @classmethod
    def read(cls, counts: bytes, symbols: bytes) -> "Codes":
        """Read a DHT segment's lists (T.81 B.2.4.2). Raises BadJpeg."""
        codes, code, at = dict[int, tuple[int, int]](), 0, 0
        for length, count in enumerate(counts, 1):
            if code + count > 1 << length:
                raise BadJpeg("a Huffman table has more codes than fit")
            for symbol in symbols[at : at + count]:
                codes[symbol] = (code, length)
                code += 1
            at, code = at + count, code << 1
        return cls(codes)

    def segment(self, kind: int, name: int) -> bytes:
        """Write it as a DHT segment; kind 0 is DC, 1 AC."""
        lengths = [length for _, length in self.codes.values()]
        counts = bytes(lengths.count(length) for length in range(1, 17))
        symbols = bytes(
            symbol for _, _, symbol in sorted((length, code, symbol) for symbol, (code, length) in self.codes.items())
        )
        return b"\xff\xc4" + (19 + len(symbols)).to_bytes(2) + bytes((kind << 4 | name,)) + counts + symbols

    @cached_property
    def _by_window(self) -> tuple[np.ndarray, np.ndarray]:
        """For every 16 bits, the symbol they begin with and its code's length; length 0 where there is none."""
        symbols, lengths = np.zeros(1 << 16, np.uint8), np.zeros(1 << 16, np.uint8)
        for symbol, (code, length) in self.codes.items():
            window = slice(code << 16 - length, code + 1 << 16 - length)
            symbols[window], lengths[window] = symbol, length
        return symbols, lengths

    @cached_property
    def dc(self) -> tuple[np.ndarray, np.ndarray]:
        """For every 16 bits: the length of code and extra bits, and the number of extra bits."""
        symbols, lengths = self._by_window
        is_code = (lengths > 0) & (symbols <= 15)
        return np.where(is_code, lengths + symbols, 0).astype(np.uint8), np.where(is_code, symbols, NO_CODE)

    @cached_property
    def ac(self) -> tuple[np.ndarray, np.ndarray]:
        """For every 16 bits: the length of code and extra bits, and the coefficients that the symbol covers."""
        symbols, lengths = self._by_window
        runs, sizes = symbols >> 4, symbols & 15
        advance = np.where(sizes > 0, runs + 1, np.where(runs == 15, 16, np.where(runs == 0, END_OF_BLOCK, NO_CODE)))
        is_code = lengths > 0
        return np.where(is_code, lengths + sizes, 0).astype(np.uint8), np.where(is_code, advance, NO_CODE).astype(
            np.uint8
        )


def all_differences(bits: int) -> Codes:
    """A table with a code for every size that a DC difference can have, all about equally long."""
    sizes = 12 if bits == 8 else 16  # T.81 F.1.2.1.1
    return Codes.read(bytes((0, 0, 0, min(sizes, 14), max(sizes - 14, 0), *[0] * 11)), bytes(range(sizes)))


@dataclass(frozen=True)
class Tables:
    """What one Huffman table says at every bit position of a stretch."""

    lengths: bytes
    moves: bytes


class Stretch:
    """Some bytes of entropy-coded data, without their stuffing; reading on moves it along."""

    def __init__(self, data: bytes, dc: dict[int, Codes], ac: dict[int, Codes]) -> None:
        self._data, self._dc_codes, self._ac_codes = data, dc, ac
        self._begin = 0  # byte
        self.at = 0  # bit, from the stretch's beginning
        self.bits = np.zeros(0, np.uint8)
        self.dc: dict[int, Tables] = {}
        self.ac: dict[int, Tables] = {}
        self._load()

    def needs_moving(self, unit_bits: int) -> bool:
        """Whether a unit that begins here could end behind the stretch, and there is more to come."""
        return self.at + unit_bits > 8 * _STRETCH and self._begin + _STRETCH < len(self._data)

    def move(self) -> None:
        """Begin a new stretch where reading stands."""
        self._begin += self.at // 8
        self.at %= 8
        self._load()

    def is_over(self) -> bool:
        """Whether reading stands behind the data's end."""
        return self._begin * 8 + self.at > len(self._data) * 8

    def _load(self) -> None:
        chunk = self._data[self._begin : self._begin + _STRETCH]
        padded = np.frombuffer(chunk + b"\xff" * _PADDING, np.uint8)
        self.bits = np.unpackbits(padded)
        wide = padded.astype(np.uint32)
        triples = wide[:-2] << 16 | wide[1:-1] << 8 | wide[2:]
        windows = (triples[:, None] >> np.arange(8, 0, -1, dtype=np.uint32) & 0xFFFF).astype(np.uint16).ravel()
        self.dc = {key: _at_every_bit(codes.dc, windows) for key, codes in self._dc_codes.items()}
        self.ac = {key: _at_every_bit(codes.ac, windows) for key, codes in self._ac_codes.items()}

    def number(self, at: int, count: int) -> int:
        """The unsigned number in so many bits of the stretch."""
        value = 0
        for bit in self.bits[at : at + count].tolist():
            value = value << 1 | bit
        return value


def _at_every_bit(tables: tuple[np.ndarray, np.ndarray], windows: np.ndarray) -> Tables:
    lengths, moves = tables
    return Tables(lengths[windows].tobytes(), moves.astype(np.uint8)[windows].tobytes())
