"""`mailroom check`: each thing that may be wrong with a set-up, and the sentence that tells of it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import mailroom
import msgpack
import pytest
import zmq
from cluster import settings
from keyed import Keys
from mailroom_peer import wire
from mailroom_peer.ports import free_port
from raw import hello
from running import SOON, Program, Programs, run, until

FINE, FAILED, USAGE, NO_BROKER, REFUSED = range(5)


def check(*arguments: object, seconds: float = SOON / 2) -> subprocess.CompletedProcess[str]:
    return run("mailroom", "check", "--timeout", seconds, *arguments)


def wrong(*arguments: object, seconds: float = SOON / 2) -> tuple[int, list[str]]:
    """The exit code, and what is said of what is wrong."""
    done = check(*arguments, "--json", seconds=seconds)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, [line["text"] for line in lines if line["result"] == "failed"]


def silent(text: str, *arguments: object) -> tuple[int, list[str]]:
    """The same where the time is waited for that it takes to find this out."""
    for seconds in (2, 10, SOON / 2):
        code, texts = wrong(*arguments, seconds=seconds)
        if texts and text in texts[0]:
            break
    return code, texts


@contextmanager
def tcp(say: bytes | None) -> Iterator[int]:
    """A port where something is said to each who connects; None: nothing, b"": it is closed."""
    kept = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                connection = server.accept()[0]
                kept.append(connection)
                connection.sendall(say or b"")
                if say == b"":
                    connection.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        thread.join()
    for connection in kept:
        connection.close()


@contextmanager
def router(answer: bytes | None) -> Iterator[int]:
    """A port where a ROUTER gives an answer to each message."""
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context, context.socket(zmq.ROUTER) as made:
        port = made.bind_to_random_port("tcp://127.0.0.1")
        ends = threading.Event()

        def serve() -> None:
            while not ends.is_set():
                if made.poll(20):
                    identity = made.recv_multipart()[0]
                    if answer is not None:
                        made.send_multipart([identity, answer])

        thread = threading.Thread(target=serve)
        thread.start()
        yield port
        ends.set()
        thread.join()


def test_a_name_that_does_not_resolve() -> None:
    code, texts = wrong("no-such-host.invalid")
    assert code == NO_BROKER
    assert len(texts) == 1
    assert "the name no-such-host.invalid cannot be resolved (" in texts[0]


def test_a_port_where_nobody_listens() -> None:
    port = free_port()
    code, texts = wrong(f"127.0.0.1:{port}")
    assert code == NO_BROKER
    assert f"nothing listens at 127.0.0.1 port {port} (connection refused): is mailroomd running" in texts[0]
    code, texts = wrong("--manager", f"127.0.0.1:{port}")
    assert code == NO_BROKER
    assert "is mailroom-shim running" in texts[0]


@pytest.mark.parametrize(
    ("said", "text"),
    [
        (None, "takes the connection and says nothing: mailroomd is stopped, or it is another program"),
        (b"", "takes the connection and closes it again"),
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", 'is no mailroomd: it says "SSH-2.0-OpenSSH_9.2p1 Debian-2'),
    ],
    ids=["silent", "closing", "ssh"],
)
def test_a_port_of_another_program(said: bytes | None, text: str) -> None:
    with tcp(said) as port:
        code, texts = silent(text, f"127.0.0.1:{port}")
    assert code == NO_BROKER
    assert text in texts[0]


@pytest.mark.parametrize(
    ("answer", "code", "text"),
    [
        (None, NO_BROKER, "shakes hands and does not answer"),
        (b"hello", NO_BROKER, "speaks ZeroMQ, and is no mailroomd"),
        (
            msgpack.packb([2, 4, 0, 0, 4, "mailroomd 9.0.0 speaks version 2"]),
            REFUSED,
            "another version of the protocol than 1",
        ),
        (
            msgpack.packb([1, 4, 0, 0, 4, "mailroomd 9.0.0 speaks version 2", None, None, None, None, None]),
            REFUSED,
            "(it says: mailroomd 9.0.0 speaks version 2): one of the two is to be updated",
        ),
        (
            msgpack.packb([1, 4, 0, 0, 11, "send HELLO first", None, None, None, None, None]),
            REFUSED,
            "answers with an error: send HELLO first",
        ),
    ],
    ids=["silence", "nonsense", "version-2", "bad-version", "no-handshake"],
)
def test_a_peer_of_zeromq_that_is_something_else(answer: bytes | None, code: int, text: str) -> None:
    with router(answer) as port:
        given, texts = silent(text, f"127.0.0.1:{port}")
    assert given == code
    assert text in texts[0]


def test_another_version_is_told_which_program_it_is(programs: Programs) -> None:
    broker = programs.broker()
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    with context, context.socket(zmq.DEALER) as dealer:
        dealer.connect(f"tcp://127.0.0.1:{broker.port}")
        dealer.send(msgpack.packb([2, 32, 0, 0]))
        version, kind, _, _, code, text, *_ = msgpack.unpackb(dealer.recv())
    assert (version, kind, code) == (1, 4, 4)
    assert "mailroomd 0." in text
    assert "speaks version 1 of the protocol" in text


def test_no_managers(programs: Programs) -> None:
    broker = programs.broker()
    code, texts = wrong(f"127.0.0.1:{broker.port}")
    assert code == FAILED
    assert texts == [texts[0]]
    assert texts[0].startswith("no manager is connected: start mailroom-shim on the nodes")
    assert check(f"127.0.0.1:{broker.port}", "--alive").returncode == FINE


def test_a_manager_that_is_not_there(programs: Programs) -> None:
    shim = programs.plain("cat")
    broker = programs.broker(shim, options=("127.0.0.1:1",))
    until(lambda: " 1 workers" in broker.log(), "a worker")
    code, texts = wrong(f"127.0.0.1:{broker.port}")
    assert code == FAILED
    assert texts == [
        "no manager is at 127.0.0.1:1: is mailroom-shim running there, and can the broker reach it?"
    ]


def test_a_manager_whose_connection_is_lost(programs: Programs) -> None:
    links = {"heartbeat": 100, "expiry": 600_000}  # ms: longer than the test
    below, above = (settings(programs, **{section: links}) for section in ("boss_links", "manager_links"))
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, *below, "--plain", "--", "cat")
    broker = programs.broker(shim, options=above)
    until(lambda: " 1 workers" in broker.log(), "a worker")
    shim.signal(signal.SIGSTOP)  # one that is killed is soon known to be gone
    broker.logs("its connection is given up")
    code, texts = wrong(f"127.0.0.1:{broker.port}")
    assert code == FAILED
    assert f"(127.0.0.1:{shim.port}) is lost: is it running, and is the network well?" in texts[0]


def test_managers_without_workers(programs: Programs) -> None:
    shim = programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, "--", "false")
    broker = programs.broker(shim)
    until(lambda: " 0 workers" in broker.log(), "the manager")
    code, texts = wrong(f"127.0.0.1:{broker.port}")
    assert code == FAILED
    assert texts == ["the managers have no workers: their logs may say why"]
    code, texts = wrong("--manager", f"127.0.0.1:{shim.port}")
    assert code == FAILED
    assert texts == ["0 of 1 workers are there: the manager's log may say why"]


@pytest.fixture
def plain(programs: Programs) -> tuple[Program, Program]:
    """A broker, and a shim with one worker, which takes a while."""
    shim = programs.plain("sleep 100")
    broker = programs.broker(shim)
    until(lambda: " 1 workers" in broker.log(), "a worker")
    until(lambda: check(f"127.0.0.1:{broker.port}", "--idle").returncode == FINE, "it waits for a task")
    return broker, shim


def test_all_is_well(plain: tuple[Program, Program]) -> None:
    broker, shim = plain
    for arguments in (("--runtime", "plain", "--idle"), ("--alive",)):
        done = check(f"127.0.0.1:{broker.port}", *arguments)
        assert done.returncode == FINE, done.stdout
        assert all(line.startswith("ok ") for line in done.stdout.splitlines())
    assert "one manager is ready" in check(f"127.0.0.1:{broker.port}").stdout
    done = check("--manager", f"localhost:{shim.port}", "--runtime", "plain")
    assert done.returncode == FINE, done.stdout
    assert "it has a boss" in done.stdout
    assert check(f"127.0.0.1:{broker.port}", "--quiet").stdout == ""


def test_a_runtime_that_nobody_has(plain: tuple[Program, Program]) -> None:
    code, texts = wrong(f"127.0.0.1:{plain[0].port}", "--runtime", "bqskit")
    assert code == FAILED
    assert "no worker has the runtime bqskit" in texts[0]


def test_no_idle_workers(plain: tuple[Program, Program]) -> None:
    broker = plain[0]
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        for _ in range(3):
            future = client.submit_bytes(b"")
        until(lambda: client.managers()[0].idle == 0, "a busy worker")
        done = check(f"127.0.0.1:{broker.port}")
        assert done.returncode == FINE
        assert "warning  no worker is idle: the only one is busy, and 2 tasks are queued" in done.stdout
        assert check(f"127.0.0.1:{broker.port}", "--idle").returncode == FAILED
        assert not future.done()


def test_broker_and_manager_are_told_apart(plain: tuple[Program, Program]) -> None:
    broker, shim = plain
    code, texts = wrong(f"127.0.0.1:{shim.port}")
    assert code == NO_BROKER
    assert "is a mailroom-shim, not a mailroomd: ask it with --manager" in texts[0]
    code, texts = wrong("--manager", f"127.0.0.1:{broker.port}")
    assert code == NO_BROKER
    assert "is a mailroomd, not a mailroom-shim" in texts[0]


def test_a_manager_without_a_boss(programs: Programs) -> None:
    shim = programs.plain("cat")
    code, texts = wrong("--manager", f"127.0.0.1:{shim.port}")
    assert code == FAILED
    assert texts[0].startswith("no boss is connected")
    assert check("--manager", "--alive", f"127.0.0.1:{shim.port}").returncode == FINE


def test_a_health_check_disturbs_nobody(plain: tuple[Program, Program]) -> None:
    broker, shim = plain
    until(
        lambda: broker.log().count(" joined (") == broker.log().count(" left\n"), "who asked before has left"
    )
    before = [program.log() for program in plain]
    for _ in range(3):
        assert check(f"127.0.0.1:{broker.port}", "--alive").returncode == FINE
        assert check("--manager", f"127.0.0.1:{shim.port}").returncode == FINE
    assert [program.log() for program in plain] == before


def test_a_program_that_is_stopped(plain: tuple[Program, Program]) -> None:
    for program, arguments in zip(plain, ((), ("--manager",)), strict=True):
        program.signal(signal.SIGSTOP)
        done = check(f"127.0.0.1:{program.port}", "--alive", *arguments, seconds=2)
        assert done.returncode == NO_BROKER
        program.signal(signal.SIGCONT)
        until(
            lambda at=(f"127.0.0.1:{program.port}", "--alive", *arguments): check(*at).returncode == FINE,
            "an answer",
        )


def test_wrong_arguments() -> None:
    done = check("host:x")
    assert done.returncode == USAGE
    assert "host:x" in done.stderr
    done = check("one", "two")
    assert done.returncode == USAGE
    assert "two: one address at a time" in done.stderr


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def test_all_is_well_with_keys(programs: Programs, keys: Keys) -> None:
    shim = keys.plain(programs, "cat")
    broker = keys.broker(programs, shim)
    until(lambda: " 1 workers" in broker.log(), "a worker")
    done = check(f"127.0.0.1:{broker.port}", "--keys", keys.folder)
    assert done.returncode == FINE, done.stdout
    assert "takes connections, with keys" in done.stdout
    assert "one manager is ready" in done.stdout
    done = check("--manager", f"127.0.0.1:{shim.port}", "--keys", keys.folder)
    assert done.returncode == FINE, done.stdout


def test_keys_on_one_side_only(programs: Programs, keys: Keys) -> None:
    keyed, bare = keys.broker(programs), programs.broker()
    code, texts = wrong(f"127.0.0.1:{keyed.port}")
    assert code == REFUSED
    assert "has keys, and none were given: give yours with --keys DIR" in texts[0]
    code, texts = wrong(f"127.0.0.1:{bare.port}", "--keys", keys.folder)
    assert code == REFUSED
    assert "has no keys, and keys were given" in texts[0]


def test_a_key_that_is_not_let_in(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    broker = keys.broker(programs)
    keys.revoke("client", broker)
    code, texts = wrong(f"127.0.0.1:{broker.port}", "--keys", keys.folder)
    assert code == REFUSED
    assert "does not let in the key client (role client): is its .cert in the folder" in texts[0]
    code, texts = wrong(
        f"127.0.0.1:{broker.port}", "--key", keys.folder / "worker.cert_secret", *_served(keys)
    )
    assert code == REFUSED
    assert "does not let in the key worker (role worker)" in texts[0]


def _served(keys: Keys) -> tuple[object, ...]:
    return "--broker-key", keys.folder / "broker.cert"


def test_another_broker_s_key(programs: Programs, keys: Keys, tmp_path: Path) -> None:
    broker, others = keys.broker(programs), Keys(tmp_path / "others")
    code, texts = wrong(f"127.0.0.1:{broker.port}", "--keys", others.folder)
    assert code == REFUSED
    assert f"has another key than {others.folder}/broker.cert says" in texts[0]


def test_files_of_keys_that_are_no_good(keys: Keys, tmp_path: Path) -> None:
    client = keys.folder / "client.cert_secret"
    for arguments, text in (
        (("--keys", tmp_path / "nowhere"), f"no secret certificate to ask with in {tmp_path}/nowhere"),
        (("--key", client), "the broker's public certificate is missing: give it with --broker-key FILE"),
        (("--key", keys.folder / "client.cert", *_served(keys)), f"{keys.folder}/client.cert"),
        (("--key", client, "--broker-key", tmp_path / "none"), f"{tmp_path}/none"),
    ):
        code, texts = wrong("127.0.0.1:1", *arguments)
        assert code == USAGE
        assert text in texts[0]


def test_the_health_check_of_a_container_has_the_program_s_own_key(
    programs: Programs, keys: Keys, tmp_path: Path
) -> None:
    shim = keys.plain(programs, "cat")
    broker = keys.broker(programs, shim)
    until(lambda: " 1 workers" in broker.log(), "a worker")
    for program, name in ((broker, "broker"), (shim, "manager")):
        folder = keys.part(tmp_path / name, f"{name}.cert_secret")
        asked = ("--manager",) if name == "manager" else ()
        before = program.log()
        done = check(f"127.0.0.1:{program.port}", *asked, "--keys", folder)
        assert done.returncode == FINE, done.stdout
        keys.revoke(name, program)  # the table is about others
        assert check(f"127.0.0.1:{program.port}", *asked, "--alive", "--keys", folder).returncode == FINE
        assert program.log().startswith(before)
        assert "not let in:" not in program.log()
        keys.restore(name, program)
    with keys.dealing(broker.port, "broker") as peer:
        peer.say(hello(wire.Role.CLIENT))
        assert peer.hears(wire.Error).code == wire.Code.REFUSED
