"""Redaction: the burned-in text of one file blanked, as CTP does it or safely.

Strict: native pixels byte by byte, JPEG Baseline in its blocks, every other compressed syntax passed on as it came (SKIP).
Safe: true black under every syntax that a packaged decoder reads, overlays and icons gone; else QUARANTINE.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

from obia.plugins.deid_ctp.dicom.element_index import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    PIXEL_DATA,
    Anatomy,
    Broken,
    Span,
    dissect,
    nested_pixels,
)
from obia.plugins.deid_ctp.language.filters import element_values
from obia.plugins.deid_ctp.outcome import Outcome, Unreadable
from obia.plugins.deid_ctp.pixels import jpeg, native, strict
from obia.plugins.deid_ctp.pixels.black import fill
from obia.plugins.deid_ctp.pixels.encapsulation import BadFragments, encapsulated, read_fragments
from obia.plugins.deid_ctp.pixels.huffman import BadJpeg
from obia.plugins.deid_ctp.pixels.picture import NoPicture, Picture
from obia.plugins.deid_ctp.pixels.rebuilding import Bytes, Changes, rebuilt
from obia.plugins.deid_ctp.pixels.recode import Blanking, Undecodable, recoded
from obia.plugins.deid_ctp.pixels.regions import Region, boxes, signatures

Mode = Literal["strict", "safe"]

_NATIVE = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)
_JPEG_BASELINE, _JPEG_EXTENDED = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"
_MEDIA_CLASS, _MEDIA_INSTANCE, _SYNTAX = 0x00020002, 0x00020003, 0x00020010
_BURNED_IN, _ICONS, _OFFSETS, _LENGTHS = 0x00280301, 0x00880200, 0x7FE00001, 0x7FE00002
_SMALLEST, _LARGEST = 0x00280106, 0x00280107  # what they say of the pixels is no longer so
_FAULTS = (Broken, NoPicture, BadFragments, BadJpeg, Undecodable)


def redact(
    source: Path | bytes, pixel_script: str, *, burned_in: bool = False, test: bool = False, mode: Mode = "strict"
) -> Outcome:
    """Blank the regions of the first signature that matches; `test` fills with a middle value instead of black.

    NOTIMAGE, NOMATCH and NOREGION say that nothing was blanked, and carry no data.
    """
    try:
        file = _bytes(source)
        anatomy = dissect(file)
        if anatomy.get(PIXEL_DATA) is None:
            return Outcome("NOTIMAGE", reason="it holds no pixels")
        values = element_values(file, mode)
    except (Broken, Unreadable) as error:
        return Outcome("QUARANTINE", reason=f"it cannot be read: {error}")
    found = next((each for each in signatures(pixel_script) if each.filter.holds(values)), None)
    if found is None:
        return Outcome("NOMATCH", reason="no signature matches it")
    if not found.regions:
        return Outcome("NOREGION", reason="the signature that matches it has no regions")
    return _blanked(file, anatomy, found.regions, burned_in, test, mode)


def redact_regions(
    source: Path | bytes,
    regions: Iterable[tuple[int, int, int, int]],
    *,
    burned_in: bool = False,
    test: bool = False,
    mode: Mode = "strict",
) -> Outcome:
    """Blank regions (x, y, width, height), both edges counted in; negative x and y count from the right and bottom."""
    wanted = tuple(Region(*region) for region in regions)
    try:
        file = _bytes(source)
        anatomy = dissect(file)
    except Broken as error:
        return Outcome("QUARANTINE", reason=f"it cannot be read: {error}")
    if anatomy.get(PIXEL_DATA) is None:
        return Outcome("NOTIMAGE", reason="it holds no pixels")
    if not wanted:
        return Outcome("NOREGION", reason="there are no regions")
    return _blanked(file, anatomy, wanted, burned_in, test, mode)


def _bytes(source: Path | bytes) -> bytes:
    if isinstance(source, bytes):
        return source
    try:
        return source.read_bytes()
    except OSError:
        raise Broken("it cannot be opened") from None


def _blanked(
    file: bytes, anatomy: Anatomy, regions: tuple[Region, ...], burned_in: bool, test: bool, mode: Mode
) -> Outcome:
    try:
        if mode == "safe":
            return _safely(anatomy, regions, burned_in, test)
        if anatomy.transfer_syntax not in (*_NATIVE, _JPEG_BASELINE):
            return Outcome("SKIP", file, "CTP passes this transfer syntax on unblanked")
        return _strictly(anatomy, regions, burned_in, test)
    except _FAULTS as error:
        return Outcome("QUARANTINE", reason=str(error) or "its fragments are not those of its frames")
    except Exception:  # bytes of anyone: what nobody thought of is a reason to hold a file back, too
        return Outcome("QUARANTINE", reason="its pixels cannot be blanked")


def _strictly(anatomy: Anatomy, regions: tuple[Region, ...], burned_in: bool, test: bool) -> Outcome:
    picture, span = Picture.of(anatomy), _pixels(anatomy)
    changes: Changes = {_BURNED_IN: (b"CS", b"NO")} if burned_in else {}
    if anatomy.transfer_syntax == _JPEG_BASELINE:
        rectangles = [region.rectangle(picture.columns, picture.rows) for region in regions]
        frames = read_fragments(_value(anatomy, span)).frames(picture.frames)
        value = encapsulated(jpeg.emptied(frame, rectangles) for frame in frames)
        return Outcome("OK", rebuilt(anatomy, _meta(anatomy), changes, [_head(anatomy, span), *value]))
    pixels = bytearray(_value(anatomy, span))
    strict.blank(pixels, picture, regions, test)
    return Outcome("OK", rebuilt(anatomy, _meta(anatomy), changes, [_head(anatomy, span), pixels]))


def _safely(anatomy: Anatomy, regions: tuple[Region, ...], burned_in: bool, test: bool) -> Outcome:
    picture, span = Picture.of(anatomy), _pixels(anatomy)
    covered = boxes(regions, picture.columns, picture.rows)
    if not covered:
        return Outcome("NOREGION", reason="none of the regions lies in the image")
    changes = _removals(anatomy)
    if burned_in:
        changes[_BURNED_IN] = (b"CS", b"NO")
    syntax, value = anatomy.transfer_syntax, list[Bytes]()
    if syntax in _NATIVE:
        value = [_native(anatomy, picture, span, covered, test)]
    else:
        syntax, parts, more = _compressed(anatomy, picture, span, Blanking(covered, test))
        value, changes = [*parts], changes | more
    _blacken_nested(anatomy)
    data = rebuilt(anatomy, _meta(anatomy, syntax), changes, [_head(anatomy, span), *value])
    return Outcome("OK", data, notes=_notes(anatomy, changes))


def _native(anatomy: Anatomy, picture: Picture, span: Span, covered: list[native.Box], test: bool) -> bytearray:
    if span.is_undefined:
        raise NoPicture("its pixels are in fragments, which its transfer syntax has not")
    pixels, is_words = bytearray(_value(anatomy, span)), span.vr == b"OW"
    native.blank(pixels, picture, covered, fill(picture, anatomy, test), anatomy.is_little, is_words)
    return pixels


def _compressed(anatomy: Anatomy, picture: Picture, span: Span, blanking: Blanking) -> tuple[str, list[bytes], Changes]:
    """Blank fragments: JPEG in its blocks where that can be, all else decoded and encoded again."""
    fragments = read_fragments(_value(anatomy, span))
    if anatomy.transfer_syntax in (_JPEG_BASELINE, _JPEG_EXTENDED):
        try:
            frames = [_edited(frame, picture, blanking) for frame in fragments.frames(picture.frames)]
            return anatomy.transfer_syntax, encapsulated(frames), {}
        except BadJpeg:
            pass  # no sequential Huffman-coded stream, or one whose tables have no code for black
    found = recoded(anatomy, picture, fragments, blanking)
    return found.transfer_syntax, found.value, found.changes


def _edited(frame: bytes | memoryview, picture: Picture, blanking: Blanking) -> bytes:
    said = jpeg.shape(frame)
    if (said.rows, said.columns, said.components) != (picture.rows, picture.columns, picture.samples):
        raise NoPicture("one of its frames is of another size than its header says")
    highest, middle = (1 << said.bits) - 1, 1 << said.bits - 1
    levels = [middle] * said.components
    if not blanking.is_test:
        is_rgb = said.is_rgb or (said.is_bare and picture.photometric == "RGB")
        levels[0] = highest if picture.photometric == "MONOCHROME1" else 0
        levels[1:] = [0 if is_rgb else middle] * (said.components - 1)
    rectangles = [(left, top, right - left, bottom - top) for left, top, right, bottom in blanking.boxes]
    return jpeg.emptied(frame, rectangles, levels)


def _pixels(anatomy: Anatomy) -> Span:
    span = anatomy.get(PIXEL_DATA)
    if span is None:
        raise Broken("it holds no pixels")
    return span


def _value(anatomy: Anatomy, span: Span) -> memoryview:
    return memoryview(anatomy.body)[span.value : span.end]


def _head(anatomy: Anatomy, span: Span) -> bytes:
    return anatomy.body[span.begin : span.value]


def _meta(anatomy: Anatomy, syntax: str = "") -> dict[int, bytes]:
    """Meta information with what a file may lack: the instance's own UIDs."""
    meta = dict(anatomy.meta)
    for tag, own in ((_MEDIA_CLASS, 0x00080016), (_MEDIA_INSTANCE, 0x00080018)):
        meta[tag] = meta.get(tag, b"").strip(b" \0") or anatomy.value(own).strip(b" \0")
    meta[_SYNTAX] = (syntax or anatomy.transfer_syntax).encode("ascii", "replace")
    return meta


def _removals(anatomy: Anatomy) -> Changes:
    """What shows or describes the region beside the pixels: overlays, icons, and numbers that no longer hold."""
    gone = (_ICONS, _OFFSETS, _LENGTHS, _SMALLEST, _LARGEST)
    return {span.tag: None for span in anatomy.spans if span.tag in gone or _is_overlay(span.tag)}


def _is_overlay(tag: int) -> bool:
    return 0x60000000 <= tag < 0x60200000 and not tag & 0x10000


def _notes(anatomy: Anatomy, changes: Changes) -> tuple[str, ...]:
    removed = sorted(tag for tag, change in changes.items() if change is None and tag not in (_OFFSETS, _LENGTHS))
    return tuple(f"{tag:08x}: removed, it shows or describes what was blanked" for tag in removed)


def _blacken_nested(anatomy: Anatomy) -> None:
    """Overwrite the pixels of icons and previews within sequences by zeros, in place: every length stays."""
    found = list(nested_pixels(anatomy))
    if found:
        body = bytearray(anatomy.body)
        for begin, end in found:
            body[begin:end] = bytes(end - begin)
        anatomy.body = bytes(body)
