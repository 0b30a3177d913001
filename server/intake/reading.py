"""Reading: bytes of anyone become an `Original`, or are refused with a code; no message tells what they held."""

import hmac
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path
from typing import BinaryIO, NamedTuple

from pydicom import Dataset
from pydicom.dataelem import DataElement, RawDataElement, empty_value_for_VR
from pydicom.dataset import FileMetaDataset
from pydicom.filereader import read_sequence
from pydicom.uid import UID

from obia.schema.errors import Code, Rejected
from obia.schema.forgetting import when_forgetting
from obia.schema.values import Kind, Original, Patient, Pixels
from obia.server.border import guarded, stops
from obia.server.intake.element import (
    PIXELS,
    UNDEFINED,
    Count,
    Element,
    Syntax,
    element_at,
    fragments_end,
    is_sequence,
    sequence_end,
)
from obia.server.intake.runs import Elements, read_explicit_run, read_implicit_run, tag_of
from obia.server.intake.source import Deflated, InMemory, Limits, Place, Source
from obia.server.intake.syntax import EXPLICIT_LITTLE, found_syntax, is_deflated
from obia.server.intake.text import character_sets, text

_META = Syntax(is_implicit=False, is_little=True)
_COMMANDS = Syntax(is_implicit=True, is_little=True)
_MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"
_CHUNK = 1 << 20
_MOST, _LONGEST = 256, 16 << 10  # elements that are remembered, one for a tag, and bytes of one
_UID = re.compile(r"[0-9]+(\.[0-9]+)+")
_DEFAULT = Limits()


def read(path: Path, intake_id: str, collection: str, limits: Limits = _DEFAULT) -> Original:
    """Read a file's header and find its pixels. Raises Rejected, naming the intake id alone."""
    try:
        return guarded(lambda: _read(Place.find(path), intake_id, collection, limits), "the file", Code.UNREADABLE)
    except Rejected as refusal:
        reason, code = refusal.message, refusal.code
    # raised out here, so that no original's values hang on as its context
    raise Rejected(f"intake {intake_id}: {reason}", code)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """Open a regular file; nothing that took its place can hold us up. Raises Rejected, OSError."""
    with Place.find(path).open() as stream:
        yield stream


def file_digest(path: Path, key: bytes) -> str:
    """The keyed digest of a file's bytes, in hexadecimal; of its name where its bytes cannot be read."""
    mac = hmac.new(key, b"bytes", "sha256")
    try:
        with opened(path) as stream:
            while chunk := stream.read(_CHUNK):
                mac.update(chunk)
    except BaseException as error:
        if stops(error):
            raise
        return hmac.digest(key, b"name" + os.fsencode(path), "sha256").hex()
    return mac.hexdigest()


def demand_identity(original: Original) -> None:
    """Raise Rejected where an original has no patient or no valid UIDs: the intake cannot work without them."""
    header = original.header
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        if not is_uid(text(header, keyword)):
            raise Rejected(f"intake {original.intake_id}: {keyword} is missing or no UID", Code.NO_UIDS)
    if not original.patient.id:
        raise Rejected(f"intake {original.intake_id}: Patient ID (0010,0020) is missing", Code.NO_PATIENT_ID)


def is_uid(value: str) -> bool:
    """Whether a text may stand for a UID: digits and points, 64 at most (PS3.5 section 9); leading zeros are common."""
    return len(value) <= 64 and _UID.fullmatch(value) is not None


def _read(place: Place, intake_id: str, collection: str, limits: Limits) -> Original:
    if not place.size:
        raise Rejected("the file is empty", Code.EMPTY_FILE)
    with place.open() as stream:
        source = Source(stream.fileno(), place.size, limits.header)
        meta, at = _read_meta(source, limits)
        declared = text(meta, "TransferSyntaxUID")
        opener: Callable[[], BinaryIO] = place.open
        if is_deflated(declared):
            deflated = Deflated(place, at, limits.inflated)
            opener, declared, at = deflated.open, EXPLICIT_LITTLE, 0
            with opener() as inflated:
                source = InMemory(inflated.read())
        syntax, transfer_syntax = found_syntax(source, at, declared)
        if transfer_syntax != text(meta, "TransferSyntaxUID"):
            meta.TransferSyntaxUID = UID(transfer_syntax)
        elements, element, at = _read_elements(source, at, syntax, limits)
        pixels = _place_pixels(source, opener, element, at, syntax, limits) if element else None
    header = _dataset(elements, syntax)
    return Original(
        intake_id=intake_id,
        kind=_kind(header, transfer_syntax, collection),
        patient=Patient(text(header, "PatientID"), text(header, "IssuerOfPatientID")),
        meta=meta,
        header=header,
        pixels=pixels,
        size=place.size,
    )


def _read_meta(source: Source, limits: Limits) -> tuple[FileMetaDataset, int]:
    """Read group 2, explicit little endian (PS3.10 section 7.1), and return where the data set begins."""
    at, count = _start(source), Count(limits.elements, "elements and items")
    elements: Elements = {}
    while source.peek(at, 2) == b"\x02\x00":
        count.take()
        element = element_at(source, at, _META)
        if element.length == UNDEFINED:
            raise Rejected("its file meta information is damaged", Code.UNREADABLE)
        elements[tag_of(element.tag)] = _raw(source, element, element.end, _META)
        at = element.end
    while at + 8 <= source.size and source.peek(at, 2) == b"\0\0":  # debris of a network transfer
        count.take()
        at = element_at(source, at, _COMMANDS).end
    meta = FileMetaDataset(elements)
    meta.set_original_encoding(False, True, "iso8859")
    if text(meta, "MediaStorageSOPClassUID") == _MEDIA_DIRECTORY:
        raise Rejected("it is a media directory; send the files it lists", Code.UNSUPPORTED)
    return meta, at


