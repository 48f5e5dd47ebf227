"""The commands that pip makes for the programs of a wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import mailroom
import mailroom_programs
from mailroom import Client
from peer import PATIENCE
from real import BIN, Programs, needed

LAUNCHER = """\
#!{python} -S
import sys

sys.path.insert(0, "{folder}")
from mailroom_programs import {function}

sys.exit({function}())
"""
BROKER = "127.0.0.1:{port}"
SHOW = ("scale", "slurm", "--broker", BROKER, "--dial", BROKER, "--insecure", "--per-job", "1", "--show")


def interpreter() -> str:
    import sys

    return sys.executable


@pytest.fixture
def launchers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with the commands, which is all that PATH has: no python3."""
    package = tmp_path / "site/mailroom"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "bin").symlink_to(BIN)
    shutil.copy(mailroom_programs.__file__, package.parent)
    for name in ("mailroom", "mailroom-shim"):
        function = name.replace("-", "_")
        launcher = tmp_path / name
        launcher.write_text(LAUNCHER.format(python=sys.executable, folder=package.parent, function=function))
        launcher.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("MAILROOM_PYTHON", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@needed
def test_a_shim_s_workers_have_the_python_of_its_launcher(launchers: Path) -> None:
    """Not the `python3` of PATH, which may be without mailroom: here there is none."""
    programs = Programs(launchers)
    try:
        shim = programs.start("mailroom-shim", "-n", 1, folder=launchers)[1]
        with Client(f"127.0.0.1:{programs.start_broker(shim)[1]}") as client:
            assert client.submit(interpreter).result(PATIENCE) == sys.executable
    finally:
        programs.stop()


def script_of(folder: Path, port: int, *options: str) -> str:
    """The script of a job of `mailroom scale`."""
    command = [folder / "mailroom", *(word.format(port=port) for word in SHOW), *options]
    shown = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return shown.partition("\n")[2]


@needed
def test_workers_in_jobs_have_the_python_of_the_scaler_s_launcher(launchers: Path) -> None:
    programs = Programs(launchers)
    try:
        port = programs.start_broker()[1]
        job = {**os.environ, "SLURM_JOB_ID": "1", "SLURMD_NODENAME": "here"}
        job["PYTHONPATH"] = str(Path(mailroom.__file__).parents[1])
        script = script_of(launchers, port, "--", "--", "-p", "0")
        with (launchers / "job.txt").open("wb") as log:
            command = ["/bin/sh", "-c", script]
            programs.running.append(subprocess.Popen(command, env=job, stdout=log, stderr=log))
        with Client(f"127.0.0.1:{port}") as client:
            assert client.submit(interpreter).result(PATIENCE) == sys.executable
    finally:
        programs.stop()


@needed
@pytest.mark.parametrize(
    ("setup", "given", "used"),
    [
        ("true", "", sys.executable),
        ("true", "/opt/mine/python", "/opt/mine/python"),
        ('PATH="$HOME/venv:$PATH"', "", ""),
        ('PATH="$HOME/venv:$PATH"', "/opt/mine/python", "/opt/mine/python"),
        ("export MAILROOM_PYTHON=/opt/mine/python", "", "/opt/mine/python"),
        ("set -eu", "", sys.executable),
    ],
)
def test_what_a_job_s_setup_leads_to_is_what_its_workers_have(
    launchers: Path, setup: str, given: str, used: str
) -> None:
    """An environment that `--setup` activates has its own python3, and who names one wants that."""
    other = launchers / "venv/python3"
    other.parent.mkdir()
    other.write_text("#!/bin/sh\n")
    other.chmod(0o700)
    before, exec_, _ = script_of(launchers, 7472, "--setup", setup).partition('if [ -n "$SLURM_JOB_END_TIME"')
    assert exec_
    environment = {**os.environ, **({"MAILROOM_PYTHON": given} if given else {})}
    command = ["/bin/sh", "-c", before + 'echo "${MAILROOM_PYTHON-}"']
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == used
