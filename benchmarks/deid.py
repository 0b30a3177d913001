"""De-identification beside copying and beside two peers: the same files, read, anonymized and written, in one run."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measures import Pace, Work, copying, raced
from obia.plugins.deid_ctp import Outcome, ResultCache, Script, anonymize
from obia.plugins.deid_ctp.command.keyfile import Key
from obia.plugins.deid_ctp.command.plan import Plan, Texts, read_script
from obia.plugins.deid_ctp.command.work import Job, Workbench
from obia.plugins.deid_ctp.fastpath.header_splitter import Unsplit
from obia.plugins.deid_ctp.fastpath.result_cache import Unrecalled
from obia.plugins.deid_ctp.fastpath.splicer import Splicer
from obia.plugins.deid_ctp.plugin import base_script

PEERS = ("dcmanon==0.3.1", "dicom-anonymizer==2.1.0")
_SLOW = 10  # every so many files are enough for a slow peer
_KEY = bytes(range(32))
_NOW = datetime(2026, 1, 31, 12)  # noqa: DTZ001 - scripts know no zones
_EXPLICIT = b"\x02\x00\x10\x00UI\x14\x00" + b"1.2.840.10008.1.2.1\0"


@dataclass(frozen=True, slots=True)
class Paces:
    """The paces on files in explicit little endian, and how many of these the fast way left to the whole tree."""

    paces: Sequence[Pace]
    files: int
    left: int


def measure(paths: Sequence[Path], folder: Path) -> Paces:
    """Measure on the explicit files; the implicit ones are a row of their own."""
    script = base_script()
    explicit = [path for path in paths if _EXPLICIT in path.read_bytes()[:512]]
    implicit = sorted({*paths} - {*explicit})
    target = folder / "out"
    works = [
        Work("plain copy", explicit, lambda path: target.write_bytes(path.read_bytes())),
        copying(explicit, folder),
        Work("anonymize()", explicit, _anonymizing(script, target)),
        Work("anonymize(), implicit VR", implicit, _anonymizing(script, target)),
        Work("`obia deid run`: one worker, records and digests, synced", explicit, _working(folder)),
        *_peers(explicit, target),
    ]
    return Paces(raced(works), len(explicit), _left(explicit, script))


def _anonymizing(script: Script, target: Path) -> Callable[[Path], object]:
    cache = ResultCache()

    def work(path: Path) -> None:
        target.write_bytes(_data(anonymize(path, script, key=_KEY, now=_NOW, cache=cache)))

    return work


def _data(outcome: Outcome) -> bytes:
    if outcome.data is None:
        raise SystemExit(f"a file of the corpus was not anonymized: {outcome.reason}")
    return outcome.data


def _working(folder: Path) -> Callable[[Path], object]:
    """What a worker does with each file, its drafts in a folder."""
    drafts = folder / "drafts"
    drafts.mkdir()
    plan = Plan(Texts.read(read_script(None)), "safe", Key(folder / "key", _KEY), _NOW)
    bench = Workbench(plan, drafts, folder / "integers", maps=False)

    def work(path: Path) -> None:
        done = bench.work(Job(path, path.name, path.name, ""))
        if done.status != "OK":
            raise SystemExit(f"a file of the corpus was not anonymized: {done.reason}")

    return work


def _peers(paths: Sequence[Path], target: Path) -> list[Work]:
    """The peers, with their own default actions; those that are installed."""
    works = []
    if find_spec("dcmanon"):
        from dcmanon import Anonymizer  # type: ignore[import-not-found]

        peer = Anonymizer()
        works.append(Work(PEERS[0], paths, lambda path: target.write_bytes(peer.anonymize(str(path)))))
    if find_spec("dicomanonymizer"):
        from dicomanonymizer import anonymize_dicom_file  # type: ignore[import-not-found]

        works.append(Work(PEERS[1], paths[::_SLOW], lambda path: anonymize_dicom_file(str(path), str(target))))
    return works


def _left(paths: Sequence[Path], script: Script) -> int:
    splicer, left = Splicer(script, _KEY, None), 0
    for path in paths:
        try:
            splicer.splice(path.read_bytes(), _NOW)
        except (Unsplit, Unrecalled):
            left += 1
    return left
