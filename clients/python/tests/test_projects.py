"""Tests that a task runs its own client's code: modules of one name, files that change, sessions that end."""

from __future__ import annotations

import importlib
import importlib.machinery
import os
import pickle
import py_compile
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from mailroom_peer import wire

import mailroom
import real
from asking import ask, by_value
from mailroom import Client, LocalCluster
from peer import PATIENCE
from worker_boss import Boss

pytestmark = real.needed


def folder(path: Path, **files: str) -> Path:
    """A folder with these modules; two underscores in a name are a folder's end."""
    for name, text in files.items():
        file = path / (name.replace("__", "/") + ".py")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return path


def value(name: str, attribute: str = "VALUE") -> Any:
    """The task of most tests: imports a module late, and gives what it has."""
    import importlib

    return getattr(importlib.import_module(name), attribute)


by_value(value)


def process() -> int:
    return os.getpid()


def import_path() -> list[str]:
    return sys.path[:]


def write_again(file: Path, text: str) -> None:
    """Changes a file, and not its length or its time."""
    before = file.stat()
    assert len(text) == before.st_size
    file.write_text(text)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_modules_of_one_name_are_each_client_s_own(join: Any, tmp_path: Path) -> None:
    a, b = (
        join(folder(tmp_path / name, helpers=f"VALUE = {name!r}", tools__helpers=f"VALUE = 'inner {name}'"))
        for name in "ab"
    )
    for _ in range(2):
        for client, name in ((a, "a"), (b, "b")):
            assert ask(client, value, "helpers") == name
            assert ask(client, value, "tools.helpers") == f"inner {name}"


