"""The dialling side of HELLO and WELCOME (PROTOCOL.md section 3), without a socket or a clock.

It knows which link to ask for and what the answer means. The link itself is link.py's, the connection
line.py's.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from enum import Enum

from mailroom import errors
from mailroom._wire import wire


class Answer(Enum):
    """What the other side said to HELLO."""

    GOES_ON = "the link goes on"
    NEW = "a new link begins"


@dataclass
class Handshake:
    """Asks for a link, and judges the answer.

    Attributes:
        mine: what this side announces; `link`, `peer_boot` and `received` are filled in for each HELLO.
        link: the link's name.
        peer_boot: the boot of the listener that the link was made with, None for a link that is not made yet.
    """

    mine: wire.Hello
    link: bytes = field(default_factory=lambda: os.urandom(16))
    peer_boot: bytes | None = None

    def hello(self, received: int) -> wire.Hello:
        """The HELLO for a new connection; `received` is the highest number received on the link."""
        return replace(self.mine, link=self.link, peer_boot=self.peer_boot, received=received)

    def judge(self, answer: wire.Message) -> Answer:
        """Says whether the link goes on, and remembers the link that `answer` names.

        Raises:
            errors.MailroomError: the answer is a refusal, or not an answer; its text says why.
        """
        if isinstance(answer, wire.Error):
            raise errors.from_code(answer.code, answer.text)
        if not isinstance(answer, wire.Welcome):
            raise errors.ProtocolError(f"{type(answer).__name__} came where a WELCOME was due")
        if answer.link != self.link:
            raise errors.ProtocolError("the WELCOME names another link than the HELLO")
        goes_on = answer.peer_boot is not None
        if goes_on and (answer.peer_boot != self.mine.boot or answer.boot != self.peer_boot):
            raise errors.ProtocolError("the WELCOME goes on with a link that this side does not have")
        self.peer_boot = answer.boot
        return Answer.GOES_ON if goes_on else Answer.NEW

    def forget(self) -> None:
        """The link is over: the next HELLO asks for a new one."""
        self.link = os.urandom(16)
        self.peer_boot = None
