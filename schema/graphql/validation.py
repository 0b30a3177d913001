"""Validation by the specification's rules, within a bounded time."""

from typing import Any

from graphql import DocumentNode, GraphQLError, GraphQLSchema, validate
from graphql.validation import OverlappingFieldsCanBeMergedRule, specified_rules
from graphql.validation.validate import ValidationAbortedError
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule

from obia.schema.errors import Code, ObiaError

MAX_COMPARISONS = 10_000  # a portal's document with overlapping fragments takes some 500; all of them take 20-40 ms
MAX_ERRORS = 20  # each may search all names of the schema for what was meant: a hundred took 230 ms


class BoundedOverlap(OverlappingFieldsCanBeMergedRule):
    """graphql-core's rule, whose cost is quadratic in repeated fields, with a smaller budget than its own 500,000."""

    def __init__(self, context: Any) -> None:
        super().__init__(context)
        self.rule_context.remaining_complexity_budget = MAX_COMPARISONS

    def enter_selection_set(self, *args: Any) -> None:
        """Compare the fields. Raises ObiaError QUERY_TOO_COMPLEX once the budget is spent."""
        try:
            super().enter_selection_set(*args)
        except ValidationAbortedError:
            raise ObiaError(
                "this repeats too many fields or fragments; name each once", Code.QUERY_TOO_COMPLEX
            ) from None


_RULES = (
    *(BoundedOverlap if each is OverlappingFieldsCanBeMergedRule else each for each in specified_rules),
    MaybeNullValidationRule,
    OneOfInputValidationRule,
)


def validated(schema: GraphQLSchema, document: DocumentNode) -> list[GraphQLError]:
    """The errors of a document. Raises ObiaError QUERY_TOO_COMPLEX where finding them takes too long."""
    return validate(schema, document, _RULES, max_errors=MAX_ERRORS)
