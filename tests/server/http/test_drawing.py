"""Drawing: what a child process brings back, and that nothing it does harms its parent."""

import os
import subprocess
import sys
from pathlib import Path

import anyio
import anyio.to_process
import pytest

from obia.schema.errors import Code, ObiaError
from obia.server.http import drawing
from obia.server.http.drawing import Drawing, draw
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


def confined_size() -> int:
    """In the child: ask for more memory than there is."""
    drawing._confine()
    try:
        return len(bytearray(drawing._MEMORY))
    except MemoryError:
        return -1


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
    pipe = tmp_path / "pipe.dcm"
    os.mkfifo(pipe)  # opening it waits for ever, as a decoder might

    with pytest.raises(ObiaError) as caught, anyio.fail_after(10):
        await Drawing(2).draw(pipe, 1)

    assert caught.value.code is Code.TIMEOUT


async def test_a_drawing_has_a_limit_of_memory() -> None:
    got = await anyio.to_process.run_sync(confined_size)

    assert got == -1


async def test_a_child_that_dies_is_one_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = make.file(tmp_path / "image.dcm")
    monkeypatch.setattr(drawing, "draw", os._exit_now if hasattr(os, "_exit_now") else _die)

    with pytest.raises(ObiaError) as caught:
        await Drawing(30).draw(path, 1)

    assert caught.value.code is Code.BAD_PIXELS


def _die(_path: str, _frame: int) -> bytes:
    os.abort()


def test_drawing_names_what_it_cannot_read(tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            f"from obia.server.http.drawing import draw; print(draw({str(tmp_path / 'no')!r}, 1)[0])",
        ],
        capture_output=True,
        text=True,
        check=True,
    )

    assert run.stdout.strip() == Code.STORE_UNAVAILABLE
    assert draw.__module__ == "obia.server.http.drawing"
