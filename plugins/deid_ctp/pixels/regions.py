"""Regions: rectangles of an image, as pixel scripts and CTP's interface give them."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from obia.plugins.deid_ctp.language.filters import Filter

_REGION = re.compile(r"\(([^()]*)\)")
_INTEGER = re.compile(r"[+-]?[0-9]{1,10}")
_PART = re.compile(r'"[^"]*"|}|[^"}]+|"')
_INT = 2**31  # CTP counts in Java's int, which wraps around


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle; a negative `x` or `y` counts from the right or the bottom of whatever image it is put on."""

    x: int
    y: int
    width: int
    height: int

    def __str__(self) -> str:
        return f"({self.x},{self.y},{self.width},{self.height})"

    def rectangle(self, columns: int, rows: int) -> tuple[int, int, int, int]:
        """Left, top, width and height on an image of that size."""
        return self.x + columns * (self.x < 0), self.y + rows * (self.y < 0), self.width, self.height

    def clamp(self, columns: int, rows: int) -> tuple[int, int, int, int]:
        """First column, first row, last column and last row on an image: CTP counts both edges in."""
        left, top, width, height = self.rectangle(columns, rows)
        right, bottom = _wrapped(left + width), _wrapped(top + height)
        return max(left, 0), max(top, 0), min(right, columns - 1), min(bottom, rows - 1)


def boxes(regions: Iterable[Region], columns: int, rows: int) -> list[tuple[int, int, int, int]]:
    """What the regions cover of an image: half-open left, top, right and bottom; none is empty."""
    found = (region.clamp(columns, rows) for region in regions)
    return [(left, top, right + 1, bottom + 1) for left, top, right, bottom in found if left <= right and top <= bottom]


@dataclass(frozen=True, slots=True)
class Signature:
    """A filter that knows a kind of image, and where such images carry burned-in text."""

    filter: Filter
    regions: tuple[Region, ...]


def signatures(script: str) -> Iterator[Signature]:
    """Read a pixel script: `{filter}` and the regions behind it, over and over; every other text is ignored."""
    start = script.find("{")
    while start >= 0:
        end = _closing_brace(script, start + 1)
        if end < 0:
            return
        start, filter_start = script.find("{", end), start + 1
        between = script[end : start if start >= 0 else len(script)]
        yield Signature(Filter(script[filter_start:end].strip()), tuple(_regions(between)))


def _closing_brace(script: str, at: int) -> int:
    """Where a signature ends: at the next brace that no quotes enclose; -1 where there is none."""
    return next((part.start() for part in _PART.finditer(script, at) if part[0] == "}"), -1)


def _regions(text: str) -> Iterator[Region]:
    for found in _REGION.finditer(text):
        numbers = [each.strip() for each in found[1].split(",")]
        if len(numbers) == 4 and all(map(_is_int, numbers)):
            yield Region(*map(int, numbers))


def _is_int(text: str) -> bool:
    return _INTEGER.fullmatch(text) is not None and -_INT <= int(text) < _INT


def _wrapped(number: int) -> int:
    return (number + _INT) % (2 * _INT) - _INT
