"""A cluster for one process with its workers in jobs of Slurm, by `mailroom scale slurm`."""

from __future__ import annotations

import json
import os
import pwd
import socket
import subprocess
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

from mailroom import _built, errors, folders
from mailroom.cluster import OwnCluster, Program, worker_command

_END_S = 60.0  # how long the programs have to end: Slurm's take their time
_LOOK_S = 0.05


class SlurmCluster(OwnCluster):
    """A broker for this process, and as many jobs of Slurm with workers as there is work for.

        with mailroom.SlurmCluster(20, "--partition=main", "--time=1:00:00") as cluster:
            with cluster.client() as client:
                print(client.map(pow, range(1000), [2] * 1000).result())

    Broker and jobs end with `with`, `close` or this process, also one that is killed. Jobs come when tasks
    wait, and leave when they have had nothing to do for a while; docs/slurm.md says how. It needs `sbatch`
    and `squeue` here, and a folder of this user's that all nodes see.

    Args:
        jobs: how many there may be, with those that wait.
        options: for `sbatch`: partition, account, time, processors.
        at_least: how many jobs there are even when there is no work.
        pending: how many may wait in Slurm's queue.
        idle: seconds for which a job has nothing to do before it leaves.
        workers: how many each job has; None for one per processor of the job.
        runtime: `python` for workers that run Python functions, `bqskit` for those that run BQSKit's tasks
            as well.
        python: the interpreter of the workers; this process's unless given.
        setup: lines of shell for a job's script, before the workers start.
        host: the name or address under which nodes find this host.
        shared: the folder that all nodes see, for keys and for what jobs write; `$XDG_STATE_HOME/mailroom`,
            or `~/.local/state/mailroom`, unless given.
        timeout: seconds until the broker must have started and Slurm must have answered.
        logs: a folder for the logs of the programs here, which stay there. Unless given, a temporary one that
            is removed when the cluster is closed, but not after a failure.
        output: whether its clients (`client`) print what tasks print, as the option of `Client`.

    Attributes:
        address: of the broker, for `Client` and all else that takes one.
        keys: the folder with the keys for it.
        folder: where the logs are.

    Raises:
        FileNotFoundError: a program of mailroom's is not found; the text says where it was looked for.
        ClusterError: the broker did not start, or Slurm does not answer; the text has the end of their logs.
        ValueError: a number or `runtime` is none.
    """

    def __init__(
        self,
        jobs: int = 10,
        *options: str,
        at_least: int = 0,
        pending: int = 10,
        idle: float = 60.0,
        workers: int | None = None,
        runtime: Literal["python", "bqskit"] = "python",
        python: str | None = None,
        setup: Sequence[str] = (),
        host: str | None = None,
        shared: str | os.PathLike[str] | None = None,
        timeout: float = 60.0,
        logs: str | os.PathLike[str] | None = None,
        output: bool = False,
    ) -> None:
        if not 0 <= at_least <= jobs or jobs < 1 or pending < 1 or (workers is not None and workers < 1):
            raise ValueError(
                f"jobs={jobs}, at_least={at_least}, pending={pending}, workers={workers}: a cluster may have"
                " at least one job, each has at least one worker, and at_least is no more than jobs"
            )
        broker, command = _built.find_program("mailroomd"), _built.find_program("mailroom")
        super().__init__(runtime, output, logs, grace=_END_S)
        self.host = host or socket.gethostname()
        common = Path(shared) if shared is not None else _state_folder()
        common.mkdir(parents=True, exist_ok=True)
        folders.sweep_in(common)
        private = folders.Held(str(common))
        self._held.append(private)
        self.keys = str(private.path / "keys")
        made = subprocess.run([command, "keygen", self.keys], capture_output=True, text=True, check=False)
        if made.returncode != 0:
            self._stop(keep_logs=False)
            raise errors.ClusterError(f"the cluster did not start: {made.stderr.strip()}")
        runtimes = ("python",) if runtime == "python" else ("python", "bqskit")
        scale = [
            *(command, "scale", "slurm", "--json", "--end-jobs", "--keys", self.keys),
            *("--broker", "127.0.0.1:{mailroomd}", "--dial", f"{self.host}:{{mailroomd}}"),
            *("--name", f"mailroom-{os.getpid()}-{private.path.name.rpartition('-')[2]}"),
            *("--max", str(jobs), "--min", str(at_least), "--max-pending", str(pending), "--idle", str(idle)),
            *("--logs", str(private.path)),
            *(["--per-job", str(workers)] if workers is not None else []),
            *(word for name in runtimes for word in ("--runtime", name)),
            *(word for line in setup for word in ("--setup", line)),
        ]
        programs: list[Program] = [
            ("mailroomd", [broker, "--bind", "0.0.0.0", "-p", "0", "--keys", self.keys], True),
            ("mailroom", [*scale, "--", *options, "--", "--", *worker_command(python, runtime)], False),
        ]
        self._begin(programs, timeout)

    def _wait_until_ready(self, end: float) -> None:
        port = (self.folder / "mailroomd.port").read_text().split()[1]
        self.address = f"{self.host}:{port}"
        while not self.status():
            if not self.running:
                raise self._failure(self._said(end).get("ended", "it ended"))
            if time.monotonic() > end:
                raise self._failure("Slurm did not answer in time")
            time.sleep(_LOOK_S)
        if "trouble" in self.status():
            raise self._failure(self.status()["trouble"])

    def status(self) -> dict[str, Any]:
        """How it was when that last changed, as `mailroom scale --json` says it.

        `pending`, `running` and `leaving` jobs, `workers`, `idle` ones, tasks `queued`; `why` where jobs die
        or are refused.
        """
        found: dict[str, Any] = {}
        with (self.folder / "mailroom.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 65536))
            lines = log.read().splitlines()
        for line in reversed(lines):
            try:
                found = json.loads(line)
            except ValueError:  # what the program says beside, or the first piece of a line
                continue
            break
        return found

    def _workers_text(self) -> str:
        known = self.status() if (self.folder / "mailroom.log").exists() else {}
        counts = {name: known.get(name, 0) for name in ("workers", "running", "pending")}
        return "{workers} workers in {running} jobs, {pending} wait".format_map(counts)


def _state_folder() -> Path:
    """As `mailroom` has it (clients/cli/state.h)."""
    state, home = Path(os.environ.get("XDG_STATE_HOME", "")), Path(os.environ.get("HOME", ""))
    if not home.is_absolute():
        home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    return (state if state.is_absolute() else home / ".local/state") / "mailroom"
