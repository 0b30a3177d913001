"""Pages and cursors that cannot be answered are refused with one line and a code."""

import pytest

from obia.schema.access import EVERYTHING
from obia.server.graph.driver import Graph
from obia.server.plan.cursors import Cursors
from tests import worlds
from tests.asking import CURSORS, Asker, mac
from tests.server.plan.test_statement_texts import Nothing

pytestmark = [pytest.mark.anyio]

PLACE = CURSORS.encode("Study +key", ["S/1"])
WRONG = {
    "first and last": ("first: 1, last: 1", "BAD_INPUT"),
    "a negative first": ("first: -1", "BAD_INPUT"),
    "a negative last": ("last: -2", "BAD_INPUT"),
    "too many": ("first: 101", "BAD_INPUT"),
    "a number too large for Int": ("first: 3000000000", "BAD_INPUT"),
    "a number too long to read": (f"first: {'9' * 5000}", "BAD_INPUT"),
    "a long number in a filter": (f"filter: {{date: {{gt: {'1' * 6000}}}}}", "BAD_INPUT"),
    "an empty cursor": ('after: ""', "BAD_CURSOR"),
    "a cursor that is not base64": ('after: "IC\'"', "BAD_CURSOR"),
    "a cursor that is not ours": ('before: "WzEsMl0"', "BAD_CURSOR"),
    "a cursor of another order": (f'after: "{PLACE}", orderBy: [{{field: DATE}}]', "BAD_CURSOR"),
    "an edited cursor": (f'after: "{PLACE[:-5]}AAAAA"', "BAD_CURSOR"),
    "an order by what has no index": ("orderBy: [{field: MODALITIES}]", "BAD_INPUT"),
    "a comparison with nothing": ("filter: {uid: {eq: null}}", "BAD_INPUT"),
    "a date that is none": ('filter: {date: {gt: "2020-02-30"}}', "BAD_INPUT"),
    "a date in another form": ('filter: {date: {gt: "20200101"}}', "BAD_INPUT"),
    "a field that is not there": ("filter: {patient: {eq: 1}}", "BAD_INPUT"),
}


@pytest.mark.parametrize(("arguments", "code"), WRONG.values(), ids=WRONG.keys())
async def test_a_page_is_refused_for(arguments: str, code: str) -> None:
    asker = Asker(Nothing())

    answer = await asker.ask(f"{{ studies({arguments}) {{ nodes {{ uid }} }} }}")

    assert [each["extensions"]["code"] for each in answer["errors"]] == [code]
    assert not answer.get("data")
    assert asker.graph.sent == []


@pytest.mark.parametrize("asked", ["totalCount", "nodes { uid } totalCount", "pageInfo { hasNextPage }"])
async def test_a_bad_cursor_is_refused_whatever_is_asked_for(asked: str) -> None:
    answer = await Asker(Nothing()).ask(f'{{ studies(after: "x") {{ {asked} }} }}')

    assert [each["extensions"]["code"] for each in answer["errors"]] == ["BAD_CURSOR"]


def test_a_cursor_is_read_back() -> None:
    place = ["2020-01-01", None, 7, "OBIA0001/2.25.1"]

    assert CURSORS.decode(CURSORS.encode("Study +date", place), "Study +date") == place


def test_a_cursor_of_another_key_is_refused() -> None:
    other = Cursors(lambda message: mac(message + b"!"))

    with pytest.raises(Exception, match="start again without it"):
        CURSORS.decode(other.encode("Study +key", ["x"]), "Study +key")


@pytest.mark.neo4j
async def test_a_cursor_edited_in_any_place_is_refused(graph: Graph) -> None:
    await worlds.write(graph, worlds.world(1))
    asker = Asker(graph)
    document = "query($after: String) { studies(first: 2, after: $after) { pageInfo { endCursor } } }"
    cursor = (await asker.data(document, None, EVERYTHING))["studies"]["pageInfo"]["endCursor"]

    codes = set()
    for at in range(0, len(cursor), 7):
        edited = cursor[:at] + ("A" if cursor[at] != "A" else "B") + cursor[at + 1 :]
        answer = await asker.ask(document, {"after": edited}, EVERYTHING)
        codes |= {each["extensions"]["code"] for each in answer["errors"]}

    assert codes == {"BAD_CURSOR"}
