"""Java's ways with text and numbers, which the results of CTP's scripts show: trim, parseInt, toString, MD5 as a number."""

import hashlib
import math
import re
import struct

_WHITE = "".join(map(chr, range(33)))  # what String.trim() calls white: every control character, and the space
_INTEGER = re.compile(r"[+-]?[0-9]+")
_REAL = re.compile(r"[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)")
_LEAST_PLAIN, _MOST_PLAIN = 1e-3, 1e7  # outside, toString() writes an exponent


def trim(text: str) -> str:
    """Remove what String.trim() removes."""
    return text.strip(_WHITE)


def integer(text: str, bits: int = 32) -> int | None:
    """Read as Integer.parseInt() does; None where it would throw."""
    if not _INTEGER.fullmatch(text) or len(text) > 40:
        return None
    number = int(text)
    return number if -(1 << bits - 1) <= number < 1 << bits - 1 else None


def real(text: str) -> float | None:
    """Read as Double.parseDouble() does; None where it would throw."""
    stripped = trim(text)
    if not _REAL.fullmatch(stripped):
        return None
    return float(stripped if "N" in stripped or "I" in stripped else stripped.rstrip("fFdD"))


def md5_number(text: str) -> str:
    """The MD5 of a text's UTF-8 as an unsigned decimal number."""
    digest = hashlib.md5(text.encode("utf-8", "replace"), usedforsecurity=False).digest()
    return str(int.from_bytes(digest, "big"))


def double_text(number: float) -> str:
    """Write as Double.toString() does."""
    return _real_text(number, repr(number))


def float_text(number: float) -> str:
    """Write as Float.toString() does: the fewest digits that are no other float."""
    if not math.isfinite(number):
        return _real_text(number, "")
    shortest = next(text for digits in range(1, 10) if _is_same(text := f"{number:.{digits}g}", number) or digits == 9)
    return _real_text(number, shortest)


def _is_same(text: str, number: float) -> bool:
    try:
        return bool(struct.unpack("f", struct.pack("f", float(text)))[0] == number)
    except OverflowError:
        return False


def _real_text(number: float, shortest: str) -> str:
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    sign = "-" if shortest.startswith("-") else ""
    mantissa, _, exponent = shortest.lstrip("-").partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits = (whole + fraction).lstrip("0")
    point = len(whole) + int(exponent or 0) - (len(whole + fraction) - len(digits))
    digits = digits.rstrip("0")
    if not digits:
        return f"{sign}0.0"
    if _LEAST_PLAIN <= abs(number) < _MOST_PLAIN:
        padded = "0" * (1 - point) + digits if point < 1 else digits.ljust(point, "0")
        at = max(point, 1)
        return f"{sign}{padded[:at]}.{padded[at:] or '0'}"
    return f"{sign}{digits[0]}.{digits[1:] or '0'}E{point - 1}"
