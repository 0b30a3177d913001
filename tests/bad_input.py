"""Bad input: one row a case. What is written, who finds it, the code it ends with; None is a file that is taken.

`lay(folder)` writes every case and returns what becomes of each path. `READING` cases are refused by the reader,
`QC` cases by the raw checks of the qc plugin, `INTAKE` cases by what comes after.
"""

import os
import pickle
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from functools import cache, partial
from io import BytesIO
from pathlib import Path
from struct import pack

import numpy as np
from PIL import Image
from pydicom import Dataset, dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID, EncapsulatedPDFStorage, MediaStorageDirectoryStorage, SecondaryCaptureImageStorage
from pydicom.valuerep import EXPLICIT_VR_LENGTH_32

from obia.schema.errors import Code
from tests import make

EXPLICIT = b"1.2.840.10008.1.2.1\0"
DEFLATED = b"1.2.840.10008.1.2.1.99"
PIXELS = b"\xe0\x7f\x10\x00"
DEEP = 10_000


class Stage(Enum):
    """Who finds it."""

    READING = auto()
    QC = auto()
    INTAKE = auto()
    NOBODY = auto()


@dataclass(frozen=True)
class Case:
    """One row: a name, how its file comes to be at a path, who finds what is wrong, and the code."""

    name: str
    lay: Callable[[Path], object]
    code: Code | None
    stage: Stage
    file: bytes = b"file.dcm"

    def at(self, folder: Path) -> Path:
        """Write the case into a folder of its own below this one, and return its path."""
        home = folder / self.name.replace(" ", "-").replace("/", "-")
        home.mkdir(parents=True)
        path = home / os.fsdecode(self.file)
        self.lay(path)
        return path


def lay(folder: Path) -> dict[Path, Code | None]:
    """Write every case that can be written here; return the code that each file ends with, None for accepted."""
    return {case.at(folder): case.code for case in cases()}


def cases() -> list[Case]:
    """Every row of the table."""
    return [*_not_dicom(), *_cut(), *_bombs(), *_headers(), *_pixels(), *_places(), *_odd_but_sound()]


def good(**elements: object) -> Dataset:
    """A sound image of a patient of its own, so that no row meets another."""
    study = make.uid()
    own: dict[str, object] = {
        "PatientID": f"PID-{str(study)[-12:]}",
        "StudyInstanceUID": study,
        "SeriesInstanceUID": make.uid(),
    }
    return make.image(None, **{**own, **elements})


def bytes_of(content: bytes | Callable[[], bytes]) -> Callable[[Path], object]:
    """Write these bytes, made only when they are needed."""
    return lambda path: path.write_bytes(content() if callable(content) else content)


def _file(**elements: object) -> Callable[[], bytes]:
    return lambda: make.data(good(**elements))


def _refused(name: str, code: Code, content: bytes | Callable[[], bytes]) -> Case:
    return Case(name, bytes_of(content), code, Stage.READING)


def _sound(name: str, content: Callable[[], bytes], file: bytes = b"file.dcm") -> Case:
    return Case(name, bytes_of(content), None, Stage.NOBODY, file)


def _not_dicom() -> Iterator[Case]:
    yield _refused("empty", Code.EMPTY_FILE, b"")
    yield _refused("one byte", Code.NOT_DICOM, b"\0")
    yield _refused("zeros", Code.NOT_DICOM, bytes(4096))
    yield _refused("text", Code.NOT_DICOM, b"Dear Sir or Madam,\n" * 40)
    yield _refused("pickle", Code.NOT_DICOM, pickle.dumps({"PatientName": "Doe^Jane"}))
    yield _refused("zip", Code.NOT_DICOM, _zip)
    yield _refused("png", Code.NOT_DICOM, _png)
    yield _refused("random bytes", Code.NOT_DICOM, np.random.default_rng(1).bytes(5000))
    yield _refused("media directory", Code.UNSUPPORTED, _media_directory)
    yield _refused(
        "unknown transfer syntax",
        Code.UNSUPPORTED,
        lambda: _retagged(b"1.2.840.99999.1.2.1\0"),
    )
    yield _refused("garbage after the meta", Code.UNREADABLE, lambda: _head(good()) + b"\xfe\xff\x0d\xe0" * 50)


