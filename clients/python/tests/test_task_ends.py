"""How tasks end: on worker processes of both loops, under a test's boss."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from mailroom_peer import wire

import ending_tasks as tasks
import worker_tasks
from mailroom import _code, errors
from worker_boss import Boss

pytestmark = pytest.mark.timeout(300)


def check_alive(boss: Boss) -> None:
    """No worker has ended: each one says who it is as before."""
    assert boss.result(boss.root(worker_tasks.add, 1, 1)) == 2
    assert all(seat.process is not None and seat.process.poll() is None for seat in boss.seats)


def shown(error: BaseException) -> str:
    return "".join(traceback.format_exception(type(error), error, error.__traceback__))


@pytest.mark.parametrize("code", [0, 3, "enough", None])
def test_sys_exit_is_the_tasks_error(pair: Boss, code: Any) -> None:
    error = pair.error(pair.root(tasks.exits, code))
    assert isinstance(error, SystemExit)
    assert error.code == code
    assert "sys.exit(code)" in shown(error)
    check_alive(pair)


@pytest.mark.parametrize(("how", "status"), [("exits", 7), ("raises", 1), ("returns", 0)])
def test_a_forked_process_that_comes_back_ends_as_a_program_does(pair: Boss, how: str, status: int) -> None:
    assert pair.result(pair.root(tasks.forks, how)) == status
    check_alive(pair)


def test_a_forked_process_cannot_wait_for_other_tasks(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.forks_and_waits)) == 1
    check_alive(pair)


def test_a_bad_option_is_the_tasks_error(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.reads_options))
    assert isinstance(error, SystemExit)
    assert error.code == 2
    check_alive(pair)


@pytest.mark.parametrize(
    "kind",
    [KeyboardInterrupt, GeneratorExit, StopIteration, StopAsyncIteration, tasks.OfItsOwn, RecursionError],
)
def test_what_a_task_raises_stays_itself(pair: Boss, kind: type[BaseException]) -> None:
    error = pair.error(pair.root(tasks.raises, kind))
    assert type(error) is kind
    check_alive(pair)


def test_what_ends_while_it_is_pickled(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.gives, tasks.EndsWherePickled))
    assert isinstance(error, SystemExit)
    assert "cannot be sent" in shown(error)
    check_alive(pair)


def test_the_text_of_what_cannot_be_sent_is_left_out(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.gives, tasks.TellsWherePickled))
    assert isinstance(error, ValueError)
    assert "cannot be sent" in shown(error)
    assert "the value's own text" not in shown(error)
    check_alive(pair)


def test_what_ends_while_it_is_unpickled(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.awaits, tasks.EndsWhereUnpickled))
    assert isinstance(error, SystemExit)
    assert "result of a nested task cannot be unpickled" in shown(error)
    check_alive(pair)


def test_an_argument_that_ends_while_it_is_unpickled(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.gives, tasks.EndsWhereUnpickled()))
    assert isinstance(error, SystemExit)
    check_alive(pair)


def test_what_lies_about_its_class_ends_nothing(pair: Boss) -> None:
    for task in ((tasks.raises, tasks.Liar), (tasks.gives, tasks.Liar), (tasks.awaits_what_nobody_knows,)):
        pair.error(pair.root(*task))
        check_alive(pair)


def test_a_thread_of_a_task_that_raises_ends_nothing(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.thread_raises)) == 42
    check_alive(pair)


def test_what_raises_when_it_is_cancelled_ends_nothing(boss: Boss, tmp_path: Path) -> None:
    root = boss.root(tasks.raises_when_cancelled, str(tmp_path / "go"))
    boss.wait(lambda message: isinstance(message, wire.Submit) and message.task.name == "wait_for")
    boss.order(0, wire.Cancel(addresses=[root]))
    boss.wait_acknowledged(0)
    (tmp_path / "go").touch()
    check_alive(boss)


def test_a_text_that_is_too_long_is_cut(pair: Boss) -> None:
    root = pair.root(tasks.large_error)
    message, _ = pair.wait(lambda m: isinstance(m, wire.Error) and m.root == root)
    assert len(message.text) < 300_000
    assert "characters were cut here" in message.text
    error = pair.error(root)
    assert isinstance(error, ValueError)
    assert len(str(error)) == 9_000_000
    check_alive(pair)


def test_a_text_that_is_no_text_is_sent(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.odd_text))
    assert isinstance(error, ValueError)
    assert "half a pair: \\ud800" in shown(error)
    check_alive(pair)


def test_a_log_that_is_too_long_is_cut(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.large_log)) == "logged"
    log, body = pair.wait(wire.Log)
    assert len(log.text) < 300_000
    assert "characters were cut here" in log.text
    assert len(body) < 10_000


def test_odd_logs_arrive(pair: Boss) -> None:
    root = pair.root(tasks.odd_logs)
    assert pair.result(root) == "logged"
    texts = [message.text for seat in range(2) for message in pair.said(wire.Log, seat)]
    assert texts[0] == "half a pair: \\ud800"
    assert texts[2:4] == ["with a lock", "a level of its own"]
    assert len(texts) == 5


@pytest.mark.parametrize("kind", [tasks.Frozen, tasks.Locked, tasks.picky])
def test_an_exception_keeps_its_class(pair: Boss, kind: Any) -> None:
    error = pair.error(pair.root(tasks.raises, kind))
    assert type(error) is type(kind())
    assert "Traceback" in shown(error)
    assert "On worker" in shown(error)


def test_an_exception_keeps_what_it_holds(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.from_a_cause))
    assert isinstance(error, tasks.Picky)
    assert (error.args, error.code, error.where) == (("code 7",), 7, "here")
    assert error.__notes__ == ["a note"]  # type: ignore[attr-defined]
    assert isinstance(error.__cause__, ValueError)
    assert 'int("many")' in shown(error)
    locked = pair.error(pair.root(tasks.raises, tasks.Locked))
    assert isinstance(locked, tasks.Locked)
    assert locked.number == 3
    assert type(pair.error(pair.root(tasks.raises, tasks.Generous))) is tasks.Generous


@pytest.mark.parametrize(
    ("what", "kind"), [("attribute", AttributeError), ("global", NameError), ("module", ModuleNotFoundError)]
)
def test_an_exception_keeps_the_name_of_what_is_missing(
    pair: Boss, what: str, kind: type[BaseException]
) -> None:
    error: Any = pair.error(pair.root(tasks.misses, what))
    assert (type(error), error.name) == (kind, "no_such_name")


def test_what_many_ways_lead_to_is_packed_once(pair: Boss) -> None:
    root = pair.root(tasks.from_each_cause, 16)
    _, body = pair.wait(lambda m: isinstance(m, wire.Error) and m.root == root)
    assert len(body) < 16_384
    error = pair.error(root)
    for depth in reversed(range(16)):
        assert error.__context__ is error.__cause__
        assert isinstance(error.__cause__, ValueError)
        error = error.__cause__
        assert error.args == (depth,)


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has no groups of exceptions")
@pytest.mark.parametrize("depth", [12, 200])
def test_groups_within_groups(pair: Boss, depth: int) -> None:
    root = pair.root(tasks.raises, functools.partial(tasks.among_others, depth))
    _, body = pair.wait(lambda m: isinstance(m, wire.Error) and m.root == root)
    assert len(body) < 65_536
    error: Any = pair.error(root)
    for left in range(depth, max(0, depth - 20), -1):
        assert (type(error), error.message) == (tasks.Group, str(left))
        error, other = error.exceptions
        assert type(other) is tasks.Picky
    if depth > 20:
        assert list(map(str, error.exceptions)) == [
            f"ExceptionGroup: {depth - 21} (2 sub-exceptions)",
            "ending_tasks.Picky: code 7",
        ]
    else:
        assert type(error) is tasks.Locked


@pytest.mark.skipif(sys.version_info < (3, 11), reason="Python has no groups of exceptions")
def test_a_group_of_a_class_of_its_own(pair: Boss) -> None:
    error: Any = pair.error(pair.root(tasks.raises, tasks.with_status))
    assert (type(error), error.message, error.status) == (tasks.WithStatus, "some", 7)
    assert [type(one) for one in error.exceptions] == [tasks.Picky, tasks.Locked]


@pytest.mark.parametrize("name", tasks.exceptions())
def test_exceptions_as_values_stay_as_they_are(pair: Boss, name: str) -> None:
    expected = tasks.parts(tasks.given(name))
    if name == "its own way":
        expected[1], expected[3]["count"] = "count 2", 2
    assert tasks.parts(pair.result(pair.root(tasks.given, name))) == expected
    if name != "its own way":
        assert tasks.parts(pair.result(pair.root(tasks.passed_on, name))) == expected


@pytest.mark.parametrize("dumps", [_code.dumps, _code.dumps_by_dill, _code.dumps_by_pickle])
@pytest.mark.parametrize("name", tasks.exceptions())
def test_exceptions_as_arguments_stay_as_they_are(dumps: Callable[[Any], bytes], name: str) -> None:
    expected = tasks.parts(tasks.given(name))
    if name == "its own way":
        expected[1], expected[3]["count"] = "count 2", 2
    assert tasks.parts(_code.loads(dumps(tasks.given(name)))) == expected


@pytest.mark.parametrize("kind", [tasks.Unspeakable, tasks.Silent])
def test_an_exception_of_which_nothing_can_be_had(pair: Boss, kind: type[Exception]) -> None:
    error = pair.error(pair.root(tasks.raises, kind))
    assert issubclass(type(error), (kind, errors.TaskFailed))
    check_alive(pair)


@pytest.mark.parametrize("kind", [tasks.Picky, Exception])
def test_a_parent_catches_its_childs_error_by_class(pair: Boss, kind: type[Exception]) -> None:
    caught, cause = pair.result(pair.root(tasks.catches, tasks.picky, kind))
    assert caught == "Picky('code 7')"
    assert "On worker" in cause
    assert pair.result(pair.root(tasks.catches, tasks.OfItsOwn, tasks.OfItsOwn))[0] == "OfItsOwn()"


def test_a_parent_catches_where_its_child_is_too(boss: Boss) -> None:
    assert boss.result(boss.root(tasks.catches, tasks.picky, tasks.Picky))[0] == "Picky('code 7')"
    assert boss.result(boss.root(tasks.catches_of_a_map, [1, 0, 2])) == "[10.0, 5.0]"
    assert boss.result(boss.root(tasks.catches_as_they_come, [1, 0, 2, 0])) == ([5.0, 10.0], 2)


def test_a_parent_catches_an_error_of_a_map(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.catches_of_a_map, [1, 0, 2])) == "[10.0, 5.0]"
    assert pair.result(pair.root(tasks.catches_as_they_come, [1, 0, 2, 0, 5])) == ([2.0, 5.0, 10.0], 2)
    check_alive(pair)


def test_what_nobody_catches_has_all_tracebacks(pair: Boss) -> None:
    root = pair.root(tasks.hands_on, 2)
    error, _ = pair.wait(lambda m: isinstance(m, wire.Error) and m.root == root)
    assert error.task == root
    assert isinstance(pair.error(root), tasks.Picky)
    assert error.text.count("On worker") == 3
    check_alive(pair)


def test_programs_of_a_task_have_signals_as_usual(pair: Boss) -> None:
    assert pair.result(pair.root(tasks.signals_of_a_program)) == (False, False, False)
