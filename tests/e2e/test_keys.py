"""Programs with keys: who is let in, who is not, what each may, and what becomes of a key that is revoked."""

from __future__ import annotations

import os
import pty
import re
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import zmq
from keyed import Keys, computes, open_files, outcome, submits
from mailroom_peer import wire
from raw import dealing, hello
from running import BIN, Programs, run, until

UPPER = "tr a-z A-Z"


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def test_a_task_goes_all_the_way(programs: Programs, keys: Keys) -> None:
    shim = keys.plain(programs, UPPER, "--bind", "0.0.0.0")
    broker = keys.broker(programs, shim, options=("--bind", "0.0.0.0"))
    broker.logs("is connected")
    assert "WARNING" not in broker.log() + shim.log()
    with keys.dealing(broker.port, "client") as client:
        client.shakes(wire.Role.CLIENT)
        uuid = submits(client, b"x" * 200_000)
        assert client.hears(wire.Result).uuid == uuid


def test_the_command_line_takes_keys(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs, keys.plain(programs, UPPER))
    at = ("--broker", f"127.0.0.1:{broker.port}", "--session", programs.folder / "session")
    listed = run("mailroom", "list", *at, "--keys", keys.folder)
    assert listed.returncode == 0, listed.stderr
    everyones = run("mailroom", "list", "--all", *at, "--keys", keys.folder)
    assert everyones.returncode == 0, everyones.stderr
    no_admin = run(
        "mailroom", "list", "--all", *at, "--key", keys.folder / "client.cert_secret", *_served(keys)
    )
    assert no_admin.returncode != 0
    assert "only an admin may" in no_admin.stderr
    missing = run("mailroom", "list", *at, "--key", keys.folder / "client.cert_secret")
    assert missing.returncode == 2
    assert "not the broker's key: --broker-key FILE" in missing.stderr


def _served(keys: Keys) -> tuple[object, ...]:
    return "--broker-key", keys.folder / "broker.cert"


