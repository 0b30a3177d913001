"""Nested plants: what stands in sequences, up to four deep, and the codes and science that stand beside it."""

from tests.midib.beds import INSTANCE, STUDY, Bed, put, put_item
from tests.midib.headers import SOURCES
from tests.midib.people import PEOPLE
from tests.midib.plants import Sown


def plant_nested(bed: Bed) -> None:
    """Plant into sequences."""
    _plant_references(bed)
    _plant_requests(bed)
    _plant_originals(bed)
    _plant_functional_groups(bed)
    _plant_codes(bed)
    _plant_content(bed)


def _plant_references(bed: Bed) -> None:
    """References to the same patient's next file, and to the study."""
    person, dataset = bed.person, bed.dataset
    place = bed.number % len(SOURCES)
    other = person.uid(INSTANCE + bed.number - place + (place + len(PEOPLE)) % len(SOURCES))
    for sequence in ("ReferencedImageSequence", "SourceImageSequence"):
        item, path = put_item(dataset, sequence)
        put(item, "ReferencedSOPClassUID", str(dataset.SOPClassUID))
        bed.expect_uid(path + put(item, "ReferencedSOPInstanceUID", other), other, "nested")
    item, path = put_item(dataset, "ReferencedStudySequence")
    study = person.uid(STUDY)
    bed.expect_uid(path + put(item, "ReferencedSOPInstanceUID", study), study, "nested")


def _plant_requests(bed: Bed) -> None:
    item, path = put_item(bed.dataset, "RequestAttributesSequence")
    bed.plant(item, path, "RequestedProcedureID", "accession", "HIPAA-J")
    bed.plant(item, path, "AccessionNumber", "accession", "HIPAA-J")
    bed.plant(item, path, "RequestingPhysician", "doctor", "HIPAA-A")
    bed.plant(item, path, "RequestedProcedureDescription", "given first", "HIPAA-A")
    item, path = put_item(bed.dataset, "OtherPatientIDsSequence")
    bed.plant(item, path, "PatientID", "mrn", "HIPAA-H")
    item, path = put_item(bed.dataset, "ContributingEquipmentSequence")
    bed.plant(item, path, "InstitutionName", "institution", "HIPAA-B")
    bed.plant(item, path, "OperatorsName", "doctor", "HIPAA-A")
    bed.plant(item, path, "StationName", "serial", "HIPAA-M")
    bed.plant_day(item, path, "ContributionDateTime", "081500.5+0100")


def _plant_originals(bed: Bed) -> None:
    """What a header says of its own past."""
    item, path = put_item(bed.dataset, "OriginalAttributesSequence")
    bed.plant_day(item, path, "AttributeModificationDateTime", "120000")
    bed.plant(item, path, "ModifyingSystem", "institution", "HIPAA-B")
    inner, within = put_item(item, "ModifiedAttributesSequence")
    bed.plant(inner, path + within, "PatientName", "name", "HIPAA-A")
    bed.plant(inner, path + within, "PatientID", "mrn", "HIPAA-H")
    bed.plant_day(inner, path + within, "StudyDate")


def _plant_functional_groups(bed: Bed) -> None:
    """Three sequences deep, where enhanced images keep what others have at the top."""
    group, path = put_item(bed.dataset, "SharedFunctionalGroupsSequence")
    content, within = put_item(group, "FrameContentSequence")
    bed.plant(content, path + within, "FrameComments", "family first", "HIPAA-A")
    bed.plant_day(content, path + within, "FrameReferenceDateTime", "101112+0800")
    frames, within = put_item(group, "FrameAnatomySequence")
    region, deeper = put_item(frames, "AnatomicRegionSequence")
    put(region, "CodeValue", "T-D1100")
    put(region, "CodingSchemeDesignator", "SRT")
    kept = path + within + deeper + put(region, "CodeMeaning", "Head")
    bed.expect(kept, "text_retained", "Head", "TCIA-P15-BASIC-K", "science", "nested")
    timing, within = put_item(group, "MRTimingAndRelatedParametersSequence")
    kept = path + within + put(timing, "RepetitionTime", "2250.5")
    bed.expect(kept, "text_retained", "2250.5", "TCIA-P15-BASIC-K", "science", "nested")


def _plant_codes(bed: Bed) -> None:
    """Codes: a standard one stays, a local one may name anybody."""
    view, path = put_item(bed.dataset, "ViewCodeSequence")
    put(view, "CodeValue", "L-17")
    put(view, "CodingSchemeDesignator", "99LOCAL")
    bed.sow(view, path, Sown("CodeMeaning", "axial {}", "family"), "stray")
    modifier, within = put_item(view, "ViewModifierCodeSequence")
    put(modifier, "CodeValue", "L-18")
    put(modifier, "CodingSchemeDesignator", "99LOCAL")
    bed.sow(modifier, path + within, Sown("CodeMeaning", "steep {}", "study", "HIPAA-C", 1), "stray")


def _plant_content(bed: Bed) -> None:
    """What reports and annotations say."""
    item, path = put_item(bed.dataset, "GraphicAnnotationSequence")
    text, within = put_item(item, "TextObjectSequence")
    bed.plant(text, path + within, "UnformattedTextValue", "given first", "HIPAA-A")
    if bed.dataset.get("Modality") == "SR":
        said, path = put_item(bed.dataset, "ContentSequence")
        bed.plant(said, path, "TextValue", "family first", "HIPAA-A")
        bed.plant(said, path, "PersonName", "name", "HIPAA-A")
        bed.plant_day(said, path, "DateTime", "101112")
