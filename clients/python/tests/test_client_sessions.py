"""A client's session outlives links, brokers and clients; against a broker that runs in the test."""

from __future__ import annotations

import gc
import stat
import threading
import uuid as uuids
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from mailroom.client import Client
from peer import PATIENCE, Proxy

MOST = 4096  # slots in one RELEASE


@pytest.fixture
def proxy(broker: Broker) -> Iterator[Proxy]:
    proxy = Proxy(broker.port)
    yield proxy
    proxy.close()


@pytest.fixture
def client(proxy: Proxy) -> Iterator[Client]:
    with Client(proxy.address) as client:
        yield client


def kinds_after(broker: Broker, start: int) -> list[type[wire.Message]]:
    return [type(message) for message in broker.got[start:]]


def read_all(client: Client) -> None:
    """Waits until the broker has read all that was sent."""
    client.status(uuids.uuid4(), PATIENCE)


# -- a new broker


def test_what_is_not_done_is_submitted_again_to_a_new_broker(
    client: Client, broker: Broker, proxy: Proxy, caplog: pytest.LogCaptureFixture
) -> None:
    done = client.submit(abs, -7)  # and is held on to: else its RELEASE would come some time
    assert done.result(PATIENCE) == 7
    broker.hold = True
    single, mapped = client.submit(abs, -1), client.map(abs, [-1, -2, -3])
    late = client.options(deliver=False).submit(abs, -4)
    asked = client.options(deliver=False).submit(abs, -5)
    waiter = threading.Thread(target=asked.result)
    waiter.start()
    broker.wait(lambda: broker.kinds(wire.Request))
    start = len(broker.got)
    broker.restart()
    proxy.cut()
    broker.wait(lambda: len(broker.got) >= start + 6)
    assert kinds_after(broker, start) == [
        *(wire.Connect, wire.Submit, wire.SubmitBatch, wire.Submit, wire.Submit, wire.Request)
    ]
    assert list(broker.roots) == [single.uuid, mapped.uuids[0], late.uuid, asked.uuid]
    broker.release()
    assert single.result(PATIENCE) == 1
    assert mapped.result(PATIENCE) == [1, 2, 3]
    assert late.result(PATIENCE) == 4
    waiter.join(PATIENCE)
    assert asked.result(PATIENCE) == 5
    assert not client.resumed
    assert caplog.text.count("6 unfinished tasks were submitted again") == 1


def test_of_a_map_only_what_is_not_done_runs_again(client: Client, broker: Broker, proxy: Proxy) -> None:
    broker.hold = True
    mapped = client.map(abs, [-1, -2, -3, -4])
    broker.wait(lambda: len(broker.held) == 4)
    broker.do(lambda: [broker._run_root(broker.held[slot]) for slot in (0, 2)])  # type: ignore[func-returns-value]
    assert [mapped.futures[slot].result(PATIENCE) for slot in (0, 2)] == [1, 3]
    broker.restart()
    proxy.cut()
    broker.wait(lambda: len(broker.held) == 2)
    again = broker.kinds(wire.SubmitBatch)[-1]
    assert again.tasks[0].uuid == mapped.uuids[0]
    assert [task.return_address.mailbox_slot for task in again.tasks] == [0, 1]
    mapped.futures[1].cancel()
    broker.release()
    assert mapped.futures[3].result(PATIENCE) == 4
    assert [future.slot for future in mapped.futures] == [0, 1, 2, 3]
    # of the two that were done before nothing is there to be released
    broker.wait(lambda: broker.kinds(wire.Release))
    start, uuid = len(broker.got), mapped.uuids[0]
    del mapped
    gc.collect()
    broker.wait(lambda: wire.Release in kinds_after(broker, start))
    assert [release.slots for release in broker.kinds(wire.Release)] == [((uuid, 0),), ((uuid, None),)]


def test_a_question_waits_for_the_next_link(client: Client, broker: Broker, proxy: Proxy) -> None:
    proxy.refuse = True
    proxy.cut()
    with pytest.raises(TimeoutError):
        client.status(uuids.uuid4(), 0.05)
    states: list[mailroom.State] = []
    asker = threading.Thread(target=lambda: states.append(client.status(uuids.uuid4(), PATIENCE).state))
    asker.start()
    while not client._mail._questions:
        pass
    broker.restart()
    proxy.refuse = False
    asker.join(PATIENCE)
    assert states == [mailroom.State.UNKNOWN]


