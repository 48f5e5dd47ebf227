"""A journal whose writer dies, or whose machine loses its power: what was safe is there, as it was said.

`journal_writer` (tests/journal) writes in an order that follows from a number, and tells when it opens a
folder whether what is there is a beginning of that order, and how much of it.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
from pathlib import Path

from running import BIN, SOON

HOME = BIN.parent / "journal"
WRITER = HOME / "journal_writer"
ENDED_BY_A_CUT = 77


def there(folder: Path) -> int:
    """How many records are there, -1: it says that it is damaged.

    Raises:
        AssertionError: what is there is not what was said.
    """
    checked = subprocess.run(
        [WRITER, "--check", folder], capture_output=True, text=True, timeout=SOON, check=False
    )
    if "is damaged" in checked.stdout:
        return -1
    assert checked.returncode == 0, checked.stdout + checked.stderr
    return int(checked.stdout)


class Writer:
    """A writer that goes on where the folder ends."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.safe = 0
        self._process = subprocess.Popen(
            [WRITER, folder], stdout=subprocess.PIPE, text=True, env={**os.environ, **environment}
        )

    def write(self, lines: int) -> None:
        """Waits until it has said so many times what is safe."""
        assert self._process.stdout
        for _ in range(lines):
            line = self._process.stdout.readline()
            assert line, self._process.wait()
            self.safe = int(line)

    def signal(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def end(self) -> int:
        """Waits for its end, and hears what it said last."""
        said, _ = self._process.communicate(timeout=SOON)
        whole = said.rsplit("\n", 1)[0].split() if "\n" in said else []
        self.safe = int(whole[-1]) if whole else self.safe
        return self._process.returncode


def test_what_is_safe_outlives_its_writer(tmp_path: Path) -> None:
    draw = random.Random(1)
    for _ in range(8):
        writer = Writer(tmp_path / "journal")
        writer.write(draw.randrange(1, 300))
        writer.signal(signal.SIGKILL)
        assert writer.end() == -signal.SIGKILL
        assert there(tmp_path / "journal") >= writer.safe


def test_a_copy_of_any_moment_can_be_opened(tmp_path: Path) -> None:
    writer = Writer(tmp_path / "journal")
    for moment in range(8):
        writer.write(25)
        writer.signal(signal.SIGSTOP)
        os.waitid(os.P_PID, writer._process.pid, os.WSTOPPED)
        copy = tmp_path / f"copy{moment}"
        shutil.copytree(tmp_path / "journal", copy)
        assert there(copy) >= writer.safe
        writer.signal(signal.SIGCONT)
    writer.signal(signal.SIGKILL)
    writer.end()


def cut(folder: Path, seed: int, **environment: str) -> tuple[int, int]:
    """Cuts a writer's power; what was safe, and what is there."""
    draw = random.Random(seed)
    layer = {
        "LD_PRELOAD": str(HOME / "journal_powercut.so"),
        "POWERCUT_AFTER": str(draw.randrange(40, 1500)),
        "POWERCUT_SEED": str(seed % 4 and seed),  # every fourth time all that was not synced is gone
    }
    writer = Writer(folder, **layer, **environment)
    assert writer.end() == ENDED_BY_A_CUT
    return writer.safe, there(folder)


def test_what_is_safe_outlives_a_power_cut(tmp_path: Path) -> None:
    for seed in range(12):
        safe, found = cut(tmp_path / "journal", seed)
        assert found >= safe, f"seed {seed}: {safe} records were safe, and {found} are there"


def test_the_layer_takes_away_what_was_not_synced(tmp_path: Path) -> None:
    losses = 0
    for seed in range(12):
        safe, found = cut(tmp_path / f"journal{seed}", seed, WRITER_CARELESS="1")
        losses += found < safe
    assert losses > 6
