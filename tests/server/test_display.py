"""From stored values to what a monitor shows."""

import numpy as np
import pytest
from pydicom import Dataset

from obia.server.display import window
from tests import make


def header(**elements: object) -> Dataset:
    dataset = make.image(None, **elements)
    dataset.set_original_encoding(False, True)  # as one that was read from a file
    return dataset


def frame(*values: int, dtype: str = "i2") -> np.ndarray:
    return np.array([values], dtype)


def test_a_window_goes_from_black_to_white() -> None:
    shown = window(header(WindowCenter=100, WindowWidth=101), frame(-500, 50, 100, 150, 2000))

    assert shown.tolist() == [[0, 1, 129, 255, 255]] or shown.tolist() == [[0, 1, 128, 255, 255]]


def test_an_exact_window_is_exact() -> None:
    shown = window(header(WindowCenter=100, WindowWidth=100, VOILUTFunction="LINEAR_EXACT"), frame(50, 100, 150))

    assert shown.tolist() == [[0, 128, 255]]


def test_a_sigmoid_window_is_half_bright_at_its_centre() -> None:
    shown = window(header(WindowCenter=100, WindowWidth=50, VOILUTFunction="SIGMOID"), frame(-900, 100, 900))

    assert shown.tolist() == [[0, 128, 255]]


def test_the_first_of_several_windows_is_taken() -> None:
    several = header(WindowCenter=[100, 5000], WindowWidth=[100, 1], VOILUTFunction="LINEAR_EXACT")

    assert window(several, frame(50, 150)).tolist() == [[0, 255]]


def test_values_are_rescaled_before_they_are_windowed() -> None:
    rescaled = header(
        RescaleSlope=2, RescaleIntercept=-1024, WindowCenter=0, WindowWidth=200, VOILUTFunction="LINEAR_EXACT"
    )

    assert window(rescaled, frame(462, 512, 562)).tolist() == [[0, 128, 255]]


def test_monochrome1_is_inverted() -> None:
    elements = {"WindowCenter": 100, "WindowWidth": 100, "VOILUTFunction": "LINEAR_EXACT"}

    shown = window(header(PhotometricInterpretation="MONOCHROME1", **elements), frame(50, 150))

    assert shown.tolist() == [[255, 0]]


def test_without_a_window_all_but_the_extremes_fill_the_range() -> None:
    values = np.arange(1000, dtype="u2").reshape(20, 50)
    values[0, 0] = 60000  # a hot pixel

    shown = window(header(), values)

    assert shown.min() == 0
    assert shown[10, 25] == pytest.approx(134, abs=3)


def test_padding_does_not_decide_what_is_black() -> None:
    values = np.full((10, 10), -2000, "i2")
    values[:5] = np.arange(50).reshape(5, 10)

    shown = window(header(PixelPaddingValue=-2000, PixelRepresentation=1), values)

    assert shown[:5].max() == 255
    assert shown[2, 4] == pytest.approx(125, abs=5)


def test_a_constant_image_is_shown() -> None:
    assert window(header(), np.full((4, 4), 7, "u2")).shape == (4, 4)


def test_a_mask_is_black_and_white() -> None:
    assert window(header(BitsAllocated=1), frame(0, 1, dtype="u1")).tolist() == [[0, 255]]


def test_floating_values_are_stretched_and_what_is_no_number_is_black() -> None:
    shown = window(header(), np.array([[0.0, 0.5, 1.0, np.nan]], "f4"))

    assert shown[0, 3] == 0
    assert shown[0, 2] == 255


def test_a_voi_table_is_looked_up() -> None:
    table = make.sequence(LUTDescriptor=[3, 0, 8])
    table[0].add_new(0x00283006, "OW", np.array([255, 0, 128], "<u2").tobytes())

    assert window(header(VOILUTSequence=table), frame(0, 1, 2, dtype="u2")).tolist() == [[255, 0, 128]]


def test_a_palette_gives_colours() -> None:
    coloured = header(PhotometricInterpretation="PALETTE COLOR", BitsAllocated=8, BitsStored=8, HighBit=7)
    for colour, values in (("Red", [0, 65535]), ("Green", [32768, 0]), ("Blue", [0, 256])):
        setattr(coloured, f"{colour}PaletteColorLookupTableDescriptor", [2, 0, 16])
        setattr(coloured, f"{colour}PaletteColorLookupTableData", np.array(values, "<u2").tobytes())

    assert window(coloured, frame(0, 1, dtype="u1")).tolist() == [[[0, 128, 0], [255, 0, 1]]]


def test_colours_stay_as_they_are() -> None:
    [colours] = make.array(bits=8, samples=3)

    assert np.array_equal(window(header(PhotometricInterpretation="RGB", BitsStored=8), colours), colours)


def test_an_enhanced_image_is_windowed_by_its_frame() -> None:
    def group(centre: int) -> Dataset:
        [item] = make.sequence(
            FrameVOILUTSequence=make.sequence(WindowCenter=centre, WindowWidth=100, VOILUTFunction="LINEAR_EXACT")
        )
        return item

    enhanced = header(PerFrameFunctionalGroupsSequence=[group(100), group(1000)])

    assert window(enhanced, frame(950, 1050), 1).tolist() == [[0, 255]]
    assert window(enhanced, frame(950, 1050), 0).tolist() == [[255, 255]]
