"""Paths: where an element stands, in MIDI-B's spelling: `(0008,1140)[0](0008,1155)`, `(0019,"CREATOR",92)`."""

import re
from dataclasses import dataclass

from pydicom import DataElement, Dataset

_STEP = re.compile(r'\(([0-9A-F]{4}),(?:"([^"]*)",([0-9A-F]{2})|([0-9A-F]{4}))\)(?:\[(\d+)\])?')


@dataclass(frozen=True, slots=True)
class Step:
    """One element of a path; `creator` is a private one's, whose `element` is then its last two digits alone."""

    group: int
    element: int
    creator: str = ""
    item: int | None = None

    def __str__(self) -> str:
        tag = f'"{self.creator}",{self.element:02X}' if self.creator else f"{self.element:04X}"
        return f"({self.group:04X},{tag})" + ("" if self.item is None else f"[{self.item}]")


def steps(path: str) -> list[Step]:
    """The steps of a path."""
    found = list(_STEP.finditer(path))
    if not found or "".join(each[0] for each in found) != path:
        raise ValueError(f"{path!r} is no path")
    return [
        Step(int(each[1], 16), int(each[3] or each[4], 16), each[2] or "", int(each[5]) if each[5] else None)
        for each in found
    ]


def find(dataset: Dataset, path: str) -> DataElement | None:
    """The element at a path; None where it, or an item on the way, is missing."""
    here = dataset
    *above, last = steps(path)
    for step in above:
        sequence = _element(here, step)
        if sequence is None or sequence.VR != "SQ" or step.item is None or step.item >= len(sequence.value):
            return None
        here = sequence.value[step.item]
    return _element(here, last)


def _element(dataset: Dataset, step: Step) -> DataElement | None:
    if not step.creator:
        tag = step.group << 16 | step.element
        return dataset.get(tag)
    try:
        return dataset.private_block(step.group, step.creator)[step.element]
    except KeyError:
        return None
