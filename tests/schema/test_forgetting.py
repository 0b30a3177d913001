"""Caches that see originals: emptied on request, and after every batch."""

import gc
from pathlib import Path
from typing import Any

import pytest

from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from obia.schema.access import ADMINISTRATOR
from obia.schema.forgetting import forget_originals, remembered, remembers, when_forgetting
from obia.server.archive import OpenArchive
from obia.server.collections import NewCollection, create_collection
from obia.server.intake.ingest import Folder, Progress, ingest
from obia.server.intake.reading import read
from tests import make
from tests.plugins.deid_ctp.originals import PSEUDONYMS

_PARTS = ("Planted", "Forgotten")  # joined where they are needed, so that this module does not hold the name


def test_what_is_registered_is_emptied() -> None:
    shorter = remembered(8)(lambda text: text[:1])
    cache, cleared = set[str](), list[str]()
    pool = _Cache(cache)
    remembers(pool)
    when_forgetting(lambda: cleared.append("module"))
    shorter("a value")
    cache.add("a value")

    forget_originals()

    assert (shorter.cache_info().currsize, cache, cleared) == (0, set(), ["module"])


def test_no_cache_holds_an_element_of_an_original_that_was_forgotten(tmp_path: Path) -> None:
    make.file(tmp_path / "a.dcm", make.image(PatientName="^".join(_PARTS)))
    deidentifier, witness = CtpDeidentifier(base_script(), "0.1.0"), IdentityWitness()
    original = read(tmp_path / "a.dcm", "intake", "OBIA0001")
    list(witness.check_witness(original, deidentifier.deidentify(original, PSEUDONYMS)))
    del original
    assert _held()

    forget_originals()

    assert not _held()


@pytest.mark.neo4j
@pytest.mark.anyio
async def test_no_cache_holds_an_element_of_an_original_after_its_batch(archive: OpenArchive, tmp_path: Path) -> None:
    collection = await create_collection(archive, ADMINISTRATOR, NewCollection("T"))
    make.file(tmp_path / "in" / "a.dcm", make.image(PatientName="^".join(_PARTS)))

    await ingest(archive, ADMINISTRATOR, Folder(tmp_path / "in"), collection, Progress())

    assert not _held()


def _held() -> list[type]:
    """The types of the containers that hold the planted name, as bytes or in a text."""
    gc.collect()
    containers = [each for each in gc.get_objects() if isinstance(each, (tuple, list, set, frozenset, dict))]
    return [type(each) for each in containers if any(_is_planted(one) for one in _items(each))]


def _items(container: Any) -> list[object]:
    return [*container, *container.values()] if isinstance(container, dict) else list(container)


def _is_planted(one: object) -> bool:
    text = one.decode("latin-1") if isinstance(one, bytes) else one
    return isinstance(text, str) and all(part.lower() in text.lower() for part in _PARTS)


class _Cache:
    def __init__(self, held: set[str]) -> None:
        self._held = held

    def clear(self) -> None:
        self._held.clear()
