"""Limits: what a document may ask, known before anything is executed, in time linear in its length.

Each fragment is measured once, however often it is spread: a document of doubling fragments costs nothing to refuse.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    IntValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    VariableNode,
    get_introspection_query,
    get_named_type,
    parse,
)

from obia.schema.errors import BadInput, Code, ObiaError
from obia.schema.graphql.introspection import Lists
from obia.schema.graphql.modelled import MAX_PAGE, PAGE

MAX_TOKENS = 2_000  # a page of a portal has some 300; GraphiQL's introspection 200
MAX_LENGTH = 65_536  # characters, comments included
MAX_COMMENTS = 1_000
MAX_DEPTH = 20  # fields; collection to images with edges and annotations is 18, introspection 13
MAX_ALIASES = 30
MAX_DIRECTIVES = 30
MAX_FIELDS = 3_000  # selected fields, fragments unfolded
MAX_ROOT_FIELDS = 15  # each is a statement of its own
MAX_NODES = 100_000  # what all pages could hold at most

MAX_VALUES = 5_000  # in the variables; a list in a filter has at most 1,000
DESCRIPTIONS = 1.5  # times the whole schema that one document may ask for

MAX_DIGITS = 300  # of a number; a double has 309 at most
_LONG_NUMBER = re.compile(rf"\d{{{MAX_DIGITS + 1}}}", re.A)

_META = {"__schema": "__Schema", "__type": "__Type"}
_FIELDED = (GraphQLObjectType, GraphQLInterfaceType)


@dataclass(frozen=True, slots=True)
class Size:
    """How much a selection asks: fields deep, its own fields, all fields, aliases, directives, nodes at most, and about how
    many fields of the answer describe the schema."""

    depth: int = 0
    width: int = 0
    fields: int = 0
    aliases: int = 0
    directives: int = 0
    nodes: int = 0
    described: float = 0

    def beside(self, other: "Size") -> "Size":
        """Both, side by side."""
        return Size(
            max(self.depth, other.depth),
            self.width + other.width,
            self.fields + other.fields,
            self.aliases + other.aliases,
            self.directives + other.directives,
            self.nodes + other.nodes,
            self.described + other.described,
        )


def check_numbers(text: str) -> None:
    """Raise BadInput for a number longer than any that a field has: Python itself refuses to read the longest."""
    if _LONG_NUMBER.search(text):
        raise BadInput(f"a number here has more than {MAX_DIGITS} digits")


def check_variables(variables: Mapping[str, object]) -> None:
    """Raise BadInput for variables with more values than any document can use."""
    count = 0
    level: list[object] = list(variables.values())
    while level:
        count += len(level)
        if count > MAX_VALUES:
            raise BadInput(f"the variables have more than {MAX_VALUES:,} values")
        level = [
            inner
            for each in level
            if isinstance(each, dict | list)
            for inner in (each.values() if isinstance(each, dict) else each)
        ]


def lists_of(schema: GraphQLSchema) -> Lists:
    """The lists that describe a schema, and how much of them one document may ask for."""
    lists = Lists(schema)
    whole = parse(get_introspection_query(specified_by_url=True, schema_description=True, input_value_deprecation=True))
    [operation] = (each for each in whole.definitions if isinstance(each, OperationDefinitionNode))
    size = Measure(schema, whole, {}, lists).selection(operation.selection_set, schema.query_type)
    lists.most = DESCRIPTIONS * size.described
    return lists


def check(
    schema: GraphQLSchema,
    document: DocumentNode,
    operation: OperationDefinitionNode,
    variables: Mapping[str, object],
    lists: Lists,
) -> None:
    """Raise ObiaError QUERY_TOO_COMPLEX, naming the limit, for what asks too much."""
    measure = Measure(schema, document, _with_defaults(operation, variables), lists)
    size = measure.selection(operation.selection_set, schema.get_root_type(operation.operation))
    for what, asked, limit in (
        ("fields deep", size.depth, MAX_DEPTH),
        ("root fields", size.width, MAX_ROOT_FIELDS),
        ("fields", size.fields, MAX_FIELDS),
        ("aliases", size.aliases, MAX_ALIASES),
        ("directives", size.directives + len(operation.directives or ()), MAX_DIRECTIVES),
        ("nodes (`first` on the inner lists makes it fewer)", size.nodes, MAX_NODES),
        ("fields that describe the schema", round(size.described), lists.most),
    ):
        if asked > limit:
            shown = f"{asked:,}" if asked < 10**12 else "far too many"
            raise ObiaError(f"this may ask for {shown} {what}; the limit is {limit:,.0f}", Code.QUERY_TOO_COMPLEX)


class Measure:
    """Measures one document; variables say how long its pages are."""

    def __init__(
        self, schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, object], lists: Lists
    ) -> None:
        self._schema = schema
        self._lists = lists
        self._fragments = {
            each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)
        }
        self._variables = variables
        self._known: dict[str, Size] = {}
        self._open: set[str] = set()

    def selection(self, selection: SelectionSetNode | None, parent: object) -> Size:
        """The size of a selection set on a type."""
        total = Size()
        for each in selection.selections if selection else ():
            total = total.beside(self._size(each, parent))
        return total

    def _size(self, each: object, parent: object) -> Size:
        if isinstance(each, FieldNode):
            return self._field(each, parent)
        if isinstance(each, InlineFragmentNode):
            on = self._schema.get_type(each.type_condition.name.value) if each.type_condition else parent
            return self.selection(each.selection_set, on).beside(Size(directives=len(each.directives or ())))
        if isinstance(each, FragmentSpreadNode):
            return self._fragment(each.name.value).beside(Size(directives=len(each.directives or ())))
        return Size()

    def _fragment(self, name: str) -> Size:
        """The size of a fragment; one that spreads itself is left to validation, which refuses it."""
        if name in self._known:
            return self._known[name]
        if name in self._open or name not in self._fragments:
            return Size()
        self._open.add(name)
        fragment = self._fragments[name]
        size = self.selection(fragment.selection_set, self._schema.get_type(fragment.type_condition.name.value))
        self._open.discard(name)
        self._known[name] = size
        return size

    def _field(self, field: FieldNode, parent: object) -> Size:
        name = field.name.value
        definition = parent.fields.get(name) if isinstance(parent, _FIELDED) else None
        kind = get_named_type(definition.type) if definition else self._schema.get_type(_META.get(name, ""))
        inside = self.selection(field.selection_set, kind)
        on = parent.name if isinstance(parent, _FIELDED) else ""
        is_describing = name in _META or on.startswith("__")
        page = self._page(field, kind.name if kind else "")
        return Size(
            inside.depth + 1,
            1,
            inside.fields + 1,
            inside.aliases + (field.alias is not None),
            inside.directives + len(field.directives or ()),
            page * (1 + inside.nodes) if page else inside.nodes,
            self._lists.length(on, name) * (1 + inside.described) if is_describing else inside.described,
        )

    def _page(self, field: FieldNode, kind: str) -> int:
        """How many nodes a field may bring; 0 for what is no list of nodes."""
        given = {each.name.value: each.value for each in field.arguments or ()}
        if "ids" in given:
            return MAX_PAGE
        if not kind.endswith("Connection"):
            return 0
        asked = [self._number(given[name]) for name in ("first", "last") if name in given]
        return max(asked, default=PAGE)

    def _number(self, value: object) -> int:
        if isinstance(value, VariableNode):
            value = self._variables.get(value.name.value)
        elif isinstance(value, IntValueNode):
            value = int(value.value) if len(value.value) < 12 else MAX_PAGE
        return min(max(value, 0), MAX_PAGE) if isinstance(value, int) else PAGE


def _with_defaults(operation: OperationDefinitionNode, variables: Mapping[str, object]) -> dict[str, object]:
    """The variables' values, those left out as the operation has them."""
    defaults: dict[str, object] = {
        each.variable.name.value: int(each.default_value.value)
        for each in operation.variable_definitions or ()
        if isinstance(each.default_value, IntValueNode) and len(each.default_value.value) < 12
    }
    return defaults | dict(variables)
