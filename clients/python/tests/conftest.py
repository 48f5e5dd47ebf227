"""What several tests of the client stand on."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from broker import Broker


@pytest.fixture
def broker() -> Iterator[Broker]:
    broker = Broker()
    yield broker
    broker.close()
