"""Connections with keys, against ZeroMQ's own authenticator: who gets in, and what others are told."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from keyring import a_set, make
from mailroom import Client
from mailroom._base.certificates import Certificate
from peer import PATIENCE, Proxy

Certificates = dict[str, Certificate]


@pytest.fixture
def ring(tmp_path: Path) -> Certificates:
    return a_set(tmp_path)


@pytest.fixture
def locked(ring: Certificates) -> Iterator[Broker]:
    broker = Broker(own=ring["broker"], allowed={ring["client"].public, ring["admin"].public})
    yield broker
    broker.close()


def test_a_client_with_the_folder_gets_in(locked: Broker, ring: Certificates, tmp_path: Path) -> None:
    with Client(locked.address, keys=tmp_path) as client:
        assert client.submit(pow, 2, 10).result(PATIENCE) == 1024


def test_the_environment_s_folder_is_taken(
    locked: Broker, ring: Certificates, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILROOM_KEYS", str(tmp_path))
    with mailroom.Executor(locked.address) as executor:
        assert executor.submit(pow, 2, 10).result(PATIENCE) == 1024


def test_single_files_do_as_well(locked: Broker, ring: Certificates, tmp_path: Path) -> None:
    key, broker_key = ring["admin"].file, tmp_path / "broker.cert"
    with Client(locked.address, key=key, broker_key=broker_key) as client:
        assert client.submit(pow, 2, 10).result(PATIENCE) == 1024


def test_a_client_without_keys_is_told_that_it_needs_some(locked: Broker) -> None:
    with pytest.raises(
        mailroom.KeyRefused, match=f"{locked.address}: it has keys, and this program has none.*MAILROOM_KEYS"
    ):
        Client(locked.address, timeout=PATIENCE)


def test_keys_for_a_broker_that_has_none_are_told(broker: Broker, ring: Certificates, tmp_path: Path) -> None:
    # both find out, and who is first hangs up on the other
    with pytest.raises(mailroom.KeyRefused, match=r"it has no keys, and this program has|or when it has no"):
        Client(broker.address, keys=tmp_path, timeout=PATIENCE)


def test_a_key_that_is_not_allowed_is_named(locked: Broker, ring: Certificates, tmp_path: Path) -> None:
    mallory = make(tmp_path, "client", "mallory")
    with pytest.raises(mailroom.KeyRefused, match=rf"does not let in our key mallory of {mallory.file}"):
        Client(locked.address, keys=tmp_path, key=mallory.file, timeout=PATIENCE)


def test_another_broker_than_the_one_of_the_key_is_told(
    locked: Broker, ring: Certificates, tmp_path: Path
) -> None:
    make(tmp_path, "broker", "other")
    other = tmp_path / "other.cert"
    with pytest.raises(mailroom.KeyRefused, match=f"as it does when its key is not the one of {other}"):
        Client(locked.address, keys=tmp_path, broker_key=other, timeout=PATIENCE)


def test_what_is_refused_is_told_at_once(locked: Broker, ring: Certificates, tmp_path: Path) -> None:
    make(tmp_path, "broker", "other")
    begin = time.monotonic()
    with pytest.raises(mailroom.KeyRefused):
        Client(locked.address, keys=tmp_path, broker_key=tmp_path / "other.cert", timeout=600)
    assert time.monotonic() - begin < 100  # and not when the time is over


def test_a_session_goes_on_when_the_keys_fit_again(
    ring: Certificates, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A broker that comes back with a wrong table does not end who waits: it is told, and tried again."""
    caplog.set_level(logging.WARNING)
    allowed = {ring["client"].public}
    broker = Broker(own=ring["broker"], allowed=allowed)
    proxy = Proxy(broker.port)
    try:
        broker.hold = True
        with Client(proxy.address, keys=tmp_path) as client:
            future = client.submit(pow, 2, 10)
            broker.wait(lambda: broker.held)
            allowed.clear()
            proxy.cut()
            end = time.monotonic() + PATIENCE
            while "it does not let in our key" not in caplog.text:
                assert time.monotonic() < end
                time.sleep(0.01)
            allowed.add(ring["client"].public)
            broker.release()
            assert future.result(PATIENCE) == 1024
    finally:
        proxy.close()
        broker.close()
    assert caplog.text.count("it does not let in our key") == 1


def test_a_session_of_another_key_is_not_given_out(
    locked: Broker, ring: Certificates, tmp_path: Path
) -> None:
    locked.refuse = wire.Error(code=wire.Code.NOT_OWNER, text="this session was begun with another key")
    with pytest.raises(mailroom.NotOwner, match="begun with another key"):
        Client(locked.address, keys=tmp_path, session=bytes(15) + b"x")


def test_a_token_remembers_where_the_keys_are(locked: Broker, ring: Certificates, tmp_path: Path) -> None:
    file = tmp_path / "session"
    Client(locked.address, keys=tmp_path).detach(file)
    assert ring["client"].secret.decode() not in file.read_text()
    with Client.resume(file) as client:
        assert client.submit(pow, 2, 10).result(PATIENCE) == 1024
