"""A cluster for one process: broker, shim and workers on this machine, which end with it.

The programs are children of keeper.py, which notices the end of this process in whatever way it comes.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import select
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import time
import weakref
from pathlib import Path
from typing import Any, Literal

from mailroom import _built, client, errors
from mailroom.show import display

_KEYS = ("MAILROOM_KEY", "MAILROOM_BROKER_KEY", "MAILROOM_MANAGER_KEY", "MAILROOM_ALLOWED")  # how names begin
_GRACE_S = 15.0  # how long the programs have to end
_LOOK_S = 0.05  # how often the broker is asked whether the workers are there
_LOG_LINES = 12  # of each log in an error's text
_SOCKET_FOLDER_BYTES = 90  # of the 107 that the path of a socket may have
_RUNTIMES = ("python", "bqskit")

_open: weakref.WeakSet[LocalCluster] = weakref.WeakSet()


class LocalCluster:
    """A broker, a shim and workers for this process, on a socket in a folder of its own.

        with mailroom.LocalCluster(4) as cluster, cluster.client() as client:
            print(client.map(pow, range(10), [2] * 10).result())

    It ends with `with`, `close` or this process, also one that is killed; nothing of it is left then. Ctrl-C
    and the interrupt of a notebook's kernel do not reach it. There may be several side by side.

    Others on this machine do not come in: the folder of its socket is this user's alone, and the broker looks
    whose process a client is. So it needs no keys. Other processes of this user's take its `address`.

    Args:
        n: how many workers; None for one per processor that this process may use.
        runtime: `python` for workers that run Python functions, `bqskit` for those that run BQSKit's tasks as
            well, which take seconds to start.
        python: the interpreter of the workers; this process's unless given.
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
    ) -> None:
        self.workers = len(os.sched_getaffinity(0)) if n is None else n
        if self.workers < 1:
            raise ValueError(f"a cluster has at least one worker, not {n}")
        if runtime not in _RUNTIMES:
            raise ValueError(f"a cluster's runtime is one of {', '.join(_RUNTIMES)}, not {runtime!r}")
        command = [python or sys.executable, "-m", "mailroom.worker"]
        command += ["--only-python"] if runtime == "python" else []
        broker, shim = _built.find_program("mailroomd"), _built.find_program("mailroom-shim")
        self.runtime = runtime
        self.keys = ""
        self.output = output
        self.pids: dict[str, int] = {}
        self._pid = os.getpid()
        self._keeper: subprocess.Popen[bytes] | None = None
        self._temporary = logs is None
        self.folder = Path(tempfile.mkdtemp(prefix="mailroom-") if logs is None else logs).absolute()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._sockets = _socket_folder()
        self.address = f"ipc://{self._sockets}/broker"
        commands = [
            ("mailroomd", [broker, "--bind", self.address]),
            ("mailroom-shim", [shim, "--broker", self.address, "-n", str(self.workers), "--", *command]),
        ]
        _open.add(self)
        try:
            self._start(commands, time.monotonic() + timeout)
        except BaseException as error:
            self._stop(keep_logs=isinstance(error, Exception))
            raise

    # -- starting

    def _start(self, programs: list[tuple[str, list[str]]], end: float) -> None:
        timeout = end - time.monotonic()
        for name, _ in programs:
            (self.folder / f"{name}.port").unlink(
                missing_ok=True
            )  # of an earlier cluster with the same `logs`
        plan = {
            "folder": str(self.folder),
            "environment": _environment(),
            "timeout": timeout,
            "programs": programs,
        }
        with (self.folder / "keeper.log").open("ab") as log:
            self._keeper = subprocess.Popen(
                [sys.executable, "-I", "-S", str(Path(__file__).with_name("keeper.py"))],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                bufsize=0,
                start_new_session=True,  # the signals of a terminal are for this process
            )
        assert self._keeper.stdin is not None
        self._keeper.stdin.write(json.dumps(plan).encode() + b"\n")
        said = self._said(end)
        if "pids" not in said:
            raise self._failure(said.get("ended", "its keeper did not answer in time"))
        self.pids = said["pids"]
        self._wait_for_workers(end)

    def _said(self, end: float) -> dict[str, Any]:
        """The next that the keeper says, or nothing if it has not by then."""
        assert self._keeper is not None
        assert self._keeper.stdout is not None
        readable, _, _ = select.select([self._keeper.stdout], [], [], max(0.0, end - time.monotonic()))
        line = self._keeper.stdout.readline() if readable else b""
        said: dict[str, Any] = json.loads(line) if line else {}
        return said

    def _wait_for_workers(self, end: float) -> None:
        with client.Client(self.address, paths=(), timeout=max(1.0, end - time.monotonic())) as asking:
            while sum(manager.workers for manager in asking.managers(_GRACE_S)) < self.workers:
                if not self.running:
                    raise self._failure(self._said(end).get("ended", "it ended"))
                if time.monotonic() > end:
                    raise self._failure(f"its {self.workers} workers did not all start in time")
                time.sleep(_LOOK_S)

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
        return client.Client(self.address, **{"output": self.output, **options})

    @property
    def running(self) -> bool:
        """Whether all of its programs run."""
        return self._keeper is not None and self._keeper.poll() is None

    def __enter__(self) -> LocalCluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        state = "" if self.running else " closed" if self._keeper is None else " ended"
        return f"<mailroom.LocalCluster {self.address} {self.workers} workers{state}>"

    def _repr_html_(self) -> str:
        return display.cluster(
            self.address,
            running=None if self._keeper is None else self.running,
            workers=f"{self.workers} ({self.runtime})",
            programs=self.pids,
            folder=self.folder,
        )

    # -- the end

    def close(self) -> None:
        """Closes this process's clients of it, and ends its programs; returns when they are gone.

        What is under way there raises ConnectionLost. Safe to call twice.
        """
        self._stop(keep_logs=self._keeper is not None and not self.running)

    def _stop(self, *, keep_logs: bool) -> None:
        if os.getpid() != self._pid:  # after a fork it belongs to the parent
            return
        _open.discard(self)
        client.lose_all(self.address, f"the cluster at {self.address} was closed")
        keeper, self._keeper = self._keeper, None
        if keeper is not None:
            _end(keeper)
        shutil.rmtree(self._sockets, ignore_errors=True)
        if self._temporary and not keep_logs:
            shutil.rmtree(self.folder, ignore_errors=True)


def _end(keeper: subprocess.Popen[bytes]) -> None:
    assert keeper.stdin is not None
    assert keeper.stdout is not None
    with contextlib.suppress(BrokenPipeError):
        keeper.stdin.close()
    try:
        keeper.wait(_GRACE_S)
    except subprocess.TimeoutExpired:
        keeper.kill()  # and its programs with it
        keeper.wait()
    keeper.stdout.close()


def _socket_folder() -> Path:
    """A folder of this user's alone (mode 0700), with a path that is short enough for a socket's."""
    folder = Path(tempfile.mkdtemp(prefix="mailroom-"))
    if len(os.fsencode(folder)) <= _SOCKET_FOLDER_BYTES:
        return folder
    folder.rmdir()
    return Path(tempfile.mkdtemp(prefix="mailroom-", dir="/tmp"))


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
