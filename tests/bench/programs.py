"""Starting and ending the processes of a benchmark, on free ports, and asking the load generator."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

os.environ.setdefault("MAILROOM_INSECURE", "1")  # all meet on ports of loopback, without keys

START_SECONDS = 30.0
RUN_SECONDS = 180.0


@dataclass(frozen=True)
class Run:
    """What one run of a client has measured."""

    rate: float
    """Tasks per second."""
    cpu: float
    """CPU time of the watched processes per task, in us."""
    p50: float
    """The median latency of a request, in us."""
    p99: float
    """Its 99th percentile, in us."""
    most: float
    """The longest, in us."""
    growth: int
    """Memory that the watched processes took while the queue was filled, in bytes."""


@dataclass(frozen=True)
class Route:
    """A way for tasks, up and running: what a client is told to measure it."""

    name: str
    client: Sequence[str]
    watched: Sequence[int]


def free_port() -> int:
    """A TCP port of loopback that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def tcp(port: int) -> str:
    """The endpoint of a port on loopback."""
    return f"tcp://127.0.0.1:{port}"


def _is_listening(port: int) -> bool:
    wanted = f":{port:04X}"
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[1].endswith(wanted) and fields[3] == "0A":
                return True
    return False


class Programs:
    """The processes of one benchmark. They end with it, and what they printed is shown if one fails."""

    def __init__(self, build: Path) -> None:
        self.build = build
        self.folder = Path(tempfile.mkdtemp(prefix="mailroom-bench-"))
        self._running: list[tuple[subprocess.Popen[bytes], Path]] = []

    def __enter__(self) -> Programs:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None:
            for process, log in self._running:
                print(f"--- {process.args!r} ({process.poll()})\n{log.read_text()}", file=sys.stderr)
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def stop(self) -> None:
        """Ends all that was started, the last first, with its children."""
        for stop_signal in (signal.SIGINT, signal.SIGKILL):
            for process, _ in reversed(self._running):
                _signal_group(process, stop_signal)
            if all(_ended(process) for process, _ in self._running):
                break
        self._running.clear()

    def start(self, *command: str | Path, environment: Mapping[str, str] | None = None) -> int:
        """Starts a process in a group of its own and returns its id."""
        log = self.folder / f"{len(self._running)}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [str(part) for part in command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        self._running.append((process, log))
        return process.pid

    def load(self, *arguments: str | int) -> int:
        """Starts the load generator in one of its roles."""
        return self.start(self.build / "bench" / "load", *(str(argument) for argument in arguments))

    def await_port(self, port: int) -> None:
        """Waits until somebody listens on a port; fails if a process has ended."""
        deadline = time.monotonic() + START_SECONDS
        while not _is_listening(port):
            for process, _ in self._running:
                if process.poll() is not None:
                    raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
            if time.monotonic() > deadline:
                raise TimeoutError(f"nobody listens on port {port}")
            time.sleep(0.02)

    def await_ready(self, pid: int) -> None:
        """Waits until a process of the load generator says that it is ready."""
        log = next(log for process, log in self._running if process.pid == pid)
        deadline = time.monotonic() + START_SECONDS
        while "ready" not in log.read_text():
            if time.monotonic() > deadline:
                raise TimeoutError("the load generator is not ready")
            time.sleep(0.02)

    def measure(self, route: Route, *settings: str | int | float) -> Run:
        """Runs a client over a route, with settings of its command line."""
        watch = [part for pid in route.watched for part in ("--watch", str(pid))]
        command = [str(self.build / "bench" / "load"), "client", *route.client, *watch, *map(str, settings)]
        return read_run(command)


def read_run(command: Sequence[str]) -> Run:
    """Runs a client and reads the line of JSON that it prints."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=RUN_SECONDS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
    seen = json.loads(done.stdout)
    tasks = max(seen["tasks"], 1)
    return Run(
        rate=seen["tasks"] / seen["seconds"],
        cpu=sum(after - before for before, after in seen["cpu"]) / tasks / 1000,
        p50=seen["p50"] / 1000,
        p99=seen["p99"] / 1000,
        most=seen.get("max", 0) / 1000,  # the generator of an older build, in a comparison, says none
        growth=sum(after - before for before, after in seen["rss"]),
    )


def median(runs: Sequence[Run]) -> Run:
    """The medians of each figure."""
    return Run(
        rate=statistics.median(run.rate for run in runs),
        cpu=statistics.median(run.cpu for run in runs),
        p50=statistics.median(run.p50 for run in runs),
        p99=statistics.median(run.p99 for run in runs),
        most=statistics.median(run.most for run in runs),
        growth=int(statistics.median(run.growth for run in runs)),
    )


def _signal_group(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)


def _ended(process: subprocess.Popen[bytes]) -> bool:
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return False
    return True
