"""Rows: a long list is answered with a chance for others in between."""

import asyncio
from typing import Any

import pytest
from graphql import GraphQLField, GraphQLInt, GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLSchema, graphql

from obia.schema.graphql.row import Row, Shape, walk

ITEM = GraphQLObjectType("Item", {"number": GraphQLField(GraphQLNonNull(GraphQLInt), resolve=walk)})
NODES = GraphQLNonNull(GraphQLList(GraphQLNonNull(ITEM)))
SCHEMA = GraphQLSchema(GraphQLObjectType("Query", {"nodes": GraphQLField(NODES, resolve=walk)}))


@pytest.mark.anyio
@pytest.mark.parametrize(("count", "is_paced"), [(49, False), (100, True)])
async def test_others_have_a_chance_while_a_long_list_is_answered(count: int, is_paced: bool) -> None:
    chances = 0

    async def count_chances() -> None:
        nonlocal chances
        while True:
            await asyncio.sleep(0)
            chances += 1

    other = asyncio.create_task(count_chances())
    answer: Any = await graphql(SCHEMA, "{ nodes { number } }", rows(count))
    seen = chances
    other.cancel()

    assert answer.data == {"nodes": [{"number": number} for number in range(count)]}
    assert (seen >= 9) is is_paced


def rows(count: int) -> Row:
    """An answer with so many nodes."""
    item, root = Shape("Item"), Shape("Query")
    item.getters["number"] = lambda values: values[0]
    root.getters["nodes"] = item.rows
    return Row(root, [[number] for number in range(count)])
