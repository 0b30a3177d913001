"""The profile: PS3.15's Basic Profile and the options chosen beside it, written as a script; with those of `BASE` it is
base.script, which `python -m obia.plugins.deid_ctp.profile.generator` writes.

Of several actions the table offers, one of a chosen option is taken before the Basic Profile's, modified dates before
what another option keeps, a dummy before an empty value, and an empty value before removal, so that an element its
module requires is not missed; a sequence whose items hold new UIDs is walked.
"""

import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from textwrap import wrap
from xml.sax.saxutils import escape, quoteattr

from pydicom.datadict import keyword_for_tag

from obia.plugins.deid_ctp.dicom.dummies import WORD
from obia.plugins.deid_ctp.dicom.elements import standard_vr
from obia.plugins.deid_ctp.language.script import DICTIONARY, NUMERIC_PRIVATE, UNNAMED_DATES, UNNAMED_UIDS
from obia.plugins.deid_ctp.profile.options import (
    BASE,
    CHARACTERISTICS,
    DESCRIPTORS,
    FULL_DATES,
    GRAPHICS,
    MODIFIED_DATES,
    NAMES,
    PIXELS,
    SAFE_PRIVATE,
    STRUCTURED,
    UIDS,
    Options,
)
from obia.plugins.deid_ctp.profile.ps315 import Row, content_items, table

_SHIFT = "@incrementdate(this,@DATEINC)"
_REMAP = "@hashuid(@UIDROOT,this)"
_CLOCK = r'@if(this,matches,"[0-9:.\\\\ ]*"){@keep()}{@empty()}'
_DAY = r'@if(this,matches,"[0-9:.+\\\\ -]*"){@keep()}{@empty()}'
_ZONE = '@if(this,matches,"[+-][0-9][0-9][0-9][0-9]"){@keep()}{@remove()}'
_AGE = '@if(this,matches,"0[0-8][0-9]Y|[0-9][0-9][0-9][DWM]"){@keep()}{%s}'
_CAPPED = '@if(this,matches,"(09[0-9]|[1-9][0-9][0-9])Y"){090Y}{@empty()}'
_NAMED = '@if(0040A043::00080100,matches,"%s"){%s}{%s}'

_AGES, _ZONE_TAG, _TEXT_VALUE = (0x00101010, 0x0072005F), 0x00080201, 0x0040A160
_TEXTS = ("AE", "CS", "LO", "LT", "SH", "ST", "UC", "UT")
_OURS = {
    0x00100010: ("@always()@hashptid(@SITEID,root:PatientID)", "the pseudonym, not an empty name: viewers show it"),
    0x00100020: ("@always()@hashptid(@SITEID,this)", "the pseudonym"),
    0x00081111: ("@process()", "references with new UIDs are the dummy"),
}
_INDENT = " " * 5
NUMBERS = (
    "Private numbers stay if they are nobody's in this header: those of seven digits and more go, and the patient's own. "
    "A shorter record number, a date cut in pieces or an extension that stands nowhere else in the header stays."
)
BLANKED = "Clean Pixel Data is true only where a pixel script blanks the regions: `obia deid run -p PIXELS`."
_PROFILE = r"PS3.15 2026d Basic Application Level Confidentiality Profile"
_CONTENT = {
    "TEXT": (_TEXT_VALUE, WORD, "@keep()"),
    "CODE": (0x0040A168, "@call(dummy)", "@process()"),
    "NUM": (0x0040A300, "@call(dummy)", "@process()"),
}

_HEAD = """\
<!-- OBIA's base script: PS3.15 2026d Basic Profile (113100) with the options Retain Longitudinal Temporal
     Information with Modified Dates (113107) and Retain Patient Characteristics (113108).
     Generated from Table E.1-1 by `python -m obia.plugins.deid_ctp.profile.generator`; the table's action stands behind each line.

     What holds beside the lines: DATEINC is the patient's own offset; sequences are walked at every depth; lines that
     say "beyond the table" come from beyond.txt; the patient's own strings are cut out of text that stays. Two
     directives are OBIA's own, and CTP itself, which does not know them, removes what they keep. "dictionary": an
     unnamed element stays only if the standard's dictionary knows it with this VR, and then dates move, UIDs change,
     names (PN) and addresses (UR) go, and so does text of groups 0010, 0032, 0038 and 0040; group lengths and what
     follows the pixels go; an element of Type 1 that loses its value gets a dummy. "numericprivate": private elements
     stay only if they are numbers, and none of them a number, a day or a word of this patient's. -->
"""


