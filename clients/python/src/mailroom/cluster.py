"""A cluster for one process: broker, shim and workers on this machine, which end with it.

The programs are children of keeper.py, which notices the end of this process in whatever way it comes.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import subprocess
import sys
import sysconfig
import threading
import time
import weakref
from pathlib import Path
from typing import Any, Literal, NoReturn, TypeVar

from mailroom import _built, client, errors, folders
from mailroom._base.threads import refuse_green
from mailroom.show import display

_Own = TypeVar("_Own", bound="OwnCluster")

_KEYS = ("MAILROOM_KEY", "MAILROOM_BROKER_KEY", "MAILROOM_MANAGER_KEY", "MAILROOM_ALLOWED")  # how names begin
_END_S = 5.0  # how long the programs have to end before they are killed
_GRACE_S = 10.0  # and how long the keeper takes for that beside
_LOOK_S = 0.005  # how often the broker is asked whether the workers are there
_LOG_LINES = 12  # of each log in an error's text
_SOCKET_FOLDER_BYTES = 90  # of the 107 that the path of a socket may have
_RUNTIMES = ("python", "bqskit")

Program = tuple[str, list[str], bool]
"""Its name, its command, and whether it listens on a port."""

_open: weakref.WeakSet[OwnCluster] = weakref.WeakSet()


class OwnCluster:
    """What a cluster of this process's own is, wherever its workers run.

    Args:
        runtime: of its workers.
        output: whether its clients print what tasks print.
        logs: a folder for its logs, which stay there.
        grace: seconds that its programs have to end.
    """

    def __init__(
        self, runtime: str, output: bool, logs: str | os.PathLike[str] | None, grace: float = _END_S
    ) -> None:
        if runtime not in _RUNTIMES:
            raise ValueError(f"a cluster's runtime is one of {', '.join(_RUNTIMES)}, not {runtime!r}")
        refuse_green()
        self.runtime = runtime
        self.output = output
        self.keys = ""
        self.address = ""
        self.pids: dict[str, int] = {}
        self._grace = grace
        self._pid = os.getpid()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._watcher: threading.Thread | None = None
        self._failed = False
        folders.sweep()
        self._held: list[folders.Held] = []
        self._logs = folders.Held() if logs is None else None
        self.folder = self._logs.path if self._logs else Path(logs or "").absolute()
        self.folder.mkdir(parents=True, exist_ok=True)

    def _begin(self, programs: list[Program], timeout: float) -> None:
        """Starts them, and waits until the cluster is ready; leaves nothing where that fails."""
        _open.add(self)
        try:
            self._start(programs, time.monotonic() + timeout)
        except BaseException as error:
            self._stop(keep_logs=isinstance(error, Exception))
            raise

    def _wait_until_ready(self, end: float) -> None:
        raise NotImplementedError

    def _workers_text(self) -> str:
        raise NotImplementedError

    def __reduce__(self) -> NoReturn:
        raise TypeError(
            f"a {type(self).__name__} cannot go to another process; who is to connect to it takes its address"
        )

    # -- starting

    def _start(self, programs: list[Program], end: float) -> None:
        timeout = end - time.monotonic()
        for name, _, _ in programs:
            (self.folder / f"{name}.port").unlink(
                missing_ok=True
            )  # of an earlier cluster with the same `logs`
        held = [*self._held, *([self._logs] if self._logs else [])]
        plan = {
            "folder": str(self.folder),
            "remove": [str(folder.path) for folder in held],
            "environment": _environment(),
            "timeout": timeout,
            "grace": self._grace,
            "programs": programs,
        }
        with (self.folder / "keeper.log").open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                pass_fds=[folder.fd for folder in held],
                start_new_session=True,  # the signals of a terminal are for this process
            )
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(json.dumps(plan).encode() + b"\n")
        said = self._said(end)
        if "pids" not in said:
            raise self._failure(said.get("ended", "its keeper did not answer in time"))
        self.pids = said["pids"]
        self._wait_until_ready(end)
        self._watcher = threading.Thread(target=self._watch, name="mailroom-cluster", daemon=True)
        self._watcher.start()

    def _said(self, end: float) -> dict[str, Any]:
        """The next that the keeper says, or nothing if it has not by then."""
        assert self._keeper is not None
        assert self._keeper.stdout is not None
        readable = _is_readable(self._keeper.stdout.fileno(), max(0.0, end - time.monotonic()))
        line = self._keeper.stdout.readline() if readable else b""
        said: dict[str, Any] = json.loads(line) if line else {}
        return said

    def _watch(self) -> None:
        """Where a program ends, who waits for a task would wait for ever."""
        keeper = self._keeper
        if keeper is None:
            return
        assert keeper.stdout is not None
        file = keeper.stdout.fileno()  # not by Python's file, which gevent ties to the thread that made it
        _is_readable(file, None)
        line = os.read(file, 4096)
        if self._keeper is keeper:
            self._failed = True
            how = json.loads(line)["ended"] if line else "its keeper was killed"
            why = f"the cluster at {self.address} ended: {how}. The logs are in {self.folder}"
            client.lose_all(self.address, why)

    def _failure(self, why: str) -> errors.ClusterError:
        parts = [f"the cluster did not start: {why}. The logs are in {self.folder}"]
        for log in sorted(self.folder.glob("*.log")):
            lines = log.read_text(errors="replace").splitlines()[-_LOG_LINES:]
            parts += [f"{log.name}:", *(f"    {line}" for line in lines)] if lines else []
        return errors.ClusterError("\n".join(parts))

    # -- using

    def client(self, **options: Any) -> client.Client:
        """A client of this cluster's broker, which is closed with the cluster unless before.

        Args:
            options: of `Client`.
        """
        return client.Client(self.address, **{"keys": self.keys, "output": self.output, **options})

    @property
    def running(self) -> bool:
        """Whether all of its programs run."""
        return self._keeper is not None and self._keeper.poll() is None

    def __enter__(self: _Own) -> _Own:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self.running else " closed" if self._keeper is None else " ended"
        return f"<mailroom.{type(self).__name__} {self.address} {self._workers_text()}{state}>"

    def _repr_html_(self) -> str:
        return display.cluster(
            type(self).__name__,
            self.address,
            running=None if self._keeper is None else self.running,
            workers=f"{self._workers_text()} ({self.runtime})",
            programs=self.pids,
            folder=self.folder,
        )

    # -- the end

    def close(self) -> None:
        """Closes this process's clients of it, and ends its programs; returns when they are gone.

        What is under way there raises ConnectionLost. Safe to call twice.
        """
        self._stop(keep_logs=self._keeper is not None and (self._failed or not self.running))

    def _stop(self, *, keep_logs: bool) -> None:
        if os.getpid() != self._pid:  # after a fork it belongs to the parent
            return
        _open.discard(self)
        client.lose_all(self.address, f"the cluster at {self.address} was closed")
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            _end(keeper, self._grace + _GRACE_S)
            if self._watcher is not None and self._watcher is not threading.current_thread():
                self._watcher.join(_GRACE_S)
            assert keeper.stdout is not None
            keeper.stdout.close()
        for held in self._held:
            held.let_go(keep=False)
        if self._logs:
            self._logs.let_go(keep=keep_logs)


class LocalCluster(OwnCluster):
    """A broker, a shim and workers for this process, on a socket in a folder of its own.

        with mailroom.LocalCluster(4) as cluster, cluster.client() as client:
            print(client.map(pow, range(10), [2] * 10).result())

    It ends with `with`, `close` or this process, also one that is killed; nothing of it is left then. Ctrl-C
    and the interrupt of a notebook's kernel do not reach it. There may be several side by side.

    Others on this machine do not come in: the folder of its socket is this user's alone, and the broker looks
    whose process a client is. So it needs no keys. Other processes of this user's take its `address`.

    Args:
        n: how many workers; None for one per processor that this process may use: as mailroom-shim counts
            them, by affinity, quota and what Slurm says.
        runtime: `python` for workers that run Python functions, `bqskit` for those that run BQSKit's tasks as
            well, which take seconds to start.
        python: the interpreter of the workers; this process's unless given.
        page: whether the broker serves its live page, for `client.dashboard()`, and metrics: on a free port
            of loopback, with a token.
        timeout: seconds until all must have started.
        logs: a folder for this cluster's logs, which stay there. Unless given, a temporary one that is
            removed when the cluster is closed, but not after a failure.
        output: whether its clients (`client`) print what tasks print, as the option of `Client`.

    Attributes:
        address: of the broker, for `Client` and all else that takes one.
        workers: how many there are.
        keys: empty, for it needs none.
        folder: where the logs are.

    Raises:
        FileNotFoundError: a program of mailroom's is not found; the text says where it was looked for.
        ClusterError: a program or the workers did not start; the text has the end of their logs.
        ValueError: `n` or `runtime` is none.
    """

    def __init__(
        self,
        n: int | None = None,
        *,
        runtime: Literal["python", "bqskit"] = "python",
        python: str | None = None,
        timeout: float = 60.0,
        logs: str | os.PathLike[str] | None = None,
        output: bool = False,
        page: bool = False,
    ) -> None:
        self.workers = n or 0
        if n is not None and n < 1:
            raise ValueError(f"a cluster has at least one worker, not {n}")
        broker, shim = _built.find_program("mailroomd"), _built.find_program("mailroom-shim")
        super().__init__(runtime, output, logs)
        sockets = _socket_folder()
        self._held.append(sockets)
        self.address = f"ipc://{sockets.path}/broker"
        command = worker_command(python, runtime)
        count = [] if n is None else ["-n", str(n)]  # else as many as the shim finds processors
        programs: list[Program] = [
            ("mailroomd", [broker, "--bind", self.address, *(("--http", "0") if page else ())], True),
            (
                "mailroom-shim",
                [shim, "--broker", self.address, *count, "--", *command],
                True,
            ),
        ]
        self._begin(programs, timeout)

    def _wait_until_ready(self, end: float) -> None:
        self.workers = self.workers or self._started()
        with client.Client(self.address, paths=(), timeout=max(1.0, end - time.monotonic())) as asking:
            while sum(manager.workers for manager in asking.managers(_GRACE_S)) < self.workers:
                if not self.running:
                    raise self._failure(self._said(end).get("ended", "it ended"))
                if time.monotonic() > end:
                    raise self._failure(f"its {self.workers} workers did not all start in time")
                time.sleep(_LOOK_S)

    def _started(self) -> int:
        """How many workers the shim starts, as it says."""
        words = (self.folder / "mailroom-shim.port").read_text().split()
        said = dict(zip(words[::2], words[1::2], strict=True))
        if "workers" not in said:
            raise self._failure("mailroom-shim does not say how many workers it starts: it is an older one")
        return int(said["workers"])

    def _workers_text(self) -> str:
        return f"{self.workers} workers"


def worker_command(python: str | None, runtime: str) -> list[str]:
    """What starts a worker of a runtime, by an interpreter, this process's unless given."""
    only = ["--only-python"] if runtime == "python" else []
    return [python or sys.executable, "-m", "mailroom.worker", *only]


