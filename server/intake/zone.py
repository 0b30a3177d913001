"""The trusted zone: from an original to an item without identity. What a file holds never leaves it but as codes.

Two passes over a batch, so that what the archive already holds is not de-identified again: `Zone.read` learns what
each file is, `Zone.clean` makes and stores the clean instance.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard, TypeVar

from pydicom.uid import DeflatedExplicitVRLittleEndian

from obia.schema.errors import Code, ObiaError, PluginCode, Rejected
from obia.schema.protocols import InstanceCheck, RawCheck, WitnessCheck
from obia.schema.values import Clean, Finding, Kind, Level, Original
from obia.server.border import code_of, guarded, stops
from obia.server.host.plugins import Plugins
from obia.server.host.registry import Registry
from obia.server.intake import rows, sidecar
from obia.server.intake.completeness import require_complete
from obia.server.intake.crash import reach
from obia.server.intake.digest import dataset_digest, pixel_digest
from obia.server.intake.encoding import encode_header, write
from obia.server.intake.issuers import chosen_issuers
from obia.server.intake.item import Item
from obia.server.intake.reading import demand_identity, file_digest, read
from obia.server.intake.released import claimed_uids
from obia.server.intake.review import hold_reasons
from obia.server.intake.suspects import Suspects
from obia.server.intake.text import text
from obia.server.keys import KeyedPseudonyms, Keys
from obia.server.pixels import decode, frames
from obia.server.store.files import Store

if TYPE_CHECKING:
    import numpy as np
    from pydicom import Dataset

_AT_ONCE = 32  # instances that are cleaned before they are stored
_LARGE = 256 << 10  # bytes of header: a batch of 200 would hold 50 MiB between the passes, and no more

log = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read: its item so far, and the original unless it was refused.

    `claimed` are the UIDs in it that have the form of this archive's own.
    """

    path: Path
    item: Item
    original: Original | None = None
    claimed: frozenset[str] = frozenset()
    is_large: bool = False
    """Whether the original has the identifiers of its header alone: it is read again when it is cleaned."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was read, and cleaned: its item so far, and unless it was refused the clean instance and its header as it is
    written."""

    known: Read
    item: Item
    clean: Clean | None = None
    header: bytes = b""


