"""Policies: what the two modes do differently, strict as CTP does and safe as it should."""

from typing import Protocol

from obia.plugins.deid_ctp.dicom.charsets import Charset
from obia.plugins.deid_ctp.dicom.elements import Element, Item
from obia.plugins.deid_ctp.language.expressions import Expression
from obia.plugins.deid_ctp.language.script import Script


class Policy(Protocol):
    """What a mode decides where CTP's way and the safe way part."""

    is_strict: bool
    always_recurses: bool
    keeps_charset: bool
    notes: list[str]
    cleans: bool  # whether what stays is searched for what went

    def is_guarded(self, script: Script) -> bool:
        """Whether only what the standard's dictionary knows may stay, and a required element gets a dummy."""
        ...

    def keeps_numbers_alone(self, script: Script) -> bool:
        """Whether private elements that no line names stay only if they are numbers and nobody's."""
        ...

    def always_removes(self, tag: int, script: Script) -> bool:
        """Whether an element goes whatever the script says of it."""
        ...

    def charset_element(self, item: Item, element: Element) -> Element:
        """The Specific Character Set as the output has it."""
        ...

    def distrusts(self, expression: Expression) -> bool:
        """Whether an expression is not to be evaluated."""
        ...

    def note(self, path: str, reason: str) -> None:
        """Note what was done otherwise than CTP does."""
        ...

    def refused(self, item: Item, element: Element, vr: str, path: str) -> Element:
        """What becomes of an element that cannot take its new value."""
        ...

    def dummy(self, item: Item, tag: int, vr: str) -> Element | None:
        """An element that says nothing."""
        ...

    def put(self, text: str, vr: str, item: Item) -> bytes | None:
        """A new text as bytes; None where the VR cannot take it."""
        ...

    def charset(self, value: bytes) -> Charset:
        """The character set under which text is written from now on."""
        ...

    def parameter(self, name: str, declared: str | None, root: Item) -> str | None:
        """The value of a parameter, which the script may declare."""
        ...

    def digest(self, label: str, text: str) -> str:
        """A number for a text, in decimal."""
        ...

    def new_patient_id(self, site: str, patient_id: str, item: Item) -> str:
        """The new ID, at a site, of the patient with an original one, of whom an item tells."""
        ...

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UID of an original one."""
        ...
