"""Loading plugins: the built-ins first, through the door everyone uses; one that fails is set aside, not the server."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy

from obia.schema import hooks
from obia.schema.errors import BadSetting, Code, ObiaError, Rejected
from obia.schema.values import Clean, Kind, Receipt
from obia.server.border import code_of, stops
from obia.server.host.recipes import recipes
from obia.server.host.registry import Registry
from obia.server.host.view import ArchiveView
from obia.server.settings import Settings
from obia.server.strangers import nearest

log = logging.getLogger(__name__)

_LONGEST = 300  # characters of a plugin's error
TRUSTED_ZONE = ("register_deidentifiers", "register_scripts", "register_checks")
"""What only a process that reads originals asks for; the API does without, and so without pydicom's 35 MB."""
BUILT_INS = ("deid_ctp", "qc", "retrieval", "linkers")  # order alone: the server knows them by name, never by import


@dataclass(slots=True)
class Loaded:
    """One plugin: what it is, which hooks it fills, and why it was set aside, if it was."""

    name: str
    version: str = ""
    hooks: tuple[str, ...] = ()
    error: str | None = None


@dataclass(slots=True)
class Plugins:
    """Every plugin, what they registered, and the three policies for a hook that raises."""

    manager: pluggy.PluginManager
    archive: ArchiveView
    registered: Registry
    loaded: list[Loaded] = field(default_factory=list)

    def choose_deidentifier(self, kind: Kind) -> str | None:
        """The name of the de-identifier for a kind. Raises Rejected: a plugin that fails here refuses the instance."""
        return self._decide("choose_deidentifier", kind=kind)  # type: ignore[no-any-return]

    def before_ingest(self, clean: Clean) -> None:
        """Let plugins refuse a clean instance. Raises Rejected."""
        self._decide("before_ingest", clean=clean)

    def after_ingest(self, receipt: Receipt) -> None:
        """Tell of an accepted instance."""
        self._tell("after_ingest", receipt=receipt)

    def ingest_failed(self, intake_id: str, code: str) -> None:
        """Tell of an instance that was not accepted."""
        self._tell("ingest_failed", intake_id=intake_id, code=code)

    def started(self) -> None:
        """Tell that this process has started."""
        self._tell("started")

    def stopping(self) -> None:
        """Tell that this process is about to stop."""
        self._tell("stopping")

    def _decide(self, hook: str, **arguments: Any) -> Any:
        try:
            return getattr(self.manager.hook, hook)(archive=self.archive, **arguments)
        except Rejected:
            raise
        except BaseException as error:
            if stops(error):
                raise
            log.warning("a plugin failed in %s: %s", hook, type(error).__name__)
            raise Rejected(f"a plugin failed in {hook}", code_of(error, Code.PLUGIN_FAILED)) from error

    def _tell(self, hook: str, **arguments: Any) -> None:
        for each in getattr(self.manager.hook, hook).get_hookimpls():
            offered = {"archive": self.archive, **arguments}
            try:
                each.function(*(offered[name] for name in each.argnames))
            except BaseException as error:
                if stops(error):
                    raise
                log.warning("plugin %s failed in %s: %s", each.plugin_name, hook, type(error).__name__)


def load(settings: Settings, without: Collection[str] = ()) -> Plugins:
    """Load the plugins that the settings let in, `without` some `register_*` hooks.

    Raises ObiaError PLUGIN_FAILED when a required one cannot run.
    """
    manager = pluggy.PluginManager(hooks.PROJECT)
    manager.add_hookspecs(hooks)
    if settings.trace:
        manager.add_hookcall_monitoring(_trace_before, lambda *_: None)
    registry = Registry()
    view = ArchiveView(settings)
    view.attach(registry)
    plugins = Plugins(manager, view, registry)
    for point in _in_order(settings):
        plugins.loaded.append(_load_one(manager, registry, view, point, without))
    _demand(settings, plugins.loaded)
    return plugins


def _in_order(settings: Settings) -> list[EntryPoint]:
    found = {point.name: point for point in entry_points(group=hooks.PROJECT)}
    for name in settings.plugins or ():
        if name not in found:
            near = nearest(name, found)
            hint = f"; did you mean {near}?" if near else ""
            raise BadSetting(f"OBIA_PLUGINS: no plugin {name} is installed{hint}")
    names = [name for name in found if settings.plugins is None or name in settings.plugins]
    names = [name for name in names if name not in settings.block]
    rank = {name: number for number, name in enumerate(BUILT_INS)}
    return [found[name] for name in sorted(names, key=lambda name: (rank.get(name, len(rank)), name))]


def _load_one(
    manager: pluggy.PluginManager, registry: Registry, view: ArchiveView, point: EntryPoint, without: Collection[str]
) -> Loaded:
    loaded = Loaded(point.name, version=point.dist.version if point.dist else "")
    try:
        plugin = point.load()
        manager.register(plugin, point.name)
        callers = manager.get_hookcallers(plugin) or []
        loaded.hooks = tuple(sorted(caller.name for caller in callers))
        unknown = sorted(caller.name for caller in callers if not caller.has_spec())
        if unknown:
            raise ObiaError(f"there is no hook {unknown[0]}; docs/reference/hooks.md lists them", Code.PLUGIN_FAILED)
        taken = _registrations(manager, plugin, point.name, view, without)
        registry.take(taken)
        made = taken.get("register_deidentifiers", [])
        registry.recipes.update(recipes(point.name, loaded.version, view.table_of(point.name), made))
    except Exception as error:
        loaded.error = _one_line(error)
        log.warning("plugin %s is set aside: %s", point.name, loaded.error)
        if manager.has_plugin(point.name):
            manager.unregister(name=point.name)
        manager.set_blocked(point.name)
    return loaded


def _registrations(
    manager: pluggy.PluginManager, plugin: object, name: str, view: ArchiveView, without: Collection[str]
) -> Mapping[str, list[object]]:
    """What one plugin's `register_*` hooks return, by hook; its settings first, since the others may ask for them."""
    results: dict[str, list[object]] = {}
    for hook in hooks.REGISTER:
        for each in getattr(manager.hook, hook).get_hookimpls():
            if each.plugin is plugin and hook not in without:
                results[hook] = list(_call(each.function, each.argnames, view))
        if hook == "register_settings":
            view.read_settings(name, results.get(hook, []))
    foreign = [each for each in results.get("register_codes", []) if not str(each).startswith(f"{name}.")]
    if foreign:
        raise ObiaError(f"register_codes: a code of this plugin begins with {name}.", Code.PLUGIN_FAILED)
    return results


def _call(
    function: Callable[..., Iterable[object] | None], names: tuple[str, ...], view: ArchiveView
) -> Iterable[object]:
    return function(*(view for _ in names)) or ()


def _one_line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:_LONGEST].removesuffix(": ")


def _demand(settings: Settings, loaded: list[Loaded]) -> None:
    running = {each.name: each.error for each in loaded}
    for name in settings.require:
        if name not in running:
            raise ObiaError(
                f"the required plugin {name} is not installed or not let in; see OBIA_PLUGINS, OBIA_BLOCK, OBIA_REQUIRE",
                Code.PLUGIN_FAILED,
            )
        if running[name]:
            raise ObiaError(f"the required plugin {name} cannot run: {running[name]}", Code.PLUGIN_FAILED)


def _trace_before(hook_name: str, hook_impls: Iterable[pluggy.HookImpl], _arguments: Mapping[str, Any]) -> None:
    """Log who is called; never the arguments, which may hold an original."""
    log.warning("hook %s: %s", hook_name, ", ".join(each.plugin_name for each in hook_impls) or "nobody")
