"""The fixtures that start programs, and show what they wrote when a test fails."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import Program, Programs
from shell import Shell, shells, user_of

# a shell that starts the tests in the background has it ignored, and so would all that they start
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    started = Programs(tmp_path)
    yield started
    print(started.stop())  # pytest shows it for a test that failed


@pytest.fixture
def nothing_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has said that TCP without keys will do (tests/conftest.py)."""
    monkeypatch.delenv("MAILROOM_INSECURE")


@pytest.fixture
def router(programs: Programs) -> Program:
    """A broker with two workers that are shells."""
    return programs.broker(shells(programs))


@pytest.fixture
def user(programs: Programs, router: Program) -> Shell:
    """Somebody at a shell prompt, who uses that broker."""
    return user_of(programs, router)
