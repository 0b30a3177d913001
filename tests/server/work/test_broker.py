"""The queue holds nothing that an exception said."""

import asyncio
import traceback

import pytest

from obia.schema.errors import ObiaError
from obia.server.settings import Secret
from obia.server.work.broker import make_actors, make_broker

pytestmark = pytest.mark.anyio


async def fails(_: str) -> None:
    """A task of a plugin."""
    raise OSError("SECRET^NAME")


async def test_what_a_task_raises_reaches_the_queue_by_type_and_place_alone() -> None:
    broker = make_broker(Secret("redis://127.0.0.1:1"))  # nothing is sent: the queue writes down what an actor raises
    make_actors(broker, asyncio.get_running_loop(), {"task": fails})

    with pytest.raises(ObiaError, match="OSError at fails") as caught:
        await asyncio.to_thread(broker.get_actor("task").fn, "argument")

    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
