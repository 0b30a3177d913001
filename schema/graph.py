"""The graph model as data: labels, properties and relationships.

Constraints, indexes, the planner's model and `docs/reference/graph.md` are made from it.
Dates and times are ISO 8601 text: it sorts as time does, decodes ten times faster than a temporal value, and an index on it serves pages.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

SCHEMA_VERSION = 3


class Scalar(StrEnum):
    """What a property holds."""

    STRING = "String"
    INT = "Int"
    LONG = "Long"
    FLOAT = "Float"
    BOOLEAN = "Boolean"
    DATE = "Date"
    DATETIME = "DateTime"
    STRINGS = "[String!]"
    BYTES = "Bytes"


class State(StrEnum):
    """How far a thing has come. Only what is RELEASED is public."""

    RECEIVED = "RECEIVED"
    QUARANTINED = "QUARANTINED"
    ACCEPTED = "ACCEPTED"
    CURATED = "CURATED"
    RELEASED = "RELEASED"


class Access(StrEnum):
    """Who may see the clinical data and files of a released collection."""

    OPEN = "OPEN"
    CONTROLLED = "CONTROLLED"


class Sex(StrEnum):
    """Patient's Sex (0010,0040)."""

    FEMALE = "FEMALE"
    MALE = "MALE"
    OTHER = "OTHER"


class DiagnosisKind(StrEnum):
    """Who said so: the clinic or the pathologist."""

    CLINICAL = "CLINICAL"
    PATHOLOGY = "PATHOLOGY"


class HistoryKind(StrEnum):
    """Whose history."""

    PERSONAL = "PERSONAL"
    FAMILY = "FAMILY"


class JobState(StrEnum):
    """How far a submission or a batch has come."""

    PLANNED = "PLANNED"
    RUNNING = "RUNNING"
    WRITTEN = "WRITTEN"
    DONE = "DONE"
    FAILED = "FAILED"
    CANCELLED = "CANCELLED"


class LinkStatus(StrEnum):
    """What is known of an asserted link."""

    ASSERTED = "ASSERTED"
    RESOLVED = "RESOLVED"
    BROKEN = "BROKEN"


class HoldReason(StrEnum):
    """Why an image is held back at release until a curator says that its class was looked at."""

    BURNED_IN = "BURNED_IN"
    RECOGNIZABLE_FEATURES = "RECOGNIZABLE_FEATURES"
    LABEL = "LABEL"
    OVERVIEW = "OVERVIEW"
    US = "US"
    SC = "SC"
    XA = "XA"
    XC = "XC"
    OT = "OT"
    ES = "ES"
    FILM = "FILM"
    SCREEN_SAVE = "SCREEN_SAVE"
    SAME_ORIGINAL = "SAME_ORIGINAL"


class Visibility(StrEnum):
    """How a scope applies to the nodes of a label."""

    STATE = "STATE"  # released, or in one's own collection
    CLINICAL = "CLINICAL"  # as STATE; of a CONTROLLED collection only with a grant
    INTERNAL = "INTERNAL"  # never read through the API's planner


@dataclass(frozen=True, slots=True)
class Property:
    """One property of a node or relationship.

    `enum` narrows a STRING; a hidden one never leaves the server; an indexed one gets a range index and may order
    pages; `released` names the twin that tells of released things alone, shown where only those may be seen; one that
    `needs_pixels` describes the file itself, and is null for viewers who may not see the pixels of its image.
    """

    name: str
    scalar: Scalar
    description: str
    enum: type[StrEnum] | None = None
    is_hidden: bool = False
    is_indexed: bool = False
    released: str | None = None
    needs_pixels: bool = False


@dataclass(frozen=True, slots=True)
class Label:
    """One label: its natural key is one property, unique by constraint."""

    name: str
    key: str
    description: str
    properties: tuple[Property, ...]
    visibility: Visibility = Visibility.STATE

    def property(self, name: str) -> Property:
        """The property of this name. Raises KeyError."""
        return next((p for p in self.properties if p.name == name), None) or _missing(f"{self.name}.{name}")