def _start(source: Source) -> int:
    """Where group 2 or the data set begins; without a preamble only what begins as group 2 or 8 may be DICOM."""
    if source.peek(128, 4) == b"DICM":
        if source.size < 140:
            raise Rejected("the file ends after its preamble; send the whole file", Code.TRUNCATED)
        return 132
    start = source.peek(0, 8)
    group, number = start[:2], start[2:4]
    is_little = group in (b"\x02\x00", b"\x08\x00") and number[1:] in (b"\0", b"\1")
    is_big = group == b"\x00\x08" and number[:1] in (b"\0", b"\1") and start[4:6].isalpha()
    if len(start) < 8 or not (is_little or is_big):
        raise Rejected("it is not a DICOM file", Code.NOT_DICOM)
    return 0


def _read_elements(source: Source, at: int, syntax: Syntax, limits: Limits) -> tuple[Elements, Element | None, int]:
    """Read elements up to the pixels, and return them, the pixel element where there is one, and where it begins."""
    elements: Elements = {}
    count = Count(limits.elements, "elements and items")
    read_run = read_implicit_run if syntax.is_implicit else read_explicit_run
    while True:
        at, read = read_run(source.head(0), at, syntax.is_little, elements, count.left + 1)
        count.take(read)
        if _is_over(source, at):
            return elements, None, at
        element = element_at(source, at, syntax)
        if element.tag in PIXELS:
            return elements, element, at
        if element.tag >> 16 in (0x0002, 0xFFFE) or not element.tag:
            raise Rejected("a delimiter, file meta or zeros stand in its data set", Code.UNREADABLE)
        at = _add(source, element, at, syntax, limits, count, elements)


def _add(
    source: Source, element: Element, at: int, syntax: Syntax, limits: Limits, count: Count, elements: Elements
) -> int:
    """Add an element, and return where it ends. Its beginning says where: one that is known ends as it did before."""
    place, left = (element.tag, syntax, limits.depth), count.left
    known = _known.get(place)
    if known is not None and source.head(0).startswith(known.whole, at):
        count.take(known.counted)
        elements[known.raw.tag] = known.raw
        return at + len(known.whole)
    count.take()
    end = _end(source, element, syntax, limits, count)
    raw = elements[tag_of(element.tag)] = _raw(source, element, end, syntax)
    if end - at <= _LONGEST:
        if len(_known) >= _MOST:
            _known.clear()
        _known[place] = _Known(source.head(end)[at:end], left - count.left, raw)
    return end


class _Known(NamedTuple):
    """The last element with its tag: its bytes, how many elements and items it holds, and what it was read as."""

    whole: bytes
    counted: int
    raw: RawDataElement


_known: dict[tuple[int, Syntax, int], _Known] = {}
when_forgetting(_known.clear)


def _is_over(source: Source, at: int) -> bool:
    """Whether the file ends here: some writers fill the last block with zeros."""
    if at >= source.size:
        return True
    if source.peek(at, 4).strip(b"\0") or source.size - at > 65536:
        return False
    return not source.peek(at, source.size - at).strip(b"\0")


def _end(source: Source, element: Element, syntax: Syntax, limits: Limits, count: Count) -> int:
    if is_sequence(element):
        return sequence_end(source, element, syntax, limits.depth, count)
    if element.length == UNDEFINED:
        return fragments_end(source, element.value, syntax.is_little, count)
    return element.end


def _raw(source: Source, element: Element, end: int, syntax: Syntax) -> RawDataElement:
    """An element as pydicom holds it until someone asks; a value of undefined length goes without its delimiter."""
    head, vr = source.head(end), element.vr
    if element.length == UNDEFINED:
        end -= 8
        vr = "SQ" if vr is None else vr
    value = head[element.value : end] if end > element.value else empty_value_for_VR(vr, raw=True)
    return RawDataElement(tag_of(element.tag), vr, element.length, value, 0, *syntax)  # type: ignore[arg-type]


def _dataset(elements: Elements, syntax: Syntax) -> Dataset:
    header = Dataset(elements)
    encodings = character_sets(header)
    header.set_original_encoding(*syntax, encodings)
    for tag, raw in elements.items():
        # PS3.5 6.2.2: items inside are implicit, so the bytes cannot be written again as they are
        if isinstance(raw, RawDataElement) and raw.VR == "UN" and raw.length == UNDEFINED:
            items = read_sequence(BytesIO(raw.value or b""), *syntax, len(raw.value or b""), encodings)
            header._dict[tag] = DataElement(tag, "SQ", items, raw.value_tell, is_undefined_length=True)
    return header


def _place_pixels(
    source: Source, opener: Callable[[], BinaryIO], element: Element, at: int, syntax: Syntax, limits: Limits
) -> Pixels:
    is_encapsulated, count = element.length == UNDEFINED, Count(limits.fragments, "fragments of pixels")
    end = fragments_end(source, element.value, syntax.is_little, count) if is_encapsulated else element.end
    if end > source.size:
        raise Rejected("the file ends inside its pixels; send the whole file", Code.TRUNCATED)
    return Pixels(
        opener=opener,
        tag=element.tag,
        offset=at,
        length=end - at,
        value_offset=element.value,
        value_length=end - element.value,
        is_encapsulated=is_encapsulated,
    )


def _kind(header: Dataset, transfer_syntax: str, collection: str) -> Kind:
    return Kind(
        sop_class=text(header, "SOPClassUID"),
        modality=text(header, "Modality"),
        manufacturer=text(header, "Manufacturer"),
        transfer_syntax=transfer_syntax,
        collection=collection,
    )
