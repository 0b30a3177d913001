"""The one place where an error becomes an answer: a message, its place, and a code."""

import logging
from collections.abc import Iterable
from typing import Any

from graphql import GraphQLError

from obia.schema.errors import Code, ObiaError, place_of

log = logging.getLogger(__name__)

_HIDDEN = "something went wrong inside; the log of the archive says what"


def formatted(errors: Iterable[GraphQLError]) -> list[dict[str, Any]]:
    """Errors as a response carries them; of what nobody foresaw only INTERNAL is told."""
    return [_formatted(error) for error in errors]


def code_of(error: GraphQLError) -> Code:
    """The code: an ObiaError's own; BAD_INPUT for what graphql-core refuses; INTERNAL for the rest."""
    cause = _cause(error)
    if isinstance(cause, ObiaError):
        return cause.code
    return Code.BAD_INPUT if cause is None else Code.INTERNAL


def log_unforeseen(errors: Iterable[GraphQLError]) -> None:
    """Log what nobody foresaw, once, by its kind and place; what a client did wrong is the client's to read."""
    for error in errors:
        cause = _cause(error)
        if cause is not None and not isinstance(cause, ObiaError):
            log.error("a field failed: %s", place_of(cause))


def _formatted(error: GraphQLError) -> dict[str, Any]:
    code = code_of(error)
    cause = _cause(error)
    hidden = code is Code.INTERNAL and not isinstance(cause, ObiaError)
    message = _HIDDEN if hidden else cause.message if isinstance(cause, ObiaError) else error.message
    shown: dict[str, Any] = {"message": message}
    if error.locations:
        shown["locations"] = [{"line": each.line, "column": each.column} for each in error.locations]
    if error.path:
        shown["path"] = list(error.path)
    return {**shown, "extensions": {"code": code.value}}


def _cause(error: GraphQLError) -> Exception | None:
    cause: Exception | None = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    return cause
