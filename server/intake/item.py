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
    `row` holds the properties of its individual, study, series and image or annotation.
    """

    intake_id: str
    collection: str
    code: Code | PluginCode | None = None
    file: str = ""
    uid: str = ""
    study: str = ""
    series: str = ""
    patient: str = ""
    original: str = ""
    pixels: str = ""
    kind: Kind | None = None
    row: Mapping[str, Any] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def content(self) -> tuple[str, str]:
        """What makes two instances of one UID equal: dataset and decoded pixels."""
        return self.original, self.pixels


@dataclass(frozen=True, slots=True)
class Held:
    """What the graph holds under a SOP Instance UID: an image or annotation, or a quarantined file."""

    intake_id: str
    collection: str
    uid: str
    study: str
    series: str
    patient: str
    original: str
    pixels: str
    is_quarantined: bool = False
    is_released: bool = False

    @property
    def content(self) -> tuple[str, str]:
        """What makes two instances of one UID equal."""
        return self.original, self.pixels
