"""A clean instance that lost what its original had is refused, whoever made it."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian
from pydicom.valuerep import DSfloat

from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.language.script import Script
from obia.plugins.deid_ctp.plugin import base_script
from obia.schema.conformance.instances import planted
from obia.schema.errors import Code, Rejected
from obia.schema.geometry import GEOMETRY
from obia.schema.values import Clean, Original, Pixels
from obia.server.intake.completeness import lost, require_complete
from obia.server.keys import Keys
from obia.testing import DeidentifierRules
from tests import make
from tests.plugins.deid_ctp.originals import deidentifier, original

PSEUDONYMS = Keys(bytes(range(32))).pseudonyms("OBIA0001")
Fault = Callable[[Dataset], None]


def cleaned(dataset: Dataset) -> tuple[Original, Clean]:
    """A dataset and what our own de-identifier makes of it."""
    before = original(dataset)
    return before, deidentifier().deidentify(before, PSEUDONYMS)


def spoiled(fault: Fault, dataset: Dataset | None = None) -> list[str]:
    """What is missing once a fault was done to the clean header."""
    before, clean = cleaned(dataset or _volume())
    fault(clean.header)
    return list(lost(before, clean))


def _volume() -> Dataset:
    return make.image(
        ImagePositionPatient=[1.0, 2.0, 3.0],
        ImageOrientationPatient=[1, 0, 0, 0, 1, 0],
        PixelSpacing=[0.5, 0.5],
        SliceThickness="2.5",
        FrameOfReferenceUID="1.2.3",
    )


def test_what_our_own_de_identifier_makes_is_complete() -> None:
    assert not spoiled(lambda header: None)


@pytest.mark.parametrize(
    "keyword", ["Rows", "Columns", "BitsAllocated", "PixelRepresentation", "PhotometricInterpretation", "Modality"]
)
def test_an_attribute_that_says_how_to_read_the_pixels_may_not_go(keyword: str) -> None:
    def remove(header: Dataset) -> None:
        del header[keyword]

    assert spoiled(remove) == [keyword]


def test_an_attribute_may_not_change() -> None:
    def change(header: Dataset) -> None:
        header.Rows = 1

    assert spoiled(change) == ["Rows"]


def test_frames_may_not_become_fewer() -> None:
    def change(header: Dataset) -> None:
        header.NumberOfFrames = 1

    assert spoiled(change, make.image(make.array(frames=3))) == ["NumberOfFrames"]


@pytest.mark.parametrize(
    "keyword", ["ImagePositionPatient", "ImageOrientationPatient", "PixelSpacing", "SliceThickness"]
)
def test_geometry_may_not_be_emptied_unless_a_rule_took_it(keyword: str) -> None:
    before, clean = cleaned(_volume())
    tag = clean.header[keyword].tag
    clean.header[keyword].value = None

    assert list(lost(before, clean)) == [keyword]
    assert not list(lost(before, replace(clean, removed=frozenset([int(tag)]))))


def test_an_instance_without_its_uids_is_refused() -> None:
    def empty(header: Dataset) -> None:
        header.SeriesInstanceUID = ""

    assert spoiled(empty) == ["SeriesInstanceUID"]


def test_lost_pixels_are_refused() -> None:
    before = replace(original(_volume()), pixels=_pixels())
    clean = replace(cleaned(_volume())[1], pixels=None)

    with pytest.raises(Rejected) as caught:
        require_complete(before, clean)

    assert caught.value.code is Code.INCOMPLETE


def test_a_part_of_native_pixels_is_refused() -> None:
    before = replace(original(_volume()), pixels=_pixels())
    clean = replace(cleaned(_volume())[1], pixels=replace(_pixels(), value_length=10))

    assert list(lost(before, clean)) == ["a part of its pixels"]


def test_padding_behind_native_pixels_may_go() -> None:
    before, clean = cleaned(make.image(make.array(rows=8, columns=8, bits=8)))
    padded = replace(_pixels(), value_length=80)

    assert not list(lost(replace(before, pixels=padded), replace(clean, pixels=_pixels())))


def test_what_the_script_removes_is_no_fault() -> None:
    before, clean = cleaned(_volume())
    position = int(clean.header["ImagePositionPatient"].tag)
    del clean.header["ImagePositionPatient"]

    assert "ImagePositionPatient" in lost(before, clean)
    assert not list(lost(before, replace(clean, removed=frozenset([position]))))


def test_a_zero_is_a_value() -> None:
    before, clean = cleaned(make.image(SliceThickness="0"))
    clean.header.SliceThickness = DSfloat("0")

    assert not list(lost(before, clean))


def test_an_integer_string_may_lose_its_leading_zeros() -> None:
    before, clean = cleaned(make.image(make.array(frames=3), NumberOfFrames="003"))
    clean.header.NumberOfFrames = 3

    assert not list(lost(before, clean))


def test_decoded_pixels_may_have_another_photometric_interpretation() -> None:
    before, clean = cleaned(make.image(PhotometricInterpretation="YBR_FULL_422"))
    clean.header.PhotometricInterpretation = "RGB"

    assert list(lost(before, clean)) == ["PhotometricInterpretation"]
    clean.meta.TransferSyntaxUID = ImplicitVRLittleEndian
    assert not list(lost(before, clean))


def test_decoded_pixels_may_not_lose_frames() -> None:
    before, clean = cleaned(make.image(make.array(rows=8, columns=8, bits=8, frames=3)))
    encapsulated = replace(_pixels(), is_encapsulated=True, value_length=40)
    one_frame = replace(_pixels(), value_length=64)

    assert list(lost(replace(before, pixels=encapsulated), replace(clean, pixels=one_frame))) == [
        "a part of its pixels"
    ]


def _scripted(line: str) -> CtpDeidentifier:
    """Our own de-identifier, with one more line in its script."""
    text = base_script().text
    assert "</script>" in text
    return CtpDeidentifier(Script.parse(text.replace("</script>", f"{line}</script>")), "0.1.0")


def test_geometry_that_the_script_removes_is_listed() -> None:
    before = original(make.image(SpacingBetweenSlices="2.5"))
    clean = _scripted('<e en="T" t="00180088" n="SpacingBetweenSlices">@remove()</e>').deidentify(before, PSEUDONYMS)

    assert "SpacingBetweenSlices" not in clean.header
    assert clean.removed == {GEOMETRY["SpacingBetweenSlices"]}
    assert not list(lost(before, clean))


def test_geometry_that_our_own_de_identifier_loses_without_a_rule_is_refused() -> None:
    before, ours = original(_volume()), deidentifier()
    header = ours.deidentify(before, PSEUDONYMS).header
    del header["ImagePositionPatient"]

    assert not ours._removed(before, header, PSEUDONYMS)


class _Losing:
    """A de-identifier that loses pixels, frames, geometry and the modality."""

    name = "losing"

    def deidentify(self, original: Original, pseudonyms: object) -> Clean:
        clean = deidentifier().deidentify(original, PSEUDONYMS)
        for keyword in ("NumberOfFrames", "ImagePositionPatient", "Modality"):
            if keyword in clean.header:
                del clean.header[keyword]
        return replace(clean, pixels=None, removed=frozenset())


class _Rules(DeidentifierRules):
    def deidentifier(self) -> _Losing:
        return _Losing()


@pytest.mark.parametrize(
    "rule",
    [
        DeidentifierRules.test_it_keeps_the_pixels,
        DeidentifierRules.test_it_keeps_what_says_how_to_read_the_pixels,
        DeidentifierRules.test_it_keeps_the_geometry_or_says_what_it_removed,
        DeidentifierRules.test_it_keeps_what_every_instance_needs,
    ],
)
def test_the_conformance_rules_find_a_de_identifier_that_loses_something(
    rule: Callable[[DeidentifierRules], None],
) -> None:
    with pytest.raises((AssertionError, AttributeError)):
        rule(_Rules())


def _pixels() -> Pixels:
    pixels = planted().pixels
    assert pixels is not None
    return pixels
