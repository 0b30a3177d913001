"""The corpus: synthetic CT and MR files in three sizes, each with its own pixels, the same from run to run."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmwrite
from pydicom.dataset import FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, ImplicitVRLittleEndian, MRImageStorage

SERIES = 100  # images in a series
STUDY = 2  # series in a study
PATIENT = 2  # studies of a patient
_SEQUENCED, _PRIVATE, _IMPLICIT = 80, 60, 30  # files in a hundred
_FOREIGN = 40  # patients in a hundred

SHARES = (
    f"{_SEQUENCED} % with sequences, {_PRIVATE} % with private blocks, {_IMPLICIT} % in implicit VR, "
    f"{_FOREIGN} % of patients with names that are not ASCII"
)
_NAMES = (
    "Wang^XiaoDong=王^小东",
    "Yamada^Tarou=山田^太郎=やまだ^たろう",
    "Müller^Jörg",
    "Hong^Gildong=洪^吉洞=홍^길동",
)
_ROOT = "1.2.826.0.1.3680043.10.1561"


@dataclass(frozen=True, slots=True)
class Size:
    """One size of file: its share of the corpus, and its images' side in pixels of 16 bits."""

    modality: str
    share: int
    side: int


SIZES = (Size("CT", 50, 512), Size("MR", 25, 136), Size("MR", 25, 62))  # 526 kB, 39 kB, 9.9 kB with their headers


@dataclass(frozen=True, slots=True)
class Place:
    """Where an image stands: numbers of its series in the corpus and of itself in its series."""

    series: int
    number: int

    @property
    def study(self) -> int:
        """The number of its study."""
        return self.series // STUDY

    @property
    def patient(self) -> int:
        """The number of its patient."""
        return self.study // PATIENT

    def path(self, root: Path) -> Path:
        """Where its file lies."""
        return root / f"p{self.patient:03}" / f"s{self.study:03}" / f"r{self.series:03}" / f"{self.number:04}.dcm"


def build(root: Path, files: int) -> list[Path]:
    """Write so many files and return their paths."""
    paths = []
    for place, size in _places(files):
        path = place.path(root)
        path.parent.mkdir(parents=True, exist_ok=True)
        dataset = _image(place, size)
        is_implicit = place.number * 7 % 100 < _IMPLICIT
        dataset.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if is_implicit else ExplicitVRLittleEndian
        dcmwrite(path, dataset, enforce_file_format=True)
        paths.append(path)
    return paths


