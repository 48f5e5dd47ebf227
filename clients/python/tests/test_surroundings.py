"""What a task changes in its process, on workers of both loops: the next one finds it as it was."""

from __future__ import annotations

import builtins
import logging
import os
import signal
import sys
from pathlib import Path
from typing import Any

import pytest
from mailroom_peer import wire

import spoiling_tasks as tasks
import worker_tasks
from mailroom.worker.tasks import Meta
from worker_boss import TIMEOUT, Boss, started

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def alone(tmp_path_factory: pytest.TempPathFactory, only_python: bool) -> Any:
    """One worker for all tests here: each of them finds it as it was before the first."""
    boss = started(tmp_path_factory.mktemp("boss"), 1, only_python)
    before = boss.result(boss.root(tasks.surroundings))
    yield boss, before, boss.result(boss.root(worker_tasks.pid))
    boss.close()


def logs_of(boss: Boss) -> list[str]:
    """What a task's own logs send."""
    root = boss.root(worker_tasks.log, "x", meta=Meta(logging.INFO))
    boss.result(root)
    return [message.text for message in boss.said(wire.Log) if message.root == root]


@pytest.mark.parametrize("number", range(len(tasks.SPOILERS)), ids=[one.__name__ for one in tasks.SPOILERS])
def test_a_task_leaves_its_process_as_it_was(alone: tuple[Boss, dict[str, Any], int], number: int) -> None:
    boss, before, pid = alone
    for root in (boss.root(tasks.SPOILERS[number]), boss.root(tasks.raises_afterwards, number)):
        boss.wait(lambda m, root=root: getattr(m, "return_address", getattr(m, "root", None)) == root)
        boss.result(boss.root(worker_tasks.pid, session=1))  # before which all is looked at, however busy
        after = boss.result(boss.root(tasks.surroundings))
        assert {key: value for key, value in after.items() if value != before[key]} == {}
        assert logs_of(boss) == ["info x", "warning x"]
        assert boss.result(boss.root(worker_tasks.pid)) == pid


def test_a_task_that_awaits_keeps_its_own(boss: Boss, tmp_path: Path) -> None:
    own, variable, others = boss.result(boss.root(tasks.awaits_with_its_own, str(tmp_path)))
    assert (own, variable) == (str(tmp_path), "1")
    assert others != str(tmp_path)


def test_what_a_task_adds_is_no_module_s_that_came_before_it(boss: Boss) -> None:
    def imports() -> bool:
        import wave

        return wave in sys.modules.values()

    def adds() -> None:
        builtins.left_here = 1  # type: ignore[attr-defined]

    def finds() -> bool:
        return hasattr(builtins, "left_here")

    boss.result(boss.root(adds))  # with all that comes with the first task
    assert boss.result(boss.root(imports))
    boss.result(boss.root(adds))
    assert not boss.result(boss.root(finds))


def test_what_a_module_adds_to_the_import_path_for_itself_stays(boss: Boss, tmp_path: Path) -> None:
    package = tmp_path / "vendors"
    (package / "inside").mkdir(parents=True)
    (package / "__init__.py").write_text(
        "import os, sys\nsys.path.append(os.path.join(os.path.dirname(__file__), 'inside'))\n"
        "sys.setrecursionlimit(5000)\n"
        "def use():\n    import found_inside\n    return found_inside.VALUE\n"
    )
    (package / "inside" / "found_inside.py").write_text("VALUE = 5\n")
    boss.order(0, wire.ImportPath(paths=[str(tmp_path)]))

    def use(first: bool) -> int:
        import vendors  # type: ignore[import-not-found]

        return 0 if first else vendors.use()

    assert boss.result(boss.root(use, True)) == 0
    assert boss.result(boss.root(use, False)) == 5


