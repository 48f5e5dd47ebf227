"""Where the time of a map goes: what each process takes for a task, and its five dearest functions.

py-spy looks at Python, client and worker; perf at what the processor runs, in all of them, the kernel too.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import processes
from pools import Build, Load
from table import share

SECONDS = 4
RATE = 250
"""Samples a second."""
FIRST = 5
"""How many functions are shown."""
CHUNK = 0.5
"""Seconds of a map; the profilers look at one after the other."""


def _busiest(load: Load) -> dict[str, int]:
    """For each part the process that takes the most: one of the workers, the shim and not its guardian."""
    pids = load.pids()
    before = processes.cpu(pids)
    load.run("map", CHUNK)
    taken = processes.cpu_between(before, processes.cpu(pids))
    parts = {pid: processes.part(pid, load.client) for pid in sorted(taken, key=taken.__getitem__)}
    return {part: pid for pid, part in parts.items()}


def _profile(load: Load, *command: str | Path) -> None:
    """Runs a profiler while maps run."""
    profiler = subprocess.Popen(
        [str(part) for part in command], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    while profiler.poll() is None:
        load.run("map", CHUNK)
    if profiler.returncode != 0:
        assert profiler.stderr is not None
        raise RuntimeError(f"{command[0]}: {profiler.stderr.read().strip()}")


def _python(load: Load, spy: Path, pid: int) -> Counter[str]:
    """Samples by the function of mailroom's that has the GIL, or called what has."""
    stacks = load.folder / f"{pid}.stacks"
    options = ("--gil", "--format", "raw", "--function", "--rate", RATE, "--duration", SECONDS)
    _profile(load, spy, "record", *map(str, options), "--pid", str(pid), "--output", stacks)
    found: Counter[str] = Counter()
    for line in stacks.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        own = [frame for frame in frames if "(mailroom/" in frame]
        found[(own or frames)[-1]] += int(count)
    return found


def _native(load: Load, pid: int) -> Counter[str]:
    """Samples by function, of the program, its libraries or the kernel."""
    data = load.folder / f"{pid}.perf"
    event = ("-e", "cpu-clock", "-F", str(RATE))
    _profile(load, "perf", "record", "-q", *event, "-o", data, "-p", str(pid), "--", "sleep", str(SECONDS))
    script = ["perf", "script", "-i", str(data), "-F", "ip,sym,dso"]
    listed = subprocess.run(script, capture_output=True, text=True, check=True).stdout
    found: Counter[str] = Counter()
    for line in listed.splitlines():
        words = line.split()
        if len(words) > 2:
            found[f"{words[1]} ({Path(words[-1].strip('()')).name})"] += 1
    return found


def _rows(part: str, taken: float, by: str, samples: Counter[str]) -> Iterator[str]:
    total = max(samples.total(), 1)
    for function, count in samples.most_common(FIRST):
        cost = f"{taken * count / total:.3g}" if by == "perf" else ""
        yield f"| {part} | {by} | `{function}` | {share(count / total)} | {cost} |"


def show(build: Path) -> None:
    """Prints a table; leaves out what there is no profiler for."""
    here = Build(sys.executable, build)
    spy = build.parent / "venv-peers/bin/py-spy"
    print("| process | by | function | share | us/task |\n|---|---|---|---:|---:|")
    with Load(here, "mailroom") as load:
        load.warm("map")
        busiest = _busiest(load)
        run = load.run("map", SECONDS)
        for part, pid in sorted(busiest.items()):
            taken = run["cpu"][part] / run["count"] / 1000
            if part in ("client", "workers"):
                print("\n".join(_rows(part, taken, "py-spy", _python(load, spy, pid))), flush=True)
            print("\n".join(_rows(part, taken, "perf", _native(load, pid))), flush=True)
