"""The reference pages: what `docs/reference/` says, made from the code that it speaks of."""

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from typing import get_type_hints

import click

from obia.plugins.deid_ctp.command import group as deid
from obia.schema import hooks
from obia.schema.errors import Code, exit_status
from obia.schema.graph import LABELS, RELATIONSHIPS, Label, Property, Relationship, Visibility
from obia.server.cli import COMMANDS, cli
from obia.server.cli.ingest import EXPLANATIONS
from obia.server.settings import Settings

_MADE = "This page is made by `make generate`; change what it is made from."
_WIDTH = 100  # columns, as the program itself has at most
_WHERE = {"home": "$XDG_DATA_HOME/obia", "cache": "$XDG_CACHE_HOME/obia"}
_PLUGINS: dict[str, click.Command] = {"deid": deid}
_NOWHERE = {"OBIA_HOME": "/nonexistent"}  # whatever else this user's settings say
_POLICIES = (
    ("register", hooks.REGISTER, "the plugin is set aside and its error shown; a required one stops the start"),
    ("decide", hooks.DECIDE, "the instance is refused: `PLUGIN_FAILED`, or the code of `Rejected`"),
    ("tell", hooks.TELL, "it is logged, and the other plugins are told all the same"),
)
_VISIBLE = {
    Visibility.STATE: "released, or in one's own collection",
    Visibility.CLINICAL: "released, or in one's own collection; of a CONTROLLED collection only with a grant",
    Visibility.INTERNAL: "never through the API's planner",
}


def settings() -> str:
    """Every setting, its default and what it does."""
    rows = [
        (f"`{name}`", f"`OBIA_{name.upper()}`", _default(name, value), text)
        for name, value, _, text in Settings.load(_NOWHERE).describe()
    ]
    return _page(
        "Settings",
        "A setting is `OBIA_NAME` in the environment, or `name` in `OBIA_HOME/obia.toml`; the environment wins.",
        "`home` is set by the environment alone; the list that `plugins` holds is `allow` in `[plugins]` of the file.",
        "`obia settings` shows each value and where it came from, with secrets masked.",
        *_table(("setting", "variable", "default", "what it does"), rows),
    )


def commands() -> str:
    """The help of every command."""
    blocks = []
    for words, command in _commands():
        title = "obia" if not words else f"obia {' '.join(words)}"
        blocks += ["", f"{'#' * (2 + max(len(words) - 1, 0))} `{title}`", "", "```", _help(words, command), "```"]
    return _page("Commands", "What `--help` says of each command.", *blocks)


def hook_page() -> str:
    """Every hook, with its signature and its policy."""
    kinds = {name: kind for kind, names, _ in _POLICIES for name in names}
    policies = [(kind, ", ".join(f"`{name}`" for name in names), text) for kind, names, text in _POLICIES]
    blocks: list[str] = []
    for name in kinds:
        function = getattr(hooks, name)
        blocks += ["", f"## `{name}`", "", "```python", _signature(name), "```", "", _doc(function)]
    return _page(
        "Hooks",
        "A plugin is a module named by an entry point of the group `obia`; a function marked `@hookimpl` fills a hook.",
        "[Write a plugin](../plugins.md) builds one, step by step.",
        "Argument names are API; a plugin may leave out those it does not need.",
        *_table(("kind", "hooks", "when a plugin raises"), policies),
        *blocks,
    )


def graph() -> str:
    """Every label, property and relationship."""
    blocks: list[str] = []
    for label in LABELS:
        blocks += ["", f"## {label.name}", "", label.description, f"Seen: {_VISIBLE[label.visibility]}."]
        blocks += _table(("property", "type", "", "what it is"), [_property(label, each) for each in label.properties])
    return _page(
        "The graph",
        "Labels, properties and relationships, as `schema/graph.py` holds them.",
        "A key is unique by constraint. What is hidden never leaves the server. Dates and times are ISO 8601 text.",
        "What needs pixels is null for viewers who may not see the pixels of that image or annotation; see [Privacy](../privacy.md).",
        "",
        "## Relationships",
        *_table(("relationship", "fields of the API", "what it is"), [_relationship(each) for each in RELATIONSHIPS]),
        *blocks,
    )


