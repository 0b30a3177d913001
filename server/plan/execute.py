"""Executing a document: what HTTP and `obia query` call."""

from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from obia.schema.errors import BadInput, Code, Forbidden, ObiaError
from obia.schema.graphql.adapter import ArchiveSchema
from obia.schema.graphql.context import Context
from obia.schema.graphql.errors import formatted

_READING = (OperationType.QUERY,)
_ALL = (OperationType.QUERY, OperationType.MUTATION)


async def execute(
    schema: ArchiveSchema,
    document: str,
    variables: Mapping[str, Any] | None,
    context: Context,
    operation_name: str | None = None,
    *,
    is_read_only: bool = False,
) -> dict[str, Any]:
    """Answer a document: `data`, and `errors` whose `extensions.code` is one of ours. It never raises."""
    allowed = _READING if is_read_only or context.writer is None else _ALL
    try:
        result = await schema.execute(document, dict(variables or {}), context, None, operation_name, allowed)
    except (MissingQueryError, CannotGetOperationTypeError):
        return _refused(BadInput("the document holds no operation of that name"))
    except InvalidOperationTypeError as error:
        if error.operation_type is OperationType.SUBSCRIPTION:
            return _refused(ObiaError("subscriptions are not offered; poll job(id:)", Code.UNSUPPORTED))
        return _refused(Forbidden("nothing can be changed from here"))
    answer: dict[str, Any] = {}
    if result.errors:
        answer["errors"] = formatted(result.errors)
    if result.data is not None or not result.errors or any(error.path for error in result.errors):
        answer["data"] = result.data
    return answer


def _refused(error: ObiaError) -> dict[str, Any]:
    return {"errors": formatted([GraphQLError(error.message, original_error=error)])}
