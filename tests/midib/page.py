"""The page: docs/midib.md, the tables with what they mean."""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from obia.plugins.deid_ctp.plugin import base_script
from tests.midib import contenders
from tests.midib.contenders import Files, keeping_descriptors
from tests.midib.planting import plant_all
from tests.midib.scoring import score
from tests.midib.table import by_action, by_place, markdown, weighted

PAGE = Path(__file__).parents[2] / "docs" / "midib.md"
_INGEST, _RUN, _CTP = "OBIA, ingest", "OBIA, `deid run`", "CTP, default actions"


def page(folder: Path, rounds: int) -> Iterator[str]:
    """The whole page."""
    yield _HEAD.format(day=f"{datetime.now(UTC):%Y-%m-%d}")
    yield from tables(folder, rounds)
    yield _TAIL


def tables(folder: Path, rounds: int) -> Iterator[str]:
    """The three tables: by action, by place, and where descriptors are kept."""
    corpus = folder / "corpus"
    corpus.mkdir()
    answers = plant_all(corpus, rounds)
    files = {path.name: path.read_bytes() for path in corpus.glob("*.dcm")}
    ours, ctps = keeping_descriptors(base_script().text), keeping_descriptors(contenders.ctp_script())
    plain: dict[str, Callable[[Files], Files]] = {
        _INGEST: lambda each: contenders.ingested(each, folder / "plain"),
        _RUN: contenders.safe,
        _CTP: contenders.ctp,
    }
    kept: dict[str, Callable[[Files], Files]] = {
        _INGEST: lambda each: contenders.ingested(each, folder / "kept", ours),
        _RUN: lambda each: contenders.safe(each, ours),
        _CTP: lambda each: contenders.ctp(each, ctps),
    }
    made = {name: contender(files) for name, contender in plain.items()}
    keeping = {name: contender(files) for name, contender in kept.items()}
    verdicts = {name: score(answers, each) for name, each in made.items()}
    asked = [each for each in answers if each.place == "descriptor"]
    descriptors = {name: score(asked, each) for name, each in keeping.items()}
    yield f"{len(files)} files, {len(answers):,} actions. {_came_out(made)}\n"
    yield from markdown("category", verdicts, [*by_action(verdicts), weighted(verdicts)])
    yield "\nWhere the identity stood, and how much of it is gone:\n"
    yield from markdown("place", verdicts, by_place(verdicts))
    yield f"\nDescriptors alone, under scripts whose lines for them say `@keep()`. {_came_out(keeping)}\n"
    yield from markdown("category", descriptors, by_action(descriptors))


def _came_out(made: Mapping[str, Files]) -> str:
    """How many files there were in the end: from one that did not come out, all identity is gone."""
    return "Files that came out: " + ", ".join(f"{len(each)} ({name})" for name, each in made.items()) + "."


_HEAD = """\
# A self-test after MIDI-B

Identities that nobody has are planted into real headers, files are de-identified, and what comes out is scored by the rules of MIDI-B, the challenge of the NCI.
Planter and scorer know DICOM by pydicom alone; they use nothing of the de-identifier.
`python -m tests.midib` prints the tables, `python -m tests.midib --page` writes this page; it was written on {day}.
`python -m tests.midib plant FOLDER` and `score FOLDER OUT` score any other tool on the same files.

What is planted: eight people in seven character sets, their names in several forms and scripts, numbers, addresses, telephones, institutions, dates as DA, DT and in six written forms, UIDs;
at the top, in sequences up to four deep, in private elements, in descriptors, in elements where nobody looks for a person (strays), in curves and overlays, behind the pixels, and burned into native, deflated, RLE, JPEG and JPEG 2000 pixels.
"""
_TAIL = """
## How to read it

* A share is the score by the number of actions. `text_retained` counts the words that are there, all else is all or nothing.
* `option 113105` is what only Clean Descriptors asks for: OBIA's script removes descriptors, so it cannot keep their clinical words. `option 113111` is Retain Safe Private: OBIA keeps private numbers, no private text. Neither is in the weighted line.
* `beyond MIDI-B`: `nowhere` looks for the patient's strings in every element of the output, named or not; `interval_kept` asks that all dates of a patient move together.
* Strays stand in elements that no profile names and no script of CTP's looks into: the place where the patient's own strings have to be looked for.
* The UIDs, names and dates of one patient are followed across all files.
* "OBIA, ingest" is what an archive stores: reading, de-identifier, witness and checks. Regions are blanked before it by a pixel script in safe mode, for the ingest itself does not look into pixels.
* "OBIA, `deid run`" is the same script in safe mode without an archive.
* "CTP, default actions" is CTP as our strict mode has it, bug for bug, with a script of ours after its default: PS3.15's action for each element of the table, dates moved, sequences walked where they hold references, private groups, curves and overlays "removed". It names more elements than CTP's own default does.

## What is not covered

* Pixels are looked at where text was drawn, not by OCR over the whole: ink and paper must look alike there, within 5 % of white. MIDI-B asks an OCR engine.
* `pixels_retained` compares decoded frames; MIDI-B compares the bytes of the element.
* The planted names are invented; nothing is said of names that are also words of the trade.
* Faces in volumes, documents, sound and waveforms.
* The challenge's own files and answers: they are not ours to carry. No score here is a score of the challenge."""
