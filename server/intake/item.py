"""One file on its way in: what the intake knows of it once the trusted zone is done with it. No identity."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from obia.schema.errors import Code, PluginCode
from obia.schema.values import Finding, Kind


@dataclass(frozen=True, slots=True)
class Item:
    """One file of a batch.

    `code` says why it is quarantined, None while it may be accepted. UIDs are the new ones, digests are keyed.
    `issuer` is the keyed digest of its patient with the issuer, where the file names one and the collection knows no
    other for that Patient ID. `recipe` says what its clean form depends on besides the original. `row` holds the
    properties of its individual, study, series and image or annotation.
    """

    intake_id: str
    collection: str
    code: Code | PluginCode | None = None
    file: str = ""
    uid: str = ""
    study: str = ""
    series: str = ""
    patient: str = ""
    issuer: str = ""
    original: str = ""
    pixels: str = ""
    recipe: str = ""
    kind: Kind | None = None
    row: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def content(self) -> tuple[str, str]:
        """What makes two instances of one UID equal: dataset and decoded pixels."""
        return self.original, self.pixels


@dataclass(frozen=True, slots=True)
class Held:
    """What a collection holds under a SOP Instance UID: an image or annotation, or a quarantined file.

    One is `is_final` that was released, or that a curator decided for: no later file moves it.
    """

    intake_id: str
    uid: str
    study: str
    series: str
    patient: str
    original: str
    pixels: str
    recipe: str = ""
    is_quarantined: bool = False
    is_final: bool = False

    @property
    def content(self) -> tuple[str, str]:
        """What makes two instances of one UID equal."""
        return self.original, self.pixels
