"""Marker segments of a JPEG 2000 header (ITU-T T.800 Annex A, T.814 for CAP): which are needed, and how long each is.

A segment longer than what it says has room for something else; it, and any marker not named here, refuses the frame.
"""

from dataclasses import dataclass, field

from obia.plugins.deid_ctp.codestreams.payload import damaged

_SIZ, _CAP, _COD, _COC, _RGN, _QCD, _QCC, _POC = 0xFF51, 0xFF50, 0xFF52, 0xFF53, 0xFF5E, 0xFF5C, 0xFF5D, 0xFF5F
TLM = 0xFF55
LEFT_OUT = frozenset(
    (
        TLM,
        0xFF56,  # PRF, profile
        0xFF57,  # PLM, packet lengths
        0xFF58,  # PLT, packet lengths
        0xFF59,  # CPF, corresponding profile
        0xFF63,  # CRG, component registration
        0xFF64,  # COM, comment
    )
)
_MOST_TILES = 65535
_IN_TILES = frozenset((_COD, _COC, _RGN, _QCD, _QCC, _POC))


@dataclass(slots=True)
class Coding:
    """What headers say of the coding: the main one, or one of a tile upon it."""

    components: int = 0
    tiles: int = 0
    is_tile: bool = False
    _levels: int = 0  # of decomposition, the most that any component has
    _quantized: int = 0  # subbands, the most that any segment has steps for
    _seen: set[tuple[int, int]] = field(default_factory=set)
    _of_tiles: dict[int, "Coding"] = field(default_factory=dict)

    def of_tile(self, tile: int) -> "Coding":
        """What a tile says beyond this, in all its parts."""
        return self._of_tiles.setdefault(tile, Coding(self.components, self.tiles, True, self._levels, self._quantized))

    def take(self, marker: int, segment: bytes) -> None:
        """Take a segment, behind its length, in. Raises Rejected BAD_PIXELS."""
        is_first = marker == _SIZ and not self.components
        if not (is_first or self.components) or (self.is_tile and marker not in _IN_TILES):
            raise damaged("a codestream holds a marker segment out of place")
        try:
            name, length = self._read(marker, segment)
        except IndexError:
            raise damaged("a marker segment is cut") from None
        if length != len(segment) or (marker, name) in self._seen:
            raise damaged("a marker segment is longer than what it says, or there twice")
        self._seen.add((marker, name))

    def check(self) -> None:
        """Raise Rejected BAD_PIXELS where steps are given for subbands that no component has."""
        if not self.components or self._quantized > 3 * self._levels + 1:
            raise damaged("a codestream's headers do not fit one another")

    def _read(self, marker: int, segment: bytes) -> tuple[int, int]:
        """The component a segment is of, 0 where it is of all, and the length it should have."""
        wide = 1 + (self.components > 256)  # bytes of a component's number
        match marker:
            case 0xFF51:
                return 0, self._size(segment)
            case 0xFF50:
                return 0, 4 + 2 * int.from_bytes(segment[:4]).bit_count()
            case 0xFF52:
                return 0, self._style(segment, 5, segment[0])
            case 0xFF53:
                return self._component(segment, wide), self._style(segment, wide + 1, segment[wide])
            case 0xFF5E:
                return self._component(segment, wide), wide + 2
            case 0xFF5C:
                return 0, self._steps(segment, 0)
            case 0xFF5D:
                return self._component(segment, wide), self._steps(segment, wide)
            case 0xFF5F:
                return 0, self._progressions(segment, wide)
        raise damaged("a codestream holds a marker that decoding does not need")

    def _size(self, segment: bytes) -> int:
        """SIZ (A.5.1)."""
        width, height, _, _, across, down, left, top = (int.from_bytes(segment[at : at + 4]) for at in range(2, 34, 4))
        self.components = int.from_bytes(segment[34:36])
        if across and down and width > left and height > top:
            self.tiles = -(-(width - left) // across) * -(-(height - top) // down)
        if not (self.components and 0 < self.tiles <= _MOST_TILES):
            raise damaged("a codestream says that it has no size")
        return 36 + 3 * self.components

    def _component(self, segment: bytes, wide: int) -> int:
        number = int.from_bytes(segment[:wide])
        if number >= self.components:
            raise damaged("a marker segment is of no component")
        return number

    def _style(self, segment: bytes, at: int, style: int) -> int:
        """COD and COC (A.6.1, A.6.2): from `at` the levels, blocks, transformation, and a precinct for each level."""
        levels = segment[at]
        self._levels = max(self._levels, levels)
        if levels > 32:
            raise damaged("a codestream has too many levels")
        return at + 5 + (levels + 1 if style & 1 else 0)

    def _steps(self, segment: bytes, at: int) -> int:
        """QCD and QCC (A.6.4, A.6.5): a step for each subband, of one byte or two, or one step for all."""
        size = {0: 1, 1: 2, 2: 2}.get(segment[at] & 31)
        if size is None:
            raise damaged("a codestream is quantized in no known way")
        count = 1 if segment[at] & 31 == 1 else (len(segment) - at - 1) // size
        self._quantized = max(self._quantized, count)
        return at + 1 + size * count

    def _progressions(self, segment: bytes, wide: int) -> int:
        """POC (A.6.6): each change of order, whose numbers must be in order."""
        size = 5 + 2 * wide
        for at in range(0, len(segment) - size + 1, size):
            first, last, order = segment[at], segment[at + 3 + wide], segment[at + size - 1]
            if not first < last <= 33 or order > 4:
                raise damaged("a codestream's order of progression is damaged")
        return len(segment) // size * size