def codes() -> str:
    """Every code, its exit status, and what it says of a file."""
    rows = [(f"`{code}`", str(exit_status(code)), EXPLANATIONS.get(code, "")) for code in Code]
    return _page(
        "Codes",
        "One list of codes for GraphQL errors (`extensions.code`), exit statuses and findings.",
        "A plugin may bring codes of its own for files, with its name before a dot: `minne.TOO_SMALL`. Elsewhere they are `REFUSED`.",
        "0 is success, 2 a command line that cannot be read, 130 a stop by Ctrl-C.",
        *_table(("code", "exit status", "of a file that was taken in"), rows),
    )


def script() -> str:
    """The base script of deid_ctp, generated from the vendored table."""
    from obia.plugins.deid_ctp.profile.generator import script_text

    return script_text()


def command_names() -> list[str]:
    """Every command and subcommand, as it is typed after `obia`."""
    return [" ".join(words) for words, command in _commands() if words and not isinstance(command, click.Group)]


def setting_names() -> list[str]:
    """Every setting."""
    return [name for name, *_ in Settings.load(_NOWHERE).describe()]


def hook_names() -> list[str]:
    """Every hook."""
    return [*hooks.REGISTER, *hooks.DECIDE, *hooks.TELL]


def _page(title: str, *lines: str) -> str:
    return "\n".join([f"# {title}", "", *lines, "", _MADE, ""])


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [head, ["---"] * len(head), *rows]
    return ["", *(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)]


def _default(name: str, value: object) -> str:
    if name in _WHERE:
        return f"`{_WHERE[name]}`"
    if value is None or value in ((), ""):
        return ""
    return (
        f"`{','.join(value)}`" if isinstance(value, tuple) else f"`{str(value).lower() if value is False else value}`"
    )


def _commands() -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield (), cli
    for name in [*COMMANDS, *_PLUGINS]:
        command = _command(name)
        yield (name,), command
        if isinstance(command, click.Group):
            for inner, each in command.commands.items():
                yield (name, inner), each


def _command(name: str) -> click.Command:
    """A command of the program, or of a plugin that comes with it."""
    command = _PLUGINS.get(name) or cli.get_command(click.Context(cli), name)
    assert command is not None
    return command


def _help(words: Sequence[str], command: click.Command) -> str:
    """The help page, as wide as the program's own; of the group itself without plugins' commands."""
    context = click.Context(cli, info_name="obia", terminal_width=_WIDTH, **cli.context_settings)
    context.meta["plugin_commands"] = {}
    for number, word in enumerate(words):
        is_last = number == len(words) - 1
        inner = command if is_last else _command(word)
        context = click.Context(inner, parent=context, info_name=word, terminal_width=_WIDTH)
    fresh = copy(command)
    fresh._help_option = (
        None  # click keeps the one it made first: a test that runs a command alone would leave it `--help`
    )
    return fresh.get_help(context).rstrip()


def _signature(name: str) -> str:
    function = getattr(hooks, name)
    hints = get_type_hints(function, localns={"Extension": "Extension"})
    arguments = ", ".join(f"{each}: {_type(hints[each])}" for each in inspect.signature(function).parameters)
    return f"@hookimpl\ndef {name}({arguments}) -> {_type(hints['return'])}: ..."


def _type(hint: object) -> str:
    if hint is type(None):
        return "None"
    text = hint.__name__ if isinstance(hint, type) and not getattr(hint, "__args__", ()) else str(hint)
    text = re.sub(r"\b(collections\.abc|typing|obia\.schema\.(protocols|values|errors))\.", "", text)
    return re.sub(r"ForwardRef\('(\w+)'\)", r"\1", text)


def _doc(thing: object) -> str:
    return " ".join((inspect.getdoc(thing) or "").split())


def _property(label: Label, each: Property) -> tuple[str, str, str, str]:
    marks = [
        "key" if each.name == label.key else "",
        "hidden" if each.is_hidden else "",
        "indexed" if each.is_indexed else "",
        "needs pixels" if each.needs_pixels else "",
    ]
    kind = ", ".join(f"`{value}`" for value in each.enum) if each.enum else f"`{each.scalar}`"
    return f"`{each.name}`", kind, ", ".join(mark for mark in marks if mark), each.description


def _relationship(each: Relationship) -> tuple[str, str, str]:
    fields = [
        f"`{owner}.{field}`"
        for owner, field in ((each.source, each.forward), (each.target, each.backward))
        if field is not None
    ]
    carried = ", ".join(f"`{each.name}`" for each in each.properties)
    text = f"{each.description} It carries {carried}." if carried else each.description
    return f"`(:{each.source})-[:{each.type}]->(:{each.target})`", ", ".join(fields), text
