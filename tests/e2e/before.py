"""The build before: programs and Python package of an older commit, made once out of git's history.

In an upgrade, what is in users' hands meets the new programs. COMMIT is what they had.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

COMMIT = "6b84332"  # before libmailroom
ROOT = Path(__file__).parents[2]
HOME = Path(os.environ.get("MAILROOM_BUILD") or ROOT / "build").resolve() / f"before-{COMMIT}"


class Build:
    """A set of programs and the Python that has the package which came with them.

    Args:
        bin: the folder of the programs.
        python: an interpreter.
    """

    def __init__(self, bin: Path, python: Path) -> None:
        self.bin, self.python = bin, python

    @property
    def worker(self) -> tuple[str, ...]:
        """The command of a Python worker."""
        return str(self.python), "-m", "mailroom.worker", "--only-python"


def _run(*command: str | Path, **options: object) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)  # type: ignore[call-overload]
    assert done.returncode == 0, f"{' '.join(map(str, command))}:\n{done.stdout[-4000:]}{done.stderr[-4000:]}"


def _make(home: Path) -> None:
    tree = home / "tree"
    tree.mkdir(parents=True)
    archive = subprocess.run(
        ["git", "-C", str(ROOT), "archive", COMMIT], capture_output=True, check=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", str(tree)], input=archive, check=True)
    options = ("--preset", "release", "-B", home / "build", "-DMAILROOM_TESTS=OFF")
    _run("cmake", *options, "-DCMAKE_INTERPROCEDURAL_OPTIMIZATION=OFF", cwd=tree)
    _run("cmake", "--build", home / "build")
    _run(sys.executable, "-m", "venv", home / "venv")
    _run(home / "venv/bin/pip", "install", "--disable-pip-version-check", "-q", tree / "clients/python")


def build() -> Build:
    """The build before; skips the test where the tree has no history to make it of."""
    known = subprocess.run(
        ["git", "-C", str(ROOT), "cat-file", "-e", f"{COMMIT}^{{commit}}"], capture_output=True, check=False
    )
    if known.returncode != 0:
        pytest.skip(f"commit {COMMIT} is not in this tree's history (an export, or a shallow clone)")
    if not (HOME / "made").exists():  # a venv knows its folder's name, so it is made in place
        shutil.rmtree(HOME, ignore_errors=True)
        _make(HOME)
        (HOME / "made").touch()
    return Build(HOME / "build/bin", HOME / "venv/bin/python")
