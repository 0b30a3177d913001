"""Statements: texts that depend on the shape of a question alone, with every value a parameter.

While a plan is made, parameters bear provisional names; parts are sorted by their text without those names. When it
is done they are numbered as they stand. So aliases, field order and values never change a text.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PROVISIONAL = re.compile(r"\$v(\d+)\b")


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement, and its parameters."""

    text: str
    parameters: Mapping[str, object]


class Values:
    """The values of one statement."""

    def __init__(self) -> None:
        self._values: list[object] = []

    def put(self, value: object) -> str:
        """The provisional name of a value."""
        self._values.append(value)
        return f"$v{len(self._values) - 1}"

    def settle(self, text: str, scope: Mapping[str, object]) -> Statement:
        """Number the parameters as they stand in the text; of the scope's lists take those it names."""
        places: dict[str, int] = {}

        def renamed(match: re.Match[str]) -> str:
            return f"$p{places.setdefault(match[1], len(places))}"

        settled = _PROVISIONAL.sub(renamed, text)
        parameters = {f"p{place}": self._values[int(number)] for number, place in places.items()}
        return Statement(settled, parameters | {name: value for name, value in scope.items() if f"${name}" in settled})


def shape(text: str) -> str:
    """A text without the names of its values: what parts are sorted by."""
    return _PROVISIONAL.sub("$", text)


def all_of(parts: Iterable[str]) -> str:
    """Parts that all must hold, in an order that depends on their shapes alone."""
    held = sorted({part for part in parts if part != "true"}, key=shape)
    return " AND ".join(held) if held else "true"


class Slot:
    """A column whose place is known once its row is settled."""

    __slots__ = ("at",)

    def __init__(self) -> None:
        self.at = -1

    def read(self, values: list[object]) -> object:
        """The column's value in a row."""
        return values[self.at]


class Columns:
    """The columns of one row, as they gather; equal ones are one."""

    def __init__(self) -> None:
        self._slots: dict[str, Slot] = {}

    def add(self, text: str) -> Slot:
        """The slot of an expression."""
        return self._slots.setdefault(text, Slot())

    def take(self, text: str, slot: Slot) -> None:
        """Give an expression a slot that was promised before its text was known."""
        self._slots[text] = slot

    def settle(self) -> str:
        """The row as a list, its columns in an order that depends on their shapes alone."""
        ordered = sorted(self._slots, key=shape)
        for place, text in enumerate(ordered):
            self._slots[text].at = place
        return f"[{', '.join(ordered)}]"
