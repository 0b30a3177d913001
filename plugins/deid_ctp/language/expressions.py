"""Expressions: the text of one element's script, parsed once into parts that are evaluated from left to right.

`\\x` stands for x, `@name(arguments){clauses}` calls a function, an `@` without parentheses ends the expression.
A function nobody knows stands for itself, as in CTP: that is how `@keep()` and `@remove()` say what to do.
"""

from dataclasses import dataclass, field
from functools import lru_cache

from obia import Code, ObiaError
from obia.plugins.deid_ctp.language.evaluation import Evaluation, Step
from obia.plugins.deid_ctp.language.java_text import trim
from obia.plugins.deid_ctp.language.references import NO_NAMES, Names, PrivateTag, Reference, parse_reference

MAX_LENGTH = 20_000  # characters of one element's script
MAX_CLAUSES = 32  # clauses within clauses
_CLAUSES = {"if": 2, "select": 2, "append": 1}  # the functions that take clauses, and how many


@dataclass(slots=True)
class Findings:
    """What is to be said of an expression before it runs: CTP would take it, a careful reader would not."""

    unknown_functions: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Call:
    """One function call as written: its name, its arguments, its clauses."""

    name: str
    arguments: tuple[str, ...]
    clauses: tuple["Expression", ...]
    where: str
    names: Names
    findings: Findings

    @property
    def literally(self) -> str:
        """The arguments as CTP writes them where it cannot use them."""
        return f"({','.join(self.arguments)})"

    def argument(self, place: int) -> str:
        """An argument without its quotes; empty where it is missing."""
        return unquoted(self.arguments[place]) if place < len(self.arguments) else ""

    def reference(self, place: int) -> Reference:
        """An argument as the name of an element."""
        text = self.arguments[place] if place < len(self.arguments) else ""
        reference = parse_reference(text, self.names)
        if reference.unknown:
            self.fault(f"no element is called {reference.unknown!r}; use its DICOM keyword or its tag")
        return reference

    def expect(self, least: int, most: int) -> bool:
        """Whether the number of arguments is right; a wrong one is noted."""
        if least <= len(self.arguments) <= most:
            return True
        count = str(least) if least == most else f"{least} to {most}"
        self.fault(f"@{self.name}() takes {count} arguments")
        return False

    def fault(self, message: str) -> None:
        """Note what a careful reader would mend."""
        self.findings.faults.append(f"{self.where}: {message}")


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled expression; `constant` is its result where no element can change it."""

    text: str
    steps: tuple[Step, ...]
    constant: str | None
    inserts: bool
    unknown_functions: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()

    def evaluate(self, evaluation: Evaluation) -> str:
        """Return the result, trimmed: a value, or a directive such as `@keep()`."""
        return self.constant if self.constant is not None else trim(self.untrimmed(evaluation))

    def untrimmed(self, evaluation: Evaluation) -> str:
        """Return the result as it comes, for the expression that holds this one as a clause."""
        return "".join([step(evaluation) for step in self.steps])


def compile_expression(text: str, where: str, names: Names = NO_NAMES) -> Expression:
    """Compile an expression. Raises ObiaError BAD_SCRIPT naming what is too large, and `where` it stands."""
    try:
        return _compiled(text, tuple(names.items()))
    except ObiaError as error:
        raise ObiaError(f"{where}: {error.message}", Code.BAD_SCRIPT) from None


@lru_cache(1024)
def _compiled(text: str, names: tuple[tuple[str, PrivateTag], ...]) -> Expression:
    if len(text) > MAX_LENGTH:
        raise ObiaError(f"the expression is longer than {MAX_LENGTH:,} characters", Code.BAD_SCRIPT)
    return _Parser(text, 0, dict(names), Findings()).expression()


class _Parser:
    """Reads one expression; clauses are expressions of their own, one level deeper."""

    def __init__(self, text: str, depth: int, names: Names, findings: Findings) -> None:
        if depth > MAX_CLAUSES:
            raise ObiaError(f"clauses nest deeper than {MAX_CLAUSES}", Code.BAD_SCRIPT)
        self.text = text
        self.depth = depth
        self.names = names
        self.findings = findings
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
        return self._joined(parts)

    def _call(self) -> str | Step | None:
        """Read the call that begins here; None for an `@` that calls nothing."""
        from obia.plugins.deid_ctp.language.functions import compile_call

        opening = self.text.find("(", self.at)
        if opening < 0:
            return None
        name = "".join(self.text[self.at + 1 : opening].split())
        where = f"column {self.at + 1}"
        self.at = opening + 1
        inner = self._until(")")
        if inner is None:
            return None
        clauses = tuple(self._clause() for _ in range(_CLAUSES.get(name, 0)))
        return compile_call(Call(name, split_arguments(inner), clauses, where, self.names, self.findings))

    def _clause(self) -> Expression:
        """Read the next clause; a missing one swallows the rest of the script, as in CTP."""
        opening = self.text.find("{", self.at)
        self.at = len(self.text) if opening < 0 else opening + 1
        inner = self._until("}") if opening >= 0 else ""
        return _Parser(inner or "", self.depth + 1, self.names, self.findings).expression()

    def _until(self, closing: str) -> str | None:
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
        self.findings.faults.append(f"column {begun}: {opening!r} is not closed")
        return None if closing == ")" else self.text[begun:]

    def _joined(self, parts: list[str | Step]) -> Expression:
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
        constant = None if steps else trim(words)
        if words:
            steps.append(_say(words))
        inserts = self.text.startswith("@always()")
        said = (tuple(self.findings.unknown_functions), tuple(self.findings.faults)) if self.depth == 0 else ((), ())
        return Expression(self.text, tuple(steps), constant, inserts, *said)


def _say(words: str) -> Step:
    return lambda _: words


def unquoted(argument: str) -> str:
    """An argument without the quotes around it."""
    is_quoted = len(argument) > 1 and argument[0] == argument[-1] == '"'
    return argument[1:-1] if is_quoted else argument


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
            arguments.append(trim(word))
            word = ""
        else:
            if character == '"':
                is_quoted = not is_quoted
            elif not is_quoted:
                depth += (character in "([") - (character in ")]")
            word += character
        at += 1
    if arguments or trim(word):
        arguments.append(trim(word))
    return tuple(arguments)
