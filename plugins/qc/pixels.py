"""The pixel check: pixels that are missing, cut, or other than their header says."""

from collections.abc import Iterable, Sequence

from pydicom.uid import UID, JPEG2000TransferSyntaxes, JPEGLSTransferSyntaxes, JPEGTransferSyntaxes, RLELossless

from obia import Code, Codestream, Finding, Layout, Original, Pixels, Rejected, codestream, fragments

_ROWS, _COLUMNS = 0x00280010, 0x00280011
_MAX_PADDING = 4096  # bytes: a block
_HAVE_PIXELS = ("Segmentation Storage", "Parametric Map Storage")
_HAVE_NONE = ("MR Spectroscopy Storage",)  # it has rows and columns of spectra
_ONE_CODESTREAM_A_FRAME = frozenset((*JPEGTransferSyntaxes, *JPEGLSTransferSyntaxes, *JPEG2000TransferSyntaxes))


class PixelCheck:
    """Finds image classes without pixels, and pixels that contradict their header; it decodes nothing."""

    name = "qc_pixels"

    def check_raw(self, original: Original) -> Iterable[Finding]:
        """Compare lengths, numbers of frames and the sizes that compressed frames state."""
        pixels = original.pixels
        if pixels is None or not pixels.value_length:
            if pixels is not None or _is_image(original):
                yield Finding(Code.NO_PIXELS, check=self.name)
        elif not _agrees(original, pixels):
            yield Finding(Code.BAD_PIXELS, check=self.name)


def _is_image(original: Original) -> bool:
    name = UID(original.kind.sop_class).name
    if "Image Storage" in name or name in _HAVE_PIXELS:
        return True
    header = original.header
    return name not in _HAVE_NONE and _ROWS in header and _COLUMNS in header


def _agrees(original: Original, pixels: Pixels) -> bool:
    try:
        layout = Layout.of(original.header, pixels.tag)
    except Rejected:
        return False
    transfer_syntax = UID(original.kind.transfer_syntax)
    if pixels.is_encapsulated != transfer_syntax.is_encapsulated:
        return False
    if pixels.is_encapsulated:
        return _encapsulated_agrees(transfer_syntax, pixels, layout)
    return any(_fits(pixels, length) for length in _native_lengths(layout))


def _native_lengths(layout: Layout) -> Sequence[int]:
    """What the pixels may measure: some writers say YBR_FULL_422 of pixels that share no colours."""
    whole = (layout.frames * layout.rows * layout.columns * layout.samples * layout.allocated + 7) // 8
    return layout.native_length, whole


def _fits(pixels: Pixels, length: int) -> bool:
    """Whether a length is the pixels' own; what is left may be zeros, as some writers pad."""
    left = pixels.value_length - length
    if left <= 1 or left > _MAX_PADDING:
        return left in (0, 1)
    with pixels.opener() as stream:
        stream.seek(pixels.value_offset + length)
        return not stream.read(left).strip(b"\0")


def _encapsulated_agrees(transfer_syntax: UID, pixels: Pixels, layout: Layout) -> bool:
    """Whether offset table and frames fit the header; looked at one by one, since their beginnings add up."""
    table, items, said, fits = 0, -1, 0, True
    with pixels.opener() as stream:
        for items, (length, start) in enumerate(fragments(stream, pixels)):
            if not items:
                table = length
            elif (size := codestream(start)) is not None:
                said += 1
                fits = fits and _is_of(size, layout)
    if items < 1 or (table and table // 4 != layout.frames):
        return False
    if transfer_syntax == RLELossless:
        return items == layout.frames
    if transfer_syntax not in _ONE_CODESTREAM_A_FRAME:
        return True  # a video is one stream
    return said == layout.frames and fits


def _is_of(size: Codestream, layout: Layout) -> bool:
    shape = (size.rows, size.columns, size.samples)
    return shape == (layout.rows, layout.columns, layout.samples) and size.bits <= layout.allocated
