"""Plans: everything that decides what becomes of a file, read from the command line and checked before the first file."""

import codecs
import hashlib
import hmac
import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import click

from obia import BadInput, Code, NotFound, ObiaError
from obia.plugins.deid_ctp.command.keyfile import Key

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.language.lookup_table import Lookup
    from obia.plugins.deid_ctp.language.script import Script

Mode = Literal["strict", "safe"]
_BASE = "base.script"
_DECLARED = re.compile(rb"\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_LOOKUP = re.compile(r"@\s*lookup\s*\(")
_INTEGER = re.compile(r"@\s*integer\s*\(")


@dataclass(frozen=True, slots=True)
class Text:
    """A text file of the operator's, by its name alone."""

    name: str
    text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """The digest of the text."""
        return hashlib.sha256(self.text.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Texts:
    """The texts that say what is to be done."""

    script: Text
    lookup: Text | None = None
    pixels: Text | None = None
    filter: Text | None = None

    @classmethod
    def read(
        cls, script: Text, lookup: Path | None = None, pixels: Path | None = None, filter_: Path | None = None
    ) -> "Texts":
        """Read the files beside a script. Raises ObiaError naming the one that cannot be."""
        return cls(
            script,
            None if lookup is None else read_text(lookup, "lookup table", Code.BAD_TABLE),
            None if pixels is None else read_text(pixels, "pixel script", Code.BAD_SCRIPT),
            None if filter_ is None else read_text(filter_, "filter", Code.BAD_SCRIPT),
        )

    def check(self, mode: Mode) -> None:
        """Parse what can be parsed, and say how much of it is faulty. Raises ObiaError BAD_SCRIPT or BAD_TABLE, also for
        what does nothing, and was hardly meant."""
        script = parse_script(self.script)
        if script.does_nothing:
            raise ObiaError(
                f"{self.script.name} has no rule that changes anything: is it a CTP anonymizer script?", Code.BAD_SCRIPT
            )
        if found := _doubts(script, self.script):
            click.echo(f"{self.script.name}: {', '.join(found)}; `obia deid lint` says where", err=True)
        if self.lookup is not None:
            parse_lookup(self.lookup, mode)
        elif _LOOKUP.search(self.script.text):
            click.echo(f"{self.script.name} looks values up, and no table is given: --lookup names one", err=True)
        if self.filter is not None:
            _check_filter(self.filter)
        if self.pixels is not None:
            _check_pixels(self.pixels)

    def digest(self, mode: Mode, key: Key) -> str:
        """A keyed digest of all that decides the output, the time aside: whether a run goes on with what one began."""
        texts = [each.text if each else None for each in (self.script, self.lookup, self.pixels, self.filter)]
        message = json.dumps([mode, *texts]).encode()
        return hmac.new(key.subkey("plan"), message, hashlib.sha256).hexdigest()


def _doubts(script: "Script", text: Text) -> list[str]:
    """What of a script was hardly meant, by number."""
    from obia.plugins.deid_ctp.command.linting import doubts

    found = [f"faults: {len(script.faults)}"] if script.faults else []
    return found + doubts(script, text.text)


def _check_filter(text: Text) -> None:
    from obia.plugins.deid_ctp.language.filters import Filter

    if not Filter(text.text).is_expression:
        raise ObiaError(f"the filter {text.name} is no expression, and would hold for no file", Code.BAD_SCRIPT)


def _check_pixels(text: Text) -> None:
    from obia.plugins.deid_ctp.pixels.regions import signatures

    found = list(signatures(text.text))
    bad = [str(at) for at, each in enumerate(found, 1) if not each.filter.is_expression or not each.regions]
    if len(bad) == len(found):
        raise ObiaError(
            f"the pixel script {text.name} blanks nothing: it needs a filter in braces, and regions (x,y,w,h) behind it",
            Code.BAD_SCRIPT,
        )
    if bad:
        click.echo(f"{text.name}: of the signatures these blank nothing, by number: {', '.join(bad)}", err=True)


@dataclass(frozen=True, slots=True)
class Plan:
    """All that decides the output: two runs of one plan give the same."""

    texts: Texts
    mode: Mode
    key: Key
    now: datetime

    @property
    def numbers(self) -> bool:
        """Whether the script numbers values by first appearance, and so wants its files in order."""
        return _INTEGER.search(self.texts.script.text) is not None


def read_text(path: Path, what: str, code: Code = Code.BAD_INPUT) -> Text:
    """Read a text file of the operator's. Raises ObiaError naming it."""
    try:
        return Text(path.name, _decoded(path.read_bytes()))
    except (UnicodeError, LookupError):
        raise ObiaError(
            f"the {what} {path.name} is not UTF-8 text, nor in the encoding that it declares", code
        ) from None
    except FileNotFoundError:
        raise NotFound(f"the {what} {path.name} is not there") from None
    except OSError as error:
        raise ObiaError(f"the {what} {path.name or path} cannot be read: {error.strerror}", code) from None


def _decoded(content: bytes) -> str:
    """Decode a text, by its byte order mark or XML declaration where it has one; lines end as they do in any text."""
    declared = _DECLARED.match(content)
    is_utf_16 = content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    codec = "utf-16" if is_utf_16 else declared[1].decode("ascii") if declared else "utf-8-sig"
    return content.decode(codec).replace("\r\n", "\n").replace("\r", "\n")


def read_script(path: Path | None) -> Text:
    """Read a script; without a path, OBIA's own."""
    if path is not None:
        return read_text(path, "script", Code.BAD_SCRIPT)
    from importlib.resources import files

    return Text(_BASE, (files("obia.plugins.deid_ctp") / _BASE).read_text(encoding="utf-8"))


def parse_script(text: Text) -> "Script":
    """Parse a script; what is wrong names the file. Raises ObiaError BAD_SCRIPT."""
    from obia.plugins.deid_ctp.language.script import Script

    try:
        return Script.parse(text.text, text.name)
    except ObiaError as error:
        raise ObiaError(f"{text.name}: {error.message}", error.code) from None


def parse_lookup(text: Text, mode: Mode) -> "Lookup":
    """Parse a lookup table. Raises ObiaError BAD_TABLE."""
    from obia.plugins.deid_ctp.language.lookup_table import Lookup

    if not text.name.lower().endswith(".csv"):
        return Lookup.parse(text.text)
    return Lookup() if mode == "strict" else Lookup.parse_csv(text.text)


def parse_moment(text: str | None) -> datetime | None:
    """Read an ISO 8601 time of the wall clock. Raises BadInput."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise BadInput(f"--now {text!r} is no ISO 8601 time; write it as 2026-01-31T12:00:00") from None
    if moment.tzinfo is not None:
        raise BadInput("--now has a time zone, and scripts know none; leave it out")
    return moment


script_option = click.option(
    "--script",
    "-s",
    type=click.Path(path_type=Path, readable=False),
    help="A CTP anonymizer script; without one, OBIA's base script.",
)
script_argument = click.argument("script", type=click.Path(path_type=Path, readable=False), required=False)
lookup_option = click.option(
    "--lookup", "-l", type=click.Path(path_type=Path, readable=False), help="The lookup table, .properties or .csv."
)
key_option = click.option(
    "--key",
    "-k",
    type=click.Path(path_type=Path, readable=False),
    help="The key file of the run; without one, the archive's.",
)
mode_option = click.option(
    "--mode",
    type=click.Choice(["safe", "strict"]),
    default="safe",
    show_default=True,
    help="safe closes CTP's holes; strict is CTP, holes included.",
)
