"""The hooks: `register_*` returns things, `choose_*` and `before_*` decide, the others tell. Argument names are API."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from obia.schema.extensions import Extension

from obia.schema.errors import PluginCode
from obia.schema.protocols import (
    Actor,
    Archive,
    Check,
    Command,
    Deidentifier,
    Encoder,
    Index,
    Linker,
    Script,
)
from obia.schema.values import Clean, Kind, Receipt

PROJECT = "obia"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def register_settings() -> Iterable[type[Any]]:  # type: ignore[empty-body]
    """Return frozen dataclasses with defaults; obia.toml's `[plugins.NAME]` fills them."""


@hookspec
def register_codes(archive: Archive) -> Iterable[PluginCode]:  # type: ignore[empty-body]
    """Return codes of the plugin's own, `NAME.WORD`, for its findings and refusals; others are not taken from it."""


@hookspec
def register_types(archive: Archive) -> "Iterable[Extension]":  # type: ignore[empty-body]
    """Return extensions of the GraphQL schema."""


@hookspec
def register_deidentifiers(archive: Archive) -> Iterable[Deidentifier]:  # type: ignore[empty-body]
    """Return de-identifiers, to be chosen by name."""


@hookspec
def register_scripts(archive: Archive) -> Iterable[Script]:  # type: ignore[empty-body]
    """Return de-identification scripts that a curator can read."""


@hookspec
def register_checks(archive: Archive) -> Iterable[Check]:  # type: ignore[empty-body]
    """Return checks of any scope: raw, witness, instance, series, submission."""


@hookspec
def register_encoders(archive: Archive) -> Iterable[Encoder]:  # type: ignore[empty-body]
    """Return encoders that turn pixels into codes."""


@hookspec
def register_indexes(archive: Archive) -> Iterable[Index]:  # type: ignore[empty-body]
    """Return index engines."""


@hookspec
def register_linkers(archive: Archive) -> Iterable[Linker]:  # type: ignore[empty-body]
    """Return linkers to other archives."""


@hookspec
def register_commands(archive: Archive) -> Iterable[Command]:  # type: ignore[empty-body]
    """Return commands of the `obia` program."""


@hookspec
def register_actors(archive: Archive) -> Iterable[Actor]:  # type: ignore[empty-body]
    """Return actors for the queue."""


@hookspec(firstresult=True)
def choose_deidentifier(archive: Archive, kind: Kind) -> str | None:
    """Name the de-identifier for this kind of instance, or None to leave the choice; third parties are asked first."""


@hookspec
def before_ingest(archive: Archive, clean: Clean) -> None:
    """Raise `Rejected` to refuse a clean instance; anything else raised refuses it too."""


@hookspec
def after_ingest(archive: Archive, receipt: Receipt) -> None:
    """Hear of an accepted instance."""


@hookspec
def ingest_failed(archive: Archive, intake_id: str, code: str) -> None:
    """Hear of an instance that was not accepted."""


@hookspec
def started(archive: Archive) -> None:
    """Hear that a process of the archive has started."""


@hookspec
def stopping(archive: Archive) -> None:
    """Hear that a process of the archive is about to stop."""


REGISTER = (
    "register_settings",
    "register_codes",
    "register_types",
    "register_deidentifiers",
    "register_scripts",
    "register_checks",
    "register_encoders",
    "register_indexes",
    "register_linkers",
    "register_commands",
    "register_actors",
)
DECIDE = ("choose_deidentifier", "before_ingest")
TELL = ("after_ingest", "ingest_failed", "started", "stopping")
