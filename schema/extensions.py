"""Extensions of the GraphQL schema: fields that a plugin adds to a type of ours."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Extension:
    """Adds the fields of `fields`, a Strawberry type, to the type of the graph that `on` names, such as `Study`.

    Extension fields are nullable and described. `cypher` names, for a field, an expression over the node `n`
    (bound variables only) that the planner fetches in the same statement; its resolver finds the value by name.
    """

    on: str
    fields: type
    cypher: tuple[tuple[str, str], ...] = ()