class Failed(Rejected):
    """Control flow: a check refuses the instance; its finding stays on record with the quarantined file."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(f"intake {finding.about} fails {finding.check}", finding.code)
        self.finding = finding


@dataclass(slots=True)
class Zone:
    """The trusted zone of one collection."""

    collection: str
    keys: Keys
    plugins: Plugins
    store: Store
    suspects: Suspects
    pseudonyms: KeyedPseudonyms = field(init=False)  # one for all files: what it gave, it remembers
    _recipes: dict[str, str] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        self.pseudonyms = self.keys.pseudonyms(self.collection)

    def read(self, intake_id: str, path: Path) -> Read:
        """Learn what a file is. Never raises for what is in the file; a file that killed its readers is not read."""
        try:
            with self.suspects.under_work(intake_id):
                return guarded(lambda: self._read(intake_id, path), f"intake {intake_id}", Code.UNREADABLE)
        except Rejected as refusal:
            return Read(path, self._refused(Item(intake_id, self.collection), path, refusal))

    def place(self, reads: Sequence[Read], released: frozenset[str], issuers: Mapping[str, str]) -> list[Read]:
        """Give what was read its place in the collection, before it is cleaned.

        `released` are those of the claimed UIDs that this archive has released; `issuers` are the known issuers'
        digests by the digest of the patient without an issuer.
        """
        chosen = chosen_issuers([each.original for each in reads if each.original], issuers, self.keys)
        foreign = frozenset(digest for digest, is_chosen in chosen.items() if not is_chosen)
        self.pseudonyms = self.keys.pseudonyms(self.collection, released, foreign)
        return [self._at_its_place(each, released, chosen) for each in reads]

    def _at_its_place(self, known: Read, released: frozenset[str], chosen: Mapping[str, bool]) -> Read:
        original, about = known.original, f"intake {known.item.intake_id}"
        if original is None:
            return known
        try:
            return guarded(lambda: self._placed(known, original, released, chosen), about, Code.UNREADABLE)
        except Rejected as refusal:
            return Read(known.path, self._refused(known.item, known.path, refusal))

    def _placed(self, known: Read, whole: Original, released: frozenset[str], chosen: Mapping[str, bool]) -> Read:
        original = replace(whole, released_uids=known.claimed & released)
        pseudonyms, patient = self._pseudonyms_of(original), self.keys.patient(original.patient)
        sop, study, series = (pseudonyms.uid(text(original.header, each)) for each in _UIDS)
        item = replace(
            known.item,
            uid=sop,
            study=study,
            series=series,
            patient=pseudonyms.patient(original.patient),
            issuer=patient if chosen.get(patient) else "",
            recipe=self._recipe(original.kind),
        )
        return replace(known, item=item, original=original)

    def _pseudonyms_of(self, original: Original) -> KeyedPseudonyms:
        """The pseudonyms of one file: its own SOP Instance and Series UIDs are always new, released or not."""
        own = {text(original.header, each) for each in ("SOPInstanceUID", "SeriesInstanceUID")}
        if own.isdisjoint(original.released_uids):
            return self.pseudonyms
        return self.pseudonyms.without(own)

    def _recipe(self, kind: Kind) -> str:
        """What the clean form of this kind depends on besides the original; empty where nobody takes it."""
        try:
            raw = self.plugins.registered.recipes.get(self.plugins.choose_deidentifier(kind) or "", "")
        except Rejected:
            return ""  # cleaning asks again, and refuses the instance
        if raw not in self._recipes:
            self._recipes[raw] = self.keys.digest("recipe", raw)[:32] if raw else ""
        return self._recipes[raw]

    def clean(self, known: Sequence[Read], folder: str) -> Iterator[Item]:
        """De-identify, check and store what was read. Never raises for what is in a file.

        Some are cleaned, then these are stored: pixels that are copied in between would drive all else out of the
        processor's caches.
        """
        for some in _groups(known):
            for each in [self._cleaned(one) for one in some]:
                yield self._stored(each, folder)

    def _cleaned(self, known: Read) -> Cleaned:
        original = known.original
        if original is None:
            return Cleaned(known, known.item)
        try:
            with self.suspects.under_work(known.item.intake_id):
                return guarded(
                    lambda: self._clean(known, self._whole(known, original)),
                    f"the clean form of intake {original.intake_id}",
                    Code.PLUGIN_FAILED,
                )
        except Rejected as refusal:
            return Cleaned(known, self._refused(known.item, known.path, refusal))

    def _whole(self, known: Read, original: Original) -> Original:
        """The original with the header that was too large to be held since it was read."""
        if not known.is_large:
            return original
        again = read(known.path, original.intake_id, self.collection)
        if dataset_digest(again, self.keys.subkey("dataset")) != known.item.original:
            raise Rejected(f"intake {original.intake_id} changed while it was read; ingest it again", Code.UNREADABLE)
        return replace(again, released_uids=original.released_uids)

    def _stored(self, cleaned: Cleaned, folder: str) -> Item:
        item, known, clean = cleaned.item, cleaned.known, cleaned.clean
        if clean is None:
            return item
        name, about = f"{folder}/{item.intake_id}", f"the clean form of intake {item.intake_id}"
        try:
            with self.suspects.under_work(item.intake_id):
                stored = guarded(
                    lambda: self._put(clean, cleaned.header, name), about, Code.PLUGIN_FAILED, is_writing=True
                )
        except Rejected as refusal:
            return self._refused(known.item, known.path, refusal)
        kind = "image" if "image" in item.row else "annotation"
        return replace(item, row={**item.row, kind: item.row[kind] | stored})

    def content(self, intake_id: str, path: Path) -> tuple[str, str] | None:
        """The digests of a file's data set and pixels, as its item has them; None where it cannot be read."""
        try:
            with self.suspects.under_work(intake_id):
                return guarded(lambda: self._content(intake_id, path), f"intake {intake_id}", Code.UNREADABLE)
        except (Rejected, OSError):
            return None

    def _content(self, intake_id: str, path: Path) -> tuple[str, str]:
        original = read(path, intake_id, self.collection)
        return dataset_digest(original, self.keys.subkey("dataset")), self._pixel_digest(original)

    def require_content(self, known: Read, dataset: str | None) -> Read:
        """Refuse what was read where its data set is another than the one that was quarantined under its intake id."""
        if known.item.code is not None or known.item.original == dataset:
            return known
        refusal = Rejected(f"intake {known.item.intake_id} is another file than before", Code.UNREADABLE)
        return Read(known.path, self._refused(Item(known.item.intake_id, self.collection), known.path, refusal))

    def _read(self, intake_id: str, path: Path) -> Read:
        original = read(path, intake_id, self.collection)
        dataset = dataset_digest(original, self.keys.subkey("dataset"))  # before a check converts an element
        findings = self._findings(RawCheck, lambda each: each.check_raw(original), intake_id)
        demand_identity(original)
        item = Item(
            intake_id,
            self.collection,
            original=dataset,
            pixels=self._pixel_digest(original),
            kind=original.kind,
            findings=findings,
        )
        claimed = claimed_uids(original.header)
        if not _is_large(original):
            return Read(path, item, original, claimed)
        return Read(path, item, replace(original, header=_identifiers(original.header)), claimed, is_large=True)

    def _pixel_digest(self, original: Original) -> str:
        if original.pixels is None:
            return ""
        return pixel_digest(original.meta, original.header, original.pixels, self.keys.subkey("pixels"))

    def _clean(self, known: Read, original: Original) -> Cleaned:
        clean, item = self._deidentified(original), known.item
        header = _encoded(clean)  # before a check converts an element
        require_complete(original, clean)
        witness = self._findings(WitnessCheck, lambda each: each.check_witness(original, clean), item.intake_id)
        instance = self._findings(InstanceCheck, lambda each: each.check_instance(clean), item.intake_id)
        self.plugins.before_ingest(clean)
        if clean.uid != item.uid:
            raise Rejected(f"the de-identifier gave intake {item.intake_id} a UID that is not ours", Code.NOT_CLEAN)
        about = tuple(replace(each, about=item.uid) for each in (*item.findings, *witness, *instance))
        item = replace(item, row=_row(original, clean), findings=about)
        return Cleaned(
            known, item, replace(clean, decode=None, frames=None), header
        )  # without the frames that a check had decoded

    def _deidentified(self, original: Original) -> Clean:
        name = self.plugins.choose_deidentifier(original.kind)
        deidentifier = self.plugins.registered.deidentifiers.get(name) if name else None
        if deidentifier is None:
            raise Rejected(f"no de-identifier takes intake {original.intake_id}", Code.NO_DEIDENTIFIER)
        pseudonyms, name = self._pseudonyms_of(original), deidentifier.name
        clean = _guarded(lambda: deidentifier.deidentify(original, pseudonyms), name, Code.PLUGIN_FAILED)
        if clean.pixels is None:
            return clean
        pixels = clean.pixels
        return replace(clean, decode=_decoder(clean), frames=lambda: frames(clean.meta, clean.header, pixels))

    def _put(self, clean: Clean, header: bytes, name: str) -> dict[str, Any]:
        written: list[Any] = []
        self.store.put(f"{name}.dcm", lambda target: written.append(write(clean, header, target)))
        reach("file-stored")
        self.store.put(f"{name}.json", lambda target: sidecar.write(clean.header, target))
        return {"file": f"{name}.dcm", "digest": written[-1].digest, "size": written[-1].size}

    def _findings(self, kind: type[T], ask: Callable[[T], Iterable[Finding]], intake_id: str) -> tuple[Finding, ...]:
        """Ask every check of a kind. Raises Rejected with the code of the first failure."""
        found = checked(self.plugins.registered, kind, ask, intake_id)
        failure = failing(found)
        if failure:
            raise Failed(failure)
        return tuple(found)

    def _refused(self, item: Item, path: Path, refusal: Rejected) -> Item:
        """The item of a refused file; a code that nobody registered may be made of what the file holds, and is dropped."""
        code = self.plugins.registered.code(refusal.outcome) or Code.REFUSED
        digest = file_digest(path, self.keys.subkey("file"))
        found = (refusal.finding,) if isinstance(refusal, Failed) else ()
        return replace(item, code=code, file=digest, row={}, findings=found)


