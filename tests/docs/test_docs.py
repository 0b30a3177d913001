"""The documents: what they show is run, what they name is there."""

import json
import os
import re
from importlib import import_module
from pathlib import Path

import pytest

from obia.schema.errors import Code
from obia.schema.graphql.schema import make_schema
from obia.server.settings import Settings
from tests import reference
from tests.docs import shell
from tests.faults.disturbed import environment
from tests.golden import ROOT

RUN = ("README.md", "docs/tutorial.md", "docs/operate.md", "docs/plugins.md")
ALONE = ("docs/deid.md",)
_LINK = re.compile(r"\]\(([^)#\s]+)(#[^)]*)?\)")
_OBIA = re.compile(r"(?<![\w/.-])(?<!from )obia ((?:[a-z]+)(?: [a-z]+)?)")
_HOOK = re.compile(r"`((?:register|choose|before|after)_[a-z_]+)`")
_VARIABLE = re.compile(r"\bOBIA_[A-Z_]+\b")
_CODE = re.compile(r"`((?!OBIA_)[A-Z]+(?:_[A-Z]+)+)`")
_TARGET = re.compile(r"\bmake ([a-z-]+)")
_PLACE = re.compile(r"`((?:schema|server|plugins)/[\w/.]+?)(?:: ([\w.]+))?`")
_NO_SETTINGS = {"OBIA_NAME"}  # stands for any
_BROUGHT = {"minne"}  # the command of the plugin that docs/plugins.md writes


def names(path: Path) -> str:
    return str(path.relative_to(ROOT))


every_document = pytest.mark.parametrize("path", shell.documents(), ids=names)


@pytest.mark.neo4j
@pytest.mark.parametrize("name", RUN)
def test_a_document_shows_what_its_commands_print(name: str, empty: Settings, tmp_path: Path) -> None:
    differing = shell.run(ROOT / name, tmp_path, environment(empty, OBIA_BATCH_SIZE="200"))

    assert not differing, "\n\n".join(differing)


@pytest.mark.parametrize("name", ALONE)
def test_a_document_of_what_needs_no_archive_shows_what_its_commands_print(name: str, tmp_path: Path) -> None:
    differing = shell.run(ROOT / name, tmp_path, {**os.environ, "OBIA_HOME": str(tmp_path / "home")})

    assert not differing, "\n\n".join(differing)


@pytest.mark.parametrize("name", [*RUN, *ALONE])
def test_a_document_that_is_run_has_commands(name: str) -> None:
    assert any(step.command.startswith("obia ") and step.shown for step in shell.steps(ROOT / name))


@pytest.mark.parametrize(
    ("shown", "printed", "is_same"),
    [
        ("a", "a\n", True),
        ("a ... c", "a b\nb c", True),
        ("a", "a b", False),
        ("a...", "b a", False),
        ("a.c", "abc", False),
    ],
)
def test_dots_stand_for_anything_and_nothing_else_does(shown: str, printed: str, is_same: bool) -> None:
    assert shell.matches(shown, printed) is is_same


@every_document
def test_graphql_in_a_document_is_valid(path: Path) -> None:
    from graphql import parse, validate

    schema = make_schema()._schema

    for block in shell.blocks(path, "graphql"):
        assert not validate(schema, parse(block))


@every_document
def test_json_in_a_document_parses(path: Path) -> None:
    for block in shell.blocks(path, "json"):
        json.loads(block)


@every_document
def test_links_of_a_document_lead_somewhere(path: Path) -> None:
    broken = [
        target
        for target, _ in _LINK.findall(path.read_text(encoding="utf-8"))
        if "://" not in target and not (path.parent / target).exists()
    ]

    assert not broken


@every_document
def test_commands_named_in_a_document_exist(path: Path) -> None:
    known = {"obia"} | _BROUGHT | set(reference.command_names())
    groups = {name.split()[0] for name in known if " " in name}
    unknown = []
    for found in _OBIA.findall(_code(path)):
        first, _, second = found.partition(" ")
        if first in groups and second:
            unknown += [found] if found not in known else []
        elif first not in known | groups:
            unknown.append(found)

    assert not unknown


@every_document
def test_settings_hooks_and_codes_named_in_a_document_exist(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    variables = {f"OBIA_{name.upper()}" for name in reference.setting_names()} | _NO_SETTINGS

    assert set(_VARIABLE.findall(text)) <= variables
    assert set(_HOOK.findall(text)) <= set(reference.hook_names())
    assert set(_CODE.findall(text)) <= {*Code, *_enums()}


@every_document
def test_make_targets_named_in_a_document_exist(path: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert set(_TARGET.findall(_code(path))) <= targets


def test_documents_that_the_program_names_exist() -> None:
    named = {
        found
        for folder in ("schema", "server", "plugins", "obia")
        for path in (ROOT / folder).rglob("*.py")
        for found in re.findall(r"\bdocs/[\w/.-]+\.md", path.read_text(encoding="utf-8"))
    }

    assert named
    assert not [name for name in sorted(named) if not (ROOT / name).is_file()]


def _code(path: Path) -> str:
    """What stands in fences or backticks: the names, not the prose."""
    text = path.read_text(encoding="utf-8")
    fenced = re.findall(r"^```\w*\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL))
    return "\n".join([*fenced, *spans])


def _enums() -> set[str]:
    """Values of the graph model's enums, which look like codes."""
    from obia.schema.graph import LABELS, HoldReason

    values = {str(value) for label in LABELS for each in label.properties if each.enum for value in each.enum}
    return values | set(HoldReason) | {"FAMILY_HISTORY"}  # a kind of the clinical table


ARCHITECTURE = ROOT / "docs" / "architecture.md"


@pytest.mark.parametrize(("path", "name"), sorted(set(_PLACE.findall(ARCHITECTURE.read_text(encoding="utf-8")))))
def test_what_the_architecture_names_exists(path: str, name: str) -> None:
    assert (ROOT / path).exists()

    found: object = import_module("obia." + path.removesuffix(".py").replace("/", ".")) if name else None
    for part in name.split(".") if name else ():
        found = getattr(found, part)
