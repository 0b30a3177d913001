"""Who asks, and what they may see: roles, viewers and scopes."""

from dataclasses import dataclass, field
from enum import StrEnum


class Role(StrEnum):
    """What a token may do; each role includes what stands above it."""

    ANONYMOUS = "ANONYMOUS"
    RESEARCHER = "RESEARCHER"
    SUBMITTER = "SUBMITTER"
    CURATOR = "CURATOR"
    ADMINISTRATOR = "ADMINISTRATOR"


class Sight(StrEnum):
    """The three classes of scope; the text of a planned statement depends on this class alone."""

    PUBLIC = "PUBLIC"  # released things
    OWN = "OWN"  # released things, and one's own collections
    ALL = "ALL"


@dataclass(frozen=True, slots=True)
class Scope:
    """What one request may see: applied inside Cypher, also in counts.

    `own` holds the accessions of collections seen before their release; `grants` those of CONTROLLED
    collections whose clinical data and files are open to this viewer.
    """

    sight: Sight = Sight.PUBLIC
    own: tuple[str, ...] = ()
    grants: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether it sees no more than an anonymous viewer does."""
        return self.sight is Sight.PUBLIC and not self.grants


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who asks. `name` is the token's name, never the token; `id` says what is theirs, empty where nothing is.

    A name may be given to a new token once the old one is revoked, an id is not.
    """

    name: str = "anonymous"
    role: Role = Role.ANONYMOUS
    scope: Scope = field(default_factory=Scope)
    id: str = ""

    @property
    def is_curator(self) -> bool:
        """Whether this viewer answers for what is released."""
        return self.role in (Role.CURATOR, Role.ADMINISTRATOR)


ANONYMOUS = Viewer()
EVERYTHING = Scope(Sight.ALL)
ADMINISTRATOR = Viewer("local", Role.ADMINISTRATOR, EVERYTHING)
