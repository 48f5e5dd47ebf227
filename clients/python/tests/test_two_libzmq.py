"""pyzmq and libmailroom in one process: each has its own contexts, and mostly its own copy of libzmq."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest
import zmq

from broker import Broker
from mailroom import Client
from peer import PATIENCE

Pair = tuple[zmq.Socket[bytes], zmq.Socket[bytes]]


@pytest.fixture(params=["own", "pyzmq"])
def client(request: pytest.FixtureRequest, broker: Broker) -> Iterator[Client]:
    with Client(broker.address, transport=request.param) as client:
        yield client


def pair(context: zmq.Context[zmq.Socket[bytes]]) -> Pair:
    """Two sockets of the user's that are connected inside this process."""
    one, other = context.socket(zmq.PAIR), context.socket(zmq.PAIR)
    one.bind("inproc://a-pair")
    other.connect("inproc://a-pair")
    return one, other


def passes(sockets: Pair) -> bool:
    sockets[0].send(b"mail")
    return bool(sockets[1].poll(int(PATIENCE * 1000))) and sockets[1].recv() == b"mail"


def works(client: Client) -> bool:
    return bool(client.submit(abs, -7).result(PATIENCE) == 7)


def test_the_end_of_one_s_contexts_is_not_the_other_s(client: Client) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context.instance()
    assert passes(pair(context))
    context.destroy(0)  # all sockets that this process has of pyzmq's instance
    assert works(client)
    with zmq.Context() as another:
        sockets = pair(another)
        client.close()
        assert passes(sockets)
        another.destroy(0)


def in_a_child(action: Callable[[], bool]) -> bool:
    """Whether it is so in a process that is forked off."""
    child = os.fork()
    if child == 0:  # no assertion may leave the child
        status = 1
        try:
            status = int(not action())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_forked_child_makes_both_anew(broker: Broker, client: Client) -> None:
    context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
    sockets = pair(context)
    assert works(client)

    def anew() -> bool:
        transport = "pyzmq" if "Driven" in repr(type(client._mail._core)) else "own"
        with zmq.Context() as own, Client(broker.address, transport=transport) as another:
            both = passes(pair(own)) and works(another)
            own.destroy(0)
            return both

    assert in_a_child(anew)
    assert works(client)
    assert passes(sockets)
    context.destroy(0)
