"""Brokers and shims with Python workers and short times, for tests that break things between them."""

from __future__ import annotations

import itertools
import os
import re
import sys
from pathlib import Path
from uuid import UUID

from running import MARK, Program, Programs, until

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
        lines += [f"    {setting.replace('_', '-')} = {number}" for setting, number in below.items()]
    free = (programs.folder / f"settings-{number}" for number in itertools.count())
    file = next(path for path in free if not path.exists())
    file.write_text("\n".join(lines) + "\n")
    return "--config", str(file)


def python_shim(programs: Programs, *options: object, workers: int = 2, port: int = 0) -> Program:
    """Starts a shim whose workers run Python functions."""
    return programs.start(
        "mailroom-shim", "-v", "-p", port or programs.port(), "-n", workers, *options, "--", *WORKER
    )


def rank(programs: Programs, shim: Program, workers: int) -> Program:
    """Starts workers for a shim that waits for them (-x), as a user does."""
    folder = programs.folder / f"{len(programs.running)}-rank"
    folder.mkdir()
    command = [*WORKER, "-n", str(workers), "-p", str(shim.ports()["worker-port"])]
    program = Program(command, folder, {MARK: str(programs.folder)})
    programs.running.append(program)
    return program


def client(programs: Programs, name: str, *arguments: object) -> Program:
    """Starts a client in a process of its own, see e2e_clients.py."""
    folder = programs.folder / f"{len(programs.running)}-client"
    folder.mkdir()
    environment = {MARK: str(programs.folder), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "e2e_clients", name, *map(str, arguments)]
    program = Program(command, folder, environment)
    programs.running.append(program)
    return program


def submitted(program: Program) -> list[UUID]:
    """Waits until such a client is ready; the uuids that it submitted."""
    pattern = re.compile(r"^ready(.*)\n", re.MULTILINE)
    until(lambda: pattern.search(program.log()) or program.process.poll() is not None, "the client is ready")
    found = pattern.search(program.log())
    assert found, program.log()
    return [UUID(word) for word in found[1].split()]


def broker(programs: Programs, *managers: int, options: tuple[object, ...] = (), port: int = 0) -> Program:
    """Starts a broker that serves managers, or proxies, on these ports."""
    addresses = [f"127.0.0.1:{manager}" for manager in managers]
    return programs.start("mailroomd", "-v", "-p", port or programs.port(), *options, *addresses)


def noted(path: Path) -> list[int]:
    """The numbers that tasks have left in a file, in order of size."""
    return sorted(map(int, path.read_text().split())) if path.exists() else []
