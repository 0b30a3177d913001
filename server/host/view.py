"""The archive as plugins see it: settings, scope, what is registered, and questions; no driver, no path, no key."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, get_type_hints

from obia.schema.access import EVERYTHING, Scope
from obia.schema.errors import BadSetting, Code, ObiaError
from obia.schema.values import Finding
from obia.server.settings import Settings

if TYPE_CHECKING:
    from obia.server.host.registry import Registry

T = TypeVar("T")


class Desk(Protocol):
    """Who answers a plugin's questions: the archive, once it is open."""

    async def accession(self, scope: Scope, label: str, key: str) -> str | None:
        """The accession of a node by its natural key, if the scope sees it."""
        ...

    async def find(self, finding: Finding) -> None:
        """Put a finding on record."""
        ...

    async def query(self, scope: Scope, document: str, variables: Mapping[str, object]) -> Mapping[str, Any]:
        """Ask GraphQL, read-only."""
        ...


class ArchiveView:
    """The `Archive` that hooks are given."""

    def __init__(self, settings: Settings, scope: Scope = EVERYTHING) -> None:
        self._tables: Mapping[str, Any] = settings.sections.get("plugins", {})
        self._filled: dict[type, object] = {}
        self._scope = scope
        self._registered: Registry | None = None
        self._desk: Desk | None = None

    @property
    def scope(self) -> Scope:
        """What the caller may see."""
        return self._scope

    @property
    def registered(self) -> "Registry":
        """What plugins brought so far."""
        if self._registered is None:
            raise ObiaError("no plugins are loaded yet", Code.INTERNAL)
        return self._registered

    def attach(self, registry: "Registry") -> None:
        """Say where registered objects are kept."""
        self._registered = registry

    def open(self, desk: Desk) -> None:
        """Let questions through to an open archive."""
        self._desk = desk

    def read_settings(self, plugin: str, kinds: Iterable[object]) -> None:
        """Fill a plugin's settings classes from `[plugins.NAME]`. Raises BadSetting naming section and key."""
        table = dict(self._tables.get(plugin, {}))
        for kind in kinds:
            if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
                raise BadSetting(f"plugin {plugin}: register_settings returns dataclasses")
            hints = get_type_hints(kind)
            names = [each.name for each in dataclasses.fields(kind)]
            values = {name: _checked(plugin, name, hints[name], table.pop(name)) for name in names if name in table}
            self._filled[kind] = kind(**values)
        if table:
            raise BadSetting(f"obia.toml: [plugins.{plugin}] has no setting {min(table)!r}")

    def settings(self, kind: type[T]) -> T:
        """The settings of a class that `register_settings` returned. Raises BadSetting for another class."""
        if kind not in self._filled:
            raise BadSetting(f"{kind.__name__} was not returned by register_settings")
        return cast(T, self._filled[kind])

    async def accession(self, label: str, key: str) -> str | None:
        """The accession of the node with this natural key, if this scope sees it."""
        return await self._open_desk().accession(self._scope, label, key)

    async def find(self, finding: Finding) -> None:
        """Put a finding on record."""
        await self._open_desk().find(finding)

    async def query(self, document: str, variables: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Ask GraphQL, read-only, under this scope."""
        return await self._open_desk().query(self._scope, document, variables or {})

    def _open_desk(self) -> Desk:
        if self._desk is None:
            raise ObiaError("the archive is not open: hooks that register only collect objects", Code.INTERNAL)
        return self._desk


def _checked(plugin: str, name: str, hint: object, value: object) -> object:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise BadSetting(f"obia.toml: [plugins.{plugin}] {name} must be of type {hint.__name__}")
    return tuple(value) if isinstance(value, list) else value
