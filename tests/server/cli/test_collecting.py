"""Collections from the command line: how files ended, what a release shows, what can be undone."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from obia.schema.errors import BadInput, Code, NotFound, ObiaError
from obia.server.audit import verify
from obia.server.cli import clinical, collection, ingest, link, quarantine
from obia.server.settings import Settings
from tests import make

pytestmark = pytest.mark.neo4j
Run = Callable[..., Result]

LINKS = (
    "individual,bioproject,gsa_study,gsa_individual,evidence,method,confidence,asserted_by,date\n"
    "PID-0815,PRJCA000001,HRA000001,HRI000001,consent,record,0.9,ann,2024-05-31\n"
)
CLINICAL = "individual,kind,code,value,date\nPID-0815,DIAGNOSIS,C34,lung cancer,\nPID-0815,TREATMENT,,60 Gy,\n"


@pytest.fixture
def run(empty: Settings) -> Run:
    """Runs a command on an empty archive."""

    def run(command: click.Command, *arguments: object) -> Result:
        return CliRunner().invoke(command, list(map(str, arguments)), obj=empty)

    return run


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """A folder with one sound image and two files that are none."""
    inbox = tmp_path / "inbox"
    make.file(inbox / "sound.dcm")
    (inbox / "empty.dcm").touch()
    (inbox / "notes.txt").write_text("no DICOM at all")
    return inbox


def add(run: Run, *more: str) -> None:
    assert run(collection.command, "add", "--title", "T", *more).exit_code == 0


def taken(run: Run, inbox: Path) -> None:
    add(run, "--bioproject", "PRJCA000001")
    assert run(ingest.command, inbox, "--collection", "OBIA0001").exit_code == 0


def said(run: Run, tmp_path: Path, command: click.Command, text: str, *options: str) -> str:
    table = tmp_path / "table.csv"
    table.write_text(text)
    return run(command, "import", table, "--collection", "OBIA0001", *options).stdout


def refused(result: Result) -> ObiaError:
    assert isinstance(result.exception, ObiaError), result.output
    return result.exception


def test_what_is_quarantined_already_is_told_on_a_line_of_its_own(run: Run, inbox: Path) -> None:
    taken(run, inbox)

    again = run(ingest.command, inbox, "--collection", "OBIA0001").stdout
    as_json = json.loads(run(ingest.command, inbox, "--collection", "OBIA0001", "--json").stdout)

    assert again.splitlines() == [
        "DUPLICATE  3  the collection, or its quarantine, has it already; one is kept",
        "of the duplicates, 2 in the quarantine already; `obia quarantine list` shows it",
        "nothing was added",
    ]
    assert (as_json["duplicates"], as_json["duplicatesInQuarantine"]) == (3, 2)


def test_an_image_that_another_collection_holds_is_accepted_and_says_nothing_of_it(run: Run, inbox: Path) -> None:
    taken(run, inbox)
    add(run)

    said = run(ingest.command, inbox / "sound.dcm", "--collection", "OBIA0002").stdout

    assert said.splitlines() == ["ACCEPTED  1  de-identified, checked and held"]


def test_a_conflict_is_accepted_by_its_id(run: Run, tmp_path: Path) -> None:
    inbox = tmp_path / "conflict"
    for name in ("ACME", "OTHER"):
        make.file(inbox / f"{name}.dcm", make.image(SOPInstanceUID="1.2.3", Manufacturer=name))
    add(run)
    run(ingest.command, inbox, "--collection", "OBIA0001")
    ids = [each["intake_id"] for each in json.loads(run(quarantine.command, "list", "--json").stdout)]

    accepted = run(quarantine.command, "accept", ids[0])
    again = run(quarantine.command, "accept", ids[0])

    assert accepted.stdout == "accepted 1\n"
    assert refused(again).code is Code.NOT_FOUND


def test_a_collection_is_reprocessed_from_a_folder(run: Run, inbox: Path) -> None:
    taken(run, inbox)

    said = run(collection.command, "reprocess", "OBIA0001", inbox).stdout

    assert "ACCEPTED   1" in said
    assert "of the accepted, 1 replaced" in said


def test_a_release_counts_what_it_shows_and_later_tables_say_what_waits(run: Run, inbox: Path, tmp_path: Path) -> None:
    taken(run, inbox)
    before = said(run, tmp_path, link.command, LINKS)

    first = run(collection.command, "release", "OBIA0001").stdout
    dry = said(run, tmp_path, clinical.command, CLINICAL, "--dry-run")
    late = said(run, tmp_path, clinical.command, CLINICAL)
    more = said(run, tmp_path, link.command, LINKS.replace("HRI000001", "HRI000002"))
    again = said(run, tmp_path, clinical.command, CLINICAL.replace("60 Gy", "60  Gy"))
    second = run(collection.command, "release", "OBIA0001", "--json").stdout

    assert first == "OBIA0001 is released; 1 image, 1 link, 2 linked records are newly public\n"
    waits = ["not shown until `obia collection release OBIA0001`"]
    assert [each.splitlines()[1:] for each in (before, dry, late, more, again)] == [[], [], waits, waits, []]
    assert json.loads(second) == {
        "accession": "OBIA0001", "images": 0, "annotations": 0, "clinical": 2, "links": 1, "records": 1, "heldBack": {},
    }  # fmt: skip


def test_what_a_demographic_changes_waits_for_nothing(run: Run, inbox: Path, tmp_path: Path) -> None:
    taken(run, inbox)
    run(collection.command, "release", "OBIA0001")

    said_ = said(run, tmp_path, clinical.command, "individual,kind,code,value,date\nPID-0815,DEMOGRAPHICS,sex,M,\n")

    assert "not shown" not in said_


def test_a_release_names_what_it_holds_back_and_why(run: Run, tmp_path: Path) -> None:
    make.file(tmp_path / "inbox" / "us.dcm", make.image(Modality="US", BurnedInAnnotation="YES"))
    taken(run, tmp_path / "inbox")

    said = [
        run(collection.command, "release", "OBIA0001", *words).stdout.splitlines()
        for words in ((), ("--reviewed", "US"), ("--reviewed", "US, BURNED_IN"))
    ]
    error = refused(run(collection.command, "release", "OBIA0001", "--reviewed", "US,MRT"))

    first = "held back: 1 image (BURNED_IN 1, US 1); look at the previews, then `obia collection release OBIA0001 "
    assert said == [
        ["OBIA0001 is released; 0 images are newly public", f"{first}--reviewed BURNED_IN,US`"],
        [
            "OBIA0001 was released already with all but what is held back; nothing was added",
            "held back: 1 image (BURNED_IN 1); look at the previews, "
            "then `obia collection release OBIA0001 --reviewed BURNED_IN,US`",
        ],
        ["OBIA0001 is released; 1 image is newly public"],
    ]
    assert error.code is Code.BAD_INPUT and "US, SC, XA, XC, OT, ES, FILM" in error.message


def test_a_release_of_nothing_says_so(run: Run) -> None:
    add(run, "--bioproject", "PRJCA000001")

    assert "OBIA0001 is released; it holds nothing yet" in run(collection.command, "release", "OBIA0001").stdout


def test_a_collection_without_a_bioproject_gets_one_as_the_refusal_says(run: Run, tmp_path: Path) -> None:
    add(run)
    error = refused(run(collection.command, "release", "OBIA0001"))
    table = tmp_path / "table.csv"
    table.write_text("collection,bioproject\nOBIA0001,PRJCA000001\n")

    run(link.command, "import", table)

    assert error.code is Code.NO_BIOPROJECT
    assert "`obia link import`" in error.message and "collection,bioproject" in error.message
    assert run(collection.command, "release", "OBIA0001").exit_code == 0


def test_a_collection_is_edited_and_that_is_on_record(run: Run, empty: Settings) -> None:
    add(run)
    events = verify(empty.home / "audit.jsonl")

    done = run(collection.command, "edit", "OBIA0001", "--title", " New ", "--licence", "MIT")

    assert done.stdout == "OBIA0001 is edited\n"
    [row] = json.loads(run(collection.command, "list", "--json").stdout)
    assert row["title"] == "New"
    assert verify(empty.home / "audit.jsonl") == events + 2  # its intent and its outcome


@pytest.mark.parametrize("words", [(), ("--title", " "), ("--title", "a\0b"), ("--description", "x" * 20_001)])
def test_a_wrong_edit_changes_nothing(run: Run, words: tuple[str, ...]) -> None:
    add(run)

    assert refused(run(collection.command, "edit", "OBIA0001", *words)).code is Code.BAD_INPUT
    assert json.loads(run(collection.command, "list", "--json").stdout)[0]["title"] == "T"


def test_the_licence_of_what_was_released_stays(run: Run) -> None:
    add(run, "--bioproject", "PRJCA000001")
    run(collection.command, "release", "OBIA0001")

    assert "licence" in refused(run(collection.command, "edit", "OBIA0001", "--licence", "MIT")).message
    assert run(collection.command, "edit", "OBIA0001", "--title", "U").exit_code == 0


def test_an_empty_collection_is_removed_with_all_that_speaks_of_it(run: Run, empty: Settings, inbox: Path) -> None:
    add(run, "--bioproject", "PRJCA000001")
    run(ingest.command, inbox / "empty.dcm", "--collection", "OBIA0001")
    [entry] = json.loads(run(quarantine.command, "list", "--json").stdout)
    run(quarantine.command, "discard", entry["intake_id"], "--yes")

    done = run(collection.command, "remove", "OBIA0001")
    add(run)

    assert done.stdout == "OBIA0001 is removed\n"
    assert '"action": "collection.remove"' in (empty.home / "audit.jsonl").read_text()
    assert [each["accession"] for each in json.loads(run(collection.command, "list", "--json").stdout)] == ["OBIA0002"]
    assert not [path for path in (empty.home / "store" / "vault").rglob("*") if path.is_file()]


def test_a_collection_that_holds_something_is_not_removed_and_says_what(run: Run, inbox: Path) -> None:
    taken(run, inbox)

    error = refused(run(collection.command, "remove", "OBIA0001"))

    assert isinstance(error, BadInput)
    assert "OBIA0001 holds 1 individual, 1 image, 2 quarantined files and cannot be removed" in error.message
    assert len(json.loads(run(collection.command, "list", "--json").stdout)) == 1


def test_a_released_collection_is_not_removed(run: Run) -> None:
    add(run, "--bioproject", "PRJCA000001")
    run(collection.command, "release", "OBIA0001")

    assert "was released" in refused(run(collection.command, "remove", "OBIA0001")).message


@pytest.mark.parametrize("words", [("remove",), ("edit", "--title", "U")])
def test_a_collection_that_is_not_there_is_not_found(run: Run, words: tuple[str, ...]) -> None:
    assert isinstance(refused(run(collection.command, words[0], "OBIA0077", *words[1:])), NotFound)


def test_the_quarantine_knows_its_codes_and_collections(run: Run) -> None:
    add(run)

    nonsense = run(quarantine.command, "list", "--code", "nonsense")

    assert nonsense.exit_code == 2
    assert re.search(r"'nonsense' is none of NOT_DICOM, .*CHECK_FAILED", " ".join(nonsense.stderr.split()))
    assert run(quarantine.command, "list", "--code", "TRUNCATED").stdout == "nothing is quarantined\n"
    assert isinstance(refused(run(quarantine.command, "list", "--collection", "OBIA0077")), NotFound)


def test_a_quarantined_file_names_the_check_that_found_it(run: Run, inbox: Path) -> None:
    add(run)
    make.file(inbox / "nobody.dcm", make.image(PatientID=None))
    run(ingest.command, inbox, "--collection", "OBIA0001")

    shown = {
        entry["code"]: run(quarantine.command, "show", entry["intake_id"]).stdout
        for entry in json.loads(run(quarantine.command, "list", "--json").stdout)
    }

    assert re.search(r"^check +\S+", shown["NO_PATIENT_ID"], re.MULTILINE)
    assert "check" not in shown["EMPTY_FILE"]
