"""What operators ask, answered by the real broker: counts, clients, everybody's tasks, and the end."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from mailroom_peer import wire

import mailroom
from mailroom import Client, ClientState, State
from peer import PATIENCE, Proxy
from real import Programs, needed

pytestmark = needed

Broker = tuple[subprocess.Popen[bytes], int]


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path)
    yield programs
    programs.stop()


@pytest.fixture
def broker(programs: Programs) -> Broker:
    return programs.start_broker(programs.start_plain("tr a-z A-Z"))


def test_counts_have_names(broker: Broker) -> None:
    with Client(f"127.0.0.1:{broker[1]}") as client:
        assert client.submit_bytes(b"abc").result(PATIENCE) == b"ABC"
        counts = client.counts(PATIENCE)
        assert (counts["clients"], counts["workers"], counts["submitted"], counts["finished"]) == (1, 1, 1, 1)
        assert counts["memory"] > 100_000


def test_an_admin_sees_clients_and_their_tasks(broker: Broker) -> None:
    address = f"127.0.0.1:{broker[1]}"
    with Client(address, name="alice") as alice, Client(address, name="bob") as bob:
        done = bob.submit_bytes(b"x")
        assert done.result(PATIENCE) == b"X"
        mapped = bob.options(name="letters").map_bytes([b"y"] * 3)
        assert mapped.result(PATIENCE) == [b"Y"] * 3
        newest, oldest = alice.clients(PATIENCE)
        assert (newest.name, oldest.name, oldest.key) == ("bob", "alice", "")
        assert (newest.state, newest.submitted, newest.ended, newest.tasks) == (ClientState.HERE, 4, 4, 0)
        assert alice.tasks(PATIENCE) == []
        listed = alice.tasks(PATIENCE, all=True)
        assert [(task.client, task.name, task.total) for task in listed] == [
            ("bob", "letters", 3),
            ("bob", "plain", 1),
        ]
        assert {task.state for task in listed} == {State.DONE}
        assert [task.client for task in bob.tasks(PATIENCE)] == ["", ""]


def test_a_list_of_many_pages_has_everything(broker: Broker) -> None:
    with Client(f"127.0.0.1:{broker[1]}") as one, Client(f"127.0.0.1:{broker[1]}") as other:
        futures = [one.options(runtime="nobody").submit_bytes(b"") for _ in range(5000)]
        assert {task.uuid for task in one.tasks(PATIENCE)} == {future.uuid for future in futures}
        assert len(other.tasks(PATIENCE, all=True)) == 5000


def test_an_admin_ends_it_all(programs: Programs, broker: Broker) -> None:
    with Client(f"127.0.0.1:{broker[1]}") as client:
        assert client.submit_bytes(b"x").result(PATIENCE) == b"X"  # the shim is there, and can be told
        client.shutdown("enough", PATIENCE)
        assert [process.wait(PATIENCE) for process in programs.running] == [0, 0]
        programs.running.clear()


def test_a_client_of_another_version_is_told(broker: Broker) -> None:
    proxy = Proxy(broker[1])
    as_of = {wire.Kind.HELLO: 2, wire.Kind.ERROR: 0}  # a later client's, and what an older broker says to it
    proxy.instead = {bytes([1, kind]): bytes([version, kind]) for kind, version in as_of.items()}
    with pytest.raises(
        mailroom.BadVersion, match=r"version 0 of the protocol; .* speaks version 1: upgrade the broker"
    ):
        Client(proxy.address, timeout=PATIENCE)
    proxy.close()
