"""The law of writing: whatever the order, the batches and the workers, the same files end the same."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from obia.schema.errors import Code, PluginCode
from obia.server.intake.belonging import Belonging, Evidence
from obia.server.intake.item import Held, Item
from obia.server.intake.verdicts import Manner, Verdicts, judge, reconsider

PLAIN = Manner()


@dataclass
class Memory:
    """What a collection remembers between batches, as far as its decisions need it."""

    accepted: dict[str, Item] = field(default_factory=dict)
    quarantined: dict[str, tuple[Item, Code | PluginCode]] = field(default_factory=dict)
    final: set[str] = field(default_factory=set)

    def take(self, batch: Sequence[Item], manner: Manner = PLAIN) -> Verdicts:
        """Judge a batch and remember, as the writing transaction does."""
        sound = [item for item in batch if item.code is None]
        belonging = Belonging([*self._evidence(), *(_says(each, is_final=manner.is_decided) for each in sound)])
        files = {item.file for item, code in self.quarantined.values() if item.code}
        verdicts = judge(batch, self._held(), belonging, files, manner)
        for gone in (*verdicts.replaced, *(each for each, _ in verdicts.displaced)):
            item = self.accepted.pop(gone.uid)
            code = next((code for each, code in verdicts.displaced if each is gone), None)
            if code is not None:
                self.quarantined[item.intake_id] = item, code
        for item in verdicts.accepted:
            self.accepted[item.uid] = item
            self.final |= {item.uid} if manner.is_decided else set()
            equals = [key for key, (each, _) in self.quarantined.items() if each.content == item.content]
            for key in equals:
                del self.quarantined[key]
        self.quarantined |= {item.intake_id: (item, code) for item, code in verdicts.quarantined}
        return verdicts

    def finish(self) -> None:
        """Look at what is quarantined again, as the end of a submission does."""
        while True:
            waiting = [each for each in self._held() if each.is_quarantined]
            live = [each for each in self._held() if not each.is_quarantined]
            found = reconsider(waiting, live, Belonging(self._evidence()))
            for each, code in found.recoded:
                self.quarantined[each.intake_id] = self.quarantined[each.intake_id][0], code
            admitted = [self.quarantined[each.intake_id][0] for each in found.admitted]
            if not admitted or not self.take(admitted).accepted:
                return

    def outcome(self) -> tuple[object, object]:
        """How it ended."""
        kept = {(uid, item.content) for uid, item in self.accepted.items()}
        refused = Counter((item.uid, item.content, item.file, code) for item, code in self.quarantined.values())
        return kept, refused

    def _evidence(self) -> list[Evidence]:
        live = [_says(each, is_final=each.uid in self.final) for each in self.accepted.values()]
        return [*live, *(_says(item) for item, _ in self.quarantined.values() if item.code is None)]

    def _held(self) -> list[Held]:
        live = [_held(item, is_final=item.uid in self.final) for item in self.accepted.values()]
        waiting = [item for item, _ in self.quarantined.values() if item.code is None]
        return [*live, *(_held(item, is_quarantined=True) for item in waiting)]


def _says(item: Item, *, is_final: bool = False) -> Evidence:
    return Evidence(item.study, item.series, item.patient, item.uid, is_final)


def _held(item: Item, *, is_quarantined: bool = False, is_final: bool = False) -> Held:
    texts = (item.intake_id, item.uid, item.study, item.series, item.patient, item.original, item.pixels, item.recipe)
    return Held(*texts, is_quarantined=is_quarantined, is_final=is_final)


@st.composite
def files(draw: st.DrawFn) -> list[Item]:
    """Files of one collection whose UIDs, patients and contents collide often."""
    some = st.sampled_from
    items = []
    for number in range(draw(st.integers(2, 9))):
        uid, series, study, patient = draw(some("abc")), draw(some("rs")), draw(some("xy")), draw(some("ppq"))
        if draw(some([True, True, False])):  # most archives are sound: series and patient follow from the study
            series, patient = f"series of {study}", f"patient of {study}"
            uid = f"{uid} of {study}"
        content = f"{draw(some('112'))} {uid} {study} {series} {patient}"
        broken = draw(some([None, None, None, Code.TRUNCATED]))
        if broken:
            items.append(Item(f"id{number}", "OBIA0001", broken, file=draw(some("fg"))))
        else:
            items.append(_item(f"id{number}", uid, study, series, patient, content))
    return items


def _item(intake_id: str, uid: str, study: str, series: str, patient: str, content: str, recipe: str = "") -> Item:
    return Item(intake_id, "OBIA0001", None, "", uid, study, series, patient, "", content, "px", recipe)


@settings(max_examples=600)
@given(files(), st.data())
def test_decisions_do_not_depend_on_order_or_batches(items: list[Item], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(items))
    cut = data.draw(st.integers(0, len(items)))
    one, other = Memory(), Memory()

    one.take(items)
    one.finish()
    for batch in (shuffled[:cut], shuffled[cut:]):
        other.take(batch)
        other.finish()

    assert one.outcome() == other.outcome()


@given(files())
def test_a_second_offer_adds_nothing(items: list[Item]) -> None:
    memory = Memory()
    memory.take(items)
    memory.finish()
    before = memory.outcome()

    memory.take([replace(each, intake_id=f"{each.intake_id} again") for each in items])
    memory.finish()

    assert memory.outcome() == before


@given(files(), st.data())
def test_what_was_decided_stays(items: list[Item], data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from([each for each in items if each.code is None] or [_file("a")]))
    memory = Memory()
    memory.take([chosen], Manner(is_decided=True))

    memory.take(items)
    memory.finish()

    assert memory.accepted[chosen.uid].content == chosen.content


def test_a_released_image_stays_and_the_newcomer_is_quarantined() -> None:
    released = Held("a", "uid", "study", "series", "patient", "one", "px", is_final=True)
    newcomer = _item("b", "uid", "study", "series", "patient", "two")

    verdicts = judge([newcomer], [released], Belonging([]), set())

    assert verdicts.quarantined == [(newcomer, Code.CONFLICT)]
    assert not verdicts.displaced


def _file(uid: str, study: str = "x", series: str = "r", patient: str = "p", content: str = "1") -> Item:
    return _item(f"id of {uid} {content} {patient}", uid, study, series, patient, f"{content} {uid} {patient}")


def _codes(memory: Memory) -> set[tuple[str, Code | PluginCode]]:
    return {(item.uid, code) for item, code in memory.quarantined.values()}


def test_one_image_of_another_patient_is_held_back_and_not_the_study() -> None:
    memory = Memory()

    memory.take([_file("odd", patient="q"), *(_file(f"u{number}") for number in range(39))])

    assert len(memory.accepted) == 39
    assert _codes(memory) == {("odd", Code.MIX_UP)}


def test_an_odd_image_that_came_first_makes_way() -> None:
    memory = Memory()
    memory.take([_file("odd", patient="q")])

    memory.take([_file(f"u{number}") for number in range(4)])
    memory.finish()

    assert set(memory.accepted) == {f"u{number}" for number in range(4)}
    assert _codes(memory) == {("odd", Code.MIX_UP)}


def test_what_was_held_back_in_a_tie_is_accepted_once_the_tie_is_broken() -> None:
    memory = Memory()
    memory.take([_file("a", patient="p"), _file("b", patient="q")])
    assert not memory.accepted

    memory.take([_file("c", patient="p")])
    memory.finish()

    assert set(memory.accepted) == {"a", "c"}


def test_a_study_in_two_nearly_equal_parts_is_held_back_whole() -> None:
    memory = Memory()

    memory.take([*(_file(f"p{n}") for n in range(5)), *(_file(f"q{n}", patient="q") for n in range(4))])

    assert not memory.accepted
    assert len(memory.quarantined) == 9


def test_a_series_in_two_studies_holds_back_that_series_alone() -> None:
    memory = Memory()

    memory.take([_file("a", study="x"), _file("b", study="y", patient="q"), _file("c", series="s")])

    assert set(memory.accepted) == {"c"}
    assert {code for _, code in _codes(memory)} == {Code.MIX_UP}


def test_one_uid_with_two_contents_is_a_conflict() -> None:
    memory = Memory()

    memory.take([_file("a", content="1"), _file("b")])
    verdicts = memory.take([_file("a", content="2"), replace(_file("a", content="1"), intake_id="again")])

    assert set(memory.accepted) == {"b"}
    assert [code for _, code in memory.quarantined.values()] == [Code.CONFLICT, Code.CONFLICT]
    assert len(verdicts.in_quarantine) == 1


def test_a_curators_choice_ends_a_conflict() -> None:
    memory = Memory()
    memory.take([_file("a", content="1"), _file("a", content="2")])

    memory.take([_file("a", content="2")], Manner(is_decided=True))
    memory.finish()
    memory.take([replace(_file("a", content="1"), intake_id="again")])

    assert memory.accepted["a"].original == "2 a p"
    assert _codes(memory) == {("a", Code.CONFLICT)}


def test_an_equal_original_under_another_recipe_replaces_an_unreleased_image() -> None:
    old, new = (replace(_file("a"), intake_id=each, recipe=each) for each in ("old", "new"))
    memory = Memory()
    memory.take([old])

    verdicts = memory.take([new])

    assert [each.intake_id for each in verdicts.replaced] == ["old"]
    assert memory.accepted["a"] is new


def test_an_equal_original_under_another_recipe_leaves_a_released_image() -> None:
    old, new = (replace(_file("a"), intake_id=each, recipe=each) for each in ("old", "new"))
    memory = Memory()
    memory.take([old], Manner(is_decided=True))

    verdicts = memory.take([new])

    assert verdicts.duplicates == [new]


def test_a_forced_batch_replaces_what_is_equal() -> None:
    old, new = (replace(_file("a"), intake_id=each) for each in ("old", "new"))
    memory = Memory()
    memory.take([old])

    verdicts = memory.take([new], Manner(is_forced=True))

    assert verdicts.accepted == [new]
