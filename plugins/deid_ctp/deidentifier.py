"""The de-identifier: an original in, a clean instance out, of the pixels what decoding needs."""

from dataclasses import replace
from datetime import datetime

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import UID, ExplicitVRBigEndian, ImplicitVRLittleEndian

from obia import Clean, Code, Kind, Original, Pixels, Pseudonyms, Rejected
from obia.plugins.deid_ctp.archive_policy import ArchivePolicy, NoTable
from obia.plugins.deid_ctp.cleaning import clean, taken
from obia.plugins.deid_ctp.codestreams.element import cleaned
from obia.plugins.deid_ctp.datasets import as_dataset
from obia.plugins.deid_ctp.elements import Item, read_item
from obia.plugins.deid_ctp.evaluating import Evaluator
from obia.plugins.deid_ctp.reading import Read
from obia.plugins.deid_ctp.rewriting import Rewriter
from obia.plugins.deid_ctp.script import Script
from obia.plugins.deid_ctp.uids import is_storage_class
from obia.plugins.deid_ctp.unknown import open_unknown

IMPLEMENTATION = UID("2.25.211830184561391736542880973302846593217")  # drawn once, for this implementation
_SOP_CLASS, _SOP_INSTANCE, _MANUFACTURER = 0x00080016, 0x00080018, 0x00080070


class CtpDeidentifier:
    """Cleans by one script; keeps numeric private elements; refuses what it cannot make clean."""

    name = "deid_ctp"

    def __init__(self, script: Script, version: str) -> None:
        self._script = script
        self._version = f"OBIA_{version}"[:16]  # SH holds 16 characters

    def deidentify(self, original: Original, pseudonyms: Pseudonyms) -> Clean:
        """Return the clean instance. Raises Rejected; the original stays as it was."""
        if not original.patient.id.strip():
            raise Rejected("it has no patient ID to derive a pseudonym from", Code.NO_PATIENT_ID)
        root = read_item(original.header, *_encoding(original))
        sop_class, uid = root.text(_SOP_CLASS), root.text(_SOP_INSTANCE)
        if not sop_class or not uid:
            raise Rejected("it has no SOP class or no SOP instance UID", Code.NO_UIDS)
        if not is_storage_class(sop_class):
            raise Rejected("its SOP class is none the standard registers", Code.NO_DEIDENTIFIER)
        policy = ArchivePolicy(original.patient, pseudonyms)
        open_unknown(root, policy)
        read = Read(b"", Item(None, root.charset, False, True), "", root, b"", [])
        now = datetime.now()  # noqa: DTZ005 - a script's @date() is the archive's wall clock
        rewriter = Rewriter(Evaluator(self._script, read, policy, now, integers=NoTable()))
        made = rewriter.root()
        identity = taken(rewriter.trace)
        identity.settle()
        clean(rewriter, identity)
        header = as_dataset(made)
        return Clean(
            intake_id=original.intake_id,
            kind=_kind(original.kind, header),
            meta=self._meta(header, original),
            header=header,
            pixels=self._pixels(header, original),
            actions=dict(rewriter.actions),
        )

    def _pixels(self, header: Dataset, original: Original) -> Pixels | None:
        if original.pixels is None:
            return None
        return cleaned(original.pixels, header, UID(_transfer_syntax(original)))

    def _meta(self, header: Dataset, original: Original) -> FileMetaDataset:
        """Build file meta anew: nothing of the original's but the transfer syntax."""
        meta = FileMetaDataset()
        meta.MediaStorageSOPClassUID = _uid(header, _SOP_CLASS)
        meta.MediaStorageSOPInstanceUID = _uid(header, _SOP_INSTANCE)
        meta.TransferSyntaxUID = UID(_transfer_syntax(original))
        meta.ImplementationClassUID = IMPLEMENTATION
        meta.ImplementationVersionName = self._version
        return meta


def _kind(kind: Kind, header: Dataset) -> Kind:
    """The kind without what the clean header lost."""
    manufacturer = header.get_item(_MANUFACTURER)
    return kind if manufacturer is not None and manufacturer.value else replace(kind, manufacturer="")


def _uid(header: Dataset, tag: int) -> UID:
    value = header.get_item(tag).value
    return UID(value.decode("ascii").strip(" \0") if isinstance(value, bytes) else str(value))


def _transfer_syntax(original: Original) -> str:
    return str(original.meta.get("TransferSyntaxUID", None) or original.kind.transfer_syntax)


def _encoding(original: Original) -> tuple[bool, bool]:
    """Whether the header's bytes are implicit, and whether little endian."""
    is_implicit, is_little = original.header.original_encoding
    if is_implicit is not None and is_little is not None:
        return is_implicit, is_little
    syntax = _transfer_syntax(original)
    return syntax == ImplicitVRLittleEndian, syntax != ExplicitVRBigEndian
