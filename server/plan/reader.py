"""The reader: a root field's selection becomes a plan, the plan one statement, its answer rows."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from typing import Any, Protocol, cast

from obia.schema.access import Role, Viewer
from obia.schema.clients import Shares
from obia.schema.errors import Code, NotFound, ObiaError
from obia.schema.graph import label as label_of
from obia.schema.graphql.ids import decode
from obia.schema.graphql.row import ResolveInfo
from obia.schema.values import Hit
from obia.server.plan.budget import demand_plannable
from obia.server.plan.census import Asks, Counts
from obia.server.plan.cursors import Cursors, Mac
from obia.server.plan.planner import Expressions, Plan, Planner
from obia.server.plan.selection import Selection
from obia.server.plan.walks import require_walkable

ANONYMOUS_READS = 8  # statements under way at once; the driver's pool has 100 connections
CLIENT_READS = ANONYMOUS_READS // 4  # of them, for one client


class Candidates(Protocol):
    """What is needed of the retrieval: hits, whoever may see them."""

    async def candidates(
        self, uid: str, count: int, *, exclude_same_individual: bool = False, is_public: bool = False
    ) -> list[Hit] | None:
        """The nearest images, of the public ones alone if so asked, or None for an image without a code."""
        ...


class GraphReader:
    """Reads Neo4j for the API; one statement of a viewer without a token may take `anonymous_seconds`.

    `mac` signs cursors, `expressions` are the schema's, `candidates` finds similar images."""

    def __init__(
        self,
        graph: Asks,
        mac: Mac,
        expressions: Expressions | None = None,
        candidates: Candidates | None = None,
        anonymous_seconds: float | None = None,
    ) -> None:
        self._graph = graph
        self._counts = Counts(graph)
        self._anonymous_seconds = anonymous_seconds
        self._cursors = Cursors(mac)
        self._expressions = expressions or {}
        self._candidates = candidates
        self._turns = Shares(ANONYMOUS_READS, CLIENT_READS)

    async def one(self, info: ResolveInfo, label: str, name: str, value: str) -> object | None:
        """The node of a label whose property has this value."""
        plan = self._planner(info).one(label_of(label), name, value, info.field_nodes)
        return cast(object | None, await self._answer(info, plan))

    async def page(self, info: ResolveInfo, label: str) -> object:
        """The page of a label's nodes that the field's arguments ask for."""
        planner = self._planner(info)
        return await self._answer(info, planner.page(label_of(label), info.field_nodes, info.parent_type.name))

    async def nodes(self, info: ResolveInfo, ids: Sequence[str]) -> Sequence[object | None]:
        """The nodes of these global ids, in their order."""
        wanted = [decode(each) for each in ids]
        keys: dict[str, list[str]] = {}
        for label, key in wanted:
            keys.setdefault(label, []).append(key)
        if not keys:
            return []
        found = await self._answer(info, self._planner(info).nodes(keys, info.field_nodes))
        return [found.get(each) for each in wanted]

    async def similar(
        self, info: ResolveInfo, uid: str, count: int, *, exclude_same_individual: bool
    ) -> Sequence[object]:
        """The images most like one whose pixels the viewer sees; hidden ones make room for the next nearest.

        Who has neither grants nor collections searches among public images alone, so that one search is enough
        however much is hidden. Others search among all; each round asks for four times as many, and looks at the new.
        """
        if self._candidates is None:
            raise ObiaError("this archive has no index of images", Code.NO_INDEX)
        is_public = info.context.viewer.scope.is_public
        asked, seen = count, 0
        found: list[object] = []
        while True:
            hits = await self._candidates.candidates(
                uid, asked, exclude_same_individual=exclude_same_individual, is_public=is_public
            )
            distances = {each.uid: each.distance for each in (hits or [])[seen:]}
            rows = await self._answer(info, self._planner(info).similar(uid, distances, info.field_nodes))
            if rows is None:
                raise NotFound(f"no image {uid}")
            if hits is None:
                raise NotFound(f"image {uid} has no code yet; try again later")
            found += rows
            if len(found) >= count or len(hits) < asked:
                return found[:count]
            asked, seen = asked * 4, len(hits)

    def _planner(self, info: ResolveInfo) -> Planner:
        viewer: Viewer = info.context.viewer
        return Planner(Selection(info), viewer.scope, self._cursors, self._expressions)

    async def _answer(self, info: ResolveInfo, plan: Plan) -> Any:
        context = info.context
        context.is_clinical |= plan.is_clinical
        context.planned.add(plan.statement.text)
        demand_plannable(context.planned)
        if not plan.walks.is_empty:
            context.walked.append(plan.walks.walked(await self._counts.current()))
            require_walkable(context.walked)
        is_anonymous = context.viewer.role is Role.ANONYMOUS
        seconds = self._anonymous_seconds if is_anonymous else None
        async with self._turn(context.viewer, context.client):
            [[answer]] = await self._graph.read(plan.statement.text, plan.statement.parameters, seconds)
        return plan.read(answer)

    def _turn(self, viewer: Viewer, client: str) -> AbstractAsyncContextManager[object]:
        """Those without a token share a few turns, so that they never keep away who has one."""
        return self._turns.of(client) if viewer.role is Role.ANONYMOUS else nullcontext()