def test_what_cannot_be_put_back_renews_the_worker(
    tmp_path: Path, only_python: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    boss = started(tmp_path, 1, only_python)
    try:
        assert boss.result(boss.root(tasks.loses_its_folder, str(folder))) is None
        process = boss.seats[0].process
        assert process is not None
        _, text = process.communicate(timeout=TIMEOUT)
        assert process.returncode == 5
        assert "it is renewed, for a task has spoiled it: the working directory" in text
    finally:
        boss.close()


def test_what_can_never_be_put_back_renews_the_worker(boss: Boss) -> None:
    assert boss.result(boss.root(tasks.adds_an_audit_hook)) is None
    process = boss.seats[0].process
    assert process is not None
    _, text = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 5
    assert "it is renewed, for a task has spoiled it: an audit hook was added" in text


def printed_by(boss: Boss, root: Any) -> list[tuple[str, str]]:
    logs = [message for seat in range(len(boss.seats)) for message in boss.said(wire.Log, seat)]
    return [
        (log.logger.removeprefix("mailroom.printed."), line)
        for log in logs
        if log.root == root
        for line in log.text.split("\n")
    ]


def test_what_is_printed_is_the_clients_that_asked(pair: Boss) -> None:
    root = pair.root(tasks.prints_in_many_ways, meta=Meta(output=True))
    assert pair.result(root) == "printed"
    name = "prints_in_many_ways"
    lines = printed_by(pair, root)
    assert [line for stream, line in lines if stream == "stdout"] == [
        f"{name}: {text}" for text in ("out", "two", "lines", "bytes", "begun")
    ]
    assert [line for stream, line in lines if stream == "stderr"] == [f"{name}: err"]


def test_what_nested_tasks_print_is_too(pair: Boss) -> None:
    root = pair.root(tasks.prints_and_submits, meta=Meta(output=True))
    assert pair.result(root) == "printed"
    assert printed_by(pair, root) == [("stdout", "prints_and_submits: parent"), ("stdout", "prints: child")]


def test_what_is_printed_comes_while_the_task_runs(boss: Boss, tmp_path: Path) -> None:
    root = boss.root(tasks.waits_for, str(tmp_path / "go"), meta=Meta(output=True))
    log, _ = boss.wait(wire.Log)
    assert log.text == "waits_for: before it waits"
    (tmp_path / "go").touch()
    boss.result(root)


def test_what_nobody_asked_for_is_in_the_workers_output(boss: Boss) -> None:
    boss.result(boss.root(tasks.prints_in_many_ways))
    assert not boss.said(wire.Log)
    process = boss.seats[0].process
    assert process is not None
    boss.order(0, wire.Shutdown())
    _, text = process.communicate(timeout=TIMEOUT)
    assert text.splitlines() == [
        f"prints_in_many_ways: {line}" for line in ("out", "err", "two", "lines", "bytes", "begun")
    ] or sorted(text.splitlines()) == sorted(
        f"prints_in_many_ways: {line}" for line in ("out", "err", "two", "lines", "bytes", "begun")
    )


def test_a_process_that_a_task_forks_off_may_print(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.prints_in_a_child, meta=Meta(output=True))) == "0"
    assert pair.result(pair.root(worker_tasks.add, 1, 1)) == 2


@pytest.mark.parametrize("broken", ["full", "unread", "closed"])
def test_nobody_need_read_a_workers_output(tmp_path: Path, only_python: bool, broken: str) -> None:
    reader, writer = os.pipe()
    if broken != "full":
        os.close(reader)

    def close() -> None:
        if broken == "closed":
            os.closerange(1, 3)

    boss = started(tmp_path, 1, only_python, stdout=writer, stderr=writer, preexec_fn=close)
    os.close(writer)
    try:
        for meta in (Meta(), Meta(output=True)):
            assert boss.result(boss.root(tasks.prints_much, 20_000, meta=meta)) == 20_000
        assert boss.result(boss.root(worker_tasks.add, 1, 1)) == 2
        process = boss.seats[0].process
        assert process is not None
        process.send_signal(signal.SIGINT)
        assert process.poll() is None
    finally:
        boss.close()
        if broken == "full":
            os.close(reader)
