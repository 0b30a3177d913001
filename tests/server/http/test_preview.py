"""Previews: who sees which, and what they are told who do not."""

import io
import json
from functools import partial

import numpy as np
import pytest
from PIL import Image

from obia.server.archive import OpenArchive
from tests import make
from tests.server.http.conftest import FRAMES, IMAGES, Stocked, write

pytestmark = [pytest.mark.neo4j, pytest.mark.anyio]

MAY_SEE = {
    "anonymous": {"open"},
    "researcher": {"open"},
    "granted": {"open", "controlled"},
    "submitter": {"open", "controlled"},
    "curator": set(IMAGES),
    "administrator": set(IMAGES),
}


NO_FRAMES = {"0": (404, "NOT_FOUND"), "4": (404, "NOT_FOUND")} | dict.fromkeys(
    ("-1", "x", "", "1.0", "٣", "1" * 5000), (400, "BAD_INPUT")
)


async def test_viewers_see_the_previews_that_are_theirs_to_see(stocked: Stocked) -> None:
    seen = {
        who: {image for image in IMAGES if (await stocked.preview(image, who)).status_code == 200} for who in MAY_SEE
    }

    assert seen == MAY_SEE


async def test_what_may_not_be_seen_looks_like_what_is_not_there(stocked: Stocked) -> None:
    hidden = await stocked.preview("withheld", "granted", params={"frame": FRAMES + 1})
    missing = await stocked.preview("nowhere", "granted", params={"frame": FRAMES + 1})

    assert hidden.status_code == missing.status_code == 404
    assert hidden.content == missing.content
    assert {k: v for k, v in hidden.headers.items() if k != "date"} == dict(missing.headers)


async def test_a_preview_is_the_frame_that_was_asked_for(stocked: Stocked) -> None:
    first, last = await stocked.preview("open"), await stocked.preview("open", params={"frame": FRAMES})

    pixels = make.array(frames=FRAMES)
    for answer, frame in ((first, 0), (last, FRAMES - 1)):
        drawn = np.asarray(Image.open(io.BytesIO(answer.content))).astype(float)
        assert answer.headers["content-type"] == "image/png"
        assert np.corrcoef(drawn.ravel(), pixels[frame].ravel())[0, 1] > 0.99


async def test_a_frame_that_is_none_is_refused(stocked: Stocked) -> None:
    answers = {frame: await stocked.preview("open", params={"frame": frame}) for frame in NO_FRAMES}

    assert {
        frame: (each.status_code, each.json()["errors"][0]["extensions"]["code"]) for frame, each in answers.items()
    } == NO_FRAMES


async def test_a_preview_that_is_known_is_not_sent_again(stocked: Stocked) -> None:
    first = await stocked.preview("open")

    again = await stocked.preview("open", headers={"If-None-Match": first.headers["etag"]})
    other = await stocked.preview("open", headers={"If-None-Match": first.headers["etag"]}, params={"frame": 2})

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"] != other.headers["etag"]
    assert other.status_code == 200


async def test_what_is_known_is_still_not_told_to_those_who_may_not_see_it(stocked: Stocked) -> None:
    tag = (await stocked.preview("controlled", "granted")).headers["etag"]

    answer = await stocked.preview("controlled", headers={"If-None-Match": tag})

    assert answer.status_code == 404


async def test_only_what_everybody_may_see_is_kept_by_caches(stocked: Stocked) -> None:
    public = await stocked.preview("open", "curator")
    private = [await stocked.preview(image, "curator") for image in IMAGES[1:]]

    assert public.headers["cache-control"].startswith("public")
    assert [each.headers["cache-control"] for each in private] == ["private, no-cache"] * 3


async def test_reading_controlled_images_is_audited(archive: OpenArchive, stocked: Stocked) -> None:
    await stocked.preview("open", "granted")
    await stocked.preview("controlled", "granted")
    await stocked.preview("withheld", "granted")

    events = [json.loads(line) for line in (archive.settings.home / "audit.jsonl").read_text().splitlines()]
    reads = [(each["who"], each["subject"]) for each in events if each["action"] == "preview.read"]

    assert reads == [("g", f"OBIA0002/{make.uid('controlled')}")]


async def test_a_preview_takes_one_statement_and_one_for_the_token(archive: OpenArchive, stocked: Stocked) -> None:
    before = archive.graph.statements

    await stocked.preview("open")
    await stocked.preview("controlled", "granted")

    assert archive.graph.statements - before == 1 + 2


async def test_a_uid_that_is_none_is_not_found(stocked: Stocked) -> None:
    uids = ("1.2.3", "x", "a" * 5000, "%2e%2e", "1.2%00")

    answers = [await stocked.client.get(f"/images/{uid}/preview.png") for uid in uids]

    assert [each.status_code for each in answers] == [404] * len(uids)


async def test_a_file_that_is_broken_or_gone_is_told_by_its_code(archive: OpenArchive, stocked: Stocked) -> None:
    archive.store.put("images/open.dcm", partial(write, b"\0" * 128 + b"DICM"))
    archive.store.delete("images/controlled.dcm")

    answers = [await stocked.preview(image, "curator") for image in ("open", "controlled")]

    assert [(each.status_code, each.json()["errors"][0]["extensions"]["code"]) for each in answers] == [
        (422, "UNREADABLE"),
        (503, "STORE_UNAVAILABLE"),
    ]