def _cut() -> Iterator[Case]:
    whole = cache(_file())
    compressed = cache(lambda: make.data(good(), make.RLE))
    yield _refused("cut after the preamble", Code.TRUNCATED, lambda: whole()[:132])
    yield _refused("cut in the meta", Code.TRUNCATED, lambda: whole()[:150])
    yield _refused("cut in the header", Code.TRUNCATED, lambda: whole()[: whole().index(b"Doe^Jane") + 3])
    yield _refused("cut in a tag", Code.TRUNCATED, lambda: whole()[: whole().index(PIXELS) + 3])
    yield _refused("cut in the pixels' length", Code.TRUNCATED, lambda: whole()[: whole().index(PIXELS) + 10])
    yield Case("cut before the pixels", bytes_of(lambda: whole()[: whole().index(PIXELS)]), Code.NO_PIXELS, Stage.QC)
    yield _refused("cut in the pixels", Code.TRUNCATED, lambda: whole()[:-100])
    yield _refused("one byte short", Code.TRUNCATED, lambda: whole()[:-1])
    yield _refused("cut in a fragment", Code.TRUNCATED, lambda: compressed()[:-200])
    yield _refused("no delimiter after fragments", Code.TRUNCATED, lambda: compressed()[:-8])
    yield _refused("cut in deflated data", Code.TRUNCATED, lambda: make.data(good(), make.DEFLATED)[:-300])
    yield _refused("not deflated", Code.UNREADABLE, lambda: _head(good(), DEFLATED) + b"\xff" * 300)


def _bombs() -> Iterator[Case]:
    yield _refused("element of 4 GiB", Code.TRUNCATED, lambda: _with_element(b"OB\0\0" + pack("<L", 0xFFFFFFFE)))
    yield _refused("pixels of 4 GiB", Code.TRUNCATED, lambda: _huge_pixels(0xFFFFFFFE))
    yield Case("header of 80 MiB", _sparse, Code.TOO_LARGE, Stage.READING)
    yield _refused("deflate bomb", Code.TOO_LARGE, _deflate_bomb)
    yield _refused("deep sequences of defined length", Code.TOO_DEEP, lambda: _head(good()) + deep(is_defined=True))
    yield _refused("deep sequences of undefined length", Code.TOO_DEEP, lambda: _head(good()) + deep(is_defined=False))
    yield _refused(
        "deep sequences that end nowhere", Code.TOO_DEEP, lambda: (_head(good()) + deep(is_defined=False))[:-50_000]
    )
    yield _refused("more items than any real file", Code.TOO_LARGE, lambda: _with_element(_items(200_000)))
    yield _refused("more elements than any real file", Code.TOO_LARGE, lambda: _with_elements(200_000))
    yield _refused("more fragments than any real file", Code.TOO_LARGE, lambda: _fragments(300_000))
    yield Case("zeros from the header on", _hollow, Code.UNREADABLE, Stage.READING)
    yield Case("zeros from the meta on", _hollow_from_the_meta, Code.TOO_LARGE, Stage.READING)
    yield _refused("deep sequences called UN", Code.TOO_DEEP, lambda: _head(good()) + deep(is_defined=False, vr=b"UN"))


def _headers() -> Iterator[Case]:
    def case(name: str, code: Code, content: Callable[[], bytes]) -> Case:
        return Case(name, bytes_of(content), code, Stage.QC)

    yield case("blank header", Code.BLANK_HEADER, _blank)
    yield case(
        "header without a value", Code.BLANK_HEADER, lambda: _head(good()) + b"\x10\0\x10\0PN\0\0\x10\0\x20\0LO\2\0  "
    )
    yield case("no patient ID", Code.NO_PATIENT_ID, _file(PatientID=None))
    yield case("patient ID of spaces", Code.NO_PATIENT_ID, _file(PatientID="   "))
    for keyword in ("StudyInstanceUID", "SeriesInstanceUID", "SOPInstanceUID", "SOPClassUID"):
        yield case(f"no {keyword}", Code.NO_UIDS, partial(_without, keyword))
    yield case("a UID that is none", Code.NO_UIDS, lambda: make.data(good()).replace(b"2.25.", b"2.ab."))


