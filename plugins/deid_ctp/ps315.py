"""PS3.15 Table E.1-1 as vendored: what the Basic Profile and our two options ask for each element."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

PATIENT_CHARACTERISTICS = "retain_patient_characteristics"
MODIFIED_DATES = "retain_longitudinal_modified_dates"


@dataclass(frozen=True, slots=True)
class Row:
    """One element of the table. `tag` is eight hexadecimal digits, a pattern such as `50xxxxxx`, or `PRIVATE`."""

    tag: str
    name: str
    basic: str
    characteristics: str | None
    dates: str | None
    is_descriptor: bool

    @property
    def number(self) -> int | None:
        """The tag as a number; None for a pattern."""
        try:
            return int(self.tag, 16)
        except ValueError:
            return None

    @property
    def is_kept(self) -> bool:
        """Whether an option keeps its value as it is."""
        return self.characteristics == "K"


@lru_cache(1)
def table() -> tuple[Row, ...]:
    """The table's rows, by tag."""
    text = (files("obia.plugins.deid_ctp") / "ps315_2026d.json").read_text(encoding="utf-8")
    return tuple(sorted((_row(each) for each in json.loads(text)["rules"]), key=lambda row: row.tag))


def _row(each: dict[str, object]) -> Row:
    options = each["options"]
    assert isinstance(options, dict)
    return Row(
        tag=str(each["tag"]),
        name=str(each["name"]),
        basic=str(each["basic"]),
        characteristics=options.get(PATIENT_CHARACTERISTICS),
        dates=options.get(MODIFIED_DATES),
        is_descriptor="clean_descriptors" in options,
    )