def _row(original: Original, clean: Clean) -> dict[str, Any]:
    """The rows of a clean instance; why an image is held back at release is read from the original too, as codes."""
    row = rows.row(clean)
    if "image" in row:
        row["image"]["holdReasons"] = hold_reasons(original.header, clean.header) or None
    return row


def _groups(known: Sequence[Read]) -> Iterator[list[Read]]:
    """Some at a time; a large one by itself, since its clean form is as large."""
    group: list[Read] = []
    for each in known:
        if group and (each.is_large or len(group) == _AT_ONCE):
            yield group
            group = []
        group.append(each)
        if each.is_large:
            yield group
            group = []
    if group:
        yield group


def _is_large(original: Original) -> bool:
    """Whether a header is too large to be held for a whole batch; without pixels, the file is its header."""
    if original.pixels is not None:
        return original.pixels.offset > _LARGE
    return original.size > _LARGE or original.meta.TransferSyntaxUID == DeflatedExplicitVRLittleEndian


def _identifiers(header: "Dataset") -> "Dataset":
    """What `Zone.place` asks of a header."""
    from pydicom import Dataset

    kept = Dataset()
    for keyword in (*_UIDS, "SpecificCharacterSet"):
        if keyword in header:
            kept[keyword] = header[keyword]
    return kept


