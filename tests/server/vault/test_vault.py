import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.schema.errors import Code, NotFound, ObiaError
from obia.server.keys import Keys
from obia.server.store.files import FileStore
from obia.server.vault.sealing import seal_bytes, unseal
from obia.server.vault.vault import Vault

KEYS = Keys(bytes(range(32)))


@given(st.one_of(st.binary(max_size=300), st.sampled_from([1 << 20, (1 << 20) + 1, 2 << 20, 1]).map(bytes)))
def test_what_is_sealed_comes_back(plaintext: bytes) -> None:
    sealed = io.BytesIO()
    seal_bytes(KEYS, "name", plaintext, sealed)
    sealed.seek(0)

    assert b"".join(unseal(KEYS, "name", sealed)) == plaintext


@given(st.data())
def test_a_changed_cut_or_renamed_object_is_found(data: st.DataObject) -> None:
    sealed = io.BytesIO()
    seal_bytes(KEYS, "name", b"a patient's name", sealed)
    whole = sealed.getvalue()
    place = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[place] ^= data.draw(st.integers(1, 255))

    for name, attempt in (("name", bytes(changed)), ("name", whole[:place]), ("other", whole)):
        with pytest.raises(ObiaError) as caught:
            list(unseal(KEYS, name, io.BytesIO(attempt)))
        assert caught.value.code in (Code.CHECKSUM_MISMATCH, Code.KEY_WRONG)


def test_chunks_cannot_change_places() -> None:
    sealed = io.BytesIO()
    seal_bytes(KEYS, "name", bytes(1 << 20) + b"\1" * (1 << 20) + b"end", sealed)
    head, chunk = 56, (1 << 20) + 16
    whole = sealed.getvalue()
    swapped = (
        whole[:head] + whole[head + chunk : head + 2 * chunk] + whole[head : head + chunk] + whole[head + 2 * chunk :]
    )

    with pytest.raises(ObiaError, match="damaged"):
        list(unseal(KEYS, "name", io.BytesIO(swapped)))


def test_the_vault_is_unreadable_without_the_key(tmp_path: Path) -> None:
    store = FileStore(tmp_path)
    Vault(store, KEYS).keep("id1", io.BytesIO(b"PLANTEDNAME" * 10), {"path": "/ward/PLANTEDNAME.dcm"})

    stolen = Vault(store, Keys.generate())

    with pytest.raises(ObiaError) as caught:
        b"".join(stolen.original("id1"))
    assert caught.value.code is Code.KEY_WRONG
    assert not any(b"PLANTEDNAME" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"".join(Vault(store, KEYS).original("id1")) == b"PLANTEDNAME" * 10


def test_what_the_vault_does_not_hold_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        Vault(FileStore(tmp_path), KEYS).note("nothing")
