"""The de-identifier: an original in, a clean instance out, of the pixels what decoding needs."""

import hashlib
from collections import Counter
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import lru_cache

from pydicom import Dataset
from pydicom.config import IGNORE
from pydicom.dataelem import DataElement, RawDataElement
from pydicom.dataset import FileMetaDataset
from pydicom.tag import BaseTag
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from obia import GEOMETRY, Clean, Code, Kind, Original, Pixels, Pseudonyms, Rejected
from obia.plugins.deid_ctp.codestreams import element as codestreams
from obia.plugins.deid_ctp.dicom.charsets import DEFAULT
from obia.plugins.deid_ctp.dicom.datasets import as_dataset
from obia.plugins.deid_ctp.dicom.elements import (
    LONG_FORM,
    SHORT_FORM,
    Branch,
    Element,
    Item,
    element_of,
    read_charset,
    read_item,
)
from obia.plugins.deid_ctp.dicom.reader import Read
from obia.plugins.deid_ctp.dicom.uids import is_storage_class
from obia.plugins.deid_ctp.dicom.writer import IMPLEMENTATION
from obia.plugins.deid_ctp.engine.archive_policy import ArchivePolicy, NoTable
from obia.plugins.deid_ctp.engine.cleaner import cleaned
from obia.plugins.deid_ctp.engine.evaluator import Evaluator
from obia.plugins.deid_ctp.engine.rewriter import Rewriter
from obia.plugins.deid_ctp.engine.unknown_vr import open_unknown, opened
from obia.plugins.deid_ctp.fastpath.representation import AsElements
from obia.plugins.deid_ctp.fastpath.result_cache import Recall, Unrecalled
from obia.plugins.deid_ctp.fastpath.walker import Root, Walk
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.pools import Pool, Same

_SOP_CLASS, _SOP_INSTANCE, _MANUFACTURER = 0x00080016, 0x00080018, 0x00080070
_META = [
    (BaseTag(0x00020000 | number), vr)
    for number, vr in ((0x0002, "UI"), (0x0003, "UI"), (0x0010, "UI"), (0x0012, "UI"), (0x0013, "SH"))
]  # SOP class and instance, transfer syntax, implementation
_CLOSED = SHORT_FORM | LONG_FORM - {"SQ", "UN"}  # VRs of what holds nothing that must be read first
_known_uid = lru_cache(256)(UID)  # UID() asks pydicom's rules each time
_FORM = AsElements()
_LARGE = 256 << 10  # bytes of a header
_DEFLATED = "1.2.840.10008.1.2.1.99"
_MOST_RECALLS = 2  # collections that are taken in side by side