def _places(files: int) -> Iterator[tuple[Place, Size]]:
    """Each image's place and size; a study holds images of one size."""
    series = 0
    for size in SIZES:
        left = files * size.share // 100
        for number in range(left):
            yield Place(series + number // SERIES, number % SERIES), size
        series += -(-left // (SERIES * STUDY)) * STUDY


def _image(place: Place, size: Size) -> Dataset:
    dataset = _patient(place)
    _describe(dataset, place, size)
    if place.number * 3 % 100 < _SEQUENCED:
        _add_sequences(dataset, place)
    if place.number * 11 % 100 < _PRIVATE:
        _add_private(dataset, place)
    _add_pixels(dataset, place, size)
    return dataset


def _patient(place: Place) -> Dataset:
    dataset = Dataset()
    is_foreign = place.patient * 40 % 100 < _FOREIGN
    dataset.SpecificCharacterSet = "ISO_IR 192" if is_foreign else "ISO_IR 100"
    dataset.PatientName = _NAMES[place.patient % len(_NAMES)] if is_foreign else f"Ravenhill^Maud{place.patient:03}"
    dataset.PatientID = f"HOSP-{place.patient * 7919 + 104729}"
    dataset.IssuerOfPatientID = "St. Elsewhere"
    dataset.PatientBirthDate = f"19{40 + place.patient % 50}0314"
    dataset.PatientSex = "FM"[place.patient % 2]
    dataset.PatientAge = "057Y"
    dataset.PatientSize = "1.71"
    dataset.PatientWeight = "68.5"
    dataset.PatientAddress = f"{place.patient + 1} Cobblestone Lane"
    dataset.OtherPatientIDs = f"INS{place.patient:07}"
    return dataset


def _describe(dataset: Dataset, place: Place, size: Size) -> None:
    is_ct = size.modality == "CT"
    day = f"2021{place.study % 12 + 1:02}15"
    values: dict[str, object] = {
        "SOPClassUID": CTImageStorage if is_ct else MRImageStorage,
        "SOPInstanceUID": f"{_ROOT}.3.{place.series}.{place.number + 1}",
        "StudyInstanceUID": f"{_ROOT}.1.{place.study}",
        "SeriesInstanceUID": f"{_ROOT}.2.{place.series}",
        "FrameOfReferenceUID": f"{_ROOT}.4.{place.study}",
        "ImageType": ["ORIGINAL", "PRIMARY", "AXIAL"],
        "InstanceCreationDate": day,
        "InstanceCreationTime": "101112.130000",
        "StudyDate": day,
        "SeriesDate": day,
        "AcquisitionDate": day,
        "ContentDate": day,
        "StudyTime": "101112",
        "SeriesTime": "101213",
        "AcquisitionTime": f"1013{place.number % 60:02}.250000",
        "ContentTime": f"1014{place.number % 60:02}",
        "AccessionNumber": f"ACC{place.study * 31 + 40961}",
        "Modality": size.modality,
        "Manufacturer": "SIEMENS" if is_ct else "GE MEDICAL SYSTEMS",
        "InstitutionName": "St. Elsewhere Hospital",
        "InstitutionAddress": "Harbour Road 12, Portsmouth",
        "ReferringPhysicianName": "Abernathy^Ruth",
        "PerformingPhysicianName": "Quill^Oscar",
        "OperatorsName": "Pemberton^Iris",
        "StationName": "CTAW66041",
        "StudyDescription": "Thorax" if is_ct else "Head",
        "SeriesDescription": f"series {place.series % STUDY + 1}",
        "ManufacturerModelName": "Sensation 64" if is_ct else "Signa HDxt",
        "BodyPartExamined": "CHEST" if is_ct else "BRAIN",
        "SliceThickness": "1.5",
        "SpacingBetweenSlices": "1.5",
        "DeviceSerialNumber": "66041",
        "SoftwareVersions": ["syngo CT 2007S", "VA1"],
        "ProtocolName": "Thorax routine",
        "PatientPosition": "HFS",
        "StudyID": str(place.study + 1),
        "SeriesNumber": place.series % STUDY + 1,
        "AcquisitionNumber": 1,
        "InstanceNumber": place.number + 1,
        "ImagePositionPatient": ["-168.25", "-180.5", f"{-320 + place.number * 1.5:.2f}"],
        "ImageOrientationPatient": ["1", "0", "0", "0", "1", "0"],
        "PositionReferenceIndicator": "",
        "SliceLocation": f"{-320 + place.number * 1.5:.2f}",
        "ImageComments": "seen by Abernathy",
    }
    ct = {
        "KVP": "120",
        "XRayTubeCurrent": 212,
        "ExposureTime": 500,
        "ConvolutionKernel": "B31f",
        "GantryDetectorTilt": "0",
    }
    mr = {
        "EchoTime": "9.5",
        "RepetitionTime": "550",
        "FlipAngle": "90",
        "MagneticFieldStrength": "1.5",
        "EchoNumbers": 1,
    }
    for keyword, value in {**values, **(ct if is_ct else mr)}.items():
        setattr(dataset, keyword, value)


def _add_sequences(dataset: Dataset, place: Place) -> None:
    source = Dataset()
    source.ReferencedSOPClassUID = dataset.SOPClassUID
    source.ReferencedSOPInstanceUID = f"{_ROOT}.5.{place.series}.{place.number + 1}"
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "T-28000", "SRT", "Lung"
    request = Dataset()
    request.RequestedProcedureID = f"REQ{place.study:05}"
    request.ScheduledProcedureStepDescription = "routine, asked for by Abernathy"
    request.ScheduledProtocolCodeSequence = [code]
    dataset.ReferencedImageSequence = [source]
    dataset.RequestAttributesSequence = [request]


def _add_private(dataset: Dataset, place: Place) -> None:
    block = dataset.private_block(0x0029, "SIEMENS MEDCOM HEADER", create=True)
    block.add_new(0x08, "CS", "MEDCOM 1")
    block.add_new(0x10, "OB", bytes(range(256)))
    numbers = dataset.private_block(0x0043, "GEMS_PARM_01", create=True)
    numbers.add_new(0x02, "SS", place.number)
    numbers.add_new(0x27, "DS", ["0.5", "1.25"])
    numbers.add_new(0x30, "LO", dataset.PatientID)


def _add_pixels(dataset: Dataset, place: Place, size: Size) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows = dataset.Columns = size.side
    dataset.PixelSpacing = ["0.7", "0.7"]
    dataset.BitsAllocated, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation = 16, 12, 11, 0
    dataset.WindowCenter, dataset.WindowWidth = "1024", "2048"
    dataset.RescaleIntercept, dataset.RescaleSlope = "-1024", "1"
    random = np.random.default_rng((place.series, place.number))
    dataset.add_new("PixelData", "OW", random.integers(0, 4096, (size.side, size.side), np.uint16).tobytes())
    dataset.file_meta = FileMetaDataset()
