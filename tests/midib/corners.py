"""Corners: private elements, curves and overlays, what stands behind the pixels, and the pixels themselves."""

from pydicom import Dataset, config
from pydicom.dataelem import DataElement
from pydicom.uid import UID

from tests.midib.answers import Answer
from tests.midib.beds import INSTANCE, Bed, put_private
from tests.midib.drawing import burn
from tests.midib.headers import PIXELS
from tests.midib.people import Person
from tests.midib.pictures import digest
from tests.midib.plants import PRIVATE, SAFE_NUMBERS, SAFE_TEXTS

SAFE_PRIVATE = "113111"  # PS3.16: the option that keeps private elements known to be safe
# Each on a device whose regions the pixel script of the contenders knows: native, deflated, RLE, JPEG and JPEG 2000
BURNED = (
    "pydicom/data/test_files/CT_small.dcm",
    "data_store/data/SC_rgb.dcm",
    "pydicom/data/test_files/SC_rgb_rle.dcm",
    "pydicom/data/test_files/image_dfl.dcm",
    "pydicom/data/test_files/JPEG2000.dcm",
    "pydicom/data/test_files/examples_rgb_color.dcm",
    "deid_data/data/humans/ctbrain1.dcm",
    "deid_data/data/humans/ctbrain2.dcm",
)
_CODECS = {"ISO_IR 100": "latin-1", "GB18030": "gb18030", "ISO_IR 192": "utf-8", "ISO 2022 IR 87": "utf-8",
           "ISO 2022 IR 149": "utf-8", "ISO_IR 144": "iso8859_5", "ISO_IR 126": "iso8859_7"}  # fmt: skip


def plant_private(bed: Bed) -> None:
    """Plant a person, a number, a date, a UID and a sequence into private elements; leave the scanner's numbers there."""
    person, dataset = bed.person, bed.dataset
    for group, creator, element, vr, part, bucket in PRIVATE:
        text = bed.part(part)
        value = _bytes(text, person) if vr in ("OB", "UN") else text
        path = put_private(dataset, group, creator, element, vr, value)
        bed.expect(path, "text_removed", text, bucket, part, "private")
    digits = "".join(each for each in person.mrn if each.isdigit())
    path = put_private(dataset, 0x0019, "GEMS_ACQU_01", 0x3A, "IS", digits)
    bed.expect(path, "text_removed", digits, "HIPAA-H", "mrn as a number", "private")
    day = person.day(0)
    bed.expect_day(put_private(dataset, 0x0009, "GEMS_GENIE_1", 0x42, "DA", day), day, "DA", "private")
    uid = person.uid(INSTANCE + bed.number)
    bed.expect_uid(put_private(dataset, 0x0009, "GEMS_IDEN_01", 0xE3, "UI", uid), uid, "private")
    item = Dataset()
    path = put_private(dataset, 0x2001, "Philips Imaging DD 001", 0x5F, "SQ", [item]) + "[0]"
    bed.plant(item, path, "PatientName", "name", "HIPAA-A")
    _plant_safe(bed)


def _plant_safe(bed: Bed) -> None:
    for group, creator, element, vr, value in SAFE_NUMBERS:
        path = put_private(bed.dataset, group, creator, element, vr, value)
        text = "\\".join(map(str, value)) if isinstance(value, list) else str(value)
        bed.expect(path, "text_retained", text, "TCIA-PTKB-K", "number of the scanner", "private")
    for group, creator, element, vr, text in SAFE_TEXTS:
        path = put_private(bed.dataset, group, creator, element, vr, text)
        bed.expect(path, "text_retained", text, "TCIA-PTKB-K", "text of the scanner", "private", SAFE_PRIVATE)


def _bytes(text: str, person: Person) -> bytes:
    """A text as a vendor's bytes, of even length."""
    value = text.encode(_CODECS[person.charset[-1]] if person.charset else "ascii", "replace")
    return value + b" " * (len(value) % 2)


def plant_graphics(bed: Bed) -> None:
    """Plant into labels of curves and overlays, and behind the pixels."""
    name = bed.part("given first")
    for tag, path in ((0x50002500, "(5000,2500)"), (0x60001500, "(6000,1500)")):
        bed.dataset[tag] = DataElement(tag, "LO", name, validation_mode=config.IGNORE)
        bed.expect(path, "text_removed", name, "HIPAA-A", "given first", "graphics")
    path = put_private(bed.dataset, 0x7FE1, "GEMS_Ultrasound_MovieGroup_001", 0x02, "LO", name)
    bed.expect(path, "text_removed", name, "HIPAA-A", "given first", "behind the pixels")


def plant_pixels(bed: Bed, source: str) -> None:
    """Burn the record number into the pictures that are made for it; the others have to stay as they are."""
    dataset = bed.dataset
    if PIXELS not in dataset:
        return
    if source not in BURNED:
        bed.expect("(7FE0,0010)", "pixels_retained", digest(dataset), "TCIA-P15-PIX-K", "pixels", "pixels")
        return
    text = bed.person.mrn
    box, ink = burn(dataset, text)
    syntax = UID(dataset.file_meta.TransferSyntaxUID).name
    bed.answers.append(
        Answer(bed.file, "(7FE0,0010)", "pixels_hidden", text, "HIPAA-A", syntax, "pixels", "", box, ink)
    )
