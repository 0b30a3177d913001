"""Linting: hazards found in a script itself, each at its line and column."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from obia.plugins.deid_ctp.command.hazards import HAZARDS, Hazard
from obia.plugins.deid_ctp.command.plan import Mode, Text
from obia.plugins.deid_ctp.dicom.elements import SPOKEN, standard_vr
from obia.plugins.deid_ctp.evidence.table import Claims, changed
from obia.plugins.deid_ctp.language.functions import FUNCTIONS
from obia.plugins.deid_ctp.language.functions.directives import DIRECTIVES
from obia.plugins.deid_ctp.language.java_text import integer
from obia.plugins.deid_ctp.language.positions import Entry, entries
from obia.plugins.deid_ctp.language.references import PrivateTag
from obia.plugins.deid_ctp.language.script import DICTIONARY, Script, is_switch
from obia.plugins.deid_ctp.language.syntax_tree import Called, Words, calls, parse
from obia.plugins.deid_ctp.profile.method_codes import claims as claims_of
from obia.plugins.deid_ctp.profile.unlisted import unnamed

_CODE_SEQUENCE, _CHARACTER_SET, _PIXELS = 0x00120064, 0x00080005, 0x7FE00010
_PATIENT = 0x0010  # the group
_BINARY = frozenset(("OB", "OD", "OF", "OL", "OV", "OW", "UN"))
_NUMBERS = frozenset(("US", "SS", "UL", "SL", "FL", "FD", "AT", "SV", "UV"))
_MOVES = ("incrementdate", "hashdate", "modifydate")
_HASHES = ("hash", "hashname", "hashptid", "hashuid", "hashdate")
_READ = (
    *("keep", "require", "contents", "value", "truncate", "uppercase", "lowercase", "append", "initials"),
    *("pathelement", "process"),
)
_PUT_NOTHING = frozenset(("remove", "empty", "keep", "blank", "process", "quarantine", "skip", "call"))
_KEPT = ("keep", "process", "require")
_WELL_FORMED = {
    "DA": re.compile(r"\d{8}|\d{4}\.\d\d\.\d\d", re.A),
    "TM": re.compile(r"\d{2}(?:\d{2}(?:\d{2}(?:\.\d{1,6})?)?)?|\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?", re.A),
    "DT": re.compile(r"\d{4}(?:\d{2}){0,5}(?:\.\d{1,6})?", re.A),
}


@dataclass(frozen=True, slots=True)
class Found:
    """A hazard at its place; `about` is the element, or the global, and what is special about it there."""

    hazard: Hazard
    file: str
    line: int
    column: int
    about: str


def lint(script: Script, text: Text, mode: Mode, lookup: Text | None = None, pixels: Text | None = None) -> list[Found]:
    """Find the hazards of a script; with safe mode, those that it does not close."""
    found = [replace(each, file=text.name) for each in _of_script(script, text.text)]
    if lookup is not None and lookup.name.lower().endswith(".csv"):
        found.append(Found(HAZARDS["csv-lookup"], lookup.name, 1, 1, "the table"))
    if pixels is not None:
        found.append(Found(HAZARDS["compressed-pixels"], pixels.name, 1, 1, "the pixel script"))
    wanted = [each for each in found if mode == "strict" or not each.hazard.is_strict]
    return sorted(wanted, key=lambda each: (each.file != text.name, each.line, each.column, each.hazard.code))


def doubts(script: Script, text: str) -> list[str]:
    """What an operator should hear of before a run: switches that nobody knows, and elements that tell and stay."""
    switches = [each for each in entries(text) if not _is_known(each)]
    found = [f"unknown switches: {len(switches)}"] if switches else []
    return found + [f"elements that PS3.15 changes and this does not: {each.about}" for each in _of_identity(script)]


def _is_known(rule: Entry) -> bool:
    return rule.target is not None or rule.key.startswith("param.") or is_switch(rule.key)


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
            yield Found(HAZARDS["curves-inert"], "", each.line, each.column, "remove curves")
        elif not _is_known(each):
            yield Found(HAZARDS["unknown-switch"], "", each.line, each.column, each.key.replace(".", " ", 1))
    if "unspecifiedelements" not in script.removes:
        yield from _of_sequences(script, [*latest.values()])
    yield from _of_identity(script)
    yield from _of_files(script, [each for each in latest.values() if each.target is not None])


def _of_identity(script: Script) -> Iterator[Found]:
    """What the Basic Profile names and the script lets stay, though it claims no option for it."""
    claimed = script.elements.get(_CODE_SEQUENCE)
    claims = Claims(frozenset(code for code, *_ in claims_of(claimed.text if claimed else "")))
    stays = [tag for tag in changed(claims) if tag < _PIXELS and standard_vr(tag) != "TM" and _stays(script, tag)]
    if stays:
        first = min(stays, key=lambda tag: (tag >> 16 != _PATIENT, tag))
        yield Found(HAZARDS["identity-stays"], "", 1, 1, f"{len(stays)}, {_named(first)} first")


def _stays(script: Script, tag: int) -> bool:
    """Whether a script lets an element stay as it is, whatever it holds."""
    rule = script.elements.get(tag)
    if rule is not None:
        return rule.text.strip() in ("@keep()", "@require()")
    if tag >> 16 in script.kept_groups or "unspecifiedelements" not in script.removes:
        return True
    known = standard_vr(tag)
    return DICTIONARY in script.keeps and known is not None and unnamed(tag, known, script) is None


def _of_sequences(script: Script, rules: list[Entry]) -> Iterator[Found]:
    """Sequences that nothing walks, where elements without a rule are kept."""
    left = [tag for tag in changed(Claims(frozenset()), are_sequences=True) if tag not in script.elements]
    if not any(call.name == "process" for rule in rules for call in calls(parse(rule.text))):
        yield Found(HAZARDS["sequences-untouched"], "", 1, 1, "no rule walks a sequence")
    elif left:
        about = f"sequences of PS3.15 without a rule: {len(left)}, {_named(left[0])} first"
        yield Found(HAZARDS["sequences-untouched"], "", 1, 1, about)


def _of_files(script: Script, rules: list[Entry]) -> Iterator[Found]:
    """What depends on the files: said once, at the first rule that it can befall."""
    puts = next((each for each in rules if isinstance(each.target, int) and _puts_text(each)), None)
    if puts is not None:
        yield _at(puts, "unknown-vr", more="the first that puts text")
    keeps = next((each for each in rules if _keeps_text(each)), None)
    if keeps is not None:
        yield _at(keeps, "charset-lost", more="the first whose text may stay")
    elif "unspecifiedelements" not in script.removes:
        yield Found(HAZARDS["charset-lost"], "", 1, 1, "elements without a rule are kept")


def _puts_text(rule: Entry) -> bool:
    """Whether a rule writes text of a function or its own into its element."""
    group = int(rule.target or 0) >> 16 if isinstance(rule.target, int) else 0
    said = [part for part in parse(rule.text) if not isinstance(part, Words) or part.text.strip()]
    names = {part.name for part in said if isinstance(part, Called)}
    return group > 0x0002 and rule.target != _CODE_SEQUENCE and bool(said) and not names & _PUT_NOTHING


def _keeps_text(rule: Entry) -> bool:
    """Whether text of the original may stay in an element that people write in."""
    vr = standard_vr(rule.target) if isinstance(rule.target, int) else "LO"
    return vr in SPOKEN and any(call.name in _READ for call in calls(parse(rule.text)))


def _at(rule: Entry, code: str, at: int = 0, more: str = "") -> Found:
    line, column = rule.place(at)
    name = element_name(rule)
    return Found(HAZARDS[code], "", line, column, f"{name}: {more}" if more else name)


def element_name(rule: Entry) -> str:
    """A rule's element, by tag and name."""
    target = rule.target
    if isinstance(target, PrivateTag):
        return f"({target.group:04x},[{target.creator}]{target.element:02x}) {rule.name}".rstrip()
    return _named(target or 0, rule.name)


