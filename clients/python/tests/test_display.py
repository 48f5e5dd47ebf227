"""What a notebook shows: well-formed, escaped and bounded HTML, which says what is so."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from mailroom import Client, LocalCluster, ManagerInfo, ManagerState, State, TaskInfo
from mailroom._session.answers import ManagerList, Status, TaskList
from peer import PATIENCE
from real import BIN, needed

pytestmark = [needed, pytest.mark.timeout(300)]

EVIL = "<script>alert('&')</script>"
MAY = {"div", "span", "b", "p", "code", "table", "thead", "tbody", "tr", "th", "td"}


class Page(HTMLParser):
    """Reads HTML strictly: tags that are ours, each closed where it should be. Its text is in `text`."""

    def __init__(self, thing: Any) -> None:
        super().__init__()
        self.source: str = thing._repr_html_()
        self.text = ""
        self._open: list[str] = []
        self.feed(self.source)
        self.close()
        assert not self._open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in MAY
        assert {name for name, _ in attrs} <= {"style"}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


class Awkward:
    """A value that cannot be shown."""

    def __repr__(self) -> str:
        raise RuntimeError(EVIL)


@pytest.fixture(scope="module")
def cluster() -> Iterator[LocalCluster]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_BIN", str(BIN))
        with LocalCluster(1) as cluster:
            yield cluster


@pytest.fixture
def client(cluster: LocalCluster) -> Iterator[Client]:
    with cluster.client() as client:
        yield client


def wait_for(file: str) -> None:
    while not os.path.exists(file):
        time.sleep(0.01)


def test_a_future_before_and_after(client: Client, tmp_path: Path) -> None:
    future = client.options(name=EVIL).submit(wait_for, str(tmp_path / "go on"))
    text = Page(future).text
    assert all(part in text for part in ("pending", EVIL, str(future.uuid)))
    (tmp_path / "go on").touch()
    future.result(PATIENCE)
    assert "done" in Page(future).text
    assert "None" in Page(future).text


def test_values_and_errors_are_escaped_and_cut(client: Client) -> None:
    value = client.submit(lambda: EVIL * 100)
    value.result(PATIENCE)
    assert EVIL[:20] in Page(value).text
    assert len(Page(value).source) < 2000
    failed = client.submit(lambda: {}[EVIL * 100])
    failed.exception(PATIENCE)
    assert "failed" in Page(failed).text
    assert f'KeyError: "{EVIL}'[:30] in Page(failed).text
    assert len(Page(failed).source) < 2000
    cancelled = client.options(runtime="nobody").submit(abs, 1)  # stays in the broker's queue
    client.cancel(cancelled, PATIENCE)
    assert "cancelled" in Page(cancelled).text


def test_what_turns_a_line_round_is_not_shown() -> None:
    task = TaskInfo(uuid.uuid4(), "x\u202egnp.exe\u2066\x9b2J", State.DONE, 1, 1, 1, 7.0)
    assert "x?gnp.exe??2J" in Page(TaskList([task])).text


def test_a_value_that_cannot_be_shown(client: Client) -> None:
    future = client.submit(Awkward)
    future.result(PATIENCE)
    assert "<Awkward instance at" in Page(future).text


def test_a_map_counts_and_names_its_failures(client: Client) -> None:
    mapped = client.map(lambda number: 1000 // (number % 10), range(100))
    list(mapped.as_completed(PATIENCE))
    text = Page(mapped).text
    assert "100 of 100 (90 done, 10 failed)" in text
    assert text.count("ZeroDivisionError") == 5
    assert "and 5 more that failed" in text
    assert repr(mapped) == "<mailroom.MapFuture 100 of 100 done, 10 failed>"


def test_the_largest_map_is_shown_in_bounds(client: Client) -> None:
    mapped = client.options(name=EVIL, runtime="nobody").map(abs, range(65_536))
    mapped.futures[7].cancel()
    page = Page(mapped)
    assert "1 of 65,536 (1 cancelled, 65,535 pending)" in page.text
    assert "and 13 more" in page.text
    assert len(page.source) < 4000
    assert len(repr(mapped)) < 200
    mapped.cancel()
    assert "65,536 of 65,536 (65,536 cancelled)" in Page(mapped).text


def test_an_empty_map(client: Client) -> None:
    assert "no tasks" in Page(client.map(abs, [])).text


def test_the_lists_are_lists_with_tables(client: Client) -> None:
    mapped = client.options(name=EVIL).map(abs, range(10))
    mapped.result(PATIENCE)
    tasks = client.tasks(PATIENCE)
    assert isinstance(tasks, list)
    text = Page(tasks).text
    assert EVIL in text
    assert "10 of 10" in text
    assert str(mapped.uuids[0]) in text
    assert " of 1 idle" in Page(client.managers(PATIENCE)).text
    assert "done" in Page(client.status(mapped.futures[0], PATIENCE)).text


def test_long_lists_are_cut() -> None:
    task = TaskInfo(uuid.uuid4(), EVIL, State.QUEUED, 7, 3, 1, 7205.0)
    page = Page(TaskList([task] * 1000))
    assert page.text.count(EVIL) == 50
    assert "and 950 more" in page.text
    assert "2 h 00 min" in page.text
    manager = ManagerInfo(EVIL, EVIL, ManagerState.AWAY, 0, 0, 0)
    assert Page(ManagerList([manager] * 60)).text.count("away") == 50
    assert "none" in Page(TaskList()).text
    status = Status(State.QUEUED, 4, 2, 1, 1, 0, 0, 1, EVIL, EVIL)
    assert "2 queued, 1 running, 1 done" in Page(status).text


def test_a_client_shows_no_token(client: Client, cluster: LocalCluster) -> None:
    page = Page(client)
    assert "open" in page.text
    assert cluster.address in page.text
    assert client.session.hex() not in page.source
    client.close()
    assert "closed" in Page(client).text


def test_a_cluster_before_and_after(cluster: LocalCluster) -> None:
    text = Page(cluster).text
    assert "running" in text
    assert str(cluster.folder) in text
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cluster, "_keeper", None)
        assert "closed" in Page(cluster).text
