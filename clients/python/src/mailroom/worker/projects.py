"""Whose code is in force: the modules and the import paths of a session are its own tasks' alone.

A project is what the tasks of one session have imported here from folders that are not this worker's
libraries. While a step of such a task runs its modules stand in `sys.modules` and its paths in `sys.path`;
before a step of another project's they are taken out, and kept for as long as they may be wanted again. So a
late import finds its own session's module too. A session has another project once a file of it has changed:
what is suspended goes on with what it has begun with.

What cannot be taken out (compiled modules) is a reason to renew the worker.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Sequence
from operator import is_
from typing import Any, Protocol

from mailroom.worker import libraries, seeds, sources
from mailroom.worker.patches import Changes, is_lasting
from mailroom.worker.sources import Stamp
from mailroom.worker.surroundings import Surroundings

_SEEDS_KEPT = 64  # sessions whose random numbers go on where they were
_KEPT = 8  # sessions whose modules are kept while nothing of them is here
_SELDOM, _AT_REST = 50, 10  # at most one part in so many of the time is for what tasks seldom change

_LOOKED_AT = (
    *("sys", "os", "io", "re", "time", "types", "pickle", "logging", "threading", "signal", "socket"),
    *("functools", "traceback", "warnings", "importlib", "contextlib", "cloudpickle"),
)
"""Modules of which each step of a task is asked whether it has put others in their places."""

_OURS = ("mailroom", "__main__", "__mp_main__")
_MISSING = object()
_clock = time.perf_counter  # whatever a task puts in its place


_needed: set[str] | None = None
_preloaded: frozenset[str] = frozenset()


def note_needed() -> None:
    """What is loaded now is what any worker needs itself; what comes before `note_preloaded` is not."""
    global _needed
    _needed = set(sys.modules) if _needed is None else _needed


def note_preloaded() -> None:
    """Ends that: workers begin with it, and can do without it."""
    global _preloaded
    _preloaded = frozenset(sys.modules.keys() - (_needed or ()))


class Owned(Protocol):
    """What a project is found by: a task of either loop."""

    session: int
    ordinal: int
    breadcrumbs: Any
    project: Project | None


class Project:
    """The modules of a session, as they were when they were first imported here.

    Attributes:
        session: whose they are.
        names: of its modules, in the order in which they came.
        modules: those that are not in `sys.modules` now.
        hidden: in `sys.modules` while this project is not in force, and out of the way while it is.
        files: what its modules were read from.
        folders: those of its import paths that stand before the worker's.
        paths: the whole import path, of which `given` were not added by modules.
        looked_for: how many tasks had come when it was last looked whether a file has changed.
        changes: what its modules have changed of Python's own as they were imported.
        looked_through: how many of its names were there when that was last looked for.
    """

    def __init__(self, session: int) -> None:
        self.session = session
        self.names: dict[str, None] = {}
        self.modules: dict[str, Any] = {}
        self.hidden: dict[str, Any] = {}
        self.attributes: list[tuple[str, str, Any]] = []
        self.files: dict[str, Stamp] = {}
        self.folders: list[str] = []
        self.paths: list[str] = []
        self.changes: Changes = {}
        self.looked_through = 0
        self.given = 0
        self.built = -1
        self.compared = 0
        self.conflict = ""
        self.looked_for = 0


class Projects:
    """Those of a worker.

    Args:
        surroundings: what else tasks find in this process.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._paths: dict[int, tuple[str, ...]] = {}
        self._over: list[int] = []
        self._built = 0  # changes with each session's import paths, and with the worker's
        self._own: list[str] = []
        self._active = Project(0)
        self._current: dict[int, Project] = {}
        self._caches: dict[int, dict[str, Any]] = {}
        self._seeds: dict[int, seeds.States] = {}
        self._stepped = False  # since all was looked through
        self._look_at = self._rest_at = 0.0
        self._known: set[str] = set()  # modules that are nobody's in particular
        self._libraries: list[str] = []  # those of them that a project may have another of
        self._began_with: set[str] = set()
        self._seen: tuple[int, object] = (0, None)
        self._base: dict[str, Any] = {}  # modules, as they were when the worker began
        self._entered_with = 0
        self._looked_at: list[Any] = []
        self._tasks: Callable[[], dict[Any, Any]] = dict
        self._came: Callable[[], int] = int

    def begin(self, tasks: Callable[[], dict[Any, Any]], came: Callable[[], int]) -> None:
        """Takes what is imported now for the worker's own.

        Args:
            tasks: gives the tasks that are here, by their addresses.
            came: how many have come, with those that wait unseen.
        """
        self._tasks, self._came = tasks, came
        self._own = sys.path[:]
        sources.install(self._own)
        self._known = set(sys.modules)
        self._base = dict(sys.modules)
        self._looked_at = list(map(sys.modules.get, _LOOKED_AT))
        self._libraries = [name for name in self._known if self._is_library(name)]
        self._began_with = set(self._libraries) - _preloaded
        self._seen = _last_of_modules()

    # -- what the boss says; from any thread

    def tell_paths(self, paths: Sequence[str], session: int) -> None:
        """The import paths of a session, all of them: none are the end of it. Of session 0: more of them."""
        if not session:
            known = self._paths.get(0, ())
            paths = [*(path for path in paths if path not in known), *known]
        if session and not paths:
            self._over.append(session)
            return
        self._paths[session] = tuple(paths)
        self._built += 1

    def must_renew(self, session: int) -> str:
        """Why a task of this session cannot be run here as long as this process lives; empty: it can.

        To be asked while nothing runs.
        """
        if self._tasks():
            return ""
        if self._active.session != session and self._stepped:
            self._look_through()
            if self._surroundings.spoiled:
                return f"a task has spoiled it: {self._surroundings.spoiled}"
        self._collect()
        for project in (self._active, *self._current.values()):
            if project.session != session and (lasting := is_lasting(project.changes)):
                return f"another client's module has replaced {lasting}, which cannot be put back"
        for file, (stamp, owner) in sources.natives.items():
            if owner != session:
                return f"{file} is another client's compiled module, which cannot be taken out of a process"
            if sources.has_changed(file, stamp):
                return f"{file} has changed, and a compiled module cannot be taken out of a process"
        return ""

    # -- for the loop, in the thread that runs tasks

    def enter(self, task: Owned) -> None:
        """Has a task find its own code.

        Raises:
            ImportError: it cannot: of one of its modules this process has another, and needs that itself.
        """
        if self._over:
            self._end_sessions()
        if task.project is None:
            task.project = self._of(task)
        project = task.project
        if project is not self._active or project.built != self._built:
            self._switch(project)
        self._entered_with = len(sys.modules)
        if project.conflict:
            raise ImportError(project.conflict)

    def leave(self) -> None:
        """After a step: what it has changed in `sys.modules` of the worker's own is as it was."""
        if len(sys.modules) < self._entered_with or not all(
            map(is_, map(sys.modules.get, _LOOKED_AT), self._looked_at)
        ):
            self._put_back_modules()
        self._collect()  # what their files are like now, before the next task may find them changed
        self._stepped = True
        if _clock() >= self._look_at:
            self._look_through()

    def loaded(self) -> None:
        """A task's function and arguments are there: what their modules have done as they came is theirs."""
        if len(sys.modules) != self._entered_with:
            self._collect()
            self._look_through()

    def rest(self) -> None:
        """There is time: what tasks seldom change of their process is as it was."""
        if self._stepped:
            self._look_through(_clock() >= self._rest_at)

    def _look_through(self, thoroughly: bool = True) -> None:
        began = _clock()
        self._stepped = False
        if not all(map(is_, map(sys.modules.get, self._base), self._base.values())):
            self._put_back_modules()
        project = self._active
        names, seen = project.names, project.looked_through
        new = list(names)[seen:] if len(names) > seen else ()
        project.looked_through = len(project.names)
        self._surroundings.look_through(new, project.changes, thoroughly)
        ended = _clock()
        if thoroughly:
            self._look_at = ended + _SELDOM * (ended - began)
            self._rest_at = ended + _AT_REST * (ended - began)

    def _put_back_modules(self) -> None:
        hidden = self._active.hidden
        for name, module in self._base.items():
            if sys.modules.get(name) is not module and name not in hidden:
                sys.modules[name] = module

    def cache(self, session: int) -> dict[str, Any]:
        """What the tasks of a session keep here for each other."""
        return self._caches.setdefault(session, {})

    def _of(self, task: Owned) -> Project:
        """The project of a task that begins: its parent's, where that is here, else its session's."""
        parent = self._tasks().get(task.breadcrumbs[-1]) if task.breadcrumbs else None
        if parent is not None and parent.project is not None:
            found: Project = parent.project
            return found
        session = task.session
        project = self._current.pop(session, None)
        if project is not None and project is self._active:
            self._collect()
        if project is None or self._has_changed(project, task.ordinal):
            project = Project(session)
            sources.forget_folders()
        self._current[session] = project  # the newest is the last
        if len(self._current) > _KEPT:
            self._make_room()
        return project

    def _has_changed(self, project: Project, ordinal: int) -> bool:
        """Whether a file of it is another one than was read, as a task that came `ordinal`-th may find it.

        Who edits a file and then submits is to get what it says now. Tasks that were here when it was last
        looked were submitted before that.
        """
        if not project.files or ordinal < project.looked_for:
            return False
        project.looked_for = self._came()
        return any(sources.has_changed(file, stamp) for file, stamp in project.files.items())

    def _make_room(self) -> None:
        used = {id(task.project) for task in self._tasks().values()}
        for session, project in self._current.items():
            if id(project) not in used and project is not self._active:
                del self._current[session]
                return

    def _end_sessions(self) -> None:
        """Forgets what sessions had that are over; the boss has cancelled their tasks."""
        while self._over:
            session = self._over.pop()
            for kept in (self._paths, self._caches, self._current):
                kept.pop(session, None)
            if self._active.session == session:
                self._switch(Project(0))
            self._seeds.pop(session, None)

    # -- modules in and out

    def _collect(self) -> None:
        """Notes what was imported since the last time: it is the active project's, or a library."""
        seen = _last_of_modules()
        if seen == self._seen:
            return
        self._seen = seen
        project = self._active
        new = sys.modules.keys() - self._known - project.names.keys()
        loaded = [name for name in sys.modules if name in new] if new else []  # before it is sorted
        for name in sorted(new):
            module = sys.modules.get(name)
            if self._is_of_a_project(name, module):
                project.names[name] = None
                project.files.update(sources.files_of(module, project.session))
            else:
                self._known.add(name)
                if self._is_library(name):
                    self._libraries.append(name)
        if shared := [name for name in loaded if name in self._known]:
            libraries.tell(shared)

    def _is_of_a_project(self, name: str, module: object) -> bool:
        top, _, below = name.partition(".")
        if top in _OURS:
            return False
        origins = sources.origins(module)
        if origins:
            return not all(map(sources.is_installed, origins))
        return bool(below) and top in self._active.names

    def _is_library(self, name: str) -> bool:
        """Whether a project may have another module of this name: no part of Python's, and none of ours."""
        if "." in name or name in _OURS or name in sys.stdlib_module_names:
            return False
        origins = sources.origins(sys.modules.get(name))
        return bool(origins) and all(map(sources.is_installed, origins))

    def _switch(self, project: Project) -> None:
        self._collect()
        old = self._active
        if old is not project:
            self._look_through()
            self._surroundings.exchange(old.changes, project.changes)
            if old.session != project.session:
                self._seeds[old.session] = seeds.exchange(self._seeds.pop(project.session, None))
                if len(self._seeds) > _SEEDS_KEPT:
                    del self._seeds[next(iter(self._seeds))]
            self._take_out(old)
            self._active = project
        if project.built != self._built:
            self._build(old, project)
        if old is not project:
            self._put_in(project)
        self._compare(project)
        self._surroundings.use_paths(project.paths)
        self._seen = _last_of_modules()

    def _take_out(self, project: Project) -> None:
        modules = sys.modules
        for name in project.names:
            module = modules.pop(name, _MISSING)
            if module is _MISSING:
                continue
            project.modules[name] = module
            parent, _, own = name.rpartition(".")
            if parent and parent not in project.names:  # of a package that libraries are in, too
                found = vars(modules.get(parent, sys)).pop(own, _MISSING) if parent in modules else _MISSING
                if found is not _MISSING:
                    project.attributes.append((parent, own, found))
        modules.update(project.hidden)
        self._known.update(project.hidden)
        project.hidden.clear()

    def _put_in(self, project: Project) -> None:
        modules = sys.modules
        for name, module in project.modules.items():
            self._hide(project, name)
            modules[name] = module
        project.modules = {}
        for parent, own, found in project.attributes:
            if parent in modules:
                setattr(modules[parent], own, found)
        project.attributes.clear()
        for name in {name.partition(".")[0] for name in project.names}:
            self._hide_package(project, name)

    def _hide(self, project: Project, name: str) -> None:
        """Gets a library's module out of the way of this project's."""
        module = sys.modules.pop(name, _MISSING)
        if module is not _MISSING:
            project.hidden[name] = module
            self._known.discard(name)

    def _hide_package(self, project: Project, top: str) -> None:
        for name in [name for name in sys.modules if name == top or name.startswith(top + ".")]:
            if name not in project.names:
                self._hide(project, name)

    def _compare(self, project: Project) -> None:
        """Which libraries that are loaded stand in the way of modules that the project's folders have."""
        new, project.compared = self._libraries[project.compared :], len(self._libraries)
        for name in new if project.folders else ():
            theirs = sources.find(name, project.folders)
            if theirs is None or name in project.names:
                continue
            if name in self._began_with:
                ours = sources.origins(sys.modules.get(name))[0]
                project.conflict = (
                    f"the module {name} is loaded in this worker from {ours}, and the client's import path"
                    f" has another one, {theirs}, which would not be used: rename that one, leave its"
                    " folder out of the import path, or install it where the worker runs"
                )
            else:
                self._hide_package(project, name)

    def _build(self, old: Project, project: Project) -> None:
        """The import path of a project: its folders, the worker's, and what it has of libraries besides."""
        self._own += [path for path in old.paths[old.given :] if sources.is_installed(path)]
        added = project.paths[project.given :]
        told = self._paths.get(project.session, ())
        project.folders = [path for path in told if not sources.is_of_libraries(path)]
        path = dict.fromkeys([*project.folders, *self._own, *told])
        project.paths = list(path)
        project.given = len(project.paths)
        project.paths += [one for one in added if one not in path]
        project.built = self._built
        project.compared = 0


def _last_of_modules() -> tuple[int, object]:
    """What differs when a module was added to `sys.modules`: they stand there in the order they came."""
    return len(sys.modules), next(reversed(sys.modules), None)
