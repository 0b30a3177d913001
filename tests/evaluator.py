"""The API evaluated in plain Python over a small world: the reference that planned statements must agree with.

It shares the SDL, the graph model and the form of cursors with the archive, and nothing of the planner.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cmp_to_key
from typing import Any

from graphql import ExecutionResult, GraphQLSchema, build_schema, graphql_sync
from strawberry.utils.str_converters import to_camel_case

from obia.schema.access import Scope, Sight
from obia.schema.graph import Label, Step, Visibility, label, steps
from obia.schema.graphql.ids import decode, encode
from obia.server.plan.cursors import Cursors
from tests.worlds import Edge, World

_ROOTS = {
    "collections": "Collection",
    "individuals": "Individual",
    "studies": "Study",
    "series": "Series",
    "images": "Image",
}
_LOOKUPS = {
    "collection": ("Collection", "accession"),
    "individual": ("Individual", "accession"),
    "study": ("Study", "accession"),
    "seriesByUid": ("Series", "uid"),
    "imageByUid": ("Image", "uid"),
    "bioProject": ("BioProject", "accession"),
    "gsaStudy": ("GsaStudy", "accession"),
    "gsaIndividual": ("GsaIndividual", "accession"),
    "run": ("Run", "accession"),
}
_COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": lambda x, y: x == y,
    "ne": lambda x, y: x != y,
    "in": lambda x, y: x in y,
    "notIn": lambda x, y: x not in y,
    "gt": lambda x, y: x > y,
    "gte": lambda x, y: x >= y,
    "lt": lambda x, y: x < y,
    "lte": lambda x, y: x <= y,
    "contains": lambda x, y: y in x,
    "startsWith": lambda x, y: x.startswith(y),
    "has": lambda x, y: y in x,
    "hasAny": lambda x, y: any(each in x for each in y),
}


@dataclass(frozen=True, slots=True)
class At:
    """A node of the world, and the link it was reached by."""

    place: int
    edge: Edge | None = None


class Evaluator:
    """Answers documents about one world, for one scope."""

    def __init__(self, sdl: str, world: World, scope: Scope, cursors: Cursors) -> None:
        self._schema: GraphQLSchema = build_schema(sdl)
        self._world = world
        self._scope = scope
        self._cursors = cursors

    def ask(self, document: str, variables: Mapping[str, Any] | None = None) -> ExecutionResult:
        """Answer a document."""
        return graphql_sync(
            self._schema,
            document,
            variable_values=dict(variables or {}),
            field_resolver=self._resolve,
            type_resolver=lambda at, *_: self._label(at).name,
        )

    def sees(self, place: int) -> bool:
        """Whether the scope sees a node."""
        node, model = self._world.nodes[place], label(self._world.nodes[place].label)
        if self._scope.sight is Sight.ALL or (self._scope.sight is Sight.OWN and self._owns(place)):
            return True
        if node.properties["state"] != "RELEASED":
            return False
        return model.visibility is not Visibility.CLINICAL or self._is_granted(node.properties["collection"])

    def sees_pixels(self, place: int) -> bool:
        """Whether the scope sees the file of an image or annotation."""
        if self._scope.sight is Sight.ALL:
            return True
        node = self._world.nodes[place]
        may = self._is_granted(node.properties["collection"]) or self._owns(place)
        return node.properties["state"] == "RELEASED" and may

    def _owns(self, place: int) -> bool:
        node = self._world.nodes[place]
        name = "accession" if node.label == "Collection" else "collection"
        return node.properties.get(name) in self._scope.own

    def _is_granted(self, accession: str) -> bool:
        access = [
            each.properties.get("access")
            for each in self._world.nodes
            if each.label == "Collection" and each.properties["accession"] == accession
        ]
        return accession in self._scope.grants or access == ["OPEN"]

    def _label(self, at: At) -> Label:
        return label(self._world.nodes[at.place].label)

    def _resolve(self, source: Any, info: Any, **arguments: Any) -> Any:
        if source is None:
            return self._root(info.field_name, arguments)
        if isinstance(source, Mapping):
            return source[info.field_name]
        step = next((each for each in steps(self._label(source).name) if each.field == info.field_name), None)
        if info.field_name == "id":
            return encode(self._label(source).name, self._world.nodes[source.place].key)
        if step is None:
            return self._property(source.place, info.field_name)
        found = list(self._follow(step, source.place))
        if not step.is_many:
            return min(found, key=lambda at: self._world.nodes[at.place].key, default=None)
        return self._connection(label(step.target), found, arguments)

    def _root(self, name: str, arguments: Mapping[str, Any]) -> Any:
        if name in _ROOTS:
            everything = [At(place) for place in self._world.of(_ROOTS[name]) if self.sees(place)]
            return self._connection(label(_ROOTS[name]), everything, arguments)
        if name == "node":
            return self._by_id(arguments["id"])
        if name == "nodes":
            return [self._by_id(each) for each in arguments["ids"]]
        kind, by = _LOOKUPS[name]
        found = [
            place
            for place in self._world.of(kind)
            if self.sees(place) and self._world.nodes[place].properties[by] == arguments[by]
        ]
        return At(min(found, key=lambda place: self._world.nodes[place].key)) if found else None

    def _by_id(self, id: str) -> At | None:
        kind, key = decode(id)
        found = [each for each in self._world.of(kind) if self._world.nodes[each].key == key and self.sees(each)]
        return At(found[0]) if found else None

    def _property(self, place: int, name: str) -> Any:
        node = self._world.nodes[place]
        if label(node.label).property(name).needs_pixels and not self.sees_pixels(place):
            return None
        twin = label(node.label).property(name).released
        if twin and self._scope.sight is not Sight.ALL and not (self._scope.sight is Sight.OWN and self._owns(place)):
            return node.properties.get(twin)
        return node.properties.get(name)

    def _follow(self, step: Step, place: int) -> Iterator[At]:
        for edge in self._world.edges:
            near, far = (edge.source, edge.target) if step.is_forward else (edge.target, edge.source)
            if edge.relationship is step.relationship and near == place and self.sees(far) and self.links(edge):
                yield At(far, edge)

    def links(self, edge: Edge) -> bool:
        """Whether the scope sees a relationship whose ends it sees."""
        if not edge.relationship.is_scoped or self._scope.sight is Sight.ALL:
            return True
        own = self._scope.sight is Sight.OWN and self._owns(edge.source)
        return own or edge.properties["state"] == "RELEASED"

    def holds(self, place: int, given: Mapping[str, Any] | None) -> bool:
        """Whether a filter holds of a node."""
        return all(self._clause(place, name, value) for name, value in (given or {}).items())

    def _clause(self, place: int, name: str, value: Any) -> bool:
        if name == "AND":
            return all(self.holds(place, each) for each in value)
        if name == "OR":
            return any(self.holds(place, each) for each in value)
        if name == "NOT":
            return not self.holds(place, value)
        step = next((each for each in steps(self._world.nodes[place].label) if each.field == name), None)
        if step is None:
            return all(self._compares(self._property(place, name), *each) for each in value.items())
        held = [each.place for each in self._follow(step, place)]
        if not step.is_many:
            return any(self.holds(each, value) for each in held)
        return all(self._quantified(held, *each) for each in value.items())

    def _quantified(self, held: Sequence[int], quantifier: str, inner: Mapping[str, Any]) -> bool:
        found = [self.holds(each, inner) for each in held]
        return {"some": any(found), "none": not any(found), "all": all(found)}[quantifier]

    def _compares(self, value: Any, operator: str, operand: Any) -> bool:
        if operator == "isNull":
            return (value is None) is operand
        if operator == "isEmpty":
            return (not value) is operand
        return value is not None and _COMPARE[operator](value, operand)

    def _connection(self, model: Label, found: Sequence[At], arguments: Mapping[str, Any]) -> dict[str, Any]:
        order = _order(model, arguments.get("orderBy") or ())
        name = f"{model.name} " + " ".join(f"{'-' if down else '+'}{each}" for each, down in order)
        matching = [each for each in found if self.holds(each.place, arguments.get("filter"))]
        places = {each.place: self._place(each, order) for each in matching}
        matching.sort(key=cmp_to_key(lambda a, b: _compare(places[a.place], places[b.place], order)))
        placed = [(each, places[each.place]) for each in matching]
        after, before = (
            self._cursors.decode(arguments[end], name) if arguments.get(end) else None for end in ("after", "before")
        )
        left = [one for one in placed if after is not None and _compare(one[1], after, order) <= 0]
        right = [one for one in placed if before is not None and _compare(one[1], before, order) >= 0]
        inside = [one for one in placed if one not in left and one not in right]
        first, last = arguments.get("first"), arguments.get("last")
        backward = last is not None or (first is None and before is not None and after is None)
        size = next((each for each in (first, last) if each is not None), 20)
        page = inside[max(0, len(inside) - size) :] if backward else inside[:size]
        cursors = [self._cursors.encode(name, place) for _, place in page]
        is_cut = len(inside) > size
        return {
            "nodes": [each for each, _ in page],
            "edges": [
                {"node": each, "cursor": cursor, **_linked(each.edge)}
                for (each, _), cursor in zip(page, cursors, strict=True)
            ],
            "totalCount": len(placed),
            "pageInfo": {
                "startCursor": cursors[0] if cursors else None,
                "endCursor": cursors[-1] if cursors else None,
                "hasNextPage": bool(right) or (is_cut and not backward),
                "hasPreviousPage": bool(left) or (is_cut and backward),
            },
        }

    def _place(self, at: At, order: Sequence[tuple[str, bool]]) -> list[Any]:
        return [self._property(at.place, name) for name, _ in order]


def _order(model: Label, given: Sequence[Mapping[str, Any]]) -> list[tuple[str, bool]]:
    order: dict[str, bool] = {}
    for each in given:
        order.setdefault(to_camel_case(each["field"].lower()), each["direction"] == "DESC")
    order.setdefault(model.key, False)
    return list(order.items())


def _compare(one: Sequence[Any], other: Sequence[Any], order: Sequence[tuple[str, bool]]) -> int:
    """Absent values come last ascending and first descending; texts compare by code point."""
    for x, y, (_, is_descending) in zip(one, other, order, strict=True):
        if x == y:
            continue
        comes_after = x is None or (y is not None and x > y)
        return 1 if comes_after != is_descending else -1
    return 0


def _linked(edge: Edge | None) -> dict[str, Any]:
    return {each.name: edge.properties.get(each.name) for each in edge.relationship.properties} if edge else {}
