"""Controlled data: without a grant no pixels, no digest, no size, no clinical value, and no place among neighbours."""

from collections.abc import Iterator, Mapping

from tests import make
from tests.attack.client import Answer, Client
from tests.attack.rows import Probe
from tests.attack.things import Things

Viewers = Mapping[str, Client]


def previews(others: Viewers, granted: Client, hidden: Things, kept: Things) -> Iterator[Probe]:
    """The pixels of hidden and of controlled images."""
    for viewer, client in others.items():
        for name, things in (("draft", hidden), ("controlled", kept)):
            yield Probe("previews", f"{name} as {viewer}", _preview(client, things).status == 404)
    yield Probe("previews", "controlled with a grant", _preview(granted, kept).status == 200)


def data(others: Viewers, granted: Client, kept: Things) -> Iterator[Probe]:
    """What only a grant shows, as a field and as a filter."""
    own = f'imageByUid(uid: "{kept.images[0]}") {{ digest size }}'
    for viewer, client in others.items():
        found = client.ask(f"{{ found: {own} }}").data.get("found") or {}
        is_empty = found.get("digest") is None and found.get("size") is None
        yield Probe("controlled data", f"digest and size as {viewer}", is_empty)
        for name, counted in _filters(kept).items():
            yield Probe("controlled data", f"{name} as {viewer}", not _count(client, counted))
    shown = granted.ask(f"{{ found: {own} }}").data.get("found") or {}
    yield Probe("controlled data", "digest with a grant", shown.get("digest") == kept.digest)
    for name, counted in _filters(kept).items():
        yield Probe("controlled data", f"{name} with a grant", _count(granted, counted) > 0)


def similar(others: Viewers, shown: Things) -> dict[str, Answer]:
    """What everybody is answered while no controlled image exists."""
    return {viewer: _similar(client, shown.images[0]) for viewer, client in others.items()}


def similarity(
    others: Viewers, granted: Client, shown: Things, kept: Things, before: Mapping[str, Answer]
) -> Iterator[Probe]:
    """Neighbours of a controlled image, and its place among the neighbours of others."""
    for viewer, client in others.items():
        yield Probe("similarity", f"open image as {viewer}", _similar(client, shown.images[0]) == before[viewer])
        unknown = make.uid("unknown")
        asked, other = _similar(client, kept.images[0]), _similar(client, unknown)
        is_same = _without(asked, kept.images[0]) == _without(other, unknown)
        yield Probe("similarity", f"controlled image as {viewer}", is_same)
    found = _similar(granted, kept.images[0]).data.get("similarImages")
    yield Probe("similarity", "controlled image with a grant", bool(found))


def _filters(kept: Things) -> dict[str, str]:
    diagnosis = f'{{diagnoses: {{some: {{value: {{eq: "{kept.value}"}}}}}}}}'
    collection = f'series: {{study: {{individual: {{collection: {{accession: {{eq: "{kept.collection}"}}}}}}}}}}'
    return {
        "filter by digest": f'images(filter: {{digest: {{eq: "{kept.digest}"}}}})',
        "filter by first digits": f'images(filter: {{digest: {{startsWith: "{kept.digest[:12]}"}}}})',
        "filter by size": f"images(filter: {{size: {{eq: {kept.size}}}, {collection}}})",
        "filter by diagnosis": f"individuals(filter: {diagnosis})",
    }


def _count(client: Client, counted: str) -> int:
    """How many a filter finds; none where it is refused."""
    found = client.ask(f"{{ found: {counted} {{ totalCount }} }}").data.get("found") or {}
    return int(found.get("totalCount", 0))


def _preview(client: Client, things: Things) -> Answer:
    return client.send("GET", f"/images/{things.images[0]}/preview.png")


def _similar(client: Client, uid: str) -> Answer:
    return client.ask(f'{{ similarImages(uid: "{uid}", first: 50) {{ distance image {{ uid }} }} }}')


def _without(answer: Answer, uid: str) -> str:
    return repr(answer).replace(uid, "UID")
