"""A worker: it does what messages ask, and looks at the graph for batches that nobody living holds."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from functools import partial

import dramatiq
from dramatiq.brokers.redis import RedisBroker

from obia.schema.errors import FULL, Code, ObiaError, Unavailable, place_of
from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.intake.batch import open_batches, work_on
from obia.server.intake.finishing import finish
from obia.server.intake.submission import Forgotten
from obia.server.work.broker import QUEUE, TAKE_IN, make_actors, make_broker

log = logging.getLogger(__name__)
_LOOK = 5.0  # seconds between looks at the graph: how late a lost message can make a batch


async def work(archive: OpenArchive, *, until_idle: bool = False) -> int:
    """Work until told to stop, or until nothing is left; return how many batches were done.

    Raises ObiaError QUEUE_UNAVAILABLE.
    """
    broker = make_broker(archive.redis_url)
    _require(broker)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for each in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(each, stop.set)
    hand = Hand()
    make_actors(broker, loop, _tasks(archive, hand))
    worker = dramatiq.Worker(broker, queues={QUEUE}, worker_threads=1, worker_timeout=200)
    worker.start()
    try:
        await _look_until(archive, stop, hand, until_idle=until_idle)
    finally:
        await asyncio.to_thread(worker.stop, 600_000)
        broker.close()
    return len(hand.done)


async def take_in(archive: OpenArchive, batch: str) -> bool:
    """Do a batch, and finish its submission if it was the last; say whether this process did it."""
    rows = await archive.graph.read(cypher("batch_home"), {"id": batch})
    if not rows:
        return False  # a message about something that is gone
    planned, collection = rows[0]
    log.info("batch %s of %s is taken", batch, collection)
    await archive.graph.write(lambda tx: tx.run(cypher("submission_running"), {"id": planned}))
    is_done = await work_on(archive, batch, collection)
    if is_done:
        log.info("batch %s of %s is done", batch, collection)
    if not await open_batches(archive, planned):
        await _finish(archive, planned, collection)
    return is_done


def _counted(by_code: Mapping[str, int]) -> str:
    return ", ".join(f"{code} {count}" for code, count in by_code.items()) or "no files"


class Hand:
    """What one batch at a time is in: this process holds its lease, and would take it from itself."""

    def __init__(self) -> None:
        self.lock = asyncio.Lock()
        self.done: set[str] = set()


async def _in_turn(archive: OpenArchive, hand: Hand, batch: str) -> None:
    """Do a batch when no other is in hand."""
    async with hand.lock:
        if await take_in(archive, batch):
            hand.done.add(batch)


def _tasks(archive: OpenArchive, hand: Hand) -> dict[str, Callable[[str], Awaitable[None]]]:
    """What messages may ask for: our own task, and the plugins' actors."""
    tasks: dict[str, Callable[[str], Awaitable[None]]] = {TAKE_IN: partial(_in_turn, archive, hand)}
    for name, actor in archive.plugins.registered.actors.items():
        tasks[name] = _threaded(actor.perform)
    return tasks


def _threaded(perform: Callable[[str], None]) -> Callable[[str], Awaitable[None]]:
    return lambda message: asyncio.to_thread(perform, message)


async def _look_until(archive: OpenArchive, stop: asyncio.Event, hand: Hand, *, until_idle: bool) -> None:
    """Do what is open in the graph whether or not a message came for it."""
    while not stop.is_set():
        try:
            await _look(archive, stop, hand, until_idle=until_idle)
            if until_idle and not await open_batches(archive):
                return
        except Exception as error:
            if until_idle:
                raise
            if not isinstance(error, Unavailable):  # which the graph's driver logs, once
                log.warning("the look at the graph: %s", _reason(error))
        try:
            await asyncio.wait_for(stop.wait(), 0.5 if until_idle else _LOOK)
        except TimeoutError:
            continue


async def _look(archive: OpenArchive, stop: asyncio.Event, hand: Hand, *, until_idle: bool) -> None:
    """Do what is open and free, one batch after the other; one that fails keeps no other from being done.

    Who works `until_idle` is told of what another look would not mend: a full disk, or a job that cannot be finished.
    """
    for batch in await open_batches(archive):
        if stop.is_set():
            return
        if batch.is_free:
            try:
                await _in_turn(archive, hand, batch.id)
            except Exception as error:
                if until_idle and not isinstance(error, ObiaError):
                    raise
                log.warning("batch %s: %s", batch.id, _reason(error))
    failures = [each async for each in _finish_left(archive)]
    if until_idle and failures:
        raise failures[0]


async def _finish_left(archive: OpenArchive) -> AsyncIterator[Exception]:
    """Finish submissions whose last worker died between its last batch and the finish; yield what kept one from it."""
    for planned, collection in await archive.graph.read(cypher("left_submissions")):
        try:
            await _finish(archive, planned, collection)
        except Exception as error:
            log.warning("job %s: %s", planned, _reason(error))
            yield error


async def _finish(archive: OpenArchive, planned: str, collection: str) -> None:
    """Finish a submission, unless another process did and forgot it, since it had added nothing."""
    with contextlib.suppress(Forgotten):
        ended = await finish(archive, planned, collection)
        log.info("job %s of %s is done: %s", planned, collection, _counted(ended.by_code))


def _reason(error: Exception) -> str:
    """A code, or type and place; never the text, which may quote a path or a value."""
    if isinstance(error, ObiaError):
        return error.code
    if isinstance(error, OSError) and error.errno in FULL:
        return Code.DISK_FULL
    return place_of(error)


def _require(broker: RedisBroker) -> None:
    try:
        broker.client.ping()
    except Exception as error:
        raise ObiaError("the queue does not answer; see `obia status`", Code.QUEUE_UNAVAILABLE) from error
