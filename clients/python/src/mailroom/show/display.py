"""How a notebook shows futures, maps, lists, clients and clusters: HTML for their `_repr_html_`.

Futures and answers find it by `shown.html`; whoever stands above them calls it.

It asks nobody: what is shown is what this process knows, so that showing never waits. All text is escaped,
for a task's name may be anything. Colours are see-through or in the middle, to be read on a light and a dark
ground; what is shown of a long list, or a large map, is bounded.
"""

from __future__ import annotations

import itertools
import reprlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from mailroom._session.answers import ManagerInfo, ManagerList, Status, TaskInfo, TaskList
from mailroom._session.futures import Future
from mailroom._session.maps import MapFuture
from mailroom._session.page import Dashboard
from mailroom._session.shown import html
from mailroom._shown import clean
from mailroom.states import ManagerState, State

ROWS = 50  # of a list
FAILURES = 5  # of a map
TEXT = 120  # characters of a name, a value or an error

_GREEN, _BLUE, _RED, _GREY, _AMBER = "#2da44e", "#4c8eda", "#d9534f", "#8c8c8c", "#c9891a"
_OF_STATE = {
    State.DONE: _GREEN,
    State.RUNNING: _BLUE,
    State.QUEUED: _AMBER,
    State.FAILED: _RED,
}
_OF_MANAGER = {ManagerState.READY: _GREEN, ManagerState.STARTS: _BLUE, ManagerState.DRAINS: _AMBER}
_AT_INTERRUPT = {"leave": "", "cancel": "cancels what is waited for", "detach": "leaves the session"}
_OF_END = {"result": ("done", _GREEN), "exception": ("failed", _RED), "cancelled": ("cancelled", _GREY)}

_repr = reprlib.Repr()
_repr.maxstring = _repr.maxother = TEXT


class Html(str):
    """Text that is HTML already."""

    __slots__ = ()


# -- the parts


def text(value: object) -> Html:
    """Any text, escaped, cut where it is long, and with '?' for what is not to be shown."""
    if isinstance(value, Html):
        return value
    whole = clean(str(value))
    return Html(escape(whole if len(whole) <= TEXT else whole[: TEXT - 1] + "…"))


def _badge(word: str, colour: str) -> Html:
    style = f"color:{colour};border:1px solid {colour};border-radius:3px;padding:0 5px;white-space:nowrap"
    return Html(f'<span style="{style}">{text(word)}</span>')


def _code(value: object) -> Html:
    return Html(f"<code>{text(value)}</code>")


def _bar(parts: Iterable[tuple[int, str]], total: int) -> Html:
    """A bar of coloured parts; what they leave of the total is empty."""
    piece = '<span style="display:inline-block;height:100%;width:{:.2f}%;background:{}"></span>'
    pieces = "".join(piece.format(100 * count / total, colour) for count, colour in parts if count)
    style = (
        "display:inline-block;width:180px;height:9px;background:rgba(128,128,128,.25);border-radius:3px;"
        "overflow:hidden;white-space:nowrap;line-height:0;vertical-align:middle"
    )
    return Html(f'<span style="{style}">{pieces}</span>')


def _ended_bar(ended: int, total: int, colour: str) -> Html:
    return Html(f"{_bar([(ended, colour)], total)}&nbsp;{ended:,} of {total:,}") if total > 1 else text("")


