"""Required elements: those of Type 1 and 1C, by SOP class at the root, and wherever they stand in items."""

import json
from functools import lru_cache
from importlib.resources import files


@lru_cache(1)
def _document() -> dict[str, dict[str, list[str]]]:
    document: dict[str, dict[str, list[str]]] = json.loads(
        (files("obia.plugins.deid_ctp") / "type1.json").read_text(encoding="utf-8")
    )
    return document


@lru_cache(256)
def required(sop_class: str) -> frozenset[int]:
    """The elements of Type 1 and 1C at the root of a class; of one that is not listed, those of every module."""
    document = _document()
    modules = document["classes"].get(sop_class, list(document["modules"]))
    return frozenset(_tag(line) for module in modules for line in document["modules"][module])


@lru_cache(1)
def required_in_items() -> frozenset[int]:
    """The elements of Type 1 and 1C in the items of sequences."""
    return frozenset(_tag(str(line)) for line in _document()["items"])


def _tag(line: str) -> int:
    return int(line.split(maxsplit=1)[0], 16)
