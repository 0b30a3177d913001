"""Java .properties text: keys and values, with the line on which each begins."""

import re
from collections.abc import Iterator

_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|.)", re.S)
_CONTROLS = {"t": "\t", "n": "\n", "r": "\r", "f": "\f"}
_WHITE = " \t\f"
_LINE_END = re.compile(r"\r\n|\n|\r")
_SPLIT = re.compile(r"((?:\\.|[^\\=: \t\f])*)[ \t\f]*[=:]?[ \t\f]*(.*)", re.S)


def read_properties(text: str) -> Iterator[tuple[str, str, int]]:
    """Yield (key, value, line) of every property, in order; comments and blank lines are no properties."""
    for line, logical in _logical_lines(text):
        found = _SPLIT.fullmatch(logical)
        if found is not None:
            yield _unescape(found[1]), _unescape(found[2]), line


def _logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Join a line that ends in an odd number of backslashes with the next."""
    pending, begun = "", 0
    for number, line in enumerate(_LINE_END.split(text), 1):
        stripped = line.lstrip(_WHITE)
        if not pending and (not stripped or stripped[0] in "#!"):
            continue
        begun = begun if pending else number
        pending += stripped
        if (len(pending) - len(pending.rstrip("\\"))) % 2:
            pending = pending[:-1]
            continue
        yield begun, pending
        pending = ""
    if pending:
        yield begun, pending


def _unescape(text: str) -> str:
    def character(found: re.Match[str]) -> str:
        escaped = found[1]
        return chr(int(escaped[1:], 16)) if len(escaped) > 1 else _CONTROLS.get(escaped, escaped)

    return _ESCAPE.sub(character, text)