def _is_readable(file: int, seconds: float | None) -> bool:
    """Waits until there is something to read; by poll, for select takes no file above 1,023."""
    poll = select.poll()
    poll.register(file, select.POLLIN)
    return bool(poll.poll(None if seconds is None else 1000 * seconds))


def _end(keeper: subprocess.Popen[bytes], seconds: float) -> None:
    assert keeper.stdin is not None
    with contextlib.suppress(BrokenPipeError), keeper.stdin:
        keeper.stdin.write(b"leave\n")  # the folders to their owner
    try:
        keeper.wait(seconds)
    except subprocess.TimeoutExpired:
        keeper.kill()  # and its programs with it
        keeper.wait()


def _socket_folder() -> folders.Held:
    """A folder with a path that is short enough for a socket's."""
    folder = folders.Held()
    if len(os.fsencode(folder.path)) <= _SOCKET_FOLDER_BYTES:
        return folder
    folder.let_go(keep=False)
    return folders.Held("/tmp")


def _environment() -> dict[str, str]:
    """This process's, in which the programs' Python finds this package also where it is not installed."""
    # those keys are for the user's other cluster; this one has its own
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_KEYS)}
    source = str(Path(__file__).resolve().parents[1])
    if source in {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}:
        return environment
    paths = [source, environment.get("PYTHONPATH", "")]
    return {**environment, "PYTHONPATH": os.pathsep.join(filter(None, paths))}


@atexit.register
def _close_all() -> None:
    # before client.py's, since it was registered after it: clients go first, while they have a broker
    client._close_all()
    for cluster in list(_open):
        cluster.close()
