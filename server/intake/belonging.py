"""Belonging: whose a study is and where a series lies, where the files of a collection disagree.

A Study Instance UID under two patients, or a Series Instance UID in two studies, is a mix-up. Where at least two thirds
of the instances agree, those keep the study or series and the others are held back; else all of them are. What was
released, or decided by a curator, outweighs any number of others. Only the set of files counts, never their order.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, TypeVar

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Where one instance says that it belongs."""

    study: str
    series: str
    patient: str
    uid: str
    is_final: bool = False


class Placed(Protocol):
    """An instance with its place: an `Item`, a `Held` or an `Evidence`."""

    @property
    def study(self) -> str:
        """The new Study Instance UID."""
        ...

    @property
    def series(self) -> str:
        """The new Series Instance UID."""
        ...

    @property
    def patient(self) -> str:
        """The keyed digest of the patient."""
        ...


class Belonging:
    """Which patients a study belongs to, and which study and patient a series belongs to, by what all files say."""

    def __init__(self, evidence: Iterable[Evidence]) -> None:
        patients: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        homes: dict[str, dict[tuple[str, str], set[str]]] = defaultdict(lambda: defaultdict(set))
        final_patients, final_homes = defaultdict[str, set[str]](set), defaultdict[str, set[tuple[str, str]]](set)
        for each in evidence:
            patients[each.study][each.patient].add(each.uid)
            homes[each.series][each.study, each.patient].add(each.uid)
            if each.is_final:
                final_patients[each.study].add(each.patient)
                final_homes[each.series].add((each.study, each.patient))
        self._patients = {study: _rightful(seen, final_patients[study]) for study, seen in patients.items()}
        self._homes = {series: _rightful(seen, final_homes[series]) for series, seen in homes.items()}

    def is_odd(self, each: Placed) -> bool:
        """Whether an instance contradicts what its study or its series belongs to."""
        patients, homes = self._patients.get(each.study), self._homes.get(each.series)
        return (patients is not None and each.patient not in patients) or (
            homes is not None and (each.study, each.patient) not in homes
        )


def disputed(places: Iterable[tuple[str, str, str]]) -> tuple[set[str], set[str]]:
    """The studies and the series of (study, series, patient) triples that have more than one patient or home."""
    patients, homes = defaultdict[str, set[str]](set), defaultdict[str, set[tuple[str, str]]](set)
    for study, series, patient in places:
        patients[study].add(patient)
        homes[series].add((study, patient))
    return (
        {study for study, seen in patients.items() if len(seen) > 1},
        {series for series, seen in homes.items() if len(seen) > 1},
    )


def _rightful(seen: Mapping[K, set[str]], final: set[K]) -> set[K]:
    """The keys that instances may be under: the final ones, else one that two thirds of the instances have."""
    if final or len(seen) == 1:
        return final or set(seen)
    total = len(set[str]().union(*seen.values()))
    return {key for key, uids in seen.items() if 3 * len(uids) >= 2 * total and not _is_matched(key, seen)}


def _is_matched(key: K, seen: Mapping[K, set[str]]) -> bool:
    """Whether another key has as many instances: copies of the same UIDs under two patients."""
    return any(other != key and len(uids) >= len(seen[key]) for other, uids in seen.items())
