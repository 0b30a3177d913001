"""Unreleased data: it changes no answer, and no name leads to it."""

from collections.abc import Iterator, Mapping

from tests.attack.archive import BIOPROJECT
from tests.attack.client import Answer, Client
from tests.attack.rows import Probe
from tests.attack.things import Things

_NODES = "{ totalCount nodes { id state } pageInfo { hasNextPage endCursor } }"
_LISTS = ("collections", "individuals", "studies", "series", "images")

Answers = dict[tuple[str, str], Answer]


def answers(who: Mapping[str, Client], shown: Things) -> Answers:
    """The answer to each public question, by viewer and question."""
    return {
        (viewer, name): client.ask(document)
        for viewer, client in who.items()
        for name, document in _documents(shown).items()
    }


def unchanged(before: Answers, after: Answers) -> Iterator[Probe]:
    """No answer changed, and each of them was an answer."""
    for (viewer, name), answer in before.items():
        is_same = answer == after[viewer, name]
        yield Probe("unchanged answers", f"{name} as {viewer}", is_same and answer.status == 200 and bool(answer.data))


def lookups(who: Mapping[str, Client], hidden: Things, when: str = "") -> Iterator[Probe]:
    """Every name of a hidden thing leads to null, without an error that tells more."""
    for viewer, client in who.items():
        for name, field in hidden.lookups.items():
            answer = client.ask(f"{{ found: {field} }}")
            is_hidden = answer.status == 200 and answer.data.get("found", "") is None
            yield Probe("lookups", f"{name} as {viewer}{when}", is_hidden)


def _documents(shown: Things) -> dict[str, str]:
    uid = shown.images[0]
    return {
        **{name: f"{{ {name}(first: 50) {_NODES} }}" for name in _LISTS},
        "filter": "{ images(filter: {rows: {gt: 0}, state: {eq: RELEASED}}) { totalCount } }",
        "unreleased filter": "{ images(filter: {state: {ne: RELEASED}}) { totalCount } }",
        "BioProject": f'{{ bioProject(accession: "{BIOPROJECT}") {{ collections {_NODES} gsaStudies {_NODES} }} }}',
        "nested counts": f'{{ collection(accession: "{shown.collection}") {{ imageCount individuals {_NODES} }} }}',
        "similar images": f'{{ similarImages(uid: "{uid}", first: 50) {{ distance image {{ uid }} }} }}',
    }
