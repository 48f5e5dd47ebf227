"""The client's futures against a broker that runs in the test."""

from __future__ import annotations

import asyncio
import concurrent.futures
import importlib
import logging
import os
import re
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from mailroom._base import home, records
from mailroom._session.submit import BATCH_BYTES, BATCH_TASKS, batches
from mailroom._session.tasks import Header
from mailroom.client import Client
from mailroom.worker.tasks import Meta
from peer import PATIENCE, Proxy, refusal


@pytest.fixture
def client(broker: Broker) -> Iterator[Client]:
    with Client(broker.address) as client:
        yield client


class Odd(Exception):
    """Cannot be unpickled: its constructor wants more than its arguments say."""

    def __init__(self, a: int, b: int) -> None:
        super().__init__(a)


def fail(kind: type[Exception], *args: Any) -> None:
    raise kind(*args)


def test_a_task_whose_header_is_too_large_is_refused_at_once(broker: Broker) -> None:
    with Client(broker.address) as client:
        with pytest.raises(mailroom.TooLarge, match="meta of 65537 bytes"):
            client._submit(Header("python", "large", bytes(65_537), 128, 0), b"", raw=True)
        assert client.submit(pow, 2, 3).result(PATIENCE) == 8


def test_a_call_runs_and_gives_its_value(client: Client, broker: Broker) -> None:
    assert client.submit(pow, 2, 10).result(PATIENCE) == 1024
    assert client.submit(lambda *, name: name, name="no option").result(PATIENCE) == "no option"
    task = broker.kinds(wire.Submit)[0].task
    assert (task.runtime, task.priority, task.flags, task.name) == ("python", 128, 3, "pow")
    assert task.return_address == wire.Address(None, 0, 0)
    assert task.uuid is not None


def test_import_paths_come_before_the_first_task(broker: Broker) -> None:
    with Client(broker.address, paths=["/opt/lib", "here"]) as client:
        client.submit(abs, -1).result(PATIENCE)
    assert [type(message) for message in broker.got[:2]] == [wire.Connect, wire.Submit]
    assert broker.got[0].paths == ("/opt/lib", os.path.abspath("here"))  # type: ignore[attr-defined]


def test_no_paths_no_connect(broker: Broker) -> None:
    with Client(broker.address, paths=()) as client:
        client.submit(abs, -1).result(PATIENCE)
    assert not broker.kinds(wire.Connect)