@dataclass(frozen=True, slots=True)
class Relationship:
    """One relationship type between two labels, and what each end calls the other.

    `forward` is the field on the source, `backward` the field on the target; None where the API has none.
    `is_scoped` says that the relationship itself carries `state`.
    """

    type: str
    source: str
    target: str
    description: str
    forward: str | None = None
    forward_many: bool = True
    backward: str | None = None
    backward_many: bool = False
    properties: tuple[Property, ...] = ()
    is_scoped: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """One field that leads from a label to another, in one direction."""

    field: str
    relationship: Relationship
    source: str
    target: str
    is_forward: bool
    is_many: bool


def _missing(what: str) -> Property:
    raise KeyError(what)


def _text(name: str, description: str, *, indexed: bool = False, hidden: bool = False) -> Property:
    return Property(name, Scalar.STRING, description, is_indexed=indexed, is_hidden=hidden)


def _int(name: str, description: str, *, indexed: bool = False, released: str | None = None) -> Property:
    return Property(name, Scalar.INT, description, is_indexed=indexed, released=released)


def _hidden(name: str, scalar: Scalar, description: str, *, indexed: bool = False) -> Property:
    return Property(name, scalar, description, is_hidden=True, is_indexed=indexed)


def _date(name: str, description: str, *, indexed: bool = False) -> Property:
    return Property(name, Scalar.DATE, description, is_indexed=indexed)


def _time(name: str, description: str, *, indexed: bool = False) -> Property:
    return Property(name, Scalar.DATETIME, description, is_indexed=indexed)


def _enum(name: str, enum: type[StrEnum], description: str, *, indexed: bool = False) -> Property:
    return Property(name, Scalar.STRING, description, enum=enum, is_indexed=indexed)


def _count(what: str) -> tuple[Property, Property]:
    """A kept count and the twin that counts what is released."""
    name, twin = f"{what}Count", f"released{what[0].upper()}{what[1:]}Count"
    nouns = {"individual": "individuals", "study": "studies", "series": "series", "image": "images"}
    shown = _int(name, f"How many {nouns[what]} it holds that you may see.", indexed=True, released=twin)
    return shown, _hidden(twin, Scalar.INT, f"How many released {nouns[what]} it holds.", indexed=True)


_KEY = _hidden("key", Scalar.STRING, "The natural key: collection accession, a slash, and a pseudonym or UID.")
_COLLECTION = _hidden("collection", Scalar.STRING, "The accession of the collection it belongs to.", indexed=True)
_STATE = _enum(
    "state",
    State,
    "How far it has come; what is not RELEASED is seen by curators, and by the submitter of its collection.",
    indexed=True,
)
_PATIENT = _hidden("patient", Scalar.STRING, "A keyed digest of patient ID and issuer, archive-wide.", indexed=True)
_KEY_ID = _hidden("keyId", Scalar.STRING, "Which key of the archive its derived values come from.")
_BATCH = _hidden("batch", Scalar.STRING, "The batch that brought it.", indexed=True)
_RECIPE = _hidden("recipe", Scalar.STRING, "A digest of what its clean form depends on besides the original.")
_DECIDED = _hidden("isDecided", Scalar.BOOLEAN, "Whether a curator decided for it: no later file moves it.")
_DIGEST = Property(
    "digest",
    Scalar.STRING,
    "SHA-256 of the stored file, in hexadecimal; null unless you may see its pixels.",
    needs_pixels=True,
)
_SIZE = Property(
    "size",
    Scalar.LONG,
    "The stored file's size in bytes; null unless you may see its pixels.",
    is_indexed=True,
    needs_pixels=True,
)


def _omics(name: str, description: str, *more: Property) -> Label:
    accession = _text("accession", f"Its accession in the archive that holds it ({name}).")
    return Label(name, "accession", description, (accession, *more, _STATE))


