"""Golden files are fresh, and every promise has a test."""

import re
from pathlib import Path

import pytest

from obia.schema import hooks
from tests import golden, reference

_HERE = {"test_golden.py", "reference.py", "golden.py"}  # what only lists names tests nothing
_UNTESTED: dict[str, str] = {}
"""Names without a test of their own, and why that is all right."""


@pytest.mark.parametrize("path", golden.GOLDEN)
def test_a_golden_file_is_fresh(path: str) -> None:
    assert (golden.ROOT / path).read_text(encoding="utf-8") == golden.GOLDEN[path](), "run `make generate`"


def test_a_changed_golden_file_is_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "page.md").write_text("old")
    stale = golden.stale({"page.md": lambda: "new", "missing.md": lambda: "new"}, tmp_path)

    assert stale == ["page.md", "missing.md"]


def test_every_hook_is_in_one_table_of_policies() -> None:
    defined = {name for name, value in vars(hooks).items() if hasattr(value, f"{hooks.PROJECT}_spec")}

    assert sorted(reference.hook_names()) == sorted(defined)


@pytest.mark.parametrize("name", reference.hook_names())
def test_every_hook_has_a_test(name: str) -> None:
    assert _is_tested(name, rf"\b{name}\b")


@pytest.mark.parametrize("name", reference.setting_names())
def test_every_setting_has_a_test(name: str) -> None:
    assert _is_tested(name, rf"\b{name}=|\bOBIA_{name.upper()}\b|\b{name} = |settings\.{name}\b|\[\"{name}\"\]")


@pytest.mark.parametrize("name", reference.command_names())
def test_every_command_has_a_test(name: str) -> None:
    words = name.split()
    typed = rf"\$ obia {name}\b|\(obia {name}\b"  # a document that is run
    called = r"[\"'],\s*[\"']".join(words)

    assert _is_tested(name, rf"[\"']{called}[\"']|{typed}|obia {name}\b")


def _is_tested(name: str, pattern: str) -> bool:
    """Whether a test, or a document that is run as one, speaks of it; an exception must still be one."""
    is_there = re.search(pattern, _spoken()) is not None
    if name in _UNTESTED:
        assert not is_there, f"{name} has a test now; take it off the list"
        return True
    return is_there


def _spoken() -> str:
    tests = [path for path in (golden.ROOT / "tests").rglob("*.py") if path.name not in _HERE]
    run = [golden.ROOT / name for name in ("README.md", "docs/tutorial.md", "docs/operate.md")]
    return "\n".join(path.read_text(encoding="utf-8") for path in [*tests, *run])
