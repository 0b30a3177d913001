"""OBIA, the Open Biomedical Imaging Archive: the front door. Names are loaded when first used (PEP 562)."""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if not (Path(__file__).parent / "schema" / "errors.py").is_file():
    raise ImportError(
        "obia/schema, obia/server and obia/plugins are symbolic links and this checkout lost them: "
        "clone again with `git clone -c core.symlinks=true`, or install the wheel"
    )

_HOMES = {
    "obia.schema.accessions": ("is_accession",),
    "obia.schema.access": ("Role", "Scope", "Viewer"),
    "obia.schema.geometry": ("GEOMETRY",),
    "obia.schema.forgetting": ("forget_originals", "remembered", "remembers", "when_forgetting"),
    "obia.schema.errors": ("BadInput", "Code", "NotFound", "ObiaError", "PluginCode", "Rejected"),
    "obia.schema.hooks": ("hookimpl",),
    "obia.schema.extensions": ("Extension",),
    "obia.schema.layout": ("Codestream", "Layout", "codestream", "fragments"),
    "obia.schema.protocols": (
        "Actor",
        "Archive",
        "Check",
        "Command",
        "Deidentifier",
        "Encoder",
        "Index",
        "InstanceCheck",
        "Linker",
        "Pseudonyms",
        "RawCheck",
        "Script",
        "SearchableIndex",
        "SeriesCheck",
        "SubmissionCheck",
        "WitnessCheck",
    ),
    "obia.schema.values": (
        "Clean",
        "EncoderIdentity",
        "Finding",
        "Hit",
        "Kind",
        "Level",
        "Link",
        "Original",
        "Patient",
        "Pixels",
        "Receipt",
        "SeriesSummary",
        "SubmissionSummary",
    ),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

if TYPE_CHECKING:
    from obia.schema.access import Role as Role
    from obia.schema.access import Scope as Scope
    from obia.schema.access import Viewer as Viewer
    from obia.schema.accessions import is_accession as is_accession
    from obia.schema.errors import BadInput as BadInput
    from obia.schema.errors import Code as Code
    from obia.schema.errors import NotFound as NotFound
    from obia.schema.errors import ObiaError as ObiaError
    from obia.schema.errors import PluginCode as PluginCode
    from obia.schema.errors import Rejected as Rejected
    from obia.schema.extensions import Extension as Extension
    from obia.schema.forgetting import forget_originals as forget_originals
    from obia.schema.forgetting import remembered as remembered
    from obia.schema.forgetting import remembers as remembers
    from obia.schema.forgetting import when_forgetting as when_forgetting
    from obia.schema.geometry import GEOMETRY as GEOMETRY
    from obia.schema.hooks import hookimpl as hookimpl
    from obia.schema.layout import Codestream as Codestream
    from obia.schema.layout import Layout as Layout
    from obia.schema.layout import codestream as codestream
    from obia.schema.layout import fragments as fragments
    from obia.schema.protocols import Actor as Actor
    from obia.schema.protocols import Archive as Archive
    from obia.schema.protocols import Check as Check
    from obia.schema.protocols import Command as Command
    from obia.schema.protocols import Deidentifier as Deidentifier
    from obia.schema.protocols import Encoder as Encoder
    from obia.schema.protocols import Index as Index
    from obia.schema.protocols import InstanceCheck as InstanceCheck
    from obia.schema.protocols import Linker as Linker
    from obia.schema.protocols import Pseudonyms as Pseudonyms
    from obia.schema.protocols import RawCheck as RawCheck
    from obia.schema.protocols import Script as Script
    from obia.schema.protocols import SearchableIndex as SearchableIndex
    from obia.schema.protocols import SeriesCheck as SeriesCheck
    from obia.schema.protocols import SubmissionCheck as SubmissionCheck
    from obia.schema.protocols import WitnessCheck as WitnessCheck
    from obia.schema.values import Clean as Clean
    from obia.schema.values import EncoderIdentity as EncoderIdentity
    from obia.schema.values import Finding as Finding
    from obia.schema.values import Hit as Hit
    from obia.schema.values import Kind as Kind
    from obia.schema.values import Level as Level
    from obia.schema.values import Link as Link
    from obia.schema.values import Original as Original
    from obia.schema.values import Patient as Patient
    from obia.schema.values import Pixels as Pixels
    from obia.schema.values import Receipt as Receipt
    from obia.schema.values import SeriesSummary as SeriesSummary
    from obia.schema.values import SubmissionSummary as SubmissionSummary

__all__ = sorted(_HOME_OF)  # noqa: PLE0605 - one list of names, above


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'obia' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)
