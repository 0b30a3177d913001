"""Introspection: which documents ask about the schema alone, and how long the lists in their answers are.

They are executed on the event loop, without a statement: GraphiQL's takes 0.1 s, one that repeats its parts took 1 s.
"""

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
)

_FIELDED = (GraphQLObjectType, GraphQLInterfaceType)
_ROOTS = ("__schema", "__type", "__typename")


def is_introspection(document: DocumentNode, operation: OperationDefinitionNode) -> bool:
    """Whether a query asks of nothing but the schema, so that everybody gets the same answer."""
    fragments = {each.name.value: each for each in document.definitions if isinstance(each, FragmentDefinitionNode)}
    seen: set[str] = set()
    waiting = [operation.selection_set]
    while waiting:
        for each in waiting.pop().selections:
            if isinstance(each, FieldNode) and each.name.value not in _ROOTS:
                return False
            if isinstance(each, InlineFragmentNode):
                waiting.append(each.selection_set)
            if isinstance(each, FragmentSpreadNode) and each.name.value in fragments and each.name.value not in seen:
                seen.add(each.name.value)
                waiting.append(fragments[each.name.value].selection_set)
    return operation.operation is OperationType.QUERY


class Lists:
    """How long the lists are that describe a schema: `types` is exact, the others are an average over the types."""

    def __init__(self, schema: GraphQLSchema) -> None:
        kinds = list(schema.type_map.values())
        fielded = [each for each in kinds if isinstance(each, _FIELDED)]
        fields = [field for each in fielded for field in each.fields.values()]
        inputs = [len(each.fields) for each in kinds if isinstance(each, GraphQLInputObjectType)]
        enums = [len(each.values) for each in kinds if isinstance(each, GraphQLEnumType)]
        a_type = max(len(kinds), 1)
        self.most = float("inf")
        """How many fields an answer may have that describe the schema."""
        self._lengths: dict[str, float] = {
            "types": a_type,
            "directives": len(schema.directives),
            "fields": len(fields) / a_type,
            "inputFields": sum(inputs) / a_type,
            "enumValues": sum(enums) / a_type,
            "ofType": 0.4,  # most types are not wrapped again
            "args": sum(len(each.args) for each in fields) / max(len(fields), 1),
        }

    def length(self, parent: str, field: str) -> float:
        """How many a field of the introspection brings: 1 unless it is a list."""
        return self._lengths.get(field, 1.0) if parent.startswith("__") else 1.0
