"""The audit log: append only, and a change of any line is found."""

import json
import multiprocessing
import resource
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, ObiaError
from obia.server.audit import INTENDED, Audit, unfinished, verify
from obia.server.process import this_process

EVENTS = [("collection.create", "OBIA0001"), ("vault.open", "a1"), ("collection.release", "OBIA0001"), ("x", "y")]
PROCESSES, EACH = 3, 20


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a log of a few events."""
    return _files(_written(tmp_path_factory.mktemp("log")))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for one log after the other."""
    return tmp_path_factory.mktemp("home")


def _written(folder: Path) -> Path:
    for action, subject in EVENTS:
        Audit(folder).record(ADMINISTRATOR, action, subject)
    return Audit(folder).path


def _files(path: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in path.parent.iterdir()}


def _put(home: Path, files: dict[str, bytes]) -> Path:
    for name, written in files.items():
        (home / name).write_bytes(written)
    return home / "audit.jsonl"


def _is_found(path: Path) -> bool:
    try:
        verify(path)
    except ObiaError as error:
        return error.code is Code.CHECKSUM_MISMATCH
    return False


def test_events_are_counted_and_say_who_did_what(tmp_path: Path) -> None:
    path = _written(tmp_path)

    first = json.loads(path.read_text().splitlines()[0])

    assert verify(path) == len(EVENTS)
    assert (first["who"], first["role"], first["action"], first["subject"]) == (
        "local",
        "ADMINISTRATOR",
        "collection.create",
        "OBIA0001",
    )
    assert path.stat().st_mode & 0o777 == 0o600


@given(st.data())
def test_a_changed_removed_or_moved_line_is_found(log: dict[str, bytes], home: Path, data: st.DataObject) -> None:
    path = _put(home, log)
    lines = path.read_bytes().splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 1))
    other = data.draw(st.integers(0, len(lines) - 1).filter(lambda each: each != place))
    match data.draw(st.sampled_from(["change", "remove", "cut", "double", "swap"])):
        case "change":
            lines[place] = lines[place].replace(b'"ok"', b'"no"')
        case "remove":
            del lines[place]
        case "cut":
            del lines[place:]
        case "double":
            lines.insert(other, lines[place])
        case "swap":
            lines[place], lines[other] = lines[other], lines[place]

    path.write_bytes(b"".join(lines))

    assert _is_found(path)


@given(st.data())
def test_any_changed_byte_is_found(log: dict[str, bytes], home: Path, data: st.DataObject) -> None:
    path = _put(home, log)
    written = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, len(written) - 2))
    written[place] ^= data.draw(st.integers(1, 255))

    path.write_bytes(written)

    assert _is_found(path)


@settings(max_examples=20)  # each waits for the disk
@given(kept=st.integers(0, 250))
def test_a_line_torn_by_a_crash_stands_and_the_next_event_follows(log: dict[str, bytes], home: Path, kept: int) -> None:
    path = _put(home, log)
    before = log["audit.jsonl"]
    Audit(home).record(ADMINISTRATOR, "torn", "by", "a crash")
    torn = path.read_bytes()[: len(before) + kept]
    _put(home, log | {"audit.jsonl": torn})

    Audit(home).record(ADMINISTRATOR, "after", "crash")

    lines = path.read_bytes().splitlines()
    assert path.read_bytes().startswith(torn)
    assert json.loads(lines[-1])["action"] == "after"
    assert verify(path) in (len(EVENTS) + 1, len(EVENTS) + 2)
    path.write_bytes(b"".join(line + b"\n" for line in [*lines[:-2], lines[-1]]))
    assert _is_found(path)


def test_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(tmp_path,)) for _ in range(PROCESSES)]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
        each.close()

    assert verify(tmp_path / "audit.jsonl") == PROCESSES * EACH


def test_a_subject_is_never_free_text(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="accessions"):
        Audit(tmp_path).record(ADMINISTRATOR, "vault.open", "Doe^Jane")

    assert not (tmp_path / "audit.jsonl").exists()


def test_a_log_from_before_the_head_is_gone_on_with(tmp_path: Path) -> None:
    path = _written(tmp_path)
    path.with_suffix(".head").unlink()

    Audit(tmp_path).record(ADMINISTRATOR, "x", "y")

    assert verify(path) == len(EVENTS) + 1


def test_an_intent_is_unfinished_until_its_outcome_is_there(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    first, second = (audit.intend(ADMINISTRATOR, "token.add", name) for name in ("ann", "bob"))
    audit.record(ADMINISTRATOR, "x", "y")

    audit.conclude(first, "ok")
    audit.conclude(first, "void")

    assert audit.unfinished() == unfinished(audit.path) == [second]
    assert second.owner == this_process()
    assert [json.loads(line)["outcome"] for line in audit.path.read_text().splitlines()] == [
        *(INTENDED, INTENDED, "ok", "ok"),
    ]
    assert verify(audit.path) == 4


@pytest.mark.parametrize("lost", ["the head", "the last heads"])
def test_an_unfinished_intent_is_found_whatever_became_of_the_head(tmp_path: Path, lost: str) -> None:
    audit = Audit(tmp_path)
    audit.record(ADMINISTRATOR, "x", "y")
    early = audit.path.with_suffix(".head").read_bytes()
    intents = [audit.intend(ADMINISTRATOR, "token.add", name) for name in ("ann", "bob")]
    audit.conclude(intents[0], "ok")
    if lost == "the head":
        audit.path.with_suffix(".head").unlink()
    else:
        audit.path.with_suffix(".head").write_bytes(early)

    assert audit.unfinished() == intents[1:]


def test_an_intent_behind_a_torn_line_is_found(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record(ADMINISTRATOR, "x", "y")
    with audit.path.open("ab") as stream:
        stream.write(b'{"at": "2026-')

    intent = audit.intend(ADMINISTRATOR, "token.add", "ann")
    audit.record(ADMINISTRATOR, "x", "y")

    assert audit.unfinished() == [intent]
    assert verify(audit.path) == 3


def test_a_full_disk_refuses_what_it_cannot_record(tmp_path: Path) -> None:
    audit = Audit(tmp_path)
    audit.record(ADMINISTRATOR, "x", "y")
    size = audit.path.stat().st_size

    with multiprocessing.get_context("spawn").Pool(1) as pool:
        code = pool.apply(_intend_in_a_file_of, (tmp_path, size + 100))

    assert code == Code.AUDIT_UNWRITABLE
    assert unfinished(audit.path) == []
    audit.record(ADMINISTRATOR, "x", "y")
    assert verify(audit.path) == 2


def _intend_in_a_file_of(folder: Path, size: int) -> str:
    """The code of announcing a change where no file may grow past so many bytes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        Audit(folder).intend(ADMINISTRATOR, "token.add", "ann")
    except ObiaError as error:
        return error.code
    return "none"


def _write(folder: Path) -> None:
    for number in range(EACH):
        Audit(folder).record(ADMINISTRATOR, "x", str(number))