def _pixels() -> Iterator[Case]:
    def case(name: str, content: Callable[[], bytes], code: Code = Code.BAD_PIXELS) -> Case:
        return Case(name, bytes_of(content), code, Stage.QC)

    yield case("image without pixels", lambda: make.data(_no_pixels()), Code.NO_PIXELS)
    yield case("pixels of no length", _file(PixelData=b""), Code.NO_PIXELS)
    yield case("more rows than pixels", _file(Rows=37))
    yield case("fewer rows than pixels", _file(Rows=35))
    yield case("more frames than pixels", _file(NumberOfFrames=2))
    yield case("rows missing", _file(Rows=None))
    yield case("no rows", _file(Rows=0))
    yield case("12 bits allocated", _file(BitsAllocated=12))
    yield case("65535 rows, columns and 1000 frames", _file(Rows=65535, Columns=65535, NumberOfFrames=1000))
    yield case(
        "frames that are no number", lambda: make.data(good(NumberOfFrames=1)).replace(b"IS\2\x001 ", b"IS\2\x001A")
    )
    yield case("offsets of fewer frames", lambda: _compressed(NumberOfFrames=3))
    yield case("fewer fragments than frames", lambda: _compressed(NumberOfFrames=3, PixelData=_without_offsets()))
    yield case("a codestream of other size", lambda: _compressed(make.J2K, Columns=33))
    yield case("native pixels called JPEG", lambda: _retagged(b"1.2.840.10008.1.2.4.50"))
    yield _sound("a frame that makes its decoder panic", panicking)  # the de-identifier writes its segments anew
    yield Case("a codestream that is broken", bytes_of(_broken_codestream), Code.BAD_PIXELS, Stage.INTAKE)


def _places() -> Iterator[Case]:
    yield Case("dangling link", lambda path: path.symlink_to("nowhere"), Code.NOT_A_FILE, Stage.READING)
    yield Case("link to itself", lambda path: path.symlink_to(path), Code.NOT_A_FILE, Stage.READING)
    yield Case("pipe", os.mkfifo, Code.NOT_A_FILE, Stage.READING)
    if os.geteuid():  # root reads everything
        yield Case("forbidden", _forbidden, Code.UNREADABLE, Stage.READING)
    yield _sound("spaces in its name", _file(), b"a file  of mine .dcm")
    yield _sound("Chinese name", _file(), "张伟 胸部.dcm".encode())
    yield _sound("newline in its name", _file(), b"two\nlines.dcm")
    yield _sound("name that is no UTF-8", _file(), b"M\xfcller.dcm")
    yield Case("document", bytes_of(_document), Code.NO_DEIDENTIFIER, Stage.INTAKE)


def _odd_but_sound() -> Iterator[Case]:
    for preamble in (b"MZ\x90\0\3\0\0\0", b"PK\3\4\x14\0\0\0", b"II*\0\x08\0\0\0"):
        odd = partial(make.data, good(), preamble=preamble.ljust(128, b"\0"))
        yield _sound(f"{preamble[:2].decode()} in the preamble", odd)
    yield _sound("no preamble, no meta, implicit", lambda: make.bare(good()))
    yield _sound("no preamble, no meta, explicit", lambda: make.bare(good(), implicit=False))
    yield _sound("no preamble", lambda: make.data(good())[132:])
    yield _sound("zeros after the end", lambda: make.data(good()) + bytes(100))
    for syntax in (*make.NATIVE, *make.COMPRESSED):
        yield _sound(syntax.keyword, partial(make.data, good(), syntax))
    yield _sound("explicit that says implicit", lambda: _retagged(b"1.2.840.10008.1.2\0"))
    for term, name in _CHARSETS:
        shown = term if isinstance(term, str) else term[-1]
        yield _sound(f"names in {shown}", _file(SpecificCharacterSet=term, PatientName=name))
    yield Case("character set that nobody knows", bytes_of(_unknown_charset), Code.BAD_CHARSET, Stage.INTAKE)


