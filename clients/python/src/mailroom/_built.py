"""Where what is compiled lies: the extension `mailroom._core`, and mailroom's programs.

An installed package has both inside. In a source tree they are where CMake builds them: in the folder that
MAILROOM_BIN names and in `python` beside it, or else in the tree's build/release or build/dev. Importing this
module lets `import mailroom._core` find it there.
"""

from __future__ import annotations

import os
import sys
import sysconfig
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

from mailroom.version import __version__

_PACKAGE = Path(__file__).resolve().parent
_TREE = next(
    iter(_PACKAGE.parents[3:4]), _PACKAGE
)  # of clients/python/src/mailroom, if that is where it lies
_LAUNCHER = b"mailroom_programs"  # what the scripts that pip makes for the programs have in them


def _builds() -> list[Path]:
    told = os.environ.get("MAILROOM_BIN")
    return [Path(told).parent] if told else [_TREE / "build" / kind for kind in ("release", "dev")]


def _has_core(folder: Path) -> bool:
    return any((folder / f"_core{suffix}").exists() for suffix in EXTENSION_SUFFIXES)


def _find_core() -> None:
    if not _has_core(_PACKAGE):
        folders = (build / "python" / "mailroom" for build in _builds())
        sys.modules[__package__].__path__ += [str(folder) for folder in folders if _has_core(folder)][:1]


def _is_launcher(path: str) -> bool:
    with open(path, "rb") as file:
        start = file.read(4096)
    return start.startswith(b"#!") and _LAUNCHER in start


def find_program(name: str) -> str:
    """Where one of mailroom's programs is.

    Looked for in the folder `$MAILROOM_BIN`, or else in `bin` of this package, in the build folders of a
    source tree that holds this package, beside this Python and in PATH.

    Raises:
        FileNotFoundError: it is nowhere; the text says how to get it.
    """
    import shutil  # a worker need not wait for it

    told = os.environ.get("MAILROOM_BIN")
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    folders = [_PACKAGE / "bin", *(build / "bin" for build in _builds()), Path(sys.executable).parent, *path]
    for folder in [told] if told else folders:
        found = shutil.which(name, path=str(folder))
        if found is not None and not _is_launcher(found):
            return found
    where = f"in MAILROOM_BIN ({told})" if told else "in this package, beside this Python or in PATH"
    raise FileNotFoundError(
        f"the program {name} is not {where}. A LocalCluster needs mailroom's programs; the wheel for"
        " Linux has them (`pip install mailroom-router`). In mailroom's source tree, build them with `cmake"
        " --preset release && cmake --build --preset release`, and set MAILROOM_BIN to its build/release/bin,"
        " or PATH. Where a broker runs already, none of this is needed: mailroom.Client(address)."
    )


def _how_to_get_it() -> str:
    build = "build it in mailroom's source tree: `cmake --preset release && cmake --build --preset release`"
    if sysconfig.get_config_var("Py_GIL_DISABLED"):
        return f"This Python is free-threaded, and wheels are for others: take one of those, or {build}"
    return f"Install a wheel (`pip install mailroom-router`), or {build}"


_find_core()
try:
    from mailroom import _core
except ImportError as error:
    raise ImportError(f"mailroom's compiled part is not there ({error}). {_how_to_get_it()}.") from error
if _core.version != __version__:
    raise ImportError(
        f"mailroom's compiled part ({_core.__file__}) is of version {_core.version}, the package is of"
        f" {__version__}: build it anew"
    )
