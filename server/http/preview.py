"""/images/{uid}/preview.png: one frame of an image as PNG, for who may see its pixels; for others it does not exist."""

import hashlib
from dataclasses import dataclass

import anyio.to_thread
from starlette.requests import Request
from starlette.responses import Response

from obia.schema.access import Scope
from obia.schema.errors import BadInput, NotFound
from obia.schema.graph import Access
from obia.server.access import viewer
from obia.server.archive import OpenArchive
from obia.server.http.drawing import Drawing
from obia.server.http.hangup import unless_gone
from obia.server.http.requests import token
from obia.server.plan.statement import all_of
from obia.server.plan.visibility import Visible, is_public

_RENDERING = 1  # raised when the same file is drawn differently, so that no cache keeps the old picture
_PUBLIC = "public, max-age=300"  # s; an image that is withdrawn stays in caches no longer
_PRIVATE = "private, no-cache"


@dataclass(frozen=True, slots=True)
class _Image:
    """An image whose pixels the viewer may see."""

    file: str
    digest: str
    frames: int
    collection: str
    access: str
    is_public: bool


class Previews:
    """Draws previews of an archive's images."""

    def __init__(self, archive: OpenArchive) -> None:
        self._archive = archive
        self._drawing = Drawing(archive.settings.request_seconds)

    async def answer(self, request: Request) -> Response:
        """The picture, or 304. Raises NotFound for what is not there and for what may not be seen alike."""
        uid, frame = request.path_params["uid"], _frame(request)
        who = await viewer(self._archive.graph, token(request))
        image = await self._image(uid, who.scope)
        if image is None:
            raise NotFound("there is no such image, or it is not for you to see")
        if not 1 <= frame <= image.frames:
            raise NotFound(f"there is no frame {frame}; frames are counted from 1 to {image.frames}")
        if image.access == Access.CONTROLLED:
            subject = f"{image.collection}/{uid}"
            await anyio.to_thread.run_sync(self._archive.audit.record, who, "preview.read", subject)
        headers = {"ETag": _tag(image, frame), "Vary": "Authorization"}
        headers["Cache-Control"] = _PUBLIC if image.is_public else _PRIVATE
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        client = request.client.host if request.client else ""
        work = self._drawing.draw(self._archive.store.path(image.file), frame, client)
        picture = await unless_gone(request, work)
        return Response(picture, headers=headers, media_type="image/png")

    async def finish(self) -> None:
        """Stop what still draws."""
        await self._drawing.finish()

    async def _image(self, uid: str, scope: Scope) -> _Image | None:
        """The image of a UID, if this scope sees its pixels."""
        visible = Visible(scope)
        text = (
            f"MATCH (i:Image {{uid: $uid}}) WHERE {all_of(visible.pixels('i'))} "
            "MATCH (c:Collection {accession: i.collection}) "
            f"RETURN i.file, i.digest, coalesce(i.frames, 1), i.collection, c.access, {is_public('i')}"
        )
        rows = await self._archive.graph.read(text, {"uid": uid, **visible.parameters})
        return _Image(*rows[0]) if rows else None


def _frame(request: Request) -> int:
    given = request.query_params.getlist("frame") or ["1"]
    if len(given) > 1 or not (given[0].isascii() and given[0].isdecimal() and len(given[0]) <= 9):
        raise BadInput("`frame` is a number, counted from 1")
    return int(given[0])


def _tag(image: _Image, frame: int) -> str:
    text = f"{_RENDERING}/{image.digest}/{frame}"
    return f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
