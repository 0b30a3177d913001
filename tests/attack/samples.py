"""Files for the attacks: a real CT of the sample packages, again and again under other patients and UIDs."""

from pathlib import Path

from pydicom import Dataset, dcmread

from obia.server.demo.data import SOURCES
from tests import make

REAL = SOURCES[0].folder / "test_files"
_CT = "CT_small.dcm"


def lay(folder: Path, patient: str, images: int = 1, series: int = 1) -> Path:
    """Write one patient's study of so many series and images a series; return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(series):
        for place in range(images):
            dataset = ct(patient, number, place)
            dataset.save_as(folder / f"{number:03}-{place:03}.dcm")
    return folder


def ct(patient: str, series: int, place: int) -> Dataset:
    """The real CT as an image of another patient; one pixel differs, so that no two files are the same."""
    dataset = dcmread(REAL / _CT)
    dataset.PatientID = dataset.PatientName = patient
    dataset.StudyInstanceUID = make.uid(patient)
    dataset.SeriesInstanceUID = make.uid(patient, series)
    dataset.SOPInstanceUID = make.uid(patient, series, place)
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.SeriesNumber, dataset.InstanceNumber = series + 1, place + 1
    mark = (sum(patient.encode()) + 7 * series + place) % 251
    dataset.PixelData = bytes([mark]) + dataset.PixelData[1:]
    return dataset
