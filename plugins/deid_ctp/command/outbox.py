"""The outbox: OUT, its journal and its drafts. A file appears whole, under its last name, or not at all.

`OUT/.deid` holds what a run that was killed needs to go on: `run.json` says which plan it is, `journal.jsonl` what
became of each file so far, `draft-*` what is not placed yet. Nothing in it is an original's, and no digest in it is
made without the key. Files are placed in the order of the inbox, so that of two with one name the same one always wins.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import IO, Any

from obia import BadInput, Code, ObiaError
from obia.plugins.deid_ctp.command.mappings import MappingFile
from obia.plugins.deid_ctp.command.work import Done, Job, State
from obia.plugins.deid_ctp.evidence.whole import sync_folder, write_whole

STATE = ".deid"
_EVERY = 64  # files between two writings of the journal: a killed run does at most so many again
_PATIENCE = 2.0  # seconds


@dataclass(slots=True)
class Entry:
    """What the journal says of one file."""

    status: str
    print: str = ""
    name: str = ""
    digest: str = ""
    source: str = ""
    reason: str = ""
    notes: list[str] = field(default_factory=list)
    counts: Mapping[str, int] = field(default_factory=dict)


class Outbox:
    """OUT, held by one run at a time, and the mapping beside it where there is one."""

    def __init__(self, root: Path, mapping: MappingFile | None = None) -> None:
        self.root, self.state, self._mapping = root, root / STATE, mapping
        self.drafts = self.state / f"draft-{secrets.token_hex(8)}"
        self.entries: dict[str, Entry] = {}
        self._owners: dict[str, str] = {}
        self._waiting: list[str] = []
        self._mapped: list[str] = []
        self._touched: set[Path] = set()
        self._lock: IO[str] | None = None
        self._journal: IO[str] | None = None

    @property
    def maps(self) -> bool:
        """Whether a mapping is kept."""
        return self._mapping is not None

    @property
    def integers(self) -> Path:
        """The table of `@integer`'s numbers: keyed digests alone."""
        return self.state / "integers"

    def open(self, plan: str, now: datetime | None) -> datetime:
        """Begin a run, or go on with one; return the time that scripts are told. Raises ObiaError."""
        self._make()
        self._hold()
        self._clear()
        moment = self._begin(plan, now)
        self._read()
        self.drafts.mkdir()
        self._journal = (self.state / "journal.jsonl").open("a", encoding="utf-8")
        return moment

    def _make(self) -> None:
        try:
            if self.root.is_dir() and not self.state.is_dir() and any(self.root.iterdir()):
                raise BadInput("OUT holds files that no run of `obia deid` put there; name an empty folder")
            self.state.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ObiaError(f"OUT cannot be written: {error.strerror}", Code.HOME_UNWRITABLE) from None

    def _hold(self) -> None:
        self._lock = (self.state / "lock").open("w")
        until = monotonic() + _PATIENCE
        while True:
            try:
                fcntl.lockf(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process: workers do not inherit it
            except OSError:
                if monotonic() > until:
                    raise BadInput("another run writes to OUT; wait for it, or name another folder") from None
                sleep(0.1)
            else:
                return

    def _clear(self) -> None:
        """Remove the drafts of runs that were killed."""
        for each in self.state.glob("draft-*"):
            shutil.rmtree(each, ignore_errors=True)

    def _begin(self, plan: str, now: datetime | None) -> datetime:
        held = self._held()
        if held is not None and held["plan"] != plan:
            raise BadInput("OUT was begun with another script, table, filter, mode or key; name another folder")
        if held is not None and not held["finished"]:
            begun = datetime.fromisoformat(held["now"])
            if now is not None and now != begun:
                raise BadInput(f"OUT was begun with --now {held['now']}; say the same, or name another folder")
            return begun
        moment = now or datetime.now()  # noqa: DTZ005 - CTP's dates are those of the wall clock
        self._say({"plan": plan, "now": moment.isoformat(), "finished": False})
        return moment

    def _held(self) -> dict[str, Any] | None:
        """What run OUT was begun by; None for a new one."""
        try:
            held: dict[str, Any] = json.loads((self.state / "run.json").read_bytes())
            held["plan"], held["now"], held["finished"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise BadInput("OUT/.deid/run.json was changed; name another folder") from None
        return held

    def _say(self, said: Mapping[str, object]) -> None:
        write_whole(self.state / "run.json", json.dumps(said).encode())

    def _read(self) -> None:
        """Read the journal; a line that a killed run left unfinished is cut off."""
        path = self.state / "journal.jsonl"
        if not path.exists():
            return
        whole = 0
        with path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    break
                try:
                    self._recall(json.loads(line))
                except (ValueError, KeyError, TypeError):
                    raise BadInput("OUT/.deid/journal.jsonl was changed; name another folder") from None
                whole += len(line)
        os.truncate(path, whole)

    def _recall(self, said: Mapping[str, object]) -> None:
        entry = Entry(**{name: said[name] for name in Entry.__slots__ if name in said})  # type: ignore[arg-type]
        held = self.entries.get(str(said["id"]))
        if entry.status == "OK" or held is None or held.status != "OK":
            self.entries[str(said["id"])] = entry
        if entry.status == "OK":
            self._owners[_instance(entry.name)] = str(said["id"])

    def known(self, job: Job) -> Done | None:
        """What became of a file in an earlier run; None where it is still to be done."""
        entry = self.entries.get(job.id)
        if entry is None or entry.status != "OK" or entry.print != job.print:
            return None
        if not (self.root / entry.name).is_file():
            return None
        if self._mapping is not None and entry.source not in self._mapping.origins:
            return None
        return Done(
            job, "OK", entry.reason, tuple(entry.notes), entry.counts, entry.name, entry.digest, source=entry.source
        )

    def place(self, done: Done) -> Done:
        """Put a draft where it belongs, unless another file is there; return what is to be said of it."""
        said = self._placed(done) if done.status == "OK" and done.draft else done
        if said.status != "OK" or said.draft:
            self._note(said)
        return said

    def _placed(self, done: Done) -> Done:
        draft, target = self.drafts / done.draft, self.root / done.name
        owner, held = self._owners.get(_instance(done.name)), self.entries.get(done.job.id)
        was_ok = held is not None and held.status == "OK"
        if was_ok and held is not None and (held.name, held.digest) != (done.name, done.digest):
            draft.unlink()
            return _but(done, "CHANGED", "it has changed since OUT was made; name another folder for it")
        if owner is not None and owner != done.job.id:
            draft.unlink()
            if self.entries[owner].source == done.source:
                return _but(done, "DUPLICATE", f"it is the same as {owner}, byte for byte")
            return _but(done, "CONFLICT", f"{owner} has the same SOP Instance UID, and other bytes")
        target.parent.mkdir(parents=True, exist_ok=True)
        draft.rename(target)
        self._touched |= {target.parent, target.parent.parent, self.root}
        self._owners[_instance(done.name)] = done.job.id
        return done

    def _note(self, done: Done) -> None:
        if done.mapped and self._mapping is not None and done.source not in self._mapping.origins:
            self._mapped.append(done.mapped)
        said = Entry(
            done.status, done.job.print, done.name, done.digest, done.source, done.reason, [*done.notes], done.counts
        )
        held = self.entries.get(done.job.id)
        if held == said:
            return
        is_new = held is None or held.status != "OK"
        if done.status == "OK" or is_new:
            self.entries[done.job.id] = said
        line = {"id": done.job.id, **{name: getattr(said, name) for name in Entry.__slots__}}
        if is_new and done.record:
            line["record"] = done.record
        self._waiting.append(json.dumps(line, separators=(",", ":")) + "\n")
        if len(self._waiting) >= _EVERY:
            self.flush()

    def flush(self) -> None:
        """Make sure that what is placed stays placed, and then say so in the journal."""
        if self._mapped and self._mapping is not None:
            self._mapping.add(self._mapped)
            self._mapped.clear()
        if not self._waiting or self._journal is None:
            return
        for folder in self._touched:
            sync_folder(folder)
        self._journal.write("".join(self._waiting))
        self._journal.flush()
        os.fsync(self._journal.fileno())
        self._touched.clear()
        self._waiting.clear()

    def records(self) -> Iterator[str]:
        """Every record, in the order in which files were placed."""
        seen = set()
        with (self.state / "journal.jsonl").open(encoding="utf-8") as stream:
            for line in stream:
                said = json.loads(line)
                if "record" in said and said["name"] not in seen:
                    seen.add(said["name"])
                    yield said["record"]

    def finish(self, plan: str, now: datetime) -> None:
        """Say that the run is over; the next one may have another time."""
        self._say({"plan": plan, "now": now.isoformat(), "finished": True})

    def close(self) -> None:
        """Let go. What a full disk does not take is done again."""
        with suppress(OSError):
            self.flush()
        shutil.rmtree(self.drafts, ignore_errors=True)
        for stream in (self._journal, self._lock):
            if stream is not None:
                with suppress(OSError):
                    stream.close()


def _instance(name: str) -> str:
    """The part of a name that is the instance's UID."""
    return name.rpartition("/")[2]


def _but(done: Done, status: State, reason: str) -> Done:
    return replace(done, status=status, reason=reason, draft="", record="", name="", digest="", mapped="")
