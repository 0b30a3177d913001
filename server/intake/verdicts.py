"""Deduplication decisions: new, duplicate, conflict or mix-up, from what a collection holds and what a batch brings.

Pure, so that the law can be tested: whatever the order, the batches and the workers, the same files end the same.
A collection is decided by its own files alone: no file of another one changes, moves or reveals anything here.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from obia.schema.errors import Code, PluginCode
from obia.server.intake.belonging import Belonging
from obia.server.intake.item import Held, Item


@dataclass(slots=True)
class Verdicts:
    """What becomes of a batch's items, and of what the graph held before."""

    accepted: list[Item] = field(default_factory=list)
    duplicates: list[Item] = field(default_factory=list)
    in_quarantine: list[Item] = field(default_factory=list)
    """The duplicates whose equal is quarantined."""
    quarantined: list[tuple[Item, Code | PluginCode]] = field(default_factory=list)
    displaced: list[tuple[Held, Code]] = field(default_factory=list)
    replaced: list[Held] = field(default_factory=list)
    """Held with equal content, but cleaned in another way than the newcomer that takes its place."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a batch is taken: `is_decided` by a curator, whose choice wins; `is_forced` to replace what is equal;
    `is_from_vault` where its files are quarantined ones."""

    is_decided: bool = False
    is_forced: bool = False
    is_from_vault: bool = False


@dataclass(frozen=True, slots=True)
class Reconsidered:
    """Quarantined files that nothing speaks against any more, and those whose code is another now."""

    admitted: list[Held]
    recoded: list[tuple[Held, Code]]


def judge(
    items: Sequence[Item],
    held: Sequence[Held],
    belonging: Belonging,
    known_files: set[str],
    manner: Manner = Manner(),
) -> Verdicts:
    """Decide about a batch of one collection.

    `held` is what the collection has under the items' UIDs, and the unreleased instances of disputed studies and
    series; `known_files` are the digests of files that are quarantined already.
    """
    verdicts = Verdicts()
    known, own = set(known_files), {item.intake_id for item in items}
    for item in (each for each in items if each.code is not None):
        _judge_file(item, known, verdicts)
    sound = [each for each in items if each.code is None]
    others = [
        each for each in held if each.intake_id not in own
    ]  # a quarantined file that is offered again is no rival
    for newcomers, holders in _by_uid(sound, others).values():
        if manner.is_decided and newcomers:
            _decide(newcomers, holders, verdicts)
        else:
            _judge_uid(newcomers, holders, belonging, verdicts, manner)
    return verdicts


def reconsider(quarantined: Sequence[Held], held: Sequence[Held], belonging: Belonging) -> Reconsidered:
    """Look at conflicts and mix-ups again, after files were added, decided or discarded."""
    found = Reconsidered([], [])
    for _, group in _by_uid([], [*quarantined, *held]).values():
        waiting = sorted((each for each in group if each.is_quarantined), key=lambda each: each.intake_id)
        fitting = [each for each in group if not belonging.is_odd(each)]
        is_taken = any(not each.is_quarantined for each in fitting)
        is_conflict = len({each.content for each in fitting}) > 1 or is_taken
        for each in waiting:
            if belonging.is_odd(each):
                found.recoded.append((each, Code.MIX_UP))
            elif is_conflict:
                found.recoded.append((each, Code.CONFLICT))
            else:
                found.admitted.append(each)
    return found


def _judge_file(item: Item, known: set[str], verdicts: Verdicts) -> None:
    """A file that cannot be accepted: one copy of its bytes is kept."""
    if item.file in known:
        _pass_over(item, verdicts, in_quarantine=True)
        return
    known.add(item.file)
    assert item.code is not None
    verdicts.quarantined.append((item, item.code))


def _by_uid(items: Iterable[Item], held: Iterable[Held]) -> Mapping[str, tuple[list[Item], list[Held]]]:
    groups: dict[str, tuple[list[Item], list[Held]]] = defaultdict(lambda: ([], []))
    for item in items:
        groups[item.uid][0].append(item)
    for each in held:
        groups[each.uid][1].append(each)
    return groups


def _judge_uid(
    newcomers: list[Item], holders: list[Held], belonging: Belonging, verdicts: Verdicts, manner: Manner
) -> None:
    odd = [each for each in newcomers if belonging.is_odd(each)]
    odd_holders = [each for each in holders if belonging.is_odd(each)]
    _refuse(odd, odd_holders, Code.MIX_UP, verdicts)
    fitting = [each for each in newcomers if not belonging.is_odd(each)]
    holders = [each for each in holders if not belonging.is_odd(each)]
    contents = {each.content for each in fitting} | {each.content for each in holders}
    if len(contents) > 1:
        _refuse(fitting, holders, Code.CONFLICT, verdicts)
    elif fitting:
        _admit(fitting, holders, verdicts, manner)


def _refuse(newcomers: list[Item], holders: list[Held], code: Code, verdicts: Verdicts) -> None:
    """Hold back all but what is final; one of each content is quarantined."""
    final = {each.content for each in holders if each.is_final}
    kept = final | {each.content for each in holders}
    verdicts.displaced += [(each, code) for each in holders if not each.is_final and not each.is_quarantined]
    for item in newcomers:
        if item.content in kept:
            _pass_over(item, verdicts, in_quarantine=item.content not in final)
        else:
            kept.add(item.content)
            verdicts.quarantined.append((item, code))


def _admit(newcomers: list[Item], holders: list[Held], verdicts: Verdicts, manner: Manner) -> None:
    """All are equal: one is kept. One that is there stays, unless it was cleaned in another way and is not final."""
    first = min(newcomers, key=lambda each: each.intake_id)
    present = [each for each in holders if not each.is_quarantined]
    if any(each.is_final or not is_replaceable(each, first.recipe, manner) for each in present):
        for item in newcomers:
            _pass_over(item, verdicts)
        return
    for item in newcomers:
        if item is not first:
            _pass_over(item, verdicts)
    verdicts.replaced += present
    verdicts.accepted.append(first)


def _decide(newcomers: list[Item], holders: list[Held], verdicts: Verdicts) -> None:
    """A curator's choice is accepted, and what it contradicts is held back; but what is final stays."""
    if any(each.is_final for each in holders):
        _refuse(newcomers, holders, Code.CONFLICT, verdicts)
        return
    first, *others = sorted(newcomers, key=lambda each: each.intake_id)
    verdicts.displaced += [(each, Code.CONFLICT) for each in holders if not each.is_quarantined]
    verdicts.accepted.append(first)
    verdicts.quarantined += [(each, Code.CONFLICT) for each in others]


def is_replaceable(held: Held, recipe: str, manner: Manner) -> bool:
    """Whether an equal newcomer takes the place of what is held: its clean form would be another."""
    return not held.is_final and (manner.is_forced or held.recipe != recipe)


def _pass_over(item: Item, verdicts: Verdicts, *, in_quarantine: bool = False) -> None:
    """A duplicate of what the collection holds, or of what is quarantined there."""
    verdicts.duplicates.append(item)
    if in_quarantine:
        verdicts.in_quarantine.append(item)
