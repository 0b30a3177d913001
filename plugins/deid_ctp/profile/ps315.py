"""PS3.15 Table E.1-1 as vendored: what the Basic Profile and its options ask for each element; and Table E.3.4-1, what
they ask for the items of structured content, by the codes of their names."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import TypedDict

from obia.plugins.deid_ctp.profile.options import CHARACTERISTICS, DESCRIPTORS, MODIFIED_DATES


@dataclass(frozen=True, slots=True)
class Row:
    """One element of the table. `tag` is eight hexadecimal digits, a pattern such as `50xxxxxx`, or `PRIVATE`."""

    tag: str
    name: str
    basic: str
    options: Mapping[str, str] = field(hash=False)

    @property
    def number(self) -> int | None:
        """The tag as a number; None for a pattern."""
        try:
            return int(self.tag, 16)
        except ValueError:
            return None

    @property
    def characteristics(self) -> str | None:
        """What retaining patient characteristics asks for."""
        return self.options.get(CHARACTERISTICS)

    @property
    def dates(self) -> str | None:
        """What retaining modified dates asks for."""
        return self.options.get(MODIFIED_DATES)

    @property
    def is_descriptor(self) -> bool:
        """Whether it is a text that the Clean Descriptors option cleans."""
        return DESCRIPTORS in self.options

    @property
    def is_kept(self) -> bool:
        """Whether it is a characteristic of a patient, which tells of nobody."""
        return self.characteristics == "K"


@dataclass(frozen=True, slots=True)
class ContentItem:
    """A kind of content item, by the code of its concept name."""

    code: str
    value_type: str
    options: Mapping[str, str] = field(hash=False)


@lru_cache(1)
def table() -> tuple[Row, ...]:
    """The table's rows, by tag."""
    rows = [Row(each["tag"], each["name"], each["basic"], each["options"]) for each in _document()["rules"]]
    return tuple(sorted(rows, key=lambda row: row.tag))


@lru_cache(1)
def content_items() -> tuple[ContentItem, ...]:
    """The content items that may not stay as they are, by code."""
    items = [ContentItem(each["code"], each["value_type"], each["options"]) for each in _document()["content_items"]]
    return tuple(sorted(items, key=lambda item: (item.code, item.value_type)))


class _Entry(TypedDict):
    """A row as it lies: of an element, with a tag and a name, or of a content item, with a code and a value type."""

    tag: str
    name: str
    code: str
    value_type: str
    basic: str
    options: dict[str, str]


def _document() -> dict[str, list[_Entry]]:
    document: dict[str, list[_Entry]] = json.loads(
        (files("obia.plugins.deid_ctp") / "ps315_2026d.json").read_text(encoding="utf-8")
    )
    return document
