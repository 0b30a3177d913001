"""Verdicts: new, duplicate, conflict or mix-up, from what the graph holds and what a batch brings.

Pure, so that the law can be tested: whatever the order, the batches and the workers, the same files end the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from obia.schema.errors import Code, PluginCode
from obia.server.intake.item import Held, Item

Triple = tuple[str, str, str]
"""A study UID, a series UID and a patient's digest that were seen together."""


@dataclass(slots=True)
class Verdicts:
    """What becomes of a batch's items, and of what the graph held before."""

    accepted: list[Item] = field(default_factory=list)
    duplicates: list[Item] = field(default_factory=list)
    in_quarantine: list[Item] = field(default_factory=list)
    """The duplicates whose equal is quarantined."""
    in_others: list[tuple[Item, str]] = field(default_factory=list)
    """The duplicates whose equal another collection holds, and which."""
    quarantined: list[tuple[Item, Code | PluginCode]] = field(default_factory=list)
    displaced: list[tuple[Held, Code]] = field(default_factory=list)
    superseded: list[Held] = field(default_factory=list)
    """Held under a higher accession than an equal newcomer, which takes their place."""


def mixed_studies(evidence: Iterable[Triple]) -> set[str]:
    """The studies that are mixed up: a study or series UID under two patients, or a series UID under two studies."""
    patients: dict[str, set[str]] = defaultdict(set)
    homes: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for study, series, patient in evidence:
        patients[study].add(patient)
        homes[series].add((study, patient))
    mixed = {study for study, seen in patients.items() if len(seen) > 1}
    return mixed.union(*({study for study, _ in seen} for seen in homes.values() if len(seen) > 1))


def judge(items: Sequence[Item], held: Sequence[Held], mixed: set[str], known_files: set[tuple[str, str]]) -> Verdicts:
    """Judge a batch.

    `held` is what the graph has under the items' UIDs, and every unreleased image of a mixed study; `known_files`
    are (collection, file digest) of what is quarantined already.
    """
    verdicts = Verdicts()
    known = set(known_files)
    for item in (each for each in items if each.code is not None):
        _judge_file(item, known, verdicts)
    sound = [each for each in items if each.code is None]
    for uid, (newcomers, holders) in _by_uid(sound, held).items():
        del uid
        _judge_uid(newcomers, holders, mixed, verdicts)
    return verdicts


def _judge_file(item: Item, known: set[tuple[str, str]], verdicts: Verdicts) -> None:
    """A file that cannot be accepted: one copy of its bytes is kept for each collection."""
    key = (item.collection, item.file)
    if key in known:
        _pass_over(item, None, verdicts)
        return
    known.add(key)
    assert item.code is not None
    verdicts.quarantined.append((item, item.code))


def _by_uid(items: Iterable[Item], held: Iterable[Held]) -> Mapping[str, tuple[list[Item], list[Held]]]:
    groups: dict[str, tuple[list[Item], list[Held]]] = defaultdict(lambda: ([], []))
    for item in items:
        groups[item.uid][0].append(item)
    for each in held:
        groups[each.uid][1].append(each)
    return groups


def _judge_uid(newcomers: list[Item], holders: list[Held], mixed: set[str], verdicts: Verdicts) -> None:
    everyone: list[Item | Held] = [*newcomers, *holders]
    contents = {each.content for each in everyone}
    is_mixed = any(each.study in mixed for each in everyone)
    if is_mixed or len(contents) > 1:
        _refuse(newcomers, holders, mixed, verdicts)
    elif newcomers:
        _admit(newcomers, holders, verdicts)


def _refuse(newcomers: list[Item], holders: list[Held], mixed: set[str], verdicts: Verdicts) -> None:
    """A conflict or a mix-up: a released image stays; of the rest, one of each content is quarantined."""

    def code(each: Item | Held) -> Code:
        return Code.MIX_UP if each.study in mixed else Code.CONFLICT

    kept: dict[tuple[str, str], Held | None] = {each.content: each for each in holders if each.is_released}
    kept |= {each.content: None for each in holders if each.content not in kept}
    displaced = (each for each in holders if not each.is_released and not each.is_quarantined)
    verdicts.displaced += [(each, code(each)) for each in displaced]
    for item in newcomers:
        if item.content in kept:
            _pass_over(item, kept[item.content], verdicts)
        else:
            kept[item.content] = None
            verdicts.quarantined.append((item, code(item)))


def _admit(newcomers: list[Item], holders: list[Held], verdicts: Verdicts) -> None:
    """All are equal: one is kept, under the lowest accession; a released or quarantined one stays where it is."""
    first = min(newcomers, key=lambda each: (rank(each.collection), each.intake_id))
    others = [each for each in newcomers if each is not first]
    stays = [
        each
        for each in holders
        if each.is_released or each.is_quarantined or rank(each.collection) <= rank(first.collection)
    ]
    if stays:
        holder = next((each for each in stays if not each.is_quarantined), None)
        for item in (*others, first):
            _pass_over(item, holder, verdicts)
        return
    verdicts.duplicates += others
    verdicts.superseded += holders
    verdicts.accepted.append(first)


def _pass_over(item: Item, holder: Held | None, verdicts: Verdicts) -> None:
    """A duplicate of what a collection holds, or of what is quarantined where there is no holder."""
    verdicts.duplicates.append(item)
    if holder is None:
        verdicts.in_quarantine.append(item)
    elif holder.collection != item.collection:
        verdicts.in_others.append((item, holder.collection))


def rank(accession: str) -> tuple[int, str]:
    """Accessions in the order they were given: OBIA9999 before OBIA10000."""
    return len(accession), accession
