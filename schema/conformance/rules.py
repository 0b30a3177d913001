"""The rules: inherit one, say what is to be tested, and pytest does the rest."""

import copy
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

import numpy as np
from pydicom import Dataset
from pydicom.datadict import tag_for_keyword

from obia.schema.conformance.codestreams import planted_pixels
from obia.schema.conformance.instances import TRACES, PlainPseudonyms, planted
from obia.schema.errors import Code, PluginCode, Rejected
from obia.schema.protocols import (
    Check,
    Deidentifier,
    Encoder,
    Index,
    InstanceCheck,
    Linker,
    RawCheck,
    WitnessCheck,
)
from obia.schema.values import Clean, Finding, Kind, Original, Receipt


class DeidentifierRules:
    """What every de-identifier holds to: no planted trace survives, UIDs stay consistent, the original is untouched."""

    def deidentifier(self) -> Deidentifier:
        """The de-identifier to test."""
        raise NotImplementedError

    def clean(self, original: Original) -> Clean:
        """What becomes of an original."""
        return self.deidentifier().deidentify(original, PlainPseudonyms())

    def test_no_planted_identity_survives(self) -> None:
        """Not in the header, nested or private, nor in the file meta."""
        clean = self.clean(planted())

        text = f"{clean.header}{clean.meta}"

        assert not [trace for trace in TRACES if trace.lower() in text.lower()]

    def test_no_planted_identity_survives_beside_the_pixels(self) -> None:
        """Not in comments, application segments, offset tables or tails of any format: each is cleaned, or refused."""
        left = [place for place, original in planted_pixels() if _is_left(self.clean, original)]

        assert not left, left

    def test_uids_stay_consistent(self) -> None:
        """One original UID has one new UID, wherever it stands, and never itself."""
        one, other = self.clean(planted("1.2.3.4.5")), self.clean(planted("1.2.3.4.6"))

        assert one.header.StudyInstanceUID == other.header.StudyInstanceUID != "1.2.3.4"
        assert one.header.SOPInstanceUID != other.header.SOPInstanceUID
        assert one.meta.MediaStorageSOPInstanceUID == one.header.SOPInstanceUID

    def test_the_original_is_untouched(self) -> None:
        """Header and meta are as they were."""
        original = planted()
        header, meta = copy.deepcopy(original.header), copy.deepcopy(original.meta)

        self.clean(original)

        assert (original.header, original.meta) == (header, meta)

    def test_dates_keep_their_distance(self) -> None:
        """The dates of one patient move together, and do move."""
        header = self.clean(planted()).header

        study, series = (datetime.strptime(header[name].value, "%Y%m%d") for name in ("StudyDate", "SeriesDate"))  # noqa: DTZ007

        assert (series - study).days == 2
        assert header.StudyDate != "20240110"

    def test_twice_is_once(self) -> None:
        """The same original gives the same clean instance."""
        assert self.clean(planted()).header == self.clean(planted()).header

    def test_it_keeps_the_pixels(self) -> None:
        """As many bytes as they were, where they are not compressed."""
        original = planted()
        clean = self.clean(original)

        assert original.pixels is not None
        assert clean.pixels is not None
        assert clean.pixels.value_length == original.pixels.value_length

    def test_it_keeps_what_says_how_to_read_the_pixels(self) -> None:
        """Rows, columns, frames, samples and bits (PS3.3 C.7.6.3)."""
        original = planted(NumberOfFrames=1)
        clean = self.clean(original)

        kept = ("Rows", "Columns", "NumberOfFrames", "SamplesPerPixel", "BitsAllocated", "BitsStored", "HighBit")
        for keyword in (*kept, "PixelRepresentation", "PhotometricInterpretation"):
            assert clean.header.get(keyword) == original.header[keyword].value, keyword

    def test_it_keeps_the_geometry_or_says_what_it_removed(self) -> None:
        """Position, orientation and spacing are there, or their tags stand in `Clean.removed`."""
        geometry: dict[str, Any] = {
            "ImagePositionPatient": [1.5, 2.5, 3.5],
            "ImageOrientationPatient": [1, 0, 0, 0, 1, 0],
            "PixelSpacing": [0.75, 0.75],
            "SliceThickness": 2.5,
        }
        clean = self.clean(planted(**geometry))

        lost = [keyword for keyword in geometry if not clean.header.get(keyword)]
        assert {tag_for_keyword(keyword) for keyword in lost} <= clean.removed

    def test_it_keeps_what_every_instance_needs(self) -> None:
        """SOP class and modality as they were, and UIDs of study, series and instance."""
        original = planted()
        clean = self.clean(original)

        assert (clean.header.SOPClassUID, clean.header.Modality) == (original.header.SOPClassUID, "CT")
        assert clean.header.StudyInstanceUID and clean.header.SeriesInstanceUID and clean.header.SOPInstanceUID

    def test_it_says_that_identity_was_removed(self) -> None:
        """Patient Identity Removed (0012,0062) is YES (PS3.15 E.1.1)."""
        assert self.clean(planted()).header.PatientIdentityRemoved == "YES"


