"""Drawing: pictures made in child processes, so that a decoder that dies, hangs or swells takes no server along."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.to_process
from anyio import BrokenWorkerProcess, CapacityLimiter

from obia.schema.clients import Shares
from obia.schema.errors import Code, NotFound, ObiaError, Rejected

_CHILDREN = 2
_OF_CLIENT = 1  # children that draw for one client
_MEMORY = 3 << 30  # bytes of address space: half a GiB of pixels, their floats, and the libraries' own


_SAYING = (Code.TOO_LARGE, Code.UNSUPPORTED, Code.BAD_PIXELS)  # codes that a viewer can make sense of

Drawn = bytes | tuple[str, str]


def draw(path: str, frame: int) -> Drawn:
    """Draw in the child: PNG, or a code and a message; nothing else comes back, so that the server imports nothing."""
    _confine()
    from obia.server.pixels import preview

    if not Path(path).is_file():
        return Code.STORE_UNAVAILABLE.value, "its file is not in the store; `obia graph check` finds what is missing"
    try:
        return preview(Path(path), frame)
    except NotFound as error:
        return error.code.value, error.message
    except Rejected as error:
        return (error.code if error.code in _SAYING else Code.UNREADABLE).value, "this image cannot be drawn"
    except MemoryError:
        return Code.TOO_LARGE.value, "drawing this image takes too much memory"
    except Exception:
        return Code.BAD_PIXELS.value, "this image cannot be drawn"


class Drawing:
    """A pool of two child processes, one for one client; who waits longer than `seconds` is refused and the child killed."""

    def __init__(self, seconds: float, draw: Callable[[str, int], Drawn] = draw) -> None:
        self._seconds = seconds
        self._draw = draw
        self._limiter = CapacityLimiter(_CHILDREN)
        self._turns = Shares(_CHILDREN, _OF_CLIENT)
        self._under_way: set[asyncio.Task[bytes]] = set()

    async def draw(self, path: Path, frame: int, client: str = "") -> bytes:
        """Draw a frame, counted from 1, as PNG. Raises ObiaError with the code of what is wrong with the file.

        Cancelled while it waits, nothing is drawn; once a child draws it draws to the end, since a child that is
        killed whenever somebody scrolls on costs more than its picture.
        """
        started = asyncio.Event()
        task = asyncio.create_task(self._turn(path, frame, client, started))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            if not started.is_set():
                task.cancel()
            raise

    async def finish(self) -> None:
        """Stop what still draws."""
        for each in self._under_way:
            each.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _turn(self, path: Path, frame: int, client: str, started: asyncio.Event) -> bytes:
        try:
            with anyio.fail_after(self._seconds):
                async with self._turns.of(client):
                    started.set()
                    drawn = await anyio.to_process.run_sync(
                        self._draw, str(path), frame, cancellable=True, limiter=self._limiter
                    )
        except TimeoutError:
            raise ObiaError("drawing this image takes too long", Code.TIMEOUT) from None
        except BrokenWorkerProcess:
            raise ObiaError("this image cannot be drawn", Code.BAD_PIXELS) from None
        if isinstance(drawn, bytes):
            return drawn
        code, message = drawn
        raise ObiaError(message, Code(code))


def _confine() -> None:
    """Limit this process's memory, and silence what decoders write of a file to standard error."""
    import resource

    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    limit = _MEMORY if hard == resource.RLIM_INFINITY else min(_MEMORY, hard)
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    os.close(nowhere)
