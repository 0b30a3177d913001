from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obia.schema.errors import Code, ObiaError
from obia.schema.values import Patient
from obia.server.keys import Keys

KEYS = Keys(bytes(range(32)))


def test_a_saved_key_is_read_back(tmp_path: Path) -> None:
    KEYS.save(tmp_path / "key")

    loaded = Keys.load(tmp_path / "key")

    assert loaded.uid("OBIA0001", "1.2.3") == KEYS.uid("OBIA0001", "1.2.3")
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600


def test_a_key_is_never_overwritten(tmp_path: Path) -> None:
    KEYS.save(tmp_path / "key")

    with pytest.raises(FileExistsError):
        Keys.generate().save(tmp_path / "key")


@pytest.mark.parametrize("text", ["", "{}", '{"id": "0", "key": "AAAA"}', "[1]"])
def test_a_damaged_key_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "key").write_text(text)

    with pytest.raises(ObiaError) as caught:
        Keys.load(tmp_path / "key")

    assert caught.value.code is Code.KEY_WRONG


def test_a_missing_key_names_the_way_out(tmp_path: Path) -> None:
    with pytest.raises(ObiaError, match="obia init") as caught:
        Keys.load(tmp_path / "key")

    assert caught.value.code is Code.KEY_MISSING


@pytest.mark.parametrize("trace", ["store", "audit.jsonl"])
def test_a_missing_key_of_an_archive_with_data_is_to_be_put_back(tmp_path: Path, trace: str) -> None:
    (tmp_path / trace).touch()

    with pytest.raises(ObiaError, match="put your copy of the key back") as caught:
        Keys.load(tmp_path / "key")

    assert (caught.value.code, "obia init" in caught.value.message) == (Code.KEY_MISSING, False)


@given(st.text(), st.text())
def test_a_date_offset_is_never_zero_and_lies_in_the_past(id_: str, issuer: str) -> None:
    offset = KEYS.pseudonyms("OBIA0001").date_offset(Patient(id_, issuer))

    assert -3650 <= offset <= -1


def test_pseudonyms_uids_and_offsets_are_of_one_collection() -> None:
    one, other = KEYS.pseudonyms("OBIA0001"), KEYS.pseudonyms("OBIA0002")
    patients = [Patient(f"{number}") for number in range(20)]

    assert set(map(one.pseudonym, patients)).isdisjoint(map(other.pseudonym, patients))
    assert [one.date_offset(each) for each in patients] != [other.date_offset(each) for each in patients]
    assert one.uid("1.2.3") != other.uid("1.2.3")


def test_a_released_uid_stays_and_one_that_looks_like_it_does_not() -> None:
    pseudonyms = KEYS.pseudonyms("OBIA0002", released=frozenset(["2.25.7"]))

    assert pseudonyms.uid("2.25.7") == "2.25.7"
    assert pseudonyms.uid("2.25.8") != "2.25.8"
    assert pseudonyms.without(["2.25.7"]).uid("2.25.7") == KEYS.uid("OBIA0002", "2.25.7")


def test_a_patient_is_the_same_with_and_without_the_issuer() -> None:
    pseudonyms = KEYS.pseudonyms("OBIA0001")

    assert pseudonyms.pseudonym(Patient("1", "A")) == pseudonyms.pseudonym(Patient("1"))
    assert pseudonyms.date_offset(Patient("1", "A")) == pseudonyms.date_offset(Patient("1"))


def test_a_patient_of_a_foreign_issuer_is_another_one() -> None:
    foreign = frozenset([KEYS.patient(Patient("1", "B"))])
    pseudonyms = KEYS.pseudonyms("OBIA0001", foreign=foreign)

    assert pseudonyms.pseudonym(Patient("1", "B")) != pseudonyms.pseudonym(Patient("1"))
    assert pseudonyms.pseudonym(Patient("1", "A")) == pseudonyms.pseudonym(Patient("1"))


def test_an_issuer_parts_two_patients_with_one_id() -> None:
    assert KEYS.patient(Patient("1", "A")) != KEYS.patient(Patient("1", "B"))


@given(st.text(max_size=80))
def test_a_new_uid_is_a_valid_uid_that_does_not_hold_the_old(original: str) -> None:
    uid = KEYS.uid("OBIA0001", original)

    assert len(uid) <= 64
    assert all(part.isdigit() and (part == "0" or not part.startswith("0")) for part in uid.split("."))
