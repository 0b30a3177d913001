"""The schema: our types, and the fields that plugins add to them."""

from collections.abc import Sequence

from obia.schema.extensions import Extension
from obia.schema.graphql.adapter import ArchiveSchema
from obia.schema.graphql.mutation import Mutation
from obia.schema.graphql.query import Query
from obia.schema.graphql.types import NODES


def make_schema(extensions: Sequence[Extension] = ()) -> ArchiveSchema:
    """Make the schema. Raises ObiaError PLUGIN_FAILED for an extension that the API could not promise."""
    return ArchiveSchema(extensions, query=Query, mutation=Mutation, types=NODES)
