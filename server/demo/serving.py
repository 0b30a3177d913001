"""Serving at the end of the demo: a free port before it begins, no server left behind when it is stopped."""

import shlex
import signal
import subprocess
import sys
from pathlib import Path

import click

from obia.schema.errors import ObiaError
from obia.server.cli.serve import listen
from obia.server.demo.commands import program
from obia.server.settings import Settings

_HOST = "127.0.0.1"


def end_on_sigterm() -> None:
    """Let SIGTERM end this process as an exception does, so that whoever waits for a child stops it."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def demand_port(port: int) -> None:
    """Raise ObiaError PORT_TAKEN before minutes of loading, not after them."""
    try:
        listen(_HOST, port).close()
    except ObiaError as error:
        raise ObiaError(
            f"port {port} cannot be served on; name another: make demo PORT={port + 1}", error.code
        ) from None


def show_environment() -> None:
    """Print the two lines by which a shell finds the program and this archive."""
    click.echo(
        "\nTo type the commands above yourself, run these two lines in another terminal first:\n"
        f"  export PATH={shlex.quote(str(Path(sys.executable).parent))}:$PATH\n"
        f"  export OBIA_HOME={shlex.quote(str(Settings.load().home))}"
    )


def serve(port: int) -> int:
    """Serve until stopped; return the exit status of the server. SIGTERM is passed on to it, whenever it comes."""
    show_environment()
    click.echo(
        f"\nOpen http://{_HOST}:{port} for the page, http://{_HOST}:{port}/graphiql to ask; Ctrl-C stops serving."
    )
    servers: list[subprocess.Popen[bytes]] = []
    asked: list[int] = []

    def pass_on(number: int, _: object) -> None:
        asked.append(number)
        for each in servers:
            each.terminate()

    signal.signal(signal.SIGTERM, pass_on)
    with subprocess.Popen(program(("serve", "--port", str(port)))) as server:
        servers.append(server)
        if asked:  # it came while the server was being started
            server.terminate()
        try:
            status = server.wait()
        except KeyboardInterrupt:
            server.terminate()
            status = server.wait()
    click.echo(
        "\nIt serves no longer; Neo4j and the queue go on. `make down` stops them, `make clean` removes everything,\n"
        "`make demo` serves it again."
    )
    if asked:
        return 128 + signal.SIGTERM
    return status if status >= 0 else 128 - status  # as a shell says that a signal ended it
