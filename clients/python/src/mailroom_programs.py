"""The commands that pip makes for the programs inside the package: each becomes its program.

It is no part of the package, since importing that takes ten times as long as what is done here.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path
from typing import NoReturn


def _become(name: str) -> NoReturn:
    found = importlib.util.find_spec("mailroom")  # is not imported by that
    for folder in (found.submodule_search_locations or ()) if found else ():
        program = Path(folder) / "bin" / name
        if program.exists():
            os.execv(program, [name, *sys.argv[1:]])
    sys.exit(
        f"{name}: this installation of mailroom-router has no programs, since they are for Linux or what they"
        " need was not there when it was built; they come with the wheel for Linux"
    )


def mailroom() -> NoReturn:
    """The command line client, whose jobs (`mailroom scale`) have this Python: see `mailroom_shim`."""
    os.environ["MAILROOM_OWN_PYTHON"] = sys.executable
    _become("mailroom")


def mailroomd() -> NoReturn:
    """The broker."""
    _become("mailroomd")


def mailroom_shim() -> NoReturn:
    """The manager, whose workers have this Python: the `python3` of PATH may be without mailroom."""
    os.environ.setdefault("MAILROOM_PYTHON", sys.executable)
    _become("mailroom-shim")


def mailroom_plain() -> NoReturn:
    """The worker for plain commands."""
    _become("mailroom-plain")
