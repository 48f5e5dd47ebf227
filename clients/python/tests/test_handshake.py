"""The dialling side of the handshake, without a socket: what is asked for, and what each answer means."""

from __future__ import annotations

from typing import Any

import pytest

from mailroom import errors
from mailroom._link.handshake import Answer, Handshake
from mailroom._wire import wire

MINE = wire.Hello(boot=b"m" * 16)
THEIRS = b"t" * 16


def welcome(handshake: Handshake, **fields: Any) -> wire.Welcome:
    return wire.Welcome(**{"role": wire.Role.BOSS, "boot": THEIRS, "link": handshake.link, **fields})


def made() -> Handshake:
    handshake = Handshake(MINE)
    assert handshake.judge(welcome(handshake)) is Answer.NEW
    return handshake


def test_the_first_hello_asks_for_a_new_link() -> None:
    handshake = Handshake(MINE)
    hello = handshake.hello(0)
    assert (hello.link, hello.peer_boot, hello.received) == (handshake.link, None, 0)
    assert hello.link != Handshake(MINE).hello(0).link


def test_the_next_hello_asks_to_go_on() -> None:
    handshake = made()
    hello = handshake.hello(42)
    assert (hello.link, hello.peer_boot, hello.received) == (handshake.link, THEIRS, 42)
    assert handshake.judge(welcome(handshake, peer_boot=MINE.boot)) is Answer.GOES_ON


def test_another_boot_of_the_listener_is_a_new_link() -> None:
    handshake = made()
    assert handshake.judge(welcome(handshake, boot=b"u" * 16)) is Answer.NEW
    assert handshake.hello(0).peer_boot == b"u" * 16


def test_after_a_link_s_end_another_is_asked_for() -> None:
    handshake = made()
    before = handshake.link
    handshake.forget()
    hello = handshake.hello(0)
    assert hello.peer_boot is None
    assert hello.link != before


@pytest.mark.parametrize(
    "fields",
    [
        {"link": b"x" * 16},
        {"peer_boot": b"x" * 16},  # not this side's boot
        {"peer_boot": MINE.boot, "boot": b"u" * 16},  # goes on, and is another listener
    ],
)
def test_a_welcome_that_cannot_be_is_refused(fields: dict[str, Any]) -> None:
    handshake = made()
    with pytest.raises(errors.ProtocolError):
        handshake.judge(welcome(handshake, **fields))


def test_a_refusal_is_its_exception() -> None:
    with pytest.raises(errors.Refused, match="not you"):
        made().judge(wire.Error(code=wire.Code.REFUSED, text="not you"))


def test_what_is_no_answer_is_said() -> None:
    with pytest.raises(errors.ProtocolError, match="Ready"):
        made().judge(wire.Ready())
