"""Vocabulary: words that identify nobody, though they may stand where a name or a number stands."""

import re


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


PLACEHOLDERS = _words("""
    anon anonymous anonymized anonymised anonymity unknown unnamed none null void removed deleted empty blank
    test testing phantom patient name noname other others unspecified undefined
    n/a na nil default sample example demo dummy male female man woman mr mrs ms dr prof md phd sir miss
    hospital clinic institute university department radiology medical center centre imaging the and
""")

TERMS = _words("""
    original derived primary secondary axial localizer mpr projection reformatted subtraction mixed other
    head neck headneck chest abdomen pelvis chestabdomen chestabdpelvis abdomenpelvis brain skull spine cspine tspine
    lspine breast heart lung liver kidney knee ankle foot hip hand wrist elbow shoulder arm leg femur whole wholebody
    extremity prostate uterus ovary cervix bladder thorax thyroid jaw nose ear eye orbit finger toe pancreas spleen
    yes no male female none unknown left right both bilateral unilateral paired unpaired standard normal bone soft
    volume monochrome magnitude phase real imaginary static dynamic gated contrast ct mr us cr dx pt nm xa rf mg sc
    ot rtdose rtplan rtstruct seg sr modified unmodified average continuous transmission emission reconstructed
    identity linear sigmoid young adult child infant perfusion diffusion functional velocity angiography spectroscopy
    agfa bruker canon carestream elscint esaote fuji fujifilm hitachi hologic imatron kodak konica lunit mallinckrodt
    mindray neusoft offis philips picker samsung shimadzu siemens sirona sonosite swissray toshiba uih varian elekta
    accuray brainlab mirada pydicom dcmtk gdcm osirix horos slicer
""")

SCHEMES = frozenset(
    ("DCM", "SRT", "SNM3", "SCT", "LN", "UCUM", "RADLEX", "FMA", "UMLS", "NCIT", "ICD10", "99SDM", "MA")
)


_HEXADECIMAL = re.compile(r"[A-Z]\d?-[0-9A-F]{4,6}", re.A)


def least_letters(code: str, scheme: str) -> int | None:
    """How long a word in a code of a known scheme must be to be a name; None where the code has its scheme's shape.

    In UCUM `min` and `mm` are units, but what stands in braces is anybody's text.
    """
    if code.isdigit() or (scheme in ("SRT", "SNM3") and _HEXADECIMAL.fullmatch(code)):
        return None
    return 5 if scheme == "UCUM" and "{" not in code else 3


def says_nothing(word: str) -> bool:
    """Whether a word, in small letters, is a placeholder or a defined term, and so is no trace of anybody."""
    return word in PLACEHOLDERS or word in TERMS
