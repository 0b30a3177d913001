"""Drawing: what a child process brings back, and that nothing it does harms its parent."""

import os
import subprocess
import sys
import time
from pathlib import Path

import anyio
import pytest

from obia.schema.errors import Code, ObiaError
from obia.server.http import drawing
from obia.server.http.drawing import Drawing, Drawn
from tests import make

pytestmark = pytest.mark.anyio

IMPORTS = """
import sys, anyio
from pathlib import Path
from obia.server.http.drawing import Drawing
picture = anyio.run(Drawing(30).draw, Path(sys.argv[1]), 1)
assert picture.startswith(b"\\x89PNG")
print([name for name in ("pydicom", "PIL", "gdcm", "numpy") if name in sys.modules])
"""


async def test_a_frame_is_drawn_as_png(tmp_path: Path) -> None:
    path = make.file(tmp_path / "image.dcm")

    picture = await Drawing(30).draw(path, 1)

    assert picture.startswith(b"\x89PNG")


def test_the_parent_of_a_drawing_imports_no_decoder(tmp_path: Path) -> None:
    path = make.file(tmp_path / "image.dcm")

    run = subprocess.run([sys.executable, "-c", IMPORTS, str(path)], capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(("frame", "code"), [(2, Code.NOT_FOUND), (0, Code.NOT_FOUND)])
async def test_a_frame_that_is_not_there_is_told_by_its_code(tmp_path: Path, frame: int, code: Code) -> None:
    path = make.file(tmp_path / "image.dcm")

    with pytest.raises(ObiaError) as caught:
        await Drawing(30).draw(path, frame)

    assert caught.value.code is code


async def test_a_drawing_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    codes = set()

    for seconds in (2, 8, 32, 128):  # on a busy machine it takes a while until a child has started
        with pytest.raises(ObiaError) as caught:
            await Drawing(seconds, _hang).draw(tmp_path / "pid", 1)
        codes.add(caught.value.code)
        if has_started(tmp_path / "pid"):
            break

    assert codes == {Code.TIMEOUT}
    assert not is_alive(tmp_path / "pid")


async def test_a_drawing_that_dies_is_one_error_and_the_next_one_works(tmp_path: Path) -> None:
    path = make.file(tmp_path / "image.dcm")

    with pytest.raises(ObiaError) as caught:
        await Drawing(30, _die).draw(path, 1)

    assert caught.value.code is Code.BAD_PIXELS
    assert (await Drawing(30).draw(path, 1)).startswith(b"\x89PNG")


async def test_a_drawing_has_a_limit_of_memory(tmp_path: Path) -> None:
    with pytest.raises(ObiaError) as caught:
        await Drawing(30, _swell).draw(tmp_path, 1)

    assert caught.value.code is Code.TOO_LARGE


async def test_a_file_that_is_not_there_or_is_none_is_told_by_its_code(tmp_path: Path) -> None:
    (tmp_path / "broken.dcm").write_bytes(b"\0" * 128 + b"DICM")
    codes = []

    for name in ("missing.dcm", "broken.dcm"):
        with pytest.raises(ObiaError) as caught:
            await Drawing(30).draw(tmp_path / name, 1)
        codes.append(caught.value.code)

    assert codes == [Code.STORE_UNAVAILABLE, Code.UNREADABLE]


def has_started(path: Path) -> bool:
    """Whether the process that writes its number into this file has done so."""
    return path.exists()


def is_alive(path: Path) -> bool:
    """Whether the process whose number stands in this file lives."""
    return Path("/proc", path.read_text()).exists()


def _hang(path: str, _frame: int) -> Drawn:
    Path(path).write_text(str(os.getpid()))
    time.sleep(3600)
    raise AssertionError


def _die(_path: str, _frame: int) -> Drawn:
    os.abort()


def _swell(_path: str, _frame: int) -> Drawn:
    drawing._confine()
    try:
        return bytes(drawing._MEMORY)
    except MemoryError:
        return Code.TOO_LARGE.value, "too large"


async def test_a_client_that_draws_keeps_no_other_waiting(tmp_path: Path) -> None:
    path = make.file(tmp_path / "image.dcm")
    drawing = Drawing(120, _draw_or_hang)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(drawing.draw, tmp_path / f"hang {number}", 1, "192.0.2.1")
        picture = await drawing.draw(path, 1, "192.0.2.2")
        group.cancel_scope.cancel()
    await drawing.finish()

    assert picture.startswith(b"\x89PNG")
    assert len(started(tmp_path)) <= 1


def started(folder: Path) -> list[Path]:
    """The drawings that have begun to hang."""
    return list(folder.glob("hang *"))


def _draw_or_hang(path: str, frame: int) -> Drawn:
    return _hang(path, frame) if "hang" in path else drawing.draw(path, frame)
