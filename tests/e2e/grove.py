"""A tree of real programs in which each can die, stand still and come back, and each connection can break.

    clients -> broker -> middle -> left, right     (a manager of managers, 2 workers below each)
                      <- side                      (a manager with 2 workers, which dials in)

Where an arrow is stands a proxy with a port of its own, so that a program that is started again is found
again. The links' times are short, so that a fault is soon longer than they allow.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from cluster import settings
from e2e_tasks import process_id
from mailroom import Client
from proxy import Proxy
from running import Program, Programs, until

BEAT = 200  # ms
EXPIRY = 2000  # ms: how long a link outlives its connection,
LASTS = 60000  # ms: and where no kill of the broker may end one, however long its next process takes
WORKERS = 2  # below each shim
FORKS = "mailroom-forks"  # what a worker in the place of another is forked from, by its name
LEAVES = ("left", "right", "side")
PATIENCE = 120.0  # seconds: what must happen at all happens by then, on a busy machine too
HEARS = 20.0  # seconds in which who is connected has heard of the end, and has ended
MAY_GROW = 6 << 20  # bytes of memory between the first time all was quiet and the last


def children(pid: int) -> list[int]:
    """The processes that a process has started and that are alive."""
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def named(pid: int) -> str:
    """What a process is called by the system; "" where it is gone."""
    try:
        return Path(f"/proc/{pid}/comm").read_text().rstrip()
    except OSError:
        return ""


@dataclass
class Use:
    """What a program holds when nothing is under way."""

    memory: int  # bytes that are resident and its own
    files: int  # open descriptors

    @classmethod
    def of(cls, pid: int) -> Use:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        memory = next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))
        return cls(memory << 10, len(os.listdir(f"/proc/{pid}/fd")))

    def __str__(self) -> str:
        return f"{self.memory / (1 << 20):.1f} MiB and {self.files} descriptors"


class Site:
    """A program's place in the tree.

    Args:
        name: of the place.
        start: starts a program there.
        proxy: is between it and its boss, or its clients.
        entries: the proxies that lead to it.
    """

    def __init__(self, name: str, start: Callable[[], Program], proxy: Proxy, entries: list[Proxy]) -> None:
        self.name, self.proxy = name, proxy
        self._entries = entries
        self.program: Program | None = None
        self.first: Use | None = None  # of the present program
        self._start = start

    @property
    def pid(self) -> int:
        assert self.program is not None, f"{self.name} is not running"
        return self.program.process.pid

    def start(self) -> None:
        """Starts a program, if there is none."""
        if self.program is None:
            self.program = self._start()
            for entry in self._entries:
                entry.target = self.program.port
            self.first = None

    def kill(self) -> None:
        """Kills the program, if there is one."""
        if self.program is not None:
            for entry in self._entries:
                entry.target = None
            self.program.signal(signal.SIGKILL)
            self.program.ends()
            self.program = None

    def workers(self) -> list[int]:
        """The processes of its workers: a guardian stands between the shim and them."""
        return [pid for pid in self._guarded() if named(pid) != FORKS]

    def forks(self) -> list[int]:
        """The process that workers in the place of others are forked from, where there is one yet."""
        return [pid for pid in self._guarded() if named(pid) == FORKS]

    def _guarded(self) -> list[int]:
        return [pid for guardian in children(self.pid) for pid in children(guardian)]

    def all_processes(self) -> list[int]:
        return [self.pid, *children(self.pid), *self._guarded()]

    def check_use(self) -> str:
        """Whether it holds no more than when it was quiet for the first time: one line about it.

        Raises:
            AssertionError: it holds more.
        """
        if self.first is None:
            self.first = Use.of(self.pid)
        first = self.first
        until(lambda: Use.of(self.pid).files <= first.files, f"{self.name} closes what it opened: {first}")
        now = Use.of(self.pid)
        text = f"{self.name} held {first} at first, now {now}"
        assert now.memory <= first.memory + MAY_GROW, text
        return text


class Grove:
    """The tree; a context manager.

    Args:
        programs: where its programs are started.
        journal: whether its broker has one.
    """

    def __init__(self, programs: Programs, *, journal: bool = False) -> None:
        self.programs, self.journal = programs, journal
        self._stack = ExitStack()
        ends = {"heartbeat": BEAT, "expiry": LASTS if journal else EXPIRY}
        limits = {"attempts": 50, "losses": 200}  # faults come thick here: none may exhaust a task
        broker = settings(programs, redial=100, limits=limits, manager_links=ends, client_links=ends)
        respawn = {"first": 50, "most": 500}
        shim = settings(
            programs, redial=100, limits=limits, respawn=respawn, manager_links=ends, boss_links=ends
        )
        leaf = ("mailroom-shim", *shim, "-v", "-n", WORKERS)
        kept = ("--journal", programs.folder / "journal") if journal else ()
        names = ("broker", "middle", *LEAVES)
        proxies = {name: self._stack.enter_context(Proxy(None)) for name in names}
        at = {name: f"127.0.0.1:{proxy.port}" for name, proxy in proxies.items()}
        lines: dict[str, tuple[object, ...]] = {
            "broker": ("mailroomd", *broker, *kept, "-v", "-p", 0, at["middle"]),
            "middle": ("mailroom-shim", *shim, "-v", "-p", 0, "-m", at["left"], at["right"]),
            "left": (*leaf, "-p", 0),
            "right": (*leaf, "-p", 0),
            "side": (*leaf, "--broker", at["side"]),
        }
        entries = {name: [proxies[name]] for name in names}
        entries["broker"].append(entries["side"].pop())
        self.sites = {
            name: Site(name, self._starter(lines[name]), proxies[name], entries[name]) for name in names
        }

    def _starter(self, line: tuple[object, ...]) -> Callable[[], Program]:
        return lambda: self.programs.start(str(line[0]), *line[1:])

    def __enter__(self) -> Grove:
        for site in self.sites.values():
            site.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def port(self) -> int:
        """Where clients connect."""
        return self.sites["broker"].proxy.port

    def workers(self) -> list[int]:
        """The processes of all workers."""
        return sorted(pid for name in LEAVES for pid in self.sites[name].workers())

    def mend(self) -> None:
        """Nothing is dead, stopped or held up any more."""
        for site in self.sites.values():
            site.proxy.go()
            site.start()
            for pid in site.all_processes():
                os.kill(pid, signal.SIGCONT)

    def settle(self) -> list[str]:
        """Waits until all is well: each worker works, and nobody else is there; what the programs hold then.

        Raises:
            AssertionError: it does not become so.
        """
        end = time.monotonic() + PATIENCE
        seen: set[int] = set()
        with Client(f"127.0.0.1:{self.port}") as client:
            while not self._all_work(seen):
                missing = [(site.name, set(site.workers()) - seen) for site in self.sites.values()]
                assert time.monotonic() < end, f"workers that got no task: {missing}"
                seen |= set(client.map(process_id, range(2 * WORKERS * len(LEAVES))).result(PATIENCE))
        expected = 2 * len(LEAVES) + 2 + WORKERS * len(LEAVES)  # shims with guardians, two without, workers
        until(lambda: self._count() == expected, f"{expected} processes: {self.programs.left()}")
        return [site.check_use() for site in self.sites.values()]

    def _count(self) -> int:
        """Of all processes but those that workers are forked from."""
        return len(self.programs.left()) - sum(len(self.sites[name].forks()) for name in LEAVES)

    def _all_work(self, seen: set[int]) -> bool:
        below = [self.sites[name].workers() for name in LEAVES]
        return all(len(workers) == WORKERS and seen.issuperset(workers) for workers in below)

    def end(self) -> None:
        """Ends all with an interrupt of the broker; nothing is left.

        Raises:
            AssertionError: a program did not end well.
        """
        for _ in range(3):  # who is held up just then, and not connected, hears of it the next time
            self.sites["broker"].program.signal(signal.SIGINT)  # type: ignore[union-attr]
            if self._have_ended():
                break
            self.mend()
            self.settle()
        assert not [site.name for site in self.sites.values() if site.program is not None]
        self.programs.all_gone()

    def _have_ended(self) -> bool:
        """Waits for the end of the broker, and for a while for that of all others; whether it has come."""
        assert self.sites["broker"].program is not None
        self.sites["broker"].program.ends()
        end = time.monotonic() + HEARS
        while time.monotonic() < end and any(site.program for site in self.sites.values()):
            for site in self.sites.values():
                if site.program is not None and (status := site.program.process.poll()) is not None:
                    assert status == 0, f"{site.name}: {status}"
                    site.program = None
            time.sleep(0.01)
        return not any(site.program for site in self.sites.values())
