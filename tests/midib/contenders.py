"""Contenders: de-identifiers as their users run them, each from files to files."""

import io
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Literal

from pydicom import dcmread, dcmwrite
from pydicom.datadict import dictionary_VR, keyword_for_tag
from pydicom.dataset import FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian

from obia.plugins.deid_ctp import ResultCache, Script, anonymize, redact
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.profile.ps315 import Row, table
from obia.server.host.plugins import load
from obia.server.intake.suspects import Suspects
from obia.server.intake.zone import Zone
from obia.server.keys import Keys
from obia.server.settings import Settings
from obia.server.store.files import FileStore
from tests.midib.plants import BENIGN, DESCRIPTORS

Files = Mapping[str, bytes]
Mode = Literal["safe", "strict"]
NOW = datetime(2024, 5, 6, 7, 8, 9)  # noqa: DTZ001 - CTP's clock is a wall clock
KEY = bytes(range(32))
_COLLECTION = "OBIA0004"  # under this key no moved date of its patients falls on another date of theirs

# The corner where each device of the corpus writes; a curator would write these from its manual
PIXEL_SCRIPT = """
{ Modality.equals("CT") * Rows.equals("128") * Columns.equals("128") } (0,0,127,24)
{ Modality.equals("CT") * Rows.equals("456") } (0,0,200,24)
{ Modality.equals("US") * Rows.equals("240") } (0,0,200,24)
{ Modality.equals("OT") * Rows.equals("100") * BitsAllocated.equals("8") } (0,0,99,24)
{ Modality.equals("OT") * Rows.equals("512") } (0,0,200,24)
{ Modality.equals("NM") * Rows.equals("1024") } (0,0,200,24)
"""


def ingested(files: Files, home: Path, script: str = "") -> Files:
    """OBIA's ingest, with every check and witness of it: what reaches the archive's store.

    Regions are blanked first, by `redact` in safe mode: the ingest itself does not look into pixels.
    """
    inbox, store = home / "inbox", FileStore(home / "store")
    inbox.mkdir(parents=True)
    zone = Zone(_COLLECTION, Keys(KEY), load(_settings(home, script)), store, Suspects.of(home, "midib"))
    for number, name in enumerate(sorted(files)):
        (inbox / name).write_bytes(_blanked(files[name], "safe"))
        reads = zone.place([zone.read(f"{number:032x}", inbox / name)], frozenset(), {})
        list(zone.clean(reads, "midib"))
    stored = {name: store.path(f"midib/{number:032x}.dcm") for number, name in enumerate(sorted(files))}
    return {name: path.read_bytes() for name, path in stored.items() if path.exists()}


def _settings(home: Path, script: str) -> Settings:
    if script:
        (home / "trial.script").write_text(script, encoding="utf-8")
        (home / "obia.toml").write_text(
            f"[plugins.deid_ctp]\nscript = '{(home / 'trial.script').as_posix()}'\n", encoding="utf-8"
        )
    return Settings.load({"OBIA_HOME": str(home)})


def safe(files: Files, script: str = "") -> Files:
    """OBIA's script, or another, without an archive, as `obia deid run` has it."""
    parsed = Script.parse(script) if script else base_script()
    return _anonymized(files, parsed, "safe")


def ctp(files: Files, script: str = "") -> Files:
    """CTP, bug for bug: the pixel stage, then the default actions."""
    return _anonymized(files, Script.parse(script or ctp_script()), "strict")


def _anonymized(files: Files, script: Script, mode: Mode) -> Files:
    cache = ResultCache()
    made = {
        name: anonymize(_blanked(content, mode), script, mode=mode, now=NOW, key=KEY, cache=cache)
        for name, content in files.items()
    }
    return {name: outcome.data for name, outcome in made.items() if outcome.status == "OK" and outcome.data}


def _blanked(content: bytes, mode: Mode) -> bytes:
    outcome = redact(content, PIXEL_SCRIPT, mode=mode)
    if outcome.status == "QUARANTINE":
        raise AssertionError(f"its regions cannot be blanked: {outcome.reason}")
    return outcome.data if outcome.status == "OK" and outcome.data else content


def ctp_script() -> str:
    """A script after CTP's default actions: its globals, and for each element of PS3.15 the action CTP would write.

    None of CTP's text is in it. It names more elements than CTP's own, so it is the better one of the two.
    """
    lines = [_line(row) for row in table() if row.number is not None and 8 <= row.number >> 16 < 0x7FE0]
    return "\n".join((_CTP_HEAD, *filter(None, lines), _CTP_TAIL))


_CTP_HEAD = """<script>
<p t="DATEINC">-3210</p>
<p t="UIDROOT">1.2.826.0.1.3680043.10.999</p>
<p t="SITEID">77</p>
<e en="T" t="00080018" n="SOPInstanceUID">@hashuid(@UIDROOT,this)</e>"""
_CTP_TAIL = """<r en="T" t="privategroups">Remove private groups</r>
<r en="T" t="curves">Remove curves</r>
<r en="T" t="overlays">Remove overlays</r>
</script>"""
_PATIENT_NAME, _PATIENT_ID, _BIRTH_DATE = 0x00100010, 0x00100020, 0x00100030
_SERIES_DESCRIPTION, _SOP_INSTANCE = 0x0008103E, 0x00080018


def _line(row: Row) -> str:
    """The line of one element; none for what CTP's default leaves as it is: times, characteristics, the series."""
    tag = row.number
    assert tag is not None
    vr = _vr(tag)
    if tag in (_SERIES_DESCRIPTION, _SOP_INSTANCE) or row.is_kept or vr in ("TM", ""):
        return ""
    return f'<e en="T" t="{tag:08X}" n="{keyword_for_tag(tag)}">{_action(tag, vr, row.basic)}</e>'


def _action(tag: int, vr: str, basic: str) -> str:
    if tag in (_PATIENT_NAME, _PATIENT_ID):
        return "@hashptid(@SITEID,PatientID)"
    if vr == "SQ":
        return "@process()" if "U" in basic else "@remove()"
    if vr == "UI":
        return "@hashuid(@UIDROOT,this)"
    if vr in ("DA", "DT") and tag != _BIRTH_DATE:
        return "@incrementdate(this,@DATEINC)"
    return "@empty()" if "Z" in basic or "D" in basic else "@remove()"


def _vr(tag: int) -> str:
    try:
        return dictionary_VR(tag)
    except KeyError:
        return ""


def keeping_descriptors(script: str) -> str:
    """A script as a curator changes it who wants descriptors: their lines say `@keep()`."""
    for keyword in (*(row.keyword for row in DESCRIPTORS), *(keyword for keyword, _ in BENIGN)):
        script = re.sub(rf'(n="{keyword}">)[^<]*', r"\1@keep()", script)
    return script


def untouched(files: Files) -> Files:
    """Nothing done: all identity stays."""
    return files


def emptied(files: Files) -> Files:
    """Everything done: each file comes out with nothing in it but its file meta information."""
    return {name: _empty(content) for name, content in files.items()}


def _empty(content: bytes) -> bytes:
    dataset, stream = dcmread(io.BytesIO(content)), io.BytesIO()
    dataset.clear()
    dataset.file_meta = FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dcmwrite(stream, dataset, implicit_vr=False, little_endian=True)
    return stream.getvalue()
