"""The short form of tests/e2e/soak: each kind of hoard once."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hoards_below import Below
from running import Programs
from soak import BROKER_HOARDS, MANAGER_HOARDS, Soak, at_a_manager

SEED = 1


def test_hoards_at_a_broker(programs: Programs) -> None:
    soak = Soak(programs, SEED)
    for hoard in BROKER_HOARDS:
        soak.run(hoard)
    soak.end()


@pytest.mark.parametrize("hoard", MANAGER_HOARDS)
def test_hoards_at_a_manager(programs: Programs, hoard: Callable[[Below, Random], None]) -> None:
    at_a_manager(programs, hoard, SEED)
