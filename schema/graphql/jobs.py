"""Jobs: an intake that runs while the client looks now and then how far it has come."""

import strawberry

from obia.schema.graphql.enums import JobState
from obia.schema.graphql.scalars import DateTime


@strawberry.type(description="How many files ended one way.")
class JobOutcome:
    """How many files ended one way."""

    code: str = strawberry.field(description="ACCEPTED, or the code they were refused with.")
    files: int = strawberry.field(description="How many files.")


@strawberry.type(description="An intake under way, or done.")
class Job:
    """An intake under way, or done."""

    id: strawberry.ID = strawberry.field(description="Its id, for `job(id:)`.")
    collection: str = strawberry.field(description="The accession of the collection it fills.")
    state: JobState = strawberry.field(description="How far it has come.")
    total: int | None = strawberry.field(default=None, description="How many files it was offered, once known.")
    outcomes: list[JobOutcome] = strawberry.field(
        default_factory=list, description="How the files that are done have ended."
    )
    created_at: DateTime | None = strawberry.field(default=None, description="When it was planned.")
    finished_at: DateTime | None = strawberry.field(default=None, description="When its last batch was done.")
