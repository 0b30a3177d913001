"""The application: routes, guards, and the archive behind them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from obia.server.archive import OpenArchive, open_archive
from obia.server.http.answers import refusal
from obia.server.http.asking import graphql
from obia.server.http.guards import Guards
from obia.server.http.health import healthz, readyz
from obia.server.http.preview import Drawing, preview
from obia.server.settings import Settings

_ASSETS = {
    "graphiql.js": "text/javascript",
    "graphiql.css": "text/css",
    "react.js": "text/javascript",
    "react-dom.js": "text/javascript",
    "boot.js": "text/javascript",
    "page.css": "text/css",
}
_ANY = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def create_app(settings: Settings, archive: OpenArchive | None = None) -> Starlette:
    """Make the application; an archive that is open already stays the caller's to close."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        if archive is not None:
            _attach(app, archive)
            yield
            return
        async with open_archive(settings) as opened:
            _attach(app, opened)
            yield

    routes = [
        Route("/", _page("index.html")),
        Route("/graphiql", _page("graphiql.html")),
        Route("/graphql", graphql, methods=_ANY),
        Route("/schema.graphql", _sdl),
        Route("/assets/{name}", _asset),
        Route("/images/{uid}/preview.png", preview),
        Route("/healthz", healthz),
        Route("/readyz", readyz),
    ]
    guards = Middleware(Guards, hosts=settings.allowed_hosts, origins=settings.allowed_origins)
    handlers = {404: _not_found, 405: _not_allowed, 500: _failed}
    return Starlette(routes=routes, middleware=[guards], lifespan=lifespan, exception_handlers=handlers)


def _attach(app: Starlette, archive: OpenArchive) -> None:
    app.state.archive = archive
    app.state.drawing = Drawing()


def _page(name: str):  # type: ignore[no-untyped-def]
    body = (files("obia.server.http") / "assets" / name).read_bytes()

    async def page(_request: Request) -> Response:
        return Response(body, media_type="text/html")

    return page


async def _asset(request: Request) -> Response:
    name = request.path_params["name"]
    if name not in _ASSETS:
        return await _not_found(request, None)
    body = (files("obia.server.http") / "assets" / name).read_bytes()
    return Response(body, media_type=_ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})


async def _sdl(request: Request) -> Response:
    archive: OpenArchive = request.app.state.archive
    return PlainTextResponse(archive.api.schema.as_str() + "\n")


async def _not_found(_request: Request, _error: Exception | None) -> Response:
    from obia.schema.errors import Code

    return refusal("there is nothing here; see /", Code.NOT_FOUND)


async def _not_allowed(_request: Request, _error: Exception) -> Response:
    return refusal("ask this by GET", status=405, headers={"Allow": "GET, HEAD"})


async def _failed(_request: Request, _error: Exception) -> Response:
    from obia.schema.errors import Code

    return refusal("something went wrong inside; the log of the archive says what", Code.INTERNAL)
