"""BioProject and GSA-Human of the National Genomics Data Center, known by their accessions.

Neither says anything in a DICOM header, so neither proposes a link of its own: links come from a curator's table.
"""

from collections.abc import Iterable

from obia import Link, Receipt, is_accession


class BioProject:
    """The linker `bioproject`: projects of NGDC (PRJC...) and INSDC (PRJE..., PRJD..., PRJN...)."""

    name = "bioproject"

    def label(self, accession: str) -> str | None:
        """`BioProject`, or None."""
        return _label(accession, ("BioProject",))

    def link(self, receipt: Receipt) -> Iterable[Link]:
        """Nothing: a receipt holds no evidence of a project."""
        return ()


class GsaHuman:
    """The linker `gsa_human`: studies, individuals, samples, experiments and runs of GSA-Human."""

    name = "gsa_human"

    def label(self, accession: str) -> str | None:
        """`GsaStudy`, `GsaIndividual`, `Sample`, `Experiment` or `Run`, or None."""
        return _label(accession, ("GsaStudy", "GsaIndividual", "Sample", "Experiment", "Run"))

    def link(self, receipt: Receipt) -> Iterable[Link]:
        """Nothing: a receipt holds no evidence of a genome."""
        return ()


def _label(accession: str, labels: tuple[str, ...]) -> str | None:
    return next((label for label in labels if is_accession(label, accession)), None)
