"""Character sets as CTP's reader has them: fifteen known terms, all else ISO_IR 100; what cannot be written is a `?`."""

import re
from dataclasses import dataclass
from functools import lru_cache

from obia.plugins.deid_ctp.dicom.charsets import Charset

LATIN_1 = b"ISO_IR 100"
_CODECS = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 100": "latin-1",
    "ISO_IR 101": "iso8859-2",
    "ISO_IR 109": "iso8859-3",
    "ISO_IR 110": "iso8859-4",
    "ISO_IR 144": "iso8859-5",
    "ISO_IR 127": "iso8859-6",
    "ISO_IR 126": "iso8859-7",
    "ISO_IR 138": "iso8859-8",
    "ISO_IR 148": "iso8859-9",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 166": "tis-620",
    "ISO_IR 192": "utf-8",
    "GB18030": "gb18030",
}
_EXTENDED = re.compile(r"ISO 2022 IR (\d+)")
_EXTENSIONS = ("87", "159", "149", "58")  # multi-byte sets, which only an escape sequence brings in
_ESCAPE = re.compile(rb"\x1b(\$[@AB]|\$\([A-D]|\$\)[A-C]|\([BIJ]|\)I|-[ABCDFGHLMT])")
_SETS = {
    b"(B": ("ascii", b""),
    b"(J": ("shift_jis", b""),
    b"(I": ("shift_jis", b""),
    b")I": ("shift_jis", b""),
    b"$@": ("iso2022_jp", b"\x1b$@"),
    b"$B": ("iso2022_jp", b"\x1b$B"),
    b"$(D": ("iso2022_jp_1", b"\x1b$(D"),
    b"$)C": ("euc_kr", b""),
    b"$)A": ("gb2312", b""),
    b"-A": ("latin-1", b""),
    b"-B": ("iso8859-2", b""),
    b"-C": ("iso8859-3", b""),
    b"-D": ("iso8859-4", b""),
    b"-L": ("iso8859-5", b""),
    b"-G": ("iso8859-6", b""),
    b"-F": ("iso8859-7", b""),
    b"-H": ("iso8859-8", b""),
    b"-M": ("iso8859-9", b""),
    b"-T": ("tis-620", b""),
}


@dataclass(frozen=True, slots=True)
class CtpCharset(Charset):
    """A character set that reads and writes whatever it is given."""

    def decode(self, value: bytes) -> str:
        """Decode a value; escape sequences count where several sets are named."""
        if len(self.terms) == 1 or b"\x1b" not in value:
            return value.decode(self.codecs[0], "replace")
        pieces = _ESCAPE.split(value)
        text = pieces[0].decode(self.codecs[0], "replace")
        for escape, piece in zip(pieces[1::2], pieces[2::2], strict=True):
            codec, prefix = _SETS.get(escape, (self.codecs[0], b""))
            text += (prefix + piece).decode(codec, "replace")
        return text

    def encode(self, text: str) -> bytes | None:
        """Encode under the first set; a character it lacks becomes `?`."""
        return text.encode(self.codecs[0], "replace")


@lru_cache(256)
def ctp_charset(value: bytes) -> CtpCharset | None:
    """Read a Specific Character Set; None where CTP does not know it and says ISO_IR 100 instead."""
    terms = tuple(term.strip(" \0") for term in value.decode("latin-1").split("\\"))
    codecs = [_codec(term) for term in terms]
    if any(codec is None for codec in codecs) or not value.strip(b" \0"):
        return None
    return CtpCharset(terms, tuple(codec for codec in codecs if codec))


def _codec(term: str) -> str | None:
    extended = _EXTENDED.fullmatch(term)
    if extended is None:
        return _CODECS.get(term)
    return "ascii" if extended[1] in _EXTENSIONS else _CODECS.get(f"ISO_IR {extended[1]}")


@lru_cache(1)
def latin_1() -> CtpCharset:
    """ISO_IR 100, CTP's word for whatever it does not know."""
    return CtpCharset((LATIN_1.decode(),), ("latin-1",))
