"""The one file that leans on Strawberry's inside (0.341): plugin fields, planned fields, cached documents."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLObjectType, OperationDefinitionNode, get_operation_ast
from graphql.validation import specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField

from obia.schema.errors import BadInput, Code, ObiaError
from obia.schema.extensions import Extension
from obia.schema.graph import readable
from obia.schema.graphql import limits
from obia.schema.graphql.errors import log_unforeseen
from obia.schema.graphql.row import walk
from obia.schema.graphql.scalars import SCALARS

_CACHED = 256  # documents; each may hold some 100 kB
_PAGES = {"collections": "Collection", "individuals": "Individual", "studies": "Study", "series": "Series"} | {
    "images": "Image"
}
_PLANNED = ("Connection", "Edge", "PageInfo", "SimilarImage")


class ArchiveSchema(strawberry.Schema):
    """A Strawberry schema whose graph fields are planned, and to which plugins add fields."""

    def __init__(self, extensions: Sequence[Extension], **types: Any) -> None:
        self._own = {_definition(each).name: _definition(each) for each in types["types"]}
        self._added: dict[str, list[StrawberryField]] = {name: [] for name in self._own}
        self.expressions: dict[str, list[tuple[frozenset[str], Mapping[str, str]]]] = {}
        for each in extensions:
            self._add(each)
        self._documents: OrderedDict[str, tuple[DocumentNode, list[GraphQLError]]] = OrderedDict()
        super().__init__(
            **types,
            extensions=[Guard],
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
        )
        self._wire()

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The type's own fields, then those that plugins add."""
        return [*type_definition.fields, *self._added.get(type_definition.name, [])]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log what nobody foresaw."""
        log_unforeseen(errors)

    def prepared(self, text: str) -> tuple[DocumentNode, list[GraphQLError]] | None:
        """A document that was parsed and validated before."""
        found = self._documents.get(text)
        if found:
            self._documents.move_to_end(text)
        return found

    def keep(self, text: str, document: DocumentNode, errors: list[GraphQLError]) -> None:
        """Keep a document for next time."""
        self._documents[text] = document, errors
        if len(self._documents) > _CACHED:
            self._documents.popitem(last=False)

    def _add(self, extension: Extension) -> None:
        """Take a plugin's fields. Raises ObiaError PLUGIN_FAILED for what the API could not promise."""
        definition, on = _definition(extension.fields), self._own.get(extension.on)
        if on is None:
            raise ObiaError(
                f"{definition.name}: {extension.on} is not the name of a type of the graph", Code.PLUGIN_FAILED
            )
        taken = {each.name for each in [*on.fields, *self._added[on.name]]}
        for each in definition.fields:
            if each.name in taken:
                raise ObiaError(f"{definition.name}.{each.name}: {on.name} has that field", Code.PLUGIN_FAILED)
            if not each.description:
                raise ObiaError(f"{definition.name}.{each.name} has no description", Code.PLUGIN_FAILED)
        for _, text in extension.cypher:
            if "$" in text or "//" in text or ";" in text:
                raise ObiaError(
                    f"{definition.name}: Cypher is one expression over n, no parameters", Code.PLUGIN_FAILED
                )
        self._added[on.name].extend(definition.fields)
        names = frozenset(self._name(each) for each in definition.fields)
        self.expressions.setdefault(on.name, []).append((names, dict(extension.cypher)))

    def _name(self, field: StrawberryField) -> str:
        return StrawberryConfig().name_converter.get_graphql_name(field)

    def _wire(self) -> None:
        """Let planned fields walk rows, and root connections ask the reader."""
        labels = {each.name for each in readable()}
        for name, kind in self._schema.type_map.items():
            if not isinstance(kind, GraphQLObjectType) or not (name in labels or name.endswith(_PLANNED)):
                continue
            added = {field for fields, _ in self.expressions.get(name, []) for field in fields}
            for field_name, field in kind.fields.items():
                if field_name not in added:
                    field.resolve = walk
                elif str(field.type).endswith("!"):
                    raise ObiaError(f"{name}.{field_name}: a plugin's field is nullable", Code.PLUGIN_FAILED)
        for field_name, label in _PAGES.items():
            self._schema.query_type.fields[field_name].resolve = _page_of(label)  # type: ignore[union-attr]


def _definition(kind: type) -> StrawberryObjectDefinition:
    found = getattr(kind, "__strawberry_definition__", None)
    if not isinstance(found, StrawberryObjectDefinition):
        raise ObiaError(f"{getattr(kind, '__name__', kind)} is no Strawberry type", Code.PLUGIN_FAILED)
    return found


def _page_of(label: str) -> Any:
    async def page(_root: object, info: Any, **_: object) -> object:
        return await info.context.reader.page(info, label)

    return page


class Guard(SchemaExtension):
    """Parses and validates a document once, and refuses what asks too much before anything else looks at it."""

    def on_parse(self) -> Iterator[None]:
        """Parse, unless it is known; a syntax error is left to Strawberry's own parsing."""
        context = self.execution_context
        context.parse_options = {  # type: ignore[typeddict-unknown-key]
            "max_lexical_tokens": limits.MAX_TOKENS,
            "max_comments": limits.MAX_COMMENTS,
            "max_source_length": limits.MAX_LENGTH,
        }
        known = _schema(context).prepared(context.query or "")
        if known:
            context.graphql_document = known[0]
        yield

    def on_validate(self) -> Iterator[None]:
        """Measure, then validate, unless it is known."""
        context = self.execution_context
        document = context.graphql_document
        if document is not None:
            try:
                limits.check_numbers(context.query or "")
                limits.check(_schema(context)._schema, document, _operation(context, document), context.variables or {})
                context.pre_execution_errors = _validated(context, document)
            except ObiaError as error:
                context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield


def _operation(context: ExecutionContext, document: DocumentNode) -> OperationDefinitionNode:
    """The operation to execute; Strawberry would take the first of many. Raises BadInput."""
    name = context._provided_operation_name
    operation = get_operation_ast(document, name)
    if operation is None:
        raise BadInput("the document holds no operation of that name" if name else "say which operation is meant")
    return operation


def _validated(context: ExecutionContext, document: DocumentNode) -> list[GraphQLError]:
    schema, text = _schema(context), context.query or ""
    known = schema.prepared(text)
    if known:
        return known[1]
    errors = validate_document(schema._schema, document, tuple(specified_rules))
    schema.keep(text, document, errors)
    return errors


def _schema(context: ExecutionContext) -> ArchiveSchema:
    schema = context.schema
    if not isinstance(schema, ArchiveSchema):
        raise TypeError("Guard belongs to an ArchiveSchema")
    return schema
