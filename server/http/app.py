"""The ASGI application of an open archive."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route

from obia.schema.errors import Code, ObiaError
from obia.server.archive import OpenArchive
from obia.server.http import pages
from obia.server.http.answers import Refusal, refused
from obia.server.http.forwarding import Forwarding, Proxies
from obia.server.http.graphql_view import GraphQLView
from obia.server.http.guards import Guards
from obia.server.http.health import Readiness, healthz
from obia.server.http.load import Load
from obia.server.http.preview import Previews


def create_app(archive: OpenArchive) -> Starlette:
    """Make the application; whoever opened the archive closes it, after the application has ended."""
    graphql, previews = GraphQLView(archive), Previews(archive)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await graphql.finish()
        await previews.finish()

    app = Starlette(
        routes=[
            Route("/", pages.start),
            Route("/graphql", graphql.answer, methods=["GET", "POST"]),
            Route("/graphiql", pages.graphiql),
            Route("/schema.graphql", pages.Sdl(archive).answer),
            Route("/images/{uid}/preview.png", previews.answer),
            Route("/healthz", healthz),
            Route("/readyz", Readiness(archive).answer),
            Mount("/assets", pages.Assets()),
        ],
        middleware=[
            Middleware(Forwarding, Proxies(archive.settings.trusted_proxies)),
            Middleware(Guards, archive.settings),
            Middleware(Load),
        ],
        exception_handlers={HTTPException: _http, ObiaError: _ours},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _ours(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ObiaError)
    return refused(error)


def _http(_request: Request, error: Exception) -> Response:
    """What Starlette refuses by itself: a path that is not there, a method that a path does not know."""
    assert isinstance(error, HTTPException)
    allow = (error.headers or {}).get("Allow")
    if error.status_code == 404:
        return refused(Refusal(404, "there is nothing here; `/` tells what is", Code.NOT_FOUND))
    if error.status_code == 405:
        return refused(Refusal(405, f"this path takes {allow or 'GET, HEAD'}", Allow=allow or "GET, HEAD"))
    return refused(Refusal(error.status_code, str(error.detail)))
