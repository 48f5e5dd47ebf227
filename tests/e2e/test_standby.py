"""A journal in PostgreSQL, and two brokers that name it: one serves, the other takes over."""

from __future__ import annotations

import json
import os
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
from shell import NO_BROKER, NOBODY, UNKNOWN, Shell, shells, user_of

pytestmark = postgresql.NEEDED

TRIES = 12
"""So often, half a second apart, is a database tried that says at once that it is not there."""
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
    programs: Programs,
    server: postgresql.Server,
    *managers: Program,
    port: int = 0,
    http: bool = False,
    place: str | None = None,
) -> Program:
    options = ("--journal", place or server.place, *(("--http", "0") if http else ()))
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


def failures(user: Shell) -> int:
    """How often the journal could not be written."""
    top = json.loads(user.says("top", "--once", "--json"))
    return int(top["counts"]["journal failures"])


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
        assert "refused for the journal: the journal in postgresql://" in user.run("check").stdout
        assert user.says("result", first) == "first\n"
        until(lambda: failures(user) > TRIES, "it was tried for longer than a silent one is waited for")
        assert broker.process.poll() is None
    finally:
        server.start()
    broker.logs("the journal is written again")
    more = user.says("submit", "--", "echo", "more").strip()
    assert user.says("result", "--wait", more) == "more\n"


def test_that_a_task_is_unknown_is_said_with_the_database_only(
    programs: Programs, server: postgresql.Server
) -> None:
    broker = broker_on(programs, server, shells(programs))
    user = user_of(programs, broker)
    asked = ("status", "result", "cancel")
    assert [user.run(how, NOBODY).returncode for how in asked] == [UNKNOWN] * 3
    server.end()
    try:
        broker.logs("submits are BUSY: the journal in postgresql://")
        assert [user.run(how, NOBODY, "--timeout", 1).returncode for how in asked] == [NO_BROKER] * 3
    finally:
        server.start()
    assert [user.run(how, NOBODY).returncode for how in asked] == [UNKNOWN] * 3


def test_a_database_that_takes_no_writes_is_waited_for(programs: Programs, server: postgresql.Server) -> None:
    server.says("ALTER DATABASE postgres SET default_transaction_read_only = on")
    try:
        broker = broker_on(programs, server, shells(programs))
        broker.logs(STANDBY)
        assert "in a read-only transaction" in broker.log()
    finally:
        writes = "SET transaction_read_only = off"
        server.says(f"{writes}; ALTER DATABASE postgres RESET default_transaction_read_only")
    broker.logs("it takes over")
    user = user_of(programs, broker)
    task = user.says("submit", "--", "echo", "taken").strip()
    assert user.says("result", "--wait", task) == "taken\n"


def test_a_standby_serves_nobody_and_takes_over(programs: Programs, server: postgresql.Server) -> None:
    manager = shells(programs)
    leader = broker_on(programs, server, manager)
    done = user_of(programs, leader).says("submit", "--", "echo", "done").strip()
    until(lambda: "done" in user_of(programs, leader).says("status", done), "it is done")
    standby = broker_on(programs, server, manager, http=True)
    assert asks(standby, "/readyz")[0] == 503
    assert asks(standby, "/healthz")[0] == 200
    user = user_of(programs, standby)
    refused = user.run("check", "--timeout", SOON)
    assert refused.returncode != 0
    assert STANDBY in refused.stdout + refused.stderr
    assert "is in use by mailroomd" in refused.stdout + refused.stderr
    with server.holds("LOCK TABLE mailroom.journal"):
        leader.signal(signal.SIGKILL)
        leader.ends()
        until(lambda: "lock timeout" in user.run("check", "--timeout", SOON).stderr, "it says why it waits")
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
    assert manager.log().count("serving the boss") == 2  # each of them once


def test_a_leader_whose_database_stands_still_ends(programs: Programs, server: postgresql.Server) -> None:
    manager = shells(programs)
    leader = broker_on(programs, server, manager)
    leader.logs("has 2 workers")
    standby = broker_on(programs, server, manager)
    standby.logs(STANDBY)
    session = server.session(leader.process.pid)
    os.kill(session, signal.SIGSTOP)
    try:
        assert leader.ends() == 1
        assert "has not answered for 3 s: another broker may have it by now" in leader.log()
        assert "it takes over" not in standby.log()  # the session has the lock still, and nobody serves
    finally:
        os.kill(session, signal.SIGCONT)
    standby.logs("in its epoch 2: it takes over")
    user = user_of(programs, standby)
    task = user.says("submit", "--", "echo", "once").strip()
    assert user.says("result", "--wait", task) == "once\n"


def test_a_standby_that_loses_its_session_while_it_takes_over_waits_on(
    programs: Programs, server: postgresql.Server
) -> None:
    leader = broker_on(programs, server)
    leader.logs("listening")
    standby = broker_on(programs, server)
    standby.logs(STANDBY)
    with server.holds("LOCK TABLE mailroom.journal IN SHARE ROW EXCLUSIVE MODE"):
        leader.signal(signal.SIGKILL)
        leader.ends()
        until(server.stuck, "it is about to write that it is the leader")
        server.cut("wait_event_type = 'Lock'")
        until(server.stuck, "it has come again")
    standby.logs("it takes over")
    assert user_of(programs, standby).says("list") is not None
    standby.signal(signal.SIGTERM)
    assert standby.ends() == 0


def test_a_standby_that_loses_its_session_while_it_reads_waits_on(
    programs: Programs, server: postgresql.Server
) -> None:
    server.says("DROP ROLE IF EXISTS router")
    server.says("CREATE ROLE router LOGIN; GRANT CREATE ON DATABASE postgres TO router")
    place = server.place.replace("mailroom@", "router@")
    leader = broker_on(programs, server, place=place)
    user = user_of(programs, leader)
    task = user.says("submit", "--", "echo", "kept").strip()
    until(lambda: server.says("SELECT count(*) FROM mailroom.task") == "1", "it is written")
    # who reads this table waits for who holds that lock
    server.says("ALTER TABLE mailroom.task ENABLE ROW LEVEL SECURITY")
    server.says("ALTER TABLE mailroom.task FORCE ROW LEVEL SECURITY")
    server.says(
        "CREATE POLICY waits ON mailroom.task "
        "USING (pg_advisory_xact_lock_shared(1) IS NOT NULL) WITH CHECK (true)"
    )
    standby = broker_on(programs, server, place=place)
    standby.logs(STANDBY)
    with server.holds("SELECT pg_advisory_xact_lock(1)"):
        leader.signal(signal.SIGKILL)
        leader.ends()
        until(server.stuck, "it reads")
        server.cut("wait_event_type = 'Lock'")
        until(server.stuck, "it reads again")
    standby.logs("the journal has")
    until(lambda: "queued" in user_of(programs, standby).run("status", task).stdout, "it has the task")


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
        until(lambda: "running" in user.says("status", str(waits.uuid)), "it goes on at the other one's")
        stop.touch()
        assert waits.result(SOON * 2) == 7
        assert noted(file) == [7]
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
