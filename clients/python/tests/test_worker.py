"""Worker processes of both loops, under a test's boss: they run tasks and say what happens to them."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import time
from pathlib import Path

import pytest
from mailroom_peer import wire
from mailroom_peer.wire import Address

import worker_tasks as tasks
from mailroom._base import records
from mailroom.worker.tasks import Meta
from worker_boss import TIMEOUT, Boss

pytestmark = pytest.mark.timeout(300)


def status_of(boss: Boss, seat: int = 0) -> tuple[int, str]:
    """Waits for a worker's end; its exit status and what it said."""
    process = boss.seats[seat].process
    assert process is not None
    _, text = process.communicate(timeout=TIMEOUT)
    return process.returncode, text


def test_a_worker_says_what_it_runs_and_waits(boss: Boss) -> None:
    started, _ = boss.wait(wire.Started)
    assert started.total_workers == 1
    assert "python" in dict(started.runtimes)
    waiting, _ = boss.wait(wire.Waiting)
    assert (waiting.idle, waiting.room, waiting.receipt) == (1, 1, 0)


def test_a_result_carries_address_and_worker(pair: Boss) -> None:
    address = pair.root(tasks.add, 1, 2)
    assert pair.result(address) == 3
    [result] = pair.said(wire.Result)
    assert (result.return_address, result.completed_by) == (address, pair.seats[0].id)


def test_nested_tasks(boss: Boss, pair: Boss) -> None:
    check_nested(boss)
    check_nested(pair)


def check_nested(boss: Boss) -> None:
    assert boss.result(boss.root(tasks.sum_of_squares, 20)) == sum(n * n for n in range(20))
    assert boss.result(boss.root(tasks.nested, 12)) == 12
    assert boss.result(boss.root(tasks.one_by_one, 20)) == [2 * n for n in range(20)]


def test_children_have_what_is_their_parents(pair: Boss) -> None:
    meta = Meta(logging.ERROR, 7, {"sweep": "a"})
    root = pair.root(tasks.nested, 2, priority=77, meta=meta)
    assert pair.result(root) == 2
    child, grandchild = (message.task for message in all_submits(pair))
    assert child.breadcrumbs == (root,)
    assert grandchild.breadcrumbs == (root, child.return_address)
    for task in (child, grandchild):
        assert (task.comp_task_id, task.priority, task.runtime) == (root.mailbox_index, 77, "python")
        assert (task.uuid, task.name, Meta.unpack(task.meta)) == (None, "nested", meta)


def all_submits(boss: Boss) -> list[wire.Submit]:
    """What the worker submitted, a batch of one counted as a submit."""
    submits: list[wire.Submit] = []
    for seat in range(len(boss.seats)):
        submits += boss.said(wire.Submit, seat)
        submits += [
            wire.Submit(task) for message in boss.said(wire.SubmitBatch, seat) for task in message.tasks
        ]
    return submits


def test_a_child_that_ends_where_its_parent_is_gives_an_update(boss: Boss) -> None:
    assert boss.result(boss.root(tasks.nested, 1)) == 1
    [update] = boss.said(wire.Update)
    assert list(update.addresses) == [all_submits(boss)[0].task.return_address]


def test_a_map_leaves_in_batches_below_the_limit(pair: Boss) -> None:
    count = 5000
    assert pair.result(pair.root(tasks.sum_of_squares, count)) == sum(n * n for n in range(count))
    sizes = [len(message.tasks) for message in pair.said(wire.SubmitBatch)]
    assert sum(sizes) == count
    assert 1 < max(sizes) <= 4096


def test_a_failing_child_fails_its_root(pair: Boss) -> None:
    root = pair.root(tasks.child_fails)
    error, body = pair.wait(wire.Error)
    assert error.code == wire.Code.TASK_FAILED
    assert (error.root, error.task) == (root, root)
    assert "ValueError: from the child" in error.text
    assert pickle.loads(body).args == ("from the child",)
    assert pair.result(pair.root(tasks.add, 1, 1)) == 2


def test_blocking_on_a_nested_task_raises(pair: Boss) -> None:
    with pytest.raises(RuntimeError, match="Await the future"):
        pair.result(pair.root(tasks.blocks))


def test_a_result_that_cannot_be_pickled_fails_its_task(pair: Boss) -> None:
    with pytest.raises(RuntimeError, match="cannot be sent"):
        pair.result(pair.root(tasks.unpicklable))
    assert pair.result(pair.root(tasks.add, 1, 1)) == 2


def test_a_result_that_cannot_be_unpickled_fails_the_task_that_waits(pair: Boss) -> None:
    root = pair.root(tasks.takes_poison)
    with pytest.raises(RuntimeError, match="cannot be unpickled"):
        pair.result(root)
    error, _ = pair.wait(wire.Error)
    assert error.task == root
    assert pair.result(pair.root(tasks.add, 1, 1)) == 2


