"""Character sets: (0008,0005) read, corrected where only its spelling is wrong, and text decoded under it."""

import re
import warnings
from dataclasses import dataclass
from functools import lru_cache

from pydicom.charset import STAND_ALONE_ENCODINGS, decode_bytes, encode_string, python_encoding

from obia import Code, Rejected

_SINGLE = re.compile(r"ISO[-_ ]?IR[-_ ]?(\d+)")
_EXTENDED = re.compile(r"ISO[-_ ]?2022[-_ ]?IR[-_ ]?(\d+)")
_GBK = ("GBK", "ISO 2022 GBK")  # no defined terms (PS3.3 C.12.1.1.2); GB18030 holds all of GBK
_ESCAPE = b"\x1b"
_DELIMITERS = {0x09, 0x0A, 0x0C, 0x0D, 0x3D, 0x5C, 0x5E}  # after one of them the first set holds again


@dataclass(frozen=True, slots=True)
class Charset:
    """Character sets by their defined terms, and as Python's codecs in pydicom's spelling."""

    terms: tuple[str, ...]
    codecs: tuple[str, ...]

    def text(self, value: bytes) -> str | None:
        """Decode a value; None where the bytes are not text of this character set."""
        if value.isascii() and _ESCAPE not in value:
            return value.decode("ascii")
        if _ESCAPE not in value:
            return _decoded(value, self.codecs[0])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            text = decode_bytes(value, self.codecs, _DELIMITERS)
        return None if "\ufffd" in text else text

    def decode(self, value: bytes) -> str:
        """Decode a value; what is no text of this character set becomes U+FFFD."""
        text = self.text(value)
        return value.decode(self.codecs[0], "replace") if text is None else text

    def encode(self, text: str) -> bytes | None:
        """Encode a text; None where this character set lacks one of its characters."""
        if text.isascii() and "\x1b" not in text:
            return text.encode("ascii")
        try:
            return text.encode(self.codecs[0]) if len(self.codecs) == 1 else self._extended(text)
        except (UnicodeError, ValueError):
            return None

    def _extended(self, text: str) -> bytes | None:
        """Encode under several sets, with escape sequences between them."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = bytes(encode_string(text, self.codecs))
        return value if self.text(value) == text else None


def _decoded(value: bytes, codec: str) -> str | None:
    try:
        return value.decode(codec)
    except UnicodeDecodeError:
        return None


@lru_cache(256)
def charset(value: bytes) -> Charset:
    """Read a Specific Character Set. Raises Rejected BAD_CHARSET for a term the standard does not define."""
    terms = [_corrected(term) for term in value.decode("latin-1").split("\\")]
    if terms[0] in STAND_ALONE_ENCODINGS:
        terms = terms[:1]
    terms = [term for place, term in enumerate(terms) if place == 0 or term not in STAND_ALONE_ENCODINGS]
    if any(term not in python_encoding for term in terms):
        raise Rejected("its character set is none the standard defines", Code.BAD_CHARSET)
    return Charset(tuple(terms), tuple(dict.fromkeys(python_encoding[term] for term in terms)))


def _corrected(term: str) -> str:
    term = term.strip(" \0").upper()
    if term in _GBK:
        return "GB18030"
    for pattern, spelling in ((_SINGLE, "ISO_IR "), (_EXTENDED, "ISO 2022 IR ")):
        found = pattern.fullmatch(term)
        if found is not None:
            return spelling + found[1]
    return term


DEFAULT = charset(b"")
