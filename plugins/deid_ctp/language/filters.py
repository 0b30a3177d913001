"""Filters: CTP's boolean language over the elements of one file, such as `Modality.equals("US") * !Rows.isLessThan("9")`.

An expression is read as CTP reads it, by two stacks: operators and truth values (Norvell's shunting yard).
CTP lets a unary operator pop its equals, so `!!x` takes the first `!` off before its operand is there: we do too.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from obia.plugins.deid_ctp.dicom.element_index import header_of
from obia.plugins.deid_ctp.dicom.reader import read as read_file
from obia.plugins.deid_ctp.language.ctp_charsets import ctp_charset, latin_1
from obia.plugins.deid_ctp.language.element_text import value_text
from obia.plugins.deid_ctp.language.java_regex import matches as pattern_matches
from obia.plugins.deid_ctp.language.references import find, parse_reference
from obia.plugins.deid_ctp.outcome import Quarantined

_MAX_LENGTH = 1_000_000  # characters of one expression; CTP's longest is below 1,000
_BLANK = re.compile(r"(?:\s|//[^\n]*)*")
_IDENTIFIER = re.compile(r"(?:[A-Za-z]|(?=\[))(?:\[[^\[\]\n]*(?:\[[^\[\]\n]*\][^\[\]\n]*)?\]|[\w:,])*", re.A)
_METHOD = re.compile(r"\.(?:([A-Za-z]+)\s*\(\s*\"([^\"]*)\"\s*\))?")
_NO_NUMBER = re.compile(r"[^0-9.]")

_PRECEDENCE = {"": 0, "+": 1, "*": 2, "!": 3}  # "" is the sentinel of an open parenthesis

Mode = Literal["strict", "safe"]
Values = Callable[[str], str]
"""The text of an element by its CTP name; "" where it is missing."""


class Malformed(Exception):
    """The text is no filter expression; CTP answers false."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter expression."""

    text: str

    @property
    def is_expression(self) -> bool:
        """Whether it is one; what is none holds for no file."""
        try:
            _Evaluation(self.text, lambda _: "").result()
        except Malformed:
            return False
        return True

    def holds(self, values: Values) -> bool:
        """Evaluate it over one file's elements; what is no expression holds for none."""
        try:
            return _Evaluation(self.text, values).result()
        except Malformed:
            return False


def matches(filter_text: str, source: Path | bytes, *, mode: Mode = "strict") -> bool:
    """Say whether a file matches a filter expression. Raises Unreadable for what is no DICOM file."""
    file = source if isinstance(source, bytes) else source.read_bytes()
    return Filter(filter_text).holds(element_values(file, mode))


def element_values(file: bytes, mode: Mode = "strict") -> Values:
    """Read a file for its elements' texts, those of its meta information too. Raises Unreadable.

    In strict mode a DICOM keyword that CTP's dictionary spells otherwise names nothing, as in CTP.
    """
    read = read_file(header_of(file), lambda value: ctp_charset(value) or latin_1(), latin_1())

    def value(name: str) -> str:
        reference = parse_reference(name)
        if reference.foreign and mode == "strict":
            return ""
        found = find(reference, read.root, meta=read.meta)
        return (value_text(*found) if found else None) or ""

    return value


class _Evaluation:
    """One pass over an expression."""

    def __init__(self, text: str, values: Values) -> None:
        if len(text) > _MAX_LENGTH:
            raise Malformed
        self._text, self._at, self._values = text, 0, values
        self._operators, self._operands = [""], list[bool]()

    def result(self) -> bool:
        """Read all of it. Raises Malformed."""
        self._expression()
        if self._next() or len(self._operands) != 1:
            raise Malformed
        return self._operands[0]

    def _expression(self) -> None:
        """Operands and operators by turns; a parenthesis opens another turn, without recursion."""
        open_parentheses = 0
        while True:
            open_parentheses += self._prefix()
            self._operand()
            while open_parentheses and self._next() == ")":
                self._at += 1
                self._close()
                open_parentheses -= 1
            if self._next() not in ("+", "*"):
                break
            self._push(self._take())
        if open_parentheses:
            raise Malformed
        self._unwind()

    def _prefix(self) -> int:
        opened = 0
        while self._next() in ("!", "("):
            if self._take() == "!":
                self._push("!")
            else:
                self._operators.append("")
                opened += 1
        return opened

    def _next(self) -> str:
        found = _BLANK.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._text[self._at : self._at + 1]

    def _take(self) -> str:
        self._at += 1
        return self._text[self._at - 1]

    def _push(self, operator: str) -> None:
        while _PRECEDENCE[self._operators[-1]] >= _PRECEDENCE[operator]:
            self._pop()
        self._operators.append(operator)

    def _pop(self) -> None:
        operator = self._operators.pop()
        if len(self._operands) < (1 if operator == "!" else 2):
            raise Malformed
        last = self._operands.pop()
        if operator == "!":
            self._operands.append(not last)
        elif operator == "*":
            self._operands[-1] = self._operands[-1] and last
        else:
            self._operands[-1] = self._operands[-1] or last

    def _unwind(self) -> None:
        while self._operators[-1]:
            self._pop()

    def _close(self) -> None:
        self._unwind()
        self._operators.pop()

    def _operand(self) -> None:
        self._next()
        name = _IDENTIFIER.match(self._text, self._at)
        if name is None:
            raise Malformed
        method = _METHOD.match(self._text, name.end())
        self._at = method.end() if method else name.end()
        if name[0] in ("true", "false") and (method is None or method[1] is None):
            self._operands.append(name[0] == "true")
            return
        if method is None or method[1] not in _METHODS:
            raise Malformed
        self._operands.append(_METHODS[method[1]](self._values(name[0]), method[2]))


def _matches(value: str, pattern: str) -> bool:
    try:
        return pattern_matches(pattern, value)
    except Quarantined:
        raise Malformed from None


def _number(text: str) -> float | None:
    """Read a number as CTP does: every character that is no digit and no point falls out, the sign too."""
    try:
        return float(_NO_NUMBER.sub("", text))
    except ValueError:
        return None


def _is_less(value: str, limit: str) -> bool:
    number, other = _number(value), _number(limit)
    return number is not None and other is not None and number < other


def _is_greater(value: str, limit: str) -> bool:
    return _is_less(limit, value)


def _equals_ignore_case(value: str, other: str) -> bool:
    return len(value) == len(other) and value.upper().lower() == other.upper().lower()


_METHODS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda value, text: value == text,
    "equalsIgnoreCase": _equals_ignore_case,
    "matches": _matches,
    "contains": lambda value, text: text in value,
    "containsIgnoreCase": lambda value, text: text.lower() in value.lower(),
    "startsWith": lambda value, text: value.startswith(text),
    "startsWithIgnoreCase": lambda value, text: value.lower().startswith(text.lower()),
    "endsWith": lambda value, text: value.endswith(text),
    "endsWithIgnoreCase": lambda value, text: value.lower().endswith(text.lower()),
    "isLessThan": _is_less,
    "isGreaterThan": _is_greater,
}
