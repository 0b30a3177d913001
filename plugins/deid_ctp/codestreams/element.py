"""The pixel element, clean: by its transfer syntax the one way to clean it, or a refusal."""

from struct import pack

from pydicom import Dataset
from pydicom.uid import HTJ2K as HTJ2K_LOSSY
from pydicom.uid import JPEG2000 as JPEG_2000_LOSSY
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    HTJ2KLossless,
    HTJ2KLosslessRPCL,
    ImplicitVRLittleEndian,
    JPEG2000Lossless,
    JPEGBaseline8Bit,
    JPEGExtended12Bit,
    JPEGLossless,
    JPEGLosslessSV1,
    JPEGLSLossless,
    JPEGLSNearLossless,
    RLELossless,
)

from obia import Code, Layout, Pixels, Rejected
from obia.plugins.deid_ctp.codestreams import encapsulated, native
from obia.plugins.deid_ctp.codestreams.encapsulated import Family
from obia.plugins.deid_ctp.codestreams.jpeg import jpeg, jpeg_ls
from obia.plugins.deid_ctp.codestreams.jpeg_2000 import jpeg_2000
from obia.plugins.deid_ctp.codestreams.payload import damaged
from obia.plugins.deid_ctp.codestreams.rle import rle
from obia.plugins.deid_ctp.codestreams.splice import Splice, Spliced

_NATIVE = frozenset(
    (ImplicitVRLittleEndian, ExplicitVRLittleEndian, ExplicitVRBigEndian, DeflatedExplicitVRLittleEndian)
)
_FAMILIES: dict[str, Family] = {
    **dict.fromkeys((JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLossless, JPEGLosslessSV1), jpeg),
    **dict.fromkeys((JPEGLSLossless, JPEGLSNearLossless), jpeg_ls),
    **dict.fromkeys((JPEG2000Lossless, JPEG_2000_LOSSY, HTJ2KLossless, HTJ2KLosslessRPCL, HTJ2K_LOSSY), jpeg_2000),
    RLELossless: rle,
}
_VRS = {0x7FE00008: (b"OF",), 0x7FE00009: (b"OD",), 0x7FE00010: (b"OW", b"OB")}
_UNDEFINED = 0xFFFFFFFF


def cleaned(pixels: Pixels, header: Dataset, transfer_syntax: UID) -> Pixels:
    """The pixels with what decoding needs and nothing else; the same object where that is all they hold.

    Raises Rejected: NO_DEIDENTIFIER for a transfer syntax that we cannot clean, BAD_PIXELS for what does not parse.
    """
    family = _FAMILIES.get(transfer_syntax)
    if family is None and transfer_syntax not in _NATIVE:
        raise Rejected(
            "its pixels may hold text that nobody can find; send it uncompressed, or as JPEG, JPEG-LS, JPEG 2000 or RLE",
            Code.NO_DEIDENTIFIER,
        )
    if pixels.is_encapsulated != (family is not None):
        raise damaged("its pixels are not encoded as its transfer syntax says")
    layout = Layout.of(header, pixels.tag)
    with pixels.opener() as stream:
        stream.seek(pixels.offset)
        head = stream.read(pixels.value_offset - pixels.offset)
        if family is None:
            is_swapped = transfer_syntax == ExplicitVRBigEndian and layout.allocated <= 8 and head[4:6] != b"OB"
            value = native.clean(pixels, layout, is_swapped)
        else:
            value = encapsulated.clean(stream, pixels, layout, family)
        element = Splice()
        element.put(_head(pixels, head, value.length, transfer_syntax))
        element.add(value)
        if element.length == pixels.length and element.stands_at(stream, pixels.offset):
            return pixels
    return _placed(pixels, element, element.length - value.length)


def is_compressed(transfer_syntax: str) -> bool:
    """Whether pixels under a transfer syntax are frames that have room for text."""
    return transfer_syntax in _FAMILIES


def _head(pixels: Pixels, head: bytes, length: int, transfer_syntax: UID) -> bytes:
    """Tag, VR and length (PS3.5 section 7.1), with nothing between them."""
    order = ">" if transfer_syntax == ExplicitVRBigEndian else "<"
    tag = pixels.tag >> 16, pixels.tag & 0xFFFF
    if transfer_syntax == ImplicitVRLittleEndian:
        return pack(f"{order}HHL", *tag, length)
    possible = _VRS[pixels.tag]
    vr = b"OB" if pixels.is_encapsulated else head[4:6] if head[4:6] in possible else possible[0]
    return pack(f"{order}HH2s2xL", *tag, vr, _UNDEFINED if pixels.is_encapsulated else length)


def _placed(pixels: Pixels, element: Splice, head: int) -> Pixels:
    """Pixels that open as the new element alone."""
    return Pixels(
        opener=Spliced(pixels.opener, element.parts).open,
        tag=pixels.tag,
        offset=0,
        length=element.length,
        value_offset=head,
        value_length=element.length - head,
        is_encapsulated=pixels.is_encapsulated,
    )