_OTHER_HEAD = """\
<!-- PS3.15 2026d Basic Profile (113100)%s.
     Generated from Table E.1-1 by `obia deid profile`; the table's action stands behind each line.

     What holds beside the lines: sequences are walked at every depth; lines that say "beyond the table" come from
     OBIA's own list; run safely, which is how `obia deid run` runs, the patient's own strings are cut out of text that
     stays. CTP itself cuts nothing: what this script keeps for cleaning, CTP keeps as it is.
     Directives that say "OBIA's" are not CTP's, which removes what they keep. "dictionary": an unnamed element stays
     only if the standard's dictionary knows it with this VR; names (PN) and addresses (UR) go, and so does text of groups
     0010, 0032, 0038 and 0040; group lengths and what follows the pixels go; an element of Type 1 that loses its value
     gets a dummy.
%s -->
"""


_WORDS = {"remove": "@remove()", "empty": "@empty()", "keep": "@keep()"}


def beyond() -> Iterator[tuple[int, str, str]]:
    """Yield (tag, action, why) of the elements that identify though the table does not name them."""
    for line in (files("obia.plugins.deid_ctp") / "beyond.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            tag, action, why = line.split(maxsplit=2)
            yield int(tag, 16), action, why


def actions(options: Options = BASE) -> Iterator[tuple[int, str, str]]:
    """Yield (tag, expression, why) of every element the script names, by tag."""
    rows = {row.number: row for row in table() if row.number is not None and 8 <= row.number >> 16 < 0x7FE0}
    ours = {**_OURS, **_by_options(options)}
    added = {tag: (_WORDS[action], f"{why}; beyond the table") for tag, action, why in beyond()}
    added |= {**_said(options), **(_content(options) if STRUCTURED in options else {})}
    for tag in sorted({*rows, *ours, *added}):
        chosen = ours.get(tag) or added.get(tag)
        row = rows.get(tag)
        why = "" if row is None else _offer(row, options)
        if chosen is None:
            assert row is not None
            yield tag, _expression(row, options), why
        else:
            yield tag, chosen[0], f"{why}: {chosen[1]}" if why else chosen[1]


def _by_options(options: Options) -> dict[int, tuple[str, str]]:
    """What we say ourselves of elements that an option lets stay."""
    found = {}
    if CHARACTERISTICS in options:
        found.update(dict.fromkeys(_AGES, (_AGE % _CAPPED, "ages over 89 are capped; what is no age is emptied")))
    if MODIFIED_DATES in options:
        found[_ZONE_TAG] = (_ZONE, "whole days move: the zone stays true")
    elif FULL_DATES in options:
        found[_ZONE_TAG] = (_ZONE, "the zone stays; what is none goes")
    return found


def _said(options: Options) -> dict[int, tuple[str, str]]:
    """The elements that say what was done."""
    kept = {
        (False, False): "removed",
        (True, False): "numeric only, no identifiers",
        (False, True): "those PS3.15 E.3.10 lists",
        (True, True): "numeric, and those PS3.15 E.3.10 lists",
    }[options.has_numbers, SAFE_PRIVATE in options]
    named = options.named
    dates = "MODIFIED" if MODIFIED_DATES in options else "UNMODIFIED" if FULL_DATES in options else "REMOVED"
    why = {"MODIFIED": "dates moved", "UNMODIFIED": "dates as they were", "REMOVED": "dates removed"}[dates]
    by = "base.script" if options == BASE else "profile"
    return {
        0x00120062: ("@always()YES", "de-identified"),
        0x00120063: (rf"@always()OBIA deid_ctp {by}\\{_PROFILE}\\Private elements: {kept}", "how"),
        0x00120064: (
            "/".join(("reset", "113100", *(code for code, _, _ in named))),
            "; ".join(("Basic Profile", *(name for _, _, name in named))),
        ),
        0x00280303: (f"@always(){dates}", why),
    }


def _content(options: Options) -> dict[int, tuple[str, str]]:
    """What becomes of the values of content items, by the codes of their names (Table E.3.4-1)."""
    found = {}
    for kind, (tag, gone, kept) in _CONTENT.items():
        codes = {
            item.code
            for item in content_items()
            if item.value_type == kind and not options.chosen & item.options.keys()
        }
        if codes:
            found[tag] = (_NAMED % ("|".join(sorted(codes)), gone, kept), "by the item's name, Table E.3.4-1")
    return found


def _offer(row: Row, options: Options) -> str:
    """What the table says: the basic action and those of the options."""
    named = sorted((NAMES[option][1], action) for option, action in row.options.items() if option in options)
    return " ".join([row.basic, *(f"{name} {action}" for name, action in named)])


def _expression(row: Row, options: Options) -> str:
    """The one action we take of those the table offers."""
    assert row.number is not None
    vr = standard_vr(row.number) or ""
    chosen = {option: action for option, action in row.options.items() if option in options}
    if MODIFIED_DATES in chosen and vr in ("DA", "DT"):
        return _SHIFT
    if MODIFIED_DATES in chosen and vr == "TM":
        return _CLOCK
    if FULL_DATES in chosen and vr in ("DA", "DT", "TM"):
        return _CLOCK if vr == "TM" else _DAY
    if "K" in chosen.values() or _is_cleaned(chosen, vr, options):
        return "@process()" if vr == "SQ" else "@keep()"
    if "U" in row.basic:
        return "@process()" if vr == "SQ" else _REMAP
    if "D" in row.basic:
        return _dummy(vr)
    return "@empty()" if "Z" in row.basic else "@remove()"


def _is_cleaned(chosen: dict[str, str], vr: str, options: Options) -> bool:
    """Whether it stays to be cleaned: text and sequences can be; text of patients' characteristics where descriptors are."""
    cleaning = {option for option, action in chosen.items() if action == "C"} - {MODIFIED_DATES}
    if DESCRIPTORS not in options:
        cleaning -= {CHARACTERISTICS}
    return bool(cleaning) and vr in ("SQ", *_TEXTS)


def _dummy(vr: str) -> str:
    if vr == "UI":
        return _REMAP
    return WORD if vr in ("AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UT") else "@call(dummy)"


def script_text(options: Options = BASE) -> str:
    """The text of a profile's script; of base.script."""
    lines = [
        "<script>",
        _head(options).rstrip(),
        '<p t="UIDROOT">2.25</p>',
        '<p t="SITEID"></p>',
        *(_line(tag, expression, why) for tag, expression, why in actions(options)),
        '<r en="T" t="curves">Remove groups 50xx</r>',
        '<r en="T" t="overlays">Remove groups 60xx</r>',
        '<r en="T" t="privategroups">Remove private elements</r>',
        *_private(options),
        '<r en="T" t="unspecifiedelements">Remove what no line names</r>',
        f'<k en="T" t="{DICTIONARY}">but keep what the standard\'s dictionary knows: a directive of OBIA\'s</k>',
        *_unnamed(options),
        "</script>",
    ]
    return "\n".join(lines) + "\n"


def _private(options: Options) -> Iterator[str]:
    if options.has_numbers:
        yield f'<k en="T" t="{NUMERIC_PRIVATE}">but keep those that are numbers and nobody\'s: a directive of OBIA\'s</k>'
    if SAFE_PRIVATE in options:
        yield '<k en="T" t="safeprivateelements">but keep those that are known to be safe: in OBIA, PS3.15 E.3.10</k>'


def _unnamed(options: Options) -> Iterator[str]:
    """What the dictionary's VR decides of elements that no line names."""
    if UIDS in options:
        yield f'<k en="T" t="{UNNAMED_UIDS}">and of it UIDs as they are: a directive of OBIA\'s</k>'
    if FULL_DATES in options:
        yield f'<k en="T" t="{UNNAMED_DATES}">and of it dates as they are: a directive of OBIA\'s</k>'
    elif MODIFIED_DATES not in options:
        yield f'<r en="T" t="{UNNAMED_DATES}">but of it no dates and times: a directive of OBIA\'s</r>'


def _head(options: Options) -> str:
    """What the script is, for a curator."""
    if options == BASE:
        return _HEAD
    named = ", ".join(f"{name} ({code})" for code, _, name in options.named)
    lines = wrap(f"with the options {named}", 112, initial_indent=_INDENT, subsequent_indent=_INDENT) if named else []
    remarks = [
        line
        for each in _remarks(options)
        for line in wrap(each, 112, initial_indent=_INDENT, subsequent_indent=_INDENT)
    ]
    return _OTHER_HEAD % ("".join(f"\n{line}" for line in lines), "\n".join(remarks))


def _remarks(options: Options) -> Iterator[str]:
    """What a curator has to know of the chosen options."""
    if options.has_numbers:
        yield NUMBERS
    if SAFE_PRIVATE in options:
        yield "Safe private elements are those of PS3.15 Table E.3.10-1 that safe_private.csv lists; others go."
    if PIXELS in options:
        yield BLANKED
    if GRAPHICS in options:
        yield "Annotations stay, and their texts are cleaned; overlays and curves, pictures that nobody reads, go."
    if UIDS in options:
        yield "UIDs stay, also those that no line names: whoever has the originals finds them by these."


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
