"""`/images/{uid}/preview.png`: one frame of an image, drawn in a child process: a decoder that dies takes nobody along."""

import asyncio
import sys
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import Response

from obia.schema.access import Sight, Viewer
from obia.schema.errors import BadInput, Code, NotFound, ObiaError
from obia.server.access import viewer
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.http.answers import refusal_of
from obia.server.http.asking import bearer

_SECONDS = 20.0  # for one drawing
_AT_ONCE = 2  # children
_LONGEST = 64  # characters of a UID (PS3.5 section 9.1)


@dataclass(frozen=True, slots=True)
class Found:
    """An image that this viewer may see the pixels of."""

    file: str
    digest: str
    collection: str
    is_public: bool


class Drawing:
    """Draws previews, a few at once, each in a process of its own."""

    def __init__(self) -> None:
        self._places = asyncio.Semaphore(_AT_ONCE)

    async def draw(self, path: str, frame: int) -> bytes:
        """The frame as PNG. Raises NotFound for a frame that is not there, ObiaError BAD_PIXELS, TIMEOUT."""
        async with self._places:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "obia.server.http.drawing", path, str(frame)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
            try:
                picture, _ = await asyncio.wait_for(child.communicate(), _SECONDS)
            except TimeoutError:
                raise ObiaError("this image takes too long to draw", Code.TIMEOUT) from None
            finally:
                if child.returncode is None:
                    child.kill()
                    await child.wait()
        if child.returncode == 66:
            raise NotFound("there is no such frame; frames are counted from 1")
        if child.returncode:
            raise ObiaError("this image cannot be drawn", Code.BAD_PIXELS)
        return picture


async def preview(request: Request) -> Response:
    """Draw one frame; what the viewer may not see is not found."""
    archive: OpenArchive = request.app.state.archive
    try:
        frame = _frame(request.query_params.get("frame", "1"))
        asking = await viewer(archive.graph, bearer(request))
        found = await _find(archive, asking, request.path_params["uid"])
        if not found.is_public:
            archive.audit.record(asking, "preview.read", found.collection)
        tag = f'"{found.digest[:32]}-{frame}"'
        headers = {"ETag": tag, "Cache-Control": "public, max-age=3600" if found.is_public else "private, no-cache"}
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        drawing: Drawing = request.app.state.drawing
        picture = await drawing.draw(str(archive.store.path(found.file)), frame)
    except ObiaError as error:
        return refusal_of(error)
    return Response(picture, media_type="image/png", headers=headers)


def _frame(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text[:9]) > 0 and len(text) < 9):
        raise BadInput("frame is a number from 1 on")
    return int(text)


async def _find(archive: OpenArchive, asking: Viewer, uid: str) -> Found:
    rows = await archive.graph.read(cypher("preview"), {"uid": uid[:_LONGEST]})
    for file, digest, collection, is_released, is_open in rows:
        if _may_see(asking, collection, is_released=is_released, is_open=is_open):
            return Found(file, digest, collection, is_released and is_open)
    raise NotFound("there is no such image, or you may not see it")


def _may_see(asking: Viewer, collection: str, *, is_released: bool, is_open: bool) -> bool:
    scope = asking.scope
    if scope.sight is Sight.ALL or collection in scope.own:
        return True
    return is_released and (is_open or collection in scope.grants)