def test_what_another_process_submitted_is_gone_with_the_broker(
    client: Client, broker: Broker, proxy: Proxy
) -> None:
    broker.hold = True
    theirs = uuids.uuid4()
    task = wire.Task(uuid=theirs)
    broker.do(lambda: broker._submit(next(iter(broker.lines.values())), wire.Submit(task), b""))
    future = client.future(theirs)
    read_all(client)
    broker.restart()
    proxy.cut()
    with pytest.raises(mailroom.SessionUnknown, match="another process"):
        future.result(PATIENCE)


# -- a new link of a known session


def test_only_what_was_not_read_is_sent_again_to_a_broker_that_knows_the_session(
    client: Client, broker: Broker, proxy: Proxy
) -> None:
    broker.hold = True
    first = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    assert client._mail.drain(PATIENCE)
    proxy.refuse = True
    proxy.cut()
    second, mapped = client.submit(abs, -2), client.map(abs, [-3, -4])
    gone = client.submit(abs, -5)
    gone.cancel()
    broker.forget_links()
    start = len(broker.got)
    proxy.refuse = False
    broker.wait(lambda: len(broker.got) >= start + 4)
    assert kinds_after(broker, start)[:4] == [wire.Connect, wire.Submit, wire.SubmitBatch, wire.Cancel]
    assert client.resumed
    broker.release()
    assert [first.result(PATIENCE), second.result(PATIENCE)] == [1, 2]
    assert mapped.result(PATIENCE) == [3, 4]


def test_what_was_read_and_not_acknowledged_runs_once(client: Client, broker: Broker, proxy: Proxy) -> None:
    read_all(client)
    broker.hold = True
    lines = list(broker.lines.values())
    broker.do(lambda: setattr(lines[0].link, "due", lambda now: broker_says_nothing()))
    future = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    broker.forget_links()
    proxy.cut()
    broker.wait(lambda: len(broker.kinds(wire.Submit)) == 2)
    assert len(broker.held) == 1
    broker.release()
    assert future.result(PATIENCE) == 1


def broker_says_nothing() -> Any:
    from mailroom_peer.link import Due

    return Due.NOTHING


def test_a_refusal_that_was_lost_with_its_link_is_found_out(
    client: Client, broker: Broker, proxy: Proxy
) -> None:
    """The submit was acknowledged, and nobody would ever say that it was not taken."""
    known = [client.submit(abs, -number) for number in range(3)]
    assert [future.result(PATIENCE) for future in known] == [0, 1, 2]
    broker.page = 2
    broker.full = True
    line = next(iter(broker.lines.values()))
    broker.do(lambda: setattr(line.link, "next", lambda: None))  # acknowledgements go out, nothing else does
    future = client.submit(abs, -4)
    assert client._mail.drain(PATIENCE)
    broker.full = False
    broker.forget_links()
    proxy.cut()
    assert future.result(PATIENCE) == 4
    assert len(broker.kinds(wire.Submit)) == 5
    assert len(broker.kinds(wire.List)) == 2


def test_a_link_that_one_side_can_make_nothing_of_fails_its_tasks(client: Client, broker: Broker) -> None:
    """They would be no better on the next one."""
    broker.hold = True
    future = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    error = wire.Error(code=wire.Code.UNEXPECTED, text="not for me")
    broker.do(lambda: broker.held[0].line.send(error))
    with pytest.raises(mailroom.ConnectionLost, match="not for me"):
        future.result(PATIENCE)
    broker.hold = False
    assert client.submit(abs, -2).result(PATIENCE) == 2


# -- taken


def test_a_session_that_was_taken_ends_all_that_waits(client: Client, broker: Broker, proxy: Proxy) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    broker.wait(lambda: broker.held)
    taken = wire.Error(code=wire.Code.TAKEN, text="another process shook hands with this session's token")
    broker.do(lambda: broker.held[0].line.send(taken))
    with pytest.raises(mailroom.SessionTaken, match="another process"):
        future.result(PATIENCE)
    for call in (client.tasks, lambda: client.submit(abs, -1), lambda: client.detach()):
        with pytest.raises(mailroom.SessionTaken, match="another process"):
            call()
    client.close()
    assert proxy.accepted == 1


# -- detach and resume


