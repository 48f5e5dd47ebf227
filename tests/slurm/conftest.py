"""A Slurm of two nodes on this machine, as one user, and what the e2e tests start programs with."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "e2e"))  # running, cluster, e2e_tasks

from mailroom_peer.ports import free_port
from running import MARK, SOON, Programs, until
from scaling import LONG, Scaling

CONFIG = """\
ClusterName=mailroom
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ports[0]}
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={folder}/munge.socket
SlurmUser={user}
SlurmdUser={user}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool-%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd-%n.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd-%n.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
KillWait=30
NodeName=n1 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[1]} CPUs=2
NodeName=n2 NodeHostname={host} NodeAddr=127.0.0.1 Port={ports[2]} CPUs=2
PartitionName=main Nodes=ALL Default=YES State=UP PriorityTier=1
PartitionName=first Nodes=ALL State=UP PriorityTier=2
"""


class Slurm:
    """One that runs, all of it in a folder of its own.

    Args:
        folder: short, for it holds a socket.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {**os.environ, "SLURM_CONF": str(folder / "slurm.conf")}
        key = folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o600)
        (folder / "state").mkdir()
        host = socket.gethostname().partition(".")[0]
        (folder / "slurm.conf").write_text(
            CONFIG.format(folder=folder, host=host, user="root", ports=[free_port() for _ in range(3)])
        )

    def start(self) -> None:
        """Starts it and waits until both nodes are idle."""
        files = {
            name: f"--{name}={self.folder}/munge.{file}"
            for name, file in [
                *(("key-file", "key"), ("socket", "socket"), ("pid-file", "pid")),
                *(("seed-file", "seed"), ("log-file", "log")),
            ]
        }
        self("munged", "--force", *files.values())
        self("slurmctld", "-c")
        for node in ("n1", "n2"):
            self("slurmd", "-N", node)
        until(lambda: self("sinfo", "-h", "-o", "%D %t").split() == ["2", "idle"], "both nodes are idle", 60)

    def __call__(self, *command: str) -> str:
        """Runs one of its commands; what it says."""
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def submit(self, programs: Programs, *command: str, options: tuple[str, ...] = ()) -> tuple[str, Path]:
        """Submits a job that is this command; its number, and the file that it writes to."""
        log = programs.folder / f"job-{len(list(programs.folder.glob('job-*')))}"
        exports = f"ALL,{MARK}={programs.folder},XDG_RUNTIME_DIR={programs.sockets}"
        script = log.with_suffix(".sh")
        script.write_text(f"#!/bin/sh\nexec {' '.join(command)}\n")
        said = self("sbatch", "--parsable", f"--export={exports}", f"--output={log}", *options, str(script))
        return said.strip(), log

    def stop(self) -> None:
        """Ends all of it."""
        subprocess.run(["scancel", "--user=root"], env=self.environment, check=False, timeout=60)
        for file in self.folder.glob("*.pid"):
            try:
                os.kill(int(file.read_text()), signal.SIGTERM)
            except (ProcessLookupError, ValueError):
                continue
        until(lambda: not list(self.folder.glob("slurm*.pid")), "Slurm has ended", SOON)


@pytest.fixture(scope="session")
def slurm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Slurm]:
    started = Slurm(tmp_path_factory.mktemp("slurm"))
    try:
        started.start()
        yield started
    finally:
        started.stop()


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    started = Programs(tmp_path)
    yield started
    print(started.stop())
    print(*(file.read_text() for file in tmp_path.glob("job-[0-9]")), sep="\n")


@pytest.fixture
def scaling(slurm: Slurm, programs: Programs, request: pytest.FixtureRequest) -> Iterator[Scaling]:
    name = re.sub(r"\W", "-", request.node.name)
    started = Scaling(slurm, programs, name)
    yield started
    for program in programs.running:
        program.process.kill()
    slurm("scancel", f"--name={name}")
    print(*(log.read_text() for log in started.logs.iterdir()), sep="\n")
    until(lambda: not started.jobs(), "its jobs have ended", LONG)
