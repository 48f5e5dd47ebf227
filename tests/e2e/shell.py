"""The command line client for tests: `mailroom` against the real programs, with a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from running import BIN, SOON, Program, Programs

FINE, FAILED, USAGE, NO_BROKER, REFUSED, UNKNOWN, TIMEOUT, INTERRUPTED, BROKEN_PIPE = (
    *(0, 1, 2, 3, 4, 5),
    *(124, 130, 141),
)
NOBODY = "00000000-0000-4000-8000-000000000000"  # a uuid that is no task's


class Shell:
    """A user at a shell prompt.

    Args:
        folder: for what the user's commands keep, and for their working directory.
        broker: the address that the commands talk to.
    """

    def __init__(self, folder: Path, broker: str) -> None:
        self.folder = folder
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAILROOM_")},
            "MAILROOM_BROKER": broker,
            "MAILROOM_INSECURE": os.environ.get("MAILROOM_INSECURE", "0"),
            "XDG_STATE_HOME": str(folder / "state"),
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }

    def run_until(self, reason: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Runs a command that gives up when its time is over, which is as long as it takes to say why."""
        for timeout in (0.3, 1, 5):
            done = self.run(*arguments, "--timeout", timeout)
            if reason in done.stderr:
                break
        return done

    def run(self, *arguments: object, text: str = "") -> subprocess.CompletedProcess[str]:
        """Runs a command that is to end by itself, with `text` as its standard input."""
        return subprocess.run(
            ["mailroom", *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            input=text,
            capture_output=True,
            text=True,
            timeout=SOON * 2,
            check=False,
        )

    def says(self, *arguments: object, text: str = "") -> str:
        """What a command that goes well writes."""
        done = self.run(*arguments, text=text)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def objects(self, command: str, *arguments: object, text: str = "") -> list[Any]:
        """The JSON objects that a command writes with --json, a line each, whatever its status."""
        done = self.run(command, "--json", *arguments, text=text)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def shell(self, script: str) -> subprocess.CompletedProcess[str]:
        """Runs a shell's script that uses `mailroom`."""
        return subprocess.run(
            ["sh", "-c", script],
            env=self.environment,
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SOON * 2,
            check=False,
        )

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """Starts a command that goes on; the test ends it."""
        return subprocess.Popen(
            ["mailroom", *map(str, arguments)],
            env=self.environment,
            cwd=self.folder,
            text=True,
            **{"stdout": -1, "stderr": -1, "stdin": -1, **options},
        )


def user_of(programs: Programs, router: Program) -> Shell:
    """A user of that broker."""
    return Shell(programs.folder, f"127.0.0.1:{router.port}")


def shells(programs: Programs, workers: int = 2) -> Program:
    """A shim whose workers are shells that read a script from standard input."""
    return programs.start("mailroom-shim", "-v", "-p", 0, "-n", workers, "--plain", "--", "sh", "-s")


def held(folder: Path, name: str = "go") -> str:
    """A script that waits for a file, then says so."""
    return f"until test -e {folder / name}; do sleep 0.05; done; echo went on"
