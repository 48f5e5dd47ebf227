"""Keys of `mailroom keygen` with the real programs: clients, admins, workers, BQSKit, and who is refused."""

from __future__ import annotations

import logging
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from mailroom import Client
from peer import PATIENCE
from real import BIN, Programs, needed

pytestmark = [needed, pytest.mark.timeout(300)]


def keygen(*arguments: str | Path) -> None:
    subprocess.run([BIN / "mailroom", "keygen", *arguments], check=True, stdout=subprocess.DEVNULL)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    keygen(tmp_path / "keys")
    keygen(tmp_path / "keys", "client:alice")
    return tmp_path / "keys"


@pytest.fixture
def programs(tmp_path: Path) -> Iterator[Programs]:
    programs = Programs(tmp_path)
    yield programs
    programs.stop()


@pytest.fixture
def broker(programs: Programs, keys: Path) -> tuple[subprocess.Popen[bytes], str]:
    """A broker with a shim below it that runs `tr`; the process and its address."""
    plain = ("-n", 1, "--plain", "--", "tr", "a-z", "A-Z")
    _, shim = programs.start("mailroom-shim", "--keys", keys, *plain)
    process, port = programs.start("mailroomd", "--keys", keys, f"127.0.0.1:{shim}")
    return process, f"127.0.0.1:{port}"


Broker = tuple[subprocess.Popen[bytes], str]


def alice(address: str, keys: Path, **options: object) -> Client:
    return Client(address, keys=keys, key=keys / "alice.cert_secret", **options)  # type: ignore[arg-type]


def test_a_client_and_an_admin(broker: Broker, keys: Path) -> None:
    with Client(broker[1], keys=keys) as client:
        future = client.submit_bytes(b"abc")  # which the broker lists as long as it is here
        assert future.result(PATIENCE) == b"ABC"
        for refused in (
            client.clients,
            lambda: client.tasks(all=True),
            lambda: client.drain("x"),
            client.shutdown,
        ):
            with pytest.raises(mailroom.Refused, match="admin"):
                refused()
        with Client(broker[1], keys=keys, key=keys / "admin.cert_secret") as admin:
            assert {one.key for one in admin.clients(PATIENCE)} == {"client", "admin"}
            assert len(admin.tasks(PATIENCE, all=True)) == 1
        assert client.counts(PATIENCE)["clients"] >= 1


def test_those_whose_keys_do_not_fit(broker: Broker, keys: Path, tmp_path: Path) -> None:
    with pytest.raises(mailroom.KeyRefused, match="it has keys, and this program has none"):
        Client(broker[1], timeout=PATIENCE)
    keygen(tmp_path / "others")
    mallory = tmp_path / "others/client.cert_secret"
    with pytest.raises(mailroom.KeyRefused, match=f"does not let in our key client of {mallory}"):
        Client(broker[1], keys=keys, key=mallory, timeout=PATIENCE)
    with pytest.raises(mailroom.KeyRefused, match=f"its key is not the one of {tmp_path}/others/broker.cert"):
        Client(broker[1], keys=keys, broker_key=tmp_path / "others/broker.cert", timeout=PATIENCE)


def test_a_session_is_one_key_s_and_an_admin_s(broker: Broker, keys: Path) -> None:
    with Client(broker[1], keys=keys) as client:
        done = client.submit_bytes(b"x")
        assert done.result(PATIENCE) == b"X"
        token = client.detach()
    with pytest.raises(mailroom.NotOwner):
        Client.resume(token, key=keys / "alice.cert_secret")
    with Client.resume(token, key=keys / "admin.cert_secret") as admin:
        assert admin.result(done.uuid, PATIENCE, raw=True) == b"X"


def test_a_key_that_is_revoked_and_comes_back(
    broker: Broker, keys: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    table = keys / "allowed/alice.cert"
    with alice(broker[1], keys) as client:
        assert client.submit_bytes(b"abc").result(PATIENCE) == b"ABC"
        public = table.read_text()
        table.unlink()
        broker[0].send_signal(signal.SIGHUP)
        end = time.monotonic() + PATIENCE
        while "it does not let in our key" not in caplog.text:
            assert time.monotonic() < end
            time.sleep(0.01)
        future = client.submit_bytes(b"def")
        with pytest.raises(mailroom.KeyRefused, match="does not let in our key"):
            alice(broker[1], keys)
        table.write_text(public)
        broker[0].send_signal(signal.SIGHUP)
        assert future.result(PATIENCE) == b"DEF"
        assert not client.resumed  # a session ends with its key: the task was submitted again


def test_workers_that_connect_by_themselves(programs: Programs, keys: Path) -> None:
    _, shim = programs.start("mailroom-shim", "--keys", keys, "-x", "-n", 1, "-w", 0)
    command = [sys.executable, "-m", "mailroom.worker", "--only-python", "-p", str(programs.worker_port())]
    source = str(Path(mailroom.__file__).parents[1])
    rank = subprocess.Popen([*command, "--keys", str(keys)], env={"PYTHONPATH": source})
    try:
        _, port = programs.start("mailroomd", "--keys", keys, f"127.0.0.1:{shim}")
        with mailroom.Executor(f"127.0.0.1:{port}", keys=keys) as executor:
            assert executor.submit(pow, 2, 10).result(PATIENCE) == 1024
    finally:
        rank.terminate()
        rank.wait()


@pytest.mark.parametrize("by_environment", [False, True])
def test_bqskit_compiles_with_keys(
    programs: Programs, keys: Path, monkeypatch: pytest.MonkeyPatch, by_environment: bool
) -> None:
    pytest.importorskip("bqskit")
    from bqskit import Circuit, compile
    from bqskit.ir.gates import CNOTGate, HGate

    from mailroom.bqskit import Compiler

    worker = ("--", sys.executable, "-m", "mailroom.worker")
    _, shim = programs.start("mailroom-shim", "--keys", keys, "-n", 2, *worker)
    _, port = programs.start("mailroomd", "--keys", keys, f"127.0.0.1:{shim}")
    circuit = Circuit(2)
    circuit.append_gate(HGate(), 0)
    circuit.append_gate(CNOTGate(), (0, 1))
    if by_environment:
        monkeypatch.setenv("MAILROOM_KEYS", str(keys))
    with Compiler("127.0.0.1", port, keys=None if by_environment else keys) as compiler:
        compiled = compile(circuit, compiler=compiler, optimization_level=1)
    assert compiled.get_unitary().get_distance_from(circuit.get_unitary()) < 1e-5


def test_bqskit_s_compiler_says_which_key_is_wrong(broker: Broker, keys: Path, tmp_path: Path) -> None:
    pytest.importorskip("bqskit")
    from mailroom.bqskit import Compiler

    keygen(tmp_path / "others")
    host, port = broker[1].split(":")
    with pytest.raises(
        RuntimeError, match=f"does not let in our key client of {tmp_path}/others/client.cert_secret"
    ):
        Compiler(host, int(port), keys=keys, key=tmp_path / "others/client.cert_secret")
    with pytest.raises(mailroom.KeyFileError, match="no such file"):
        Compiler(host, int(port), keys=tmp_path / "nowhere")
