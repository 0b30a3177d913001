"""Plants: which element gets which part of an identity, and what has to become of it.

Buckets are MIDI-B's: the letters of HIPAA are those of 45 CFR 164.514(b)(2)(i).
"""

from collections.abc import Callable
from dataclasses import dataclass

from tests.midib.people import Person, plain

Part = Callable[[Person], str]

PARTS: dict[str, Part] = {
    "name": lambda person: person.name,
    "other name": lambda person: person.other_name,
    "doctor": lambda person: person.doctor,
    "family": lambda person: person.family,
    "given": lambda person: person.given,
    "family first": lambda person: f"{person.family} {person.given}",
    "given first": lambda person: f"{person.given} {person.family}",
    "initial": lambda person: f"{person.given[0]}. {person.family}",
    "ideographs": lambda person: person.ideographs or person.family,
    "without accents": lambda person: f"{plain(person.given)} {plain(person.family)}",
    "capitals": lambda person: f"{person.family.upper()}, {person.given.upper()}",
    "last script": lambda person: person.name.split("=")[-1].replace("^", " "),
    "mrn": lambda person: person.mrn,
    "accession": lambda person: person.accession,
    "phone": lambda person: person.phone,
    "address": lambda person: f"{person.street}, {person.city}",
    "city": lambda person: person.city,
    "institution": lambda person: person.institution,
    "serial": lambda person: f"SN{person.mrn[-5:]}7",
    "url": lambda person: f"http://pacs.example/wado?id={person.mrn}",
}

# The parts that may be in no element whatever, as they are
NOWHERE = ("family", "given", "ideographs", "mrn", "accession", "phone", "institution")

# keyword, part, bucket: identity that fills its element, and has to go
WHOLE = (
    ("PatientName", "name", "HIPAA-A"),
    ("OtherPatientNames", "other name", "HIPAA-A"),
    ("PatientBirthName", "other name", "HIPAA-A"),
    ("PatientMotherBirthName", "other name", "HIPAA-A"),
    ("ResponsiblePerson", "other name", "HIPAA-A"),
    ("ReferringPhysicianName", "doctor", "HIPAA-A"),
    ("ConsultingPhysicianName", "doctor", "HIPAA-A"),
    ("PerformingPhysicianName", "doctor", "HIPAA-A"),
    ("NameOfPhysiciansReadingStudy", "doctor", "HIPAA-A"),
    ("PhysiciansOfRecord", "doctor", "HIPAA-A"),
    ("OperatorsName", "doctor", "HIPAA-A"),
    ("RequestingPhysician", "doctor", "HIPAA-A"),
    ("ScheduledPerformingPhysicianName", "doctor", "HIPAA-A"),
    ("NamesOfIntendedRecipientsOfResults", "doctor", "HIPAA-A"),
    ("ContentCreatorName", "doctor", "HIPAA-A"),
    ("VerifyingObserverName", "doctor", "HIPAA-A"),
    ("ReviewerName", "doctor", "HIPAA-A"),
    ("PatientID", "mrn", "HIPAA-H"),
    ("OtherPatientIDs", "mrn", "HIPAA-H"),
    ("MedicalRecordLocator", "mrn", "HIPAA-H"),
    ("AdmissionID", "accession", "HIPAA-J"),
    ("AccessionNumber", "accession", "HIPAA-J"),
    ("StudyID", "accession", "HIPAA-J"),
    ("RequestedProcedureID", "accession", "HIPAA-J"),
    ("PerformedProcedureStepID", "accession", "HIPAA-J"),
    ("PlacerOrderNumberImagingServiceRequest", "accession", "HIPAA-J"),
    ("FillerOrderNumberImagingServiceRequest", "accession", "HIPAA-J"),
    ("InsurancePlanIdentification", "accession", "HIPAA-I"),
    ("PatientAddress", "address", "HIPAA-B"),
    ("RegionOfResidence", "city", "HIPAA-B"),
    ("InstitutionName", "institution", "HIPAA-B"),
    ("InstitutionAddress", "address", "HIPAA-B"),
    ("InstitutionalDepartmentName", "institution", "HIPAA-B"),
    ("IssuerOfPatientID", "institution", "HIPAA-B"),
    ("RequestingService", "institution", "HIPAA-B"),
    ("CurrentPatientLocation", "institution", "HIPAA-B"),
    ("ReferringPhysicianAddress", "address", "HIPAA-B"),
    ("PatientTelephoneNumbers", "phone", "HIPAA-D"),
    ("ReferringPhysicianTelephoneNumbers", "phone", "HIPAA-D"),
    ("OrderCallbackPhoneNumber", "phone", "HIPAA-D"),
    ("DeviceSerialNumber", "serial", "HIPAA-M"),
    ("DetectorID", "serial", "HIPAA-M"),
    ("PlateID", "serial", "HIPAA-M"),
    ("StationName", "serial", "HIPAA-M"),
    ("RetrieveURL", "url", "HIPAA-N"),
)

