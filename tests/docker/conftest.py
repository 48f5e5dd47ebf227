"""The deployment that the tests of this folder share; a test that fails shows its logs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "e2e"))  # its circuits and its patience serve here too

from engine import LONG, ROOT, composes
from place import SETTINGS, Place

TAIL = 60  # lines


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts last what takes away the images that the others start from."""
    items.sort(key=lambda item: item.name == "test_down_leaves_nothing")


@pytest.fixture(scope="session")
def versions() -> dict[str, tuple[str, ...]]:
    """The versions of Compose that are here, see composes."""
    return composes()


@pytest.fixture(scope="session")
def shared(versions: dict[str, tuple[str, ...]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """Built, with keys and a broker; the shims are for each test to start."""
    place = Place(next(iter(versions.values())), tmp_path_factory.mktemp("deployment"), **SETTINGS)
    try:
        place.build()
        place("run", "--rm", "keys")
        yield place
    finally:
        place.clean()
        place.clean_cache()


@pytest.fixture
def place(shared: Place) -> Iterator[Place]:
    """The deployment, for one test."""
    yield shared
    print(shared("ps", "-a"))
    print(shared("logs", "--no-color", "--tail", TAIL))  # pytest shows it for a test that failed


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the sdist."""
    folder = tmp_path_factory.mktemp("wheels")
    environment = {**os.environ, "MAILROOM_WHEELS": str(folder)}
    done = subprocess.run(
        [ROOT / "deploy/wheel"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=2 * LONG,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-9000:] + done.stderr[-9000:]
    return folder