_CHARSETS: tuple[tuple[str | list[str], str], ...] = (
    ("GB18030", "Wang^XiaoDong=王^小东"),
    ("GBK", "Wang^XiaoDong=王^小东"),
    ("ISO_IR 100", "Müller^Jörg"),
    ("ISO_IR 144", "Люкceмбypг"),
    (["", "ISO 2022 IR 87"], "Yamada^Tarou=山田^太郎"),
    (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞"),
    (["", "ISO 2022 IR 58"], "Zhang^XiaoDong=张^小东"),
)


def panicking() -> bytes:
    """An RLE file whose second segment begins inside the first: pylibjpeg-rle panics, which is no Exception."""
    dataset = dcmread(BytesIO(make.data(good(), make.RLE)))
    frame = bytearray(next(generate_frames(dataset.PixelData, number_of_frames=1)))
    frame[8:12] = pack("<L", int.from_bytes(frame[8:12], "little") & ~0xFF | 0x14)
    dataset.PixelData = encapsulate([bytes(frame)])
    return make.data(dataset, make.RLE)


def with_meta_vr(whole: bytes, vr: str) -> bytes:
    """A file whose Transfer Syntax UID (0002,0010) says another VR, in the form that this VR has (PS3.5 7.1.2)."""
    at = whole.index(b"\x02\0\x10\0UI")
    length = int.from_bytes(whole[at + 6 : at + 8], "little")
    is_long = vr in EXPLICIT_VR_LENGTH_32
    head = vr.encode() + (pack("<HL", 0, length) if is_long else pack("<H", length))
    return whole[: at + 4] + head + whole[at + 8 :]


def deep(*, is_defined: bool, vr: bytes = b"SQ", levels: int = DEEP) -> bytes:
    """Nested Referenced Study Sequences (0008,1110), the innermost one empty."""
    tag = b"\x08\0\x10\x11" + vr + b"\0\0"
    item, item_end, sequence_end = b"\xfe\xff\0\xe0", b"\xfe\xff\x0d\xe0" + bytes(4), b"\xfe\xff\xdd\xe0" + bytes(4)
    if not is_defined:
        start = tag + b"\xff" * 4 + item + b"\xff" * 4
        return start * levels + (item_end + sequence_end) * levels
    parts = []
    for level in range(levels, 0, -1):
        inside = 20 * (level - 1)  # each level adds 12 bytes of element and 8 of item
        parts.append(tag + pack("<L", inside + 8) + item + pack("<L", inside))
    return b"".join(parts)


def _head(dataset: Dataset, syntax: bytes = EXPLICIT) -> bytes:
    """Preamble and file meta alone."""
    whole = make.data(dataset, make.EXPLICIT)
    return _renamed(whole[: whole.index(b"\x08\0\x05\0CS")], EXPLICIT, syntax)


def _retagged(new: bytes) -> bytes:
    """An explicit little endian file whose meta names another transfer syntax."""
    return _renamed(make.data(good()), EXPLICIT, new)


def _renamed(content: bytes, old: bytes, new: bytes) -> bytes:
    """Replace the value of a short element; the group's length is left as it was."""
    at = content.index(pack("<H", len(old)) + old)
    return content[:at] + pack("<H", len(new)) + new + content[at + 2 + len(old) :]


def _with_element(element: bytes) -> bytes:
    """A file with a private element before its pixels."""
    whole = make.data(good())
    at = whole.index(PIXELS)
    return whole[:at] + b"\x29\0\x10\x10" + element + whole[at:]


def _items(count: int) -> bytes:
    items = b"\xfe\xff\0\xe0\0\0\0\0" * count
    return b"SQ\0\0" + pack("<L", len(items)) + items


def _with_elements(count: int) -> bytes:
    """A file with private elements before its pixels, tags in order."""
    whole = make.data(good())
    at = whole.index(PIXELS)
    tags = (pack("<HH", 0x29 + 2 * (each // 50_000), 0x1000 + each % 50_000) for each in range(count))
    return whole[:at] + b"".join(tag + b"US\2\0\1\0" for tag in tags) + whole[at:]


def _fragments(count: int) -> bytes:
    """Compressed pixels in empty fragments."""
    whole = make.data(good(), make.RLE)
    at = whole.rindex(b"\xfe\xff\xdd\xe0")
    return whole[:at] + b"\xfe\xff\0\xe0\0\0\0\0" * count + whole[at:]


def _hollow(path: Path) -> None:
    """A download that was given its length and then cut off."""
    path.write_bytes(make.data(good())[:500])
    os.truncate(path, 1 << 30)


def _hollow_from_the_meta(path: Path) -> None:
    path.write_bytes(_head(good()))
    os.truncate(path, 1 << 30)


def _huge_pixels(length: int) -> bytes:
    whole = make.data(good())
    at = whole.index(PIXELS)
    return whole[: at + 8] + pack("<L", length) + whole[at + 12 :]


def _sparse(path: Path) -> None:
    path.write_bytes(_head(good()) + b"\x29\0\x10\x10OB\0\0" + pack("<L", 80 << 20))
    os.truncate(path, 81 << 20)


def _deflate_bomb() -> bytes:
    engine = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    element = b"\x29\0\x10\x10OB\0\0" + pack("<L", 128 << 20)
    bomb = engine.compress(element) + engine.compress(bytes(128 << 20)) + engine.flush()
    return _head(good(), DEFLATED) + bomb


def _zip() -> bytes:
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("image.dcm", make.data(good()))
    return stream.getvalue()


def _png() -> bytes:
    stream = BytesIO()
    Image.new("L", (64, 64)).save(stream, "PNG")
    return stream.getvalue()


def _media_directory() -> bytes:
    dataset = make.header(SOPClassUID=MediaStorageDirectoryStorage)
    return make.data(dataset)


def _blank() -> bytes:
    dataset = good()
    for element in [each for each in dataset if each.tag.group not in (0x0028, 0x7FE0)]:
        del dataset[element.tag]
    return _head(good()) + make.bare(dataset, implicit=False)


def _without(keyword: str) -> bytes:
    dataset = good()
    head = _head(dataset)
    del dataset[keyword]
    return head + make.bare(dataset, implicit=False)


def _no_pixels() -> Dataset:
    dataset = good(SOPClassUID=SecondaryCaptureImageStorage)
    for element in [each for each in dataset if each.tag.group in (0x0028, 0x7FE0)]:
        del dataset[element.tag]
    return dataset


def _compressed(syntax: UID = make.RLE, **elements: object) -> bytes:
    """Compressed pixels whose header was changed afterwards."""
    dataset = dcmread(BytesIO(make.data(good(), syntax)))
    for keyword, value in elements.items():
        setattr(dataset, keyword, value)
    return make.data(dataset)


def _without_offsets() -> bytes:
    """A compressed frame behind an empty offset table."""
    dataset = dcmread(BytesIO(make.data(good(), make.RLE)))
    return encapsulate(list(generate_frames(dataset.PixelData, number_of_frames=1)), has_bot=False)


def _broken_codestream() -> bytes:
    """A JPEG 2000 frame of the right size whose tiles are nonsense."""
    whole = bytearray(make.data(good(), make.J2K))
    start = whole.index(b"\xff\x93") + 2  # start of data
    whole[start : start + 600] = b"\xff" * 600
    return bytes(whole)


def _forbidden(path: Path) -> None:
    path.write_bytes(make.data(good()))
    path.chmod(0)


def _document() -> bytes:
    pdf: dict[str, object] = {
        "SOPClassUID": EncapsulatedPDFStorage,
        "Modality": "DOC",
        "EncapsulatedDocument": b"%PDF-1.4 Jane Doe ",
        "MIMETypeOfEncapsulatedDocument": "application/pdf",
        "PatientID": "PID-PDF",
        "StudyInstanceUID": make.uid(),
        "SeriesInstanceUID": make.uid(),
    }
    return make.data(make.header(**pdf))


def _unknown_charset() -> bytes:
    return make.data(good()).replace(b"ISO_IR 192", b"EBCDIC 037")
