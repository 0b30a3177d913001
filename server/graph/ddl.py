"""DDL rendered from the model: a uniqueness constraint per natural key, range indexes for what is filtered or ordered."""

from collections.abc import Iterator

from obia.schema.graph import LABELS, Label, Visibility


def render() -> list[str]:
    """Every statement, idempotent: run twice it changes nothing."""
    return [*_constraints(), *_indexes()]


def _constraints() -> Iterator[str]:
    for label in LABELS:
        yield _unique(label, label.key)
        if any(each.name == "accession" and label.key != "accession" for each in label.properties):
            yield _unique(label, "accession")


def _unique(label: Label, name: str) -> str:
    title = f"{label.name}_{name}_unique".lower()
    return f"CREATE CONSTRAINT {title} IF NOT EXISTS FOR (n:{label.name}) REQUIRE n.{name} IS UNIQUE"


def _indexes() -> Iterator[str]:
    for label in LABELS:
        for each in label.properties:
            if each.is_indexed and each.name not in (label.key, "accession"):
                title = f"{label.name}_{each.name}".lower()
                yield f"CREATE INDEX {title} IF NOT EXISTS FOR (n:{label.name}) ON (n.{each.name})"
        if label.visibility is not Visibility.INTERNAL:
            title = f"{label.name}_state_key".lower()
            yield f"CREATE INDEX {title} IF NOT EXISTS FOR (n:{label.name}) ON (n.state, n.{label.key})"
