"""The self-test: what the ingest makes of planted identities, and CTP's default actions on the same files."""

import re
from pathlib import Path

import pytest

from tests.midib import contenders
from tests.midib.__main__ import ROUNDS, main
from tests.midib.conftest import Corpus, missed, planted
from tests.midib.page import PAGE, tables
from tests.midib.scoring import score
from tests.midib.table import failures


@pytest.fixture(scope="module")
def ingested(corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> contenders.Files:
    """What the archive stores of the corpus."""
    return contenders.ingested(corpus.files, tmp_path_factory.mktemp("home"))


def test_the_ingest_takes_every_planted_file(corpus: Corpus, ingested: contenders.Files) -> None:
    assert ingested.keys() == corpus.files.keys()


def test_the_ingest_does_every_action_its_script_claims(corpus: Corpus, ingested: contenders.Files) -> None:
    assert missed(corpus, ingested) == []


def test_ctp_s_default_actions_leave_identity_where_ours_does_not(corpus: Corpus) -> None:
    verdicts = score(corpus.answers, contenders.ctp(corpus.files))

    left = {(each.answer.action, each.answer.place) for each in failures(verdicts)}
    kept = [each for each in verdicts if each.answer.place == "root" and each.answer.action == "uid_changed"]
    assert not failures(kept)
    assert left >= {("text_removed", "graphics"), ("text_removed", "nested"), ("pixels_hidden", "pixels")}


def test_a_corpus_on_disk_is_scored_with_its_failures(
    corpus: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plant", str(tmp_path / "in")], rounds=1) == 0

    assert main(["score", str(tmp_path / "in"), str(tmp_path / "in")]) == 1
    printed = capsys.readouterr().out
    assert re.search(r"\| HIPAA: text_removed \| [\d,]+ \| 0\.00 % \|", printed)
    assert "000.dcm (0010,0010) text_removed (root: name)" in printed


@pytest.mark.long
def test_every_source_with_every_person_comes_out_clean(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    corpus = planted(tmp_path / "corpus", ROUNDS)

    assert missed(corpus, contenders.ingested(corpus.files, tmp_path / "home")) == []


@pytest.mark.long
def test_the_page_shows_what_comes_out(tmp_path: Path) -> None:
    assert "\n".join(tables(tmp_path, ROUNDS)) in PAGE.read_text(encoding="utf-8")
