"""Pixels: decoded frame by frame, never more than a limit, with one way to fail."""

import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEG2000TransferSyntaxes,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
)

from obia.schema.errors import Code, NotFound, Rejected
from obia.schema.layout import Layout, codestream, fragments
from obia.schema.values import Pixels
from obia.server.border import code_of, stops
from obia.server.decoders import silence

if TYPE_CHECKING:
    from pydicom import Dataset
    from pydicom.dataset import FileMetaDataset
    from pydicom.pixels.decoders.base import Decoder

MAX_BYTES = 256 << 20  # of decoded pixels held at once
MAX_FRAME = 96 << 20  # of one frame that a decoder makes: decoders hold it two to five times, and intake has 512 MiB
_NATIVE_LITTLE = (ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVRLittleEndian)
_FLOATS = (0x7FE00008, 0x7FE00009)
_KEYWORDS = {0x7FE00008: "FloatPixelData", 0x7FE00009: "DoubleFloatPixelData", 0x7FE00010: "PixelData"}

Array = np.ndarray[Any, Any]


def decode(meta: "FileMetaDataset", header: "Dataset", pixels: Pixels, frame: int | None = None) -> Array:
    """Decode all frames, or one (from 0), as (frames, rows, columns[, samples]); YBR becomes RGB. Raises Rejected."""
    layout = Layout.of(header, pixels.tag)
    wanted = range(layout.frames) if frame is None else (frame,)
    if len(wanted) * layout.rows * layout.columns * layout.samples * max(layout.allocated, 8) > 8 * MAX_BYTES:
        raise Rejected(f"its pixels decode to more than {MAX_BYTES} bytes", Code.TOO_LARGE)
    found = frames(meta, header, pixels, wanted)
    first = next(found)
    if len(wanted) == 1:
        return first[np.newaxis]
    decoded = np.empty((len(wanted), *first.shape), first.dtype)
    decoded[0] = first
    for index, each in enumerate(found, 1):
        decoded[index] = each
    return decoded


def frames(
    meta: "FileMetaDataset", header: "Dataset", pixels: Pixels, wanted: Iterable[int] | None = None
) -> Iterator[Array]:
    """Decode frames one after the other (from 0; all unless told otherwise), each in its header's own bits."""
    layout = Layout.of(header, pixels.tag)
    everything = range(layout.frames)
    indices = everything if wanted is None else wanted
    is_grey_or_rgb = pixels.tag not in _FLOATS and layout.samples in (1, 3)
    if is_grey_or_rgb and is_plain(layout, pixels, meta.TransferSyntaxUID):
        yield from _plain(pixels, layout, indices)
        return
    decoder = _decoder(meta.TransferSyntaxUID, layout)
    silence()
    with pixels.opener() as stream:
        options = _options(header, meta.TransferSyntaxUID, pixels, layout)
        _require_frame_within(layout, meta.TransferSyntaxUID)
        places = _checked(stream, pixels, layout)
        if len(places) == layout.frames:  # a fragment a frame: else each is looked for from the first one on
            options["extended_offsets"] = [list(each) for each in zip(*places, strict=True)]
        stream.seek(pixels.value_offset)
        source = decoder.iter_array(stream, indices=None if indices == everything else indices, **options)
        for _ in indices:
            yield _next(source).astype(_word(layout, pixels.tag), copy=False)


def is_plain(layout: Layout, pixels: Pixels, transfer_syntax: UID) -> bool:
    """Whether the stored words are the decoded ones, but for what Bits Stored leaves over."""
    is_as_shown = not layout.is_planar and not layout.photometric.startswith("YBR")
    is_native = not pixels.is_encapsulated and transfer_syntax in _NATIVE_LITTLE
    return is_native and is_as_shown and layout.allocated in (8, 16, 32, 64)


def trim(words: Array, layout: Layout) -> None:
    """Take out, in place, what Bits Stored leaves over: a shift to and fro keeps the sign of signed words."""
    if spare := layout.allocated - layout.stored:
        np.left_shift(words, spare, out=words)
        np.right_shift(words, spare, out=words)


def _plain(pixels: Pixels, layout: Layout, indices: Iterable[int]) -> Iterator[Array]:
    """Read frames whose words need no decoder, as pydicom's would give them."""
    samples = (layout.samples,) if layout.samples > 1 else ()
    with pixels.opener() as stream:
        _checked(stream, pixels, layout)
        for index in indices:
            if not 0 <= index < layout.frames:
                raise Rejected("it has no such frame", Code.BAD_PIXELS)
            frame = np.empty((layout.rows, layout.columns, *samples), _word(layout, pixels.tag))
            stream.seek(pixels.value_offset + index * frame.nbytes)
            if stream.readinto(frame.data) < frame.nbytes:  # type: ignore[attr-defined]
                raise Rejected("its pixels are shorter than they were", Code.BAD_PIXELS)
            trim(frame, layout)
            yield frame


