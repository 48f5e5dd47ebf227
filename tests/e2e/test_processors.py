"""How many workers a shim starts where nobody says it: as many as the processors that it may use."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from running import BIN, Program, Programs

HERE = len(os.sched_getaffinity(0))


def workers(shim: Program) -> int:
    """How many workers it says that it starts."""
    shim.ports()
    found = re.search(r"starting (\d+) workers", shim.log())
    assert found, shim.log()
    return int(found[1])


def shim(programs: Programs, *by: str, **environment: str) -> int:
    """How many workers a shim starts under the command `by`."""
    folder = programs.folder / f"{len(programs.running)}-shim"
    folder.mkdir()
    command = [*by, str(BIN / "mailroom-shim"), "--port-file", str(folder / "ports"), "-p", "0"]
    ours = {"XDG_RUNTIME_DIR": str(programs.sockets), **environment}
    programs.running.append(Program([*command, "--plain", "--", "cat"], folder, ours))
    return workers(programs.running[-1])


def test_affinity(programs: Programs) -> None:
    assert shim(programs) <= HERE
    assert shim(programs, "taskset", "-c", str(min(os.sched_getaffinity(0)))) == 1


@pytest.mark.skipif(HERE < 2, reason="one processor is the least anyhow")
@pytest.mark.parametrize(
    ("variables", "count"),
    [
        ({"CPUS_ON_NODE": "1"}, 1),
        ({"CPUS_ON_NODE": "64"}, None),
        # a script of a job whose steps will have one processor for each task
        ({"CPUS_ON_NODE": "2", "CPUS_PER_TASK": "1"}, 2),
        ({"CPUS_PER_TASK": "1"}, 1),
        # two tasks of a step on this node, which share what it has there
        ({"CPUS_ON_NODE": "2", "STEP_TASKS_PER_NODE": "2"}, 1),
        ({"CPUS_ON_NODE": "4", "STEP_TASKS_PER_NODE": "2", "CPUS_PER_TASK": "1"}, 1),
        ({"CPUS_ON_NODE": "2", "STEP_TASKS_PER_NODE": "2(x3),1", "NODEID": "3"}, 2),
        ({"CPUS_ON_NODE": "2", "STEP_TASKS_PER_NODE": "1,2(x2)", "NODEID": "2"}, 1),
        ({"CPUS_ON_NODE": "nonsense"}, None),
    ],
)
def test_slurm(programs: Programs, variables: dict[str, str], count: int | None) -> None:
    alone = shim(programs)
    environment = {f"SLURM_{name}": value for name, value in {"NODEID": "0", **variables}.items()}
    assert shim(programs, **environment) == min(alone, count or alone)


GROUPS = [
    ({"cpu.max": "100000 100000"}, 1),
    ({"cpu.max": "150000 100000"}, 2),
    ({"cpu.max": "max 100000"}, None),
    ({"cpu/cpu.cfs_quota_us": "50000", "cpu/cpu.cfs_period_us": "100000"}, 1),
    ({"cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"}, None),
]


@pytest.mark.skipif(HERE < 2, reason="one processor is the least anyhow")
@pytest.mark.parametrize(("files", "count"), GROUPS)
def test_quota(programs: Programs, tmp_path: Path, files: dict[str, str], count: int | None) -> None:
    groups = tmp_path / "groups"
    for name, text in files.items():
        (groups / name).parent.mkdir(parents=True, exist_ok=True)
        (groups / name).write_text(text + "\n")
    over = ["unshare", "-m", "sh", "-c", f'mount --bind {groups} /sys/fs/cgroup && exec "$@"', "sh"]
    if subprocess.run([*over, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("no other file system can be shown to a program here")
    assert shim(programs, *over) == (count or shim(programs))
