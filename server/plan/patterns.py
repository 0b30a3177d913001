"""Patterns: the MATCH that leads along a step of the model, under a scope. Only names of the model reach the text."""

from dataclasses import dataclass, replace

from obia.schema.graph import Label, Step
from obia.schema.graph import label as label_of
from obia.server.plan.visibility import Visible


@dataclass(frozen=True, slots=True)
class Match:
    """A pattern with one new node `n`, what must hold of it, and its relationship's name where it has one."""

    pattern: str
    label: Label
    n: str
    held: tuple[str, ...]
    r: str | None = None
    hint: str = ""

    @property
    def text(self) -> str:
        """The clause, up to its WHERE."""
        return f"MATCH {self.pattern}{self.hint}"

    def using(self, name: str) -> "Match":
        """The same, starting from the index of a property."""
        return replace(self, hint=f" USING INDEX {self.n}:{self.label.name}({name})")


def start(label: Label, depth: int, visible: Visible) -> Match:
    """Every node of a label that the viewer sees."""
    n = f"n{depth}"
    return Match(f"({n}:{label.name})", label, n, tuple(visible.node(label, n)))


def follow(step: Step, source: str, depth: int, visible: Visible) -> Match:
    """Every node at the end of a step that the viewer sees, along links that the viewer sees."""
    n, target, relationship = f"n{depth}", label_of(step.target), step.relationship
    r = f"r{depth}" if relationship.properties else None
    arrow = f"[{r or ''}:{relationship.type}]"
    ends = (f"-{arrow}->", source) if step.is_forward else (f"<-{arrow}-", n)
    held = visible.node(target, n)
    if r:
        held += visible.link(relationship, r, label_of(relationship.source), ends[1])
    return Match(f"({source}){ends[0]}({n}:{target.name})", target, n, tuple(held), r)
