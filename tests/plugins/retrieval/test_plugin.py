"""What the retrieval plugin registers."""

import subprocess
import sys
from pathlib import Path

import pytest

from obia.plugins.retrieval import plugin
from obia.server.host.view import ArchiveView
from obia.server.settings import Settings


@pytest.fixture
def archive(tmp_path: Path) -> ArchiveView:
    return ArchiveView(Settings.load({"OBIA_HOME": str(tmp_path)}))


def test_faiss_is_registered_where_it_is_installed(archive: ArchiveView, monkeypatch: pytest.MonkeyPatch) -> None:
    with_faiss = [each.name for each in plugin.register_indexes(archive)]
    monkeypatch.setattr(plugin, "find_spec", lambda name: None)

    assert with_faiss == ["faiss", "numpy"]
    assert [each.name for each in plugin.register_indexes(archive)] == ["numpy"]


def test_the_encoder_is_the_perceptual_hash(archive: ArchiveView) -> None:
    assert [each.name for each in plugin.register_encoders(archive)] == ["phash64"]


def test_registering_imports_no_faiss() -> None:
    code = "import sys; from obia.plugins.retrieval.plugin import *; assert 'faiss' not in sys.modules"

    subprocess.run([sys.executable, "-c", code], check=True)
