"""Previewing: files before and after, element by element, and what in them is a hazard."""

import os
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from obia import BadInput, Code, ObiaError, Rejected
from obia.plugins.deid_ctp.command.inbox import Inbox, refuse_overlap
from obia.plugins.deid_ctp.command.keyfile import archive_home, load_key
from obia.plugins.deid_ctp.command.opened import opened
from obia.plugins.deid_ctp.command.outbox import STATE
from obia.plugins.deid_ctp.command.plan import Mode, Texts, parse_lookup, parse_script
from obia.plugins.deid_ctp.command.work import read_source
from obia.plugins.deid_ctp.dicom.elements import Branch, Element, Item, standard_vr
from obia.plugins.deid_ctp.evidence.batches import FOLDER
from obia.plugins.deid_ctp.evidence.records import letter
from obia.plugins.deid_ctp.evidence.table import row_of
from obia.plugins.deid_ctp.language.element_text import effective_vr, value_text

CLOSED = "CTP itself leaves this in place"
_LONGEST = 160  # characters of a value that are shown
_MOST_ROWS = 3000  # of one file: a phone has to show the page


@dataclass(frozen=True, slots=True)
class Row:
    """One element of a file: how it was, how it is, what was done, and what is to be said of it."""

    path: str
    name: str
    vr: str
    before: str = field(repr=False)
    after: str = field(repr=False)
    action: str
    hazard: str = ""
    note: str = ""

    @property
    def is_closed(self) -> bool:
        """Whether the hazard is CTP's alone, and safe mode has closed it."""
        return self.hazard == CLOSED


@dataclass(frozen=True, slots=True)
class Shown:
    """One file: its name in DIR, what became of it, and its elements."""

    name: str = field(repr=False)
    status: str
    reason: str
    rows: list[Row] = field(repr=False)
    more: int = 0

    @property
    def counts(self) -> Counter[str]:
        """How often what was done."""
        return Counter(row.action for row in self.rows)


def preview(texts: Texts, folder: Path, page: Path, mode: Mode, key_file: Path | None, limit: int) -> tuple[int, int]:
    """Write the page; return how many files it shows, and of how many. Raises ObiaError."""
    from obia.plugins.deid_ctp.command.page import render

    _refuse(page, folder)
    inbox = Inbox.of(folder)
    key, is_lasting = _key(key_file)
    maker = _Maker(texts, mode, key)
    shown = [maker.show(inbox.root / name, name) for name in inbox.paths[:limit]]
    _write(page, render(shown, texts, mode, len(inbox.paths), is_lasting).encode("utf-8", "replace"))
    return len(shown), len(inbox.paths)


def _refuse(page: Path, folder: Path) -> None:
    """Keep the page out of every OUT, and out of the folder it shows. Raises BadInput."""
    place = page.resolve()
    if any((parent / name).is_dir() for parent in place.parents for name in (STATE, FOLDER)):
        raise BadInput("the page holds originals, and that folder is one that a run wrote; name a place outside it")
    if folder.is_dir():
        refuse_overlap(place, folder, ("the page", "DIR"))
    elif place == folder.resolve():
        raise BadInput("the page would overwrite the file it shows; name another place")


def _key(path: Path | None) -> tuple[bytes, bool]:
    """The key, and whether a run will have the same."""
    if path is None:
        home = archive_home() / "key"
        if not home.is_file():
            return secrets.token_bytes(32), False
        path = home
    return load_key(path).hashing, True


