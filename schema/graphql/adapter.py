"""The one file that leans on Strawberry's inside (0.341): plugin fields, planned fields, cached documents."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import strawberry
from graphql import DocumentNode, GraphQLError, GraphQLObjectType, get_operation_ast
from graphql.validation import specified_rules
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.schema.schema import validate_document
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.execution import ExecutionContext
from strawberry.types.field import StrawberryField

from obia.schema.errors import Code, ObiaError
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
        self._added: dict[type, list[StrawberryField]] = {each.on: [] for each in extensions}
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
        return [*type_definition.fields, *self._added.get(type_definition.origin, [])]

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
        definition: StrawberryObjectDefinition = extension.fields.__strawberry_definition__  # type: ignore[attr-defined]
        on: StrawberryObjectDefinition = extension.on.__strawberry_definition__  # type: ignore[attr-defined]
        taken = {each.name for each in [*on.fields, *self._added[extension.on]]}
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
        self._added[extension.on].extend(definition.fields)
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
        schema = _schema(context)
        document = context.graphql_document
        operation = get_operation_ast(document, context.operation_name) if document else None
        try:
            if document and operation:
                limits.check(schema._schema, document, operation, context.variables or {})
        except ObiaError as error:
            context.pre_execution_errors = [GraphQLError(error.message, original_error=error)]
        if document and context.pre_execution_errors is None:
            known = schema.prepared(context.query or "")
            errors = known[1] if known else validate_document(schema._schema, document, tuple(specified_rules))
            context.pre_execution_errors = errors
            if not known:
                schema.keep(context.query or "", document, errors)
        yield


def _schema(context: ExecutionContext) -> ArchiveSchema:
    schema = context.schema
    if not isinstance(schema, ArchiveSchema):
        raise TypeError("Guard belongs to an ArchiveSchema")
    return schema
