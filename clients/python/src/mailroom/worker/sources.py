"""What modules of projects are read from: which folders are a worker's libraries, how the others are read.

A project's files change while it is worked on. So its modules are compiled from their source, unless bytecode
beside it is certainly made of that; and it is noted what the file was like when it was read.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import re
import site
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    ModuleSpec,
    SourceFileLoader,
    SourcelessFileLoader,
)
from types import CodeType, ModuleType
from typing import Any

Stamp = tuple[int, int, int, int]

_OF_LIBRARIES = re.compile(
    r"(^|/)(site-packages|dist-packages|lib-dynload|lib(64)?/python3\.\d+|python3\d+\.zip)/?$"
)

natives: dict[str, tuple[Stamp, int]] = {}
"""Compiled modules of projects that this process has loaded: what their files were like, and whose."""

_join = os.path.join  # whatever a task puts in its place

_installed: tuple[str, ...] = ()  # the worker's libraries, each with a slash at its end
_read: dict[str, Stamp] = {}  # what files were like that were read since they were last asked for


def is_of_libraries(path: str) -> bool:
    """Whether a folder has libraries in it, or is of a Python's own, by its name."""
    return _OF_LIBRARIES.search(path) is not None or is_installed(path)


def is_installed(path: str) -> bool:
    """Whether a file or folder is in one of this worker's libraries."""
    return _join(path, "").startswith(_installed)


def note_installed(paths: Sequence[str]) -> None:
    """Notes which folders are a worker's libraries.

    Args:
        paths: the worker's own import path.
    """
    global _installed
    folders = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    folders.update(site.getsitepackages())
    folders.update(path for path in paths if _OF_LIBRARIES.search(path))
    folders.update(os.path.realpath(path) for path in set(folders))
    _installed = tuple(os.path.join(path, "") for path in folders if path)


def install(paths: Sequence[str]) -> None:
    """Has the modules of projects read as this file says.

    Args:
        paths: the worker's own import path.
    """
    note_installed(paths)
    sys.path_hooks.insert(0, _hook)
    for path in [path for path in sys.path_importer_cache if not is_installed(path)]:
        del sys.path_importer_cache[path]


def forget_folders() -> None:
    """Has the folders of projects looked through anew for what is in them."""
    for path, finder in list(sys.path_importer_cache.items()):
        if finder is not None and not is_installed(path):
            getattr(finder, "invalidate_caches", lambda: None)()


def find(name: str, folders: Sequence[str]) -> str | None:
    """The file of the module or package of this name that is found first in these folders."""
    for path in folders:
        finder = importlib.machinery.PathFinder._path_importer_cache(path)  # type: ignore[attr-defined]
        spec = None if finder is None else finder.find_spec(name)
        if spec is not None and spec.loader is not None and spec.origin:
            return str(spec.origin)
    return None


def origins(module: object) -> list[str]:
    """The file of a module, or the folders of a package without one; of what is neither, nothing."""
    try:
        file, folders = getattr(module, "__file__", None), getattr(module, "__path__", ())
        if isinstance(file, str):
            return [file]
        return [str(folder) for folder in folders]
    except Exception:  # it is some object of a task's
        return []


def files_of(module: Any, session: int) -> dict[str, Stamp]:
    """The file that a module of a session was read from, and what it was like then."""
    spec = getattr(module, "__spec__", None)
    file = getattr(getattr(spec, "loader", None), "archive", None) or getattr(module, "__file__", None)
    if not isinstance(file, str):
        return {}
    stamp = _read.pop(file, None) or stamp_of(file)
    if stamp is None:
        return {}
    if file.endswith(tuple(EXTENSION_SUFFIXES)):
        natives[file] = (stamp, session)
    return {file: stamp}


def stamp_of(file: str) -> Stamp | None:
    """What tells a file from what it was before a change; None: it is not to be seen now."""
    try:
        found = os.stat(file)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ctime_ns, found.st_size, found.st_ino


def has_changed(file: str, stamp: Stamp) -> bool:
    """Whether a file is another one now.

    One that is gone has not changed, for what was read is right still; unless a package has taken the place
    of its module, or the other way round.
    """
    now = stamp_of(file)
    return now != stamp if now is not None else os.path.exists(_other_form(file))


def _other_form(file: str) -> str:
    """Where a package of a module's name would be, or a module of a package's."""
    folder, name = os.path.split(file)
    stem = name.partition(".")[0]
    return f"{folder}.py" if stem == "__init__" else os.path.join(folder, stem, "__init__.py")


class _Source(SourceFileLoader):
    """A module of a project; its bytecode is not kept."""

    def get_code(self, fullname: str) -> CodeType | None:
        """Overrides SourceLoader.get_code."""
        file = self.get_filename(fullname)
        stamp = stamp_of(file)
        if stamp is not None:
            _read[file] = stamp
            if _is_younger(file, stamp):
                return super().get_code(fullname)
        return self.source_to_code(self.get_data(file), file)

    def set_data(self, path: str, data: Any, *, _mode: int = 0o666) -> None:
        """Overrides SourceFileLoader.set_data: bytecode of a file that is being edited would deceive."""


def _is_younger(file: str, stamp: Stamp) -> bool:
    """Whether there is bytecode that was written when the source was what it is now."""
    try:
        return os.stat(importlib.util.cache_from_source(file)).st_mtime_ns > max(stamp[:2])
    except (OSError, NotImplementedError):
        return False


class _Native(ExtensionFileLoader):
    """A compiled module of a project."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Overrides ExtensionFileLoader.create_module: a process loads a file once."""
        stamp, known = stamp_of(self.path), natives.get(self.path)
        if known is not None and stamp is not None and known[0] != stamp:
            raise ImportError(
                f"the compiled module {spec.name} is loaded in this worker from {self.path} as it was before"
                " that file was changed, and tasks that may use it are suspended here: submit again when"
                " they are done",
                name=spec.name,
                path=self.path,
            )
        if stamp is not None:
            _read[self.path] = stamp
        return super().create_module(spec)


def _hook(path: str) -> Any:
    """What `sys.path_hooks` has for folders of projects."""
    if not path or is_installed(path):
        raise ImportError("no folder of a project's", path=path)
    return _folder_of_a_project(path)


_folder_of_a_project = FileFinder.path_hook(
    (_Native, EXTENSION_SUFFIXES), (_Source, SOURCE_SUFFIXES), (SourcelessFileLoader, BYTECODE_SUFFIXES)
)