def preview(path: Path, frame: int = 1) -> bytes:
    """Draw one frame, counted from 1, of a stored clean file as PNG. Raises NotFound, Rejected.

    It touches nothing but the file, so that a child process may do it: a decoder that dies takes no server along.
    """
    from obia.server.display import png, window
    from obia.server.intake.reading import read

    stored = read(path, "stored", "")
    if stored.pixels is None:
        raise NotFound("this object has no pixels")
    count = Layout.of(stored.header, stored.pixels.tag).frames
    if not 1 <= frame <= count:
        raise NotFound(f"there is no frame {frame}; frames are counted from 1 to {count}")
    [decoded] = decode(stored.meta, stored.header, stored.pixels, frame - 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return png(window(stored.header, decoded, frame - 1))


def _next(source: Iterator[tuple[Array, dict[str, str | int]]]) -> Array:
    try:
        with warnings.catch_warnings():  # they quote the header
            warnings.simplefilter("ignore")
            return next(source)[0]
    except OSError:
        raise
    except BaseException as error:
        if stops(error):
            raise
        code = code_of(error, Code.BAD_PIXELS)
    raise Rejected("its pixels cannot be decoded", code)


def _decoder(transfer_syntax: UID, layout: Layout) -> "Decoder":
    from pydicom.pixels.decoders.base import get_decoder

    try:
        if transfer_syntax == JPEGExtended12Bit and layout.stored > 8:
            raise NotImplementedError  # neither GDCM nor Pillow reads 12-bit lossy JPEG
        return get_decoder(transfer_syntax)
    except NotImplementedError:
        raise Rejected("no decoder reads its transfer syntax", Code.UNSUPPORTED) from None


def _options(header: "Dataset", transfer_syntax: UID, pixels: Pixels, layout: Layout) -> dict[str, Any]:
    options: dict[str, Any] = {
        "rows": layout.rows,
        "columns": layout.columns,
        "number_of_frames": layout.frames,
        "samples_per_pixel": layout.samples,
        "bits_allocated": layout.allocated,
        "bits_stored": layout.stored,
        "photometric_interpretation": layout.photometric or "MONOCHROME2",
        "pixel_keyword": _KEYWORDS[pixels.tag],
        "pixel_representation": int(layout.is_signed),
        "pixel_vr": "OB" if pixels.is_encapsulated else _vr(layout, pixels),
        "allow_excess_frames": False,
    }
    if layout.samples > 1:
        options["planar_configuration"] = int(layout.is_planar)
    if transfer_syntax in JPEG2000TransferSyntaxes:
        options["decoding_plugin"] = "pylibjpeg"  # the newer OpenJPEG of the two
    elif transfer_syntax in (JPEGBaseline8Bit, JPEGExtended12Bit):
        options["decoding_plugin"] = "pillow"  # GDCM ends the process over some broken frames
    if pixels.is_encapsulated and "ExtendedOffsetTable" in header:
        options["extended_offsets"] = (header.ExtendedOffsetTable, header.ExtendedOffsetTableLengths)
    return options


def _vr(layout: Layout, pixels: Pixels) -> str:
    """The pixel element's own VR, which matters where 8-bit words are big endian: it stands in the file."""
    if layout.allocated > 8 or pixels.value_offset - pixels.offset != 12:
        return "OW"
    with pixels.opener() as stream:
        stream.seek(pixels.offset + 4)
        return stream.read(2).decode("latin-1")


def _word(layout: Layout, tag: int) -> np.dtype[Any]:
    if tag in _FLOATS:
        return np.dtype(f"<f{layout.allocated // 8}")
    size = next(size for size in (1, 2, 4, 8) if layout.allocated <= 8 * size)
    return np.dtype(f"<{'i' if layout.is_signed else 'u'}{size}")


def _require_frame_within(layout: Layout, transfer_syntax: UID) -> None:
    """Refuse a frame for which a decoder takes too much memory; OpenJPEG holds each sample in 32 bits, and copies."""
    least = 16 if transfer_syntax in JPEG2000TransferSyntaxes else 8
    if layout.rows * layout.columns * layout.samples * max(layout.allocated, least) > 8 * MAX_FRAME:
        raise Rejected(f"one frame decodes to more than {MAX_FRAME} bytes", Code.TOO_LARGE)


def _checked(stream: BinaryIO, pixels: Pixels, layout: Layout) -> list[tuple[int, int]]:
    """Where fragments begin after the offset table, and their lengths.

    Pixels that say more of themselves than they hold are refused before a decoder believes them.
    """
    if layout.rows * layout.columns * layout.samples * layout.allocated > 8 * MAX_BYTES:
        raise Rejected(f"one frame decodes to more than {MAX_BYTES} bytes", Code.TOO_LARGE)
    if not pixels.is_encapsulated:
        if pixels.value_length < layout.native_length:
            raise Rejected("its pixels are shorter than its header says", Code.BAD_PIXELS)
        return []
    places, at = list[tuple[int, int]](), 0
    for number, (length, start) in enumerate(fragments(stream, pixels)):
        said = codestream(start)
        if said is not None and said.rows * said.columns > layout.rows * layout.columns:
            raise Rejected("a frame is larger than its header says", Code.BAD_PIXELS)
        if number:
            places.append((at, length))
            at += 8 + length
    return places
