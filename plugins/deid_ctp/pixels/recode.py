"""Recoding: compressed frames decoded one by one, blanked in their true black, and encoded again without loss.

RLE stays RLE; JPEG Lossless, JPEG-LS, JPEG 2000 and HTJ2K become JPEG 2000 Lossless, the one lossless codec for which
encoder and decoder are both at hand; what it cannot hold becomes RLE. Deflated and uncompressed frames stay what they are.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from obia import codestream
from obia.plugins.deid_ctp.dicom.element_index import Anatomy
from obia.plugins.deid_ctp.pixels import native
from obia.plugins.deid_ctp.pixels.black import fill
from obia.plugins.deid_ctp.pixels.decoding import DecoderFailed, Options, decode
from obia.plugins.deid_ctp.pixels.encapsulation import Fragments, encapsulated
from obia.plugins.deid_ctp.pixels.picture import MAX_FRAME, Picture
from obia.plugins.deid_ctp.pixels.rebuilding import Changes

RLE, JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.5", "1.2.840.10008.1.2.4.90"
_DEFLATED_FRAMES, _PLAIN_FRAMES = "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98"
_BASELINE, _SPECTRAL, _PROGRESSIVE = (f"1.2.840.10008.1.2.4.{number}" for number in (50, 53, 55))
_READ_AS = {_SPECTRAL: _BASELINE, _PROGRESSIVE: _BASELINE}  # retired; the decoder of the one reads them all
_LOSSY = (_BASELINE, "1.2.840.10008.1.2.4.51", _SPECTRAL, _PROGRESSIVE, "1.2.840.10008.1.2.4.81")
_PERHAPS_LOSSY = ("1.2.840.10008.1.2.4.91", "1.2.840.10008.1.2.4.203")
_JPEG_2000 = ("1.2.840.10008.1.2.4.90", *_PERHAPS_LOSSY, "1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202")
_RLE_SEGMENTS = 15
_LOSSY_COMPRESSION, _PHOTOMETRIC, _PLANAR = 0x00282110, 0x00280004, 0x00280006


Encode = Callable[[np.ndarray, Picture], bytes]


class Undecodable(Exception):
    """No packaged decoder reads these pixels, or none can; its text says which."""


@dataclass(frozen=True, slots=True)
class Recoded:
    """Pixels encoded anew: under which transfer syntax, the value's parts, and which elements change with them."""

    transfer_syntax: str
    value: list[bytes]
    changes: Changes


@dataclass(frozen=True, slots=True)
class Blanking:
    """What is to be blanked, and whether with grey for a test."""

    boxes: list[native.Box]
    is_test: bool


def recoded(anatomy: Anatomy, picture: Picture, fragments: Fragments, blanking: Blanking) -> Recoded:
    """Blank every frame. Raises Undecodable, NoPicture, BadFragments."""
    syntax, frames = anatomy.transfer_syntax, fragments.frames(picture.frames)
    if syntax in (_DEFLATED_FRAMES, _PLAIN_FRAMES):
        blank = _native_frame(anatomy, picture, blanking, syntax == _DEFLATED_FRAMES)
        return Recoded(syntax, encapsulated(blank(bytes(frame)) for frame in frames), {})
    _check_decoder(syntax, picture)
    target, shown, written, is_lossy = "", picture, list[bytes](), syntax in _LOSSY
    encode: Encode = _jpeg_2000
    for frame in frames:
        array, shown = _decoded(syntax, bytes(frame), picture)
        native.blank_array(array, blanking.boxes, fill(shown, anatomy, blanking.is_test))
        if not target:
            target, encode, first = _encoder(syntax, array, shown)
            written.append(first)
            is_lossy = is_lossy or (syntax in _PERHAPS_LOSSY and _is_irreversible(bytes(frame)))
        else:
            written.append(encode(array, shown))
    return Recoded(target, encapsulated(written), _changes(target, anatomy, shown, is_lossy))


def _native_frame(
    anatomy: Anatomy, picture: Picture, blanking: Blanking, is_deflated: bool
) -> Callable[[bytes], bytes]:
    """How a frame of plain or deflated pixels is blanked."""
    one, values = replace(picture, frames=1), fill(picture, anatomy, blanking.is_test)

    def blank(frame: bytes) -> bytes:
        pixels = bytearray(_inflated(frame) if is_deflated else frame)
        native.blank(pixels, one, blanking.boxes, values, True, False)
        if not is_deflated:
            return bytes(pixels)
        stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        return stream.compress(bytes(pixels)) + stream.flush()

    return blank


def _inflated(frame: bytes) -> bytes:
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        inflated = stream.decompress(frame, MAX_FRAME)
    except zlib.error:
        raise Undecodable("one of its frames cannot be inflated") from None
    if stream.unconsumed_tail:
        raise Undecodable("one of its frames inflates beyond measure")
    return inflated


