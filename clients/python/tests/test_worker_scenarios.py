"""The scenarios of the simulator's worker, played to BQSKit's own Worker and to our small loop."""

from __future__ import annotations

from pathlib import Path

import pytest

import worker_play

SCENARIOS = sorted((Path(__file__).resolve().parents[3] / "tests/sim/worker").glob("*.scenario"))


def of_bqskit_only(scenario: Path) -> bool:
    return scenario.read_text().startswith("# only bqskit\n")


def _name(scenario: Path) -> str:
    return scenario.stem


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) > 20


@pytest.mark.parametrize("scenario", SCENARIOS, ids=_name)
def test_bqskits_worker_does_as_the_scenario_says(scenario: Path) -> None:
    pytest.importorskip("bqskit")
    worker_play.play_to_bqskit(scenario)


@pytest.mark.parametrize("scenario", [s for s in SCENARIOS if not of_bqskit_only(s)], ids=_name)
def test_our_loop_does_as_the_scenario_says(scenario: Path) -> None:
    worker_play.play_to_loop(scenario)


def test_what_is_not_so_is_found(tmp_path: Path) -> None:
    scenario = tmp_path / "untrue.scenario"
    text = SCENARIOS[-1].read_text()
    assert "receipt=1" in text
    scenario.write_text(text.replace("receipt=1", "receipt=2"))
    with pytest.raises(AssertionError, match="receipt=2: it says WAITING"):
        worker_play.play_to_loop(scenario)