def _clinical(name: str, description: str, kind: Property | None) -> Label:
    properties = (
        _KEY,
        _COLLECTION,
        *((kind,) if kind else ()),
        _text("code", "The code, as the submitter's terminology has it.", indexed=True),
        _text("value", "The value, white space folded.", indexed=True),
        _text("valueRaw", "The value as it was handed in."),
        _date("date", "When, moved by the individual's own offset.", indexed=True),
        _STATE,
    )
    return Label(name, "key", description, properties, Visibility.CLINICAL)


LABELS: tuple[Label, ...] = (
    Label(
        "Collection",
        "accession",
        "One complete submission: title, description, licence and access; always linked to a BioProject.",
        (
            _text("accession", "Its accession, OBIA0001 and on."),
            _text("title", "What it is called.", indexed=True),
            _text("description", "What it holds and how it came about."),
            _text("licence", "The licence of its images, as an SPDX identifier or in words."),
            _enum("access", Access, "Who may see its clinical data and files once it is released.", indexed=True),
            _time("createdAt", "When it was made.", indexed=True),
            _time("releasedAt", "When it was last released.", indexed=True),
            *_count("individual"),
            *_count("study"),
            *_count("series"),
            *_count("image"),
            _STATE,
        ),
    ),
    Label(
        "Individual",
        "key",
        "A human or other organism receiving, or registered to receive, care.",
        (
            _KEY,
            _COLLECTION,
            _PATIENT,
            _KEY_ID,
            _text("accession", "Its accession, I000001 and on."),
            _text("pseudonym", "Its false name in this collection: Patient ID (0010,0020) of its files.", indexed=True),
            _text("species", "The species, by its scientific name.", indexed=True),
            _enum("sex", Sex, "Patient's Sex (0010,0040), or as the clinical table says.", indexed=True),
            _text("ethnicity", "As the clinical table says.", indexed=True),
            _hidden(
                "issuer",
                Scalar.STRING,
                "A keyed digest of Patient ID and Issuer of Patient ID (0010,0021), where a file names the issuer.",
                indexed=True,
            ),
            _hidden("said", Scalar.STRINGS, "What a clinical table said of it, which files do not change."),
            *_count("study"),
            _STATE,
        ),
    ),
    Label(
        "Study",
        "key",
        "One radiological examination of an individual.",
        (
            _KEY,
            _COLLECTION,
            _PATIENT,
            _text("accession", "Its accession, S000001 and on."),
            _text("uid", "Study Instance UID (0020,000D), remapped.", indexed=True),
            _date("date", "Study Date (0008,0020), moved by the individual's own offset.", indexed=True),
            _int("ageAtStudy", "The individual's age in whole years; over 89 is 90.", indexed=True),
            Property(
                "modalities",
                Scalar.STRINGS,
                "The modalities of its series that you may see, sorted.",
                released="releasedModalities",
            ),
            _hidden("releasedModalities", Scalar.STRINGS, "The modalities of its released series, sorted."),
            *_count("series"),
            *_count("image"),
            _STATE,
        ),
    ),
    Label(
        "Series",
        "key",
        "A study split by some logic: body part, orientation, phase.",
        (
            _KEY,
            _COLLECTION,
            _text("uid", "Series Instance UID (0020,000E), remapped.", indexed=True),
            _int("number", "Series Number (0020,0011).", indexed=True),
            _text("modality", "Modality (0008,0060), normalised.", indexed=True),
            _text("modalityRaw", "Modality (0008,0060) as it came."),
            _text("bodyPart", "Body Part Examined (0018,0015), normalised to a DICOM defined term.", indexed=True),
            _text("bodyPartRaw", "Body Part Examined (0018,0015) as it came."),
            _text("laterality", "Laterality (0020,0060).", indexed=True),
            _text("manufacturer", "Manufacturer (0008,0070), normalised.", indexed=True),
            _text("manufacturerRaw", "Manufacturer (0008,0070) as it came."),
            _text("manufacturerModel", "Manufacturer's Model Name (0008,1090).", indexed=True),
            _date("date", "Series Date (0008,0021), moved by the individual's own offset.", indexed=True),
            _hidden(
                "frameOfReference",
                Scalar.STRING,
                "Frame of Reference UID (0020,0052), remapped; the first in sorting order where images have several.",
                indexed=True,
            ),
            Property("sliceThickness", Scalar.FLOAT, "Slice Thickness (0018,0050) in mm.", is_indexed=True),
            *_count("image"),
            _STATE,
        ),
    ),
    Label(
        "Image",
        "uid",
        "The pixel data of one DICOM file, in one series of one study.",
        (
            _COLLECTION,
            _text("uid", "SOP Instance UID (0008,0018), remapped."),
            _int("number", "Instance Number (0020,0013).", indexed=True),
            _int("frames", "Number of Frames (0028,0008), 1 where absent.", indexed=True),
            _int("rows", "Rows (0028,0010)."),
            _int("columns", "Columns (0028,0011)."),
            _text("sopClass", "SOP Class UID (0008,0016).", indexed=True),
            _text("transferSyntax", "Transfer Syntax UID (0002,0010)."),
            _DIGEST,
            _SIZE,
            _hidden("file", Scalar.STRING, "Where its file lies in the store."),
            _hidden("intakeId", Scalar.STRING, "Its intake id.", indexed=True),
            _BATCH,
            _KEY_ID,
            _hidden("original", Scalar.STRING, "A keyed digest of the original dataset, pixels aside.", indexed=True),
            _hidden("originalPixels", Scalar.STRING, "A keyed digest of the decoded pixels."),
            _RECIPE,
            _DECIDED,
            _hidden(
                "holdReasons",
                Scalar.STRINGS,
                "Why it is held back at release until its class was reviewed; absent where nothing asks for it.",
            ),
            _STATE,
        ),
    ),
    Label(
        "Annotation",
        "uid",
        "A structured report, segmentation, RT object or presentation state that speaks of series and images.",
        (
            _COLLECTION,
            _text("uid", "SOP Instance UID (0008,0018), remapped."),
            _text("modality", "Modality (0008,0060).", indexed=True),
            _text("sopClass", "SOP Class UID (0008,0016).", indexed=True),
            _DIGEST,
            _SIZE,
            _hidden("file", Scalar.STRING, "Where its file lies in the store."),
            _hidden("intakeId", Scalar.STRING, "Its intake id.", indexed=True),
            _BATCH,
            _KEY_ID,
            _hidden("original", Scalar.STRING, "A keyed digest of the original dataset, pixels aside.", indexed=True),
            _hidden("originalPixels", Scalar.STRING, "A keyed digest of the decoded pixels, if it has any."),
            _RECIPE,
            _DECIDED,
            _hidden("references", Scalar.STRINGS, "The remapped UIDs of the series and images it speaks of."),
            _STATE,
        ),
    ),
    _clinical(
        "Diagnosis",
        "What was found, by the clinic or the pathologist.",
        _enum("kind", DiagnosisKind, "Who said so.", indexed=True),
    ),
    _clinical("Treatment", "What was done.", None),
    _clinical(
        "History",
        "What went before, in the individual or the family.",
        _enum("kind", HistoryKind, "Whose history.", indexed=True),
    ),
    _omics("BioProject", "A project of the National Genomics Data Center or INSDC.", _text("title", "Its title.")),
    _omics("GsaStudy", "A study of GSA-Human.", _text("title", "Its title.")),
    _omics("GsaIndividual", "An individual of GSA-Human."),
    _omics(
        "Sample",
        "A biological sample of GSA-Human.",
        _text("sampleType", "What it was taken from, for instance TUMOUR or NORMAL.", indexed=True),
    ),
    _omics(
        "Experiment",
        "A sequencing experiment of GSA-Human.",
        _text("strategy", "The library strategy, for instance RNA-Seq.", indexed=True),
        _text("platform", "The sequencing platform.", indexed=True),
    ),
    _omics("Run", "A sequencing run of GSA-Human."),
    _omics("GdcCase", "A case of the Genomic Data Commons."),
    Label(
        "Submission",
        "id",
        "One hand-over of files to a collection, and the job that takes them in.",
        (
            _text("id", "A random id."),
            _COLLECTION,
            _enum("state", JobState, "How far the job has come.", indexed=True),
            _KEY_ID,
            _hidden("source", Scalar.STRING, "A keyed digest of where the files came from.", indexed=True),
            _text("by", "Who handed it in: a token's name."),
            _hidden("owner", Scalar.STRING, "The id of that token."),
            _time("createdAt", "When it was planned.", indexed=True),
            _time("finishedAt", "When its last batch was done."),
            _int("total", "Files offered."),
            _hidden("isKept", Scalar.BOOLEAN, "Whether it stays on record even if it added nothing."),
            _hidden(
                "isDecided", Scalar.BOOLEAN, "Whether a curator decided that its files, from the vault, are accepted."
            ),
            _hidden("isForced", Scalar.BOOLEAN, "Whether its files replace unreleased images of equal originals."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Batch",
        "id",
        "The unit of work: some files of a submission, taken in in one transaction.",
        (
            _text("id", "Submission id, a slash, and a number."),
            _int("number", "Its place in the submission, from 0."),
            _enum("state", JobState, "How far it has come.", indexed=True),
            _int("fence", "The fencing token: raised by each lease."),
            _text("leaseOwner", "Host, pid and start time of who holds it."),
            _time("leaseUntil", "When the lease ends."),
            _int("total", "Files in it."),
            _int("attempts", "How often it was leased."),
            Property("touched", Scalar.STRINGS, "Batches that lost images to this one."),
            _int("inQuarantine", "Of its duplicates, those whose equal lay in the quarantine."),
            _int("replaced", "Images of equal originals that it replaced, since their clean form is another now."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Quarantined",
        "intakeId",
        "A file that was not accepted; its original lies in the vault.",
        (
            _text("intakeId", "Its intake id, random."),
            _COLLECTION,
            _text("code", "Why.", indexed=True),
            _BATCH,
            _KEY_ID,
            _hidden("file", Scalar.STRING, "A keyed digest of the file's bytes.", indexed=True),
            _hidden("uid", Scalar.STRING, "The remapped SOP Instance UID, if it had one.", indexed=True),
            _hidden("study", Scalar.STRING, "The remapped Study Instance UID, if it had one.", indexed=True),
            _hidden("series", Scalar.STRING, "The remapped Series Instance UID, if it had one.", indexed=True),
            _hidden("patient", Scalar.STRING, "A keyed digest of patient ID and issuer.", indexed=True),
            _hidden("original", Scalar.STRING, "A keyed digest of the original dataset, pixels aside.", indexed=True),
            _hidden("originalPixels", Scalar.STRING, "A keyed digest of the decoded pixels."),
            _RECIPE,
            _hidden("isHeld", Scalar.BOOLEAN, "Whether the vault holds the original yet.", indexed=True),
            _time("at", "When."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Finding",
        "key",
        "What a check had to say.",
        (
            _text("key", "Check, code and what it is about, joined by slashes."),
            _text("code", "The code.", indexed=True),
            _text("level", "INFO, WARNING or FAILURE.", indexed=True),
            _text("check", "Who found it.", indexed=True),
            _text("about", "A clean UID, an accession or an intake id.", indexed=True),
            _time("at", "When it was first found."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Release",
        "id",
        "One release of a collection: what it froze, when, by whom.",
        (
            _text("id", "Collection accession, a slash, and a number."),
            _int("number", "1 for the first."),
            _text("by", "Who released it: a token's name."),
            _time("at", "When."),
            _int("images", "Images released by it."),
            Property("reviewed", Scalar.STRINGS, "The classes of images that the curator said were looked at."),
            _int("heldBack", "Images held back by it."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "AccessRequest",
        "id",
        "A researcher's request for a controlled collection.",
        (
            _text("id", "A random id."),
            _text("by", "Who asks: a token's name."),
            _text("state", "DRAFT, SUBMITTED, APPROVED, REJECTED, REVOKED or EXPIRED."),
            _time("at", "When."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Token",
        "digest",
        "Who may ask: only the token's SHA-256 is kept.",
        (
            _hidden("digest", Scalar.STRING, "SHA-256 of the token."),
            _text("id", "A random id, which owns what the token makes; a name may be given again.", indexed=True),
            _text("name", "What it is called; unique among those in force.", indexed=True),
            _text("role", "Its role."),
            Property("grants", Scalar.STRINGS, "Controlled collections it may see clinical data and files of."),
            _time("createdAt", "When it was made."),
            _time("revokedAt", "When it was revoked."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Code",
        "key",
        "The code that one encoder gave one image.",
        (
            _text("key", "Encoder identity, a slash, and the image's UID."),
            _text("encoder", "The encoder's identity.", indexed=True),
            _text("uid", "The image's UID.", indexed=True),
            Property("bits", Scalar.BYTES, "The code."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Encoder",
        "identity",
        "What makes codes comparable: name, model digest, engine, precision, bits, metric.",
        (
            _text("identity", "All of it in one string, parts joined by slashes."),
            _text("name", "The encoder's name."),
            _int("bits", "The length of a code."),
            _int("generation", "Raised whenever a code of it is written or removed."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Counter",
        "name",
        "The last accession number given, by label; its lock puts writers in a row.",
        (_text("name", "A label."), _int("last", "The last number given.")),
        Visibility.INTERNAL,
    ),
    Label(
        "Change",
        "id",
        "Proof that a change of the audit log was committed; removed once the log holds its outcome.",
        (
            _text("id", "The change's id in the audit log."),
            _text("log", "Which host's audit log announces it: the seal of the log's first line."),
            _text("subject", "What it is about, as the log says."),
            Property("isVoid", Scalar.BOOLEAN, "Whether it was found not committed, and can no longer be."),
            _time("at", "When."),
        ),
        Visibility.INTERNAL,
    ),
    Label(
        "Meta",
        "name",
        "One node: the schema's version, and a generation raised by every change that a reader could see.",
        (
            _text("name", "Always `meta`."),
            _int("schemaVersion", "Of this model."),
            _int("generation", "For ETags."),
            _KEY_ID,
        ),
        Visibility.INTERNAL,
    ),
)

_LINK_PROPERTIES = (
    _text("evidence", "What it rests on."),
    _text("method", "How it was found."),
    Property("confidence", Scalar.FLOAT, "How sure, 0 to 1."),
    _text("assertedBy", "Who says so."),
    _time("assertedAt", "When it was said."),
    _enum("status", LinkStatus, "What is known of it."),
    _enum("state", State, "How far it has come; only RELEASED is public."),
)

RELATIONSHIPS: tuple[Relationship, ...] = (
    Relationship("HAS_INDIVIDUAL", "Collection", "Individual", "Its individuals.", "individuals", True, "collection"),
    Relationship("HAS_STUDY", "Individual", "Study", "Its studies.", "studies", True, "individual"),
    Relationship("HAS_SERIES", "Study", "Series", "Its series.", "series", True, "study"),
    Relationship("HAS_IMAGE", "Series", "Image", "Its images.", "images", True, "series"),
    Relationship("HAS_ANNOTATION", "Series", "Annotation", "Its annotations.", "annotations", True, "series"),
    Relationship("ANNOTATES", "Annotation", "Image", "The images it speaks of.", "images", True, "annotations", True),
    Relationship(
        "ANNOTATES", "Annotation", "Series", "The series it speaks of.", "annotatedSeries", True, "annotatedBy", True
    ),
    Relationship("HAS_DIAGNOSIS", "Individual", "Diagnosis", "Its diagnoses.", "diagnoses", True, "individual"),
    Relationship("HAS_TREATMENT", "Individual", "Treatment", "Its treatments.", "treatments", True, "individual"),
    Relationship("HAS_HISTORY", "Individual", "History", "Its history.", "history", True, "individual"),
    Relationship(
        "DESCRIBED_BY",
        "Collection",
        "BioProject",
        "The BioProject it belongs to.",
        "bioProject",
        False,
        "collections",
        True,
    ),
    Relationship("HAS_DATASET", "BioProject", "GsaStudy", "Its GSA-Human studies.", "gsaStudies", True, "bioProject"),
    Relationship(
        "HAS_INDIVIDUAL", "GsaStudy", "GsaIndividual", "Its individuals.", "individuals", True, "gsaStudies", True
    ),
    Relationship("HAS_SAMPLE", "GsaIndividual", "Sample", "Its samples.", "samples", True, "gsaIndividual"),
    Relationship("HAS_EXPERIMENT", "Sample", "Experiment", "Its experiments.", "experiments", True, "sample"),
    Relationship("HAS_RUN", "Experiment", "Run", "Its runs.", "runs", True, "experiment"),
    Relationship(
        "SAME_AS",
        "Individual",
        "GsaIndividual",
        "The same individual in GSA-Human, as asserted.",
        "gsaIndividuals",
        True,
        "individuals",
        True,
        _LINK_PROPERTIES,
        True,
    ),
    Relationship(
        "SAME_AS",
        "Individual",
        "GdcCase",
        "The same individual in the Genomic Data Commons, as asserted.",
        "gdcCases",
        True,
        "individuals",
        True,
        _LINK_PROPERTIES,
        True,
    ),
    Relationship(
        "SAME_ORIGINAL",
        "Image",
        "Image",
        "Images of other collections that were made of the same original.",
        "sameOriginals",
        True,
    ),
    Relationship("HAS_BATCH", "Submission", "Batch", "Its batches."),
    Relationship("PRODUCED", "Submission", "Collection", "The collection it went into."),
    Relationship("ABOUT", "Finding", "Image", "The image it is about."),
    Relationship("ABOUT", "Finding", "Annotation", "The annotation it is about."),
    Relationship("ABOUT", "Finding", "Series", "The series it is about."),
    Relationship("ABOUT", "Finding", "Submission", "The submission it is about."),
    Relationship("ABOUT", "Finding", "Quarantined", "The quarantined file it is about."),
    Relationship("FREEZES", "Release", "Collection", "The collection it froze."),
    Relationship("FOR", "AccessRequest", "Collection", "The collection it asks for."),
    Relationship("SUBMITS", "Token", "Submission", "A submission it handed in."),
    Relationship("OWNS", "Token", "Collection", "A collection it made."),
    Relationship("HAS_CODE", "Image", "Code", "Its codes."),
)

_BY_NAME = {label.name: label for label in LABELS}


def label(name: str) -> Label:
    """The label of this name. Raises KeyError."""
    return _BY_NAME[name]


def readable() -> Iterable[Label]:
    """The labels that the API reads."""
    return (each for each in LABELS if each.visibility is not Visibility.INTERNAL)


def steps(source: str) -> Iterator[Step]:
    """The fields that lead from a label to others."""
    for each in RELATIONSHIPS:
        if each.forward and each.source == source:
            yield Step(each.forward, each, source, each.target, is_forward=True, is_many=each.forward_many)
        if each.backward and each.target == source:
            yield Step(each.backward, each, source, each.source, is_forward=False, is_many=each.backward_many)
