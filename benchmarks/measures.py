"""What one process does with the corpus: copying, pydicom, our de-identification."""

import io
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydicom import dcmread

from benchmarks.processes import own_cpu
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.witness import IdentityWitness
from obia.server.intake import encoding, reading
from obia.server.keys import Keys


@dataclass(frozen=True, slots=True)
class Pace:
    """Files done in CPU seconds (user and system)."""

    name: str
    files: int
    seconds: float
    is_whole: bool = True  # a server's part of the work compares with nothing

    @property
    def rate(self) -> float:
        """Files per CPU second."""
        return self.files / self.seconds if self.seconds else float("inf")


def copying(paths: Sequence[Path], folder: Path) -> Pace:
    """Copy each file and force it to the disk."""

    def copy(path: Path) -> None:
        with path.open("rb") as source, (folder / "copy").open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())

    return timed("copy with fsync", paths, copy)


def pydicom(paths: Sequence[Path], folder: Path) -> Pace:
    """Read each file with pydicom and write it again, unchanged, without fsync."""
    return timed("pydicom read + write", paths, lambda path: dcmread(path).save_as(folder / "copy"))


def deidentification(paths: Sequence[Path]) -> Pace:
    """Read, de-identify, witness and encode each file, in memory. Raises SystemExit if the witness objects."""
    deidentifier, witness = CtpDeidentifier(base_script(), "0"), IdentityWitness()
    pseudonyms = Keys.generate().pseudonyms("OBIA0001")

    def clean(path: Path) -> None:
        original = reading.read(path, path.stem, "OBIA0001")
        made = deidentifier.deidentify(original, pseudonyms)
        if list(witness.check_witness(original, made)):
            raise SystemExit(f"{path.name} is not clean")
        encoding.write(made, encoding.encode_header(made.header, made.meta.TransferSyntaxUID), io.BytesIO())

    return timed("our de-identification", paths, clean)


def timed(name: str, paths: Sequence[Path], work: Callable[[Path], object]) -> Pace:
    """The pace of doing something with each of the files."""
    work(paths[0])  # imports and tables are not what is measured
    before = own_cpu()
    for path in paths:
        work(path)
    return Pace(name, len(paths), own_cpu() - before)
