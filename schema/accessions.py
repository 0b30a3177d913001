"""Accessions: the formats of our own and of the archives we link to."""

import re

OWN_WIDTHS = {"Collection": ("OBIA", 4), "Individual": ("I", 6), "Study": ("S", 6)}

PATTERNS = {
    "Collection": re.compile(r"OBIA\d{4,}"),
    "Individual": re.compile(r"I\d{6,}"),
    "Study": re.compile(r"S\d{6,}"),
    # National Genomics Data Center: ngdc.cncb.ac.cn/gsa/standards and GSA-Human
    "BioProject": re.compile(r"PRJC[A-Z]\d{6,}|PRJ[EDN][A-Z]\d+"),
    "GsaStudy": re.compile(r"HRA\d{6,}"),
    "GsaIndividual": re.compile(r"HRI\d{6,}"),
    "Sample": re.compile(r"HRS\d{6,}|SAMC[A-Z]?\d+"),
    "Experiment": re.compile(r"HRX\d{6,}"),
    "Run": re.compile(r"HRR\d{6,}"),
}

EXAMPLES = {
    "Collection": "OBIA0001",
    "Individual": "I000001",
    "Study": "S000001",
    "BioProject": "PRJCA000001",
    "GsaStudy": "HRA000001",
    "GsaIndividual": "HRI000001",
    "Sample": "HRS000001",
    "Experiment": "HRX000001",
    "Run": "HRR000001",
}
_NAMES = {
    "Collection": "a collection",
    "Individual": "an individual",
    "Study": "a study",
    "BioProject": "a BioProject",
    "GsaStudy": "a GSA-Human study",
    "GsaIndividual": "a GSA-Human individual",
    "Sample": "a sample",
    "Experiment": "an experiment",
    "Run": "a run",
}


def is_accession(label: str, text: str) -> bool:
    """Whether the text is an accession of the label, whole and in canonical form."""
    return PATTERNS[label].fullmatch(text) is not None and text.isascii()


def looks_like(label: str) -> str:
    """What is said of an accession that is none: "a collection's accession looks like OBIA0001"."""
    return f"{_NAMES[label]}'s accession looks like {EXAMPLES[label]}"


def own_accession(label: str, number: int) -> str:
    """Write one of our accessions: zero-padded to a minimum width, unbounded above it."""
    prefix, width = OWN_WIDTHS[label]
    return f"{prefix}{number:0{width}d}"
