"""Explaining: every rule of a script in words, by tag, and what holds for all that has no rule."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from obia.plugins.deid_ctp.command.linting import lint
from obia.plugins.deid_ctp.command.plan import Mode, Text
from obia.plugins.deid_ctp.command.wording import Teller
from obia.plugins.deid_ctp.dicom.elements import standard_vr
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.references import PrivateTag
from obia.plugins.deid_ctp.language.script import (
    CODE_SEQUENCE,
    DICTIONARY,
    NUMERIC_PRIVATE,
    UNNAMED_DATES,
    UNNAMED_UIDS,
    Script,
)
from obia.plugins.deid_ctp.language.syntax_tree import parse


@dataclass(frozen=True, slots=True)
class Explained:
    """One element: what it becomes, and whether it is put in where it is missing."""

    tag: str
    name: str
    vr: str
    script: str
    becomes: str
    is_inserted: bool


def explain(script: Script, mode: Mode) -> list[Explained]:
    """Explain every rule, by tag; private elements after the others of their group."""
    from pydicom.datadict import keyword_for_tag

    found = lint(script, Text(script.name, script.text), "strict")
    stuck = frozenset(each.about.split(")")[0] + ")" for each in found if each.hazard.code == "original-stays")
    teller = Teller(mode, script.parameters)
    rows = [
        (tag, "", _explained(teller, f"({tag >> 16:04x},{tag & 0xFFFF:04x})", keyword_for_tag(tag), tag, expression))
        for tag, expression in script.elements.items()
    ]
    rows += [(each.group << 16, each.creator, _private(teller, each, of)) for each, of in script.privates.items()]
    end = "and is emptied" if mode == "safe" else "and CTP leaves the original in place"
    return [
        replace(row, becomes=f"{row.becomes}; it cannot take that, {end}")
        if row.tag in stuck and (mode, row.becomes) != ("safe", "emptied")
        else row
        for *_, row in sorted(rows, key=lambda row: (row[0], row[1], row[2].tag))
    ]


def _private(teller: Teller, each: PrivateTag, expression: Expression) -> Explained:
    return _explained(teller, f"({each.group:04x},[{each.creator}]{each.element:02x})", "", 0, expression)


def _explained(teller: Teller, shown: str, name: str, tag: int, expression: Expression) -> Explained:
    is_inserted = expression.inserts or tag == CODE_SEQUENCE
    becomes = teller.tell(parse(expression.text), tag)
    if teller.mode == "safe" and expression.unknown_functions and "nobody knows" not in becomes:
        becomes = "emptied, for nobody knows one of its functions"
    return Explained(shown, name, standard_vr(tag) or "" if tag else "", expression.text, becomes, is_inserted)


def globals_of(script: Script, mode: Mode) -> Iterator[str]:
    """What holds for elements without a rule of their own, in the order in which it is asked."""
    removes, is_safe = script.removes, mode == "safe"
    if script.kept_groups:
        yield f"groups {', '.join(f'{group:04x}' for group in sorted(script.kept_groups))}: kept"
    if script.keeps_safe_private:
        by = "PS3.15 E.3.10 lists for their creator" if is_safe else "CTP's dictionary calls safe"
        yield f"private elements that {by}: kept"
    numbers = ", but for numbers that are nobody's" if is_safe and NUMERIC_PRIVATE in script.keeps else ""
    yield "private elements: " + (f"removed{numbers}" if "privategroups" in removes else _rest(removes))
    yield "overlays, groups 60xx: " + ("removed, those with a rule too" if "overlays" in removes else _rest(removes))
    if "curves" not in removes:
        yield f"curves, groups 50xx: {_rest(removes)}"
    elif is_safe or "unspecifiedelements" in removes:
        yield "curves, groups 50xx: removed"
    else:
        yield "curves, groups 50xx: kept, whatever the switch says: CTP's does nothing of itself"
    yield "group lengths: removed; file meta: built anew"
    if is_safe:
        yield "sequences: every item walked by the same rules, whether a rule says so or not"
    elif "unspecifiedelements" not in removes:
        yield "sequences without a rule: kept whole, whatever stands in them"
    yield "every other element: " + (
        "kept as it is"
        if "unspecifiedelements" not in removes
        else f"kept if the standard's dictionary knows it, and removed if not{_unnamed(script)}"
        if is_safe and DICTIONARY in script.keeps
        else "removed, but for SOP class, SOP instance and study UID and groups 0028 and 7fe0"
    )


def _unnamed(script: Script) -> str:
    """What our own directives say of unnamed UIDs and dates."""
    uids = "; UIDs stay as they are" if UNNAMED_UIDS in script.keeps else ""
    kept = "; dates stay as they are" if UNNAMED_DATES in script.keeps else ""
    return f"{uids}{kept}" + ("; dates and times go" if UNNAMED_DATES in script.removes and not kept else "")


def _rest(removes: frozenset[str]) -> str:
    return "removed, as all without a rule" if "unspecifiedelements" in removes else "kept"
