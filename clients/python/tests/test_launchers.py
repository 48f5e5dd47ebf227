"""The commands that pip makes for the programs of a wheel."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

import mailroom_programs
from mailroom import Client
from peer import PATIENCE
from real import BIN, Programs, needed

LAUNCHER = """\
#!{python} -S
import sys

sys.path.insert(0, "{folder}")
from mailroom_programs import mailroom_shim

sys.exit(mailroom_shim())
"""


def interpreter() -> str:
    import sys

    return sys.executable


@needed
def test_a_shim_s_workers_have_the_python_of_its_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the `python3` of PATH, which may be without mailroom: here there is none."""
    package = tmp_path / "site/mailroom"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "bin").symlink_to(BIN)
    shutil.copy(mailroom_programs.__file__, package.parent)
    launcher = tmp_path / "mailroom-shim"
    launcher.write_text(LAUNCHER.format(python=sys.executable, folder=package.parent))
    launcher.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("MAILROOM_PYTHON", raising=False)
    programs = Programs(tmp_path)
    try:
        shim = programs.start("mailroom-shim", "-n", 1, folder=tmp_path)[1]
        with Client(f"127.0.0.1:{programs.start_broker(shim)[1]}") as client:
            assert client.submit(interpreter).result(PATIENCE) == sys.executable
    finally:
        programs.stop()
