"""Operating: mistakes of an operator are named, refused and change nothing."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.attack.archive import Archive, last_line
from tests.attack.client import Client
from tests.attack.rows import AttackFailed, Row, listed
from tests.attack.samples import lay

_CANNOT_WRITE = 73  # EX_CANTCREAT of sysexits.h


def operating(archive: Archive, folder: Path) -> Iterator[Row]:
    """Another store, an audit log that cannot be written, another host without the key."""
    yield _mistyped_store(archive, folder / "mistyped")
    yield from _closed_audit(archive, folder)
    yield from _second_host(archive, folder / "second")
    yield _no_folder(archive, folder / "file")


def _mistyped_store(archive: Archive, store: Path) -> Row:
    wrong = f"file://{store}"
    status = archive.run("status", OBIA_STORE_URL=wrong).returncode
    try:
        with archive.serving(OBIA_STORE_URL=wrong) as server:
            ready = Client(server.port).send("GET", "/readyz").status
    except AttackFailed:
        ready = 503  # it refuses to start, which says it even earlier
    measured = f"status {status}, /readyz {ready}, folder {'made' if store.exists() else 'not made'}"
    is_good = status != 0 and ready == 503 and not store.exists()
    return Row("mistyped store URL", "status, /readyz", "refused, no folder made", measured, is_good)


def _closed_audit(archive: Archive, folder: Path) -> Iterator[Row]:
    """Try every kind of change while audit.jsonl cannot be opened."""
    draft = archive.collection("Audited")
    archive.ingest(lay(folder / "audited", "AUDITED"), draft)
    archive.token("audited", "researcher")
    changes = (
        ("collection", "release", draft),
        ("collection", "edit", draft, "--title", "Changed"),
        ("collection", "add", "--title", "New"),
        ("token", "add", "unaudited"),
        ("token", "revoke", "audited"),
    )
    before = archive.need("graph", "dump")
    with _unwritable(archive.home / "audit.jsonl"):
        ends = {f"{each[0]} {each[1]}": archive.run(*each).returncode for each in changes}
    after = archive.need("graph", "dump")
    others = listed([f"{name} {status}" for name, status in ends.items() if status != _CANNOT_WRITE], 9)
    measured = f"{others or 'all 73'}; graph {'as before' if after == before else 'changed'}"
    is_good = not others and after == before
    expected = "each ends with 73 and changes nothing"
    yield Row("audit log not writable", f"{len(changes)} changes", expected, measured, is_good)
    verified = archive.run("audit", "verify").returncode
    yield Row("audit log afterwards", "audit verify", "ends with 0", f"{verified}", verified == 0)


@contextmanager
def _unwritable(log: Path) -> Iterator[None]:
    """Put a folder where the log is: root, too, cannot open one for writing."""
    kept = log.with_suffix(".kept")
    log.rename(kept)
    log.mkdir()
    try:
        yield
    finally:
        shutil.rmtree(log)
        kept.rename(log)


def _second_host(archive: Archive, home: Path) -> Iterator[Row]:
    """Use the archive's graph and store from a home without the key."""
    settings = archive.settings
    assert settings.graph_url and settings.graph_password and settings.redis_url
    named = {
        "OBIA_HOME": str(home),
        "OBIA_GRAPH_URL": settings.graph_url,
        "OBIA_GRAPH_PASSWORD": settings.graph_password.reveal(),
        "OBIA_REDIS_URL": settings.redis_url.reveal(),
        "OBIA_STORE_URL": f"file://{archive.home / 'store'}",
    }
    for command in ("status", "init"):
        done = archive.run(command, **named)
        is_named = "key" in last_line(done)
        measured = f"{done.returncode}, {'names' if is_named else 'does not name'} the key, "
        measured += "key written" if (home / "key").exists() else "no key written"
        is_good = done.returncode != 0 and is_named and not (home / "key").exists()
        expected = "refused in a line that names the key; none is written"
        yield Row(f"second host without the key: {command}", f"obia {command}", expected, measured, is_good)


def _no_folder(archive: Archive, file: Path) -> Row:
    """Name a home below a plain file."""
    file.touch()
    commands = ("init", "up", "status")
    ends = [archive.run(each, OBIA_HOME=str(file / "home")).returncode for each in commands]
    measured = ", ".join(f"{name} {status}" for name, status in zip(commands, ends, strict=True))
    is_good = ends[:2] == [_CANNOT_WRITE] * 2 and ends[2] not in (0, 70)
    return Row("home that cannot be written", f"{len(commands)} commands", "init and up end with 73", measured, is_good)
