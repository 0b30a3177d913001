"""Hazards: where the real CTP does otherwise than a script's author thinks, found in the script itself."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from obia.plugins.deid_ctp.command.places import Entry, entries
from obia.plugins.deid_ctp.command.plan import Mode, Text
from obia.plugins.deid_ctp.command.syntax import Called, Words, calls, parse
from obia.plugins.deid_ctp.elements import standard_vr
from obia.plugins.deid_ctp.functions import FUNCTIONS
from obia.plugins.deid_ctp.functions.directives import DIRECTIVES
from obia.plugins.deid_ctp.references import PrivateTag
from obia.plugins.deid_ctp.script import Script

_CODE_SEQUENCE, _CHARACTER_SET, _PIXELS = 0x00120064, 0x00080005, 0x7FE00010
_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_NUMBERS = frozenset(("US", "SS", "UL", "SL", "FL", "FD", "AT", "SV", "UV"))
_MOVES = ("incrementdate", "hashdate", "modifydate")
_HASHES = ("hash", "hashname", "hashptid", "hashuid", "hashdate")
_KEPT = ("keep", "process", "require")
_WELL_FORMED = {
    "DA": re.compile(r"\d{8}|\d{4}\.\d\d\.\d\d", re.A),
    "TM": re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?|\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?", re.A),
    "DT": re.compile(r"\d{4}(?:\d{2}){0,5}(?:\.\d{1,6})?", re.A),
}
_FAULT = re.compile(r"line \d+, .*?\]: (?:column (\d+): )?(.*)", re.S)


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is wrong, and the way out; `is_strict` says that safe mode closes it."""

    code: str
    title: str
    way_out: str
    is_strict: bool = True


@dataclass(frozen=True, slots=True)
class Found:
    """A hazard at its place; `about` is the element, or the global, and what is special about it there."""

    hazard: Hazard
    line: int
    column: int
    about: str


def _hazards(*rows: tuple[str, str, str, bool]) -> dict[str, Hazard]:
    return {code: Hazard(code, title, way_out, is_strict) for code, title, way_out, is_strict in rows}


HAZARDS: Mapping[str, Hazard] = _hazards(
    (
        "unknown-function",
        "a function that CTP does not have is written into the output as it stands",
        "mend its name; safe mode empties the element",
        False,
    ),
    ("fault", "CTP takes it, and does something else than it seems to say", "mend it as the line says", False),
    (
        "sequences-untouched",
        "CTP leaves sequences whole, names in them too, unless a rule says @process()",
        "write @process() for the sequence, or remove unspecified elements; safe mode walks every sequence",
        True,
    ),
    (
        "curves-inert",
        "CTP's switch that removes curves removes none unless unspecified elements are removed too",
        "turn on unspecifiedelements, or run in safe mode, where curves go",
        True,
    ),
    (
        "original-stays",
        "the element cannot take this value, and CTP then leaves the original in place",
        "write @remove(), or for a sequence @process(); safe mode empties the element",
        True,
    ),
    (
        "dashed-dates",
        "a date written with dashes, 2021-03-15, moves, cannot be put back, and so the original stays",
        "take the dashes out before CTP sees the file, or run in safe mode",
        True,
    ),
    (
        "zoned-times",
        "CTP empties a DT with a time zone, such as 20210315101500+0800, instead of moving it",
        "expect empty values, or run in safe mode, which moves the day and keeps the zone",
        True,
    ),
    (
        "rounded-decimals",
        "@round drops the point: 82.5 becomes 825 before it is rounded",
        'cut the fraction instead, @contents(this,"\\\\..*",""), or run in safe mode',
        True,
    ),
    (
        "csv-lookup",
        "CTP loads nothing from a table in CSV, so that every lookup misses",
        "write it as key=value lines; safe mode reads CSV",
        True,
    ),
    (
        "guessable-hash",
        "CTP's hashes are MD5 without a key: whoever has a list of IDs or names can undo them",
        "run in safe mode, which keys every hash",
        True,
    ),
    (
        "compressed-pixels",
        "CTP passes compressed images on unblanked, all but JPEG Baseline",
        "run in safe mode, which decodes them or refuses",
        True,
    ),
    (
        "no-extension",
        "CTP has no extension of that name, and quarantines every file that comes to it",
        "say the value itself; in safe mode @call(dummy) is a value that says nothing",
        True,
    ),
    (
        "undefined-parameter",
        "the parameter is not declared: CTP takes it for nothing, or writes the call itself",
        'declare it with <p t="NAME">value</p>',
        False,
    ),
    (
        "undeclared-offset",
        "@DATEINC is not declared: CTP empties every date",
        'declare it with <p t="DATEINC">-days</p>, or run in safe mode, which has days of each patient\'s own',
        True,
    ),
    ("scripted-twice", "the element has a rule already; the last one wins", "leave one of them", False),
    (
        "overruled",
        "the switch that removes overlays goes before this rule, which never runs",
        "turn the switch off, or leave the rule out",
        False,
    ),
    (
        "no-effect",
        "CTP does not heed a rule for this element",
        "leave the rule out; file meta is built anew, and pixels are for a pixel script",
        False,
    ),
    (
        "charset-rewritten",
        "another character set is declared, and text that stays is not written anew in it",
        "leave Specific Character Set as it is; safe mode does",
        True,
    ),
    (
        "empty-rule",
        "an enabled rule without text empties the element; it does not keep or remove it",
        "write @empty(), @keep() or @remove(), whichever is meant",
        False,
    ),
)


