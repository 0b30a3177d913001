"""Audited changes: recorded before they happen, completed where the process died, refused where they cannot be recorded."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import pytest

from obia.schema.access import ADMINISTRATOR
from obia.schema.errors import BadInput, Code, ObiaError, Unavailable
from obia.server.archive import OpenArchive
from obia.server.audit import INTENDED, unfinished, verify
from obia.server.changing import VOID, Changes
from obia.server.graph.driver import Graph, Transaction
from obia.server.settings import Settings

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

T = TypeVar("T")


async def put(tx: Transaction) -> str:
    await tx.run("CREATE (:Counter {name: 'changed', last: 1})")
    return "made"


def lines(archive: OpenArchive) -> list[dict[str, Any]]:
    return [json.loads(line) for line in archive.audit.path.read_text().splitlines()]


def outcomes(archive: OpenArchive) -> list[str]:
    return [each["outcome"] for each in lines(archive)]


async def changed(archive: OpenArchive) -> list[int]:
    """How many changed nodes and how many markers there are."""
    [[nodes, markers]] = await archive.graph.read(
        "RETURN COUNT { (:Counter {name: 'changed'}) } AS nodes, COUNT { (:Change) } AS markers"
    )
    return [nodes, markers]


def block(path: Path) -> Path:
    """Put a folder in the place of the log, as its owner root is stopped by no permission; return where the log is."""
    kept = path.with_suffix(".kept")
    if path.exists():
        path.rename(kept)
    path.mkdir()
    return kept


def unblock(path: Path) -> None:
    path.rmdir()
    if path.with_suffix(".kept").exists():
        path.with_suffix(".kept").rename(path)


async def test_a_change_has_its_intent_before_the_transaction_and_its_outcome_after(archive: OpenArchive) -> None:
    async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
        before = outcomes(archive)
        result = await change.write(put)
        during = await changed(archive)

    assert (before, result, during) == ([INTENDED], "made", [1, 1])
    assert (outcomes(archive), await changed(archive)) == ([INTENDED, "ok"], [1, 0])
    assert len({each["change"] for each in lines(archive)}) == 1
    assert verify(archive.audit.path) == 2
    assert not unfinished(archive.audit.path)


async def test_a_change_that_cannot_be_recorded_does_not_happen(archive: OpenArchive) -> None:
    block(archive.audit.path)

    with pytest.raises(ObiaError, match="cannot be written: Is a directory") as caught:
        async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
            await change.write(put)

    assert caught.value.code is Code.AUDIT_UNWRITABLE
    assert await changed(archive) == [0, 0]


async def test_a_refusal_within_the_transaction_is_the_outcome(archive: OpenArchive) -> None:
    async def refuse(tx: Transaction) -> None:
        await put(tx)
        raise BadInput("no")

    with pytest.raises(BadInput) as caught:
        async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
            await change.write(refuse)

    assert caught.value.is_recorded
    assert (outcomes(archive), await changed(archive)) == ([INTENDED, "BAD_INPUT"], [0, 0])


async def test_a_change_whose_outcome_cannot_be_recorded_stands_and_the_next_one_completes_it(
    archive: OpenArchive,
) -> None:
    with pytest.raises(ObiaError, match=r"the change was made \(a.b OBIA0001\)") as caught:
        async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
            await change.write(put)
            block(archive.audit.path)
    after = await changed(archive)
    unblock(archive.audit.path)
    async with archive.changing(ADMINISTRATOR, "a.c", "OBIA0001"):
        pass

    assert (caught.value.code, after) == (Code.AUDIT_INCOMPLETE, [1, 1])
    assert outcomes(archive) == [INTENDED, "ok", INTENDED, "ok"]
    assert [each["action"] for each in lines(archive)] == ["a.b", "a.b", "a.c", "a.c"]
    assert await changed(archive) == [1, 0]


class Losing(Graph):
    """A graph whose connection breaks once, while a transaction is committed or before that."""

    def __init__(self, settings: Settings, *, is_committed: bool) -> None:
        assert settings.graph_url
        super().__init__(settings.graph_url, settings.graph_user, settings.graph_password)
        self._losses = [is_committed]

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        if not self._losses:
            return await super().write(work)
        if self._losses.pop():
            await super().write(work)
        raise Unavailable("the graph does not answer")


@pytest.mark.parametrize("is_committed", [True, False])
async def test_an_answer_that_was_lost_is_asked_for(archive: OpenArchive, is_committed: bool) -> None:
    result = "none"
    async with Losing(archive.settings, is_committed=is_committed) as graph:
        try:
            async with Changes(graph, archive.audit, {}).begin(ADMINISTRATOR, "a.b", "OBIA0001") as change:
                result = await change.write(put)
        except Unavailable:
            result = "unavailable"

    assert result == ("made" if is_committed else "unavailable")
    assert outcomes(archive) == [INTENDED, "ok" if is_committed else "GRAPH_UNAVAILABLE"]
    assert await changed(archive) == ([1, 0] if is_committed else [0, 0])


async def test_a_change_of_this_process_that_is_under_way_is_not_completed(archive: OpenArchive) -> None:
    async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
        await archive.changes.reconcile()
        await change.write(put)
        await archive.changes.reconcile()
        during = outcomes(archive), await changed(archive)

    assert during == ([INTENDED], [1, 1])
    assert outcomes(archive) == [INTENDED, "ok"]


async def test_a_change_that_was_cancelled_is_decided_by_the_graph(archive: OpenArchive) -> None:
    with pytest.raises(asyncio.CancelledError):
        async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001"):
            raise asyncio.CancelledError

    await archive.changes.reconcile()

    assert outcomes(archive) == [INTENDED, VOID]
    assert await changed(archive) == [0, 0]


async def test_a_void_change_can_no_longer_be_committed(archive: OpenArchive) -> None:
    async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
        assert not await change.decide()
        with pytest.raises(ObiaError):
            await archive.graph.write(lambda tx: tx.run("CREATE (:Change {id: $id})", {"id": change.intent.change}))


async def test_the_markers_of_another_hosts_log_stay(archive: OpenArchive) -> None:
    await archive.graph.run("CREATE (:Change {id: 'x', log: 'of another host', isVoid: false})")
    async with archive.changing(ADMINISTRATOR, "a.b", "OBIA0001") as change:
        await change.write(put)
        await archive.changes.reconcile()

    assert await changed(archive) == [1, 1]


async def test_a_marker_whose_outcome_is_recorded_is_removed(archive: OpenArchive) -> None:
    archive.audit.record(ADMINISTRATOR, "x", "y")
    await archive.graph.run("CREATE (:Change {id: 'x', log: $log, isVoid: false})", {"log": archive.audit.name()})

    await archive.changes.reconcile()

    assert await changed(archive) == [0, 0]
