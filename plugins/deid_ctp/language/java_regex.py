"""Patterns: Java's regular expressions, each search bounded in time so that none can explode."""

import re
import time
from collections.abc import Iterator
from functools import lru_cache

import regex

from obia.plugins.deid_ctp.outcome import Quarantined

MOST_SECONDS = 1.0  # of one search in one value; real ones take microseconds
MAX_LENGTH = 5_000  # characters of a pattern
_SHORT = 1_024  # characters of a value: a pattern that is quick takes some milliseconds at the most
_MAX_RESULT = 10_000_000  # characters a replacement may grow to
_DOT = "[^\\n\\r\\u0085\\u2028\\u2029]"
_POSIX = {
    "Lower": "a-z",
    "Upper": "A-Z",
    "ASCII": "\\x00-\\x7F",
    "Alpha": "a-zA-Z",
    "Digit": "0-9",
    "Alnum": "a-zA-Z0-9",
    "Punct": "!-/:-@\\[-`{-~",
    "Graph": "!-~",
    "Print": "\\x20-~",
    "Blank": "\\x20\\t",
    "Cntrl": "\\x00-\\x1F\\x7F",
    "XDigit": "0-9a-fA-F",
    "Space": "\\x20\\t\\n\\x0B\\f\\r",
}
_CLASSES = {
    "d": "0-9",
    "w": "a-zA-Z_0-9",
    "s": "\\x20\\t\\n\\x0B\\f\\r",
    "h": "\\x20\\t\\xA0\\u1680\\u180e\\u2000-\\u200a\\u202f\\u205f\\u3000",
    "v": "\\n\\x0B\\f\\r\\x85\\u2028\\u2029",
}
_IGNORES_CASE = re.compile(r"\(\?[a-zA-Z]*i")
_DOTS = re.compile(r"\(\?[a-zA-Z]*s")
_NAMES = re.compile(r"\(\?<([a-zA-Z][a-zA-Z0-9]*)>")
_COUNT = re.compile(r"\{[0-9]+(?:,[0-9]*)?\}")
_OCTAL = re.compile(r"0(?:[0-3][0-7]{2}|[0-7]{1,2})")
_GROUPS = re.compile(r"\\.|\((?:(?!\?)|\?<[a-zA-Z])", re.S)
_ONE = re.compile(r"\[(?:[^\[\]\\&]|\\[^QE])*\]|\\[^QE1-9kpPuxc]")  # a class, or a character that is escaped
_CHOICES = re.compile(r"[\\()|\[\]&]")
_GROUP_NAME = re.compile(r"\{([a-zA-Z][a-zA-Z0-9]*)\}")


class BadPattern(ValueError):
    """A regular expression, or a replacement, that Java would refuse."""


@lru_cache(512)
def pattern(text: str) -> "regex.Pattern[str]":
    """Compile a Java regular expression. Raises BadPattern."""
    if len(text) > MAX_LENGTH:
        raise BadPattern(f"the pattern is longer than {MAX_LENGTH:,} characters")
    names = _NAMES.findall(text)
    if len(set(names)) < len(names):
        raise BadPattern("it gives two groups one name")
    try:
        narrow = regex.ASCII if _IGNORES_CASE.search(text) else 0  # Java ignores the case of ASCII letters alone
        return regex.compile(_Translator(text).translated(), regex.V1 | narrow)
    except (regex.error, RecursionError, OverflowError, IndexError, ValueError, MemoryError):
        raise BadPattern("it is not a regular expression") from None


@lru_cache(512)
def _is_quick(text: str) -> bool:
    """Whether a pattern repeats one thing at most: to watch the clock takes longer than to search a short value."""
    rest = _ONE.sub("", text)
    return sum(map(rest.count, "*+?{")) <= 1 and not _CHOICES.search(rest)


def matches(text: str, value: str) -> bool:
    """Whether a pattern matches the whole value. Raises Quarantined."""
    try:
        compiled = pattern(text)
        if len(value) <= _SHORT and _is_quick(text):
            return compiled.fullmatch(value) is not None
        return compiled.fullmatch(value, timeout=MOST_SECONDS) is not None
    except BadPattern:
        raise Quarantined("the script holds what is no regular expression") from None
    except TimeoutError:
        raise Quarantined("a regular expression of the script takes too long") from None


def replace_all(value: str, text: str, replacement: str) -> str:
    """Replace as String.replaceAll() does. Raises Quarantined."""
    try:
        pieces = _pieces(value, pattern(text), replacement)
        return "".join(pieces)
    except BadPattern:
        raise Quarantined("the script holds what is no regular expression or no replacement") from None
    except TimeoutError:
        raise Quarantined("a regular expression of the script takes too long") from None


def _pieces(value: str, compiled: "regex.Pattern[str]", replacement: str) -> Iterator[str]:
    at = length = 0
    for found in _found(value, compiled):
        expanded = _expanded(found, replacement)
        length += len(expanded)
        if length > _MAX_RESULT:
            raise TimeoutError
        yield value[at : found.start()]
        yield expanded
        at = found.end()
    yield value[at:]


def _found(value: str, compiled: "regex.Pattern[str]") -> Iterator["regex.Match[str]"]:
    """Every match as Matcher.find() finds it: behind an empty one the next character is no longer looked at."""
    at, ends = 0, time.monotonic() + MOST_SECONDS
    while at <= len(value):
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError
        found = compiled.search(value, at, timeout=left)
        if found is None:
            return
        yield found
        at = found.end() + (found.end() == found.start())


