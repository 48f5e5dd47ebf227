"""What several tests of the client stand on, and how the property tests run.

Those draw a few examples, the same each time; HYPOTHESIS_PROFILE=long looks for others.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import mailroom
from broker import Broker
from worker_boss import Boss, started

# a shell that starts the tests in the background has it ignored, and so would all that they start
signal.signal(signal.SIGINT, signal.default_int_handler)

# the whole suite by pyzmq's socket, say
if transport := os.environ.get("MAILROOM_TEST_TRANSPORT"):
    mailroom.Client.__init__.__kwdefaults__["transport"] = transport

# no deadline and no check of speed: the machine may be busy with something else
settings.register_profile(
    "short", derandomize=True, deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile("long", settings.get_profile("short"), derandomize=False, max_examples=20_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "short"))


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.close()


@pytest.fixture(scope="module", params=["bqskit", "python"])
def only_python(request: pytest.FixtureRequest) -> bool:
    """Each test runs with BQSKit's loop and with ours."""
    if request.param == "bqskit":
        pytest.importorskip("bqskit")
    return bool(request.param == "python")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, only_python: bool) -> Iterator[Boss]:
    boss = started(tmp_path_factory.mktemp("boss"), 2, only_python)
    yield boss
    boss.close()


@pytest.fixture
def pair(shared: Boss) -> Boss:
    """Two workers, which a test leaves as they were."""
    shared.forget()
    return shared


@pytest.fixture
def boss(tmp_path: Path, only_python: bool) -> Iterator[Boss]:
    """One worker of the test's own."""
    boss = started(tmp_path, 1, only_python)
    yield boss
    boss.close()
