"""Safe mode without an archive does what the ingest does; and under both, clinical words outlive the names among them."""

from pathlib import Path

import pytest

from obia.plugins.deid_ctp.plugin import base_script
from tests.midib import contenders
from tests.midib.conftest import Corpus, missed
from tests.midib.scoring import score
from tests.midib.table import failures


@pytest.fixture(scope="module")
def keeping() -> str:
    """The base script with descriptors kept."""
    return contenders.keeping_descriptors(base_script().text)


def _lost(corpus: Corpus, files: contenders.Files) -> list[str]:
    asked = [each for each in corpus.answers if each.place == "descriptor" and each.action == "text_retained"]
    return [str(each) for each in failures(score(asked, files))]


def test_safe_mode_does_every_action_the_base_script_claims(corpus: Corpus) -> None:
    assert missed(corpus, contenders.safe(corpus.files)) == []


def test_no_identity_comes_out_of_safe_mode_where_a_script_keeps_descriptors(corpus: Corpus, keeping: str) -> None:
    assert missed(corpus, contenders.safe(corpus.files, keeping)) == []


def test_safe_mode_lets_clinical_words_stay_where_a_script_keeps_descriptors(corpus: Corpus, keeping: str) -> None:
    assert _lost(corpus, contenders.safe(corpus.files, keeping)) == []


def test_the_ingest_does_every_action_where_a_script_keeps_descriptors(
    corpus: Corpus, keeping: str, tmp_path: Path
) -> None:
    assert missed(corpus, contenders.ingested(corpus.files, tmp_path, keeping)) == []


def test_the_ingest_lets_clinical_words_stay_where_a_script_keeps_descriptors(
    corpus: Corpus, keeping: str, tmp_path: Path
) -> None:
    assert _lost(corpus, contenders.ingested(corpus.files, tmp_path, keeping)) == []