def lint(script: Script, text: Text, mode: Mode, lookup: Text | None = None, pixels: Text | None = None) -> list[Found]:
    """Find the hazards of a script; with safe mode, those that it does not close."""
    found = [*_of_script(script, text.text)]
    if lookup is not None and lookup.name.lower().endswith(".csv"):
        found.append(Found(HAZARDS["csv-lookup"], 1, 1, lookup.name))
    if pixels is not None:
        found.append(Found(HAZARDS["compressed-pixels"], 1, 1, pixels.name))
    wanted = [each for each in found if mode == "strict" or not each.hazard.is_strict]
    return sorted(wanted, key=lambda each: (each.line, each.column, each.hazard.code))


def _of_script(script: Script, text: str) -> Iterator[Found]:
    rules = entries(text)
    latest = {each.key: each for each in rules}
    for each in rules:
        if latest[each.key] is not each and each.target is not None:
            yield _at(latest[each.key], "scripted-twice", more=f"first on line {each.line}")
    for each in latest.values():
        if each.target is not None:
            yield from _of_rule(each, script)
        elif each.key == "remove.curves" and "unspecifiedelements" not in script.removes:
            yield Found(HAZARDS["curves-inert"], each.line, each.column, "remove curves")
    if "unspecifiedelements" not in script.removes and not any(map(_walks, latest.values())):
        yield Found(HAZARDS["sequences-untouched"], 1, 1, "no rule walks a sequence")


def _walks(rule: Entry) -> bool:
    return any(call.name == "process" for call in calls(parse(rule.text)))


def _at(rule: Entry, code: str, at: int = 0, more: str = "") -> Found:
    line, column = rule.place(at)
    name = element_name(rule)
    return Found(HAZARDS[code], line, column, f"{name}: {more}" if more else name)


def element_name(rule: Entry) -> str:
    """A rule's element, by tag and name."""
    target = rule.target
    if isinstance(target, PrivateTag):
        return f"({target.group:04x},[{target.creator}]{target.element:02x}) {rule.name}".rstrip()
    number = target or 0
    return f"({number >> 16:04x},{number & 0xFFFF:04x}) {rule.name or _keyword(number)}".rstrip()


@lru_cache(4096)
def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag)


def _of_rule(rule: Entry, script: Script) -> Iterator[Found]:
    tree = parse(rule.text)
    target = rule.target if isinstance(rule.target, int) else 0
    vr = (standard_vr(target) or "") if target else ""
    if not rule.text:
        yield _at(rule, "empty-rule")
    yield from _of_faults(rule, script)
    yield from _of_target(rule, target, script)
    yield from _of_value(rule, tree, target, vr)
    for call in calls(tree):
        for check in _CALLS:
            yield from check(rule, call, vr, script)


def _of_faults(rule: Entry, script: Script) -> Iterator[Found]:
    """What the parser itself noted, unknown functions aside."""
    target = rule.target
    expression = script.privates.get(target) if isinstance(target, PrivateTag) else script.elements.get(target or 0)
    for fault in expression.faults if expression is not None and expression.text == rule.text else ():
        found = re.match(r"column (\d+): (.*)", fault, re.S)
        message = found[2] if found else fault
        if not message.endswith("is not a function"):
            yield _at(rule, "fault", int(found[1]) - 1 if found else 0, message)


def _of_target(rule: Entry, target: int, script: Script) -> Iterator[Found]:
    group = target >> 16
    if group & 0xFF00 == 0x6000 and not target & 0x10000 and "overlays" in script.removes:
        yield _at(rule, "overruled")
    if group == 0x0002 or (target and target & 0xFFFF == 0) or target == _PIXELS:
        yield _at(rule, "no-effect")
    if target == _CHARACTER_SET and rule.text not in ("@keep()", "@require()"):
        yield _at(rule, "charset-rewritten")


