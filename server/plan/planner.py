"""The planner: what is selected below one root field becomes one statement, and the shapes that read its answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from graphql import FieldNode

from obia.schema.access import Scope
from obia.schema.graph import Label, Step, steps
from obia.schema.graph import label as label_of
from obia.schema.graphql.ids import encode
from obia.schema.graphql.row import Shape
from obia.server.plan import ordering
from obia.server.plan.connection import Connected
from obia.server.plan.cursors import Cursors
from obia.server.plan.filters import Filters
from obia.server.plan.pages import Page
from obia.server.plan.patterns import Match, follow, start
from obia.server.plan.selection import Selection
from obia.server.plan.statement import Columns, Slot, Statement, Values, all_of
from obia.server.plan.visibility import Visible
from obia.server.plan.walks import Origin, Walks

Expressions = Mapping[str, Sequence[tuple[frozenset[str], Mapping[str, str]]]]
Rows = list[list[object]]


@dataclass(frozen=True, slots=True)
class Plan:
    """A statement that answers with one value, how that value is read, what its filters walk, and whether it tells of
    clinical nodes."""

    statement: Statement
    read: Callable[[Any], Any]
    walks: Walks
    is_clinical: bool = False


class Planner:
    """Plans one root field for one scope."""

    def __init__(self, selection: Selection, scope: Scope, cursors: Cursors, expressions: Expressions) -> None:
        self._selection = selection
        self._cursors = cursors
        self._expressions = expressions
        self._values = Values()
        self._visible = Visible(scope)
        self._walks = Walks()
        self._filters = Filters(self._visible, self._values, self._walks)
        self._rows = 1  # of the list that a nested list is planned for, at most

    def one(self, label: Label, name: str, value: str, nodes: Sequence[FieldNode]) -> Plan:
        """The node of a label whose property has a value; of several the first by natural key."""
        match, columns = start(label, 0, self._visible), Columns()
        shape = self._node(label, nodes, match.n, 0, columns)
        held = all_of([*match.held, f"{match.n}.{label.property(name).name} = {self._values.put(value)}"])
        return self._plan(_first(match, held, columns), shape.first)

    def page(self, label: Label, nodes: Sequence[FieldNode], type_name: str) -> Plan:
        """A page of a label's nodes."""
        text, shape = self._connection(start(label, 0, self._visible), None, nodes, type_name, 0)
        return self._plan(text, shape.row)

    def nodes(self, keys: Mapping[str, Sequence[str]], nodes: Sequence[FieldNode]) -> Plan:
        """The nodes of some labels by their natural keys: read as a mapping from label and key."""
        texts, readers = [], []
        self._rows = sum(map(len, keys.values()))
        for name in sorted(keys):
            text, read = self._by_keys(label_of(name), list(keys[name]), nodes)
            texts.append(text)
            readers.append(read)

        def read_all(answers: Sequence[Rows]) -> dict[tuple[str, str], object]:
            found: dict[tuple[str, str], object] = {}
            for read, rows in zip(readers, answers, strict=True):
                found |= read(rows)
            return found

        return self._plan(f"[{', '.join(texts)}]", read_all)

    def similar(self, uid: str, hits: Mapping[str, int], nodes: Sequence[FieldNode]) -> Plan:
        """Whether the viewer sees an image's pixels, and those of its neighbours whose pixels the viewer sees, in order.

        A distance tells of both images' pixels: with enough of them a hash can be rebuilt bit by bit.
        """
        image, shape = label_of("Image"), Shape("SimilarImage")
        self._rows = len(hits)
        match, columns = start(image, 0, self._visible), Columns()
        key = columns.add(f"{match.n}.uid")
        for alias, fields in self._selection.fields(nodes, "SimilarImage").items():
            if fields[0].name.value == "distance":
                shape.getters[alias] = lambda pair: pair[0]
            elif fields[0].name.value == "image":
                inner = self._node(image, fields, match.n, 0, columns)
                shape.getters[alias] = partial(_second, inner)
        held = [*match.held, *self._visible.pixels(match.n)]
        itself = all_of([*held, f"{match.n}.uid = {self._values.put(uid)}"])
        others = all_of([*held, f"{match.n}.uid IN {self._values.put(list(hits))}"])
        text = (
            f"[EXISTS {{ {match.text} WHERE {itself} }}, "
            f"COLLECT {{ {match.text} WHERE {others} RETURN {columns.settle()} }}]"
        )

        def read(answer: tuple[bool, Rows]) -> Sequence[object] | None:
            is_seen, rows = answer
            found = {key.read(row): row for row in rows}
            return shape.rows([(hits[each], found[each]) for each in hits if each in found]) if is_seen else None

        return self._plan(text, read)

    def _plan(self, text: str, read: Callable[[Any], object]) -> Plan:
        statement = self._values.settle(f"RETURN {text}", self._visible.parameters)
        return Plan(statement, read, self._walks, self._visible.is_clinical)

    def _by_keys(
        self, label: Label, keys: list[str], nodes: Sequence[FieldNode]
    ) -> tuple[str, Callable[[Rows], dict[tuple[str, str], object]]]:
        match, columns = start(label, 0, self._visible), Columns()
        shape = self._node(label, nodes, match.n, 0, columns)
        key = columns.add(f"{match.n}.{label.key}")
        held = all_of([*match.held, f"{match.n}.{label.key} IN {self._values.put(keys)}"])
        text = f"COLLECT {{ {match.text} WHERE {held} RETURN {columns.settle()} }}"
        return text, lambda rows: {(label.name, str(key.read(row))): shape.row(row) for row in rows}

    def _node(self, label: Label, nodes: Sequence[FieldNode], n: str, depth: int, columns: Columns) -> Shape:
        """Gather the columns that a node's selection needs, and make its shape."""
        shape = Shape(label.name)
        ways = {each.field: each for each in steps(label.name)}
        shown = {each.name: each for each in label.properties if not each.is_hidden}
        for alias, fields in self._selection.fields(nodes, label.name).items():
            name = fields[0].name.value
            if name == "id":
                shape.getters[alias] = partial(_id, label.name, columns.add(f"{n}.{label.key}"))
            elif name in shown:
                shape.getters[alias] = columns.add(self._visible.property(label, shown[name], n)).read
            elif name in ways:
                shape.getters[alias] = self._step(ways[name], fields, n, depth, columns)
            else:
                self._extension(label.name, name, n, columns, shape)
        return shape

    def _step(
        self, step: Step, fields: list[FieldNode], n: str, depth: int, columns: Columns
    ) -> Callable[[list[object]], object]:
        match = follow(step, n, depth + 1, self._visible)
        if step.is_many:
            text, shape = self._connection(match, step, fields, step.source, depth + 1)
            return partial(_through, columns.add(text), shape.row)
        inner = Columns()
        shape = self._node(match.label, fields, match.n, depth + 1, inner)
        return partial(_through, columns.add(_first(match, all_of(match.held), inner)), shape.first)

    def _extension(self, type_name: str, field: str, n: str, columns: Columns, shape: Shape) -> None:
        """What a plugin's field needs; its own Cypher speaks of `n`."""
        for names, expressions in self._expressions.get(type_name, ()):
            if field in names:
                for name, text in expressions.items():
                    shape.names[name] = columns.add(f"head([n IN [{n}] | {text}])").read

    def _connection(
        self, match: Match, step: Step | None, fields: list[FieldNode] | Sequence[FieldNode], parent: str, depth: int
    ) -> tuple[str, Shape]:
        """The text of a page as a list, and the shape of the connection."""
        arguments = self._selection.arguments(parent, fields[0])
        given, held = arguments.get("filter"), list(match.held)
        if step is None:
            match, pinned = self._filters.pinned(match, given)
            held += pinned
        ordered = ordering.terms(match.label, arguments.get("orderBy"), match.n, self._visible)
        page = Page.of(arguments)
        with self._walks.of(Origin(match.label.name, self._rows, step)):
            filtered = self._filters.root(match.label, given, match.n, depth)
        connected = Connected(
            match=match,
            held=[*held, *filtered],
            page=page,
            ordered=ordered,
            order=ordering.name_of(match.label, ordered),
            cursors=self._cursors,
            values=self._values,
            is_root=step is None,
            is_filtered=bool(given),
            is_public=self._visible.is_public,
        )
        for cursor in (connected.page.after, connected.page.before):
            if cursor is not None:  # also where nothing but the total is asked for
                self._cursors.decode(cursor, connected.order)
        outer, self._rows = self._rows, self._rows * max(1, page.size)
        kind = f"{match.label.name}{'Link' if step and step.relationship.properties else ''}"
        shape = Shape(f"{kind}Connection")
        for alias, selected in self._selection.fields(fields, shape.type_name).items():
            name = selected[0].name.value
            if name == "totalCount":
                shape.getters[alias] = connected.total()
            elif name == "pageInfo":
                shape.getters[alias] = self._page_info(selected, connected)
            elif name == "nodes":
                connected.paged()
                node = self._node(match.label, selected, match.n, depth, connected.row)
                shape.getters[alias] = partial(_all, connected, node)
            elif name == "edges":
                connected.paged()
                shape.getters[alias] = partial(_all, connected, self._edge(selected, connected, step, f"{kind}Edge"))
        self._rows = outer
        return connected.settle(), shape

    def _edge(self, fields: list[FieldNode], connected: Connected, step: Step | None, type_name: str) -> Shape:
        match, shape = connected.match, Shape(type_name)
        depth = int(match.n[1:])
        for alias, selected in self._selection.fields(fields, type_name).items():
            name = selected[0].name.value
            if name == "node":
                node = self._node(match.label, selected, match.n, depth, connected.row)
                shape.getters[alias] = node.row
            elif name == "cursor":
                shape.getters[alias] = connected.cursor()
            elif step and name in {each.name for each in step.relationship.properties}:
                shape.getters[alias] = connected.row.add(f"{match.r}.{name}").read
        return shape

    def _page_info(self, fields: list[FieldNode], connected: Connected) -> Callable[[list[object]], object]:
        shape = Shape("PageInfo")
        for alias, selected in self._selection.fields(fields, "PageInfo").items():
            name = selected[0].name.value
            if name in ("hasNextPage", "hasPreviousPage"):
                shape.getters[alias] = connected.more(is_forward=name == "hasNextPage")
            elif name in ("startCursor", "endCursor"):
                shape.getters[alias] = connected.end(is_last=name == "endCursor")
        return shape.row


def _first(match: Match, held: str, columns: Columns) -> str:
    return (
        f"COLLECT {{ {match.text} WHERE {held} "
        f"WITH {match.n} ORDER BY {match.n}.{match.label.key} LIMIT 1 RETURN {columns.settle()} }}"
    )


def _id(label: str, slot: Slot, values: list[object]) -> str:
    return encode(label, str(values[slot.at]))


def _through(slot: Slot, make: Callable[[Any], object], values: list[object]) -> object:
    return make(values[slot.at])


def _second(shape: Shape, pair: tuple[int, list[object]]) -> object:
    return shape.row(pair[1])


def _all(connected: Connected, shape: Shape, values: list[object]) -> object:
    return shape.rows(connected.rows(values))
