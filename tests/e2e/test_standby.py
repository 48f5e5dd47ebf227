"""A journal in PostgreSQL, and two brokers that name it: one serves, the other takes over."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import postgresql
import pytest
from cluster import noted, python_shim
from e2e_tasks import noted_wait
from mailroom import Client
from over_http import asks
from running import SOON, Program, Programs, run, until
from shell import Shell, shells, user_of

pytestmark = postgresql.NEEDED

STANDBY = "this broker is a standby, and serves nobody until it has the journal"


@pytest.fixture(scope="module")
def running_server() -> Iterator[postgresql.Server]:
    with postgresql.server() as server:
        yield server


@pytest.fixture
def server(running_server: postgresql.Server) -> postgresql.Server:
    """The module's server, with no journal yet."""
    running_server.says("DROP SCHEMA IF EXISTS mailroom CASCADE")
    return running_server


def broker_on(
    programs: Programs, server: postgresql.Server, *managers: Program, port: int = 0, http: bool = False
) -> Program:
    options = ("--journal", server.place, *(("--http", "0") if http else ()))
    return programs.broker(*managers, port=port, options=options)


def test_what_was_submitted_outlives_the_broker(
    programs: Programs, server: postgresql.Server, tmp_path: Path
) -> None:
    manager = shells(programs)
    broker = broker_on(programs, server, manager)
    user = user_of(programs, broker)
    gate = tmp_path / "gate"
    done = user.says("submit", "--", "echo", "done before").strip()
    until(lambda: "done" in user.says("status", done), "it is done")
    runs = user.says(
        "submit", "--", "sh", "-c", f"while ! [ -e {gate} ]; do sleep 0.05; done; echo ran"
    ).strip()
    until(lambda: "running" in user.run("status", runs).stdout, "it runs")
    assert server.says("SELECT count(*) FROM mailroom.results WHERE state = 'done'") == "1"
    port = broker.port
    broker.signal(signal.SIGKILL)
    broker.ends()
    broker_on(programs, server, manager, port=port)
    assert user.says("result", done) == "done before\n"
    gate.touch()
    assert user.says("result", "--wait", runs) == "ran\n"


def test_a_database_that_is_away_refuses_submits_only(programs: Programs, server: postgresql.Server) -> None:
    broker = broker_on(programs, server, shells(programs))
    user = user_of(programs, broker)
    first = user.says("submit", "--", "echo", "first").strip()
    until(lambda: "done" in user.says("status", first), "it is done")
    server.end()
    try:
        broker.logs("submits are BUSY: the journal in postgresql://")
        refused = user.run("submit", "--", "echo", "more")
        assert refused.returncode != 0
        assert "the journal in postgresql://" in refused.stderr
        assert user.says("result", first) == "first\n"
    finally:
        server.start()
    broker.logs("the journal is written again")
    more = user.says("submit", "--", "echo", "more").strip()
    assert user.says("result", "--wait", more) == "more\n"


def test_a_standby_serves_nobody_and_takes_over(programs: Programs, server: postgresql.Server) -> None:
    manager = shells(programs)
    leader = broker_on(programs, server, manager)
    done = user_of(programs, leader).says("submit", "--", "echo", "done").strip()
    until(lambda: "done" in user_of(programs, leader).says("status", done), "it is done")
    standby = broker_on(programs, server, manager, http=True)
    assert asks(standby, "/readyz")[0] == 503
    assert asks(standby, "/healthz")[0] == 200
    user = user_of(programs, standby)
    refused = user.run("check", "--timeout", "5")
    assert refused.returncode != 0
    assert STANDBY in refused.stdout + refused.stderr
    assert "is in use by mailroomd" in refused.stdout + refused.stderr
    leader.signal(signal.SIGKILL)
    leader.ends()
    standby.logs("the journal is this broker's now, in its epoch 2: it takes over")
    assert "done" in user.says("status", done)
    until(lambda: asks(standby, "/readyz")[0] == 200, "it is ready")
    after = user.says("submit", "--", "echo", "after").strip()
    assert user.says("result", "--wait", after) == "after\n"


def test_a_leader_that_was_stopped_for_too_long_ends(programs: Programs, server: postgresql.Server) -> None:
    manager = shells(programs)
    leader = broker_on(programs, server, manager)
    leader.logs("has 2 workers")
    standby = broker_on(programs, server, manager)
    standby.logs(STANDBY)
    leader.signal(signal.SIGSTOP)
    server.cut(leader.process.pid)
    standby.logs("in its epoch 2: it takes over")
    standby.logs("has 2 workers")
    user = user_of(programs, standby)
    task = user.says("submit", "--", "echo", "once").strip()
    assert user.says("result", "--wait", task) == "once\n"
    leader.signal(signal.SIGCONT)
    assert leader.ends() == 1
    assert "is another broker's now: this one was away for too long, and must not go on" in leader.log()
    again = user.says("submit", "--", "echo", "again").strip()
    assert user.says("result", "--wait", again) == "again\n"


def python_tasks(programs: Programs, *brokers: Program) -> Program:
    """A manager that dials the first of these brokers that serves."""
    return python_shim(programs, "--broker", several(*brokers), workers=1)


def several(*brokers: Program) -> str:
    return ",".join(f"127.0.0.1:{broker.port}" for broker in brokers)


@pytest.mark.parametrize("transport", ["own", "pyzmq"])
def test_who_names_both_goes_to_the_one_that_serves(
    programs: Programs, server: postgresql.Server, tmp_path: Path, transport: Literal["own", "pyzmq"]
) -> None:
    leader = broker_on(programs, server)
    assert leader.port  # it has the journal
    standby = broker_on(programs, server)
    python_tasks(programs, standby, leader)
    file, stop = tmp_path / "noted", tmp_path / "stop"
    user = Shell(programs.folder, several(standby, leader))
    with Client(several(standby, leader), transport=transport) as client:
        done = client.submit(abs, -1)
        assert done.result(SOON * 2) == 1
        waits = client.submit(noted_wait, str(file), 7, str(stop))
        until(lambda: noted(file) == [7], "it runs")
        assert "running" in user.says("status", str(waits.uuid))
        leader.signal(signal.SIGKILL)
        leader.ends()
        until(lambda: noted(file) == [7, 7], "it runs at the other one's")
        stop.touch()
        assert waits.result(SOON * 2) == 7
        assert client.submit(abs, -2).result(SOON * 2) == 2
        assert "done" in user.says("status", str(done.uuid))
    standby.signal(signal.SIGTERM)
    assert standby.ends() == 0


@pytest.mark.parametrize(
    ("brokers", "says"),
    [
        ("one:7472,", "the host is missing"),
        ("one:7472,two:x", "the port is not a number"),
        ("one,ipc:///tmp/two", "one of several brokers is no socket in the file system"),
    ],
)
def test_an_address_among_several_that_is_none(brokers: str, says: str) -> None:
    assert says in run("mailroom", "status", "--broker", brokers).stderr
    assert says in run("mailroom-shim", "--broker", brokers).stderr
    with pytest.raises(ValueError, match=says):
        Client(brokers)


def test_a_standby_that_is_told_to_leave_leaves(programs: Programs, server: postgresql.Server) -> None:
    leader = broker_on(programs, server)
    assert leader.port  # it has the journal
    standby = broker_on(programs, server)
    standby.logs(STANDBY)
    assert standby.port
    standby.signal(signal.SIGTERM)
    assert standby.ends() == 0
