"""Pages: where to begin, GraphiQL, and the schema as text. Their files are ours or vendored; none comes from the net."""

import hashlib
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles

from obia.server.archive import OpenArchive

ASSETS = Path(__file__).parent / "assets"
_CACHED = {"Cache-Control": "no-cache"}  # asked again each time, and answered 304 as long as nothing changed


class Assets(StaticFiles):
    """The folder of assets."""

    def __init__(self) -> None:
        super().__init__(directory=ASSETS)

    def file_response(self, *args: object, **kwargs: object) -> Response:
        """A file, or 304."""
        response = super().file_response(*args, **kwargs)  # type: ignore[arg-type]
        response.headers.update(_CACHED)
        return response


async def start(_request: Request) -> Response:
    """What is here."""
    return FileResponse(ASSETS / "start.html", headers=_CACHED)


async def graphiql(_request: Request) -> Response:
    """A place to try queries."""
    return FileResponse(ASSETS / "graphiql.html", headers=_CACHED)


class Sdl:
    """The schema as text, with what plugins added; printing it takes time, so it is printed once."""

    def __init__(self, archive: OpenArchive) -> None:
        self._archive = archive
        self._text = ""

    async def answer(self, request: Request) -> Response:
        """The SDL, or 304."""
        text = self._text = self._text or self._archive.api.schema.as_str() + "\n"
        tag = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
        if tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers={"ETag": tag} | _CACHED)
        return Response(text, headers={"ETag": tag} | _CACHED, media_type="text/plain")
