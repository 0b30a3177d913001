"""The law of writing: whatever the order, the batches and the workers, the same files end the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from obia.schema.errors import Code, PluginCode
from obia.server.intake.item import Held, Item
from obia.server.intake.verdicts import judge, mixed_studies


@dataclass
class Memory:
    """What a graph remembers between batches, as far as verdicts need it."""

    accepted: dict[str, Item] = field(default_factory=dict)
    quarantined: list[tuple[Item, Code | PluginCode]] = field(default_factory=list)
    files: set[tuple[str, str]] = field(default_factory=set)
    duplicates: int = 0
    seen: dict[str, Item] = field(default_factory=dict)

    def take(self, batch: Sequence[Item]) -> None:
        """Judge a batch and remember."""
        self.seen |= {item.intake_id: item for item in batch}
        sound = [item for item in batch if item.code is None]
        remembered = [*self.accepted.values(), *(item for item, code in self.quarantined if item.code is None)]
        mixed = mixed_studies((each.study, each.series, each.patient) for each in (*sound, *remembered))
        uids = {item.uid for item in sound}
        held = [_held(item) for item in self.accepted.values() if item.uid in uids or item.study in mixed]
        held += [_held(i, quarantined=True) for i, _ in self.quarantined if i.code is None and i.uid in uids]
        verdicts = judge(batch, held, mixed, self.files)
        for gone in (*verdicts.superseded, *(each for each, _ in verdicts.displaced)):
            del self.accepted[gone.uid]
        self.quarantined += [(self.seen[each.intake_id], code) for each, code in verdicts.displaced]
        self.quarantined = [
            (item, Code.MIX_UP if code is Code.CONFLICT and item.study in mixed else code)
            for item, code in self.quarantined
        ]
        self.quarantined += verdicts.quarantined
        self.files |= {(item.collection, item.file) for item, _ in verdicts.quarantined if item.code}
        self.duplicates += len(verdicts.duplicates) + len(verdicts.superseded)
        self.accepted |= {item.uid: item for item in verdicts.accepted}

    def outcome(self) -> tuple[object, object, int]:
        """How it ended, which copy of equals was kept aside."""
        kept = {(uid, item.content, item.collection) for uid, item in self.accepted.items()}
        refused = Counter((item.uid, item.content, item.file, code) for item, code in self.quarantined)
        return kept, refused, self.duplicates


def _held(item: Item, *, quarantined: bool = False) -> Held:
    return Held(
        item.intake_id,
        item.collection,
        item.uid,
        item.study,
        item.series,
        item.patient,
        item.original,
        item.pixels,
        is_quarantined=quarantined,
    )


@st.composite
def files(draw: st.DrawFn) -> list[Item]:
    """Files whose UIDs, patients and contents collide often."""
    some = st.sampled_from
    count = draw(st.integers(2, 8))
    items = []
    for number in range(count):
        uid, series, study, patient = draw(some("ab")), draw(some("rs")), draw(some("xy")), draw(some("pq"))
        if draw(some([True, True, False])):  # most archives are sound: series and patient follow from the study
            series, patient = f"series of {study}", f"patient of {study}"
            uid = f"{uid} of {study}"
        content = f"{draw(some('112'))} {uid} {study} {series} {patient}"
        collection = draw(some(["OBIA0001", "OBIA0002"]))
        broken = draw(some([None, None, None, Code.TRUNCATED]))
        if broken:
            items.append(Item(f"id{number}", collection, broken, file=draw(some("fg"))))
        else:
            items.append(Item(f"id{number}", collection, None, "", uid, study, series, patient, content, "px"))
    return items


@settings(max_examples=600)
@given(files(), st.data())
def test_verdicts_do_not_depend_on_order_or_batches(items: list[Item], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(items))
    cut = data.draw(st.integers(0, len(items)))
    one, other = Memory(), Memory()

    one.take(items)
    for batch in (shuffled[:cut], shuffled[cut:]):
        other.take(batch)

    assert one.outcome() == other.outcome()


@given(files())
def test_a_second_offer_adds_nothing(items: list[Item]) -> None:
    memory = Memory()
    memory.take(items)
    kept, refused, duplicates = memory.outcome()

    memory.take(items)

    assert memory.outcome() == (kept, refused, duplicates + len(items))


def test_a_released_image_stays_and_the_newcomer_is_quarantined() -> None:
    released = Held("a", "OBIA0001", "uid", "study", "series", "patient", "one", "px", is_released=True)
    newcomer = Item("b", "OBIA0001", None, "", "uid", "study", "series", "patient", "two", "px")

    verdicts = judge([newcomer], [released], set(), set())

    assert verdicts.quarantined == [(newcomer, Code.CONFLICT)]
    assert not verdicts.displaced


def _file(uid: str, study: str = "x", series: str = "r", patient: str = "p", content: str = "1") -> Item:
    return Item(f"id of {uid} {content}", "OBIA0001", None, "", uid, study, series, patient, content, "px")


def test_a_study_under_two_patients_is_quarantined_whole() -> None:
    memory = Memory()

    memory.take([_file("a", series="r"), _file("b", series="s"), _file("c", study="y", series="t")])
    memory.take([_file("d", series="u", patient="q")])

    assert set(memory.accepted) == {"c"}
    assert {(item.uid, code) for item, code in memory.quarantined} == {(uid, Code.MIX_UP) for uid in "abd"}


def test_a_series_under_two_patients_quarantines_both_studies() -> None:
    memory = Memory()

    memory.take([_file("a", study="x", patient="p"), _file("b", study="y", patient="q")])

    assert not memory.accepted
    assert {code for _, code in memory.quarantined} == {Code.MIX_UP}


def test_one_uid_with_two_contents_is_a_conflict() -> None:
    memory = Memory()

    memory.take([_file("a", content="1"), _file("b")])
    memory.take([_file("a", content="2"), _file("a", content="1")])

    assert set(memory.accepted) == {"b"}
    assert [code for _, code in memory.quarantined] == [Code.CONFLICT, Code.CONFLICT]
    assert memory.duplicates == 1