def _write(page: Path, content: bytes) -> None:
    draft = page.with_name(f".{page.name}.{secrets.token_hex(8)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        draft.replace(page)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ObiaError(f"the page cannot be written: {error.strerror}", Code.BAD_INPUT) from None


class _Maker:
    """Makes both outcomes of a file: that of the mode at hand, and CTP's own to compare."""

    def __init__(self, texts: Texts, mode: Mode, key: bytes) -> None:
        self.script, self.mode, self.key = parse_script(texts.script), mode, key
        self.lookup = None if texts.lookup is None else parse_lookup(texts.lookup, mode)
        self.now = datetime.now()  # noqa: DTZ005 - CTP's dates are those of the wall clock

    def show(self, path: Path, name: str) -> Shown:
        """Show one file; one that cannot be shown says why."""
        try:
            return self._shown(read_source(path), name)
        except Rejected as rejected:
            return Shown(name, "QUARANTINE", rejected.message, [])
        except Exception as error:  # bytes of anyone
            return Shown(name, "QUARANTINE", f"it cannot be shown ({type(error).__name__})", [])

    def _shown(self, source: bytes, name: str) -> Shown:
        made, notes, status, reason = self._made(source, self.mode)
        if made is None:
            return Shown(name, status, reason, [])
        other = self._made(source, "strict" if self.mode == "safe" else "safe")[0]
        before, after = opened(source), opened(made)
        others = dict(_leaves(opened(other))) if other is not None else {}
        rows = list(self._rows(before, after, others, notes))
        return Shown(name, status, reason, rows[:_MOST_ROWS], max(len(rows) - _MOST_ROWS, 0))

    def _made(self, source: bytes, mode: Mode) -> tuple[bytes | None, dict[str, str], str, str]:
        from obia.plugins.deid_ctp.anonymizing import anonymize

        made = anonymize(source, self.script, lookup=self.lookup, mode=mode, now=self.now, key=self.key)
        notes = dict(note.split(": ", 1) for note in made.notes if ": " in note)
        return made.data if made.status == "OK" else None, notes, made.status, made.reason

    def _rows(
        self, before: Item, after: Item, others: dict[str, "tuple[Item, Element]"], notes: dict[str, str]
    ) -> Iterator[Row]:
        old, new = dict(_leaves(before)), dict(_leaves(after))
        for path in sorted({*old, *new}):
            was, now = old.get(path), new.get(path)
            element = (now or was or next(iter(old.values())))[1]
            done = letter(was[1] if was else None, now[1] if now else None)
            first, second = _text(was), _text(now)
            hazard = self._hazard(int(element.tag), done, first, second, _text(others.get(path)), path in others)
            name = _name(int(element.tag))
            yield Row(path, name, element.VR or "", first, second, done, hazard, notes.get(path, ""))

    def _hazard(self, tag: int, done: str, before: str, after: str, other: str, is_in_other: bool) -> str:
        """Why a row is a hazard; nothing where it is none."""
        row = row_of(tag)
        is_named = row is not None and row.basic != "K" and row.options.get("retain_patient_characteristics") != "K"
        is_group = tag >> 16 in (0x0002, 0x0012) or tag & 0xFFFF == 0
        if done == "K" and before and not is_group:
            if is_named and standard_vr(tag) not in ("SQ", "TM"):
                return "stays, though PS3.15 names it"
            if tag & 0x10000 and not 0x10 <= tag & 0xFFFF <= 0xFF:
                return "private, and stays"
        if self.mode == "safe" and is_in_other and before and other == before and after != before:
            return CLOSED
        if self.mode == "strict" and before and after == before and (not is_in_other or other != before):
            return "left in place; safe mode does not"
        return ""


def _leaves(item: Item, path: str = "") -> Iterator[tuple[str, tuple[Item, Element]]]:
    """Every element with its path, in the form that notes have."""
    for element in item.elements:
        here = f"{path}{element.tag:08x}"
        yield here, (item, element)
        if isinstance(element, Branch):
            for place, each in enumerate(element.items):
                yield from _leaves(each, f"{here}[{place}].")


def _text(found: "tuple[Item, Element] | None") -> str:
    if found is None:
        return ""
    item, element = found
    if isinstance(element, Branch):
        return f"{len(element.items)} item{'s' * (len(element.items) != 1)}"
    value = element.value or b""
    if effective_vr(item, element) in ("OB", "OW", "OV", "OL", "OF", "OD", "UN") and len(value) > 64:
        return f"{len(value):,} bytes"
    text = value_text(item, element) or ""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}… ({len(text):,} characters)"


def _name(tag: int) -> str:
    from pydicom.datadict import dictionary_description

    if tag & 0x10000:
        return "private creator" if 0x10 <= tag & 0xFFFF <= 0xFF else "private"
    try:
        return dictionary_description(tag)
    except KeyError:
        return "not in the dictionary"
