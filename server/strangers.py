"""Strangers: names that nobody reads, mostly misspelt; told once with the nearest name, never with a value."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from importlib.metadata import entry_points

from obia.schema import hooks
from obia.server.settings import Settings


def strangers(settings: Settings) -> Iterator[str]:
    """One line for each variable, blocked plugin and section of obia.toml that no setting and no plugin has."""
    known = [f"OBIA_{name.upper()}" for name, *_ in settings.describe()]
    for name in settings.unread:
        yield f"there is no setting {name}{_hint(name, known) or '; `obia settings` lists them'}"
    plugins = settings.sections.get("plugins", {})
    sections = sorted(name for name, table in plugins.items() if isinstance(table, dict))
    installed = [point.name for point in entry_points(group=hooks.PROJECT)] if sections or settings.block else []
    for name in settings.block:
        if name not in installed:
            yield f"OBIA_BLOCK: no plugin {name} is installed{_hint(name, installed)}"
    for name in sections:
        if name not in installed:
            yield f"obia.toml: no plugin {name} is installed for [plugins.{name}]{_hint(name, installed)}"


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like one that is not, if any is like it."""
    found = get_close_matches(name, list(known), 1)
    return found[0] if found else None


def _hint(name: str, known: Iterable[str]) -> str:
    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""