def test_a_child_with_too_long_a_context_fails_its_parent(pair: Boss) -> None:
    with pytest.raises(RuntimeError, match="log_context, with that of the parent, takes 70"):
        pair.result(pair.root(tasks.child_with_context, 70_000))
    assert pair.result(pair.root(tasks.child_with_context, 60_000)) == 3


def test_a_task_that_cannot_be_read_fails(pair: Boss) -> None:
    with pytest.raises(RuntimeError, match="meta of this task cannot be read"):
        pair.result(pair.root(tasks.add, 1, 2, meta=b"\xff\xff"))
    assert pair.result(pair.root(tasks.add, 1, 1)) == 2


def test_messages_reach_a_running_task(pair: Boss, tmp_path: Path) -> None:
    assert pair.result(pair.root(tasks.talk, str(tmp_path / "go"))) == [{"a": 1}]


def test_the_slots_of_a_cancelled_map_leave_together(pair: Boss) -> None:
    root = pair.root(tasks.cancels, 50)
    assert pair.result(root) == "done"
    cancels = pair.said(wire.Cancel)
    assert len(cancels) < 25  # one, unless the worker was interrupted for longer than it waits
    assert {message.root for message in cancels} == {root}
    slots = [address.mailbox_slot for message in cancels for address in message.addresses]
    assert sorted(slots) == list(range(50))
    assert pair.result(pair.root(tasks.add, 1, 1)) == 2


def test_a_cancelled_root_never_ends(boss: Boss, tmp_path: Path) -> None:
    go = tmp_path / "go"
    root = boss.root(tasks.wait_for_file, str(go))
    boss.wait_given(root)
    other = boss.root(tasks.add, 1, 1)
    boss.order(0, wire.Cancel(addresses=[root]))
    boss.wait_acknowledged(0)
    go.touch()
    assert boss.result(other) == 2
    assert [result.return_address for result in boss.said(wire.Result)] == [other]


def test_logs_come_before_the_result(pair: Boss) -> None:
    address = pair.root(tasks.log, "x", meta=Meta(logging.INFO))
    pair.result(address)
    logs = [(message, body) for message, body in pair.seats[0].said if isinstance(message, wire.Log)]
    assert [(m.level, m.logger, m.text) for m, _ in logs] == [
        (logging.INFO, "some.pass", "info x"),
        (logging.WARNING, "some.pass", "warning x"),
    ]
    assert all((message.task, message.root) == (address, address) for message, _ in logs)
    assert records.unpack(logs[0][0].logger, logs[0][0].level, logs[0][0].text, logs[0][1]).funcName == "log"
    kinds = [type(message) for message, _ in pair.seats[0].said]
    assert kinds.index(wire.Result) > max(i for i, kind in enumerate(kinds) if kind is wire.Log)


def test_log_records_keep_to_level_and_depth(pair: Boss) -> None:
    pair.result(pair.root(tasks.log, "x", meta=Meta(logging.ERROR)))
    pair.result(pair.root(tasks.log, "x", meta=Meta(logging.INFO, 0)))
    # the second task may be the other worker's, where the first has not said yet that it waits
    assert sum(len(pair.said(wire.Log, seat)) for seat in range(2)) == 2


def test_a_log_of_an_exception_has_its_text(pair: Boss) -> None:
    pair.result(pair.root(tasks.log_trouble))
    [log] = pair.said(wire.Log)
    assert log.text.startswith("it failed")


def test_a_task_for_a_worker_that_woke_up_goes_to_another_one(pair: Boss, tmp_path: Path) -> None:
    """The boss believes the worker idle; its parent task was woken meanwhile. Nothing may be lost or stop."""
    go = tmp_path / "go"
    parent = pair.root(tasks.parent_of, str(go))
    pair.wait(lambda message: isinstance(message, (wire.Submit, wire.SubmitBatch)))
    seat = pair.seats.index(pair.owner[parent])
    while not Path(str(go) + ".awake").exists():
        time.sleep(0.005)  # a file has no event that could be waited for
    late = Address(None, 1, 0)
    pair.submit_now(seat, late, tasks.add, 2, 2)
    returned, _ = pair.wait(wire.Return, seat)  # the parent's step turns out to be a long one
    assert (returned.reason, returned.text, returned.addresses) == (wire.Reason.UNBEGUN, "", (late,))
    assert pair.result(late) == 4  # while the first worker is still at its parent task
    assert pair.owner[late] is not pair.seats[seat]
    go.touch()
    assert pair.result(parent) == str(go)
    last = pair.seats[seat].sent[-1]
    pair.wait(
        lambda message: isinstance(message, wire.Waiting) and (message.idle, message.receipt) == (1, last),
        seat,
    )


