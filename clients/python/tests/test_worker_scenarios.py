"""The scenarios of the simulator's worker, played to BQSKit's own Worker and to our small loop."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import worker_play

SCENARIOS = sorted((Path(__file__).resolve().parents[3] / "tests/sim/worker").glob("*.scenario"))


def played_to(who: str) -> list[Path]:
    """Those that are for all, or for this one."""
    only = {scenario: re.match(r"# only (.+)", scenario.read_text()) for scenario in SCENARIOS}
    return [scenario for scenario, found in only.items() if found is None or found[1] == who]


def _name(scenario: Path) -> str:
    return scenario.stem


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 20


@pytest.mark.parametrize("scenario", played_to("bqskit"), ids=_name)
def test_bqskits_worker_does_as_the_scenario_says(scenario: Path) -> None:
    pytest.importorskip("bqskit")
    worker_play.play_to_bqskit(scenario)


def _bqskits_worker_after(scenario: str) -> Any:
    pytest.importorskip("bqskit")
    return worker_play.play_to_bqskit({_name(one): one for one in played_to("bqskit")}[scenario])


def test_bqskits_worker_keeps_no_task_that_was_cancelled_before_it_came() -> None:
    """While it has tasks it is not renewed."""
    assert not _bqskits_worker_after("cancelled_before_it_came")._tasks


def test_bqskits_worker_remembers_what_was_cancelled_for_a_time_only() -> None:
    """By itself it would remember all, as long as it lives."""
    worker = _bqskits_worker_after("cancelled_before_it_came")
    for number in range(20_000):
        worker._handle_cancel((None, number, 0))
    remembered = worker._cancelled_task_ids
    assert len(list(remembered)) <= 4096
    assert (None, 19_999, 0) in remembered
    assert (None, 1, 0) not in remembered


@pytest.mark.parametrize("scenario", played_to("our loop"), ids=_name)
def test_our_loop_does_as_the_scenario_says(scenario: Path) -> None:
    worker_play.play_to_loop(scenario)


def test_what_is_not_so_is_found(tmp_path: Path) -> None:
    scenario = tmp_path / "untrue.scenario"
    text = SCENARIOS[-1].read_text()
    assert "receipt=1" in text
    scenario.write_text(text.replace("receipt=1", "receipt=2"))
    with pytest.raises(AssertionError, match="receipt=2: it says WAITING"):
        worker_play.play_to_loop(scenario)
