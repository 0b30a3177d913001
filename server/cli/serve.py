"""`obia serve`: the API, its page, previews."""

import asyncio
import contextlib
import errno
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from obia.schema.errors import BadInput, Code, ObiaError
from obia.server.keys import missing_key
from obia.server.log import show_events
from obia.server.settings import Settings

if TYPE_CHECKING:
    import uvicorn

    from obia.server.archive import OpenArchive

_GRACE = 20  # s that requests get to end once the server is told to


@click.command(short_help="Serve the API and its page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535), help="The port; 0 takes any.")
@click.pass_obj
def command(settings: Settings, host: str, port: int) -> None:
    """Serve GraphQL at /graphql, its page at /graphiql, and previews of images, until stopped.

    It answers only to the host names of OBIA_ALLOWED_HOSTS; on other addresses than loopback, set it.
    """
    _demand_archive(settings.home)
    settings.demand_inbox()
    show_events(settings)
    with contextlib.closing(listen(host, port)) as listener:
        _run(_serve(settings, listener, f"http://{_named(host)}:{listener.getsockname()[1]}"))


def _demand_archive(home: Path) -> None:
    """Raise ObiaError KEY_MISSING where there is no archive; `make demo` makes one apart, in .demo."""
    if (home / "key").exists():
        return
    error = missing_key(home)
    hint = "; the demo's is served by `OBIA_HOME=.demo make serve`" if Path(".demo", "key").exists() else ""
    raise ObiaError(error.message + hint, error.code)


async def _serve(settings: Settings, listener: socket.socket, url: str) -> None:
    from obia.server.archive import open_archive
    from obia.server.http.app import create_app

    async with open_archive(settings, is_api=True) as archive:
        server = _server(create_app(archive), archive, lambda: click.echo(f"serving {url} from {settings.home}"))
        loop = asyncio.get_running_loop()
        for each in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(each, server.handle_exit, each, None)
        await server.serve([listener])


def _server(app: Any, archive: "OpenArchive", started: Callable[[], None]) -> "uvicorn.Server":
    import uvicorn

    from obia.server.http.connections import protocol
    from obia.server.http.crowd import MAX_CONNECTIONS, MAX_REFUSED, Crowd
    from obia.server.http.forwarding import Proxies

    class Server(uvicorn.Server):
        """Says when it is there, and ends without raising the signal again: a stop that was asked for is no failure."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            started()

        @contextlib.contextmanager
        def capture_signals(self) -> Iterator[None]:
            yield

    archive.api  # noqa: B018  made now, so that the first request does not wait for it
    crowd = Crowd(Proxies(archive.settings.trusted_proxies))
    config = uvicorn.Config(
        app,
        http=protocol(archive.settings.request_seconds, crowd),  # type: ignore[arg-type]  # called as a class is
        limit_concurrency=MAX_CONNECTIONS + 2 * MAX_REFUSED,  # reached only by requests that are under way
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=_GRACE,
        h11_max_incomplete_event_size=None,
    )
    return Server(config)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises BadInput for the host, ObiaError PORT_TAKEN, before anything else is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(2048)
    except (OSError, UnicodeError) as error:
        listener.close()
        if not isinstance(error, OSError) or isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            raise BadInput(f"{host} is no address of this machine; name another with --host") from None
        reason = error.strerror or type(error).__name__
        raise ObiaError(
            f"cannot listen on {host} port {port} ({reason}); name another with --port", Code.PORT_TAKEN
        ) from None
    return listener


def _named(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _run(main: Coroutine[Any, Any, None]) -> None:
    if sys.platform == "win32":
        asyncio.run(main)
    else:
        import uvloop

        uvloop.run(main)