def test_a_task_that_went_back_can_come_again(boss: Boss, tmp_path: Path) -> None:
    go = tmp_path / "go"
    parent = boss.root(tasks.wait_for_file, str(go))
    boss.wait_given(parent)
    late = Address(None, 1, 0)
    boss.submit_now(0, late, tasks.add, 2, 2)
    boss.wait(wire.Return)
    go.touch()
    assert boss.result(parent) == str(go)
    assert boss.result(late) == 4
    assert len(boss.said(wire.Return)) == 1


def test_every_receipt_is_the_last_submit_read(boss: Boss) -> None:
    for number in range(5):
        assert boss.result(boss.root(tasks.add, number, 1)) == number + 1
    boss.wait(lambda message: isinstance(message, wire.Waiting) and message.receipt == boss.seats[0].sent[-1])
    receipts = [message.receipt for message in boss.said(wire.Waiting)]
    assert list(dict.fromkeys(receipts)) == [0, *boss.seats[0].sent]


@pytest.fixture
def held(boss: Boss, tmp_path: Path) -> Path:
    """A task keeps the worker's interpreter to itself until something is written into this file."""
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    boss.wait_given(boss.root(tasks.holds_the_interpreter, str(fifo)))
    return fifo


def test_a_held_interpreter_keeps_no_task_and_no_acknowledgement(boss: Boss, held: Path) -> None:
    late = Address(None, 2, 0)
    boss.submit_now(0, late, tasks.add, 2, 2)
    returned, _ = boss.wait(wire.Return)
    assert (returned.reason, returned.addresses) == (wire.Reason.UNBEGUN, (late,))
    boss.order(0, wire.Cancel(addresses=[Address(None, 3, 0)]))
    boss.wait_acknowledged(0)
    assert not boss.said(wire.Result)
    held.write_text("x")
    assert boss.result(late) == 4


def test_a_held_interpreter_keeps_no_worker_alive(boss: Boss, held: Path) -> None:
    boss.order(0, wire.Shutdown(text="enough"))
    assert status_of(boss) == (0, "")


def test_shutdown_ends_it_at_once(boss: Boss, tmp_path: Path) -> None:
    boss.root(tasks.wait_for_file, str(tmp_path / "never"))
    boss.wait(wire.Waiting)
    boss.order(0, wire.Shutdown(text="enough"))
    assert status_of(boss) == (0, "")


@pytest.mark.parametrize(
    ("order", "says"),
    [
        (wire.Disconnect(text="a test says so"), "the shim ends: a test says so"),
        (wire.EmployeeLost(ranges=[(3, 5), (10, 12)]), "counts this worker as lost"),
    ],
    ids=["disconnect", "employee_lost"],
)
def test_what_ends_it_for_good(boss: Boss, order: wire.Message, says: str) -> None:
    boss.wait(wire.Waiting)
    boss.order(0, order)
    status, text = status_of(boss)
    assert status == 3
    assert says in text


def test_the_loss_of_others_does_not_end_it(pair: Boss) -> None:
    assert [seat.id for seat in pair.seats] == [10, 11]
    pair.order(0, wire.EmployeeLost(ranges=[(0, 10), (11, 12)]))
    pair.order(1, wire.EmployeeLost(ranges=[(10, 11), (12, 1 << 30)]))
    for seat in range(2):
        pair.wait_acknowledged(seat)
    assert pair.result(pair.root(tasks.sum_of_squares, 4)) == 14


def test_an_interrupt_is_for_its_boss(boss: Boss) -> None:
    boss.wait(wire.Waiting)
    process = boss.seats[0].process
    assert process is not None
    process.send_signal(signal.SIGINT)
    assert boss.result(boss.root(tasks.add, 1, 1)) == 2


def test_it_ends_with_a_text_when_its_link_is_over(boss: Boss) -> None:
    boss.wait(wire.Waiting)
    boss.order(0, wire.Error(code=wire.Code.UNEXPECTED, text="a test says so"))
    status, text = status_of(boss)
    assert status == 3
    assert "a test says so" in text


def test_it_ends_with_a_text_when_a_thread_dies(boss: Boss) -> None:
    boss.wait(wire.Waiting)
    boss.order(0, wire.Result(return_address=Address(99, 0, 0)), pickle.dumps(1))  # of another worker
    if dict(boss.said(wire.Started)[0].runtimes).get("bqskit"):  # whose Worker asserts that it is not
        status, text = status_of(boss)
        assert status == 4
        assert "AssertionError" in text
    else:
        assert boss.result(boss.root(tasks.add, 1, 1)) == 2
