"""The thread that takes what comes lives, whatever users' code does in it."""

from __future__ import annotations

import logging
import sys
import threading

import pytest
from mailroom_peer import wire

import mailroom
from broker import Broker
from mailroom import Client
from peer import PATIENCE


class Leaves(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        sys.exit(3)


class Interrupted(BaseException):
    pass


def interrupt() -> None:
    raise Interrupted("as it is unpickled")


class Unreadable:
    def __reduce__(self) -> tuple[object, tuple[()]]:
        return interrupt, ()


def works(client: Client) -> bool:
    return bool(client.submit(abs, -7).result(PATIENCE) == 7)


def test_a_callback_that_calls_sys_exit(broker: Broker, caplog: pytest.LogCaptureFixture) -> None:
    with Client(broker.address) as client:
        broker.hold = True
        future = client.submit(abs, -1)
        called = threading.Event()
        future.add_done_callback(lambda _: sys.exit(1))
        future.add_done_callback(lambda _: called.set())
        broker.wait(lambda: broker.held)
        broker.release()
        assert future.result(PATIENCE) == 1
        assert called.wait(PATIENCE)
        assert works(client)
    assert "SystemExit" in caplog.text


def test_a_log_handler_that_calls_sys_exit(broker: Broker) -> None:
    logger, handler = logging.getLogger("of.a.task"), Leaves()
    logger.addHandler(handler)
    try:
        with Client(broker.address) as client:
            broker.hold = True
            future = client.submit(abs, -1)
            broker.wait(lambda: broker.held)
            root = broker.held[0]
            broker.do(
                lambda: root.line.send(
                    wire.Log(uuid=root.task.uuid, level=logging.ERROR, logger="of.a.task", text="text")
                )
            )
            broker.release()
            assert future.result(PATIENCE) == 1
            assert works(client)
    finally:
        logger.removeHandler(handler)


def test_a_result_whose_unpickling_raises_no_exception(broker: Broker) -> None:
    with Client(broker.address) as client:
        with pytest.raises(Interrupted):
            client.submit(Unreadable).result(PATIENCE)
        assert works(client)


def test_a_fault_of_the_thread_ends_everything(broker: Broker, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(broker.address)
    broker.hold = True
    future, _ = client.submit(abs, -1), client.submit(abs, -2)  # of one alone the thread sees nothing
    broker.wait(lambda: broker.held)

    def fail(_: object) -> None:
        raise MemoryError("none left")

    monkeypatch.setattr(client._mail._arrivals, "take", fail)
    broker.release()
    with pytest.raises(mailroom.ConnectionLost, match=r"a fault in mailroom itself.*none left"):
        future.result(PATIENCE)
    with pytest.raises(mailroom.ConnectionLost, match="a fault in mailroom itself"):
        client.submit(abs, -1).result(PATIENCE)
    with pytest.raises(mailroom.ConnectionLost, match="a fault in mailroom itself"):
        client.counts(PATIENCE)
    client.close()