class CtpDeidentifier:
    """Cleans by one script; keeps numeric private elements; refuses what it cannot make clean."""

    name = "deid_ctp"

    def __init__(self, script: Script, version: str) -> None:
        self._script = script
        self.recipe = hashlib.sha256(script.text.encode("utf-8", "surrogatepass")).hexdigest()
        self._version = f"OBIA_{version}"[:16]  # SH holds 16 characters
        self._recalls: Pool[Recall] = Pool(_MOST_RECALLS)

    def deidentify(self, original: Original, pseudonyms: Pseudonyms) -> Clean:
        """Return the clean instance. Raises Rejected; the original stays as it was."""
        if not original.patient.id.strip():
            raise Rejected("it has no patient ID to derive a pseudonym from", Code.NO_PATIENT_ID)
        try:
            header, actions = self._recalled(original, pseudonyms)
        except Unrecalled:
            header, actions = self._whole(original, pseudonyms)
        return Clean(
            intake_id=original.intake_id,
            kind=_kind(original.kind, header),
            meta=self._meta(header, original),
            header=header,
            pixels=self._pixels(header, original),
            actions=actions,
            removed=self._removed(original, header, pseudonyms),
        )

    def _recalled(self, original: Original, pseudonyms: Pseudonyms) -> tuple[Dataset, Counter[str]]:
        """The header element by element, as each became before. Raises Unrecalled."""
        policy = ArchivePolicy(original.patient, pseudonyms)
        header = original.header
        elements = dict(zip(map(int, header.keys()), header.values(), strict=True))  # get_item() would convert some
        like = Item(None, DEFAULT, *_encoding(original))
        root = Root(lambda tag, root: _read(elements.get(tag), root, policy), like, policy.notes)
        read_charset(header, root)
        _demand(root)
        pieces: dict[int, object] = {
            tag: element if isinstance(element, RawDataElement) else object() for tag, element in elements.items()
        }
        rewriter = self._rewriter(root, policy)
        whose = (original.patient.id, original.patient.issuer)
        with self._recall(original, pseudonyms) as recall:
            fates, new, _ = Walk(recall, pieces, root, rewriter, _FORM, whose).walk()
        made = Item(None, root.charset, root.is_implicit, root.is_little)
        made.elements = list(new.values())
        return as_dataset(made), Counter("".join([fate.letters for fate in fates]))

    def _whole(self, original: Original, pseudonyms: Pseudonyms) -> tuple[Dataset, Counter[str]]:
        """The header as one tree."""
        root, policy = read_item(original.header, *_encoding(original)), ArchivePolicy(original.patient, pseudonyms)
        open_unknown(root, policy)
        rewriter = self._rewriter(root, policy)
        return as_dataset(cleaned(rewriter)), +rewriter.actions

    def _removed(self, original: Original, header: Dataset, pseudonyms: Pseudonyms) -> frozenset[int]:
        """Geometry that a rule of the script removed or emptied, by the trace of the script.

        Where geometry is missing, which is seldom, the script is applied once more to the whole header: what was lost
        in any other way, such as by a cached result, is not listed.
        """
        before = original.header
        missing = {tag for tag in GEOMETRY.values() if not _lacks(before, tag) and _lacks(header, tag)}
        if not missing:
            return frozenset()
        root, policy = read_item(original.header, *_encoding(original)), ArchivePolicy(original.patient, pseudonyms)
        open_unknown(root, policy)
        rewriter = self._rewriter(root, policy)
        made, trace = cleaned(rewriter), rewriter.trace
        traced = {int(element.tag) for item, _, element, _ in trace.taken if item is root}
        traced |= {int(element.tag) for item, _, element in trace.kept if item is root}  # which cleaning may empty
        return frozenset(tag for tag in missing & traced if _is_empty(made.get(tag)))

    def _rewriter(self, root: Item, policy: ArchivePolicy) -> Rewriter:
        read = Read(b"", Item(None, root.charset, False, True), "", root, b"", [])
        now = datetime.now()  # noqa: DTZ005 - a script's @date() is the archive's wall clock
        return Rewriter(Evaluator(self._script, read, policy, now, integers=NoTable()))

    def _recall(self, original: Original, pseudonyms: Pseudonyms) -> AbstractContextManager[Recall]:
        """What is remembered under these pseudonyms, for one thread at a time; of large headers nothing is, since memory
        is bounded by their number."""
        if _is_large(original):
            return nullcontext(Recall())
        return self._recalls.lend(Same(pseudonyms), Recall)

    def _pixels(self, header: Dataset, original: Original) -> Pixels | None:
        if original.pixels is None:
            return None
        return codestreams.cleaned(original.pixels, header, _known_uid(_transfer_syntax(original)))

    def _meta(self, header: Dataset, original: Original) -> FileMetaDataset:
        """Build file meta anew: nothing of the original's but the transfer syntax."""
        values = (
            _known_uid(_text(header, _SOP_CLASS)),
            UID(_text(header, _SOP_INSTANCE), IGNORE),
            _known_uid(_transfer_syntax(original)),
            _known_uid(IMPLEMENTATION),
            self._version,
        )
        elements = zip(_META, values, strict=True)
        # to set them as attributes, each converted and validated, takes five times as long
        return FileMetaDataset(
            {tag: DataElement(tag, vr, value, already_converted=True) for (tag, vr), value in elements}
        )


def _is_large(original: Original) -> bool:
    """Whether its header is large, or may be: what a file without pixels inflates to is not known."""
    if original.pixels is not None:
        return original.pixels.offset > _LARGE
    return original.size > _LARGE or original.kind.transfer_syntax == _DEFLATED


def _demand(root: Item) -> None:
    """Raise Rejected for what is no instance, or none of a class that can be stored."""
    sop_class, uid = root.text(_SOP_CLASS), root.text(_SOP_INSTANCE)
    if not sop_class or not uid:
        raise Rejected("it has no SOP class or no SOP instance UID", Code.NO_UIDS)
    if not is_storage_class(sop_class):
        raise Rejected("its SOP class is none the standard registers", Code.NO_DEIDENTIFIER)


def _read(element: DataElement | RawDataElement | None, root: Root, policy: ArchivePolicy) -> Element | None:
    """Read one element of a dataset."""
    if isinstance(element, RawDataElement) and element.VR in _CLOSED:
        return element
    return None if element is None else opened(root, element_of(element, root), policy)


def _is_empty(element: Element | None) -> bool:
    return element is None or not (element.items if isinstance(element, Branch) else element.value)


def _lacks(header: Dataset, tag: int) -> bool:
    """Whether a clean header has no value for a tag."""
    element = header.get_item(tag)
    return element is None or not element.value


def _kind(kind: Kind, header: Dataset) -> Kind:
    """The kind without what the clean header lost."""
    manufacturer = header.get_item(_MANUFACTURER)
    return kind if manufacturer is not None and manufacturer.value else replace(kind, manufacturer="")


def _text(header: Dataset, tag: int) -> str:
    value = header.get_item(tag).value
    return value.decode("ascii").strip(" \0") if isinstance(value, bytes) else str(value)


def _transfer_syntax(original: Original) -> str:
    return str(original.meta.get("TransferSyntaxUID", None) or original.kind.transfer_syntax)


def _encoding(original: Original) -> tuple[bool, bool]:
    """Whether the header's bytes are implicit, and whether little endian."""
    is_implicit, is_little = original.header.original_encoding
    if is_implicit is not None and is_little is not None:
        return is_implicit, is_little
    syntax = _transfer_syntax(original)
    return syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
