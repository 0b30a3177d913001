"""Native libraries cannot write to the terminal; what is ours can."""

import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests import bad_input

SILENCED = """
    import logging, os, sys
    import click
    from obia.server.log import configure_logging
    from obia.server.quiet import native_libraries_silenced

    configure_logging("INFO")
    with native_libraries_silenced():
        os.write(2, b"ZQPLANTED of a native library")
        logging.getLogger("obia").info("logged")
        click.echo("echoed", err=True)
        with click.progressbar(length=1, label="bar", file=sys.stderr) as bar:
            bar.update(1)
    os.write(2, b"afterwards\\n")
    logging.getLogger("obia").info("logged afterwards")
"""

DECODED = """
    import sys
    from pathlib import Path
    from obia.schema.errors import Rejected
    from obia.server.cli.running import reading_originals
    from obia.server.pixels import preview

    with reading_originals():
        try:
            preview(Path(sys.argv[1]))
        except Rejected:
            print("refused")
"""

FAILING = """
    from obia.server.cli import running

    class Panic(BaseException): ...

    try:
        with running.reading_originals():
            raise Panic("ZQPLANTED")
    except running.ObiaError as error:
        print(error.code, error.message)
"""


def test_what_is_ours_reaches_standard_error_and_nothing_else_does() -> None:
    run = _run(SILENCED)

    assert "ZQPLANTED" not in run.stderr
    for ours in ("obia: logged\n", "echoed", "bar", "afterwards", "logged afterwards"):
        assert ours in run.stderr


def test_a_panic_writes_nothing_to_standard_error(tmp_path: Path) -> None:
    path = tmp_path / "panicking.dcm"
    path.write_bytes(bad_input.panicking())

    run = _run(DECODED, str(path))

    assert (run.stdout, run.stderr) == ("refused\n", "")


def test_an_exception_that_passes_the_border_is_one_line_with_its_place_alone() -> None:
    run = _run(FAILING)

    assert run.stdout.startswith("INTERNAL an unexpected error ended the run: Panic at <module>:")
    assert "ZQPLANTED" not in run.stdout + run.stderr


def _run(source: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", dedent(source), *arguments], capture_output=True, text=True, timeout=120, check=True
    )
