"""Audited changes: the intent is in the audit log before the transaction, the outcome after it.

A marker node written by the same transaction proves that it was committed. So a change whose process died between
the two lines is completed later: with "ok" where the marker is there, else with "void".
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Protocol, TypeVar

from obia.schema.access import Viewer
from obia.schema.errors import FULL, Code, ObiaError
from obia.server.audit import Audit, Intent
from obia.server.clock import now
from obia.server.graph.driver import Graph, Transaction
from obia.server.graph.statements import cypher
from obia.server.intake.crash import reach
from obia.server.process import is_dead

log = logging.getLogger(__name__)
T = TypeVar("T")
VOID = "void"
"""The outcome of a change that was announced and never committed."""

Aftermath = Callable[[str], Awaitable[None]]
"""What follows a committed transaction, given the subject, before its outcome is recorded; done twice it changes nothing."""


class Writes(Protocol):
    """A graph, or a change of it: what runs work in one write transaction."""

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in one write transaction."""
        ...


class Change:
    """A change that the audit log announces."""

    def __init__(self, graph: Graph, intent: Intent, log_name: str) -> None:
        self._graph = graph
        self._parameters = {"id": intent.change, "log": log_name, "now": now()}
        self.intent = intent
        self.subject = intent.subject
        """What the outcome is about: `work` may set it, where the subject gets its name in the transaction."""
        self.is_decided = True
        """Whether it is known if the change was committed."""
        self.is_committed = False

    @property
    def is_refused(self) -> bool:
        """Whether it is known that nothing was changed."""
        return self.is_decided and not self.is_committed

    async def write(self, work: Callable[[Transaction], Awaitable[T]]) -> T:
        """Run `work` in the one write transaction of this change.

        `work` raises where there is nothing to change: what it returns from is committed and recorded as done.
        """
        results: list[T] = []
        refusals: list[ObiaError] = []

        async def marked(tx: Transaction) -> None:
            await tx.run(cypher("mark_change"), self._parameters)
            try:
                results[:] = [await work(tx)]
                if self.subject != self.intent.subject:
                    await tx.run(cypher("name_change"), {**self._parameters, "subject": self.subject})
            except ObiaError as error:
                refusals.append(error)
                raise

        self.is_decided = False
        try:
            await self._graph.write(marked)
            self.is_committed = True
        except ObiaError as error:
            self.is_committed = error not in refusals and await self._was_committed(error)
            if not self.is_committed:
                self.is_decided = True
                raise
        self.is_decided = True
        reach("change-committed")
        return results[0]

    async def decide(self) -> bool:
        """Ask the graph whether the change was committed; if it was not, it no longer can be."""
        [[is_void, subject]] = await self._graph.write(lambda tx: tx.run(cypher("decide_change"), self._parameters))
        self.subject = subject or self.subject
        return not is_void

    async def _was_committed(self, error: ObiaError) -> bool:
        """Decide after an error of the graph, which may have lost the answer alone. Raises it where that is not known."""
        try:
            return await self.decide()
        except ObiaError:
            raise error from None


class Changes:
    """The audited changes of one open archive."""

    def __init__(self, graph: Graph, audit: Audit, aftermath: Mapping[str, Aftermath]) -> None:
        self._graph = graph
        self._audit = audit
        self._aftermath = aftermath  # by action
        self._late: set[str] = set()  # changes of this process that ended without an outcome in the log

    @asynccontextmanager
    async def begin(self, viewer: Viewer, action: str, subject: str) -> AsyncIterator[Change]:
        """Announce a change, and record its outcome at the end of the block.

        Raises ObiaError AUDIT_UNWRITABLE, with nothing changed, or AUDIT_INCOMPLETE, with the change made.
        """
        if self._late:
            await self.reconcile()
        intent = await asyncio.to_thread(self._audit.intend, viewer, action, subject)
        reach("intent-written")
        change = Change(self._graph, intent, await asyncio.to_thread(self._audit.name))
        is_recorded = False
        try:
            try:
                yield change
            except (ObiaError, OSError) as error:
                if change.is_refused:
                    is_recorded = await self._refuse(intent, error)
                raise
            intent = replace(intent, subject=change.subject)
            if change.is_committed:
                await self._follow(intent)
            await self._conclude(intent)
            is_recorded = True
        finally:
            if not is_recorded:
                self._late.add(intent.change)

    async def reconcile(self) -> None:
        """Complete the changes that dead processes, or this one, left without an outcome. Raises ObiaError."""
        if not self._audit.path.exists():
            return
        name = await asyncio.to_thread(self._audit.name)
        marked = {row[0] for row in await self._graph.read(cypher("change_markers"), {"log": name})}
        # read after the markers: one that no intent here stands behind has its outcome
        intents = await asyncio.to_thread(self._audit.unfinished)
        for intent in intents:
            if intent.change in self._late or is_dead(intent.owner):
                await self._complete(intent, name)
        await self._unmark(marked - {intent.change for intent in intents})

    async def _complete(self, intent: Intent, name: str) -> None:
        change = Change(self._graph, intent, name)
        is_committed = await change.decide()
        intent = replace(intent, subject=change.subject)
        if is_committed:
            await self._follow(intent)
        await asyncio.to_thread(self._audit.conclude, intent, "ok" if is_committed else VOID)
        log.warning("change %s, %s, was completed: %s", intent.change, intent.action, "ok" if is_committed else VOID)
        self._late.discard(intent.change)
        await self._unmark([intent.change])

    async def _follow(self, intent: Intent) -> None:
        if intent.action in self._aftermath:
            await self._aftermath[intent.action](intent.subject)

    async def _refuse(self, intent: Intent, error: ObiaError | OSError) -> bool:
        """Record that a change was refused; where that cannot be, it is completed later. Nothing happened."""
        try:
            await asyncio.to_thread(self._audit.conclude, intent, _code(error).value)
        except ObiaError:
            return False
        if isinstance(error, ObiaError):
            error.is_recorded = True
        await self._unmark([intent.change])
        return True

    async def _conclude(self, intent: Intent) -> None:
        try:
            await asyncio.to_thread(self._audit.conclude, intent, "ok")
        except ObiaError as error:
            raise ObiaError(
                f"the change was made ({intent.action} {intent.subject}), but {error.message}; its outcome is "
                "recorded by the next command that can write the log",
                Code.AUDIT_INCOMPLETE,
            ) from None
        reach("outcome-written")
        await self._unmark([intent.change])

    async def _unmark(self, changes: Iterable[str]) -> None:
        """Remove markers whose outcome is recorded; those that the graph keeps now are removed at the next start."""
        if ids := sorted(changes):
            with contextlib.suppress(ObiaError):
                await self._graph.write(lambda tx: tx.run(cypher("unmark_changes"), {"ids": ids}))


def _code(error: ObiaError | OSError) -> Code:
    if isinstance(error, ObiaError):
        return error.code
    return Code.DISK_FULL if error.errno in FULL else Code.INTERNAL
