"""What plugins registered, by name: first come, first kept, so that nobody unseats a built-in."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from obia.schema import protocols
from obia.schema.errors import Code, ObiaError, PluginCode
from obia.schema.extensions import Extension

_KINDS: Mapping[str, tuple[str, type | tuple[type, ...]]] = {
    "register_codes": ("codes", PluginCode),
    "register_deidentifiers": ("deidentifiers", protocols.Deidentifier),
    "register_scripts": ("scripts", protocols.Script),
    "register_checks": (
        "checks",
        (
            protocols.RawCheck,
            protocols.WitnessCheck,
            protocols.InstanceCheck,
            protocols.SeriesCheck,
            protocols.SubmissionCheck,
        ),
    ),
    "register_encoders": ("encoders", protocols.Encoder),
    "register_indexes": ("indexes", protocols.Index),
    "register_linkers": ("linkers", protocols.Linker),
    "register_commands": ("commands", protocols.Command),
    "register_actors": ("actors", protocols.Actor),
}


@dataclass(slots=True)
class Registry:
    """Registered objects, each kind by name, built-ins first."""

    codes: dict[str, PluginCode] = field(default_factory=dict)
    deidentifiers: dict[str, protocols.Deidentifier] = field(default_factory=dict)
    scripts: dict[str, protocols.Script] = field(default_factory=dict)
    checks: dict[str, protocols.Check] = field(default_factory=dict)
    encoders: dict[str, protocols.Encoder] = field(default_factory=dict)
    indexes: dict[str, protocols.Index] = field(default_factory=dict)
    linkers: dict[str, protocols.Linker] = field(default_factory=dict)
    commands: dict[str, protocols.Command] = field(default_factory=dict)
    actors: dict[str, protocols.Actor] = field(default_factory=dict)
    extensions: list[Extension] = field(default_factory=list)
    recipes: dict[str, str] = field(default_factory=dict)
    """What the clean forms of a de-identifier depend on besides their originals, by its name."""

    def code(self, given: object) -> Code | PluginCode | None:
        """A code as it goes on record: one of ours, or one that a plugin registered; None for anything else."""
        if isinstance(given, Code):
            return given
        return self.codes.get(given) if isinstance(given, str) else None

    def take(self, registrations: Mapping[str, list[object]]) -> None:
        """Take everything a plugin returned, or nothing of it. Raises ObiaError PLUGIN_FAILED."""
        accepted: list[tuple[dict[str, object], str, object]] = []
        for hook, objects in registrations.items():
            if hook not in _KINDS:
                continue
            kind, expected = _KINDS[hook]
            shelf: dict[str, object] = getattr(self, kind)
            for each in objects:
                accepted.append((shelf, self._name(hook, each, expected, shelf, accepted), each))
        types = registrations.get("register_types", [])
        if not all(isinstance(each, Extension) for each in types):
            raise ObiaError("register_types returned what is not an Extension", Code.PLUGIN_FAILED)
        extensions = [*self.extensions, *(each for each in types if isinstance(each, Extension))]
        if types:
            _try_schema(extensions)
        for shelf, name, each in accepted:
            shelf[name] = each
        self.extensions = extensions

    @staticmethod
    def _name(
        hook: str,
        each: object,
        expected: type | tuple[type, ...],
        shelf: dict[str, object],
        accepted: list[tuple[dict[str, object], str, object]],
    ) -> str:
        if not isinstance(each, expected):
            raise ObiaError(
                f"{hook} returned a {type(each).__name__}, which does not fill that role", Code.PLUGIN_FAILED
            )
        name = getattr(each, "name", None)
        if not isinstance(name, str) or not name:
            raise ObiaError(f"{hook} returned a {type(each).__name__} without a name", Code.PLUGIN_FAILED)
        if name in shelf or any(other is shelf and taken == name for other, taken, _ in accepted):
            raise ObiaError(f"{hook}: the name {name} is taken", Code.PLUGIN_FAILED)
        return name


def _try_schema(extensions: list[Extension]) -> None:
    """Make the schema with these extensions. Raises what is wrong with them, so that their plugin alone is set aside."""
    from obia.schema.graphql.schema import make_schema

    make_schema(extensions)