def _expanded(found: "regex.Match[str]", replacement: str) -> str:
    """A replacement with its groups: `$1`, `${name}`, and `\\` before what stands for itself."""
    if "$" not in replacement and "\\" not in replacement:
        return replacement
    pieces, at = [], 0
    while at < len(replacement):
        character = replacement[at]
        if character == "\\":
            if at + 1 == len(replacement):
                raise BadPattern("the replacement ends in a backslash")
            pieces.append(replacement[at + 1])
            at += 2
        elif character == "$":
            group, at = _group(found, replacement, at + 1)
            pieces.append(group)
        else:
            pieces.append(character)
            at += 1
    return "".join(pieces)


def _group(found: "regex.Match[str]", replacement: str, at: int) -> tuple[str, int]:
    """The group named there, and where its name ends; as many digits as still name a group."""
    named = _GROUP_NAME.match(replacement, at)
    if named is not None:
        if named[1] not in found.re.groupindex:
            raise BadPattern("the replacement names a group that is not there")
        return found[named[1]] or "", named.end()
    if not replacement[at : at + 1].isascii() or not replacement[at : at + 1].isdigit():
        raise BadPattern("the replacement names no group")
    number, end = int(replacement[at]), at + 1
    if number > found.re.groups:
        raise BadPattern("the replacement names a group that is not there")
    while end < len(replacement) and replacement[end].isascii() and replacement[end].isdigit():
        longer = number * 10 + int(replacement[end])
        if longer > found.re.groups:
            break
        number, end = longer, end + 1
    return found[number] or "", end


class _Translator:
    """Writes a Java pattern in the spelling of the `regex` module."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.classes = 0
        self.groups = sum(each[0] == "(" for each in _GROUPS.findall(text))
        self.is_repeatable = False

    def translated(self) -> str:
        """The whole pattern."""
        pieces = []
        while self.at < len(self.text):
            begun = self.at
            pieces.append(self._next())
            self.is_repeatable = self.text[begun] not in "{(|"
        return "".join(pieces)

    def _next(self) -> str:
        character = self.text[self.at]
        self.at += 1
        if character == "\\":
            return self._escape()
        if character == "[":
            self.classes += 1
            if self.text[self.at : self.at + 1] == "^":
                self.at += 1
                return "[^" + self._literal_bracket()
            return "[" + self._literal_bracket()
        if character == "]" and self.classes:
            self.classes -= 1
        elif self.classes and character in "|~-" and self.text[self.at : self.at + 1] == character:
            return "\\" + character
        elif not self.classes and character == "." and not _DOTS.search(self.text, 0, self.at):
            return _DOT
        elif not self.classes and character == "{":
            return self._repetition()
        elif not self.classes and character == "$":
            return "(?:$|(?=\\r\\n?\\Z|[\\n\\u0085\\u2028\\u2029]\\Z))"
        return character

    def _repetition(self) -> str:
        """A brace repeats what stands before it, and stands for nothing else."""
        count = _COUNT.match(self.text, self.at - 1)
        if count is None or not self.is_repeatable:
            raise BadPattern("it holds a brace that repeats nothing")
        self.at = count.end()
        return count[0]

    def _literal_bracket(self) -> str:
        """A `]` that stands first in a class stands for itself."""
        if self.text[self.at : self.at + 1] != "]":
            return ""
        self.at += 1
        return "\\]"

    def _escape(self) -> str:
        if self.at == len(self.text):
            raise BadPattern("it ends in a backslash")
        character = self.text[self.at]
        self.at += 1
        if character == "Q":
            end = self.text.find("\\E", self.at)
            quoted = self.text[self.at :] if end < 0 else self.text[self.at : end]
            self.at = len(self.text) if end < 0 else end + 2
            return str(regex.escape(quoted, special_only=False))
        if character in "pP":
            return self._property(character)
        if character.lower() in _CLASSES:
            return self._class(_CLASSES[character.lower()], character.isupper())
        if character in "zZ":
            return "\\Z" if character == "z" else "(?=(?:\\r\\n|[\\n\\r\\u0085\\u2028\\u2029])?\\Z)"
        if character == "R":
            return "(?>\\r\\n|[\\n\\x0B\\f\\r\\u0085\\u2028\\u2029])"
        if character == "k":
            return "\\g"
        if character == "e":
            return "\\x1B"
        if character == "c":
            return self._control()
        if character == "0":
            return self._octal()
        if character.isdigit() and int(character) > self.groups:
            return "(?!)"  # a group that is not there never matches
        if character.isalpha() and character not in "tnrfaxubBAGX":
            raise BadPattern("it holds an escape that Java does not know")
        return "\\" + character

    def _control(self) -> str:
        if self.at == len(self.text):
            raise BadPattern("it holds no control character")
        self.at += 1
        return f"\\x{ord(self.text[self.at - 1]) ^ 64:02X}" if self.text[self.at - 1].isascii() else "(?!)"

    def _octal(self) -> str:
        found = _OCTAL.match(self.text, self.at - 1)
        if found is None:
            raise BadPattern("it holds no octal number")
        self.at = found.end()
        return f"\\x{int(found[0], 8):02X}"

    def _property(self, letter: str) -> str:
        found = re.match(r"\{([^{}]*)\}|[A-Z]", self.text[self.at :])
        if found is None:
            raise BadPattern("it holds no property")
        self.at += found.end()
        name = found[1] if found[1] is not None else found[0]
        if name in _POSIX:
            return self._class(_POSIX[name], letter == "P")
        name = name.removeprefix("Is") if name.startswith("Is") else name
        return f"\\{letter}{{{name}}}"

    def _class(self, members: str, is_negated: bool) -> str:
        if self.classes and not is_negated:
            return members
        return f"[{'^' if is_negated else ''}{members}]"
