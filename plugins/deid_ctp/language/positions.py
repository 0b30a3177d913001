"""Places: every line of a script with where it stands, those that a later line overrules too."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from obia.plugins.deid_ctp.language.java_properties import read_properties
from obia.plugins.deid_ctp.language.java_text import trim
from obia.plugins.deid_ctp.language.references import PrivateTag, parse_tag

_SET = re.compile(r"set\.(\[[0-9a-fA-F]{4},(?:[0-9a-fA-F]{4}|\[[^\]]+\][0-9a-fA-F]{2})\])(.*)", re.S)
_TAG = re.compile(rb"<(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")
_ENTITY = re.compile(r"&[#\w]+;|\r\n")


@dataclass(frozen=True, slots=True)
class Entry:
    """One rule of a script: an element with its expression, or a global by its key, such as `remove.curves`."""

    key: str
    target: int | PrivateTag | None
    name: str
    text: str
    line: int
    column: int
    raw: str = field(default="", repr=False)

    def place(self, at: int = 0) -> tuple[int, int]:
        """Line and column, from 1, of a character of the expression; of the rule itself where the text is not at hand."""
        if not self.raw:
            return self.line, self.column
        source = _offset(self.raw, at)
        before = self.raw[:source]
        line = before.count("\n")
        return self.line + line, source - before.rfind("\n") if line else self.column + source


def entries(text: str) -> list[Entry]:
    """Every enabled rule, in order; of a script that has been parsed before."""
    is_xml = re.search(r"^[^\S\n]*<", text, re.M) is not None
    return list(_of_xml(text) if is_xml else _of_properties(text))


def _offset(raw: str, at: int) -> int:
    """Where in the source a character of the read text stands: an entity is one, and white space in front is none."""
    source = len(raw) - len(raw.lstrip())
    while at > 0 and source < len(raw):
        found = _ENTITY.match(raw, source)
        source = found.end() if found else source + 1
        at -= 1
    return source


def _of_properties(text: str) -> Iterator[Entry]:
    lines = re.split(r"\r\n|\n|\r", text)
    for key, value, line in read_properties(text):
        found = _SET.fullmatch(key)
        if found is None and not key.startswith(("param.", "keep.", "remove.")):
            continue
        whole = lines[line - 1]
        split = re.match(r"\s*(?:\\.|[^\\=: \t])+[ \t]*[=:]?[ \t]*", whole)
        column = split.end() if split else 0
        yield Entry(
            key if found is None else f"set.{parse_tag(found[1])}",
            None if found is None else parse_tag(found[1]),
            "" if found is None else found[2],
            trim(value),
            line,
            column + 1,
            whole[column:] if found else "",
        )


def _of_xml(text: str) -> Iterator[Entry]:
    text = text.lstrip("\ufeff")
    encoded = text.encode("utf-8", "surrogatepass")
    parser = expat.ParserCreate("utf-8")
    opened: list[tuple[str, dict[str, str], int]] = []
    found: list[tuple[str, dict[str, str], int, int]] = []

    def start(name: str, attributes: dict[str, str]) -> None:
        tag = _TAG.match(encoded, parser.CurrentByteIndex)
        opened.append((name, attributes, tag.end() if tag else parser.CurrentByteIndex))

    def finish(_: str) -> None:
        name, attributes, begin = opened.pop()
        found.append((name, attributes, begin, max(begin, parser.CurrentByteIndex)))

    parser.StartElementHandler, parser.EndElementHandler = start, finish
    parser.Parse(encoded, True)
    line, counted = 1, 0
    for name, attributes, begin, end in found:
        if name == "script" or (name != "p" and attributes.get("en") != "T"):
            continue
        line, counted = line + encoded.count(b"\n", counted, begin), begin
        column = len(encoded[encoded.rfind(b"\n", 0, begin) + 1 : begin].decode("utf-8", "replace")) + 1
        yield _entry(name, attributes, line, column, encoded[begin:end].decode("utf-8", "replace"))


def _entry(name: str, attributes: dict[str, str], line: int, column: int, raw: str) -> Entry:
    t = attributes["t"].strip()
    if name == "e":
        target = parse_tag(t)
        return Entry(f"set.{target}", target, attributes.get("n", ""), trim(_plain(raw)), line, column, raw)
    key = {
        "p": f"param.{attributes['t']}",
        "k": f"keep.{'safeprivateelements' if t.startswith('safe') else 'group' + t}",
    }
    return Entry(key.get(name, f"remove.{t}"), None, "", trim(_plain(raw)), line, column)


def _plain(raw: str) -> str:
    """The text of an element's content: no comments, entities as what they stand for."""
    collected: list[str] = []
    parser = expat.ParserCreate("utf-8")
    parser.CharacterDataHandler = collected.append
    try:
        parser.Parse(f"<x>{raw}</x>".encode("utf-8", "surrogatepass"), True)
    except expat.ExpatError:
        return raw
    return "".join(collected)
