"""Several threads: each file becomes what it becomes alone, whoever else is at work with the same cache."""

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest

from obia.plugins.deid_ctp import ResultCache, anonymize
from obia.plugins.deid_ctp.deidentifier import CtpDeidentifier
from obia.plugins.deid_ctp.plugin import base_script
from obia.plugins.deid_ctp.pools import Pool, Same
from obia.plugins.deid_ctp.residual.check import IdentityWitness
from obia.server.intake.encoding import encode_header
from tests.plugins.deid_ctp.fastpath.test_result_cache import taken_in
from tests.plugins.deid_ctp.fastpath.test_uid_templates import image
from tests.plugins.deid_ctp.files import KEY, NOW
from tests.plugins.deid_ctp.originals import PSEUDONYMS

T = TypeVar("T")
SCRIPT = base_script()
THREADS, PATIENTS = 8, 4


@pytest.fixture
def switching() -> Iterator[None]:
    """Threads that take turns as often as they can."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def _files() -> list[bytes]:
    """Series of several patients, one image of each in turn, that differ in UIDs and numbers."""
    return [_image(number, patient) for number in range(10, 60) for patient in range(PATIENTS)]


def _image(number: int, patient: int) -> bytes:
    elements = {
        "SOPInstanceUID": f"1.2.3.4.5.{patient}.{number}",
        "references": [f"1.2.3.4.6.{patient}.{number}", f"1.2.3.4.7.{patient}.{number}"],
        "privates": [("SS", [number]), ("OB", bytes([number, 0])), ("FD", [0.5, number])],
        "InstanceNumber": str(number),
        "AcquisitionTime": f"1011{number}",
    }
    return image(elements, "GEMS_PARM_01", is_implicit=False)


def _all(work: Callable[[bytes], T], files: Sequence[bytes]) -> list[T]:
    with ThreadPoolExecutor(THREADS) as threads:
        return list(threads.map(work, files))


@pytest.mark.usefixtures("switching")
def test_one_cache_serves_threads_that_take_turns_at_any_time() -> None:
    files, cache = _files() * 5, ResultCache()

    made = _all(lambda each: anonymize(each, SCRIPT, key=KEY, now=NOW, cache=cache).data, files)

    assert made == [anonymize(each, SCRIPT, key=KEY, now=NOW).data for each in files]


@pytest.mark.usefixtures("switching")
def test_the_archives_deidentifier_and_its_check_serve_several_threads() -> None:
    files, deidentifier, witness = _files(), CtpDeidentifier(SCRIPT, "0.1.0"), IdentityWitness()

    def made(source: bytes, by: CtpDeidentifier) -> tuple[bytes, int]:
        original = taken_in(source)
        clean = by.deidentify(original, PSEUDONYMS)
        found = [*witness.check_witness(original, clean)]
        return encode_header(clean.header, clean.meta.TransferSyntaxUID), len(found)

    together = _all(lambda each: made(each, deidentifier), files)

    assert together == [made(each, CtpDeidentifier(SCRIPT, "0.1.0")) for each in files]


def test_what_is_lent_is_lent_to_one_alone_and_used_again() -> None:
    pool: Pool[list[int]] = Pool(2)

    with pool.lend("a", list) as one, pool.lend("a", list) as two:
        assert one is not two
    with pool.lend("a", list) as again:
        assert again in (one, two)


def test_of_more_purposes_than_are_kept_the_first_is_dropped() -> None:
    pool: Pool[list[int]] = Pool(2)
    for purpose in ("a", "b", "c"):
        with pool.lend(purpose, list) as lent:
            lent.append(1)

    with pool.lend("c", list) as kept, pool.lend("a", list) as new:
        assert (kept, new) == ([1], [])


def test_an_object_is_the_same_as_itself_alone() -> None:
    one, two = [1], [1]

    assert Same(one) == Same(one)
    assert Same(one) != Same(two)
