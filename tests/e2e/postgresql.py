"""A server of PostgreSQL's for one test: its own folder, its own socket, nothing else of this machine's."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import SOON, until

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
NEEDED = pytest.mark.skipif(not PROGRAMS.is_dir(), reason="PostgreSQL 15 is not installed")


class Server:
    """Runs until it is ended, as a user that is not root, whom PostgreSQL refuses.

    Args:
        folder: its own, of a short path: its socket is in there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.process: subprocess.Popen[bytes] | None = None
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            known = pwd.getpwnam(self.user)
            os.chown(folder, known.pw_uid, known.pw_gid)
        make = ["initdb", "-D", str(self.data), "-U", "mailroom", "-A", "trust", "-N", "--locale", "C"]
        self._start(make).wait(SOON * 4)
        self.start()

    @property
    def place(self) -> str:
        """What `--journal` takes."""
        return f"postgresql://mailroom@/postgres?host={self.folder}"

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        words = ["setpriv", "--pdeathsig", "KILL", str(PROGRAMS / command[0]), *command[1:]]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                words,
                user=self.user,
                extra_groups=[] if self.user else None,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def start(self) -> None:
        """Starts it, and waits until it answers."""
        serve = ["postgres", "-D", str(self.data), "-k", str(self.folder), "-h", "", "-c", "fsync=off"]
        self.process = self._start(serve)
        until(lambda: self._ask("SELECT 1").returncode == 0, "PostgreSQL answers")

    def end(self) -> None:
        """Ends it as its machine's end does: at once."""
        if self.process:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait(SOON)
            self.process = None

    def _ask(self, sql: str) -> subprocess.CompletedProcess[str]:
        command = [str(PROGRAMS / "psql"), "-XAtq", "-c", sql, self.place]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=SOON)

    def says(self, sql: str) -> str:
        """What a statement gives, as text."""
        done = self._ask(sql)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def session(self, pid: int) -> int:
        """The server's process for a broker's."""
        where = f"application_name LIKE 'mailroomd%:{pid}'"
        return int(self.says(f"SELECT pid FROM pg_stat_activity WHERE {where}"))

    def cut(self, where: str) -> None:
        """Ends the sessions of brokers of which this is so, as a server does that is told to leave."""
        self.says(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity "
            f"WHERE application_name LIKE 'mailroomd%' AND {where}"
        )

    def stuck(self) -> int:
        """How many brokers' sessions wait for a lock that somebody else has."""
        where = "application_name LIKE 'mailroomd%' AND wait_event_type = 'Lock'"
        return int(self.says(f"SELECT count(*) FROM pg_stat_activity WHERE {where}"))

    @contextlib.contextmanager
    def holds(self, sql: str) -> Iterator[None]:
        """A session of somebody else's who has begun a transaction with this statement."""
        command = [str(PROGRAMS / "psql"), "-XAtq", self.place]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as psql:
            assert psql.stdin
            assert psql.stdout
            psql.stdin.write(f"BEGIN; {sql}; SELECT 'held';\n")
            psql.stdin.flush()
            while psql.stdout.readline().strip() != "held":
                assert psql.poll() is None
            yield


@contextlib.contextmanager
def server() -> Iterator[Server]:
    """Runs one."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    started = Server(folder)
    try:
        yield started
    finally:
        started.end()
        shutil.rmtree(folder)
