"""Other versions of Python on this machine, each with a venv of what mailroom's package needs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOME = Path(os.environ.get("MAILROOM_BUILD") or ROOT / "build").resolve()
NEEDS = ("pyzmq", "msgpack", "cloudpickle")
MINORS = range(10, 20)


def _version(python: str | Path) -> tuple[int, int]:
    command = [python, "-c", "import sys; print(*sys.version_info[:2])"]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    major, minor = said.stdout.split() if said.returncode == 0 else ("0", "0")
    return int(major), int(minor)


def found() -> dict[str, Path]:
    """Interpreters by their version, this one's left out: those in PATH, and pyenv's."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    there: dict[str, Path] = {}
    for minor in MINORS:
        names = [shutil.which(f"python3.{minor}"), *sorted(pyenv.glob(f"versions/3.{minor}.*/bin/python"))]
        for python in filter(None, names):
            if _version(python) == (3, minor) != sys.version_info[:2]:
                there.setdefault(f"3.{minor}", Path(python))
    return there


def venv(version: str, python: Path) -> Path:
    """An interpreter of that version with the package's needs; made once."""
    folder = HOME / f"python-{version}"
    if not (folder / "made").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([python, "-m", "venv", folder], check=True)
        pip = (folder / "bin/pip", "install", "--disable-pip-version-check", "-q")
        subprocess.run([*pip, *NEEDS], check=True)
        (folder / "made").touch()
    return folder / "bin/python"
