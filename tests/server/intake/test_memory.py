"""Memory: whatever a file claims or unpacks to, taking it in stays within 512 MiB."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from obia.schema.errors import Code
from tests import bombs
from tests.make import J2K, JPEG

_MOST = 448  # MiB: the driver of the graph and the queue come on top

TAKING = """
    import sys
    from pathlib import Path
    from tests import zones

    home, *files = map(Path, sys.argv[1:])
    for item in zones.taken(zones.zone(home), files):
        print(item.code, *(each.code for each in item.findings), sep=",")
    status = Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""

ENCODING = """
    import sys
    from pathlib import Path
    from obia.plugins.retrieval.phash import PerceptualHash
    from obia.server.intake.suspects import Suspects
    from obia.server.retrieval.codes import encoded
    from obia.server.store.files import FileStore

    home, *files = map(Path, sys.argv[1:])
    rows = [[str(number), file.name, str(number), []] for number, file in enumerate(files)]
    encoders = {"phash": PerceptualHash()}
    for row in encoded(FileStore(files[0].parent), encoders, Suspects.of(home, "b"), rows):
        print(len(row["bits"]))
    status = Path("/proc/self/status").read_text()
    print(int(status.partition("VmHWM:")[2].split()[0]) // 1024)
"""

# what is decoded, just below the limit of a frame
LARGE: dict[str, Callable[[], bytes]] = {
    "RLE": lambda: bombs.rle(1, 7_000),
    "JPEG": lambda: bombs.coded(JPEG, "JPEG", 10_000),
    "JPEG 2000": lambda: bombs.coded(J2K, "JPEG2000", 7_000),
}
TOO_LARGE = ("deflated zeros", "an RLE frame", "a JPEG frame", "a JPEG 2000 frame")


def taken(home: Path, *files: Path, script: str = TAKING) -> tuple[list[str], int]:
    """What became of files in a process of their own: a line of each, and the most memory the process had, in MiB."""
    run = subprocess.run(
        [sys.executable, "-c", dedent(script), str(home), *map(str, files)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    *ends, peak = run.stdout.split()
    return ends, int(peak)


@pytest.mark.parametrize("name", bombs.bombs())
def test_a_bomb_takes_no_more_memory_than_any_other_file(name: str, tmp_path: Path) -> None:
    (tmp_path / "bomb.dcm").write_bytes(bombs.bombs()[name]())

    [end], peak = taken(tmp_path / "home", tmp_path / "bomb.dcm")

    assert peak < _MOST
    assert (Code.TOO_LARGE in end) == name.startswith(TOO_LARGE)


@pytest.mark.parametrize("name", LARGE)
def test_the_largest_frame_that_is_decoded_takes_no_more_memory(name: str, tmp_path: Path) -> None:
    (tmp_path / "large.dcm").write_bytes(LARGE[name]())

    [end], peak = taken(tmp_path / "home", tmp_path / "large.dcm")

    assert (end, peak < _MOST) == ("None", True), peak


def test_a_batch_of_large_headers_takes_no_more_memory_than_one(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.dcm" for number in range(12)]
    for file in files:
        file.write_bytes(bombs.element(40 * bombs.MiB))

    ends, peak = taken(tmp_path / "home", *files)

    assert (ends, peak < _MOST) == (["None"] * len(files), True), peak


def test_images_with_large_headers_are_encoded_in_no_more_memory_than_one(tmp_path: Path) -> None:
    files = [tmp_path / f"{number}.dcm" for number in range(16)]
    for file in files:
        file.write_bytes(bombs.element(40 * bombs.MiB))

    ends, peak = taken(tmp_path / "home", *files, script=ENCODING)

    assert (ends, peak < _MOST) == (["8"] * len(files), True), peak