# keyword, days since the study, what stands behind the day
DATES = (
    ("StudyDate", 0, ""),
    ("SeriesDate", 0, ""),
    ("AcquisitionDate", 0, ""),
    ("ContentDate", 1, ""),
    ("InstanceCreationDate", 1, ""),
    ("AdmittingDate", -1, ""),
    ("LastMenstrualDate", -20, ""),
    ("ScheduledProcedureStepStartDate", 0, ""),
    ("PerformedProcedureStepStartDate", 0, ""),
    ("PerformedProcedureStepEndDate", 0, ""),
    ("IssueDateOfImagingServiceRequest", -2, ""),
    ("DateOfSecondaryCapture", 2, ""),
    ("DateOfLastCalibration", -30, ""),
    ("TreatmentDate", 9, ""),
    ("RTPlanDate", 5, ""),
    ("StructureSetDate", 4, ""),
    ("AcquisitionDateTime", 0, "101112.250000+0800"),
    ("InstanceCoercionDateTime", 3, "0930"),
    ("RadiopharmaceuticalStartDateTime", 0, "094500.00"),
    ("StartAcquisitionDateTime", 0, "101112-0500"),
    ("DateTimeOfLastCalibration", -30, ""),
)

# keyword, text: what no identity is in, and science needs
TECHNICAL = (
    ("Manufacturer", "ACME Imaging"),
    ("BodyPartExamined", "HEAD"),
    ("PatientSex", "F"),
    ("PatientAge", "071Y"),
    ("PatientWeight", "68.5"),
    ("PatientPosition", "HFS"),
    ("StudyTime", "101112"),
    ("AcquisitionTime", "101112.250000"),
    ("ConvolutionKernel", "B30f"),
    ("ScanOptions", "HELICAL"),
    ("SequenceVariant", "SK"),
    ("ContrastBolusRoute", "Intravenous"),
)

