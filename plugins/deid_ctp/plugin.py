"""The plugin: what deid_ctp brings through the public door."""

from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from obia import Archive, Check, Code, Command, Deidentifier, Kind, ObiaError, hookimpl
from obia import Script as NamedScript

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.language.script import Script

_STORAGE = "1.2.840.10008.5.1.4.1.1."
# What holds a document, a voice or bytes of no known kind: no script can say what is in it
_OPAQUE = (
    f"{_STORAGE}104.",  # encapsulated PDF, CDA, STL, OBJ, MTL
    f"{_STORAGE}9.4.",  # audio
    f"{_STORAGE}66.7",  # microscopy bulk annotations
    "1.2.840.10008.1.3.10",  # a directory of other files
)
_OPAQUE_ALONE = (f"{_STORAGE}66",)  # raw data; its children such as 66.4, segmentations, are not


@dataclass(slots=True)
class ReadableScript:
    """A script as a curator sees it."""

    name: str
    dialect: str
    text: str


@dataclass(frozen=True, slots=True)
class DeidCtpSettings:
    """Settings of deid_ctp: `script` is the file of another script; empty, base.script."""

    script: str = ""


@hookimpl
def register_settings() -> Iterable[type[DeidCtpSettings]]:
    """The one setting: which script."""
    return [DeidCtpSettings]


@hookimpl
def register_deidentifiers(archive: Archive) -> Iterable[Deidentifier]:
    """The de-identifier with the script the settings name."""
    from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier

    return [CtpDeidentifier(_script(archive.settings(DeidCtpSettings)), _version())]


@hookimpl
def register_scripts(archive: Archive) -> Iterable[NamedScript]:
    """The script in force, for a curator to read."""
    script = _script(archive.settings(DeidCtpSettings))
    return [ReadableScript(script.name, script.dialect, script.text)]


@hookimpl
def register_checks(archive: Archive) -> Iterable[Check]:
    """The witness of every de-identifier's work, not of ours alone."""
    from obia.plugins.deid_ctp.residual.check import IdentityWitness

    return [IdentityWitness()]


@hookimpl
def register_commands() -> Iterable[Command]:
    """`obia deid`, which needs no archive."""
    from obia.plugins.deid_ctp.command import DeidCommand

    return [DeidCommand()]


@hookimpl
def choose_deidentifier(archive: Archive, kind: Kind) -> str | None:
    """Choose deid_ctp for what it can clean; leave documents, sounds and raw data unchosen."""
    from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
    from obia.plugins.deid_ctp.dicom.uids import is_storage_class

    is_opaque = kind.sop_class.startswith(_OPAQUE) or kind.sop_class in _OPAQUE_ALONE
    return CtpDeidentifier.name if is_storage_class(kind.sop_class) and not is_opaque else None


def base_script() -> "Script":
    """OBIA's own script."""
    from obia.plugins.deid_ctp.language.script import Script

    return Script.parse(
        (files("obia.plugins.deid_ctp") / "base.script").read_text(encoding="utf-8"), "base.script"
    ).checked()


def _script(settings: DeidCtpSettings) -> "Script":
    from obia.plugins.deid_ctp.language.script import Script

    if not settings.script:
        return base_script()
    path = Path(settings.script).expanduser()
    try:
        return Script.parse(path.read_text(encoding="utf-8"), path.name).checked()
    except (OSError, UnicodeDecodeError):
        raise ObiaError(f"the script {path.name} cannot be read; mend [plugins.deid_ctp]", Code.BAD_SCRIPT) from None


def _version() -> str:
    try:
        return version("obia")
    except PackageNotFoundError:
        return "0"
