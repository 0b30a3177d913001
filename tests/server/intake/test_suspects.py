"""A file that kills the process that reads it is quarantined at the third attempt, and the rest goes in."""

import asyncio
import signal
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, Rejected
from obia.server import quarantine
from obia.server.archive import open_archive
from obia.server.intake.suspects import Suspects
from obia.server.settings import Settings
from tests import make
from tests.faults import disturbed
from tests.shelf import Shelf

KILLER = """
    import os, signal
    from obia import hookimpl

    class Killer:
        name = "killer"
        def check_raw(self, original):
            if original.kind.manufacturer.startswith("KILLER"):
                os.kill(os.getpid(), signal.SIGKILL)
            return ()

    @hookimpl
    def register_checks(archive):
        return [Killer()]
"""


def test_a_file_is_named_by_two_deaths_and_not_by_one(tmp_path: Path) -> None:
    for death in (1, 2):
        assert not Suspects.of(tmp_path, "s/0").named, death
        with (tmp_path / "run" / "suspects" / "s-0").open("a") as marker:
            marker.write("a\n")
    suspects = Suspects.of(tmp_path, "s/0")

    with pytest.raises(Rejected) as refusal, suspects.under_work("a"):
        pytest.fail("it was read")
    assert refusal.value.code == Code.BAD_PIXELS


def test_work_that_ends_names_nobody_and_keeps_who_is_named(tmp_path: Path) -> None:
    suspects = Suspects.of(tmp_path, "s/0")
    suspects.marker.write_text("a\na\n")
    suspects = Suspects.of(tmp_path, "s/0")

    with suspects.under_work("b"):
        assert suspects.marker.read_text() == "a\na\nb\n"
    for error in (OSError(), KeyboardInterrupt(), Rejected("b")):
        with pytest.raises(type(error)), suspects.under_work("b"):
            raise error

    assert suspects.marker.read_text().split() == ["a", "a"]
    assert Suspects.of(tmp_path, "s/0").named == {"a"}


@pytest.mark.parametrize("error", [ValueError(), SystemExit(), BaseException(), MemoryError()], ids=repr)
def test_a_file_is_named_by_two_exceptions_that_passed_the_border(error: BaseException, tmp_path: Path) -> None:
    for _ in range(2):
        suspects = Suspects.of(tmp_path, "s/0")
        assert not suspects.named
        with pytest.raises(type(error)), suspects.under_work("a"):
            raise error
        with suspects.under_work("b"):
            pass

    assert Suspects.of(tmp_path, "s/0").named == {"a"}


def test_work_on_a_batch_that_another_ended_meanwhile_ends_quietly(tmp_path: Path) -> None:
    suspects = Suspects.of(tmp_path, "s/0")

    with suspects.under_work("a"):
        suspects.forget()

    assert not suspects.marker.exists()


ENDLESS = """
    import re, sys
    from pathlib import Path
    from obia.schema.errors import Rejected
    from obia.server.intake.suspects import Suspects

    suspects = Suspects.of(Path(sys.argv[1]), "s/0", 0.2)
    try:
        with suspects.under_work("a"):
            re.match("(a+)+$", "a" * 60 + "b")  # in C, without end, and the interpreter is held
    except Rejected as refusal:
        print(refusal.code)
"""


def test_a_file_that_is_decoded_without_end_ends_its_process_twice_and_is_set_aside(tmp_path: Path) -> None:
    command = [sys.executable, "-c", dedent(ENDLESS), str(tmp_path)]

    runs = [subprocess.run(command, capture_output=True, text=True, check=False) for _ in range(3)]

    assert [run.returncode for run in runs] == [-signal.SIGPROF, -signal.SIGPROF, 0]
    assert runs[2].stdout == "BAD_PIXELS\n"


