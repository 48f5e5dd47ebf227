"""Finding the processes that a test has started, whoever their parents are by now."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import mailroom
from peer import PATIENCE

MARK = "MAILROOM_TEST_MARK"
SOURCES = Path(mailroom.__file__).parents[1]


def marked(mark: str) -> list[str]:
    """The command lines of all processes that have inherited a mark."""
    entry = f"{MARK}={mark}".encode()
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if entry in (folder / "environ").read_bytes().split(b"\0"):
                found.append((folder / "cmdline").read_bytes().replace(b"\0", b" ").decode().strip())
        except OSError:  # it has ended, or is another user's
            continue
    return [line for line in found if line]  # a zombie has none


def programs(mark: str) -> list[str]:
    """Those of them that belong to a cluster."""
    return [line for line in marked(mark) if "mailroom" in line and "owner.py" not in line]


def until(condition: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Waits for what has no event that could be waited for."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        time.sleep(0.02)


def owner(folder: Path, mark: str, script: str) -> subprocess.Popen[str]:
    """Runs a script that owns a cluster, in a process group of its own."""
    file = folder / "owner.py"
    file.write_text(script)
    return subprocess.Popen(
        [sys.executable, str(file)],
        env={**os.environ, MARK: mark, "PYTHONPATH": str(SOURCES), "TMPDIR": str(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def line(process: subprocess.Popen[str]) -> str:
    """The next line that a process prints; what it complains of if there is none."""
    assert process.stdout is not None
    assert process.stderr is not None
    said = process.stdout.readline()
    assert said, process.stderr.read()
    return said.strip()
