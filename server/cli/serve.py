"""`obia serve`: the API and its page."""

import socket

import click

from obia.schema.errors import Code, ObiaError
from obia.server.settings import Settings

_BACKLOG = 512


@click.command(short_help="Serve the API and its page.")
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="The port; 0 for any.")
@click.pass_obj
def command(settings: Settings, host: str, port: int) -> None:
    """Serve GraphQL, GraphiQL and previews until stopped."""
    import uvicorn

    from obia.server.http.app import create_app
    from obia.server.keys import Keys

    Keys.load(settings.home / "key")  # fails here, in one line, rather than inside the server
    listening = _listen(host, port)
    name = f"[{host}]" if ":" in host else host
    click.echo(f"serving http://{name}:{listening.getsockname()[1]}")
    config = uvicorn.Config(
        create_app(settings), log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=10
    )
    uvicorn.Server(config).run(sockets=[listening])


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise ObiaError(
            f"{host}:{port} cannot be used: {error.strerror}; give another --port", Code.PORT_TAKEN
        ) from None
    return listening
