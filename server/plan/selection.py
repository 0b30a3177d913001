"""What was selected: response keys in order, fragments unfolded, what is skipped left out, aliases merged."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphql import (
    BooleanValueNode,
    DirectiveNode,
    FieldNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    InlineFragmentNode,
    SelectionSetNode,
    VariableNode,
)
from graphql.execution.values import VariableValues, get_argument_values

from obia.schema.graphql.row import ResolveInfo


class Selection:
    """The selection of one root field, read against schema, fragments and variables."""

    def __init__(self, info: ResolveInfo) -> None:
        self._schema = info.schema
        self._fragments = info.fragments
        self._coerced: Mapping[str, Any] = info.variable_values  # type: ignore[assignment]  # Strawberry gives the dict
        self._variables = VariableValues({}, dict(self._coerced))

    def fields(self, nodes: Sequence[FieldNode], type_name: str) -> dict[str, list[FieldNode]]:
        """The fields selected on a type, by response key."""
        found: dict[str, list[FieldNode]] = {}
        seen: set[str] = set()
        for node in nodes:
            for field in self._collect(node.selection_set, type_name, seen):
                key = field.alias.value if field.alias else field.name.value
                found.setdefault(key, []).append(field)
        return found

    def arguments(self, type_name: str, node: FieldNode) -> dict[str, Any]:
        """The arguments of a field, coerced, by their GraphQL names."""
        kind = self._schema.get_type(type_name)
        if not isinstance(kind, GraphQLObjectType | GraphQLInterfaceType):
            raise LookupError(type_name)
        return get_argument_values(kind.fields[node.name.value], node, self._variables)

    def _collect(self, selection: SelectionSetNode | None, type_name: str, seen: set[str]) -> Iterator[FieldNode]:
        for each in selection.selections if selection else ():
            if self._is_skipped(each.directives or ()):
                continue
            if isinstance(each, FieldNode):
                yield each
            elif isinstance(each, InlineFragmentNode):
                on = each.type_condition.name.value if each.type_condition else type_name
                if self._applies(on, type_name):
                    yield from self._collect(each.selection_set, type_name, seen)
            elif isinstance(each, FragmentSpreadNode) and each.name.value not in seen:
                seen.add(each.name.value)
                fragment = self._fragments[each.name.value]
                if self._applies(fragment.type_condition.name.value, type_name):
                    yield from self._collect(fragment.selection_set, type_name, seen)

    def _is_skipped(self, directives: Sequence[DirectiveNode]) -> bool:
        conditions = {each.name.value: self._condition(each) for each in directives}
        return conditions.get("skip", False) or not conditions.get("include", True)

    def _condition(self, directive: DirectiveNode) -> bool:
        value = directive.arguments[0].value if directive.arguments else None
        if isinstance(value, VariableNode):
            return bool(self._coerced.get(value.name.value))
        return isinstance(value, BooleanValueNode) and value.value

    def _applies(self, on: str, type_name: str) -> bool:
        if on == type_name:
            return True
        abstract, concrete = self._schema.get_type(on), self._schema.get_type(type_name)
        return (
            isinstance(abstract, GraphQLInterfaceType)
            and isinstance(concrete, GraphQLObjectType)
            and self._schema.is_sub_type(abstract, concrete)
        )
