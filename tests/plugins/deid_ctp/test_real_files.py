"""Real files: every one of three packages is cleaned or refused with a code, and none keeps what it must not."""

import warnings
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from pydicom import Dataset, dcmread

from obia import Code, Rejected
from obia.plugins.deid_ctp.profile.type1 import required
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from tests.plugins.deid_ctp.originals import PSEUDONYMS, data, deidentifier, of

PACKAGES = Path(pydicom.__file__).parent.parent
FOLDERS = ("pydicom/data", "data_store/data", "deid_data")
REFUSALS = {Code.NO_PATIENT_ID, Code.NO_UIDS, Code.NO_DEIDENTIFIER, Code.BAD_CHARSET, Code.TOO_DEEP, Code.UNREADABLE}
GONE = (
    "AccessionNumber",
    "PatientBirthDate",
    "OtherPatientIDs",
    "PatientAddress",
    "StudyDescription",
    "SeriesDescription",
)

pytestmark = pytest.mark.filterwarnings("ignore")


def headers() -> Iterator[tuple[Path, Dataset]]:
    """Every file that pydicom can read, up to the pixels."""
    for folder in FOLDERS:
        for path in sorted((PACKAGES / folder).rglob("*")):
            if not path.is_file() or path.suffix in (".py", ".pyc"):
                continue
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    header = dcmread(path, stop_before_pixels=True)
                except Exception:
                    continue
            yield path, header


def test_every_real_file_is_cleaned_or_refused_with_a_code() -> None:
    cleaned, codes = 0, set()
    for path, header in headers():
        before = of(header)
        try:
            clean = deidentifier().deidentify(before, PSEUDONYMS)
        except Rejected as refusal:
            codes.add(refusal.code)
            continue
        cleaned += 1
        assert not list(IdentityWitness().check_witness(before, clean)), path
        assert not [keyword for keyword in GONE if clean.header.get(keyword)], path
        assert data(clean)

    assert cleaned > 200
    assert codes <= REFUSALS


def test_no_real_file_loses_a_required_element() -> None:
    for path, header in headers():
        before = of(header)
        try:
            clean = deidentifier().deidentify(before, PSEUDONYMS)
        except Rejected:
            continue
        for tag in required(str(before.header.SOPClassUID)):
            if tag in before.header and not before.header[tag].is_empty:
                assert tag in clean.header and not clean.header[tag].is_empty, (path, f"{tag:08X}")
