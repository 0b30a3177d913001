"""Our own plugins hold to the rules that third parties inherit."""

from collections.abc import Iterable
from functools import cache
from typing import Any

import pytest

from obia import Check, Deidentifier, Encoder, Index, Linker, Rejected
from obia.schema.conformance.codestreams import planted_pixels
from obia.server.host.plugins import Plugins, load
from obia.server.settings import Settings
from obia.testing import CheckRules, DeidentifierRules, EncoderRules, IndexRules, LinkerRules


@cache
def ours() -> Plugins:
    """The built-in plugins, loaded."""
    return load(Settings.load({"OBIA_HOME": "/nonexistent"}))


class TestDeidCtp(DeidentifierRules):
    def deidentifier(self) -> Deidentifier:
        return ours().registered.deidentifiers["deid_ctp"]


class TestPhash(EncoderRules):
    def encoder(self) -> Encoder:
        return next(iter(ours().registered.encoders.values()))


@pytest.mark.parametrize("name", ["numpy", "faiss"])
class TestIndexes(IndexRules):
    @pytest.fixture(autouse=True)
    def _named(self, name: str) -> None:
        self.name = name

    def index(self) -> Index:
        return ours().registered.indexes[self.name]


class TestBioProject(LinkerRules):
    def linker(self) -> Linker:
        return ours().registered.linkers["bioproject"]

    def accessions(self) -> Iterable[str]:
        return ("PRJCA000001", "PRJNA12345")


class TestGsaHuman(LinkerRules):
    def linker(self) -> Linker:
        return ours().registered.linkers["gsa_human"]

    def accessions(self) -> Iterable[str]:
        return ("HRA000001", "HRI000001", "HRX000001", "HRR000001")


@pytest.mark.parametrize("name", ["deid_ctp_witness", "qc_header", "qc_pixels", "qc_image"])
class TestChecks(CheckRules):
    @pytest.fixture(autouse=True)
    def _named(self, name: str) -> None:
        self.name = name

    def check(self) -> Check:
        return ours().registered.checks[self.name]


def test_a_deidentifier_that_keeps_a_name_breaks_the_rules() -> None:
    class Lazy:
        name = "lazy"

        def deidentify(self, original: Any, pseudonyms: Any) -> Any:
            from obia import Clean

            return Clean(original.intake_id, original.kind, original.meta, original.header, original.pixels)

    class Rules(DeidentifierRules):
        def deidentifier(self) -> Deidentifier:
            return Lazy()

    with pytest.raises(AssertionError):
        Rules().test_no_planted_identity_survives()
    with pytest.raises(AssertionError, match="JPEG, a comment"):
        Rules().test_no_planted_identity_survives_beside_the_pixels()


def test_every_planted_element_holds_a_trace() -> None:
    for place, original in planted_pixels():
        assert original.pixels is not None
        assert b"ZQPLANTED" in original.pixels.read(), place


def test_planted_pixels_are_cleaned_where_that_is_possible() -> None:
    refused = set()
    for place, original in planted_pixels():
        try:
            TestDeidCtp().clean(original)
        except Rejected:
            refused.add(place)

    assert refused == {"H.264, user data"}
