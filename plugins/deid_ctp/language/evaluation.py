"""Evaluation: what an expression may ask while it is evaluated; each engine answers in its own way."""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from obia.plugins.deid_ctp.language.references import Reference


class Evaluation(Protocol):
    """What an expression may ask while it is evaluated for one element of one instance."""

    @property
    def vr(self) -> str:
        """The VR of the element at hand."""
        ...

    @property
    def is_strict(self) -> bool:
        """Whether CTP is followed where it errs."""
        ...

    @property
    def is_root(self) -> bool:
        """Whether the element stands in the instance itself and in no sequence."""
        ...

    @property
    def now(self) -> datetime:
        """The time of this run."""
        ...

    def value(self, reference: Reference) -> str | None:
        """The text of an element, its values joined by backslashes; None where it is missing."""
        ...

    def exists(self, reference: Reference) -> bool:
        """Whether the header has an element."""
        ...

    def parent_value(self, reference: Reference) -> str | None:
        """The text of an element as seen from the item that holds the sequence at hand."""
        ...

    def scripted(self, reference: Reference) -> str:
        """What the script makes of another element; empty where it says nothing of it."""
        ...

    def parameter(self, name: str) -> str | None:
        """The value of a parameter; None where it is not declared."""
        ...

    def digest(self, label: str, text: str) -> str:
        """A number for a text, in decimal: CTP's MD5, or a keyed one."""
        ...

    def new_uid(self, root: str, uid: str, more: str) -> str:
        """The new UID, under a root, of an original one and what is to tell it apart."""
        ...

    def new_patient_id(self, site: str, patient_id: str) -> str:
        """The new ID, at a site, of the patient with an original one."""
        ...

    def looked_up(self, key: str) -> str | None:
        """The value of a key of the lookup table."""
        ...

    def integer(self, kind: str, text: str) -> int:
        """The number of a text among those of its kind, by first appearance."""
        ...

    def process(self) -> str:
        """Ask for the sequence at hand to be walked."""
        ...

    def extension(self, name: str) -> str:
        """What an extension of this name gives."""
        ...


Step = Callable[[Evaluation], str]