def test_detach_leaves_the_tasks_for_another_client(broker: Broker, tmp_path: Path) -> None:
    file = tmp_path / "session"
    client = Client(broker.address, keep=True, patience=7)
    done = client.submit(abs, -1)
    assert done.result(PATIENCE) == 1
    broker.hold = True
    single, mapped = client.submit(abs, -2), client.map(abs, [-3, -4])
    token = client.detach(file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (
        mailroom.Token.load(file)
        == token
        == mailroom.Token(client.session.hex(), broker.address, token.options)
    )
    assert token.options["patience"] == 7
    assert [message.detach for message in broker.kinds(wire.Disconnect)] == [1]
    for future in (single, *mapped.futures):
        with pytest.raises(mailroom.Detached, match=r"Client.resume"):
            future.result(PATIENCE)
    with pytest.raises(mailroom.Detached):
        client.submit(abs, -1)
    known = [done.uuid, single.uuid, mapped.uuids[0]]
    del done, single, mapped
    with Client.resume(token) as other:
        tasks = other.tasks(PATIENCE)
        assert [task.uuid for task in tasks] == known[::-1]
        assert [(task.name, task.state.name, task.total, task.ended) for task in tasks] == [
            *(("abs", "QUEUED", 2, 0), ("abs", "QUEUED", 1, 0), ("abs", "DONE", 1, 1))
        ]
        assert (tasks[0].attempts, tasks[0].age) == (1, 2.5)
        futures = [other.future(known[0]), other.future(str(known[1]))]
        assert futures[1] is other.future(known[1])
        second = other.future(known[2], 1)
        theirs = other.map_of(known[2], timeout=PATIENCE)
        assert theirs.futures[1] is second
        broker.release()
        assert [future.result(PATIENCE) for future in futures] == [1, 2]
        assert theirs.result(PATIENCE) == [3, 4]


def test_all_pages_of_the_list_are_read(client: Client, broker: Broker) -> None:
    broker.page = 2
    broker.hold = True
    futures = [client.submit(abs, number) for number in range(5)]
    assert [task.uuid for task in client.tasks(PATIENCE)] == [future.uuid for future in reversed(futures)]


def test_a_session_that_the_broker_does_not_know_is_not_resumed(broker: Broker, tmp_path: Path) -> None:
    forged = mailroom.Token("00" * 16, broker.address)
    forged.save(tmp_path / "session")
    with pytest.raises(mailroom.SessionUnknown, match="lease"):
        Client.resume(tmp_path / "session")
    assert [message.detach for message in broker.kinds(wire.Disconnect)] == [0]  # it opened one
    assert (tmp_path / "session").exists()


def test_a_session_is_kept_in_a_file_until_it_ends(broker: Broker, tmp_path: Path) -> None:
    file = tmp_path / "session"
    killed = Client(broker.address, session_file=file)
    broker.hold = True
    future = killed.submit(abs, -1)
    read_all(killed)
    killed._mail.end()  # as a process that is killed: without a word
    with Client(broker.address, session_file=file) as client:
        assert (client.session, client.resumed) == (killed.session, True)
        theirs = client.future(future.uuid)
        broker.release()
        assert theirs.result(PATIENCE) == 1
        assert file.exists()
    assert not file.exists()
    with Client(broker.address, session_file=file) as client:
        assert client.session != killed.session
        client.detach()
    with Client.resume(file) as client:
        assert client.resumed
    assert not file.exists()


def test_a_file_that_is_none_is_refused(broker: Broker, tmp_path: Path) -> None:
    file = tmp_path / "session"
    for content in ("", "[]", "{}", '{"session": "zz", "address": "", "options": {}}'):
        file.write_text(content)
        with pytest.raises(ValueError, match="session"):
            Client.resume(file)
    mailroom.Token("11" * 16, "tcp://elsewhere:1").save(file)
    with pytest.raises(ValueError, match="elsewhere"):
        Client(broker.address, session_file=file)
    with pytest.raises(ValueError, match="32"):
        mailroom.Token("11", broker.address)


def test_detach_waits_until_all_was_read(client: Client, proxy: Proxy) -> None:
    proxy.refuse = True
    proxy.cut()
    future = client.submit(abs, -1)
    with pytest.raises(TimeoutError):
        client.detach(timeout=0.05)
    proxy.refuse = False
    assert future.result(PATIENCE) == 1


# -- results that are kept


def test_a_result_is_released_when_its_future_is_collected(client: Client, broker: Broker) -> None:
    futures = [client.submit(abs, -number) for number in range(3)]
    mapped = client.map(abs, [-1, -2])
    assert [future.result(PATIENCE) for future in futures] == [0, 1, 2]
    assert mapped.result(PATIENCE) == [1, 2]
    read_all(client)
    assert not broker.kinds(wire.Release)
    kept, kept_uuid, last = futures[1], mapped.uuids[0], mapped.futures[1]
    del futures, mapped
    gc.collect()
    broker.wait(lambda: len(broker.roots) == 2 and len(broker.roots[kept_uuid]) == 1)
    assert list(broker.roots) == [kept.uuid, kept_uuid]
    assert list(broker.roots[kept_uuid]) == [1]
    assert sum(len(release.slots) for release in broker.kinds(wire.Release)) == 3
    client.release(kept)
    del kept
    client.release(kept_uuid)
    broker.wait(lambda: not broker.roots)
    assert last.result() == 2


def test_a_whole_map_is_released_by_one_entry(client: Client, broker: Broker) -> None:
    mapped = client.map(abs, range(100))
    assert mapped.result(PATIENCE) == list(range(100))
    client.release(mapped)
    broker.wait(lambda: broker.kinds(wire.Release))
    assert [release.slots for release in broker.kinds(wire.Release)] == [((mapped.uuids[0], None),)]


def test_many_releases_share_messages(client: Client, broker: Broker) -> None:
    count = MOST + 10  # slots, more than one RELEASE names
    mapped = [client.map(abs, [number, number]) for number in range(count)]
    for one in mapped:
        one.result(PATIENCE)
    client.release(mailroom.MapFuture([one.futures[0] for one in mapped]))
    broker.wait(lambda: sum(len(release.slots) for release in broker.kinds(wire.Release)) == count)
    assert all(len(release.slots) <= MOST for release in broker.kinds(wire.Release))
    assert len(broker.kinds(wire.Release)) < 20


def test_what_is_not_done_is_not_released(client: Client, broker: Broker) -> None:
    broker.hold = True
    future = client.submit(abs, -1)
    client.release(future)
    broker.release()
    assert future.result(PATIENCE) == 1
    read_all(client)
    assert not broker.kinds(wire.Release)


def test_an_entry_of_a_map_that_was_cancelled_alone_is_released_when_it_ends(
    client: Client, broker: Broker
) -> None:
    broker.hold = True
    mapped = client.map(abs, [-1, -2])
    mapped.futures[0].cancel()
    broker.release()
    assert mapped.futures[1].result(PATIENCE) == 2
    broker.wait(lambda: broker.kinds(wire.Release))
    assert broker.kinds(wire.Release)[0].slots == ((mapped.uuids[0], 0),)


def test_without_keep_nothing_is_released(broker: Broker) -> None:
    with Client(broker.address, keep=False) as client:
        client.submit(abs, -1).result(PATIENCE)
        client.options(keep=True).map(abs, [-1]).result(PATIENCE)
        gc.collect()
        broker.wait(lambda: broker.kinds(wire.Release))
    assert broker.kinds(wire.Submit)[0].task.flags == wire.Flag.DELIVER
    assert [len(release.slots) for release in broker.kinds(wire.Release)] == [1]


# -- a broker without room


def test_a_submit_that_is_refused_as_busy_is_tried_again(
    client: Client, broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.full = True
    future, mapped = client.submit(abs, -1), client.map(abs, [-2, -3])
    broker.wait(lambda: len(broker.kinds(wire.Submit)) >= 3)
    with pytest.raises(mailroom.Busy, match="room"):
        client.detach(timeout=PATIENCE)
    broker.do(lambda: setattr(broker, "full", False))
    assert future.result(PATIENCE) == 1
    assert mapped.result(PATIENCE) == [2, 3]
    assert caplog.text.count("has no room") == 1


def test_a_client_without_patience_is_told_that_the_broker_is_busy(broker: Broker) -> None:
    broker.full = True
    with Client(broker.address, patience=0) as client, pytest.raises(mailroom.Busy, match="no room"):
        client.submit(abs, -1).result(PATIENCE)


# -- managers


def test_managers_are_listed_and_drained(client: Client, broker: Broker) -> None:
    broker.managers = [wire.ListedManager("node1", "node1:7473", 3, 4, 1, 3)]
    [manager] = client.managers(PATIENCE)
    assert (manager.name, manager.line, manager.state) == (
        "node1",
        "node1:7473",
        mailroom.ManagerState.DRAINS,
    )
    assert (manager.workers, manager.idle, manager.tasks) == (4, 1, 3)
    client.drain("node1", 1.5, PATIENCE)
    client.drain("node1", timeout=PATIENCE)
    assert [drain.grace for drain in broker.kinds(wire.Drain)] == [1500, None]
    with pytest.raises(mailroom.Refused, match="no such manager"):
        client.drain("node2", timeout=PATIENCE)
