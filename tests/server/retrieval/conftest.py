"""An archive with a few stored images, as the intake leaves them."""

import shutil
from collections.abc import Awaitable, Callable
from io import BytesIO

import pytest

from obia.server.archive import OpenArchive
from tests import make
from tests.pictures import shapes

Store = Callable[..., Awaitable[str]]

_WRITE = """
MERGE (p:Individual {key: $individual}) SET p.patient = $patient, p.accession = $individual
MERGE (s:Study {key: $study}) MERGE (p)-[:HAS_STUDY]->(s)
MERGE (r:Series {key: $study}) MERGE (s)-[:HAS_SERIES]->(r)
MERGE (i:Image {uid: $uid}) SET i.file = $file, i.intakeId = $intakeId, i.batch = $batch, i.state = 'ACCEPTED'
MERGE (r)-[:HAS_IMAGE]->(i)
"""


@pytest.fixture
def store(archive: OpenArchive) -> Store:
    """Stores an image of a patient and writes its node; returns its UID."""

    async def store(number: int, patient: str = "p1", batch: str = "b/0", content: bytes | None = None) -> str:
        uid = f"2.25.{number}"
        data = make.data(make.image(shapes(number), SOPInstanceUID=uid)) if content is None else content
        archive.store.put(f"images/{number}.dcm", lambda stream: shutil.copyfileobj(BytesIO(data), stream))
        parameters = {
            "individual": f"OBIA0001/{patient}",
            "patient": patient,
            "study": f"OBIA0001/{patient}/study",
            "uid": uid,
            "intakeId": str(number),
            "file": f"images/{number}.dcm",
            "batch": batch,
        }
        await archive.graph.write(lambda tx: tx.run(_WRITE, parameters))
        return uid

    return store