def test_a_folder_that_is_inserted_later_is_found(
    one_worker: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    early = folder(tmp_path / "early", late_one="VALUE = 'early'", late_two="VALUE = 2")
    first = folder(tmp_path / "first", late_one="VALUE = 'first'")
    with one_worker.client() as client:
        with pytest.raises(ModuleNotFoundError):
            ask(client, value, "late_one")
        monkeypatch.syspath_prepend(str(early))
        assert ask(client, value, "late_one") == "early"
        monkeypatch.syspath_prepend(str(first))
        assert ask(client, value, "late_two") == 2
        assert client.map(value, ["late_two"] * 3).result(PATIENCE) == [2] * 3
        assert ask(client, import_path)[:2] == [str(first), str(early)]
    with one_worker.client() as another, mailroom.Executor(client=another) as executor:
        assert executor.submit(value, "late_one").result(PATIENCE) == "first"
    with Client(one_worker.address, paths=[str(early)]) as told:
        monkeypatch.syspath_prepend(str(tmp_path))
        assert ask(told, value, "late_one") == "early"
        assert str(tmp_path) not in ask(told, import_path)


def test_the_working_directory_is_found_where_the_program_finds_it(
    one_worker: LocalCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in "ab":
        folder(tmp_path / name, in_the_directory=f"VALUE = {name!r}")
    monkeypatch.chdir(tmp_path / "a")
    monkeypatch.setattr(sys, "path", ["", *sys.path])
    with one_worker.client() as client:
        assert ask(client, value, "in_the_directory") == "a"
    with one_worker.client() as client:
        monkeypatch.chdir(tmp_path / "b")
        assert ask(client, value, "in_the_directory") == "b"


def test_what_is_no_folder_is_not_told(one_worker: LocalCluster, monkeypatch: pytest.MonkeyPatch) -> None:
    odd: list[Any] = [None, b"/bytes", "/no\udc80text", "/a\0zero", Path("/a/path"), "/last"]
    monkeypatch.setattr(sys, "path", [*sys.path, *odd])
    with one_worker.client() as client:
        there = ask(client, import_path)
        assert [path for path in there if path in map(str, odd)] == ["/a/path", "/last"]


def test_functions_by_name_are_each_script_s_own(one_worker: LocalCluster, tmp_path: Path) -> None:
    helpers = (
        "import dataclasses\n\nclass Odd(Exception): pass\n\n@dataclasses.dataclass\n"
        "class Point:\n    x: int\n\n"
        "def who(point): return (NAME, Point(point.x + 1))\n\ndef fail(): raise Odd(NAME)\n"
    )
    script = (
        "import sys, mailroom, helpers\n"
        "def main_function(x): return helpers.who(x)\n"
        "if __name__ == '__main__':\n"
        "    with mailroom.Client(sys.argv[1]) as client:\n"
        "        for function in (helpers.who, main_function):\n"
        "            name, point = client.submit(function, helpers.Point(1)).result(60)\n"
        "            assert type(point) is helpers.Point and point.x == 2\n"
        "            print(name)\n"
        "        try:\n"
        "            client.submit(helpers.fail).result(60)\n"
        "        except helpers.Odd as odd:\n"
        "            print(odd)\n"
    )
    for name in ("one", "two", "one"):
        place = folder(tmp_path / name, helpers=f"NAME = {name!r}\n{helpers}", script=script)
        run = [sys.executable, str(place / "script.py"), one_worker.address]
        environment = {**os.environ, "PYTHONPATH": str(Path(mailroom.__file__).parents[1])}
        done = subprocess.run(
            run, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert (done.stdout.split(), done.stderr) == ([name] * 3, "")


def test_a_file_that_has_changed_is_read_again(join: Any, tmp_path: Path) -> None:
    place = folder(tmp_path, edited="VALUE = 1", edited_too="from edited import VALUE")
    first = join(place)
    assert ask(first, value, "edited_too") == 1
    (place / "edited.py").write_text("VALUE = 'two'")
    assert ask(first, value, "edited_too") == "two"  # the same session
    (place / "edited.py").write_text("VALUE = 3.0")
    assert ask(join(place), value, "edited_too") == 3.0  # the next one


def test_a_file_is_read_again_however_many_there_are(join: Any, tmp_path: Path) -> None:
    """To look through them takes a while, in which the file may change and a task be submitted."""
    parts = [f"part{number}" for number in range(500)]
    place = folder(tmp_path, many__all="\n".join(f"import many.{part}" for part in parts))
    folder(place, **{f"many__{part}": "" for part in parts})
    client = join(place)
    for number in range(3):
        folder(place, large=f"import many.all\nVALUE = 10**{number}")
        assert ask(client, value, "large") == 10**number
        assert ask(client, value, "large") == 10**number  # has looked through all


def test_a_package_that_takes_a_modules_place_is_read(join: Any, tmp_path: Path) -> None:
    place = folder(tmp_path, turns="VALUE = 'module'")
    client = join(place)
    assert ask(client, value, "turns") == "module"
    (place / "turns.py").unlink()
    assert ask(client, value, "turns") == "module"  # what was read is right still
    (place / "turns").mkdir()
    (place / "turns" / "__init__.py").write_text("VALUE = 'package'")
    assert ask(client, value, "turns") == "package"
    shutil.rmtree(place / "turns")
    folder(place, turns="VALUE = 'module again'")
    assert ask(client, value, "turns") == "module again"


def test_an_archive_that_has_changed_is_read_again_and_again(join: Any, tmp_path: Path) -> None:
    client = join(tmp_path / "archive.zip")
    for number in range(4):
        with zipfile.ZipFile(tmp_path / "archive.zip", "w") as archive:
            archive.writestr("in_the_archive.py", f"VALUE = {10**number}")
        assert ask(client, value, "in_the_archive") == 10**number


def test_bytecode_of_the_same_time_and_size_is_not_believed(join: Any, tmp_path: Path) -> None:
    place = folder(tmp_path, same="VALUE = 1")
    py_compile.compile(str(place / "same.py"))
    client = join(place)
    assert ask(client, value, "same") == 1
    write_again(place / "same.py", "VALUE = 2")
    assert ask(client, value, "same") == 2
    write_again(place / "same.py", "VALUE = 3")
    assert ask(join(place), value, "same") == 3


def test_bytecode_alone_and_archives_are_modules_too(join: Any, tmp_path: Path) -> None:
    for name in "ab":
        place = folder(tmp_path / name, bare=f"VALUE = {name!r}", packed__inside=f"VALUE = 'packed {name}'")
        py_compile.compile(str(place / "bare.py"), cfile=str(place / "bare.pyc"))
        (place / "bare.py").unlink()
        shutil.make_archive(str(place / "archive"), "zip", place, "packed")
        shutil.rmtree(place / "packed")
        client = join(place, place / "archive.zip")
        assert ask(client, value, "bare") == name
        assert ask(client, value, "packed.inside") == f"packed {name}"


def test_packages_with_all_that_they_import(join: Any, tmp_path: Path) -> None:
    for name in "ab":
        place = folder(
            tmp_path / name,
            app__deep__low=f"VALUE = 'low {name}'",
            app__high="def VALUE():\n    from .deep.low import VALUE\n    return VALUE",
            space__part=f"VALUE = 'part {name}'",
        )
        (place / "app" / "__init__.py").write_text(f"from . import high\nVALUE = 'app {name}'")

        def several() -> list[Any]:
            import app.deep.low as low  # type: ignore[import-not-found]
            import space.part  # type: ignore[import-not-found]
            from app import VALUE, high

            return [VALUE, high.VALUE(), low.VALUE, space.part.VALUE]

        assert ask(join(place), several) == [f"app {name}", f"low {name}", f"low {name}", f"part {name}"]


def test_parts_of_one_namespace_in_two_places(join: Any, tmp_path: Path) -> None:
    folder(tmp_path / "common", spread__shared="VALUE = 'common'")
    for name in "ab":
        client = join(folder(tmp_path / name, spread__own=f"VALUE = {name!r}"), tmp_path / "common")
        assert [ask(client, value, f"spread.{part}") for part in ("own", "shared")] == [name, "common"]


def test_a_project_s_module_stands_before_a_library(join: Any, tmp_path: Path) -> None:
    library = "sortedcontainers"  # of the tests' own requirements
    if importlib.machinery.PathFinder.find_spec(library) is None:
        pytest.skip(f"{library} is not installed")
    place = folder(tmp_path, **{library: "__file_of__ = 'mine'"})
    with_own, without = join(place), join()
    for _ in range(2):
        assert ask(without, value, library, "SortedDict").__name__ == "SortedDict"
        assert ask(with_own, value, library, "__file_of__") == "mine"


def test_another_of_a_module_that_the_worker_needs_is_an_error(join: Any, tmp_path: Path) -> None:
    client = join(folder(tmp_path, cloudpickle="VALUE = 1"))
    with pytest.raises(ImportError, match=r"module cloudpickle is loaded .* from .*another one, .*rename"):
        ask(client, value, "cloudpickle")
    assert ask(join(), abs, -1) == 1


def test_import_paths_are_in_force_for_their_own_tasks(join: Any, tmp_path: Path) -> None:
    folders = [folder(tmp_path / name, module="VALUE = 1") for name in "ab"]
    a, b = map(join, folders)
    for client, own, other in ((a, *folders), (b, *reversed(folders)), (a, *folders)):
        path = ask(client, import_path)
        assert (path[0], str(other) in path) == (str(own), False)
    b.close()
    assert [str(one) in ask(a, import_path) for one in folders] == [True, False]
    a.close()
    assert not {*map(str, folders)} & {*ask(join(), import_path)}


def test_a_path_that_a_task_adds_is_its_own(join: Any, tmp_path: Path) -> None:
    place = folder(tmp_path, elsewhere="VALUE = 7")

    def adds(path: str) -> Any:
        sys.path.insert(0, path)
        import elsewhere  # type: ignore[import-not-found]

        return elsewhere.VALUE

    client, other = join(), join()
    assert ask(client, adds, str(place)) == 7
    with pytest.raises(ModuleNotFoundError):
        ask(other, value, "elsewhere")


def test_as_many_import_paths_as_a_client_likes_are_no_other_s_loss(join: Any, tmp_path: Path) -> None:
    many = join(*(tmp_path / str(number) for number in range(4096)))
    assert ask(many, abs, -1) == 1
    place = folder(tmp_path / "mine", late="VALUE = 'here'")
    assert ask(join(place), value, "late") == "here"


def test_clients_whose_modules_are_not_kept(join: Any, tmp_path: Path) -> None:
    """More of them than are kept in a worker: they are imported anew."""
    clients = [join(folder(tmp_path / str(number), counted=f"VALUE = {number}")) for number in range(10)]
    for _ in range(2):
        assert [ask(client, value, "counted") for client in clients] == list(range(10))


def test_the_cache_is_each_client_s_own(join: Any) -> None:
    def note(text: str) -> str:
        from mailroom.worker import get_runtime

        return str(get_runtime().get_cache().setdefault("note", text))

    a, b = join(), join()
    assert [ask(client, note, text) for client, text in ((a, "a"), (b, "b"), (a, "c"))] == ["a", "b", "a"]


async def late_and_later(child: str) -> list[Any]:
    """Imports a module, waits for a child, and imports another one."""
    import late  # type: ignore[import-not-found]

    from mailroom.worker import get_runtime

    before = late.VALUE
    await get_runtime().submit(abs, -1, task_name=child)
    import later  # type: ignore[import-not-found]

    return [before, late.VALUE, sys.modules["late"].VALUE, later.VALUE]


def test_suspended_tasks_go_on_with_their_own_code(boss: Boss, tmp_path: Path) -> None:
    """Two sessions in one process at a time: each late import finds its own, changed files or not."""
    boss.route = False  # the test says when the children are done
    roots, places = [], []
    for session, name in ((7, "a"), (8, "b")):
        place = folder(tmp_path / name, late=f"VALUE = {name!r}", later=f"VALUE = 'later {name}'")
        boss.order(0, wire.ImportPath(paths=[str(place)], session=session))
        roots.append(boss.root(late_and_later, name, session=session))
        places.append(place)
    children = [
        boss.wait(lambda m, name=name: isinstance(m, wire.Submit) and m.task.name == name)[0].task
        for name in "ab"
    ]
    (places[0] / "late.py").write_text("VALUE = 'changed'")
    assert boss.result(boss.root(value, "late", session=7)) == "changed"
    assert boss.result(boss.root(value, "late", session=8)) == "b"
    for number, name in ((1, "b"), (0, "a")):
        boss.order(0, wire.Result(children[number].return_address, 99), pickle.dumps(1))
        assert boss.result(roots[number]) == [name, name, name, f"later {name}"]


def test_compiled_modules_of_two_sessions_in_one_process(boss: Boss, tmp_path: Path) -> None:
    """While tasks are suspended the process stays: another file is found, one that was changed is refused."""
    boss.route = False
    for session, name in ((7, "a"), (8, "b")):
        place = folder(tmp_path / name, late=f"from _cmsgpack import __file__ as VALUE\nNAME = {name!r}")
        shutil.copy(_msgpack(), place)
        boss.order(0, wire.ImportPath(paths=[str(place), str(tmp_path / "a")], session=session))
    own = [str(tmp_path / name / Path(_msgpack()).name) for name in "ab"]
    boss.root(late_and_later, "child", session=7)
    boss.wait(lambda m: isinstance(m, wire.Submit) and m.task.name == "child")
    assert boss.result(boss.root(value, "late", session=8)) == own[1]
    Path(own[1]).unlink()
    shutil.copy(_msgpack(), tmp_path / "again")
    os.replace(tmp_path / "again", own[0])
    boss.order(0, wire.ImportPath(paths=[str(tmp_path / "a")], session=9))
    with pytest.raises(
        RuntimeError, match=r"compiled module _cmsgpack is loaded .* as it was before that file"
    ):
        boss.result(boss.root(value, "late", session=9))


def test_results_of_nested_tasks_are_unpickled_among_their_own(join: Any, tmp_path: Path) -> None:
    kinds = "class Kind:\n    NAME = {name!r}\n\ndef make(x): return Kind()\n"
    for name in "ab":
        place = folder(tmp_path / name, kinds=kinds.format(name=name))

        async def several() -> list[str]:
            import kinds  # type: ignore[import-not-found]

            from mailroom.worker import get_runtime

            runtime = get_runtime()
            one = await runtime.submit(kinds.make, 1)
            more = await runtime.map(kinds.make, [1, 2])
            future, fresh = runtime.map(kinds.make, [1, 2]), []
            while len(fresh) < 2:
                fresh += await runtime.next(future)
            found = [one, *more, *(each for _, each in fresh)]
            return [each.NAME for each in found if type(each) is kinds.Kind]

        assert ask(join(place), several) == [name] * 5


def with_a_compiled_module(tmp_path: Path) -> list[Path]:
    """Two folders that have one of the same name."""
    places = [folder(tmp_path / name, native__mark=f"VALUE = {name!r}") for name in "ab"]
    for place in places:
        shutil.copy(_msgpack(), place / "native")
    return places


@by_value
def use() -> tuple[str, int]:
    from native import _cmsgpack  # type: ignore[import-not-found]

    return os.path.dirname(_cmsgpack.__file__), os.getpid()


def test_workers_that_connect_by_themselves_are_renewed_too(tmp_path: Path, only_python: bool) -> None:
    """By the command that has started them, as often as it takes; no attempt is counted."""
    programs = real.Programs(tmp_path)
    shim = programs.start("mailroom-shim", "-x", "-n", 1, "-w", 0)[1]
    command = [sys.executable, "-m", "mailroom.worker", "-p", str(programs.worker_port())]
    environment = {**os.environ, "PYTHONPATH": str(Path(mailroom.__file__).parents[1])}
    workers = subprocess.Popen([*command, *["--only-python"] * only_python], env=environment)
    try:
        address = f"127.0.0.1:{programs.start_broker(shim)[1]}"
        places = with_a_compiled_module(tmp_path / "places")
        clients = [Client(address, paths=[str(place)]) for place in places]
        processes = set()
        for _ in range(2):
            for client, place in zip(clients, places, strict=True):
                future = client.submit(use)
                found, pid = future.result(PATIENCE)
                assert found == str(place / "native")
                assert client.status(future, PATIENCE).attempts == 1
                processes.add(pid)
        assert len(processes) == 4
        for client in clients:
            client.close()
    finally:
        workers.terminate()
        workers.wait(PATIENCE)
        programs.stop()


def test_compiled_modules_renew_the_worker(join: Any, tmp_path: Path) -> None:
    a, b = map(join, with_a_compiled_module(tmp_path))
    found, pid = ask(a, use)
    assert (found, pid) == (str(tmp_path / "a" / "native"), ask(a, process))
    found, other = ask(b, use)
    assert (found, other != pid) == (str(tmp_path / "b" / "native"), True)


def _msgpack() -> str:
    """The file of some compiled module."""
    from msgpack import _cmsgpack

    return str(_cmsgpack.__file__)
