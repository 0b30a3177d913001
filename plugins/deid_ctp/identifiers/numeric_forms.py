"""Numbers: what a value of a numeric VR says, read as integers, as digits without signs, and as codes of characters."""

import re
import struct
from array import array
from collections.abc import Iterator

import numpy as np

FORMS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q"}  # of `struct`
WHOLE = frozenset(FORMS)
REAL = {"FL": "f4", "OF": "f4", "FD": "f8", "OD": "f8"}
WORDS = {"US": 2, "SS": 2, "OW": 2, "AT": 2, "UL": 4, "SL": 4, "OL": 4, "UV": 8, "SV": 8, "OV": 8}  # bytes each
COUNTED = frozenset((*WHOLE, *REAL, "AT", "DS", "IS"))  # those whose values are numbers to compare

_CODES = {2: "H", 4: "I", 8: "Q"}  # of unsigned words, by their size

FEW = 16  # values: in more, chance makes somebody's digits of fractions and of neighbours
_LEAST = 10_000  # five digits
_LEAST_TEXT = 5  # characters
_BEYOND = 10.0**18  # no identifier has nineteen digits
_INTEGER = re.compile(r"(?<![\d.eE])0*([1-9]\d{4,})(?:\.0*)?(?![\d.eE])", re.A)
_SCIENTIFIC = re.compile(r"[\d.]+[eE][+-]?\d+", re.A)
_DECIMAL = re.compile(r"(?<![\d.])(\d+)\.(\d+)(?![\d.eE])", re.A)
_NEIGHBOURS = re.compile(r"\d+(?:[\\ +]+\d+)+", re.A)
_CODE = re.compile(r"(?<![\d.eE-])0*(\d{2,7})(?:\.0*)?(?![\d.eE])", re.A)
_LEAST_INTEGER = 5  # digits
_CHARACTERS = range(0x20, 0x110000)


def is_short(vr: str, value: bytes) -> bool:
    """Whether a value is too short to say anything: by far the most are, such as Rows."""
    if vr in ("DS", "IS"):
        return len(value) < _LEAST_TEXT
    return len(value) == 2 and max(value) < 0x27  # below 10,000 in either byte order


def integers(vr: str, value: bytes, is_little: bool) -> set[str]:
    """Return the integers of five digits and more, without sign, leading zeros, fraction and exponent."""
    if vr in ("DS", "IS"):
        return set(_integers_of_text(value.decode("latin-1")))
    if vr in WHOLE and len(value) <= FEW * WORDS[vr]:
        return {str(abs(each)) for each in unpacked(vr, value, is_little) if abs(each) >= _LEAST}
    if vr == "AT":
        value = _tags(value, is_little)
    kind = _kind(vr, is_little)
    numbers = np.frombuffer(value[: len(value) // kind.itemsize * kind.itemsize], kind)
    if kind.kind == "f":
        numbers = numbers[np.isfinite(numbers)]
        numbers = numbers[(np.abs(numbers) < _BEYOND) & (numbers == np.trunc(numbers))]
    numbers = numbers[(numbers >= _LEAST) | (numbers <= -_LEAST)] if kind.kind != "u" else numbers[numbers >= _LEAST]
    return {str(abs(int(each))) for each in np.unique(numbers)} if len(numbers) else set()


def unpacked(vr: str, value: bytes, is_little: bool) -> tuple[int, ...]:
    """Return the integers of a value of whole numbers, without a rest."""
    count = len(value) // WORDS[vr]
    return struct.unpack_from(f"{'<' if is_little else '>'}{count}{FORMS[vr]}", value)


def _kind(vr: str, is_little: bool) -> np.dtype[np.generic]:
    order = "<" if is_little else ">"
    if vr == "AT":
        return np.dtype(order + "u4")
    return np.dtype(order + (REAL[vr] if vr in REAL else ("i" if vr.startswith("S") else "u") + str(WORDS[vr])))


def _tags(value: bytes, is_little: bool) -> bytes:
    """Return tags as numbers of four bytes: in little endian too, the group comes first."""
    if not is_little:
        return value
    halves = struct.unpack(f"<{len(value) // 4 * 2}H", value[: len(value) // 4 * 4])
    return b"".join(
        struct.pack("<HH", element, group) for group, element in zip(halves[::2], halves[1::2], strict=True)
    )


def _integers_of_text(text: str) -> Iterator[str]:
    yield from _INTEGER.findall(text)
    yield from [digits for whole, _ in _DECIMAL.findall(text) if len(digits := whole.lstrip("0")) >= _LEAST_INTEGER]
    if "e" in text or "E" in text:
        for each in _SCIENTIFIC.findall(text):
            try:
                number = float(each)
            except ValueError:
                continue
            if _LEAST <= number < _BEYOND and number == int(number):
                yield str(int(number))


def joined(vr: str, value: bytes, is_little: bool) -> set[str]:
    """Return digits that a point or a neighbour's border divides: `173918.4627` and `17391\\84627` as `1739184627`.

    Zeros at the end of a fraction are away. Only of few values, and of integers alone across a border.
    """
    if vr in ("DS", "IS"):
        if len(value) < 8 or value.count(b"\\") >= FEW:
            return set()
        text = value.decode("latin-1")
        found = {whole.lstrip("0") + part.rstrip("0") for whole, part in _DECIMAL.findall(text)}
        if vr == "IS" and "\\" in text:
            found.update(re.sub(r"\D", "", run) for run in _NEIGHBOURS.findall(text))
        return found
    if vr in REAL and len(value) <= FEW * 8:
        return {_digits(each) for each in np.frombuffer(value[: len(value) // 8 * 8], _kind(vr, is_little))}
    if vr in WHOLE and WORDS[vr] < len(value) <= FEW * WORDS[vr]:
        return {"".join([str(abs(each)) for each in unpacked(vr, value, is_little)])}
    return set()


def _digits(number: np.generic) -> str:
    whole, _, part = str(number).partition(".")
    return whole.lstrip("-0") + part.rstrip("0") if part.isdigit() else ""


def characters(vr: str, value: bytes, is_little: bool) -> str:
    """Return the text whose character codes a value's numbers may be; those of whole words are found as bytes."""
    if vr in ("DS", "IS"):
        if value.count(b"\\") < _LEAST_TEXT - 1:
            return ""
        codes = [int(each) for each in _CODE.findall(value.decode("latin-1"))]
    else:
        kind = _kind(vr, is_little)
        if len(value) < _LEAST_TEXT * kind.itemsize:
            return ""
        numbers = np.frombuffer(value[: len(value) // kind.itemsize * kind.itemsize], kind)
        numbers = numbers[np.isfinite(numbers)]
        codes = [
            int(each) for each in numbers[(numbers >= 0x20) & (numbers < 0x110000) & (numbers == np.trunc(numbers))]
        ]
    return "".join(chr(each) for each in codes if each in _CHARACTERS)


def swapped(vr: str, value: bytes) -> bytes:
    """Return words of two, four or eight bytes with the order of their bytes turned round."""
    size = WORDS[vr]
    words = array(_CODES[size], value[: len(value) // size * size])
    words.byteswap()
    return words.tobytes()