def _encoded(clean: Clean) -> bytes:
    return _guarded(
        lambda: encode_header(clean.header, clean.meta.TransferSyntaxUID), "the clean header", Code.PLUGIN_FAILED
    )


_PASSING = (Level.INFO, Level.WARNING)
_UIDS = ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID")


def failing(found: Iterable[Finding]) -> Finding | None:
    """The first finding that refuses: any whose level is neither information nor a warning."""
    return next((each for each in found if each.level not in _PASSING), None)


def checked(registered: Registry, kind: type[T], ask: Callable[[T], Iterable[Finding]], about: str) -> list[Finding]:
    """What every registered check of one scope has to say about one thing."""
    of_kind = [(name, check) for name, check in registered.checks.items() if _is_of(check, kind)]
    return [each for name, check in of_kind for each in _asked(registered, check, name, ask, about)]


_KINDS: dict[tuple[type, type], bool] = {}


def _is_of(check: object, kind: type[T]) -> TypeGuard[T]:
    """Whether a check is of a kind; a protocol is slow to ask, and its answer one for a class."""
    at = (type(check), kind)
    if at not in _KINDS:
        _KINDS[at] = isinstance(check, kind)
    return _KINDS[at]


def _asked(
    registered: Registry, check: T, name: str, ask: Callable[[T], Iterable[Finding]], about: str
) -> list[Finding]:
    """One check's findings, under its registered name; a check that raises becomes a failing finding."""
    try:
        return [replace(each, code=_known(registered, each.code), check=name, about=about) for each in ask(check)]
    except BaseException as error:
        if stops(error):
            raise
        log.warning("check %s failed on %s: %s", name, about, type(error).__name__)
        return [Finding(code_of(error, Code.CHECK_FAILED), Level.FAILURE, about, name)]


def _known(registered: Registry, given: object) -> Code | PluginCode:
    """The code, if anybody registered it. Raises ValueError without repeating it."""
    code = registered.code(given)
    if code is None:
        raise ValueError("a code that nobody registered")
    return code


def _guarded(work: Callable[[], T], name: str, code: Code) -> T:
    """Run foreign code: what it raises refuses the instance, and its text, which may quote a value, is not repeated."""
    try:
        return work()
    except Rejected:
        raise
    except ObiaError as error:
        raise Rejected(f"{name} refuses", error.code) from None
    except BaseException as error:
        if stops(error):
            raise
        log.warning("%s failed: %s", name, type(error).__name__)
        raise Rejected(f"{name} failed", code_of(error, code)) from None


def _decoder(clean: Clean) -> "Callable[[], np.ndarray[Any, Any]]":
    pixels = clean.pixels
    assert pixels is not None
    return cache(lambda: decode(clean.meta, clean.header, pixels))
