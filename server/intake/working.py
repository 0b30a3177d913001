"""Working through a submission: every batch, by this process or by another."""

import asyncio

from obia.server.archive import OpenArchive
from obia.server.graph.statements import cypher
from obia.server.intake.batch import Progress, open_batches, work_on

_POLL = 0.5  # seconds between looks at batches that other workers hold


async def work_through(
    archive: OpenArchive, planned: str, collection: str, progress: Progress = lambda _: None
) -> None:
    """Do every batch of a submission that no living worker holds, and wait for the others."""
    await archive.graph.write(lambda tx: tx.run(cypher("submission_running"), {"id": planned}))
    batches = await open_batches(archive, planned)
    while batches:
        for batch in batches:
            if batch.is_free:
                await work_on(archive, batch.id, collection, progress)
        batches = await open_batches(archive, planned)
        if batches and not any(batch.is_free for batch in batches):
            await asyncio.sleep(_POLL)
