"""The audit log: append only, and a change of any line is found."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import Code, ObiaError
from obia.server.audit import Audit, verify

EVENTS = [("collection.create", "OBIA0001"), ("vault.open", "a1"), ("collection.release", "OBIA0001"), ("x", "y")]


def _written(folder: Path) -> Path:
    audit = Audit(folder)
    audit.path.unlink(missing_ok=True)
    for action, subject in EVENTS:
        audit.record(ADMINISTRATOR, action, subject)
    return audit.path


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
def test_a_changed_removed_or_moved_line_is_found(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = _written(tmp_path_factory.getbasetemp())
    lines = path.read_bytes().splitlines(keepends=True)
    place = data.draw(st.integers(0, len(lines) - 2))
    kind = data.draw(st.sampled_from(["change", "remove", "swap"]))
    if kind == "change":
        lines[place] = lines[place].replace(b'"ok"', b'"no"')
    elif kind == "remove":
        del lines[place]
    else:
        lines[place], lines[place + 1] = lines[place + 1], lines[place]
    path.write_bytes(b"".join(lines))

    with pytest.raises(ObiaError) as caught:
        verify(path)

    assert caught.value.code is Code.CHECKSUM_MISMATCH


def test_a_line_torn_by_a_crash_stands_and_the_next_event_follows(tmp_path: Path) -> None:
    path = _written(tmp_path)
    path.write_bytes(path.read_bytes()[:-20])

    Audit(tmp_path).record(ADMINISTRATOR, "after", "crash")

    assert verify(path) == len(EVENTS)
    assert json.loads(path.read_text().splitlines()[-1])["action"] == "after"
