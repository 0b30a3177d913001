"""The scorer: what is left, lost, broken or merely disguised does not pass."""

import io
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from tests import make
from tests.midib import contenders
from tests.midib.answers import Action, Answer, read_answers, write_answers
from tests.midib.conftest import Corpus
from tests.midib.paths import steps
from tests.midib.scoring import score
from tests.midib.table import by_action, weighted

ROOT = Path(__file__).parents[2]
REMOVALS = ("text_removed", "date_shifted", "uid_changed", "pixels_hidden", "nowhere")
RETENTIONS = ("tag_retained", "text_notnull", "text_retained", "pixels_retained")
NAME, DESCRIPTION, DATE, STUDY = "(0010,0010)", "(0008,1030)", "(0008,0020)", "(0020,000D)"


def answer(action: Action, path: str, text: str, file: str = "a") -> Answer:
    return Answer(file, path, action, text, "HIPAA-A", "", "root")


def scored(action: Action, path: str, text: str, **elements: object) -> float:
    [verdict] = score([answer(action, path, text)], {"a": make.data(make.header(**elements))})
    return verdict.score


def shares(corpus: Corpus, files: contenders.Files) -> dict[str, float]:
    verdicts = score(corpus.answers, files)
    actions = {each.action for each in corpus.answers}
    by = {action: [each.score for each in verdicts if each.answer.action == action] for action in actions}
    return {action: sum(each) / len(each) for action, each in by.items()}


def test_planter_and_scorer_know_nothing_of_the_deidentifier() -> None:
    code = "import sys, tests.midib.planting, tests.midib.table; print(any(each.startswith('obia') for each in sys.modules))"

    printed = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True).stdout

    assert printed == "False\n"


def test_originals_fail_every_removal_and_pass_all_else(corpus: Corpus) -> None:
    found = shares(corpus, contenders.untouched(corpus.files))

    assert {action: share for action, share in found.items() if share < 1} == dict.fromkeys(REMOVALS, 0)


def test_an_output_with_nothing_in_it_fails_every_retention_and_passes_every_removal(corpus: Corpus) -> None:
    found = shares(corpus, contenders.emptied(corpus.files))

    assert [found[action] for action in RETENTIONS] == [0] * len(RETENTIONS)
    assert [found[action] for action in REMOVALS] == [1] * len(REMOVALS)


def test_files_that_do_not_come_out_keep_nothing(corpus: Corpus) -> None:
    found = shares(corpus, {})

    assert {action for action, share in found.items() if share == 1} == set(REMOVALS)
    assert {share for action, share in found.items() if action not in REMOVALS} == {0}


@pytest.mark.parametrize(
    ("action", "path", "text", "elements", "wanted"),
    [
        ("text_removed", NAME, "Doe^Jane", {"PatientName": "Jane Smith"}, 0),
        ("text_removed", NAME, "Doe^Jane", {"PatientName": "Janet"}, 0),
        ("text_removed", NAME, "Doe^Jane", {"PatientName": "Subject^7"}, 1),
        ("text_removed", NAME, "夏侯^若曦", {"PatientName": "老若曦"}, 0),
        ("text_retained", DESCRIPTION, "head native", {"StudyDescription": "native, 2 mm"}, 0.5),
        ("text_retained", DESCRIPTION, "head native", {"StudyDescription": "Native head"}, 1),
        ("text_retained", "(0018,0050)", "5.0", {"SliceThickness": "5"}, 1),
        ("text_retained", "(0018,0050)", "5.0", {"SliceThickness": "6"}, 0),
        ("date_shifted", DESCRIPTION, "2019-11-23", {"StudyDescription": "seen 2019-11-23"}, 0),
        ("date_shifted", DATE, "20191123", {"StudyDate": "20191124"}, 1),
        ("uid_changed", STUDY, "1.2.3", {"StudyInstanceUID": "1.2.3.4"}, 0),
        ("nowhere", "", "Quarrington", {"RequestAttributesSequence": make.sequence(StudyComments="quarrington")}, 0),
        ("nowhere", "", "Quarrington", {}, 1),
        ("text_notnull", NAME, "", {"PatientName": ""}, 0),
        ("tag_retained", NAME, "", {"PatientName": ""}, 1),
        ("tag_retained", NAME, "", {"PatientName": None}, 0),
    ],
)
def test_an_action_is_scored(action: Action, path: str, text: str, elements: dict[str, object], wanted: float) -> None:
    assert scored(action, path, text, **elements) == wanted


