"""The queue: Dramatiq over Redis carries 'work on batch N', and nothing that could be lost with it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from obia.schema.errors import Code, ObiaError, place_of
from obia.server.settings import Secret

QUEUE = "obia"
TAKE_IN = "take_in"


def make_broker(redis_url: Secret) -> RedisBroker:
    """A broker on the archive's queue; nothing global is touched."""
    broker = RedisBroker(url=redis_url.reveal(), namespace="obia")  # type: ignore[no-untyped-call]
    broker.declare_queue(QUEUE)
    return broker


@dataclass(slots=True)
class Sender:
    """Sends messages; a lost one does no harm, since workers look at the graph too."""

    broker: RedisBroker

    def send(self, actor: str, argument: str) -> None:
        """Ask for one thing to be done."""
        self.broker.enqueue(
            dramatiq.Message(queue_name=QUEUE, actor_name=actor, args=(argument,), kwargs={}, options={})
        )


def make_actors(
    broker: RedisBroker, loop: asyncio.AbstractEventLoop, tasks: Mapping[str, Callable[[str], Awaitable[None]]]
) -> None:
    """Declare an actor for each task: it runs on the archive's event loop, the worker's thread waits for it."""
    for name, task in tasks.items():

        def perform(argument: str, task: Callable[[str], Awaitable[None]] = task) -> None:
            asyncio.run_coroutine_threadsafe(_awaited(task, argument), loop).result()

        options = {"max_retries": 3, "min_backoff": 1_000, "max_backoff": 60_000}
        dramatiq.Actor(perform, broker=broker, actor_name=name, queue_name=QUEUE, priority=0, options=options)


async def _awaited(task: Callable[[str], Awaitable[None]], argument: str) -> None:
    """Await a task. Dramatiq puts the text of what is raised into the queue: of a library's, type and place alone pass."""
    try:
        await task(argument)
        return
    except ObiaError:
        raise
    except Exception as error:
        place = place_of(error)
    raise ObiaError(place, Code.INTERNAL)  # out here, so that what was raised is not kept as its context
