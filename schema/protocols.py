"""The small roles that plugins fill, and the archive as they see it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

from obia.schema.access import Scope
from obia.schema.values import (
    Clean,
    EncoderIdentity,
    Finding,
    Hit,
    Link,
    Original,
    Patient,
    Receipt,
    SeriesSummary,
    SubmissionSummary,
)

if TYPE_CHECKING:
    import numpy as np

T = TypeVar("T")


class Pseudonyms(Protocol):
    """What a de-identifier may ask of the archive's key, bound to one collection; the key itself stays behind it."""

    def pseudonym(self, patient: Patient) -> str:
        """The patient's false name, the same for one patient in one collection, another in the next."""
        ...

    def uid(self, original: str) -> str:
        """The new UID, `2.25.` and 128 bits (PS3.5 B.2), the same for one original throughout the collection.

        A UID that this archive gave and released stays as it is, so that annotations point to what they describe.
        """
        ...

    def date_offset(self, patient: Patient) -> int:
        """Days to add to every date of the patient: the same throughout the collection, never 0."""
        ...

    def digest(self, label: str, value: str) -> int:
        """A keyed 128-bit number for a value, under a label of the caller's own."""
        ...


@runtime_checkable
class Deidentifier(Protocol):
    """Makes a clean instance of an original. What it raises refuses the instance.

    An attribute `recipe` may say in a text what its result depends on besides the original, the version of its package
    and its settings: an original that is offered again under another recipe replaces its unreleased clean form.

    Called from a thread of the process that does a batch, not always the same, by one at a time; other processes have
    de-identifiers of their own.
    """

    name: str

    def deidentify(self, original: Original, pseudonyms: Pseudonyms) -> Clean:
        """Return the clean instance; the original stays as it was."""
        ...


@runtime_checkable
class RawCheck(Protocol):
    """Looks at an original, inside the trusted zone: only codes leave it. Called from threads as a `Deidentifier` is."""

    name: str

    def check_raw(self, original: Original) -> Iterable[Finding]:
        """Say what is wrong with the original."""
        ...


@runtime_checkable
class WitnessCheck(Protocol):
    """Compares an original with what became of it, inside the trusted zone: only codes leave it.

    Called from threads as a `Deidentifier` is.
    """

    name: str

    def check_witness(self, original: Original, clean: Clean) -> Iterable[Finding]:
        """Say what of the original is still there, or went missing."""
        ...


@runtime_checkable
class InstanceCheck(Protocol):
    """Looks at one clean instance. Called from threads as a `Deidentifier` is."""

    name: str

    def check_instance(self, clean: Clean) -> Iterable[Finding]:
        """Say what is wrong with the clean instance."""
        ...


@runtime_checkable
class SeriesCheck(Protocol):
    """Looks at a series after a batch touched it. Called from the thread of the event loop: it must be quick."""

    name: str

    def check_series(self, series: SeriesSummary) -> Iterable[Finding]:
        """Say what is wrong with the series."""
        ...


@runtime_checkable
class SubmissionCheck(Protocol):
    """Looks at a submission when its last batch is done. Called from the thread of the event loop: it must be quick."""

    name: str

    def check_submission(self, submission: SubmissionSummary) -> Iterable[Finding]:
        """Say what is wrong with the submission."""
        ...


Check = RawCheck | WitnessCheck | InstanceCheck | SeriesCheck | SubmissionCheck


@runtime_checkable
class Encoder(Protocol):
    """Turns the frames of an image into a binary code.

    Called from threads as a `Deidentifier` is; `identity` from any thread, at any time.
    """

    name: str

    @property
    def identity(self) -> EncoderIdentity:
        """What makes its codes comparable."""
        ...

    def encode(self, frames: "np.ndarray") -> bytes:
        """Return the code of (frames, rows, columns[, samples]); `identity.bits` / 8 bytes."""
        ...


@runtime_checkable
class Index(Protocol):
    """Finds the codes nearest to a code. `build` is called from several threads, also at the same time."""

    name: str

    def build(self, uids: Sequence[str], codes: "np.ndarray") -> "SearchableIndex":
        """Make an index of codes (n, bytes) of one identity; row i belongs to `uids[i]`."""
        ...


class SearchableIndex(Protocol):
    """Codes of one identity, ready to be asked, from several threads at the same time."""

    def search(self, code: bytes, count: int) -> Sequence[Hit]:
        """Return the nearest `count`, by distance and then by UID."""
        ...


@runtime_checkable
class Linker(Protocol):
    """Knows one outside archive: which accessions are its own, and what an instance says of them."""

    name: str

    def label(self, accession: str) -> str | None:
        """The graph label of a well-formed accession of this archive, else None."""
        ...

    def link(self, receipt: Receipt) -> Iterable[Link]:
        """Propose links for what was just accepted."""
        ...


@runtime_checkable
class Script(Protocol):
    """A named de-identification script that a curator can read; `dialect` says which language."""

    name: str
    dialect: str
    text: str


@runtime_checkable
class Command(Protocol):
    """A command of the `obia` program: `obia NAME ...`."""

    name: str
    help: str

    def run(self, arguments: Sequence[str]) -> int:
        """Run with the words after the name; return the exit status."""
        ...


@runtime_checkable
class Actor(Protocol):
    """Work for the queue: `obia work` calls it with the message's text."""

    name: str

    def perform(self, message: str) -> None:
        """Do the work; raise to have it tried again."""
        ...


class Registered(Protocol):
    """What the plugins registered, by name, in order: built-ins first."""

    @property
    def deidentifiers(self) -> Mapping[str, Deidentifier]:
        """The deidentifiers, by name."""
        ...

    @property
    def scripts(self) -> Mapping[str, Script]:
        """The scripts, by name."""
        ...

    @property
    def checks(self) -> Mapping[str, Check]:
        """The checks, by name."""
        ...

    @property
    def encoders(self) -> Mapping[str, Encoder]:
        """The encoders, by name."""
        ...

    @property
    def indexes(self) -> Mapping[str, Index]:
        """The indexes, by name."""
        ...

    @property
    def linkers(self) -> Mapping[str, Linker]:
        """The linkers, by name."""
        ...


class Archive(Protocol):
    """The archive as a plugin sees it: no driver, no store path, no key."""

    @property
    def scope(self) -> Scope:
        """What the caller may see."""
        ...

    @property
    def registered(self) -> Registered:
        """What plugins brought."""
        ...

    def settings(self, kind: type[T]) -> T:
        """The settings of a class that `register_settings` returned, filled from `[plugins.NAME]` of obia.toml."""
        ...

    async def accession(self, label: str, key: str) -> str | None:
        """The accession of the node with this natural key, if this scope sees it."""
        ...

    async def find(self, finding: Finding) -> None:
        """Put a finding on record."""
        ...

    async def query(self, document: str, variables: Mapping[str, object] | None = None) -> Mapping[str, Any]:
        """Ask GraphQL, read-only, under this scope."""
        ...
