"""Spelling: the forms in which one word may be written, as text and as bytes."""

import re
import unicodedata
from collections.abc import Iterator
from contextlib import suppress

from obia import remembered

_MARKS = re.compile("[\u0300-\u036f]")
_HIDDEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ı": "i", "æ": "ae", "œ": "oe", "þ": "th"})
_UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})
_DIGRAPH = re.compile("([aou])e")
_LEAST_DIGRAPH = 5  # letters: below, what is left of a word without its digraph is too short to be one


def plain(text: str) -> str:
    """Return a text in small letters of one width, composed, without hidden characters, its digits ASCII."""
    if text.isascii():
        return text.casefold()
    small = unicodedata.normalize("NFKC", _HIDDEN.sub("", text)).casefold()
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in _composed(small))


def searched(text: str) -> str:
    """Return what is searched for the variants of a word: the plain text, and again without its diacritics."""
    small = plain(text)
    if small.isascii():
        return small
    bare = _bare(small)
    return small if bare == small else f"{small}\n{bare}"


@remembered(4096)
def variants(word: str) -> frozenset[str]:
    """Return the forms of a word that `searched` text can hold: plain, bare of diacritics, `ü` as `ue` and back."""
    small = plain(word)
    if not small.isascii():
        lower = _composed(word.lower())  # casefold writes sharp s as ss
        return frozenset((small, lower, _bare(small), _bare(small.translate(_UMLAUTS))))
    if len(small) >= _LEAST_DIGRAPH and small.isalpha():
        return frozenset((small, _DIGRAPH.sub(r"\1", small)))
    return frozenset((small,))


def _composed(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _bare(text: str) -> str:
    return _composed(_MARKS.sub("", unicodedata.normalize("NFD", text)).translate(_STROKES))


def squeezed(value: bytes) -> bytes:
    """Return bytes as `encodings` are looked for in them: ASCII letters small, NULs away.

    Without its NULs ASCII is the same in UTF-8, UTF-16 and UTF-32, of either byte order.
    """
    return value.replace(b"\0", b"").lower()


@remembered(16_384)
def encodings(word: str, codecs: tuple[str, ...]) -> frozenset[bytes]:
    """Return a word, squeezed, in UTF-8, UTF-16, UTF-32, GB18030 and the codecs of a header, in small and large letters."""
    if word.isascii():
        return frozenset((word.encode().lower(),))
    return frozenset(squeezed(each) for each in _encoded(word, codecs))


def _encoded(word: str, codecs: tuple[str, ...]) -> Iterator[bytes]:
    # bytes.lower() knows ASCII alone: other letters are looked for as they are written, large and small
    for form in {word, word.upper(), word.title()}:
        for text in {form, unicodedata.normalize("NFD", form)}:
            for codec in ("utf-8", "utf-16-le", "utf-16-be", "gb18030", *codecs):
                with suppress(UnicodeEncodeError, LookupError):
                    yield text.encode(codec)