def test_time_is_counted_for_each_file_anew(tmp_path: Path) -> None:
    suspects = Suspects.of(tmp_path, "s/0", 1_000)

    for _ in range(2):
        with suspects.under_work("a"):
            left, _ = signal.getitimer(signal.ITIMER_PROF)
            assert left > 999

    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)


@pytest.mark.neo4j
@pytest.mark.parametrize("again", ["ingest", "work"])
def test_a_file_that_kills_its_reader_is_quarantined_at_the_third_attempt(
    empty: Settings, tmp_path: Path, again: str
) -> None:
    asyncio.run(disturbed.add_collection(empty))
    (tmp_path / "shelf").mkdir()
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("killer", KILLER)
    for number, dataset in enumerate(make.study(4)):
        dataset.Manufacturer = f"KILLER {number}" if number == 2 else "ACME"
        make.file(tmp_path / "in" / f"{number}.dcm", dataset)
    ingest = ("ingest", str(tmp_path / "in"), "--collection", "OBIA0001")
    commands = [ingest, *[ingest if again == "ingest" else ("work", "--until-idle")] * 2]

    runs = [shelf.obia(*command, **disturbed.environment(empty)) for command in commands]

    assert [run.returncode for run in runs] == [-signal.SIGKILL, -signal.SIGKILL, 0], runs[-1].stderr
    assert asyncio.run(_ends(empty)) == (3, {"2.dcm": "BAD_PIXELS"})
    assert not [*(empty.home / "run" / "suspects").iterdir()]


ENCODER = """
    import os, signal
    from obia import hookimpl
    from obia.schema.values import EncoderIdentity

    class Killer:
        name = "killer"
        identity = EncoderIdentity("killer", "0", "numpy", "float64", 8)
        def encode(self, frames):
            if frames.shape[1] == 9:
                os.kill(os.getpid(), signal.SIGKILL)
            return b"1"

    @hookimpl
    def register_encoders(archive):
        return [Killer()]
"""
CODES = """
    MATCH (i:Image) OPTIONAL MATCH (f:Finding {code: 'ENCODER_FAILED'})-[:ABOUT]->(i)
    RETURN i.rows, COUNT { (i)-[:HAS_CODE]->() } AS codes, count(f) ORDER BY i.rows, codes
"""


@pytest.mark.neo4j
def test_an_image_that_kills_its_encoder_is_left_without_a_code_at_the_third_attempt(
    empty: Settings, tmp_path: Path
) -> None:
    asyncio.run(disturbed.add_collection(empty))
    (tmp_path / "shelf").mkdir()
    shelf = Shelf(tmp_path / "shelf")
    shelf.put("killer", ENCODER)
    for number, side in enumerate((8, 9, 10)):
        make.file(tmp_path / "in" / f"{number}.dcm", make.image(make.array(side, side)))
    ingest = ("ingest", str(tmp_path / "in"), "--collection", "OBIA0001")

    runs = [shelf.obia(*ingest, **disturbed.environment(empty)) for _ in range(3)]

    assert [run.returncode for run in runs] == [-signal.SIGKILL, -signal.SIGKILL, 0], runs[-1].stderr
    assert asyncio.run(_codes(empty)) == [[8, 2, 0], [9, 0, 2], [10, 2, 0]]
    assert not [*(empty.home / "run" / "suspects").iterdir()]


async def _codes(settings: Settings) -> list[list[int]]:
    """Of every image its height, and how many codes and findings it has."""
    async with open_archive(settings) as archive:
        return await archive.graph.read(CODES)


async def _ends(settings: Settings) -> tuple[int, dict[str, str]]:
    """How many images are held, and why which file is not."""
    async with open_archive(settings) as archive:
        [[images]] = await archive.graph.read("MATCH (i:Image) RETURN count(i)")
        ids = {each.intake_id: str(each.code) for each in await quarantine.entries(archive)}
        shown = {each: await quarantine.show(archive, ADMINISTRATOR, each) for each in ids}
        return images, {Path(str(shown[each]["path"])).name: code for each, code in ids.items()}
