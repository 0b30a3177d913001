"""The table of transfer syntaxes in docs/deidentification-pixels.md, made by running redaction on a file of each.

`python -m tests.plugins.deid_ctp.pixels.syntaxes` writes it into the page anew.
"""

import io
import zlib
from pathlib import Path

import numpy as np
from pydicom import Dataset, dcmread
from pydicom._uid_dict import UID_dictionary
from pydicom.encaps import encapsulate
from pydicom.uid import UID, JPEG2000Lossless, JPEGBaseline8Bit, RLELossless

from obia.plugins.deid_ctp.dicom.element_index import BIG_ENDIAN, DEFLATED, EXPLICIT, IMPLICIT
from obia.plugins.deid_ctp.pixels.redaction import redact_regions
from tests import make
from tests.plugins.deid_ctp.pixels.images import changed, jpeg, jpeg_file, photograph, real, see

PAGE = Path(__file__).parents[4] / "docs" / "deidentification-pixels.md"
BEGIN, END = "<!-- begin table -->", "<!-- end table -->"
REGION = (3, 4, 20, 9)

_NATIVE = (IMPLICIT, EXPLICIT, DEFLATED, BIG_ENDIAN)
_REAL = {
    "1.2.840.10008.1.2.4.51": "JPGExtended.dcm",
    "1.2.840.10008.1.2.4.70": "JPEG-LL.dcm",
    "1.2.840.10008.1.2.4.80": "MR_small_jpeg_ls_lossless.dcm",
    "1.2.840.10008.1.2.4.81": "SC_rgb_jls_lossy_line.dcm",
    "1.2.840.10008.1.2.4.91": "JPEG2000.dcm",
}
_UNDER_ANOTHER_NAME = {  # streams that these syntaxes allow for, or that their decoders take
    "1.2.840.10008.1.2.4.57": "JPEG-LL.dcm",
    "1.2.840.10008.1.2.4.201": "MR_small_jp2klossless.dcm",
    "1.2.840.10008.1.2.4.202": "MR_small_jp2klossless.dcm",
    "1.2.840.10008.1.2.4.203": "JPEG2000.dcm",
}
_PROGRESSIVE = ("1.2.840.10008.1.2.4.53", "1.2.840.10008.1.2.4.55")
_FRAMES = {"1.2.840.10008.1.2.1.98": False, "1.2.840.10008.1.2.8.1": True}


def transfer_syntaxes() -> dict[str, str]:
    """Every transfer syntax of the standard's register, and one that is newer than pydicom's copy of it."""
    known = {uid: entry[0] for uid, entry in UID_dictionary.items() if entry[1] == "Transfer Syntax"}
    return {**known, "1.2.840.10008.1.2.8.1": "Deflated Image Frame Compression"}


def sample(syntax: str) -> bytes:
    """A file under a transfer syntax: a real or a made one, else RLE's fragments under its name."""
    if syntax in _REAL:
        return real(_REAL[syntax])
    if syntax in _UNDER_ANOTHER_NAME:
        return _renamed(real(_UNDER_ANOTHER_NAME[syntax]), syntax)
    if syntax in _FRAMES:
        return _framed(syntax, _FRAMES[syntax])
    if syntax in (*_NATIVE, RLELossless, JPEG2000Lossless):
        return make.data(make.image(), UID(syntax))
    if syntax in _PROGRESSIVE:
        return _renamed(jpeg_file([jpeg(photograph(), progressive=True)]), syntax)
    if syntax == JPEGBaseline8Bit:
        return make.data(make.image(make.array(samples=3, bits=8)), JPEGBaseline8Bit)
    return _renamed(make.data(make.image(), RLELossless), syntax)


def _renamed(file: bytes, syntax: str) -> bytes:
    dataset = dcmread(io.BytesIO(file))
    dataset.file_meta.TransferSyntaxUID = UID(syntax)
    return _written(dataset)


def _framed(syntax: str, is_deflated: bool) -> bytes:
    """A file whose frames are native pixels, deflated or not, each in a fragment."""
    dataset = make.image()
    frame = dataset.PixelData
    if is_deflated:
        stream = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        frame = stream.compress(frame) + stream.flush()
    dataset.add_new("PixelData", "OB", encapsulate([frame]))
    dataset["PixelData"].is_undefined_length = True
    dataset.file_meta.TransferSyntaxUID = JPEGBaseline8Bit
    name = syntax.encode()
    return _written(dataset).replace(JPEGBaseline8Bit.encode(), name + b"\0" * (len(name) % 2))  # newer than pydicom


def _written(dataset: Dataset) -> bytes:
    stream = io.BytesIO()
    dataset.save_as(stream)
    return stream.getvalue()


def table() -> str:
    """The table, run now."""
    rows = [_row(syntax, name) for syntax, name in sorted(transfer_syntaxes().items(), key=_order)]
    head = ("Transfer syntax", "UID ends in", "strict, as CTP", "safe", "changed beside the region")
    lines = ["| " + " | ".join(head) + " |", "| " + " | ".join("---" for _ in head) + " |"]
    return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _order(entry: tuple[str, str]) -> tuple[int, ...]:
    return tuple(int(part) for part in entry[0].split("."))


def _row(syntax: str, name: str) -> tuple[str, ...]:
    file = sample(syntax)
    strict, safe = redact_regions(file, [REGION]), redact_regions(file, [REGION], mode="safe")
    as_ctp = "blanked" if strict.status == "OK" else "passed on unblanked"
    short = syntax.removeprefix("1.2.840.10008.")
    if safe.status != "OK":
        return name, short, as_ctp, f"refused: {safe.reason.partition(' reads ')[0]}", ""
    after = _meta_syntax(safe.data)
    how = "stays what it is" if after == syntax else f"becomes {UID(after).name.replace(' Image Compression', '')}"
    return name, short, as_ctp, how, _beside(syntax, file, safe.data)


def _meta_syntax(file: bytes | None) -> str:
    assert file is not None
    return str(dcmread(io.BytesIO(file), stop_before_pixels=True).file_meta.TransferSyntaxUID)


def _beside(syntax: str, before: bytes, after: bytes | None) -> str:
    """What changed outside of the region, as decoders that are not ours see it."""
    if syntax in _FRAMES or syntax == "1.2.840.10008.1.2.4.51":
        return "not measured: no packaged decoder"
    old, new = see(_readable(syntax, before)).pixels, see(after).pixels
    assert not np.array_equal(old, new)
    left, top, right, bottom = changed(old, new) or (0, 0, 0, 0)
    if left >= 3 and top >= 4 and right <= 23 and bottom <= 13:
        return "nothing"
    return "the rest of its blocks" if right < 24 and bottom < 16 else "more than its blocks"


def _readable(syntax: str, file: bytes) -> bytes:
    """The same under a name that decoders take."""
    return _renamed(file, JPEGBaseline8Bit) if syntax in _PROGRESSIVE else file


def main() -> None:
    """Write the table into the page."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n{table()}\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
