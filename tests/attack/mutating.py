"""Mutating: one file made wrong in one of six ways; the same for the same seed."""

import random
from collections.abc import Callable
from io import BytesIO
from struct import pack

from pydicom import dcmread
from pydicom.dataelem import RawDataElement

_VRS = b"AEASATCSDADSDTFDFLISLOLTOBODOFOLOWPNSHSLSQSSSTTMUIULUNUSUTZZEI"
_LENGTHS = (0, 1, 7, 0xFF, 0xFFFE, 0xFFFF)
_PIXELS = b"\xe0\x7f\x10\x00"
_PREAMBLE = 132
_SYNTAX = b"\x02\0\x10\0UI"  # Transfer Syntax UID (0002,0010)

Mutation = Callable[[bytes, random.Random], bytes]


def bits(data: bytes, chance: random.Random) -> bytes:
    """Flip up to twenty bits behind the preamble."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 20)):
        changed[chance.randrange(_PREAMBLE, len(data))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def lengths(data: bytes, chance: random.Random) -> bytes:
    """Give an element another length."""
    at = chance.choice(places(data)) + 6
    return data[:at] + pack("<H", chance.choice((*_LENGTHS, chance.randrange(1 << 16)))) + data[at + 2 :]


def vrs(data: bytes, chance: random.Random) -> bytes:
    """Write an element, and every fourth time the Transfer Syntax UID, with another VR."""
    at = (data.index(_SYNTAX) if chance.random() < 0.25 else chance.choice(places(data))) + 4
    vr = 2 * chance.randrange(len(_VRS) // 2)
    return data[:at] + _VRS[vr : vr + 2] + data[at + 2 :]


def truncation(data: bytes, chance: random.Random) -> bytes:
    """Cut the file off."""
    return data[: chance.randrange(len(data))]


def nesting(data: bytes, chance: random.Random) -> bytes:
    """Insert sequences within sequences before an element."""
    at, depth = chance.choice(places(data)), chance.choice((1, 10, 100, 1000, 5000))
    open_ = b"\x29\0\x10\x10SQ\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff"
    close = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0"
    return data[:at] + open_ * depth + close * chance.choice((0, depth)) + data[at:]


def frames(data: bytes, chance: random.Random) -> bytes:
    """Overwrite up to 64 bytes of the pixel data, near its start: offsets, item headers, codestream headers."""
    start = data.rfind(_PIXELS) + 8
    changed = bytearray(data)
    for _ in range(chance.randint(1, 64)):
        changed[min(len(data) - 1, start + chance.randrange(256))] = chance.choice((0, 0xFF, chance.randrange(256)))
    return bytes(changed)


KINDS: tuple[Mutation, ...] = (bits, lengths, vrs, truncation, nesting, frames)


def places(data: bytes) -> list[int]:
    """Where the elements of an explicit little endian file begin, those with a short length alone."""
    dataset = dcmread(BytesIO(data))
    found = []
    for element in dataset._dict.values():
        if isinstance(element, RawDataElement) and (tag := pack("<HH", element.tag.group, element.tag.element)):
            at = element.value_tell - 8
            if data[at : at + 4] == tag:
                found.append(at)
    return found
