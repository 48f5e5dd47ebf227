"""Brokers and shims with Python workers and short times, for tests that break things between them."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

from running import MARK, Program, Programs

WORKER = (sys.executable, "-m", "mailroom.worker", "--only-python")


def settings(programs: Programs, **sections: object) -> tuple[str, str]:
    """The arguments that have a program read these settings.

    Args:
        programs: of the test.
        sections: `redial=20`, or with a dictionary for a section; `_` stands for `-`.
    """
    lines = []
    for name, value in sections.items():
        below = value if isinstance(value, dict) else {}
        lines.append(name.replace("_", "-") + ("" if below else f" = {value}"))
        lines += [f"    {setting} = {number}" for setting, number in below.items()]
    free = (programs.folder / f"settings-{number}" for number in itertools.count())
    file = next(path for path in free if not path.exists())
    file.write_text("\n".join(lines) + "\n")
    return "--config", str(file)


def python_shim(programs: Programs, *options: object, workers: int = 2, port: int = 0) -> Program:
    """Starts a shim whose workers run Python functions."""
    return programs.start("mailroom-shim", "-v", "-p", port, "-n", workers, *options, "--", *WORKER)


def rank(programs: Programs, shim: Program, workers: int) -> Program:
    """Starts workers for a shim that waits for them (-x), as a user does."""
    folder = programs.folder / f"{len(programs.running)}-rank"
    folder.mkdir()
    command = [*WORKER, "-n", str(workers), "-p", str(shim.ports()["worker-port"])]
    program = Program(command, folder, {MARK: str(programs.folder)})
    programs.running.append(program)
    return program


def broker(programs: Programs, *managers: int, options: tuple[object, ...] = (), port: int = 0) -> Program:
    """Starts a broker that serves managers, or proxies, on these ports."""
    addresses = [f"127.0.0.1:{manager}" for manager in managers]
    return programs.start("mailroomd", "-v", "-p", port, *options, *addresses)


def noted(path: Path) -> list[int]:
    """The numbers that tasks have left in a file, in order of size."""
    return sorted(map(int, path.read_text().split())) if path.exists() else []
