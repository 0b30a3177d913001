"""Work: what passes its pixels on says and writes what is read as a whole would."""

import struct
from dataclasses import replace
from datetime import datetime
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import data as pydicom_data
from pydicom import dcmread
from pydicom.encaps import encapsulate, generate_frames
from pydicom.uid import UID

from obia.plugins.deid_ctp.command.keyfile import Key
from obia.plugins.deid_ctp.command.plan import Plan, Texts, read_script
from obia.plugins.deid_ctp.command.work import Done, Job, Workbench
from tests.plugins.deid_ctp.files import dataset, file

NOW = datetime(2026, 1, 31, 12)  # noqa: DTZ001 - scripts know no zones


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    """A workbench with OBIA's own script."""
    (tmp_path / "drafts").mkdir()
    plan = Plan(Texts.read(read_script(None)), "safe", Key(tmp_path / "key", bytes(range(32))), NOW)
    return Workbench(plan, tmp_path / "drafts", tmp_path / "integers", maps=False)


def both(bench: Workbench, path: Path) -> list[tuple[Done, bytes]]:
    """A file done by passing its pixels on, if it can be, and as a whole; and what was written."""
    job, splicer, done = Job(path, path.name, "id", "print"), bench.splicer, []
    for each in (splicer, None):
        bench.splicer = each
        made = bench.work(job)
        draft = (bench.drafts / made.draft).read_bytes() if made.draft else b""
        done.append((replace(made, draft=""), draft))
    bench.splicer = splicer
    return done


def test_real_files_are_done_the_same_either_way(bench: Workbench) -> None:
    folder = Path(pydicom_data.__file__).parent / "test_files"
    paths = [each for each in sorted(folder.glob("*.dcm")) if each.stat().st_size < 2_000_000]

    statuses = set()
    for path in paths:
        fast, slow = both(bench, path)
        statuses.add(fast[0].status)
        assert fast == slow, path.name

    assert statuses == {"OK", "QUARANTINE"}


@pytest.mark.parametrize("size", [0, 2, 65_000, 66_000, 3_000_000])
def test_pixels_of_any_length_are_passed_on(bench: Workbench, tmp_path: Path, size: int) -> None:
    header = dataset()
    if size:
        header.add_new("PixelData", "OW", bytes(range(256)) * (size // 256) + bytes(size % 256))
    (tmp_path / "one.dcm").write_bytes(file(header))

    fast, slow = both(bench, tmp_path / "one.dcm")

    assert fast == slow and fast[0].status == "OK"


def frames(count: int, comment: bytes) -> bytes:
    """A file of JPEG frames, each with a comment."""
    jpeg = dcmread(Path(pydicom_data.__file__).parent / "test_files" / "SC_rgb_jpeg_dcmtk.dcm")
    frame = next(generate_frames(jpeg.PixelData, number_of_frames=1))
    said = b"\xff\xfe" + struct.pack(">H", len(comment) + 2) + comment
    jpeg.NumberOfFrames = count
    jpeg.PixelData = encapsulate([frame[:2] + said + frame[2:]] * count)
    made = BytesIO()
    jpeg.save_as(made)
    return made.getvalue()


@pytest.mark.parametrize("damage", [b"", b"\0\0", b"\xfc\xff\xfc\xffOB\0\0\2\0\0\0\0\0"])
def test_compressed_frames_are_cleaned_on_their_way(bench: Workbench, tmp_path: Path, damage: bytes) -> None:
    source = frames(3, b"of Jane Doe")
    (tmp_path / "one.dcm").write_bytes(source + damage)

    fast, slow = both(bench, tmp_path / "one.dcm")

    assert fast == slow
    if not damage:
        assert b"Doe" in source and b"Doe" not in fast[1] and any("frames" in note for note in fast[0].notes)


@pytest.mark.parametrize("is_compressed", [False, True])
def test_pixels_are_not_held(bench: Workbench, tmp_path: Path, is_compressed: bool) -> None:
    import tracemalloc

    header = dataset()
    header.add_new("PixelData", "OW", bytes(30_000_000))
    (tmp_path / "one.dcm").write_bytes(frames(500, b"x" * 60_000) if is_compressed else file(header))
    del header
    job = Job(tmp_path / "one.dcm", "one.dcm", "id", "print")
    bench.work(job)
    tracemalloc.start()

    done = bench.work(job)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.status == "OK" and peak < 5_000_000


def test_a_uid_of_the_original_in_a_name_is_replaced_either_way(bench: Workbench, tmp_path: Path) -> None:
    (tmp_path / "one.dcm").write_bytes(file(SeriesInstanceUID=UID("1.2.840.10008.1.1")))  # registered, and so kept

    fast, slow = both(bench, tmp_path / "one.dcm")

    assert fast == slow and "1.2.840.10008.1.1" not in fast[0].name