def _of_value(rule: Entry, tree: tuple[Words | Called, ...], target: int, vr: str) -> Iterator[Found]:
    """Values that the element's VR cannot take: the put throws, and the original stays."""
    outcomes = {part.name for part in tree if isinstance(part, Called)}
    if target == _CODE_SEQUENCE or not vr or "call" in outcomes:
        return
    is_text = any(isinstance(part, Words) and part.text.strip() for part in tree)
    removes = "remove" in outcomes
    if vr == "SQ":
        if "keep" in outcomes and "process" not in outcomes:
            yield _at(rule, "sequences-untouched")
        elif not removes and not outcomes & {"process", "select", "if", "always", "quarantine", "skip"}:
            yield _at(rule, "original-stays", more="a sequence takes no value and cannot be emptied")
    elif vr.split(" or ", maxsplit=1)[0] in _BINARY and not removes and target != _PIXELS:
        if is_text or outcomes - {*_KEPT, "if", "select", "always", "quarantine", "skip"}:
            yield _at(rule, "original-stays", more=f"{vr} takes no text")
    elif is_text and not outcomes - {"always"}:
        value = "".join(part.text for part in tree if isinstance(part, Words)).strip()
        if not _fits(value, vr.split(" or ", maxsplit=1)[0]):
            yield _at(rule, "original-stays", more=f"this is no {vr}")


def _fits(value: str, vr: str) -> bool:
    if vr in _NUMBERS:
        return all(re.fullmatch(r"\s*[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\s*", each) for each in value.split("\\"))
    pattern = _WELL_FORMED.get(vr)
    return pattern is None or all(pattern.fullmatch(each.strip()) for each in value.split("\\"))


def _unknown(rule: Entry, call: Called, _vr: str, _script: Script) -> Iterator[Found]:
    if call.name not in FUNCTIONS and call.name not in DIRECTIVES:
        yield _at(rule, "unknown-function", call.at, f"@{call.name}()")


def _extensions(rule: Entry, call: Called, _vr: str, _script: Script) -> Iterator[Found]:
    if call.name == "call":
        yield _at(rule, "no-extension", call.at, f"@call({call.argument(0)})")


def _dates(rule: Entry, call: Called, vr: str, _script: Script) -> Iterator[Found]:
    if call.name in _MOVES and call.argument(0) == "this":
        if vr == "DA":
            yield _at(rule, "dashed-dates", call.at)
        elif vr == "DT":
            yield _at(rule, "zoned-times", call.at)
    if call.name in ("date", "time") and call.argument(0) and vr in ("DA", "TM", "DT"):
        separator = call.argument(0)
        is_taken = (vr, call.name, separator) in (("TM", "time", ":"), ("DA", "date", "."))
        if not is_taken:
            yield _at(rule, "original-stays", call.at, f"@{call.name}({separator}) is no {vr}")


def _rounding(rule: Entry, call: Called, vr: str, _script: Script) -> Iterator[Found]:
    if call.name == "round" and vr in ("DS", "FL", "FD", ""):
        yield _at(rule, "rounded-decimals", call.at)


def _hashing(rule: Entry, call: Called, _vr: str, _script: Script) -> Iterator[Found]:
    if call.name in _HASHES:
        yield _at(rule, "guessable-hash", call.at, f"@{call.name}()")


_PARAMETERS: Mapping[str, tuple[int, ...]] = {
    "incrementdate": (1, 2),
    "hash": (1,),
    "hashname": (1, 2),
    "hashptid": (0, 2),
    "hashuid": (0,),
    "integer": (1, 2),
    "lookup": (1, 3, 4),
    "dateinterval": (1, 3),
    "modifydate": (1, 2, 3),
    "truncate": (1,),
    "round": (1,),
    "param": (0,),
    "if": (2,),
    "encrypt": (1,),
    "decrypt": (1,),
    "initials": (1,),
    "pathelement": (1,),
}


def _parameters(rule: Entry, call: Called, _vr: str, script: Script) -> Iterator[Found]:
    for place in _PARAMETERS.get(call.name, ()):
        text = call.argument(place)
        if text[:1] in ("@", "$") and len(text) > 1 and "(" not in text and text[1:] not in script.parameters:
            yield _at(rule, "undeclared-offset" if text[1:] == "DATEINC" else "undefined-parameter", call.at, text)


_CALLS: tuple[Callable[[Entry, Called, str, Script], Iterator[Found]], ...] = (
    _unknown,
    _extensions,
    _dates,
    _rounding,
    _hashing,
    _parameters,
)
