"""BQSKit compiles while processes die or stand still and connections break; at length: tests/e2e/chaos."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from faults import KINDS, Fault, Runs, schedule

pytestmark = pytest.mark.timeout(600)

SHORT, LONG = 0.3, 2.8  # seconds; no link of the tree outlives the second


@pytest.fixture(scope="module")
def runs() -> Iterator[Runs]:
    runs = Runs(widths=(1, 2))
    yield runs
    runs.end()


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_of_fault_costs_no_task(runs: Runs, kind: str) -> None:
    places = KINDS[kind][1]
    times = ((0.3, places[0], SHORT), (0.9, places[1], SHORT), (1.5, places[-1], LONG))
    runs.run([Fault(at, kind, where, seconds) for at, where, seconds in times], list(KINDS).index(kind))


def test_faults_at_random_cost_no_task(runs: Runs) -> None:
    runs.run(schedule(1), 1)


def test_a_broker_with_a_journal_that_is_killed_costs_no_attempt(nothing_said: None) -> None:
    """By the command, as it is called by hand."""
    command = [sys.executable, str(Path(__file__).with_name("long_chaos.py")), "--journal", "--runs", "2"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.endswith("2 passed, 0 failed\n")
