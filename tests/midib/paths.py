"""Paths: where an element stands, in MIDI-B's spelling: `(0008,1140)[0](0008,1155)`, `(0019,"CREATOR",92)`."""

import re
from dataclasses import dataclass

from pydicom import Dataset
from pydicom.tag import BaseTag, Tag

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


def holder(dataset: Dataset, path: str) -> tuple[Dataset, BaseTag] | None:
    """The dataset or item that holds the element of a path, and its tag there; None where there is none."""
    here = dataset
    *above, last = steps(path)
    for step in above:
        tag = _tag(here, step)
        sequence = None if tag is None else here.get(tag)
        if sequence is None or sequence.VR != "SQ" or step.item is None or step.item >= len(sequence.value):
            return None
        here = sequence.value[step.item]
    tag = _tag(here, last)
    return None if tag is None else (here, tag)


def _tag(dataset: Dataset, step: Step) -> BaseTag | None:
    tag = Tag(step.group, step.element)
    if step.creator:
        try:
            tag = dataset.private_block(step.group, step.creator).get_tag(step.element)
        except KeyError:
            return None
    return tag if tag in dataset else None
