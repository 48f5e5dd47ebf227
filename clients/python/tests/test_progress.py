"""The progress bar of a map, with and without tqdm."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator

import pytest

import mailroom
from mailroom import Client, LocalCluster
from peer import PATIENCE
from real import BIN, needed

pytestmark = [needed, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_BIN", str(BIN))
        with LocalCluster(2) as cluster:
            yield cluster.client()


def test_tasks_come_as_they_are_done_and_the_bar_counts_them(client: Client) -> None:
    shown = io.StringIO()
    mapped = client.options(name="halves").map(lambda number: 10 // number, range(20))
    slots = {future.slot for future in mapped.progress(timeout=PATIENCE, file=shown)}
    assert slots == set(range(20))
    last = shown.getvalue().split("\r")[-1]
    assert last.startswith("halves: 100%")
    assert "20/20" in last
    assert "failed=1" in last


def test_the_result_after_the_bar(client: Client) -> None:
    shown = io.StringIO()
    mapped = client.map(abs, range(-20, 0))
    assert mailroom.progress(mapped, file=shown).result() == list(range(20, 0, -1))
    assert "20/20" in shown.getvalue()
    with pytest.raises(ZeroDivisionError):
        mailroom.progress(client.map(divmod, [1], [0]), file=shown).result()


def test_a_bar_that_is_not_in_time(client: Client) -> None:
    import time

    mapped = client.map(time.sleep, [600])
    with pytest.raises(TimeoutError):
        list(mapped.progress(timeout=0.1, file=io.StringIO()))
    mapped.cancel()


def test_without_tqdm_it_says_what_to_install(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tqdm", None)
    with pytest.raises(ImportError, match=r'pip install "mailroom-router\[notebook\]"'):
        client.map(abs, [1]).progress()
