"""Runs of `obia deid` over folders made for it: in this process, or as the program that can be killed."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
from pydicom import Dataset

from obia import ObiaError
from obia.plugins.deid_ctp.command import DeidCommand
from tests import make
from tests.golden import ROOT

NOW = "2026-01-31T12:00:00"
KEY = "00112233445566778899aabbccddeeff" * 2
TRIAL = """<script>
<p t="UIDROOT">2.25</p>
<p t="SITEID">7</p>
<e en="T" t="00080018" n="SOPInstanceUID">@hashuid(@UIDROOT,this)</e>
<e en="T" t="0020000D" n="StudyInstanceUID">@hashuid(@UIDROOT,this)</e>
<e en="T" t="0020000E" n="SeriesInstanceUID">@hashuid(@UIDROOT,this)</e>
<e en="T" t="00080020" n="StudyDate">@incrementdate(this,@DATEINC)</e>
<e en="T" t="00080021" n="SeriesDate">@date()</e>
<e en="T" t="00100010" n="PatientName">@hashptid(@SITEID,PatientID)</e>
<e en="T" t="00100020" n="PatientID">@hashptid(@SITEID,this)</e>
<e en="T" t="00120062" n="PatientIdentityRemoved">@always()YES</e>
<e en="T" t="00120064" n="DeidentificationMethodCodeSequence">113100/113107</e>
<r en="T" t="privategroups">Remove private groups</r>
<r en="T" t="unspecifiedelements">Remove unspecified elements</r>
</script>
"""


def inbox(folder: Path, count: int = 3, **elements: object) -> Path:
    """A folder of images whose names hold a patient's, each with pixels of its own."""
    for number in range(count):
        image = make.image(make.array(seed=number), SOPInstanceUID=make.uid(folder.name, number), **elements)
        make.file(folder / f"DOE^JANE {number // 100}" / f"{number:04}.dcm", image)
    return folder


def text(path: Path, content: str) -> Path:
    """A text file."""
    path.write_text(content, encoding="utf-8")
    return path


def deid(*arguments: object) -> int:
    """Run the command in this process; return its exit status. Raises ObiaError."""
    return DeidCommand().run([str(each) for each in arguments])


def run(source: Path, target: Path, *arguments: object, script: str = TRIAL) -> int:
    """`obia deid run` with a script, a key and a time of its own, beside OUT."""
    beside = target.parent
    key, rules = text(beside / "a.key", KEY), text(beside / "trial.script", script)
    return deid("run", "--script", rules, "--key", key, "--now", NOW, *arguments, source, target)


def program(*arguments: object, home: Path) -> "subprocess.Popen[str]":
    """The program itself, started."""
    return subprocess.Popen(
        [sys.executable, "-m", "obia", "deid", *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "OBIA_HOME": str(home), "PYTHONDONTWRITEBYTECODE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(*arguments: object, home: Path) -> tuple[int, str, str]:
    """The program, run to its end: exit status, output, errors."""
    with program(*arguments, home=home) as process:
        output, errors = process.communicate(timeout=60)
    assert "Traceback" not in errors, errors
    return process.returncode, output, errors


def tree(folder: Path) -> Mapping[str, bytes]:
    """Every file of a folder, by its path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def images(folder: Path) -> list[Path]:
    """The images of OUT."""
    return sorted(folder.glob("2.25.*/2.25.*/2.25.*.dcm"))


def refused(code: str, said: str) -> "pytest.RaisesExc[ObiaError]":
    """What refuses does so by one line with this code."""
    return pytest.raises(ObiaError, match=said, check=lambda error: error.code == code and "\n" not in error.message)


def sample(**elements: object) -> Dataset:
    """An image of the one patient."""
    return make.image(make.array(seed=1), **elements)