def _table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> Html:
    head = "".join(f'<th style="text-align:left">{text(one)}</th>' for one in heads)
    body = "".join("<tr>" + "".join(map(_cell, row)) + "</tr>" for row in rows)
    return Html(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def _cell(value: object) -> str:
    whole = isinstance(value, Html) or len(str(value)) < 40
    return f'<td style="text-align:left{";white-space:nowrap" * whole}">{text(value)}</td>'


def _card(title: str, badge: Html, fields: Iterable[tuple[str, object]], more: str = "") -> str:
    """A title with a badge, and below it names with values; a field without a value is left out."""
    label = "display:inline-block;min-width:6.5em;opacity:.65"
    line = "".join(
        f'<div><span style="{label}">{text(name)}</span>{text(value)}</div>'
        for name, value in fields
        if text(value)
    )
    style = "border-left:3px solid rgba(128,128,128,.4);padding:2px 0 2px 10px;margin:2px 0;line-height:1.6"
    return f'<div style="{style}"><div><b>{text(title)}</b>&nbsp; {badge}</div>{line}{more}</div>'


def _list(title: str, heads: Sequence[str], rows: Sequence[Sequence[object]], count: int) -> str:
    if not count:
        return f"<p>{text(title)}: none</p>"
    left = f"<p>… and {count - len(rows):,} more</p>" if count > len(rows) else ""
    return _table(heads, rows) + left


def shown(value: object) -> str:
    """A value's repr, bounded, also where that raises."""
    return _repr.repr(value)


def problem(error: BaseException | None) -> str:
    """An exception in one line."""
    if error is None:
        return ""
    lines = shown_text(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[-1]}" if lines else type(error).__name__


def shown_text(error: BaseException) -> str:
    """What an exception says, whatever it does."""
    try:
        return str(error)
    except Exception:
        return ""


def age(seconds: float) -> str:
    """A time that has passed, for people."""
    whole = int(seconds)
    if whole < 60:
        return f"{seconds:.1f} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"


# -- the things


@html.register(Future)
def future(one: Future[Any]) -> str:
    """A future."""
    state, colour = _OF_END.get(one._end, ("pending", _AMBER)) if one.done() else ("pending", _AMBER)
    slot = f" slot {one.slot}" if one.slot else ""
    what: list[tuple[str, object]] = [("task", Html(f"{_code(one.uuid)}{slot}"))]
    if state == "done":
        what.append(("value", _code(shown(one.result()))))
    elif state == "failed":
        what.append(("error", problem(one.exception())))
    return _card(one.name or "task", _badge(state, colour), what)


@html.register(MapFuture)
def map_future(whole: MapFuture[Any]) -> str:
    """A map: a bar, counts, and the first tasks that failed."""
    futures = whole.futures
    if not futures:
        return _card("map", _badge("done", _GREEN), [("progress", "no tasks")])
    counts = Counter(one._end for one in futures)
    ended = len(futures) - counts[""]
    words = [f"{counts[end]:,} {word}" for end, (word, _) in _OF_END.items() if counts[end]]
    words += [f"{counts['']:,} pending"] if counts[""] else []
    bar = _bar([(counts[end], colour) for end, (_, colour) in _OF_END.items()], len(futures))
    state, colour = ("pending", _AMBER) if counts[""] else ("done", _GREEN)
    if not counts[""] and counts["exception"]:
        state, colour = f"done, {counts['exception']:,} failed", _RED
    more = len(whole.uuids) - 3
    uuids = " ".join(_code(uuid) for uuid in whole.uuids[:3]) + (f" … and {more:,} more" if more > 0 else "")
    failed = (pair for pair in enumerate(futures) if pair[1]._end == "exception" and pair[1].done())
    rows = [(number, problem(one.exception())) for number, one in itertools.islice(failed, FAILURES)]
    table = _table(("task", "error"), rows) if rows else ""
    left = counts["exception"] - len(rows)
    table += f"<div>… and {left:,} more that failed</div>" if rows and left > 0 else ""
    progress = Html(f"{bar}&nbsp; {ended:,} of {len(futures):,} ({', '.join(words)})")
    fields = [("progress", progress), ("batches", Html(uuids))]
    return _card(futures[0].name or "map", _badge(state, colour), fields, table)


@html.register(Status)
def status(one: Status) -> str:
    """What the broker said of a task."""
    parts = [(one.done, _GREEN), (one.failed, _RED), (one.cancelled, _GREY), (one.running, _BLUE)]
    names = ("queued", "running", "done", "failed", "cancelled")
    counts = ", ".join(f"{getattr(one, name):,} {name}" for name in names if getattr(one, name))
    fields = [
        ("tasks", Html(f"{_bar(parts, one.total)}&nbsp; {counts}") if one.total > 1 else ""),
        ("manager", one.manager or ""),
        ("waits for", one.why or ""),
        ("attempts", one.attempts or ""),
    ]
    return _card("status", _state_badge(one.state), fields)


def _state_badge(state: State) -> Html:
    return _badge(state.name.lower(), _OF_STATE.get(state, _GREY))


@html.register(TaskList)
def tasks(infos: Sequence[TaskInfo]) -> str:
    """A session's tasks."""
    rows = [
        (
            one.name,
            _state_badge(one.state),
            _ended_bar(one.ended, one.total, _OF_STATE.get(one.state, _GREY)),
            one.attempts,
            age(one.age),
            _code(one.uuid),
        )
        for one in infos[:ROWS]
    ]
    return _list("tasks", ("task", "state", "ended", "attempts", "age", "uuid"), rows, len(infos))


@html.register(ManagerList)
def managers(infos: Sequence[ManagerInfo]) -> str:
    """A broker's managers."""
    rows = [
        (
            one.name,
            _badge(one.state.name.lower(), _OF_MANAGER.get(one.state, _GREY)),
            _workers(one),
            one.tasks,
            one.line,
        )
        for one in infos[:ROWS]
    ]
    return _list("managers", ("manager", "state", "workers", "tasks", "line"), rows, len(infos))


@html.register(Dashboard)
def dashboard(page: Dashboard) -> str:
    """A broker's live page, within the notebook."""
    url = escape(page.url, quote=True)
    look = 'title="mailroom" width="100%" height="700" style="border:1px solid #8884"'
    frame = f'<iframe src="{url}" {look}></iframe>'
    return f'{frame}<p><a href="{url}" target="_blank" rel="noopener">in a window of its own</a></p>'


def _workers(one: ManagerInfo) -> Html:
    bar = _bar([(one.workers - one.idle, _BLUE)], max(one.workers, 1))
    return Html(f"{bar}&nbsp;{one.idle} of {one.workers} idle")


def client(
    title: str,
    address: str,
    *,
    closed: bool,
    over: str | None,
    waits_for: int,
    resumed: bool,
    on_interrupt: str,
    file: Path | None,
) -> str:
    """A client; never its session's token, with which anybody has its tasks.

    Args:
        title: what it is called.
        address: of the broker.
        closed: whether it was closed.
        over: why its connection is, if it is.
        waits_for: how many tasks.
        resumed: whether the broker knew the session.
        on_interrupt: what it does then.
        file: of its session.
    """
    state, colour = ("closed", _GREY) if closed else ("over", _RED) if over else ("open", _GREEN)
    fields: list[tuple[str, object]] = [("broker", _code(address))]
    if state == "open":
        fields += [
            ("waits for", f"{waits_for:,} tasks"),
            ("session", "resumed" if resumed else "new"),
            ("interrupt", _AT_INTERRUPT[on_interrupt]),
        ]
    elif state == "over":
        fields.append(("because", over))
    if file is not None and file.exists():
        fields.append(("kept in", _code(file)))
    return _card(title, _badge(state, colour), fields)


def cluster(
    kind: str, address: str, *, running: bool | None, workers: str, programs: Mapping[str, int], folder: Path
) -> str:
    """A cluster of this process.

    Args:
        kind: its class.
        address: of its broker.
        running: whether its programs run; None: it was closed.
        workers: how many, and of which runtime.
        programs: their process ids.
        folder: where its logs are.
    """
    if running is None:
        return _card(f"mailroom.{kind}", _badge("closed", _GREY), [])
    badge = _badge("running", _GREEN) if running else _badge("ended", _RED)
    fields = [
        ("broker", _code(address)),
        ("workers", workers),
        ("programs", ", ".join(f"{name} {pid}" for name, pid in programs.items())),
        ("logs", _code(folder)),
    ]
    return _card(f"mailroom.{kind}", badge, fields)
