"""Logs hold no value of an original, whatever libraries say of it and whenever they are imported."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path

import pydicom
import pytest
from pydicom.encaps import encapsulate, generate_frames

from tests import make

PLANTED = "Zwiebelfisch"
START = """
import asyncio, gc, logging, sys, threading, warnings
from obia.server.log import configure_logging
configure_logging("DEBUG")
def fail(*_): raise ValueError("Zwiebelfisch")
"""
CASES = {
    "a value that cannot be converted": """
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.tag import Tag
for is_debugged in (False, True):
    pydicom.config.debug(is_debugged, default_handler=False)
    header = pydicom.Dataset()
    for tag, vr in ((0x00080005, "CS"), (0x00281050, "DS"), (0x00080020, "DA")):
        header[tag] = RawDataElement(Tag(tag), vr, 12, b"Zwiebelfisch", 0, True, True)
    for work in (header.decode, lambda: header.walk(lambda *_: None), lambda: str(header)):
        try: work()
        except Exception: logging.getLogger("obia.intake").warning("refused")
""",
    "loggers of libraries": """
import pydicom
for name in ("pydicom", "pydicom.x", "PIL.PngImagePlugin", "_openjpeg", "openjpeg", "pylibjpeg", "rle", "gdcm", "neo4j.io"):
    logger = logging.getLogger(name)
    logger.setLevel(logging.DEBUG)
    for level in (logging.DEBUG, logging.WARNING, logging.CRITICAL):
        logger.log(level, "Zwiebelfisch")
""",
    "a logger of no handlers": """
logger = logging.getLogger("pydicom")
logger.propagate = False
logger.critical("Zwiebelfisch")
""",
    "warnings": """
warnings.resetwarnings()
warnings.simplefilter("always")
warnings.warn("Zwiebelfisch")
warnings.warn_explicit("Zwiebelfisch", UserWarning, "pydicom/valuerep.py", 1, "pydicom.valuerep")
""",
    "an exception in a log": """
try: fail()
except ValueError: logging.getLogger("obia").exception("it failed")
""",
    "an exception in a thread": """
thread = threading.Thread(target=fail)
thread.start()
thread.join()
""",
    "an exception in a finalizer": """
class Lost: __del__ = fail
Lost()
""",
    "an exception in a task": """
async def main():
    async def task(): fail()
    asyncio.create_task(task())
    await asyncio.sleep(0.1)
    gc.collect()
asyncio.run(main())
""",
}


def stderr_of(program: str) -> str:
    """What a program says on standard error."""
    command = [sys.executable, "-W", "always", "-c", program]
    run = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    return run.stderr


@pytest.mark.parametrize("case", CASES)
def test_no_value_reaches_the_log(case: str) -> None:
    said = stderr_of(START + CASES[case] + "logging.getLogger('obia').warning('the end')")

    assert "the end" in said
    assert PLANTED not in said


@pytest.mark.parametrize("case", [name for name in CASES if name.startswith("an exception")])
def test_a_failure_is_told_by_its_type_and_place(case: str) -> None:
    assert "ValueError at fail:" in stderr_of(START + CASES[case])


def test_a_decoder_that_stumbles_says_nothing_of_the_stream(tmp_path: Path) -> None:
    for number, marker in enumerate((b"\xff\xfe", b"\xff\xe1", b"\xff\xc4")):
        dataset = pydicom.dcmread(BytesIO(make.data(make.image(make.array(bits=8)), make.JPEG)))
        [frame] = generate_frames(dataset.PixelData, number_of_frames=1)
        planted = marker + (len(PLANTED) + 2).to_bytes(2) + PLANTED.encode()
        dataset.PixelData = encapsulate([frame[:2] + planted + frame[2:-400] + planted * 9])
        make.file(tmp_path / f"{number}.dcm", dataset)
    program = (
        START
        + """
from pathlib import Path
from obia.server.intake.reading import read
from obia.server.pixels import decode
for path in sorted(Path(sys.argv[1]).iterdir()):
    found = read(path, "a1b2", "OBIA0001")
    try: decode(found.meta, found.header, found.pixels)
    except Exception: pass
logging.getLogger("obia").warning("the end")
"""
    )

    run = subprocess.run(
        [sys.executable, "-c", program, tmp_path], capture_output=True, text=True, check=True, timeout=60
    )

    assert "the end" in run.stderr
    assert PLANTED not in run.stderr


def test_refusals_are_logged_once_a_minute_each() -> None:
    text = """
import logging
from obia.server.log import REFUSALS, configure_logging
configure_logging("INFO")
for code in ("FORBIDDEN", "FORBIDDEN", "TIMEOUT", "FORBIDDEN"):
    logging.getLogger(REFUSALS).info("refused with %s", code)
"""
    done = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=True)

    assert [line.rpartition(" ")[2] for line in done.stderr.splitlines()] == ["FORBIDDEN", "TIMEOUT"]
