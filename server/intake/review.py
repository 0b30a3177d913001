"""Review before release: what an image's header says of identity in its pixels, as reasons to hold the image back.

Pixels are never searched for text, so until a person looks at them an image is held back for what its header says
(identity is in the pixels) and for what its kind commonly carries (text that an operator or the device has drawn).
What cannot be read counts as the answer that holds back.
"""

from collections.abc import Iterator

from pydicom import Dataset

from obia.schema.graph import HoldReason
from obia.server.intake.text import text

_FLAGS = {
    "BurnedInAnnotation": HoldReason.BURNED_IN,  # (0028,0301)
    "RecognizableVisualFeatures": HoldReason.RECOGNIZABLE_FEATURES,  # (0028,0302)
    "SpecimenLabelInImage": HoldReason.LABEL,  # (0048,0010)
}
_IMAGE_TYPES = {
    "LABEL": HoldReason.LABEL,
    "OVERVIEW": HoldReason.OVERVIEW,
    "SAVE": HoldReason.SCREEN_SAVE,
    "SCREEN": HoldReason.SCREEN_SAVE,
    "SCREEN SAVE": HoldReason.SCREEN_SAVE,
    "SCREENSAVE": HoldReason.SCREEN_SAVE,
}
_MODALITIES = {
    "": HoldReason.OT,  # a kind that nobody knows
    "BDUS": HoldReason.US,
    "DOC": HoldReason.SC,
    "ES": HoldReason.ES,
    "HC": HoldReason.FILM,
    "IVUS": HoldReason.US,
    "OT": HoldReason.OT,
    "RG": HoldReason.FILM,  # conventional film
    "SC": HoldReason.SC,
    "US": HoldReason.US,
    "XA": HoldReason.XA,
    "XC": HoldReason.XC,
}
_STORAGE = "1.2.840.10008.5.1.4.1.1"
_SOP_CLASSES = {
    f"{_STORAGE}.3": HoldReason.US,  # multi-frame, retired and not
    f"{_STORAGE}.6": HoldReason.US,
    f"{_STORAGE}.7": HoldReason.SC,
    f"{_STORAGE}.12.1": HoldReason.XA,
    f"{_STORAGE}.77.1.1": HoldReason.ES,
    f"{_STORAGE}.77.1.4": HoldReason.XC,
}
_CONVERSIONS = dict.fromkeys(("DI", "DRW", "DV", "SD", "SI", "WSD"), HoldReason.SC) | {"DF": HoldReason.FILM}


def hold_reasons(*headers: Dataset) -> list[str]:
    """Every reason that one of the headers of an image gives to hold it back at release, sorted."""
    return sorted({reason.value for header in headers for reason in _reasons(header)})


def _reasons(header: Dataset) -> Iterator[HoldReason]:
    for keyword, reason in _FLAGS.items():
        if (_words(header, keyword) or ["NO"]) != ["NO"]:
            yield reason
    image_types = [each.replace("_", " ") for each in _words(header, "ImageType")]
    tables = (
        (_IMAGE_TYPES, image_types),
        (_MODALITIES, _words(header, "Modality") or [""]),
        (_CONVERSIONS, _words(header, "ConversionType")),
    )
    for table, words in tables:
        yield from (table[word] for word in words if word in table)
    for uid in _words(header, "SOPClassUID"):
        yield from (reason for root, reason in _SOP_CLASSES.items() if f"{uid}.".startswith(f"{root}."))


def _words(header: Dataset, keyword: str) -> list[str]:
    """The values of an element in capitals, none where it is missing or empty; one empty value if it is unreadable."""
    try:
        values = text(header, keyword).upper().split("\\")
    except Exception:  # untrusted input: whatever is wrong with the element, the image is looked at
        return [""]
    return [" ".join(each.strip(" \0").split()) for each in values if each.strip(" \0")]
