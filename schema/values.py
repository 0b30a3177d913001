"""The values that cross the house: findings, receipts, kinds, originals and clean instances.

An `Original` lives in the trusted zone alone. Everything after de-identification sees a `Clean`:
two types that share no ancestor, so that a type checker stops a mistake before a patient pays for it.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, BinaryIO

from obia.schema.errors import Code, PluginCode

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset


class Level(StrEnum):
    """How much a finding weighs."""

    INFO = "INFO"
    WARNING = "WARNING"
    FAILURE = "FAILURE"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check has to say about one thing: a code, never a value of the instance.

    `about` is a clean UID, an accession or an intake id; `check` the name of who found it.
    """

    code: Code | PluginCode
    level: Level = Level.FAILURE
    about: str = ""
    check: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of instance this is, without identity: what `choose_deidentifier` decides by."""

    sop_class: str
    modality: str
    manufacturer: str
    transfer_syntax: str
    collection: str


@dataclass(frozen=True, slots=True)
class Patient:
    """Who an instance is of, inside the trusted zone alone: (0010,0020) and (0010,0021)."""

    id: str
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class Pixels:
    """The pixel element of a file, as a place: read or copied when asked, never held.

    `opener` opens the file; the element stands at `offset` for `length` bytes, tag and length included, and its
    value at `value_offset` for `value_length` bytes. `tag` is (7FE0,0010), (7FE0,0009) or (7FE0,0008).
    """

    opener: Callable[[], BinaryIO] = field(repr=False)
    tag: int
    offset: int
    length: int
    value_offset: int
    value_length: int
    is_encapsulated: bool

    def read(self) -> bytes:
        """Read the value's bytes, items and delimiters of encapsulated pixels included."""
        with self.opener() as stream:
            stream.seek(self.value_offset)
            return stream.read(self.value_length)


@dataclass(frozen=True, slots=True)
class Original:
    """One instance as it came: header up to the pixels, file meta, where its pixels lie.

    Only the trusted zone holds one. `header` is read-only by agreement: a de-identifier works on a copy.
    `released_uids` are UIDs in it that this archive gave and released: they stay, since everybody knows them.
    """

    intake_id: str
    kind: Kind
    patient: Patient
    meta: "FileMetaDataset" = field(repr=False)
    header: "Dataset" = field(repr=False)
    pixels: Pixels | None = field(repr=False)
    size: int = 0
    released_uids: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Clean:
    """One instance after de-identification: safe to check, store, show.

    `header` has no element from (7FE0,0008) on; `decode` gives the frames as an array
    (frames, rows, columns[, samples]) or raises, `frames` gives them one after the other, so that one alone is in memory;
    `actions` counts what was done, by action code. `removed` holds the tags of `obia.GEOMETRY` that a rule of the
    de-identifier removed or emptied: geometry that is missing and not listed there is a fault.
    """

    intake_id: str
    kind: Kind
    meta: "FileMetaDataset" = field(repr=False)
    header: "Dataset" = field(repr=False)
    pixels: Pixels | None = field(repr=False)
    actions: Mapping[str, int] = field(default_factory=dict)
    decode: "Callable[[], np.ndarray] | None" = field(default=None, repr=False)
    removed: frozenset[int] = frozenset()
    frames: "Callable[[], Iterator[np.ndarray]] | None" = field(default=None, repr=False)

    @property
    def uid(self) -> str:
        """Its clean SOP Instance UID."""
        return str(self.header.SOPInstanceUID)


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the archive tells after an instance was accepted: no pixels, no identity."""

    intake_id: str
    collection: str
    individual: str
    study: str
    series_uid: str
    uid: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class SeriesSummary:
    """A series as its check sees it: clean UIDs and numbers alone."""

    uid: str
    modality: str
    instances: tuple[Mapping[str, str | int | float | None], ...]


@dataclass(frozen=True, slots=True)
class SubmissionSummary:
    """A submission as its check sees it: counts by outcome code."""

    id: str
    collection: str
    outcomes: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What made a code. Codes of different identities never meet in one index.

    `metric` is `hamming` or `cosine`; `bits` the length of a code.
    """

    name: str
    model_digest: str
    engine: str
    precision: str
    bits: int
    metric: str = "hamming"

    @property
    def key(self) -> str:
        """The identity as one string, the natural key of its codes."""
        return "/".join((self.name, self.model_digest, self.engine, self.precision, str(self.bits), self.metric))


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer of an index: the row's UID and its distance (Hamming: differing bits)."""

    uid: str
    distance: int


@dataclass(frozen=True, slots=True)
class Link:
    """An asserted edge from one of our individuals or collections to an accession elsewhere.

    `label` is the target's label in the graph model; `confidence` lies in 0..1; `asserted_at` is ISO 8601.
    """

    accession: str
    label: str
    target: str
    evidence: str
    method: str
    confidence: float
    asserted_by: str
    asserted_at: str
    status: str = "ASSERTED"