class CheckRules:
    """What every check holds to: it says codes, is quiet about a sound instance, and changes nothing."""

    def check(self) -> Check:
        """The check to test."""
        raise NotImplementedError

    def test_it_has_a_name(self) -> None:
        """A name, by which it is registered."""
        assert self.check().name

    def test_a_sound_instance_passes(self) -> None:
        """Nothing is a failure in an instance without fault."""
        assert not [each for each in self._findings(planted()) if each.level == "FAILURE"]

    def test_it_says_codes_and_never_a_value(self) -> None:
        """A finding holds a code of ours or of a plugin's own, and no trace of the patient."""
        findings = self._findings(planted())

        assert all(isinstance(each.code, Code | PluginCode) for each in findings)
        assert not [trace for trace in TRACES for each in findings if trace in str(each)]

    def test_it_changes_nothing(self) -> None:
        """The instance is as it was."""
        original = planted()
        before = copy.deepcopy(original.header)

        self._findings(original)

        assert original.header == before

    def _findings(self, original: Original) -> list[Finding]:
        check = self.check()
        found: list[Iterable[Finding]] = []
        if isinstance(check, RawCheck):
            found.append(check.check_raw(original))
        clean = _bare(original)
        if isinstance(check, WitnessCheck):
            found.append(check.check_witness(original, clean))
        if isinstance(check, InstanceCheck):
            found.append(check.check_instance(clean))
        return [each for findings in found for each in findings]


class EncoderRules:
    """What every encoder holds to: codes of the length it states, the same for the same pixels."""

    def encoder(self) -> Encoder:
        """The encoder to test."""
        raise NotImplementedError

    def test_codes_have_the_length_it_states(self) -> None:
        """For grey and colour, one frame and many."""
        encoder = self.encoder()

        codes = [encoder.encode(frames) for frames in (_frames(1), _frames(3), _colour())]

        assert {len(code) * 8 for code in codes} == {encoder.identity.bits}

    def test_the_same_pixels_give_the_same_code(self) -> None:
        """And the pixels are as they were."""
        frames = _frames(1)
        before = frames.copy()

        assert self.encoder().encode(frames) == self.encoder().encode(frames)
        assert np.array_equal(frames, before)

    def test_its_identity_does_not_change(self) -> None:
        """Two of one kind are one identity."""
        assert self.encoder().identity == self.encoder().identity


class IndexRules:
    """What every index holds to: the nearest, by distance and then by UID, as a plain sort finds them."""

    def index(self) -> Index:
        """The index to test."""
        raise NotImplementedError

    def test_it_finds_what_a_sort_finds(self) -> None:
        """Ties included."""
        codes = np.random.default_rng(1).integers(0, 4, (200, 8), dtype=np.uint8)
        uids = [f"2.25.{number}" for number in range(len(codes))]
        query = codes[7].tobytes()

        hits = self.index().build(uids, codes).search(query, 20)

        distances = np.bitwise_count(codes ^ codes[7]).sum(axis=1)
        expected = sorted(zip(distances.tolist(), uids, strict=True))[:20]
        assert [(hit.distance, hit.uid) for hit in hits] == expected

    def test_it_gives_all_when_asked_for_more(self) -> None:
        """And nothing from nothing."""
        codes = np.zeros((3, 8), np.uint8)

        assert len(self.index().build(["1", "2", "3"], codes).search(bytes(8), 10)) == 3
        assert not self.index().build([], np.zeros((0, 8), np.uint8)).search(bytes(8), 10)


class LinkerRules:
    """What every linker holds to: it knows its own accessions, and proposes only what it knows."""

    def linker(self) -> Linker:
        """The linker to test."""
        raise NotImplementedError

    def accessions(self) -> Iterable[str]:
        """Some accessions of its archive."""
        raise NotImplementedError

    def test_it_knows_its_own_accessions_alone(self) -> None:
        """Whole, in canonical form, and none of another kind."""
        linker = self.linker()

        assert all(linker.label(each) for each in self.accessions())
        assert not any(linker.label(f"{each} ") or linker.label(f"x{each}") for each in self.accessions())
        assert linker.label("") is None

    def test_it_proposes_only_what_it_knows(self) -> None:
        """Each proposed target is an accession of its own."""
        receipt = Receipt("i", "OBIA0001", "I000001", "S000001", "2.25.1", "2.25.2", Kind("", "", "", "", "OBIA0001"))

        assert all(self.linker().label(link.target) == link.label for link in self.linker().link(receipt))


def _is_left(clean: Callable[[Original], Clean], original: Original) -> bool:
    try:
        pixels = clean(original).pixels
    except Rejected:
        return False
    if pixels is None:
        return False
    with pixels.opener() as stream:
        stream.seek(pixels.offset)
        element = stream.read(pixels.length).lower()
    return any(trace.lower().encode() in element for trace in TRACES)


def _bare(original: Original) -> Clean:
    """An instance with nothing of anybody in it, for checks of clean ones."""
    header = Dataset()
    for keyword in ("SOPClassUID", "Modality", "Rows", "Columns", "SamplesPerPixel", "BitsAllocated", "BitsStored"):
        header[keyword] = original.header[keyword]
    for keyword in ("HighBit", "PixelRepresentation", "PhotometricInterpretation"):
        header[keyword] = original.header[keyword]
    header.SOPInstanceUID, header.PatientID = "2.25.1", "P1"
    meta = copy.deepcopy(original.meta)
    del meta.SourceApplicationEntityTitle
    meta.MediaStorageSOPInstanceUID = header.SOPInstanceUID
    return Clean(original.intake_id, original.kind, meta, header, original.pixels)


def _frames(count: int) -> np.ndarray:
    return np.random.default_rng(count).integers(0, 4096, (count, 48, 40), dtype=np.uint16)


def _colour() -> np.ndarray:
    return np.random.default_rng(9).integers(0, 255, (1, 32, 32, 3), dtype=np.uint8)
