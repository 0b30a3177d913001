"""The GraphQL types and the graph model say the same."""

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    build_schema,
    get_named_type,
)

from obia.schema.errors import Code
from obia.schema.graph import LABELS, Label, Property, Scalar, Visibility, readable, steps
from obia.schema.graphql.schema import make_schema

SCHEMA = build_schema(make_schema().as_str())
NEVER_ABSENT = {"accession", "uid", "state"}


def kind(name: str) -> GraphQLObjectType:
    """The object type of a name."""
    found = SCHEMA.get_type(name)
    assert isinstance(found, GraphQLObjectType)
    return found


@pytest.mark.parametrize("model", list(readable()), ids=lambda model: model.name)
def test_a_type_has_the_shown_properties_and_the_steps_of_its_label_and_nothing_else(model: Label) -> None:
    wanted = {"id"} | {each.name for each in model.properties if not each.is_hidden}
    wanted |= {step.field for step in steps(model.name)}

    assert set(kind(model.name).fields) == wanted


@pytest.mark.parametrize("model", list(readable()), ids=lambda model: model.name)
def test_a_property_has_the_type_and_the_description_of_the_model(model: Label) -> None:
    for each in (each for each in model.properties if not each.is_hidden):
        field = kind(model.name).fields[each.name]

        assert str(field.type).removesuffix("!") == _type_of(each)
        assert isinstance(field.type, GraphQLNonNull) is (each.name in NEVER_ABSENT)
        assert field.description == each.description


@pytest.mark.parametrize("model", list(readable()), ids=lambda model: model.name)
def test_a_step_leads_where_the_model_says(model: Label) -> None:
    for step in steps(model.name):
        field = kind(model.name).fields[step.field]
        link = "Link" if step.relationship.properties else ""

        assert str(field.type) == (f"{step.target}{link}Connection!" if step.is_many else step.target)


@pytest.mark.parametrize("model", list(readable()), ids=lambda model: model.name)
def test_a_filter_has_the_shown_properties_and_the_steps_of_its_label(model: Label) -> None:
    wanted = {"AND", "OR", "NOT"} | {each.name for each in model.properties if not each.is_hidden}
    wanted |= {step.field for step in steps(model.name)}
    found = SCHEMA.get_type(f"{model.name}Filter")

    assert isinstance(found, GraphQLInputObjectType)
    assert set(found.fields) == wanted


def test_asserted_links_show_every_property_of_theirs() -> None:
    relationships = [step.relationship for model in readable() for step in steps(model.name)]
    for each in (each for each in relationships if each.properties):
        names = {one.name for one in each.properties if not one.is_hidden}

        assert names | {"node", "cursor"} == set(kind(f"{each.target}LinkEdge").fields)


def test_an_enum_has_the_values_of_the_model() -> None:
    enums = {each.enum for model in readable() for each in model.properties if each.enum and not each.is_hidden}
    for enum in enums:
        found = SCHEMA.get_type(enum.__name__)

        assert isinstance(found, GraphQLEnumType)
        assert set(found.values) == {each.value for each in enum}


def test_no_internal_label_can_be_reached() -> None:
    names = {each.name for each in LABELS if each.visibility is Visibility.INTERNAL}

    assert names
    assert names.isdisjoint(SCHEMA.type_map)


def test_no_hidden_property_is_named_anywhere_on_its_type() -> None:
    for model in readable():
        hidden = {each.name for each in model.properties if each.is_hidden}
        fields = set(kind(model.name).fields)
        fields -= {step.field for step in steps(model.name)}  # Individual.collection leads to the node

        assert hidden.isdisjoint(fields)


def test_everything_is_described() -> None:
    assert [name for name, description in _described() if not (description or "").strip()] == []


def test_every_error_code_is_its_own_name() -> None:
    assert all(each.name == each.value for each in Code)


def _described() -> Iterator[tuple[str, str | None]]:
    for name, each in SCHEMA.type_map.items():
        if name.startswith("__"):
            continue
        yield name, each.description
        yield from _members(each)


def _members(each: GraphQLNamedType) -> Iterator[tuple[str, str | None]]:
    if isinstance(each, GraphQLObjectType | GraphQLInterfaceType):
        for name, field in each.fields.items():
            yield f"{each.name}.{name}", field.description
            for argument, one in field.args.items():
                yield f"{each.name}.{name}({argument})", one.description
    elif isinstance(each, GraphQLInputObjectType):
        for name, input_field in each.fields.items():
            yield f"{each.name}.{name}", input_field.description
    elif isinstance(each, GraphQLEnumType):
        for name, value in each.values.items():
            yield f"{each.name}.{name}", value.description


def _type_of(each: Property) -> str:
    if each.enum:
        return each.enum.__name__
    return "[String!]" if each.scalar is Scalar.STRINGS else each.scalar.value


def test_no_list_holds_nulls_but_that_of_nodes() -> None:
    for name, each in SCHEMA.type_map.items():
        if isinstance(each, GraphQLObjectType) and not name.startswith("__"):
            for field_name, field in each.fields.items():
                inner = field.type.of_type if isinstance(field.type, GraphQLNonNull) else field.type
                if isinstance(inner, GraphQLList) and (name, field_name) != ("Query", "nodes"):
                    assert isinstance(inner.of_type, GraphQLNonNull), f"{name}.{field_name}"
                    assert get_named_type(inner)
