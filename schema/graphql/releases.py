"""Releases: what became public, and what was held back until somebody looked at it."""

from collections.abc import Sequence
from dataclasses import dataclass

import strawberry

from obia.schema.graphql.enums import HoldReason


@strawberry.type(description="How many images and annotations are held back for one reason; an image may have several.")
class HeldBack:
    """How many images and annotations are held back for one reason; an image may have several."""

    reason: HoldReason = strawberry.field(description="Why; the word for `reviewed`.")
    count: int = strawberry.field(description="How many images and annotations.")


@dataclass(frozen=True, slots=True)
class Release:
    """What a release did: images newly public, and images and annotations held back by reason."""

    images: int
    held_back: Sequence[HeldBack] = ()
