"""Syntax: an element's script as a tree of its calls, each with its column, for those who explain it and find fault."""

from collections.abc import Iterator
from dataclasses import dataclass

from obia.plugins.deid_ctp.language.expressions import MAX_CLAUSES, split_arguments, unquoted

_CLAUSES = {"if": 2, "select": 2, "append": 1}


@dataclass(frozen=True, slots=True)
class Words:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class Called:
    """A call; `at` is where its `@` stands in the element's script, from 0."""

    name: str
    arguments: tuple[str, ...]
    clauses: tuple["Tree", ...]
    at: int

    def argument(self, place: int) -> str:
        """An argument without quotes; empty where it is missing."""
        return unquoted(self.arguments[place]) if place < len(self.arguments) else ""


Tree = tuple[Words | Called, ...]


def parse(text: str, offset: int = 0, depth: int = 0) -> Tree:
    """Read an element's script as the engine does."""
    parts: list[Words | Called] = []
    words, at = "", 0
    while at < len(text):
        if text[at] == "\\":
            words, at = words + text[at + 1 : at + 2], at + 2
        elif text[at] != "@":
            words, at = words + text[at], at + 1
        else:
            call, at = _call(text, at, offset, depth)
            if call is None:
                break
            if words:
                parts.append(Words(words))
            parts.append(call)
            words = ""
    return (*parts, Words(words)) if words else tuple(parts)


def calls(tree: Tree) -> Iterator[Called]:
    """Yield every call, those within clauses too."""
    for part in tree:
        if isinstance(part, Called):
            yield part
            for clause in part.clauses:
                yield from calls(clause)


def _call(text: str, at: int, offset: int, depth: int) -> tuple[Called | None, int]:
    opening = text.find("(", at)
    end = -1 if opening < 0 else _closing(text, opening + 1, "(", ")")
    if end < 0:
        return None, len(text)
    name = "".join(text[at + 1 : opening].split())
    clauses: list[Tree] = []
    after = end + 1
    for _ in range(_CLAUSES.get(name, 0)):
        brace = text.find("{", after)
        close = -1 if brace < 0 else _closing(text, brace + 1, "{", "}")
        if brace < 0 or depth >= MAX_CLAUSES:
            clauses.append(())
            after = len(text)
            continue
        inner = text[brace + 1 : close if close >= 0 else len(text)]
        clauses.append(parse(inner, offset + brace + 1, depth + 1))
        after = close + 1 if close >= 0 else len(text)
    return Called(name, split_arguments(text[opening + 1 : end]), tuple(clauses), offset + at), after


def _closing(text: str, at: int, opening: str, closing: str) -> int:
    """Where the bracket before `at` is closed; quotes protect between parentheses, a backslash everywhere."""
    depth, is_quoted = 1, False
    while at < len(text):
        if text[at] == "\\":
            at += 1
        elif text[at] == '"' and closing == ")":
            is_quoted = not is_quoted
        elif not is_quoted:
            depth += (text[at] == opening) - (text[at] == closing)
            if depth == 0:
                return at
        at += 1
    return -1
