"""What processes take: CPU time and memory, read from the system, of one or of all that a run has started."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

MARK = "MAILROOM_BENCH_RUN"
"""The variable whose value all processes of one run share, so that one whose parent is gone is found too."""


def cpu_clock(pid: int) -> int:
    """The CPU clock of a process, for time.clock_gettime_ns (Linux's clock_getcpuclockid)."""
    return (~pid << 3) | 2


def cpu(pids: Iterable[int]) -> dict[int, int]:
    """The CPU time of each process with all of its threads, in ns; one that has ended is left out."""
    found = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            found[pid] = time.clock_gettime_ns(cpu_clock(pid))
    return found


def cpu_between(before: Mapping[int, int], after: Mapping[int, int]) -> dict[int, int]:
    """What each process took between two readings of `cpu`, in ns."""
    return {pid: after[pid] - taken for pid, taken in before.items() if pid in after}


def of_run(run: str) -> list[int]:
    """The processes that have the mark of this run in their environment, and those below them."""
    parents = {}
    found = set()
    mark = f"{MARK}={run}".encode()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it has ended, or is another user's
            parents[int(folder.name)] = int(folder.joinpath("stat").read_text().rpartition(")")[2].split()[1])
            if mark in folder.joinpath("environ").read_bytes().split(b"\0"):
                found.add(int(folder.name))
    while below := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= below
    return sorted(found)


def command(pid: int) -> list[str]:
    """A process's command line; nothing if it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").split("\0")[:-1]
    except OSError:
        return []


def part(pid: int, client: int) -> str:
    """What a process of a cluster, or of a pool, is in charge of."""
    if pid == client:
        return "client"
    program = Path((command(pid) or [""])[0]).name
    return {"mailroomd": "broker", "mailroom-shim": "shim"}.get(program, "workers")


def _field(file: str, name: str) -> int:
    """A value of one of the files with lines like `Pss:   1234 kB`, in bytes."""
    for line in Path(file).read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split()[1]) * 1024
    raise ValueError(f"{file} has no {name}")


def pss(pids: Iterable[int]) -> int:
    """The memory of these processes in bytes; what several share is counted once (proportional set size)."""
    total = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            total += _field(f"/proc/{pid}/smaps_rollup", "Pss")
    return total


def forget_peak() -> int:
    """Makes this process's peak what it has now; gives that, in bytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _field("/proc/self/status", "VmRSS")


def peak(pid: int | None = None) -> int:
    """The most memory that a process (None: this one) had, or has had since `forget_peak`, in bytes."""
    return _field(f"/proc/{pid or 'self'}/status", "VmHWM")
