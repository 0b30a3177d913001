"""The one file that leans on Strawberry's inside (0.341): plugin fields, planned fields, cached documents."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import orjson
import strawberry
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    OperationDefinitionNode,
    get_operation_ast,
    parse,
)
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField

from obia.schema.clients import Shares
from obia.schema.errors import BadInput, Code, ObiaError
from obia.schema.extensions import Extension
from obia.schema.graph import readable
from obia.schema.graphql import limits
from obia.schema.graphql.caching import ByteCache, document_size
from obia.schema.graphql.errors import log_unforeseen
from obia.schema.graphql.introspection import is_introspection
from obia.schema.graphql.row import walk
from obia.schema.graphql.scalars import SCALARS
from obia.schema.graphql.validation import validated

_DOCUMENTS = 16 << 20  # bytes of parsed documents that are kept
_LARGEST_DOCUMENT = 512 << 10  # bytes; one with some 900 tokens
_DESCRIPTIONS = 8 << 20  # bytes of answers to introspection that are kept
_LARGEST_DESCRIPTION = 2 << 20  # bytes; that to GraphiQL takes 0.8 MB
_JSON = 4  # bytes in memory for a byte of an answer's JSON
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
        self.documents: ByteCache[DocumentNode] = ByteCache(_DOCUMENTS, _LARGEST_DOCUMENT)
        self.descriptions: ByteCache[dict[str, Any]] = ByteCache(_DESCRIPTIONS, _LARGEST_DESCRIPTION)
        self.turns = Shares(1, 1)
        """Turns on the event loop, for what keeps it busy: new documents and introspection."""
        super().__init__(
            **types,
            extensions=[Guard],
            config=StrawberryConfig(scalar_map=SCALARS, disable_field_suggestions=False),
        )
        self._wire()
        self.lists = limits.lists_of(self._schema)

    def get_fields(self, type_definition: StrawberryObjectDefinition) -> list[StrawberryField]:
        """The type's own fields, then those that plugins add."""
        return [*type_definition.fields, *self._added.get(type_definition.name, [])]

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        """Log what nobody foresaw."""
        log_unforeseen(errors)

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

    async def on_parse(self) -> AsyncIterator[None]:
        """Parse, unless the document is known. Raises GraphQLError for a syntax error."""
        context, schema = self.execution_context, _schema(self.execution_context)
        context.graphql_document = schema.documents.get(context.query)
        if context.graphql_document is None and context.query:
            async with schema.turns.of(context.context.client):
                context.graphql_document = parse(
                    context.query,
                    max_lexical_tokens=limits.MAX_TOKENS,
                    max_comments=limits.MAX_COMMENTS,
                    max_source_length=limits.MAX_LENGTH,
                )
        yield

    async def on_validate(self) -> AsyncIterator[None]:
        """Measure, then validate, unless the document is known."""
        context, schema = self.execution_context, _schema(self.execution_context)
        document = context.graphql_document
        if document is not None:
            try:
                self._measure(document)
                if schema.documents.get(context.query) is None:
                    async with schema.turns.of(context.context.client):
                        context.pre_execution_errors = validated(schema._schema, document)
            except ObiaError as error:
                context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        yield

    async def on_execute(self) -> AsyncIterator[None]:
        """Answer introspection from the cache; keep the document if it ran without an error."""
        context, schema = self.execution_context, _schema(self.execution_context)
        document, text = context.graphql_document, context.query
        if document is None or text is None:
            yield
            return
        if is_introspection(document, _operation(context, document)):
            async with schema.turns.of(context.context.client):
                key = _key(context)
                if known := schema.descriptions.get(key):
                    context.result = ExecutionResult(known, None)
                yield
                _keep_description(schema, key, context.result)
        else:
            yield
        if context.result and not context.result.errors:
            schema.documents.put(text, document, document_size(document, text))

    def _measure(self, document: DocumentNode) -> None:
        context, schema = self.execution_context, _schema(self.execution_context)
        variables = context.variables or {}
        limits.check_numbers(context.query or "")
        limits.check_variables(variables)
        limits.check(schema._schema, document, _operation(context, document), variables, schema.lists)


def _key(context: ExecutionContext) -> tuple[str | None, str | None, bytes]:
    """What an answer to introspection depends on."""
    variables = orjson.dumps(context.variables or {}, default=repr, option=orjson.OPT_SORT_KEYS)
    return context.query, context._provided_operation_name, variables


def _keep_description(schema: ArchiveSchema, key: tuple[str | None, str | None, bytes], result: Any) -> None:
    if result and not result.errors and schema.descriptions.get(key) is None:
        size = _JSON * len(orjson.dumps(result.data)) + len(key[0] or "") * _JSON + len(key[2])
        schema.descriptions.put(key, result.data, size)


def _operation(context: ExecutionContext, document: DocumentNode) -> OperationDefinitionNode:
    """The operation to execute; Strawberry would take the first of many. Raises BadInput."""
    name = context._provided_operation_name
    operation = get_operation_ast(document, name)
    if operation is None:
        raise BadInput("the document holds no operation of that name" if name else "say which operation is meant")
    return operation


def _schema(context: ExecutionContext) -> ArchiveSchema:
    schema = context.schema
    if not isinstance(schema, ArchiveSchema):
        raise TypeError("Guard belongs to an ArchiveSchema")
    return schema