@pytest.mark.parametrize("codec", ["gb18030", "utf-8", "latin-1"])
def test_a_name_under_a_wrong_character_set_is_still_a_name(codec: str) -> None:
    name = "Jörg" if codec == "latin-1" else "夏侯若曦"
    dataset = make.header(SpecificCharacterSet="ISO_IR 144", PatientComments="")
    dataset["PatientComments"]._value = name.encode(codec)
    dataset.add_new(0x00104000, "UN", name.encode(codec))

    [verdict] = score([answer("text_removed", "(0010,4000)", name)], {"a": make.data(dataset)})

    assert verdict.score == 0


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [("9.1", "9.1", 1), ("9.1", "9.2", 0)],
)
def test_a_uid_has_to_become_the_same_in_every_file(first: str, second: str, wanted: float) -> None:
    answers = [answer("uid_consistent", STUDY, "1.2.3", file) for file in "ab"]
    files = {"a": make.data(make.header(StudyInstanceUID=first)), "b": make.data(make.header(StudyInstanceUID=second))}

    assert score(answers, files)[1].score == wanted


def test_two_uids_must_not_become_one() -> None:
    answers = [answer("uid_consistent", STUDY, uid, file) for file, uid in (("a", "1.2.3"), ("b", "1.2.4"))]
    files = dict.fromkeys("ab", make.data(make.header(StudyInstanceUID="9.1")))

    assert [each.score for each in score(answers, files)] == [1, 0]


def test_a_date_that_moves_otherwise_than_the_study_breaks_its_interval() -> None:
    answers = [
        answer("patid_consistent", "(0010,0020)", "MRN"),
        answer("interval_kept", DATE, "20200131"),
        answer("interval_kept", "(0008,0021)", "20200201"),
        answer("interval_kept", "(0008,0022)", "20200201"),
    ]
    dataset = make.header(StudyDate="20100131", SeriesDate="20100201", AcquisitionDate="20100202")

    assert [each.score for each in score(answers, {"a": make.data(dataset)})] == [1, 1, 1, 0]


def _brightened(dataset: Dataset) -> None:
    dataset.PixelData = bytes(each // 2 for each in dataset.PixelData)


def _blackened(dataset: Dataset) -> None:
    dataset.PixelData = bytes(len(dataset.PixelData))


@pytest.mark.parametrize(("change", "wanted"), [(_brightened, 0), (_blackened, 1)])
def test_burned_in_text_is_hidden_only_where_ink_looks_like_paper(
    change: Callable[[Dataset], None], wanted: float, corpus: Corpus
) -> None:
    burned = next(each for each in corpus.answers if each.action == "pixels_hidden" and each.file == "016.dcm")
    dataset, stream = dcmread(io.BytesIO(corpus.files[burned.file])), io.BytesIO()
    change(dataset)
    dataset.save_as(stream)

    assert score([burned], {burned.file: stream.getvalue()})[0].score == wanted


def test_answers_are_read_as_they_were_written(corpus: Corpus, tmp_path: Path) -> None:
    write_answers(tmp_path / "answers.jsonl", corpus.answers)

    assert [*read_answers(tmp_path / "answers.jsonl")] == corpus.answers


def test_a_path_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="is no path"):
        steps("0010,0010")


def test_a_table_adds_up_by_category_and_weighs_as_midi_b_does() -> None:
    asked = answer("text_removed", NAME, "Doe")
    answers = [asked, replace(asked, text="Roe"), replace(asked, bucket="DICOM-IOD-1", action="text_notnull")]

    verdicts = {"one": score(answers, {"a": make.data(make.header())})}

    assert [(row.name, row.count, row.shares) for row in by_action(verdicts)] == [
        ("DICOM: text_notnull", 1, (100.0,)),
        ("HIPAA: text_removed", 2, (50.0,)),
    ]
    assert weighted(verdicts).shares == (70 * 0.5 + 20,)
