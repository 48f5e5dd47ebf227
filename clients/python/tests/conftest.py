"""What several tests of the client stand on, and how the property tests run.

Those draw a few examples, the same each time; HYPOTHESIS_PROFILE=long looks for others.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from broker import Broker

# a shell that starts the tests in the background has it ignored, and so would all that they start
signal.signal(signal.SIGINT, signal.default_int_handler)

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