def test_a_tree_of_managers_and_one_that_dials_in(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    leaf = keys.plain(programs, UPPER)
    middle = programs.start(
        "mailroom-shim",
        *("-v", "-p", 0, "--keys", keys.folder, "--accept-managers", "-m", f"127.0.0.1:{leaf.port}"),
    )
    few = keys.part(tmp_path / "few", "manager.cert_secret", "broker.cert")
    broker = keys.broker(programs)
    programs.start(
        "mailroom-shim",
        *("-v", "-p", 0, "--accept-managers", "-m", f"127.0.0.1:{middle.port}"),
        *("--keys", keys.folder, "--broker", f"127.0.0.1:{broker.port}"),
    )
    broker.logs("has 1 workers")
    programs.start(
        "mailroom-shim",
        *("-v", "-n", 1, "--keys", few, "--broker", f"127.0.0.1:{broker.port}"),
        *("--plain", "--", "cat"),
    ).logs("serving the boss")
    below = keys.part(tmp_path / "below", "manager.cert_secret", "manager.cert")
    programs.start(
        "mailroom-shim",
        *("-v", "-n", 1, "--keys", below, "--broker", f"127.0.0.1:{middle.port}"),
        *("--broker-key", keys.folder / "manager.cert", "--plain", "--", "cat"),
    ).logs("serving the boss")
    broker.logs("has 2 workers")
    with keys.dealing(broker.port, "client") as client:
        client.shakes(wire.Role.CLIENT)
        for _ in range(6):
            computes(client)


def test_a_worker_that_connects(programs: Programs, keys: Keys) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-w", 0, "-x", "-n", 1, "--keys", keys.folder)
    port = shim.ports()["worker-port"]
    with keys.dealing(port, "worker", "manager") as worker:
        worker.shakes(wire.Role.WORKER)
    client = outcome(port, lambda made: keys.sets(made, "client", "manager"))
    assert client == zmq.Event.HANDSHAKE_FAILED_AUTH
    shim.logs("its key client has the role client, and here a key for worker is needed")


def test_who_is_not_let_in(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    broker = keys.broker(programs)
    strangers = Keys(tmp_path / "strangers")

    def comes(own: Keys, name: str, server: Keys) -> Callable[[zmq.Socket[bytes]], None]:
        return lambda made: own.sets(made, name, "broker", server)

    assert outcome(broker.port, comes(keys, "client", keys)) == zmq.Event.HANDSHAKE_SUCCEEDED
    wrong_server_key = outcome(broker.port, comes(keys, "client", strangers))
    assert wrong_server_key == zmq.Event.HANDSHAKE_FAILED_NO_DETAIL
    for _ in range(5):
        unknown_key = outcome(broker.port, comes(strangers, "client", keys))
        assert unknown_key == zmq.Event.HANDSHAKE_FAILED_AUTH
    without_keys = outcome(broker.port)
    assert without_keys in (zmq.Event.HANDSHAKE_FAILED_PROTOCOL, zmq.Event.HANDSHAKE_FAILED_NO_DETAIL)
    for _ in range(2):
        worker = outcome(broker.port, comes(keys, "worker", keys))
        assert worker == zmq.Event.HANDSHAKE_FAILED_AUTH
    broker.logs("its key worker has the role worker, and here a key for manager, client or admin is needed")
    text = re.search(r'public-key = "(.*)"', (strangers.folder / "client.cert").read_text())
    assert text
    assert broker.log().count("is not let in") == 2  # each once
    assert (
        f"127.0.0.1 is not let in: its public key {text[1]} is not in {keys.folder}/allowed" in broker.log()
    )


def test_many_new_keys_do_not_fill_the_log(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs)

    def draws(made: zmq.Socket[bytes]) -> None:
        keys.sets(made, "client", "broker")
        made.curve_publickey, made.curve_secretkey = zmq.curve_keypair()

    with ThreadPoolExecutor(8) as pool:  # in less time than the lines are counted for
        ends = list(pool.map(lambda _: outcome(broker.port, draws), range(40)))
    assert set(ends) == {zmq.Event.HANDSHAKE_FAILED_AUTH}
    assert broker.log().count("is not let in") == 30


def test_a_key_of_another_role_is_no_clients(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs)
    for own, role in (("manager", wire.Role.CLIENT), ("client", wire.Role.MANAGER)):
        with keys.dealing(broker.port, own) as peer:
            peer.say(hello(role))
            error = peer.hears(wire.Error)
            assert error.code == wire.Code.REFUSED
            assert f"the key {own} has the role {own}" in error.text


def test_a_programs_own_key_may_ask_and_no_more(programs: Programs, keys: Keys) -> None:
    """All managers may have the same key: none of them is another's boss unless the table says so."""
    keys.allowed("manager").unlink()
    shim = keys.plain(programs, UPPER)
    with keys.dealing(shim.port, "manager", "manager") as peer:
        peer.send(wire.encode(wire.Counts(corr=1)))
        peer.hears(wire.Counts)
        peer.say(hello(wire.Role.BOSS))
        assert peer.hears(wire.Error).code == wire.Code.REFUSED
    with keys.dealing(shim.port, "broker", "manager") as boss:
        boss.shakes(wire.Role.BOSS)


def test_only_admins_may_end_it_all(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs)
    with keys.dealing(broker.port, "client") as client:
        client.shakes(wire.Role.CLIENT)
        client.say(wire.Shutdown(text="enough"))
        assert "only an admin may" in client.hears(wire.Error).text
    with keys.dealing(broker.port, "admin") as admin:
        admin.shakes(wire.Role.CLIENT)
        admin.say(wire.Shutdown(text="enough"))
        admin.hears(wire.Disconnect)
    assert broker.ends() == 0


def test_only_its_owner_and_admins_reach_a_task(programs: Programs, keys: Keys) -> None:
    keys.add("client", "alice")
    broker = keys.broker(programs)
    with keys.dealing(broker.port, "alice") as alice, keys.dealing(broker.port, "client") as other:
        alice.shakes(wire.Role.CLIENT)
        other.shakes(wire.Role.CLIENT)
        uuid = submits(alice, b"a")
        alice.say(wire.Status(corr=1, uuid=uuid))
        assert alice.hears(wire.Status).state == wire.State.QUEUED
        for ask in (
            wire.Status(corr=1, uuid=uuid),
            wire.Cancel(corr=2, uuid=uuid),
            wire.Request(corr=3, uuid=uuid),
        ):
            other.say(ask)
            assert other.hears(wire.Error).code == wire.Code.NOT_OWNER
        with keys.dealing(broker.port, "admin") as admin:
            admin.shakes(wire.Role.CLIENT)
            admin.say(wire.Status(corr=1, uuid=uuid))
            assert admin.hears(wire.Status).state == wire.State.QUEUED
            admin.say(wire.Cancel(corr=2, uuid=uuid))
            assert admin.hears(wire.Cancel).state == wire.State.QUEUED
        assert alice.hears(wire.Error).code == wire.Code.CANCELLED


def test_a_clients_key_is_revoked(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    keys.add("client", "alice")
    file = tmp_path / "ran"
    shim = keys.plain(programs, f"cat >> {file}")
    broker = keys.broker(programs, shim)
    token = os.urandom(16)
    with keys.dealing(broker.port, "alice") as alice, keys.dealing(broker.port, "client") as other:
        alice.shakes(wire.Role.CLIENT, session=token)
        other.shakes(wire.Role.CLIENT)
        computes(alice, b"before ")
        keys.revoke("alice", broker)
        broker.logs("the key of the client alice is not let in any more")
        broker.logs("client raw left")
        submits(alice, b"revoked ")
        alice.say(wire.Ping())
        computes(other, b"other ")  # the broker has read what came before it from there
        computes(other, b"other ")
        assert not alice.socket.poll(0), "something was sent to who is not let in any more"
    assert file.read_text() == "before other other "
    again = outcome(broker.port, lambda made: keys.sets(made, "alice", "broker"))
    assert again == zmq.Event.HANDSHAKE_FAILED_AUTH
    keys.restore("alice", broker)
    with keys.dealing(broker.port, "alice") as alice:
        assert alice.shakes(wire.Role.CLIENT, session=token).session is None  # what she had is gone


def test_a_clients_key_is_revoked_while_there_is_no_broker(
    programs: Programs, keys: Keys, tmp_path: Path
) -> None:
    """What it had is in the journal, and goes when the next broker reads that."""
    keys.add("client", "alice")
    journal = ("--journal", tmp_path / "journal")
    broker = keys.broker(programs, options=journal)
    token, other_token = os.urandom(16), os.urandom(16)
    with keys.dealing(broker.port, "alice") as alice, keys.dealing(broker.port, "client") as other:
        alice.shakes(wire.Role.CLIENT, session=token, features=wire.Feature.SAFE)
        other.shakes(wire.Role.CLIENT, session=other_token, features=wire.Feature.SAFE)
        submits(alice, b"never")
        for client in (alice, other):
            client.say(wire.Disconnect(corr=1, detach=1))
            client.hears(wire.Disconnect)  # all of it is safe
    broker.signal(signal.SIGKILL)
    broker.ends()
    keys.allowed("alice").unlink()
    broker = keys.broker(programs, options=journal)
    broker.logs("the key of the client alice is not let in any more")
    broker.logs("client raw left")
    keys.restore("alice", broker)
    with keys.dealing(broker.port, "alice") as alice, keys.dealing(broker.port, "client") as other:
        gone = alice.shakes(wire.Role.CLIENT, session=token, features=wire.Feature.SAFE)
        stays = other.shakes(wire.Role.CLIENT, session=other_token, features=wire.Feature.SAFE)
    assert (gone.session, stays.session) == (None, other_token)


def test_a_routing_id_is_not_taken_over(programs: Programs, keys: Keys) -> None:
    """It is free for libzmq once its connection is gone, but what comes by it is not of who had it before."""
    keys.add("client", "alice")
    broker = keys.broker(programs)
    same = b"\x01" + bytes(15)

    def prepare(own: str) -> Callable[[zmq.Socket[bytes]], None]:
        def set_options(made: zmq.Socket[bytes]) -> None:
            keys.sets(made, own, "broker")
            made.setsockopt(zmq.ROUTING_ID, same)

        return set_options

    before = open_files(broker)
    with dealing(broker.port, prepare("alice")) as alice:
        alice.shakes(wire.Role.CLIENT)
    until(lambda: open_files(broker) <= before, "the connection is gone")
    with dealing(broker.port, prepare("client")) as other, keys.dealing(broker.port, "client") as third:
        other.say(wire.Connect(corr=1))
        other.say(hello(wire.Role.CLIENT))
        until(lambda: open_files(broker) > before + 1, "both are connected")
        third.shakes(wire.Role.CLIENT)
        assert not other.socket.poll(300)
    assert broker.log().count("client raw joined") == 2


def test_a_session_is_its_keys(programs: Programs, keys: Keys) -> None:
    keys.add("client", "alice")
    broker = keys.broker(programs)
    token = os.urandom(16)
    with keys.dealing(broker.port, "alice") as alice:
        alice.shakes(wire.Role.CLIENT, session=token)
        with keys.dealing(broker.port, "client") as other:
            other.say(hello(wire.Role.CLIENT, session=token))
            assert other.hears(wire.Error).code == wire.Code.NOT_OWNER


@pytest.mark.parametrize("dials", ["the broker", "the manager"])
def test_a_managers_key_is_revoked(dials: str, programs: Programs, keys: Keys, tmp_path: Path) -> None:
    keys.add("manager", "bad")
    bad = keys.part(tmp_path / "bad", "broker.cert", "bad.cert_secret", "allowed")
    (bad / "bad.cert_secret").rename(bad / "manager.cert_secret")
    running = tmp_path / "running"
    script = f"echo >> {running}; sleep 1000"
    if dials == "the broker":
        shim = keys.plain(programs, script, "--key", bad / "manager.cert_secret")
        broker = keys.broker(programs, shim, options=("--manager-key", keys.folder / "bad.cert"))
    else:
        broker = keys.broker(programs)
        programs.start(
            "mailroom-shim",
            *("-v", "-n", 1, "--keys", bad, "--broker", f"127.0.0.1:{broker.port}"),
            *("--plain", "--", "sh", "-c", script),
        )
    broker.logs("has 1 workers")
    with keys.dealing(broker.port, "client") as client:
        client.shakes(wire.Role.CLIENT)
        uuid = submits(client, b"a")
        until(running.exists, "the task runs")
        keys.revoke("bad", broker)
        broker.logs("is gone: its key is not let in any more")
        assert "its key is not let in any more" in client.hears(wire.Log).text
        if dials == "the broker":
            broker.logs(f"its key bad, of {keys.folder}/bad.cert, is not in {keys.folder}/allowed any more")
        few = keys.part(tmp_path / "few", "manager.cert_secret", "broker.cert")
        programs.start(
            "mailroom-shim",
            *("-v", "-n", 1, "--keys", few, "--broker", f"127.0.0.1:{broker.port}", "--plain", "--", "cat"),
        )
        assert client.hears(wire.Result).uuid == uuid


def test_a_new_key_is_let_in(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs)
    keys.add("client", "late")
    late = outcome(broker.port, lambda made: keys.sets(made, "late", "broker"))
    assert late == zmq.Event.HANDSHAKE_FAILED_AUTH
    keys.reload(broker)
    with keys.dealing(broker.port, "late") as client:
        client.shakes(wire.Role.CLIENT)


def test_a_broken_table_is_not_taken(programs: Programs, keys: Keys) -> None:
    broker = keys.broker(programs)
    with keys.dealing(broker.port, "client") as client:
        client.shakes(wire.Role.CLIENT)
        (keys.folder / "allowed" / "broken.cert").write_text("nonsense\n")
        keys.revoke("client", broker)
        broker.logs(
            f"the table of keys stays as it was: {keys.folder}/allowed/broken.cert: not a certificate"
        )
        client.say(wire.Connect(corr=1))
        client.hears(wire.Ready)
        (keys.folder / "allowed" / "broken.cert").unlink()
        keys.reload(broker)
        broker.logs("the key of the client client is not let in any more")


def test_without_keys_nothing_is_read_again(programs: Programs) -> None:
    broker = programs.broker()
    assert broker.port
    Keys.reload(broker)
    broker.logs("SIGHUP: there is no table of keys")
    with dealing(broker.port) as client:
        client.shakes(wire.Role.CLIENT)
    broker.signal(signal.SIGTERM)
    assert broker.ends() == 0


def test_lines_say_whose_keys_are_amiss(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    strangers = Keys(tmp_path / "strangers")
    shim, bare = keys.plain(programs, UPPER), programs.plain(UPPER)
    other = ("--manager-key", strangers.folder / "manager.cert", "--allowed", strangers.folder / "allowed")
    wrong = keys.broker(programs, shim, options=other)
    wrong.logs(f"its key is not the one of {strangers.folder}/manager.cert")
    key = strangers.folder / "broker.cert_secret"
    keys.broker(programs, shim, options=("--key", key)).logs(f"does not let in our key broker of {key}")
    with_keys = keys.broker(programs, bare)
    until(lambda: "it has no keys" in with_keys.log() or "when it has no keys" in with_keys.log(), "a reason")
    without = programs.broker(shim)
    until(lambda: "it has keys" in without.log(), "a reason")


def test_a_terminal_that_is_closed_ends_the_program(keys: Keys, tmp_path: Path) -> None:
    """SIGHUP means both; nohup keeps it running, and it reads the table again."""
    for words, ends in (((), True), (("nohup",), False)):
        port_file = tmp_path / "-".join(("port", *words))
        command = [
            *words,
            BIN / "mailroomd",
            "-v",
            "-p",
            "0",
            "--port-file",
            port_file,
            "--keys",
            keys.folder,
        ]
        pid, terminal = pty.fork()
        if pid == 0:
            signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whatever the tests were started by
            os.chdir(tmp_path)  # nohup writes a file where it is
            log = os.open(f"{port_file}.log", os.O_CREAT | os.O_WRONLY)
            os.dup2(log, 2)
            os.execvp(command[0], command)
        until(port_file.exists, "it listens")
        os.kill(pid, signal.SIGHUP)
        log_file = Path(f"{port_file}.log")
        until(lambda: "SIGHUP: 5 keys are let in" in log_file.read_text(), "the table is read again")  # noqa: B023
        os.close(terminal)
        if not ends:
            until(lambda: log_file.read_text().count("SIGHUP: 5") == 2, "it was told by the terminal")  # noqa: B023
            os.kill(pid, signal.SIGTERM)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
