"""Recipes: what a clean form depends on besides its original, so that a change of it is noticed."""

import json
from collections.abc import Iterable, Mapping

from obia.schema.protocols import Deidentifier


def recipes(
    plugin: str, version: str, table: Mapping[str, object], registered: Iterable[object]
) -> Iterable[tuple[str, str]]:
    """The recipe of each de-identifier that a plugin registered, by name: the plugin, its version and settings, and
    what the de-identifier itself says in an attribute `recipe`, such as the digest of its script."""
    for each in registered:
        if isinstance(each, Deidentifier):
            own = str(getattr(each, "recipe", ""))
            yield each.name, json.dumps([plugin, version, table, each.name, own], sort_keys=True, default=str)
