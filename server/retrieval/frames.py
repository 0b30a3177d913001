"""The frames an encoder sees: decoded from the stored clean file, in the header's own bits, not windowed."""

from typing import TYPE_CHECKING

from obia.schema.errors import Code, Rejected
from obia.schema.layout import Layout
from obia.schema.values import Original
from obia.server.store.files import Store

if TYPE_CHECKING:
    import numpy as np

_MAX_BYTES = 32 << 20  # of decoded frames: a worker's memory stays flat


def stored(store: Store, file: str) -> Original:
    """Read the header of a stored file. Raises Rejected, or what reading the store raises."""
    from obia.server.intake.reading import read

    return read(store.path(file), "stored", "")


def frames_of(image: Original) -> "np.ndarray":
    """Decode an image as (frames, rows, columns[, samples]): all of it, or the middle frame where that is too much.

    Raises Rejected, or what reading the store raises.
    """
    from obia.server.pixels import decode

    if image.pixels is None:
        raise Rejected("the stored file has no pixels", Code.NO_PIXELS)
    layout = Layout.of(image.header, image.pixels.tag)
    size = layout.frames * layout.rows * layout.columns * layout.samples * max(layout.allocated, 8) // 8
    frame = layout.frames // 2 if size > _MAX_BYTES else None
    return decode(image.meta, image.header, image.pixels, frame)
