"""Headers: real ones, read where their packages are installed, and blanked to a state that says nothing of anybody.

pydicom and pydicom-data are under the MIT licence, and so is deid-data. Nothing of them is copied into the project.
"""

import zlib
from importlib.util import find_spec
from pathlib import Path

from pydicom import Dataset, dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset

# Each modality and each way of writing: native of both orders, implicit, deflated, compressed; without pixels; deep
SOURCES = (
    "pydicom/data/test_files/CT_small.dcm",
    "pydicom/data/test_files/MR_small.dcm",
    "pydicom/data/test_files/MR_small_implicit.dcm",
    "pydicom/data/test_files/MR_small_bigendian.dcm",
    "data_store/data/emri_small.dcm",
    "pydicom/data/test_files/MR_small_jp2klossless.dcm",
    "pydicom/data/test_files/rtdose.dcm",
    "pydicom/data/test_files/rtplan.dcm",
    "pydicom/data/test_files/test-SR.dcm",
    "pydicom/data/test_files/examples_palette.dcm",
    "pydicom/data/test_files/liver_1frame.dcm",
    "pydicom/data/test_files/SC_rgb_rle.dcm",
    "data_store/data/SC_rgb.dcm",
    "data_store/data/SC_rgb_16bit.dcm",
    "pydicom/data/test_files/image_dfl.dcm",
    "pydicom/data/test_files/JPEG2000.dcm",
    "pydicom/data/test_files/examples_rgb_color.dcm",
    "data_store/data/OBXXXX1A_rle.dcm",
    "deid_data/data/humans/ctbrain1.dcm",
    "deid_data/data/humans/ctbrain2.dcm",
    "pydicom/data/charset_files/chrX2.dcm",
    "pydicom/data/test_files/693_J2KI.dcm",
    "data_store/data/emri_small_RLE.dcm",
    "pydicom/data/charset_files/chrRuss.dcm",
)

PIXELS = 0x7FE00010
_TEXT = frozenset(("AE", "LO", "LT", "SH", "ST", "UC", "UR", "UT", "PN", "DA", "DT", "TM", "AS"))
_NUMBERS = frozenset(("US", "SS", "UL", "SL", "SV", "UV", "FL", "FD", "OF", "OD", "DS", "IS"))
_STANDARD_SCHEMES = ("DCM", "SRT", "SNM3", "SCT", "UCUM", "LN", "FMA")
_REGISTERED = "1.2.840.10008."


def neutral(source: str) -> FileDataset:
    """A real header, with its pixels, whose texts, dates, names and UIDs are nobody's."""
    dataset = dcmread(_installed(source))
    dataset.file_meta.pop("SourceApplicationEntityTitle", None)
    _blank(dataset)
    dataset.preamble = bytes(128)
    return dataset


def _installed(source: str) -> Path:
    package, _, rest = source.partition("/")
    spec = find_spec(package)
    assert spec is not None and spec.submodule_search_locations, f"{package} is not installed"
    return Path(next(iter(spec.submodule_search_locations))) / rest


def _blank(dataset: Dataset) -> None:
    is_standard_code = str(dataset.get("CodingSchemeDesignator", "")) in _STANDARD_SCHEMES
    for element in list(dataset):
        tag = element.tag
        if _is_dropped(element):
            del dataset[tag]
        elif element.VR == "SQ":
            for item in element.value:
                _blank(item)
        elif element.VR == "UI":
            element.value = _nobodys(element)
        elif element.VR in _TEXT and not tag.is_private_creator and not (is_standard_code and tag.group == 0x0008):
            element.value = ""


def _is_dropped(element: DataElement) -> bool:
    """Whether an element can hold what nobody can blank: private text, bytes, graphics, a character set."""
    tag = element.tag
    if tag.element == 0 or tag == 0x00080005 or tag.group & 0xFF00 in (0x5000, 0x6000) or tag > PIXELS:
        return True
    if tag.is_private:
        return element.VR not in _NUMBERS and not tag.is_private_creator
    return element.VR in ("UN", "OB") and tag != PIXELS


def _nobodys(element: DataElement) -> object:
    """A UID, or several: what the standard registers stays."""
    values = [str(each) for each in ([element.value] if element.VM < 2 else element.value)]
    made = [
        each if not each or each.startswith(_REGISTERED) else f"1.2.826.0.1.3680043.10.997.{zlib.crc32(each.encode())}"
        for each in values
    ]
    return made if len(made) > 1 else "".join(made)
