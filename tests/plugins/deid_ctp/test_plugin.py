"""The plugin: what it brings, what it chooses, what it refuses to load."""

from pathlib import Path
from typing import TypeVar, cast

import pytest
from pydicom.uid import (
    UID,
    BasicTextSRStorage,
    CTImageStorage,
    EncapsulatedPDFStorage,
    MediaStorageDirectoryStorage,
    RawDataStorage,
    SegmentationStorage,
    TwelveLeadECGWaveformStorage,
)

from obia import Archive, Code, Deidentifier, Kind, ObiaError, Script, WitnessCheck
from obia.plugins.deid_ctp import plugin

T = TypeVar("T")


class Settings:
    """The one thing of an archive that this plugin asks for."""

    def __init__(self, script: str = "") -> None:
        self._script = script

    def settings(self, kind: type[T]) -> T:
        """The plugin's settings."""
        return cast("T", plugin.DeidCtpSettings(self._script))


def archive(script: str = "") -> Archive:
    """An archive as far as this plugin looks."""
    return cast("Archive", Settings(script))


def test_it_brings_one_deidentifier_its_script_and_a_witness() -> None:
    (deidentifier,) = plugin.register_deidentifiers(archive())
    (script,) = plugin.register_scripts(archive())
    (check,) = plugin.register_checks(archive())

    assert isinstance(deidentifier, Deidentifier) and deidentifier.name == "deid_ctp"
    assert isinstance(script, Script) and script.name == "base.script" and "113100" in script.text
    assert isinstance(check, WitnessCheck) and check.name == "deid_ctp_witness"
    assert list(plugin.register_settings()) == [plugin.DeidCtpSettings]


@pytest.mark.parametrize(
    ("sop_class", "chosen"),
    [
        (CTImageStorage, "deid_ctp"),
        (SegmentationStorage, "deid_ctp"),
        (BasicTextSRStorage, "deid_ctp"),
        (TwelveLeadECGWaveformStorage, "deid_ctp"),
        (EncapsulatedPDFStorage, None),
        (RawDataStorage, None),
        (MediaStorageDirectoryStorage, None),
        (UID("1.2.840.10008.5.1.4.1.1.9.4.1"), None),
        (UID("1.2.840.113619.4.30"), None),
        (UID(""), None),
    ],
)
def test_only_what_it_can_clean_is_chosen(sop_class: UID, chosen: str | None) -> None:
    kind = Kind(str(sop_class), "CT", "ACME", "1.2.840.10008.1.2.1", "OBIA0001")

    assert plugin.choose_deidentifier(archive(), kind) == chosen


def test_another_script_is_taken_where_the_settings_name_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.script"
    path.write_text('<script><e en="T" t="00100010" n="PatientName">@empty()</e></script>', encoding="utf-8")

    (script,) = plugin.register_scripts(archive(str(path)))

    assert script.name == "mine.script"


def test_a_script_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ObiaError, match=r"nowhere\.script") as refusal:
        plugin.register_deidentifiers(archive(str(tmp_path / "nowhere.script")))

    assert refusal.value.code is Code.BAD_SCRIPT
