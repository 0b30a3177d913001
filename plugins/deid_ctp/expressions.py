"""Expressions: the text of one element's script, parsed once into parts that are evaluated from left to right.

`\\x` stands for x, `@name(arguments){clauses}` calls a function, an `@` without parentheses ends the expression.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from obia import Code, ObiaError
from obia.plugins.deid_ctp.references import Reference

MAX_LENGTH = 20_000  # characters of one element's script
MAX_CLAUSES = 32  # clauses within clauses


class Evaluation(Protocol):
    """What an expression may ask while it is evaluated for one element of one instance."""

    @property
    def vr(self) -> str:
        """The VR of the element at hand."""
        ...

    def value(self, reference: Reference) -> str | None:
        """The text of an element, its values joined by backslashes; None where it is missing."""
        ...

    def parameter(self, name: str) -> str | None:
        """The value of a parameter; None where it is not declared."""
        ...

    def pseudonym(self, patient_id: str) -> str:
        """The false name of the patient with this ID."""
        ...

    def uid(self, original: str) -> str:
        """The new UID of an original one."""
        ...

    def digest(self, label: str, value: str) -> int:
        """A keyed number for a value."""
        ...


Step = Callable[[Evaluation], str]


@dataclass(frozen=True, slots=True)
class Call:
    """One function call as written: its name, its arguments, its clauses."""

    name: str
    arguments: tuple[str, ...]
    clauses: tuple["Expression", ...]
    where: str


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `constant` is its result where no element can change it."""

    text: str
    steps: tuple[Step, ...]
    constant: str | None
    inserts: bool

    def evaluate(self, evaluation: Evaluation) -> str:
        """Return the result, trimmed: a value, or a directive such as `@keep()`."""
        if self.constant is not None:
            return self.constant
        return "".join([step(evaluation) for step in self.steps]).strip()


def compile_expression(text: str, where: str) -> Expression:
    """Compile an expression. Raises ObiaError BAD_SCRIPT naming the function or the fault, and `where` it stands."""
    try:
        return _compiled(text)
    except ObiaError as error:
        raise ObiaError(f"{where}: {error.message}", Code.BAD_SCRIPT) from None


@lru_cache(1024)
def _compiled(text: str) -> Expression:
    if len(text) > MAX_LENGTH:
        raise ObiaError(f"the expression is longer than {MAX_LENGTH:,} characters", Code.BAD_SCRIPT)
    return _Parser(text, 0).expression()


class _Parser:
    """Reads one expression; clauses are expressions of their own, one level deeper."""

    def __init__(self, text: str, depth: int) -> None:
        if depth > MAX_CLAUSES:
            raise ObiaError(f"clauses nest deeper than {MAX_CLAUSES}", Code.BAD_SCRIPT)
        self.text = text
        self.depth = depth
        self.at = 0

    def expression(self) -> Expression:
        """Read to the end."""
        parts: list[str | Step] = []
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\\":
                parts.append(self.text[self.at + 1 : self.at + 2])
                self.at += 2
            elif character != "@":
                parts.append(character)
                self.at += 1
            else:
                called = self._call()
                if called is None:
                    break
                parts.append(called)
        return _joined(self.text, parts)

    def _call(self) -> str | Step | None:
        """Read the call that begins here; None for an `@` that calls nothing."""
        from obia.plugins.deid_ctp.functions import compile_call

        opening = self.text.find("(", self.at)
        if opening < 0:
            return None
        name = self.text[self.at + 1 : opening].strip()
        where = f"column {self.at + 1}"
        self.at = opening + 1
        arguments = split_arguments(self._until(")"))
        clauses = []
        while self.text[self.at : self.at + 1] == "{":
            self.at += 1
            clauses.append(_Parser(self._until("}"), self.depth + 1).expression())
        return compile_call(Call(name, arguments, tuple(clauses), where))

    def _until(self, closing: str) -> str:
        """Return the text to the bracket that closes the one just read; quotes and escapes protect."""
        opening = "(" if closing == ")" else "{"
        begun, depth, is_quoted = self.at, 1, False
        while self.at < len(self.text):
            character = self.text[self.at]
            if character == "\\":
                self.at += 1
            elif character == '"' and closing == ")":
                is_quoted = not is_quoted
            elif not is_quoted:
                depth += (character == opening) - (character == closing)
            self.at += 1
            if depth == 0:
                return self.text[begun : self.at - 1]
        raise ObiaError(f"column {begun}: {opening!r} is not closed", Code.BAD_SCRIPT)


def _joined(text: str, parts: list[str | Step]) -> Expression:
    inserts = text.startswith("@always()")
    if all(isinstance(part, str) for part in parts):
        return Expression(text, (), "".join(str(part) for part in parts).strip(), inserts)
    steps: list[Step] = []
    words = ""
    for part in parts:
        if isinstance(part, str):
            words += part
            continue
        if words:
            steps.append(_say(words))
        steps.append(part)
        words = ""
    return Expression(text, (*steps, _say(words)) if words else tuple(steps), None, inserts)


def _say(words: str) -> Step:
    return lambda _: words


def split_arguments(text: str) -> tuple[str, ...]:
    """Split at commas outside quotes and brackets; a backslash protects one character and is dropped."""
    arguments, word, depth, is_quoted = [], "", 0, False
    at = 0
    while at < len(text):
        character = text[at]
        if character == "\\":
            at += 1
            word += text[at : at + 1]
        elif character == "," and depth == 0 and not is_quoted:
            arguments.append(word.strip())
            word = ""
        else:
            if character == '"':
                is_quoted = not is_quoted
            elif not is_quoted:
                depth += (character in "([") - (character in ")]")
            word += character
        at += 1
    if arguments or word.strip():
        arguments.append(word.strip())
    return tuple(arguments)
