"""Cutting: the patient's own strings out of a text that is kept, and nothing beside them."""

import re
from collections.abc import Callable, Container

from obia.plugins.deid_ctp.identifiers.search import Identity
from obia.plugins.deid_ctp.identifiers.text_forms import plain

MOST = 20_000  # characters; a longer text that holds a string goes as a whole
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_BEFORE = re.compile(r"(?<![^\W_])([^\W\d_])\.?[ \-]?[ ,^]*\Z")
_BEHIND = re.compile(r"[ ,^.]*([^\W\d_])(?![^\W_])\.?")
_LETTER = re.compile(r"[^\W\d_]")
_GAPS = re.compile(r"[ \t]{2,}")


def cut(text: str, identity: Identity, is_term: bool = False) -> str:
    """Return a text without the strings, and without the initials beside a name; empty where some cannot be told apart."""
    if len(text) > MOST:
        return ""
    initials = {word[0] for word in identity.words}
    kept: list[str] = []
    rest = text
    while identity.found_in(rest, is_term):
        begin, end = _first(rest, identity, is_term)
        if _LETTER.search(rest[begin:end]):
            begin, end = _with_initials(rest, begin, end, initials)
        kept.append(rest[:begin])
        rest = rest[end:]
    whole = _GAPS.sub(" ", "".join((*kept, rest))).strip()
    return "" if identity.found_in(whole, is_term) or not _TOKEN.search(whole) else whole


def _first(text: str, identity: Identity, is_term: bool) -> tuple[int, int]:
    """Where the first string lies: the shortest beginning of the text that holds one, from its last start on, and what
    stands beside it and belongs to it."""
    tokens = [found.span() for found in _TOKEN.finditer(text)] or [(0, len(text))]
    borders = [0, *[begin for begin, _ in tokens[1:]], len(text)]  # of a token with the signs behind it
    last = _bisected(len(tokens), lambda count: identity.found_in(text[: borders[count]], is_term)) - 1
    end = tokens[last][1] if identity.found_in(text[: tokens[last][1]], is_term) else borders[last + 1]
    starts = [0, *[stop for _, stop in tokens]]  # of a token with the signs before it
    dropped = _bisected(last + 1, lambda count: not identity.found_in(text[starts[count - 1] : end], is_term)) - 1
    first = dropped if identity.found_in(text[starts[dropped] : end], is_term) else dropped - 1
    begin = tokens[first][0] if identity.found_in(text[tokens[first][0] : end], is_term) else starts[first]
    while first and identity.is_part(text[tokens[first - 1][0] : tokens[last][1]]):
        first -= 1
    while last + 1 < len(tokens) and identity.is_part(text[tokens[first][0] : tokens[last + 1][1]]):
        last += 1
    return min(begin, tokens[first][0]), max(end, tokens[last][1])


def _bisected(most: int, holds: Callable[[int], bool]) -> int:
    """The least count from 1 to `most` of which something holds that holds of `most` and of all above the least."""
    least = 1
    while least < most:
        middle = (least + most) // 2
        if holds(middle):
            most = middle
        else:
            least = middle + 1
    return most


def _with_initials(text: str, begin: int, end: int, initials: Container[str]) -> tuple[int, int]:
    """Widen a name over the patient's initials that stand beside it: `J. Doe`, `Doe, J.`."""
    while (before := _BEFORE.search(text, 0, begin)) and plain(before[1]) in initials:
        begin = before.start()
    while (behind := _BEHIND.match(text, end)) and plain(behind[1]) in initials:
        end = behind.end()
    return begin, end
