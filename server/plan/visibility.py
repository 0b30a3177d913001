"""Who sees what, in Cypher: the predicates of a scope, put at every match of a label and at every scoped link.

The text depends on the scope's class alone; whose collections they are is a parameter.
"""

from collections.abc import Mapping

from obia.schema.access import Scope, Sight
from obia.schema.graph import Label, Property, Relationship, State, Visibility

_RELEASED = f"'{State.RELEASED.value}'"
_OPEN = "'OPEN'"


class Visible:
    """The predicates of one scope."""

    def __init__(self, scope: Scope) -> None:
        self._sight = scope.sight
        self.parameters: Mapping[str, object] = {"own": list(scope.own), "grants": list(scope.grants)}
        self.is_clinical = False
        """Whether clinical nodes were asked about so far."""

    @property
    def is_public(self) -> bool:
        """Whether every node seen has one state, so that an index led by the state has its order."""
        return self._sight is Sight.PUBLIC

    def node(self, label: Label, n: str) -> list[str]:
        """What must hold of a node for the viewer to see it. Raises LookupError for what the API never reads."""
        if label.visibility is Visibility.INTERNAL:
            raise LookupError(label.name)
        self.is_clinical |= label.visibility is Visibility.CLINICAL
        if self._sight is Sight.ALL:
            return []
        public = [f"{n}.state = {_RELEASED}"]
        if label.visibility is Visibility.CLINICAL:
            public.append(f"({n}.collection IN $grants OR {_is_open(n)})")
        return self._or_own(public, label, n)

    def pixels(self, n: str) -> list[str]:
        """What must hold of an image or annotation for the viewer to see its file: pixels, digest, size, neighbours.

        It is released, and its collection is OPEN, granted to the viewer or the viewer's own. What is not released
        yet may show a name in its pixels, so that curators alone see it.
        """
        if self._sight is Sight.ALL:
            return []
        return [f"{n}.state = {_RELEASED}", f"({n}.collection IN $grants OR {n}.collection IN $own OR {_is_open(n)})"]

    def link(self, relationship: Relationship, r: str, source: Label, n: str) -> list[str]:
        """What must hold of a relationship; `n` is its source."""
        if self._sight is Sight.ALL or not relationship.is_scoped:
            return []
        return self._or_own([f"{r}.state = {_RELEASED}"], source, n)

    def property(self, label: Label, each: Property, n: str) -> str:
        """A property as the viewer sees it: what sums up others, where only released things are seen, is its twin.

        What needs the pixels is null where those are hidden.
        """
        if each.needs_pixels and (held := self.pixels(n)):
            return f"CASE WHEN {' AND '.join(held)} THEN {n}.{each.name} END"
        if each.released is None or self._sight is Sight.ALL:
            return f"{n}.{each.name}"
        own = self._own(label, n)
        if self._sight is Sight.PUBLIC or own is None:
            return f"{n}.{each.released}"
        return f"CASE WHEN {own} THEN {n}.{each.name} ELSE {n}.{each.released} END"

    def _or_own(self, public: list[str], label: Label, n: str) -> list[str]:
        own = self._own(label, n)
        if self._sight is Sight.PUBLIC or own is None:
            return public
        return [f"({' AND '.join(public)} OR {own})"]

    @staticmethod
    def _own(label: Label, n: str) -> str | None:
        """Whether a node lies in one of the viewer's own collections; None where it lies in none."""
        if label.name == "Collection":
            return f"{n}.accession IN $own"
        if any(each.name == "collection" for each in label.properties):
            return f"{n}.collection IN $own"
        return None


def is_public(n: str) -> str:
    """Whether anybody may see the file of an image or annotation."""
    return f"{n}.state = {_RELEASED} AND {_is_open(n)}"


def _is_open(n: str) -> str:
    """Whether the collection that a node lies in is OPEN."""
    return f"EXISTS {{ (:Collection {{accession: {n}.collection, access: {_OPEN}}}) }}"
