"""`mailroom scale` as a service of systemd's with a watchdog: it says that it lives as long as it gets on."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import SOON, Program, Programs, until

READY, ALIVE = "READY=1", "WATCHDOG=1"
HANGS = "hangs"
SQUEUE = f"""#!/bin/sh
tr '\\0' '\\n' </proc/self/environ >"$0.told" && mv "$0.told" "$0.environment"
test -e "$0.{HANGS}" && exec sleep {10 * SOON:.0f}
exit 0
"""


class Systemd:
    """What systemd is to its service.

    Args:
        folder: short, for it holds a socket; it also has a squeue that says that there are no jobs.
    """

    def __init__(self, folder: Path) -> None:
        self.squeue = folder / "squeue"
        self.squeue.write_text(SQUEUE)
        self.squeue.chmod(0o755)
        self.path = folder / "notify"
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(str(self.path))
        self.socket.settimeout(SOON)

    def start(self, programs: Programs, limit: float, *options: str) -> Program:
        """Starts a scaler, which is to say that it lives twice in `limit` seconds."""
        environment = {
            "PATH": f"{self.squeue.parent}:/usr/bin:/bin",
            "NOTIFY_SOCKET": str(self.path),
            "WATCHDOG_USEC": str(int(limit * 1e6)),
        }
        where = f"127.0.0.1:{programs.broker().port}"
        command = ("scale", "slurm", "--broker", where, "--logs", str(programs.folder), *options)
        return programs.start("mailroom", *command, **environment)

    def hears(self) -> str:
        """The next word."""
        return self.socket.recv(4096).decode()

    def hears_alive(self, times: int) -> None:
        for _ in range(times):
            assert self.hears() == ALIVE


@pytest.fixture
def systemd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Systemd]:
    one = Systemd(tmp_path_factory.mktemp("systemd"))
    yield one
    one.socket.close()


def test_it_lives_while_it_rests(programs: Programs, systemd: Systemd) -> None:
    scaler = systemd.start(programs, 0.2, "--interval", "3600")
    assert systemd.hears() == READY
    systemd.hears_alive(10)
    scaler.signal(signal.SIGTERM)
    assert scaler.ends() == 130, "though it rests"


def test_it_lives_while_slurm_hangs(programs: Programs, systemd: Systemd) -> None:
    """From the start: for each of Slurm's programs has half of the time, and so there is another look."""
    Path(f"{systemd.squeue}.{HANGS}").touch()
    scaler = systemd.start(programs, 2, "--interval", "0.1")
    assert systemd.hears() == READY
    scaler.logs("squeue did not end in time")
    systemd.hears_alive(10)
    Path(f"{systemd.squeue}.{HANGS}").unlink()
    scaler.signal(signal.SIGTERM)
    assert scaler.ends() == 130


def test_it_lives_while_the_broker_hangs(programs: Programs, systemd: Systemd) -> None:
    systemd.start(programs, 2, "--interval", "0.1")
    assert systemd.hears() == READY
    (broker,) = (one for one in programs.running if "mailroomd" in one.command[0])
    broker.signal(signal.SIGSTOP)
    systemd.hears_alive(20)
    broker.signal(signal.SIGCONT)


def test_what_it_runs_is_not_the_service(programs: Programs, systemd: Systemd) -> None:
    systemd.start(programs, 0.2)
    told = Path(f"{systemd.squeue}.environment")
    until(told.exists, "the first look")
    names = {line.partition("=")[0] for line in told.read_text().splitlines()}
    assert "PATH" in names
    assert not names & {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID"}
