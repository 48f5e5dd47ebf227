"""What workers have loaded of their libraries: told in a file, for what workers are forked from.

A line for each module, in the order in which they were imported. Who starts the workers names the file in
MAILROOM_LIBRARIES; that it is there says that these workers can be forked (forkserver.py).
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import sys
from collections.abc import Iterable

from mailroom.worker import sources

_MOST_BYTES = 256 << 10  # of the file


def begin() -> None:
    """Says that this worker knows of it."""
    tell(())


def tell(names: Iterable[str]) -> None:
    """Adds modules that were imported; those that another worker has told of are there already."""
    path = os.environ.get("MAILROOM_LIBRARIES")
    if not path:
        return
    with contextlib.suppress(OSError):  # its folder was removed: the next workers have another
        file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            known = {*read()}
            text = "".join(f"{name}\n" for name in names if name not in known and _has_a_file(name))
            if text and os.fstat(file).st_size + len(text) <= _MOST_BYTES:
                os.write(file, text.encode("utf-8", "ignore"))
        finally:
            os.close(file)


def read() -> list[str]:
    """All that was told."""
    path = os.environ.get("MAILROOM_LIBRARIES")
    with contextlib.suppress(OSError):
        if path:
            with open(path, encoding="utf-8", errors="ignore") as file:
                return file.read(_MOST_BYTES).splitlines()
    return []


def package_of(name: str) -> str:
    """The package that a module belongs to, the outermost one."""
    return name.partition(".")[0]


def find(name: str) -> bool:
    """Whether the package that a module belongs to is one of this worker's libraries."""
    package = package_of(name)
    if package == package_of(__package__):
        return True
    spec = importlib.util.find_spec(package)
    if spec is None:
        return False
    places = [spec.origin] if spec.has_location else list(spec.submodule_search_locations or ())
    return bool(places) and all(place is not None and sources.is_installed(place) for place in places)


def _has_a_file(name: str) -> bool:
    """Whether it can be imported by its name alone, as far as one can see."""
    spec = getattr(sys.modules.get(name), "__spec__", None)
    return getattr(spec, "name", None) == name and not name.endswith("__main__") and "\n" not in name
