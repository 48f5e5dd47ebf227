"""A broker on a socket in the file system: who meets there, and who does not."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import zmq
from mailroom import Client
from mailroom_peer import wire
from raw import Peer, hello
from running import SOON, Programs, run, until

NOBODY = 65534


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder that others can be let into, unlike those of pytest."""
    with tempfile.TemporaryDirectory(prefix="mailroom-test-", dir="/tmp") as folder:
        yield Path(folder)


def test_all_meet_on_a_socket(programs: Programs, tmp_path: Path) -> None:
    address = f"ipc://{tmp_path}/broker"
    programs.start(
        "mailroom-shim", "-n", 1, "--broker", address, "--plain", "--", "tr", "a-z", "A-Z"
    )  # which waits for it
    broker = programs.start("mailroomd", "-v", "--bind", address)
    assert broker.port == 0
    with Client(address) as client:
        assert client.submit_bytes(b"mail").result(SOON) == b"MAIL"
    listed = run("mailroom", "managers", "--broker", address)
    assert (listed.returncode, listed.stdout.count("dialled in")) == (0, 1), listed.stderr


def as_user(uid: int, act: Callable[[], bool]) -> bool:
    """What `act` gives in a process of another user's."""
    child = os.fork()
    if child == 0:
        try:
            os.setgid(uid)
            os.setuid(uid)
            os._exit(0 if act() else 1)
        finally:
            os._exit(2)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    assert code in (0, 1)
    return code == 0


def is_welcome(address: str, refused: Callable[[], bool] = lambda: False) -> bool:
    """Whether a client that says HELLO is answered, though it may have been refused."""
    with zmq.Context() as context, context.socket(zmq.DEALER) as made:
        made.setsockopt(zmq.LINGER, 0)
        made.connect(address)
        peer = Peer(made)
        peer.say(hello(wire.Role.CLIENT))
        until(lambda: made.poll(0) or refused(), "an answer or a refusal")
        return bool(made.poll(1000))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("allowed", [False, True])
def test_a_process_of_another_user_is_let_in_where_it_was_said(
    programs: Programs, short: Path, allowed: bool
) -> None:
    address = f"ipc://{short}/broker"
    options = ["--allow-uid", f"7,{NOBODY}"] if allowed else []
    broker = programs.start("mailroomd", "-v", "--bind", address, *options)
    broker.ports()
    until((short / "broker").exists, "its socket")
    short.chmod(0o711)  # so that nothing but the broker itself keeps others out
    (short / "broker").chmod(0o777)
    refusal = f"a process of user {NOBODY} is not let in (see --allow-uid)"
    with broker.log_file.open() as log:  # here, for that user may not

        def refused() -> bool:
            log.seek(0)
            return refusal in log.read()

        # who is not let in is never answered
        assert as_user(NOBODY, lambda: is_welcome(address, refused)) is allowed
    assert is_welcome(address)
    assert (refusal in broker.log()) is not allowed
