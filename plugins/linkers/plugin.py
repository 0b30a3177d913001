"""The linkers plugin: what it registers."""

from collections.abc import Iterable

from obia import Archive, Linker, hookimpl
from obia.plugins.linkers.ngdc import BioProject, GsaHuman


@hookimpl
def register_linkers(archive: Archive) -> Iterable[Linker]:
    """BioProject and GSA-Human, by accession."""
    return [BioProject(), GsaHuman()]
