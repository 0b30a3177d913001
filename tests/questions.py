"""Generated questions: filters, orders and pages of every type, as Hypothesis strategies made from the graph model."""

from typing import Any

from hypothesis import strategies as st
from strawberry.utils.str_converters import to_snake_case

from obia.schema.graph import Label, Property, Scalar, label, steps
from obia.schema.graphql.inputs import orderable, shown

_WORDS = ["CT", "MR", "Lung", "lung", "肺", "a'b", "𝒳", "", "n0.key", "2.25.1", "I000001", "OBIA0001"]
_VALUES: dict[Scalar, list[Any]] = {
    Scalar.STRING: _WORDS,
    Scalar.INT: [0, 1, 2, -1, 2_000_000_000],
    Scalar.LONG: [0, 7, 2**31, 2**53 - 1],
    Scalar.FLOAT: [0.5, 1.0, 2.25],
    Scalar.DATE: ["2019-12-31", "2020-02-29", "2021-01-01"],
    Scalar.DATETIME: ["2020-01-01T00:00:00.000Z", "2020-01-01T00:00:00.001Z", "2021-06-01T12:00:00.000Z"],
    Scalar.STRINGS: _WORDS,
}
_EQUAL = ("eq", "ne", "in", "notIn", "isNull")
_ORDERED = (*_EQUAL, "gt", "gte", "lt", "lte")
_OPERATORS = {
    Scalar.STRING: (*_EQUAL, "contains", "startsWith"),
    Scalar.INT: _ORDERED,
    Scalar.LONG: _ORDERED,
    Scalar.FLOAT: _ORDERED,
    Scalar.DATE: _ORDERED,
    Scalar.DATETIME: _ORDERED,
    Scalar.STRINGS: ("has", "hasAny", "isEmpty"),
}
ROOTS = {
    "collections": "Collection",
    "individuals": "Individual",
    "studies": "Study",
    "series": "Series",
    "images": "Image",
}


def filters(model: Label, depth: int = 2) -> st.SearchStrategy[dict[str, Any]]:
    """Filters of a label: comparisons, and while there is depth left AND, OR, NOT and what the steps lead to."""
    comparisons = st.one_of([_comparison(each) for each in shown(model)])
    if not depth:
        return st.lists(comparisons, min_size=1, max_size=2).map(_merged)
    inner = st.deferred(lambda: filters(model, depth - 1))
    clauses = [
        comparisons,
        st.lists(inner, max_size=3).map(lambda many: {"AND": many}),
        st.lists(inner, max_size=3).map(lambda many: {"OR": many}),
        inner.map(lambda one: {"NOT": one}),
        st.one_of([_step(step.field, step.target, depth, is_many=step.is_many) for step in steps(model.name)]),
    ]
    return st.lists(st.one_of(clauses), max_size=2).map(_merged)


def orders(model: Label) -> st.SearchStrategy[list[dict[str, str]]]:
    """Orders of a label, by up to three properties."""
    names = st.sampled_from([to_snake_case(each.name).upper() for each in orderable(model)])
    return st.lists(st.fixed_dictionaries({"field": names, "direction": st.sampled_from(["ASC", "DESC"])}), max_size=3)


def pages() -> st.SearchStrategy[dict[str, int]]:
    """Which page."""
    size = st.integers(0, 6)
    return st.one_of(st.just({}), size.map(lambda n: {"first": n}), size.map(lambda n: {"last": n}))


def document(root: str) -> str:
    """A document that asks everything of a page of a root connection, and of one below each node."""
    model = label(ROOTS[root])
    inner = next(each for each in steps(model.name) if each.is_many)
    return f"""
      query($filter: {model.name}Filter, $orderBy: [{model.name}Order!], $first: Int, $last: Int, $after: String,
            $before: String, $inner: {inner.target}Filter, $innerOrder: [{inner.target}Order!]) {{
        {root}(filter: $filter, orderBy: $orderBy, first: $first, last: $last, after: $after, before: $before) {{
          totalCount
          pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
          edges {{ cursor node {{ id {" ".join(each.name for each in shown(model))} }} }}
          nodes {{ inner: {inner.field}(first: 3, filter: $inner, orderBy: $innerOrder) {{
            totalCount pageInfo {{ hasNextPage }} nodes {{ id state }}
          }} }}
        }}
      }}"""


@st.composite
def questions(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """A document and its variables."""
    root = draw(st.sampled_from(sorted(ROOTS)))
    model = label(ROOTS[root])
    inner = label(next(each for each in steps(model.name) if each.is_many).target)
    variables: dict[str, Any] = {
        "filter": draw(filters(model)),
        "orderBy": draw(orders(model)),
        "inner": draw(filters(inner, 1)),
        "innerOrder": draw(orders(inner)),
        **draw(pages()),
    }
    return document(root), variables


def _comparison(each: Property) -> st.SearchStrategy[dict[str, Any]]:
    values = [member.name for member in each.enum] if each.enum else _VALUES[each.scalar]
    operators = _EQUAL if each.enum else _OPERATORS[each.scalar]
    return st.sampled_from(operators).flatmap(
        lambda operator: _operand(operator, values).map(lambda operand: {each.name: {operator: operand}})
    )


def _operand(operator: str, values: list[Any]) -> st.SearchStrategy[Any]:
    if operator in ("isNull", "isEmpty"):
        return st.booleans()
    one = st.sampled_from(values)
    return st.lists(one, max_size=3) if operator in ("in", "notIn", "hasAny") else one


def _step(field: str, target: str, depth: int, *, is_many: bool) -> st.SearchStrategy[dict[str, Any]]:
    inner = st.deferred(lambda: filters(label(target), depth - 1))
    if not is_many:
        return inner.map(lambda one: {field: one})
    quantifiers = st.sampled_from(["some", "none", "all"])
    return st.tuples(quantifiers, inner).map(lambda one: {field: {one[0]: one[1]}})


def _merged(clauses: list[dict[str, Any]]) -> dict[str, Any]:
    return {name: value for clause in clauses for name, value in clause.items()}