def _named(tag: int, name: str = "") -> str:
    """An element by tag and name, the dictionary's where it is given none."""
    return f"({tag >> 16:04x},{tag & 0xFFFF:04x}) {name or _keyword(tag)}".rstrip()


@lru_cache(4096)
def _keyword(tag: int) -> str:
    from pydicom.datadict import keyword_for_tag

    return keyword_for_tag(tag)


@lru_cache(4096)
def _tag(keyword: str) -> int | None:
    from pydicom.datadict import tag_for_keyword

    return tag_for_keyword(keyword)


def _of_rule(rule: Entry, script: Script) -> Iterator[Found]:
    tree = parse(rule.text)
    target = rule.target if isinstance(rule.target, int) else 0
    vr = (standard_vr(target) or "") if target else ""
    if not rule.text:
        yield _at(rule, "empty-rule")
    if target and (other := _tag(rule.name)) is not None and other != target:
        yield _at(rule, "other-name", more=f"({other:08x}) has that name")
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
        elif (call.name, place) == ("incrementdate", 1) and integer(script.parameters.get(text[1:], "0"), 32) is None:
            yield _at(rule, "no-number", call.at, text)


_CALLS: tuple[Callable[[Entry, Called, str, Script], Iterator[Found]], ...] = (
    _unknown,
    _extensions,
    _dates,
    _rounding,
    _hashing,
    _parameters,
)