def test_the_exception_of_a_task_is_raised_with_its_remote_traceback(client: Client) -> None:
    with pytest.raises(ZeroDivisionError) as raised:
        client.submit(lambda: 1 // 0).result(PATIENCE)
    assert "Traceback" in str(raised.value.__cause__)
    assert "1 // 0" in str(raised.value.__cause__) or "lambda" in str(raised.value.__cause__)


def test_an_exception_that_cannot_be_unpickled_is_a_task_failed(client: Client) -> None:
    with pytest.raises(mailroom.TaskFailed, match="Odd"):
        client.submit(fail, Odd, 1, 2).result(PATIENCE)


def test_what_an_event_loop_does_not_take_is_raised_where_it_is_awaited(client: Client) -> None:
    async def awaits() -> None:
        await asyncio.wait_for(client.submit(fail, StopIteration, 1), PATIENCE)

    with pytest.raises(RuntimeError) as raised:
        asyncio.run(awaits())
    assert isinstance(raised.value.__cause__, StopIteration)


def test_a_result_whose_module_is_missing_says_which_and_where(client: Client) -> None:
    class Elsewhere:
        def __reduce__(self) -> Any:
            return importlib.import_module, ("no_such_module.at_all",)

    with pytest.raises(ModuleNotFoundError) as raised:
        client.submit(Elsewhere.__new__, Elsewhere).result(PATIENCE)
    assert raised.value.name == "no_such_module"
    assert "needs the module 'no_such_module', which is not there" in str(raised.value)
    assert f"process {os.getpid()} on {os.uname().nodename}" in str(raised.value)


def test_a_result_that_cannot_be_unpickled_fails_its_future_alone(client: Client) -> None:
    class Unreadable:
        def __reduce__(self) -> Any:
            return fail, (ValueError, "unreadable")

    assert isinstance(client.submit(Unreadable.__new__, Unreadable).exception(PATIENCE), ValueError)
    assert client.submit(abs, -1).result(PATIENCE) == 1


def test_bytes_go_and_come_as_they_are(client: Client) -> None:
    assert client.submit_bytes(b"abc").result(PATIENCE) == b"ABC"
    assert list(client.map_bytes([b"a", b"b"])) == [b"A", b"B"]


def test_a_map_is_one_batch_and_its_values_come_in_order(client: Client, broker: Broker) -> None:
    mapped = client.map(pow, range(100), [2] * 100)
    assert list(mapped) == [number**2 for number in range(100)]
    assert len(mapped) == 100
    batch = broker.kinds(wire.SubmitBatch)[0]
    assert [task.return_address.mailbox_slot for task in batch.tasks] == list(range(100))
    assert len(mapped.uuids) == 1
    assert mapped.partial() == dict(enumerate(mapped.result(PATIENCE)))


def test_an_empty_map_sends_nothing(client: Client, broker: Broker) -> None:
    assert list(client.map(abs, [])) == []
    assert not broker.kinds(wire.SubmitBatch)


def test_one_task_of_a_map_may_fail_alone(client: Client) -> None:
    mapped = client.map(lambda x: 1 // x, [1, 0, 1])
    done = list(mapped.as_completed(PATIENCE))
    assert len(done) == 3
    assert isinstance(mapped.futures[1].exception(), ZeroDivisionError)
    assert mapped.partial() == {0: 1, 2: 1}
    with pytest.raises(ZeroDivisionError):
        mapped.result(PATIENCE)


def test_maps_are_cut_below_the_limits() -> None:
    assert [len(batch) for batch in batches([b""] * (2 * BATCH_TASKS + 1))] == [BATCH_TASKS, BATCH_TASKS, 1]
    half = bytes(BATCH_BYTES // 2)
    assert [len(batch) for batch in batches([half, half, b"x", 3 * half, b"y"])] == [2, 1, 1, 1]


def test_a_map_s_tasks_are_counted_in_its_status(client: Client, broker: Broker) -> None:
    broker.hold = True
    mapped = client.map(abs, range(3))
    status = client.status(mapped.futures[0], PATIENCE)
    assert (status.state, status.total, status.queued, status.manager) == (mailroom.State.QUEUED, 3, 3, "m1")
    assert not mapped.done()
    broker.release()
    assert mapped.result(PATIENCE) == [0, 1, 2]
    assert client.status(mapped.uuids[0], PATIENCE).state is mailroom.State.DONE
    assert client.status(uuid.uuid4(), PATIENCE).state is mailroom.State.UNKNOWN


def test_cancel_of_a_future_tells_the_broker_and_wakes_who_waits(client: Client, broker: Broker) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    assert future.cancel()
    assert future.cancel()
    assert concurrent.futures.wait([future], PATIENCE).not_done == set()
    with pytest.raises(concurrent.futures.CancelledError):
        future.result(PATIENCE)
    broker.wait(lambda: broker.kinds(wire.Cancel))
    assert broker.kinds(wire.Cancel)[0].uuid == future.uuid
    done = client.submit(abs, -1)
    broker.release()
    assert done.result(PATIENCE) == 1
    assert not done.cancel()


def test_a_map_is_cancelled_at_the_broker_when_all_its_tasks_are(client: Client, broker: Broker) -> None:
    broker.hold = True
    mapped = client.map(abs, range(3))
    mapped.futures[0].cancel()
    client.status(mapped.uuids[0], PATIENCE)  # an answer, so all before it was read
    assert not broker.kinds(wire.Cancel)
    assert mapped.cancel()
    broker.wait(lambda: broker.kinds(wire.Cancel))
    assert len(broker.kinds(wire.Cancel)) == 1


def test_cancel_by_the_client_says_the_state_before(client: Client, broker: Broker) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    assert client.cancel(future.uuid, PATIENCE) is mailroom.State.QUEUED
    assert future.cancelled()
    assert client.cancel(client.map(abs, [1, 2]), PATIENCE) is mailroom.State.QUEUED
    assert client.cancel(uuid.uuid4(), PATIENCE) is mailroom.State.UNKNOWN


def test_running_asks_the_broker(client: Client, broker: Broker) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    assert not future.running()
    broker.do(lambda: setattr(broker.held[0], "state", mailroom.State.RUNNING))
    assert future.running()


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (wire.Code.WORKER_EXITED, mailroom.WorkerExited),
        (wire.Code.MANAGER_LOST, mailroom.ManagerLost),
        (wire.Code.CANCELLED, concurrent.futures.CancelledError),
        (4711, mailroom.MailroomError),
    ],
)
def test_errors_of_the_broker_have_their_classes(
    client: Client, broker: Broker, code: int, kind: type[Exception]
) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    error = wire.Error(code=code, text="so it is", uuid=future.uuid)
    broker.do(lambda: broker.held[0].line.send(error))
    with pytest.raises(kind):
        future.result(PATIENCE)


def test_options_do_not_touch_the_call(client: Client, broker: Broker) -> None:
    bound = client.options(name="sweep" * 100, priority=200, runtime="solver", log_level=10)
    assert bound.submit(dict, name="n", priority=1).result(PATIENCE) == {"name": "n", "priority": 1}
    task = broker.kinds(wire.Submit)[0].task
    assert (task.priority, task.runtime, len(task.name)) == (200, "solver", 255)
    assert client._mail.boot == broker.boot
    assert Meta.unpack(task.meta) == Meta(10, cluster=broker.boot[:8])
    with pytest.raises(ValueError, match="priority"):
        client.options(priority=256)
    with pytest.raises(ValueError, match="runtime"):
        client.options(runtime="x" * 32)


def test_a_result_that_is_not_delivered_is_asked_for(client: Client, broker: Broker) -> None:
    future = client.options(deliver=False).submit(abs, -5)
    client.status(future, PATIENCE)
    assert not future.done()
    assert future.result(PATIENCE) == 5
    assert len(broker.kinds(wire.Request)) == 1


def test_results_of_an_earlier_client_are_fetched_by_uuid(broker: Broker) -> None:
    with Client(broker.address, session=b"t" * 16, detach=True) as first:
        assert not first.resumed
        single = first.options(deliver=False).submit(abs, -5).uuid
        mapped = first.options(deliver=False).map(abs, [-1, -2]).uuids[0]
    assert broker.kinds(wire.Disconnect)[0].detach == 1
    with Client(broker.address, session=b"t" * 16) as second:
        assert second.resumed
        assert second.result(single, PATIENCE) == 5
        assert second.result(mapped, PATIENCE) == [1, 2]
        with pytest.raises(mailroom.UnknownTask):
            second.result(uuid.uuid4(), PATIENCE)


def test_logs_of_tasks_are_records_here(
    client: Client, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    client.submit(abs, -1).result(PATIENCE)
    record = logging.LogRecord("far.away", logging.WARNING, "f.py", 3, "%s and %s", ("one", "two"), None)
    arrived = threading.Event()
    last = logging.getLogger("far.last")
    last.addFilter(lambda _: arrived.set() or True)

    def tell() -> None:
        line = next(iter(broker.lines.values()))
        line.send(wire.Log(level=30, logger="far.away", text="one and two"), records.pack(record))
        line.send(wire.Log(level=20, logger="far.away", text="below what is shown"))
        line.send(wire.Log(level=40, logger="far.last", text="without a record"))

    broker.do(tell)
    assert arrived.wait(PATIENCE)
    found = [(r.name, r.levelno, r.getMessage()) for r in caplog.records if r.name.startswith("far.")]
    assert found[0] == ("far.away", 30, "one and two")
    assert "below what is shown" not in caplog.text


@pytest.mark.parametrize("about", wire.About)
def test_a_late_answer_is_not_taken_for_a_tasks_fate(
    client: Client, broker: Broker, about: wire.About
) -> None:
    """An ERROR with a uuid and no slot, to a question that nobody waits for any more."""
    broker.hold = True
    future = client.submit(abs, -1)
    client.status(future, PATIENCE)  # the broker has it

    def tell() -> None:
        line = next(iter(broker.lines.values()))
        code = wire.Code.TOO_LARGE
        line.send(wire.Error(code=code, text="too large", corr=999_999, uuid=future.uuid, about=about))

    broker.do(tell)
    if about == wire.About.QUESTION:
        broker.release()
        assert future.result(PATIENCE) == 1
    else:
        with pytest.raises(mailroom.TooLarge):
            future.result(PATIENCE)


def test_time_that_is_over_is_an_error_of_either_name(client: Client, broker: Broker) -> None:
    broker.hold = True
    future, mapped = client.options(name="slow").submit(abs, -1), client.map(abs, [-1, -2])
    waits: list[tuple[Callable[[], Any], str]] = [
        (lambda: future.result(0.01), "the task slow is not done in time"),
        (lambda: future.exception(0), "the task slow is not done in time"),
        (lambda: mapped.result(0.01), "2 of 2 tasks are not done in time"),
        (lambda: list(mapped.as_completed(0.01)), "2 of 2 tasks are not done in time"),
    ]
    for wait, said in waits:
        for name in (TimeoutError, concurrent.futures.TimeoutError):  # one class from Python 3.11 on
            with pytest.raises(name, match=f"^{said}$"):
                wait()
    broker.release()


def test_await_works_in_a_running_loop(client: Client, broker: Broker) -> None:
    async def main() -> Any:
        broker.hold = True
        single, mapped = client.submit(abs, -3), client.map(abs, [-1, -2])
        await asyncio.to_thread(broker.release)
        values = await asyncio.gather(single, mapped)
        broker.hold = True
        slow = client.submit(abs, -1)
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(_wrap(slow), 0.01)
        return values, slow

    values, slow = asyncio.run(main())
    assert values == [3, [1, 2]]
    assert slow.cancelled()


async def _wrap(future: mailroom.Future[Any]) -> Any:
    return await future


def test_many_threads_share_one_client(client: Client) -> None:
    def work(number: int) -> int:
        return sum(client.submit(abs, -i).result(PATIENCE) for i in range(number, number + 20))

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [sum(range(n, n + 20)) for n in range(8)]


def test_a_callback_that_waits_is_told_off_and_stops_nothing(
    client: Client, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.hold = True
    first, second = client.submit(abs, -1), client.submit(abs, -2)
    first.add_done_callback(lambda _: second.result())
    broker.release()
    assert second.result(PATIENCE) == 2
    assert "a callback must not wait" in caplog.text


def test_a_cut_connection_is_not_noticed(broker: Broker) -> None:
    proxy = Proxy(broker.port)
    with Client(proxy.address) as client:
        broker.hold = True
        futures = [client.submit(abs, -i) for i in range(50)]
        proxy.cut()
        more = client.map(abs, range(50))
        broker.release()
        assert [future.result(PATIENCE) for future in futures] == list(range(50))
        assert more.result(PATIENCE) == list(range(50))
    proxy.close()


def test_close_cancels_or_leaves(broker: Broker) -> None:
    broker.hold = True
    client = Client(broker.address)
    future = client.submit(abs, -1)
    client.close()
    client.close()
    assert future.cancelled()
    assert broker.kinds(wire.Disconnect)[0].detach == 0
    with pytest.raises(mailroom.ConnectionLost):
        client.submit(abs, -1)
    other = Client(broker.address)
    left = other.submit(abs, -1)
    other.close(detach=True)
    assert isinstance(left.exception(PATIENCE), mailroom.ConnectionLost)


def test_no_broker_is_an_error_that_names_it() -> None:
    said = refusal(lambda timeout: Client("127.0.0.1:1", timeout=timeout), "nothing listens there")
    assert re.search(r"tcp://127.0.0.1:1\b.*nothing listens there", said)


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("host", "tcp://host:7472"),
        ("host:1", "tcp://host:1"),
        ("tcp://host", "tcp://host:7472"),
        ("tcp://host:1", "tcp://host:1"),
        ("[::1]", "tcp://[::1]:7472"),
        ("[::1]:5", "tcp://[::1]:5"),
        ("ipc:///run/x", "ipc:///run/x"),
    ],
)
def test_addresses(given: str, meant: str) -> None:
    assert home.broker(given) == meant


@pytest.mark.parametrize("given", ["", ":7472", "tcp://", "tcp://:1", "host,", "host,,other"])
def test_an_address_without_a_host_is_none(given: str) -> None:
    with pytest.raises(ValueError, match="the host is missing"):
        Client(given)


def test_a_process_that_ends_says_goodbye(broker: Broker) -> None:
    script = f"""
import mailroom.client
mailroom.client._GOODBYE_S = {PATIENCE}
mailroom.Client({broker.address!r}).submit(abs, -1).result({PATIENCE})
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", script], check=True, timeout=PATIENCE, env=environment)
    assert broker.kinds(wire.Disconnect)
