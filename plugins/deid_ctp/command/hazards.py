"""Hazards: where the real CTP does otherwise than a script's author thinks, each with a way out."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Hazard:
    """What is wrong, and the way out; `is_strict` says that safe mode closes it."""

    code: str
    title: str
    way_out: str
    is_strict: bool = True


def _hazards(*rows: tuple[str, str, str, bool]) -> dict[str, Hazard]:
    return {code: Hazard(code, title, way_out, is_strict) for code, title, way_out, is_strict in rows}


HAZARDS: Mapping[str, Hazard] = _hazards(
    (
        "unknown-function",
        "a function that CTP does not have is written into the output as it stands",
        "mend its name; safe mode empties the element",
        False,
    ),
    (
        "identity-stays",
        "elements that the Basic Profile of PS3.15 changes or removes stay as they are, and no option is claimed for it",
        "write a rule for each, or remove unspecified elements and keep no group; `obia deid profile` has them all",
        False,
    ),
    (
        "unknown-switch",
        "CTP has no such switch, and does nothing",
        "mend its name: privategroups, unspecifiedelements, overlays or curves; to keep, a group such as 0018",
        False,
    ),
    ("other-name", "the name is another element's; the tag decides", "mend the tag or the name", False),
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
        "unknown-vr",
        "an element of this script may come with VR UN, take no text then, and the original stays",
        "have files converted to explicit VRs before CTP sees them, or run in safe mode, which knows the VRs",
        True,
    ),
    (
        "charset-lost",
        "text in GBK, or in a character set CTP does not know, is relabelled ISO_IR 100, and Japanese kanji become ?",
        "remove text or replace it, or run in safe mode, which reads and writes every character set",
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
    (
        "no-number",
        "the parameter is no whole number, and every date that it should move is emptied",
        "write whole days, such as -1000, or leave DATEINC out and run in safe mode",
        False,
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
