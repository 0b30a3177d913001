"""The archive as plugins see it: settings, scope, what is registered, and questions; no driver, no path, no key."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast, get_type_hints

from obia.schema.access import EVERYTHING, Scope
from obia.schema.errors import BadInput, BadSetting, Code, ObiaError
from obia.schema.values import Finding
from obia.server.settings import Secret, Settings

if TYPE_CHECKING:
    from obia.server.host.registry import Registry

T = TypeVar("T")
_SECRET = ("password", "secret", "token", "key")


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


@dataclasses.dataclass(frozen=True, slots=True)
class PluginSetting:
    """One setting of a plugin: `[plugins.NAME]` and its key, what it is, and whether obia.toml says so."""

    name: str
    value: object
    is_given: bool


class ArchiveView:
    """The `Archive` that hooks are given."""

    def __init__(self, settings: Settings, scope: Scope = EVERYTHING) -> None:
        self._tables: Mapping[str, Any] = settings.sections.get("plugins", {})
        self._filled: dict[type, object] = {}
        self._shown: list[PluginSetting] = []
        self._scope = scope
        self._registered: Registry | None = None
        self._desk: Desk | None = None

    def table_of(self, plugin: str) -> Mapping[str, object]:
        """The section of a plugin in obia.toml; empty where there is none."""
        table = self._tables.get(plugin, {})
        return table if isinstance(table, dict) else {}

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
            self._shown += [_setting(plugin, each, self._filled[kind], values) for each in dataclasses.fields(kind)]
        if table:
            raise BadSetting(f"obia.toml: [plugins.{plugin}] has no setting {min(table)!r}")

    @property
    def plugin_settings(self) -> "list[PluginSetting]":
        """Every plugin's settings, for whoever lists them."""
        return self._shown

    def settings(self, kind: type[T]) -> T:
        """The settings of a class that `register_settings` returned. Raises BadSetting for another class."""
        if kind not in self._filled:
            raise BadSetting(f"{kind.__name__} was not returned by register_settings")
        return cast(T, self._filled[kind])

    async def accession(self, label: str, key: str) -> str | None:
        """The accession of the node with this natural key, if this scope sees it."""
        return await self._open_desk().accession(self._scope, label, key)

    async def find(self, finding: Finding) -> None:
        """Put a finding on record. Raises BadInput for a code that is neither ours nor registered."""
        if self.registered.code(finding.code) is None:
            raise BadInput("this code was not returned by register_codes")
        await self._open_desk().find(finding)

    async def query(self, document: str, variables: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Ask GraphQL, read-only, under this scope."""
        return await self._open_desk().query(self._scope, document, variables or {})

    def _open_desk(self) -> Desk:
        if self._desk is None:
            raise ObiaError("the archive is not open: hooks that register only collect objects", Code.INTERNAL)
        return self._desk


def _setting(plugin: str, each: "dataclasses.Field[Any]", filled: object, given: Mapping[str, object]) -> PluginSetting:
    """A plugin's setting as it is shown: what is called a secret stays one."""
    is_secret = any(word in each.name.lower() for word in _SECRET)
    value = Secret(getattr(filled, each.name)) if is_secret else getattr(filled, each.name)
    return PluginSetting(f"plugins.{plugin}.{each.name}", value, each.name in given)


def _checked(plugin: str, name: str, hint: object, value: object) -> object:
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if isinstance(hint, type) and (not isinstance(value, hint) or (hint is int and isinstance(value, bool))):
        raise BadSetting(f"obia.toml: [plugins.{plugin}] {name} must be of type {hint.__name__}")
    return tuple(value) if isinstance(value, list) else value
