"""Mutations: sample files of which bits, lengths, VRs, ends, nesting or frames are changed, the same for the same seed."""

import random
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from struct import pack

from pydicom.data import get_testdata_file

from obia.server.intake.element import Syntax, element_at
from obia.server.intake.source import InMemory
from tests import bad_input, make

VRS = (
    *(
        [
            "AE",
            "AS",
            "AT",
            "CS",
            "DA",
            "DS",
            "DT",
            "FD",
            "FL",
            "IS",
            "LO",
            "LT",
            "OB",
            "OD",
            "OF",
            "OL",
            "OV",
            "OW",
            "PN",
            "SH",
            "SL",
            "SQ",
            "SS",
            "ST",
            "SV",
            "TM",
        ]
    ),
    *(["UC", "UI", "UL", "UN", "UR", "US", "UT", "UV", "ZZ", "EI"]),
)
_LARGEST = 600_000  # bytes of a sample
_EXPLICIT = Syntax(is_implicit=False, is_little=True)
_LENGTHS = (0, 1, 3, 0x7F, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)


@cache
def samples() -> list[bytes]:
    """Real files of every codec that the packages bring, and made ones of every syntax."""
    folders = [Path(str(files(package))) for package in ("pydicom.data", "data_store")]
    paths = sorted(path for folder in folders for path in folder.rglob("*.dcm") if path.stat().st_size < _LARGEST)
    made = [make.data(bad_input.good(NumberOfFrames=1), syntax) for syntax in (*make.NATIVE, *make.COMPRESSED)]
    return [*made, *(path.read_bytes() for path in paths)]


def mutated(count: int, seed: int) -> Iterator[bytes]:
    """Changed samples."""
    draw = random.Random(seed)
    for _ in range(count):
        content = bytearray(draw.choice(samples()))
        for _ in range(draw.choice((1, 1, 2, 5))):
            draw.choice(_KINDS)(content, draw)
        yield bytes(content)


def with_other_vrs(count: int) -> Iterator[bytes]:
    """Explicit little endian samples of which one top-level element at a time, file meta included, says another VR."""
    for sample in explicit(count):
        for number, at in enumerate(_elements(sample)):
            yield sample[: at + 4] + VRS[number * 7 % len(VRS)].encode() + sample[at + 6 :]


def explicit(count: int) -> list[bytes]:
    """Some explicit little endian samples."""
    names = ("CT_small.dcm", "MR_small.dcm", "JPEG2000.dcm", "SC_rgb_rle_2frame.dcm", "liver.dcm", "rtplan.dcm")
    real = [Path(str(get_testdata_file(name, download=False))).read_bytes() for name in names]
    made = [make.data(bad_input.good(), syntax) for syntax in (make.EXPLICIT, make.RLE, make.J2K, make.DEFLATED)]
    return [*made, *real][:count]


def _elements(sample: bytes) -> Iterator[int]:
    """Where the top-level elements of a file begin, as far as they can be walked."""
    source, at = InMemory(sample), 132
    while at + 8 <= len(sample):
        try:
            element = element_at(source, at, _EXPLICIT)
        except Exception:  # the data set is implicit or deflated: its file meta is what is changed
            return
        yield at
        if element.length == 0xFFFFFFFF:
            return
        at = element.end


def _flip(content: bytearray, draw: random.Random) -> None:
    for _ in range(draw.choice((1, 4, 32))):
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)


def _head(content: bytearray, draw: random.Random) -> None:
    """Change a byte where the header most likely is."""
    content[draw.randrange(min(132, len(content) - 1), min(2_500, len(content)))] = draw.randrange(256)


def _vr(content: bytearray, draw: random.Random) -> None:
    place = draw.choice(_places(content))
    content[place + 4 : place + 6] = draw.choice(VRS).encode()


def _length(content: bytearray, draw: random.Random) -> None:
    place = draw.choice(_places(content))
    if draw.random() < 0.5:
        content[place + 6 : place + 8] = pack("<H", draw.choice(_LENGTHS) & 0xFFFF)
    else:
        content[place + 8 : place + 12] = pack("<L", draw.choice(_LENGTHS))


def _cut(content: bytearray, draw: random.Random) -> None:
    del content[draw.randrange(len(content)) :]
    content += bytes(200 - min(len(content), 200))


def _nest(content: bytearray, draw: random.Random) -> None:
    place = draw.choice(_places(content))
    content[place:place] = bad_input.deep(is_defined=draw.random() < 0.5, levels=draw.choice((1, 5, 60, 70)))


def _frame(content: bytearray, draw: random.Random) -> None:
    """Change the beginning of a fragment, where a frame's own header is."""
    at = content.find(b"\xfe\xff\x00\xe0", max(content.find(bad_input.PIXELS), 0))
    at = at + 8 if at >= 0 else max(content.find(bad_input.PIXELS), 0)
    for _ in range(draw.choice((1, 3))):
        content[min(at + draw.randrange(120), len(content) - 1)] = draw.randrange(256)


def _frames(content: bytearray, draw: random.Random) -> None:
    """Change a number of the image pixel module."""
    places = [content.find(b"\x28\0" + pack("<H", each)) for each in (2, 4, 6, 8, 16, 17, 256, 257, 259)]
    if found := [each for each in places if each >= 0]:
        at = draw.choice(found) + draw.choice((8, 9))
        content[min(at, len(content) - 1)] = draw.randrange(256)


def _places(content: bytearray) -> list[int]:
    """Where elements begin, or places that do as well."""
    found = list(_elements(bytes(content[: 1 << 14])))
    return found or [min(132, len(content) - 12)]


_KINDS = (_flip, _head, _vr, _length, _cut, _nest, _frame, _frame, _frames)
