"""References: how a script names an element, resolved once when the script is loaded."""

import re
from dataclasses import dataclass

from pydicom.datadict import tag_for_keyword

from obia import Code, ObiaError

_TAG = re.compile(r"[\[(]?([0-9a-fA-F]{4}),?([0-9a-fA-F]{4})[\])]?")


@dataclass(frozen=True, slots=True)
class Reference:
    """An element by its path: `this` has none, `A::B` has two tags; `from_root` begins at the instance's root."""

    path: tuple[int, ...] = ()
    from_root: bool = False


def parse_reference(text: str) -> Reference:
    """Read `this`, a keyword, a tag, `A::B` or `root:...`. Raises ObiaError BAD_SCRIPT for a name nobody knows."""
    from_root = text.startswith("root:") and not text.startswith("root::")
    name = text.removeprefix("root:") if from_root else text
    if name == "this" and not from_root:
        return Reference()
    return Reference(tuple(_tag(part.strip()) for part in name.split("::")), from_root)


def _tag(name: str) -> int:
    found = _TAG.fullmatch(name)
    tag = int(found[1] + found[2], 16) if found else tag_for_keyword(name)
    if tag is None:
        raise ObiaError(f"no element is called {name!r}; use its DICOM keyword or its tag", Code.BAD_SCRIPT)
    return tag
