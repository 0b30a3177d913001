"""What one process does with the corpus: copying, pydicom, our de-identification."""

import gc
import io
import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import process_time

from pydicom import dcmread

from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from obia.server.intake import encoding, reading
from obia.server.keys import Keys

_TURNS = 10  # each with a tenth of the files: in shorter ones each finds the caches of the processor full of the others


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


@dataclass(frozen=True, slots=True)
class Work:
    """Something to do with each of some files."""

    name: str
    paths: Sequence[Path]
    do: Callable[[Path], object]


def copying(paths: Sequence[Path], folder: Path) -> Work:
    """Copy each file and force it to the disk."""

    def copy(path: Path) -> None:
        with path.open("rb") as source, (folder / "copy").open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
            target.flush()
            os.fsync(target.fileno())

    return Work("copy with fsync", paths, copy)


def pydicom(paths: Sequence[Path], folder: Path) -> Work:
    """Read each file with pydicom and write it again, unchanged, without fsync."""
    return Work("pydicom read + write", paths, lambda path: dcmread(path).save_as(folder / "copy"))


def deidentification(paths: Sequence[Path]) -> Work:
    """Read, de-identify, witness and encode each file, in memory. Raises SystemExit if the witness objects."""
    deidentifier, witness = CtpDeidentifier(base_script(), "0"), IdentityWitness()
    pseudonyms = Keys.generate().pseudonyms("OBIA0001")

    def clean(path: Path) -> None:
        original = reading.read(path, path.stem, "OBIA0001")
        made = deidentifier.deidentify(original, pseudonyms)
        if list(witness.check_witness(original, made)):
            raise SystemExit(f"{path.name} is not clean")
        encoding.write(made, encoding.encode_header(made.header, made.meta.TransferSyntaxUID), io.BytesIO())

    return Work("our de-identification", paths, clean)


def raced(works: Sequence[Work]) -> list[Pace]:
    """The pace of each, in turns: what else the machine does slows all of them alike."""
    for each in works:
        each.do(each.paths[0])  # imports and tables are not what is measured
    seconds = [0.0] * len(works)
    for turn in range(_TURNS):
        for number, each in enumerate(works):
            begin, end = (len(each.paths) * bound // _TURNS for bound in (turn, turn + 1))
            gc.collect()  # what the one before left behind
            before = process_time()
            for path in each.paths[begin:end]:
                each.do(path)
            seconds[number] += process_time() - before
    return [Pace(each.name, len(each.paths), spent) for each, spent in zip(works, seconds, strict=True)]
