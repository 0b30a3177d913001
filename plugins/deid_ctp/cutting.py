"""Cutting: the patient's own strings out of a text that is kept, and nothing beside them."""

import re
from collections.abc import Callable

from obia.plugins.deid_ctp.identity import Identity

MOST = 20_000  # characters; a longer text that holds a string goes as a whole
_TOKEN = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]|[^\W_]+")
_INITIAL_BEFORE = re.compile(r"(?:(?<![^\W_])[^\W\d_]\.?[ \-]?)+[ ,^]*\Z")
_INITIAL_BEHIND = re.compile(r"[ ,^.]*(?:[^\W\d_](?![^\W_])\.?[ \-]?)+")
_LETTER = re.compile(r"[^\W\d_]")
_GAPS = re.compile(r"[ \t]{2,}")


def cut(text: str, identity: Identity, is_term: bool = False) -> str:
    """Return a text without the strings, and without the initials beside a name; empty where some cannot be told apart."""
    if len(text) > MOST:
        return ""
    kept: list[str] = []
    rest = text
    while identity.found_in(rest, is_term):
        begin, end = _first(rest, identity, is_term)
        if _LETTER.search(rest[begin:end]):
            begin, end = _with_initials(rest, begin, end)
        kept.append(rest[:begin])
        rest = rest[end:]
    whole = _GAPS.sub(" ", "".join((*kept, rest))).strip()
    return "" if identity.found_in(whole, is_term) or not _TOKEN.search(whole) else whole


def _first(text: str, identity: Identity, is_term: bool) -> tuple[int, int]:
    """Where the first string lies: the shortest beginning of the text that holds one, from its last start on."""
    tokens = [found.span() for found in _TOKEN.finditer(text)] or [(0, len(text))]
    last = _bisected(len(tokens), lambda count: identity.found_in(text[: tokens[count - 1][1]], is_term))
    end = tokens[last - 1][1]
    dropped = _bisected(last, lambda count: not identity.found_in(text[tokens[count - 1][1] : end], is_term))
    return tokens[dropped - 1][0], end


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


def _with_initials(text: str, begin: int, end: int) -> tuple[int, int]:
    """Widen a name over the initials that stand beside it: `J. Doe`, `Doe, J.`."""
    before = _INITIAL_BEFORE.search(text[:begin])
    behind = _INITIAL_BEHIND.match(text[end:])
    return (before.start() if before else begin), (end + behind.end() if behind else end)