def _check_decoder(syntax: str, picture: Picture) -> None:
    """Raise Undecodable where no decoder is there for a syntax, or none can be."""
    from pydicom._uid_dict import UID_dictionary
    from pydicom.pixels.decoders.base import get_decoder
    from pydicom.uid import UID

    if syntax not in UID_dictionary:
        raise Undecodable("its transfer syntax is none that the standard has")
    try:
        decoder = get_decoder(UID(_READ_AS.get(syntax, syntax)))
    except NotImplementedError:
        raise Undecodable(f"no packaged decoder reads {UID(syntax).name}") from None
    if not decoder.is_available:
        raise Undecodable(f"no packaged decoder reads {UID(syntax).name}")
    if picture.allocated not in (8, 16, 32):
        raise Undecodable("its bits are more or fewer than any compressed frame has")


def _decoded(syntax: str, frame: bytes, picture: Picture) -> tuple[np.ndarray, Picture]:
    """Decode one frame to rows, columns and samples, in whatever colours it has then."""
    said, shape = codestream(frame), (picture.rows, picture.columns, picture.samples)
    if said is not None and (said.rows, said.columns, said.samples) != shape:
        raise Undecodable("one of its frames is of another size than its header says")
    try:
        array, colours = decode(_READ_AS.get(syntax, syntax), frame, _options(syntax, picture))
    except DecoderFailed:
        raise Undecodable("one of its frames cannot be decoded") from None
    if array.size != picture.rows * picture.columns * picture.samples:
        raise Undecodable("one of its frames is of another size than its header says")
    # every pixel has its own colours by now, shared or not
    return array.reshape(shape).copy(), replace(picture, photometric=colours.replace("_422", ""), is_planar=False)


def _options(syntax: str, picture: Picture) -> Options:
    options: Options = {
        "rows": picture.rows,
        "columns": picture.columns,
        "number_of_frames": 1,
        "samples_per_pixel": picture.samples,
        "bits_allocated": picture.allocated,
        "bits_stored": picture.stored,
        "photometric_interpretation": picture.photometric,
        "pixel_keyword": "PixelData",
        "pixel_representation": int(picture.is_signed),
    }
    if picture.samples > 1:
        options["planar_configuration"] = int(picture.is_planar)
    if syntax in _JPEG_2000:
        options["decoding_plugin"] = "pylibjpeg"  # the newer OpenJPEG of the two
    return options


def _encoder(syntax: str, array: np.ndarray, picture: Picture) -> tuple[str, Encode, bytes]:
    """Choose by the first frame the first encoder that takes it; return what it makes of it, too."""
    choices = {RLE: _rle} if syntax == RLE else {JPEG_2000_LOSSLESS: _jpeg_2000, RLE: _rle}
    for target, encode in choices.items():
        try:
            return target, encode, encode(array, picture)
        except Undecodable:
            continue
    raise Undecodable("no packaged lossless encoder takes its frames")


def _jpeg_2000(array: np.ndarray, picture: Picture) -> bytes:
    """Encode losslessly; RGB through the reversible colour transform."""
    from openjpeg.utils import encode_buffer

    if array.min() < picture.lowest or array.max() > picture.highest or picture.samples not in (1, 3):
        raise Undecodable("one of its frames holds values that its header does not allow for")
    size = 1 if picture.stored <= 8 else 2 if picture.stored <= 16 else 4
    kind, is_rgb = np.dtype(f"<{'i' if picture.is_signed else 'u'}{size}"), picture.photometric == "RGB"
    try:
        return bytes(
            encode_buffer(
                array.astype(kind).tobytes(),
                picture.columns,
                picture.rows,
                picture.samples,
                picture.stored,
                picture.is_signed,
                photometric_interpretation=int(is_rgb),  # OpenJPEG's numbers: sRGB, or unknown
                use_mct=is_rgb,
            )
        )
    except (RuntimeError, ValueError, TypeError):
        raise Undecodable("one of its frames cannot be encoded") from None


def _rle(array: np.ndarray, picture: Picture) -> bytes:
    """Encode as PS3.5 annex G."""
    from rle.utils import encode_pixel_data

    if array.itemsize * picture.samples > _RLE_SEGMENTS:
        raise Undecodable("its frames have more bytes to a pixel than RLE has segments")
    words = np.ascontiguousarray(array, dtype=array.dtype.newbyteorder("<"))
    return bytes(
        encode_pixel_data(
            words.tobytes(),
            byteorder="<",
            rows=picture.rows,
            columns=picture.columns,
            samples_per_pixel=picture.samples,
            bits_allocated=8 * array.itemsize,
        )
    )


def _is_irreversible(frame: bytes) -> bool:
    """Whether a JPEG 2000 frame went through the lossy wavelet: its COD segment says so (T.800 A.6.1)."""
    at = frame.find(b"\xff\x52")
    return at < 0 or frame[at + 13 : at + 14] == b"\0"


def _changes(target: str, anatomy: Anatomy, picture: Picture, is_lossy: bool) -> Changes:
    colours = "YBR_RCT" if target == JPEG_2000_LOSSLESS and picture.photometric == "RGB" else picture.photometric
    changes: Changes = {_PHOTOMETRIC: (b"CS", colours.encode("ascii"))}
    if picture.samples > 1:
        changes[_PLANAR] = (b"US", b"\0\0")
    if is_lossy and anatomy.text(_LOSSY_COMPRESSION) != "01":
        changes[_LOSSY_COMPRESSION] = (b"CS", b"01")
    return changes
