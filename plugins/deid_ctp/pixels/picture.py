"""Pictures: what a header says its pixels are, with every number checked before an array is made of it."""

from dataclasses import dataclass

from obia.plugins.deid_ctp.dicom.element_index import Anatomy

MAX_FRAME = 512 << 20  # bytes of one decoded frame
MAX_FRAMES = 1 << 20


class NoPicture(Exception):
    """The header describes no picture that can be blanked; its text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Picture:
    """The Image Pixel module (PS3.3 C.7.6.3)."""

    rows: int
    columns: int
    frames: int
    samples: int
    allocated: int
    stored: int
    is_signed: bool
    is_planar: bool
    photometric: str

    @classmethod
    def of(cls, anatomy: Anatomy) -> "Picture":
        """Read it. Raises NoPicture."""
        allocated = anatomy.number(0x00280100)
        picture = cls(
            rows=anatomy.number(0x00280010),
            columns=anatomy.number(0x00280011),
            frames=anatomy.number(0x00280008, 1) or 1,
            samples=anatomy.number(0x00280002, 1) or 1,
            allocated=allocated,
            stored=anatomy.number(0x00280101, allocated) or allocated,
            is_signed=anatomy.number(0x00280103) == 1,
            is_planar=anatomy.number(0x00280006) == 1,
            photometric=anatomy.text(0x00280004).upper(),
        )
        if not picture.rows or not picture.columns or not allocated:
            raise NoPicture("its header says no rows, columns or bits")
        if picture.frames > MAX_FRAMES or picture.frame_bytes > MAX_FRAME:
            raise NoPicture("its header says more pixels than can be held")
        return picture

    @property
    def is_subsampled(self) -> bool:
        """Whether two neighbours share their colours (PS3.3 C.7.6.3.1.2, YBR_FULL_422)."""
        return self.samples == 3 and self.photometric.endswith("_422")

    @property
    def frame_bytes(self) -> int:
        """Bytes of one frame of whole bytes, uncompressed, its colours not shared."""
        return self.rows * self.columns * self.samples * max(self.allocated // 8, 1)

    @property
    def lowest(self) -> int:
        """The lowest value that its bits can say."""
        return -(1 << self.stored - 1) if self.is_signed else 0

    @property
    def highest(self) -> int:
        """The highest value that its bits can say."""
        return self.lowest + (1 << self.stored) - 1
