"""The profile: base.script, generated from PS3.15 Table E.1-1; `python -m obia.plugins.deid_ctp.profile` writes it.

Of several actions the table offers, a dummy is taken before an empty value, an empty value before removal, so that
an element its module requires is not missed; a sequence whose items hold new UIDs is walked.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

from pydicom.datadict import keyword_for_tag

from obia.plugins.deid_ctp.dummies import WORD
from obia.plugins.deid_ctp.elements import standard_vr
from obia.plugins.deid_ctp.ps315 import Row, table
from obia.plugins.deid_ctp.script import DICTIONARY, NUMERIC_PRIVATE

_SHIFT = "@incrementdate(this,@DATEINC)"
_REMAP = "@hashuid(@UIDROOT,this)"
_CLOCK = r'@if(this,matches,"[0-9:.\\\\ ]*"){@keep()}{@empty()}'
_ZONE = '@if(this,matches,"[+-][0-9][0-9][0-9][0-9]"){@keep()}{@remove()}'
_AGE = '@if(this,matches,"0[0-8][0-9]Y|[0-9][0-9][0-9][DWM]"){@keep()}{%s}'
_CAPPED = '@if(this,matches,"(09[0-9]|[1-9][0-9][0-9])Y"){090Y}{@empty()}'

_OURS = {
    0x00100010: ("@always()@hashptid(@SITEID,root:PatientID)", "the pseudonym, not an empty name: viewers show it"),
    0x00100020: ("@always()@hashptid(@SITEID,this)", "the pseudonym"),
    0x00101010: (_AGE % _CAPPED, "ages over 89 are capped; what is no age is emptied"),
    0x0072005F: (_AGE % _CAPPED, "ages over 89 are capped; what is no age is emptied"),
    0x00080201: (_ZONE, "whole days move: the zone stays true"),
    0x00081111: ("@process()", "references with new UIDs are the dummy"),
}
_ADDED = {
    0x00120062: ("@always()YES", "de-identified"),
    0x00120063: (
        r"@always()OBIA deid_ctp base.script\\PS3.15 2026d Basic Application Level Confidentiality Profile\\"
        r"Private elements: numeric only, no identifiers",
        "how",
    ),
    0x00120064: ("reset/113100/113107/113108", "Basic Profile; Modified Dates; Patient Characteristics"),
    0x00280303: ("@always()MODIFIED", "dates moved"),
}

_HEAD = """\
<!-- OBIA's base script: PS3.15 2026d Basic Profile (113100) with the options Retain Longitudinal Temporal
     Information with Modified Dates (113107) and Retain Patient Characteristics (113108).
     Generated from Table E.1-1 by `python -m obia.plugins.deid_ctp.profile`; the table's action stands behind each line.

     What holds beside the lines: DATEINC is the patient's own offset; sequences are walked at every depth; lines that
     say "beyond the table" come from beyond.txt; the patient's own strings are cut out of text that stays. Two
     directives are OBIA's own, and CTP itself, which does not know them, removes what they keep. "dictionary": an
     unnamed element stays only if the standard's dictionary knows it with this VR, and then dates move, UIDs change,
     names (PN) and addresses (UR) go, and so does text of groups 0010, 0032, 0038 and 0040; group lengths and what
     follows the pixels go; an element of Type 1 that loses its value gets a dummy. "numericprivate": private elements
     stay only if they are numbers, and none of them a number, a day or a word of this patient's. -->
"""


_WORDS = {"remove": "@remove()", "empty": "@empty()", "keep": "@keep()"}


def beyond() -> Iterator[tuple[int, str, str]]:
    """Yield (tag, action, why) of the elements that identify though the table does not name them."""
    for line in (files("obia.plugins.deid_ctp") / "beyond.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tag, action, why = line.split(maxsplit=2)
            yield int(tag, 16), action, why


def actions() -> Iterator[tuple[int, str, str]]:
    """Yield (tag, expression, why) of every element the script names, by tag."""
    rows = {row.number: row for row in table() if row.number is not None and 8 <= row.number >> 16 < 0x7FE0}
    added = {**_ADDED, **{tag: (_WORDS[action], f"{why}; beyond the table") for tag, action, why in beyond()}}
    for tag in sorted({*rows, *_OURS, *added}):
        ours = _OURS.get(tag) or added.get(tag)
        row = rows.get(tag)
        why = "" if row is None else _offer(row)
        if ours is None:
            assert row is not None
            yield tag, _expression(row), why
        else:
            yield tag, ours[0], f"{why}: {ours[1]}" if why else ours[1]


def _offer(row: Row) -> str:
    """What the table says: the basic action and those of our options."""
    options = (("characteristics", row.characteristics), ("dates", row.dates))
    return " ".join([row.basic, *(f"{name} {action}" for name, action in options if action)])


def _expression(row: Row) -> str:
    """The one action we take of those the table offers."""
    assert row.number is not None
    vr = standard_vr(row.number) or ""
    if row.dates == "C" and vr in ("DA", "DT"):
        return _SHIFT
    if row.dates == "C" and vr == "TM":
        return _CLOCK
    if row.is_kept:
        return "@process()" if vr == "SQ" else "@keep()"
    if "U" in row.basic:
        return "@process()" if vr == "SQ" else _REMAP
    if "D" in row.basic:
        return _dummy(vr)
    return "@empty()" if "Z" in row.basic else "@remove()"


def _dummy(vr: str) -> str:
    if vr == "UI":
        return _REMAP
    return WORD if vr in ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT") else "@call(dummy)"


def script_text() -> str:
    """The text of base.script."""
    lines = [
        "<script>",
        _HEAD.rstrip(),
        '<p t="UIDROOT">2.25</p>',
        '<p t="SITEID"></p>',
        *(_line(tag, expression, why) for tag, expression, why in actions()),
        '<r en="T" t="curves">Remove groups 50xx</r>',
        '<r en="T" t="overlays">Remove groups 60xx</r>',
        '<r en="T" t="privategroups">Remove private elements</r>',
        f'<k en="T" t="{NUMERIC_PRIVATE}">but keep those that are numbers and nobody\'s: a directive of OBIA\'s</k>',
        '<r en="T" t="unspecifiedelements">Remove what no line names</r>',
        f'<k en="T" t="{DICTIONARY}">but keep what the standard\'s dictionary knows: a directive of OBIA\'s</k>',
        "</script>",
    ]
    return "\n".join(lines) + "\n"


def _line(tag: int, expression: str, why: str) -> str:
    name = keyword_for_tag(tag) or _camel(tag)
    comment = f" <!-- {why} -->" if why else ""
    return f'<e en="T" t="{tag:08X}" n={quoteattr(name)}>{escape(expression)}</e>{comment}'


def _camel(tag: int) -> str:
    """The keyword of an element that is newer than pydicom's dictionary, from the table's name."""
    name = next(row.name for row in table() if row.number == tag)
    return re.sub(r"[^A-Za-z0-9]", "", name.replace("'s", ""))


def main() -> None:
    """Write base.script beside this module."""
    Path(str(files("obia.plugins.deid_ctp") / "base.script")).write_text(script_text(), encoding="utf-8")


if __name__ == "__main__":
    main()
