"""Display: from stored values to what a monitor shows (PS3.4 N.2), and to PNG."""

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from pydicom.multival import MultiValue

if TYPE_CHECKING:
    from pydicom import Dataset

Array = np.ndarray[Any, Any]

_FUNCTIONAL_GROUPS = ("SharedFunctionalGroupsSequence", "PerFrameFunctionalGroupsSequence")
_TRANSFORMS = ("PixelValueTransformationSequence", "FrameVOILUTSequence")
_DARKEST, _BRIGHTEST = 0.5, 99.5  # percentiles: a few hot or dead pixels do not decide


def window(header: "Dataset", frame: Array, index: int = 0) -> Array:
    """Turn one decoded frame, number `index` from 0, into an 8-bit image: (rows, columns) or (rows, columns, 3)."""
    photometric = str(header.get("PhotometricInterpretation", "MONOCHROME2")).strip()
    if photometric == "PALETTE COLOR":
        return _coloured(header, frame)
    if frame.ndim == 3:
        return _eight_bits(frame[..., :3], header)
    if header.get("BitsAllocated") == 1:
        shown = np.where(frame > 0, np.uint8(255), np.uint8(0))
    else:
        shown = _stretched(_transformed(_in_frame(header, index), frame))
    return 255 - shown if photometric == "MONOCHROME1" else shown


def png(image: Array) -> bytes:
    """Write an 8-bit grey or RGB image as PNG."""
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(image)).save(stream, "PNG")
    return stream.getvalue()


def _in_frame(header: "Dataset", index: int) -> "Dataset":
    """The transforms of one frame: an enhanced image keeps them in functional groups (PS3.3 C.7.6.16)."""
    from pydicom import Dataset

    merged = header.group_dataset(0x0028)
    for name in _FUNCTIONAL_GROUPS:
        groups = header.get(name) or []
        item = groups[min(index, len(groups) - 1)] if groups else Dataset()
        for transform in _TRANSFORMS:
            for each in item.get(transform) or []:
                merged.update(each)
    return merged


def _transformed(header: "Dataset", frame: Array) -> tuple[Array, float, float]:
    """Apply Modality LUT, then VOI LUT or window; return values and what is black and what is white among them."""
    from pydicom.pixels.processing import apply_modality_lut, apply_voi

    values = apply_modality_lut(frame, header)
    if header.get("VOILUTSequence") and np.issubdtype(values.dtype, np.integer):
        bits = int(header.VOILUTSequence[0].LUTDescriptor[2])
        return apply_voi(values, header), 0, 2**bits - 1
    centre, width = _first(header, "WindowCenter"), _first(header, "WindowWidth")
    if centre is None or width is None or width < 1 or np.issubdtype(frame.dtype, np.floating):
        return values, *_range(header, values)
    function = str(header.get("VOILUTFunction", "LINEAR")).strip()
    if function == "SIGMOID":
        return 1 / (1 + np.exp(-4 * (values.astype("f4") - centre) / width)), 0, 1
    if function == "LINEAR_EXACT" or width == 1:
        return values, centre - width / 2, centre + width / 2
    return values, centre - 0.5 - (width - 1) / 2, centre - 0.5 + (width - 1) / 2


def _first(header: "Dataset", keyword: str) -> float | None:
    value = header.get(keyword)
    if isinstance(value, MultiValue):
        value = value[0] if value else None
    try:
        return None if value in (None, "") else float(value)
    except (TypeError, ValueError):
        return None


def _range(header: "Dataset", values: Array) -> tuple[float, float]:
    """Black and white where no window is given: percentiles of what is no padding, else the extremes."""
    finite = values[np.isfinite(values)] if np.issubdtype(values.dtype, np.floating) else values
    padding = _first(header, "PixelPaddingValue")
    seen = finite[finite != padding] if padding is not None else finite.ravel()
    if not seen.size:
        return 0, 1
    sample = seen[:: max(1, seen.size >> 20)]  # a million values tell percentiles well enough
    low, high = (float(each) for each in np.percentile(sample, (_DARKEST, _BRIGHTEST)))
    return (low, high) if high > low else (float(seen.min()), float(seen.max()))


def _stretched(transformed: tuple[Array, float, float]) -> Array:
    values, low, high = transformed
    shown = (np.nan_to_num(values.astype("f4"), nan=low) - low) * (255 / max(high - low, 1e-9))
    return np.asarray(np.clip(np.rint(shown), 0, 255).astype("u1"))


def _coloured(header: "Dataset", frame: Array) -> Array:
    from pydicom.pixels.processing import apply_color_lut

    colours = apply_color_lut(frame, header)[..., :3]
    bits = int(header.RedPaletteColorLookupTableDescriptor[2])
    return np.asarray((colours >> max(bits - 8, 0)).astype("u1"))


def _eight_bits(frame: Array, header: "Dataset") -> Array:
    bits = int(header.get("BitsStored", 8))
    return np.asarray(frame if frame.dtype == np.uint8 else (frame >> max(bits - 8, 0)).astype("u1"))