# what real headers hold of science already, and has to come through
NUMBERS = (
    "Rows", "Columns", "BitsAllocated", "PixelSpacing", "SliceThickness", "KVP", "ImageOrientationPatient",
    "ImagePositionPatient", "RepetitionTime", "EchoTime", "RescaleSlope", "RescaleIntercept", "WindowCenter",
    "DoseGridScaling", "FlipAngle", "NumberOfFrames",
)  # fmt: skip
TYPE_1 = ("SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality", "PatientID")
TYPE_2 = (
    "StudyDate", "StudyTime", "AccessionNumber", "ReferringPhysicianName", "PatientName", "PatientBirthDate",
    "PatientSex", "StudyID", "SeriesNumber", "InstanceNumber",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sown:
    """A text that would be kept, with a part of an identity sown into it; `form` is one of a date's six."""

    keyword: str
    text: str
    part: str = ""
    bucket: str = "HIPAA-A"
    form: int = 0


# In elements that are removed by most, and kept by who cleans descriptors
DESCRIPTORS = (
    Sown("StudyDescription", "Head routine {} contrast", "given first"),
    Sown("SeriesDescription", "axial thin {} bone", "initial"),
    Sown("ProtocolName", "routine trauma {}", "mrn", "HIPAA-H"),
    Sown("RequestedProcedureDescription", "cranium native {}", "family first"),
    Sown("PerformedProcedureStepDescription", "cranium study {}", "accession", "HIPAA-J"),
    Sown("DerivationDescription", "averaged twice {}", "ideographs"),
    Sown("StudyComments", "good quality, {} cooperative", "without accents"),
    Sown("DischargeDiagnosisDescription", "contusion, {} home", "capitals"),
    Sown("RequestedProcedureComments", "fasting, {} sedated", "last script"),
    Sown("ImageComments", "motion artefact, ring {} please", "phone", "HIPAA-D"),
    Sown("AdditionalPatientHistory", "fall from ladder near {}", "address", "HIPAA-B"),
    Sown("PatientComments", "transferred with drain from {}", "institution", "HIPAA-B"),
    Sown("ReasonForTheRequestedProcedure", "headache since {}", "study", "HIPAA-C", 0),
    Sown("AdmittingDiagnosesDescription", "haematoma seen {}", "study", "HIPAA-C", 1),
    Sown("AcquisitionComments", "repeated {} after calibration", "study", "HIPAA-C", 2),
    Sown("ImagePresentationComments", "compare with {} scan", "study", "HIPAA-C", 3),
    Sown("ServiceEpisodeDescription", "follow up of {} scan", "study", "HIPAA-C", 4),
    Sown("VisitComments", "admitted on {} by ambulance", "study", "HIPAA-C", 5),
)

# In elements that cleaned descriptors keep: nobody's text
BENIGN = (
    ("ContrastBolusAgent", "iohexol 350"),
    ("AcquisitionProtocolDescription", "axial thin bone"),
    ("ReasonForStudy", "headache after fall"),
    ("MedicalAlerts", "none known"),
    ("Allergies", "penicillin"),
)

# In elements that no profile names, where nobody looks for a person
STRAYS = (
    Sown("AcquisitionDeviceProcessingCode", "UB {}", "family"),
    Sown("TransducerData", "probe five {}", "given first"),
    Sown("PostprocessingFunction", "edge {}", "initial"),
    Sown("FilterType", "{}", "ideographs"),
    Sown("CollimatorGridName", "grid {}", "without accents"),
    Sown("PhosphorType", "phosphor {}", "capitals"),
    Sown("TypeOfFilters", "{}", "last script"),
    Sown("InterventionDrugName", "saline {}", "mrn", "HIPAA-H"),
    Sown("Radiopharmaceutical", "tracer {}", "accession", "HIPAA-J"),
    Sown("ProcessingFunction", "sharpen {}", "phone", "HIPAA-D"),
    Sown("ReceiveCoilName", "{}", "city", "HIPAA-B"),
    Sown("ManufacturerModelName", "Scanner {}", "study", "HIPAA-C", 0),
    Sown("SecondaryCaptureDeviceManufacturer", "Grabber {}", "study", "HIPAA-C", 1),
    Sown("SecondaryCaptureDeviceManufacturerModelName", "Grabber model {}", "study", "HIPAA-C", 2),
    Sown("SecondaryCaptureDeviceSoftwareVersions", "release {}", "study", "HIPAA-C", 3),
    Sown("PositionReferenceIndicator", "sternal {}", "study", "HIPAA-C", 4),
    Sown("HardcopyDeviceManufacturer", "Printer {}", "study", "HIPAA-C", 5),
    Sown("ReceiveCoilManufacturerName", "Coil {}", "birth", "HIPAA-C", 0),
    Sown("TransmitCoilManufacturerName", "Coil {}", "birth", "HIPAA-C", 1),
    Sown("HardcopyDeviceSoftwareVersion", "release {}", "birth", "HIPAA-C", 2),
    Sown("SoftwareVersions", "syngo {}", "birth", "HIPAA-C", 3),
    Sown("HardcopyDeviceManufacturerModelName", "Printer model {}", "birth", "HIPAA-C", 4),
    Sown("InterventionDescription", "drug given {}", "birth", "HIPAA-C", 5),
)

SIEMENS, GE, PHILIPS, PHILIPS_PET = (
    "SIEMENS MR HEADER",
    "GEMS_ACQU_01",
    "Philips Imaging DD 001",
    "Philips PET Private Group",
)

# group, creator, element, VR, value: numbers of the scanner that are nobody's
SAFE_NUMBERS: tuple[tuple[int, str, int, str, object], ...] = (
    (0x0019, SIEMENS, 0x0C, "IS", "1000"),
    (0x0019, GE, 0x23, "DS", "13.75"),
    (0x2001, PHILIPS, 0x03, "FL", 800.0),
    (0x7053, PHILIPS_PET, 0x00, "DS", "0.000518"),
    (0x0043, "GEMS_PARM_01", 0x39, "IS", ["50", "8", "0", "0"]),
)

# group, creator, element, VR, text: what archives know to be safe, and only who retains safe private elements keeps
SAFE_TEXTS = (
    (0x0019, SIEMENS, 0x0D, "CS", "DIRECTIONAL"),
    (0x2001, PHILIPS, 0x0B, "CS", "TRANSVERSAL"),
)

# group, creator, element, VR, part, bucket: private elements that hold a person
PRIVATE = (
    (0x0009, "GEMS_IDEN_01", 0x01, "LO", "name", "HIPAA-A"),
    (0x0009, "GEMS_IDEN_01", 0x04, "SH", "mrn", "HIPAA-H"),
    (0x0029, "SIEMENS CSA HEADER", 0x10, "OB", "name", "HIPAA-A"),
    (0x0029, "SIEMENS CSA HEADER", 0x20, "UN", "institution", "HIPAA-B"),
    (0x0051, SIEMENS, 0x0F, "LO", "given first", "HIPAA-A"),
    (0x2005, "Philips MR Imaging DD 001", 0x70, "LO", "accession", "HIPAA-J"),
    (0x0011, "SPI RELEASE 1", 0x11, "PN", "doctor", "HIPAA-A"),
    (0x00E1, "ELSCINT1", 0x40, "LT", "address", "HIPAA-B"),
)
