"""A broker of one test, and what scales for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from running import Program, Programs

if TYPE_CHECKING:
    from conftest import Slurm

LONG = 60.0  # seconds: Slurm takes its time
WAITS = 'read stop; until test -e "$stop"; do sleep 0.05; done; echo "$SLURM_JOB_ID"'


class Scaling:
    """A broker, and what scales for it."""

    def __init__(self, slurm: Slurm, programs: Programs, name: str) -> None:
        self.slurm = slurm
        self.programs = programs
        self.name = name
        self.broker = programs.broker()
        self.address = f"127.0.0.1:{self.broker.port}"
        self.logs = programs.folder / "jobs"
        self.logs.mkdir()

    def command(self, *options: str, sbatch: tuple[str, ...] = ()) -> list[str]:
        """Its words, behind `mailroom`."""
        fixed = (
            "--broker",
            self.address,
            "--dial",
            self.address,
            "--name",
            self.name,
            "--logs",
            str(self.logs),
        )
        quick = ("--interval", "0.2", "--idle", "3")
        shim = ("-v", "--drain-grace", "100", "--plain", "--", "sh", "-c", WAITS)
        return ["scale", "slurm", *fixed, *quick, *options, "--", *sbatch, "--", *shim]

    def start(self, *options: str, sbatch: tuple[str, ...] = (), **environment: str) -> Program:
        """Starts it, with this beside the environment."""
        variables = {
            "SLURM_CONF": self.slurm.environment["SLURM_CONF"],
            "SLURM_CPUS_PER_TASK": "7",  # as where it runs in a job itself
            **environment,
        }
        return self.programs.start("mailroom", *self.command(*options, sbatch=sbatch), **variables)

    def jobs(self, *states: str) -> list[str]:
        """The numbers of its jobs in these states, or all that have not ended."""
        wanted = [f"--states={','.join(states)}"] if states else []
        return self.slurm("squeue", "-h", "-o", "%A", f"--name={self.name}", *wanted).split()

    def ended(self) -> dict[str, str]:
        """How those that have ended did."""
        lines = self.slurm("squeue", "-h", "-o", "%A %T", f"--name={self.name}", "--states=all").splitlines()
        states = dict(line.split() for line in lines)
        return {job: state for job, state in states.items() if job not in self.jobs()}
