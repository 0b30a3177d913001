"""Trees and batches: one hash that any change of the records changes, signed."""

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia import BadInput, ObiaError
from obia.plugins.deid_ctp.evidence import batches, tree
from obia.plugins.deid_ctp.evidence.signing import Signer, key_name

LEAVES = st.lists(st.binary(max_size=4), max_size=20)


def merkle(leaves: list[bytes]) -> bytes:
    """The definition of RFC 6962, section 2.1, as it stands there: by recursion."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\0" + leaves[0]).digest()
    at = 1
    while at * 2 < len(leaves):
        at *= 2
    return hashlib.sha256(b"\1" + merkle(leaves[:at]) + merkle(leaves[at:])).digest()


@given(LEAVES)
def test_a_root_is_that_of_the_rfc(records: list[bytes]) -> None:
    assert tree.root([tree.leaf(each) for each in records]) == merkle(records)


@given(LEAVES, LEAVES)
def test_other_records_have_another_root(first: list[bytes], second: list[bytes]) -> None:
    same = tree.root([tree.leaf(each) for each in first]) == tree.root([tree.leaf(each) for each in second])

    assert same == (first == second)


def records(count: int, start: int = 0) -> list[str]:
    return [
        json.dumps({"file": f"f{number}", "size": number, "header_size": 0, "header": "", "pixels": ""})
        for number in range(start, start + count)
    ]


@pytest.fixture
def signer(tmp_path: Path) -> Signer:
    return Signer.beside(tmp_path / "key")


def test_many_records_are_signed_in_batches_of_a_bounded_size(
    tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MOST", 4)

    assert batches.seal(tmp_path / "e", records(10), {}, signer) == 10

    held = batches.check(tmp_path / "e", signer.public)
    assert (held.batches, len(held.records), held.problems) == (3, 10, [])


def test_batches_that_were_cut_short_are_gone_on_with(
    tmp_path: Path, signer: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_MOST", 4)
    batches.seal(tmp_path / "whole", records(10), {}, signer)
    batches.seal(tmp_path / "cut", records(10), {}, signer)
    for name in ("batch-000002.json", "batch-000003.json", "batch-000003.jsonl"):
        (tmp_path / "cut" / name).unlink()

    batches.seal(tmp_path / "cut", records(10), {}, signer)

    assert [p.read_bytes() for p in sorted((tmp_path / "cut").iterdir())] == [
        p.read_bytes() for p in sorted((tmp_path / "whole").iterdir())
    ]


def test_what_is_signed_already_is_not_signed_again(tmp_path: Path, signer: Signer) -> None:
    batches.seal(tmp_path / "e", records(3), {}, signer)

    assert batches.seal(tmp_path / "e", records(3), {}, signer) == 0
    assert batches.seal(tmp_path / "e", records(5), {}, signer) == 2
    assert batches.check(tmp_path / "e", signer.public).problems == []


def test_facts_are_signed_with_the_records(tmp_path: Path, signer: Signer) -> None:
    batches.seal(tmp_path / "e", records(3), {"mode": "safe"}, signer)
    head = tmp_path / "e" / "batch-000001.json"
    assert json.loads(head.read_text())["mode"] == "safe"

    head.write_text(head.read_text().replace("safe", "none"))

    assert batches.check(tmp_path / "e", signer.public).problems == [
        "batch-000001.json: its signature is not of this key"
    ]


def test_evidence_of_another_key_is_not_added_to(tmp_path: Path, signer: Signer) -> None:
    batches.seal(tmp_path / "e", records(3), {}, signer)

    with pytest.raises(BadInput, match="signed with another key"):
        batches.seal(tmp_path / "e", records(4), {}, Signer.beside(tmp_path / "other"))


def test_a_signing_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first, second = Signer.beside(tmp_path / "key"), Signer.beside(tmp_path / "key")

    assert first.public == second.public
    assert (tmp_path / "key.ed25519").stat().st_mode & 0o777 == 0o600
    assert list(tmp_path.iterdir()) == [tmp_path / "key.ed25519"]


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"])
def test_a_signing_key_that_is_none_is_refused_and_kept(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "key.ed25519").write_bytes(content)

    with pytest.raises(ObiaError, match="holds no Ed25519 key"):
        Signer.beside(tmp_path / "key")

    assert (tmp_path / "key.ed25519").read_bytes() == content


def test_keys_have_names_that_people_can_compare(tmp_path: Path, signer: Signer) -> None:
    name = key_name(signer.public)

    assert [len(part) for part in name.split("-")] == [4] * 8
    assert key_name(Signer.beside(tmp_path / "other").public) != name
