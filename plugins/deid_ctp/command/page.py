"""The page: a preview as one HTML file that loads nothing and runs one script of its own, named by its digest."""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING

from obia.plugins.deid_ctp.command.plan import Mode, Texts

if TYPE_CHECKING:
    from obia.plugins.deid_ctp.command.previewing import Row, Shown

ACTIONS = {
    "X": "removed",
    "Z": "emptied",
    "D": "replaced",
    "C": "date moved",
    "U": "new UID",
    "A": "added",
    "K": "kept",
}


def render(shown: "list[Shown]", texts: Texts, mode: Mode, total: int, is_lasting: bool) -> str:
    """The whole page."""
    style, program = _asset("preview.css"), _asset("preview.js")
    policy = (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(program)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    body = "\n".join([_head(shown, texts, mode, total, is_lasting), *map(_file, enumerate(shown, 1))])
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(policy)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n<meta name="robots" content="noindex">\n'
        f"<title>De-identification preview: {escape(texts.script.name)}</title>\n<style>{style}</style>\n</head>\n"
        f"<body>\n{body}\n<script>{program}</script>\n</body>\n</html>\n"
    )


def _asset(name: str) -> str:
    return (files("obia.plugins.deid_ctp.command") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode('ascii')}"


def _head(shown: "list[Shown]", texts: Texts, mode: Mode, total: int, is_lasting: bool) -> str:
    counts = sum((each.counts for each in shown), Counter[str]())
    hazards = sum(bool(row.hazard) for each in shown for row in each.rows)
    odd = sum(each.status != "OK" for each in shown)
    lasting = "" if is_lasting else "<p>No key was at hand: a run will give other pseudonyms, UIDs and dates.</p>"
    return (
        '<p class="warning" role="alert">This page holds originals: names, numbers, dates. '
        "It is not de-identified. Keep it where the originals are kept, and delete it when it has been read.</p>\n"
        f"<header><h1>{escape(texts.script.name)}, {mode} mode</h1>\n"
        f"<p>{len(shown):,} of {total:,} files are shown; not going through: {odd:,}. "
        f"Elements that are hazards: <strong>{hazards:,}</strong>.</p>\n{lasting}"
        '<div class="tools"><label>Filter <input id="filter" type="search" autocomplete="off" '
        'placeholder="name, tag or value"></label>\n'
        '<button type="button" data-only="hazard" aria-pressed="false">'
        f'<span class="dot hazard"></span>hazards <b>{hazards:,}</b></button>\n'
        + "\n".join(_button(action, counts[action]) for action in ACTIONS)
        + '\n<span id="count" role="status"></span></div></header>'
    )


def _button(action: str, count: int) -> str:
    return (
        f'<button type="button" data-only="{action}" aria-pressed="false">'
        f'<span class="dot {action}"></span>{ACTIONS[action]} <b>{count:,}</b></button>'
    )


def _file(numbered: "tuple[int, Shown]") -> str:
    number, shown = numbered
    hazards = sum(bool(row.hazard) for row in shown.rows)
    said = ", ".join(f"{ACTIONS[action]} {count:,}" for action, count in shown.counts.items() if action != "K")
    title = f"{number}. {escape(shown.name)}"
    if shown.status != "OK":
        return f'<section class="held"><h2>{title}</h2><p>{escape(shown.status)}: {escape(shown.reason)}</p></section>'
    more = f"<p>and {shown.more:,} elements more</p>" if shown.more else ""
    badge = f'<span class="badge">{hazards:,} hazards</span>' if hazards else ""
    return (
        f"<details{' open' * (number == 1)}><summary><h2>{title}</h2> {badge}<small>{escape(said)}</small></summary>\n"
        '<table><thead><tr><th scope="col">element</th><th scope="col">before</th><th scope="col">after</th>'
        f'<th scope="col">what was done</th></tr></thead>\n<tbody>\n{_rows(shown.rows)}\n</tbody></table>{more}</details>'
    )


def _rows(rows: "Iterable[Row]") -> str:
    return "\n".join(map(_row, rows))


def _row(row: "Row") -> str:
    depth = min(row.path.count("."), 6)
    tag = row.path.rsplit(".", 1)[-1]
    remarks = "".join(
        f'<span class="{kind}">{escape(text)}</span>'
        for kind, text in (("why", row.hazard), ("note", row.note))
        if text
    )
    kinds = [row.action, f"d{depth}", *(["hazard"] if row.hazard else []), *(["closed"] if row.is_closed else [])]
    classes = " ".join(kinds)
    return (
        f'<tr class="{classes}"><th scope="row">{escape(row.name)} <code>{tag[:4]},{tag[4:]} {escape(row.vr)}</code></th>'
        f'<td data-label="before">{_value(row.before)}</td><td data-label="after">{_value(row.after)}</td>'
        f'<td data-label="done">{ACTIONS[row.action]}{remarks}</td></tr>'
    )


def _value(text: str) -> str:
    shown = "".join(each if each.isprintable() else "�" for each in text)
    return f"<bdi>{escape(shown)}</bdi>" if shown else '<i aria-label="nothing">–</i>'
