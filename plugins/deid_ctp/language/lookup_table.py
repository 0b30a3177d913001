"""Lookups: a table of old and new values, in the form of Java's .properties, as CTP keeps it."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO
from types import MappingProxyType

from obia import Code, ObiaError
from obia.plugins.deid_ctp.language.java_properties import read_properties

MAX_LENGTH = 200_000_000  # characters


@dataclass(frozen=True, slots=True)
class Lookup:
    """A table from `kind/old value` to new values."""

    table: Mapping[str, str] = field(repr=False, default_factory=lambda: MappingProxyType({}))

    @classmethod
    def parse(cls, text: str) -> "Lookup":
        """Read a table; of two equal keys the last wins. Raises ObiaError BAD_TABLE for one beyond measure."""
        _check_length(text)
        return cls(MappingProxyType({key: value for key, value, _ in read_properties(text)}))

    @classmethod
    def parse_csv(cls, text: str) -> "Lookup":
        """Read rows of a key and a value, which CTP itself loads nothing of. Raises ObiaError BAD_TABLE."""
        _check_length(text)
        try:
            rows = [row for row in csv.reader(StringIO(text)) if len(row) > 1]
        except csv.Error:
            raise ObiaError("the lookup table is no CSV", Code.BAD_TABLE) from None
        return cls(MappingProxyType({row[0].strip(): row[1].strip() for row in rows}))


def _check_length(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise ObiaError(f"the lookup table is longer than {MAX_LENGTH:,} characters", Code.BAD_TABLE)
