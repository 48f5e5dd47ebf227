"""The link: the recorded scenarios, which common/link/link.c runs too, and a pipe that is cut at random."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailroom import errors
from mailroom_peer import wire
from mailroom_peer.link import CHUNK, Due, Limits, Link, Received, Verdict

SCENARIOS = sorted((Path(__file__).parents[1] / "vectors" / "link").glob("*.txt"))
PATTERN = b"".join((i * 2654435761 & 0xFFFFFFFF).to_bytes(4, "little") for i in range(250_000))
MESSAGES: dict[str, Callable[[], wire.Message]] = {
    "RESULT": lambda: wire.Result(return_address=wire.Address(None, 0, 0), completed_by=0),
    "LOG": lambda: wire.Log(task=wire.Address(None, 0, 0), root=wire.Address(None, 0, 0)),
    "READY": wire.Ready,
    "PING": wire.Ping,
    "PONG": wire.Pong,
    "ACK": wire.Ack,
}


class Pair:
    """Two links, a and b, and a pipe to each."""

    def __init__(self) -> None:
        self.now = 0
        self.links = {"a": Link(Limits(), 0), "b": Link(Limits(), 0)}
        self.pipes: dict[str, deque[tuple[bytes, bytes]]] = {"a": deque(), "b": deque()}

    def handshake(self, at: str, received: int) -> str:
        peer = self.links[other(at)].limits
        good = self.links[at].connected(peer.window, peer.max_body, received, self.now)
        if good:
            self.links[at].settle(self.links[other(at)].journals, self.links[other(at)].tell_safe())
        return "goes on" if good else "impossible"

    def connect(self) -> str:
        first = self.handshake("a", self.links["b"].received)
        return f"{first}, {self.handshake('b', self.links['a'].received)}"

    def cut(self) -> None:
        for at in "ab":
            self.links[at].broken(self.now)
            self.pipes[at].clear()

    def put_outside(self, at: str, message: wire.Message) -> None:
        self.pipes[other(at)].append((message.encode(0, self.links[at].acked()), b""))

    def next(self, at: str) -> bool:
        letter = self.links[at].next()
        if letter is not None:
            self.pipes[other(at)].append((letter[0], bytes(letter[1])))
        return letter is not None

    def take(self, at: str) -> tuple[wire.Message, Received] | None:
        if not self.pipes[at]:
            return None
        header, body = self.pipes[at].popleft()
        message = wire.decode(header)
        received = self.links[at].receive(message, len(header), body, self.now)
        if received.verdict is Verdict.PING:
            self.put_outside(at, wire.Pong())
        return message, received

    def due(self, at: str) -> Due:
        due = self.links[at].due(self.now)
        if due is Due.SEND_ACK:
            self.put_outside(at, wire.Ack(safe=self.links[at].tell_safe()))
        elif due is Due.SEND_PING:
            self.put_outside(at, wire.Ping())
        return due


def other(at: str) -> str:
    return "b" if at == "a" else "a"


def name(message: wire.Message) -> str:
    return message.KIND.name


class Scenario(Pair):
    """The commands of tests/vectors/link/README.md."""

    def run(self, line: str) -> str:
        command, *words = line.split()
        options = {word.split("=")[0]: int(word.split("=")[1]) for word in words if "=" in word}
        plain = [word for word in words if "=" not in word]
        answer = getattr(self, f"do_{command}")(*plain, **options)
        return answer if isinstance(answer, str) else ""

    def do_link(self, at: str, **limits: int) -> None:
        self.links[at] = Link(Limits(**limits), self.now)
        self.pipes[at].clear()

    def do_journal(self, at: str) -> None:
        self.links[at].journals = True

    def do_safe(self, at: str) -> None:
        self.links[at].made_safe(self.now)

    def do_now(self, now: str) -> None:
        self.now = int(now)

    def do_connect(self, at: str = "", received: int = 0) -> str:
        return self.handshake(at, received) if at else self.connect()

    def do_break(self) -> None:
        self.cut()

    def do_send(self, at: str, kind: str, size: str) -> str:
        return str(self.links[at].send(MESSAGES[kind](), PATTERN[: int(size)]))

    def do_next(self, at: str) -> str:
        if not self.next(at):
            return "nothing"
        header, body = self.pipes[other(at)][-1]
        message = wire.decode(header)
        return f"{name(message)} {len(body)} seq={message.seq} ack={message.ack}"

    def do_raw(self, at: str, kind: str, size: str, **options: int) -> None:
        begin = options.get("from", 0)
        message = wire.Chunk(length=options["length"]) if kind == "CHUNK" else MESSAGES[kind]()
        if isinstance(message, wire.Ack):
            message.safe = options.get("safe", 0)
        header = message.encode(options.get("seq", 0), options.get("ack", 0))
        self.pipes[at].append((header, PATTERN[begin : begin + int(size)]))

    def do_take(self, at: str) -> str:
        taken = self.take(at)
        if taken is None:
            return "nothing"
        message, received = taken
        if received.verdict is Verdict.DELIVER:
            assert received.body == PATTERN[: len(received.body)]
            return f"deliver {name(message)} {len(received.body)}"
        return {
            Verdict.SWALLOWED: "swallow",
            Verdict.PING: "ping",
            Verdict.FAULT: f"fault: {received.why}",
            Verdict.TOO_LARGE: f"too large: {received.why}",
        }[received.verdict]

    def do_lose(self, at: str) -> str:
        if not self.pipes[at]:
            return "nothing"
        self.pipes[at].popleft()
        return "lost"

    def do_burst(self, at: str, kind: str, size: str, count: str) -> str:
        delivered = 0
        for _ in range(int(count)):
            self.do_send(at, kind, size)
            self.do_next(at)
            delivered += self.do_take(other(at)).startswith("deliver")
        return str(delivered)

    def do_due(self, at: str) -> str:
        return {
            Due.NOTHING: "nothing",
            Due.SEND_ACK: "ACK",
            Due.SEND_PING: "PING",
            Due.GIVE_UP: "give up",
            Due.EXPIRED: "expired",
        }[self.due(at)]

    def do_deadline(self, at: str) -> str:
        deadline = self.links[at].deadline()
        return "never" if deadline is None else str(deadline)

    def do_show(self, at: str) -> str:
        link = self.links[at]
        return (
            f"kept={link.kept} unsent={link.unsent} received={link.received}"
            f" duplicates={link.duplicates} dropped={link.dropped_logs}{' full' if link.full else ''}"
        )

    def do_accepts(self, at: str, size: str) -> str:
        return "yes" if self.links[at].accepts(int(size)) else "no"


@pytest.mark.parametrize("path", SCENARIOS, ids=[path.stem for path in SCENARIOS])
def test_recorded_scenario(path: Path) -> None:
    scenario = Scenario()
    for number, line in enumerate(path.read_text().splitlines(), 1):
        command, arrow, expected = line.split("#")[0].partition(" -> ")
        if command.strip():
            said = scenario.run(command)
            assert not arrow or said == expected.strip(), f"{path.name}:{number}"


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 15


class Traffic(Pair):
    """Mail that checks itself: number n of a direction is an IDS with count n and a body of size(n)."""

    def __init__(self) -> None:
        super().__init__()
        self.sent = {"a": 0, "b": 0}
        self.came = {"a": 0, "b": 0}  # from that side
        for at in "ab":
            self.links[at].limits.window = 3000
        self.connect()

    def size(self, number: int) -> int:
        return 2 * CHUNK + number if number % 31 == 7 else number * 37 % 1500

    def step(self, what: str, at: str) -> None:
        if what == "send":
            self.sent[at] += 1
            number = self.sent[at]
            self.links[at].send(wire.Ids(count=number), PATTERN[: self.size(number)])
        elif what == "next":
            self.next(at)
        elif what == "take":
            self.take_numbered(at)
        elif what == "due":
            self.now += 60
            assert self.due(at) in (Due.NOTHING, Due.SEND_ACK)
        else:
            self.cut()
            if what == "half":  # the listener answered, and its answer was lost
                assert self.handshake(at, self.links[other(at)].received) == "goes on"
                self.next(at)
                self.cut()
            assert self.connect() == "goes on, goes on"

    def check_unread(self) -> None:
        """What may have to be said again on a new link has all that did not come, and no gap."""
        for at in "ab":
            unread = [message.count for message in self.links[at].unread() if isinstance(message, wire.Ids)]
            assert unread == list(range(self.sent[at] - len(unread) + 1, self.sent[at] + 1))
            assert len(unread) >= self.sent[at] - self.came[at]

    def take_numbered(self, at: str) -> bool:
        taken = self.take(at)
        if taken is None:
            return False
        message, received = taken
        assert received.verdict in (Verdict.DELIVER, Verdict.SWALLOWED), received.why
        if received.verdict is Verdict.DELIVER:
            self.came[other(at)] += 1
            assert isinstance(message, wire.Ids)
            assert message.count == self.came[other(at)]
            assert received.body == PATTERN[: self.size(message.count)]
        return True

    def settle(self) -> None:
        calm = 0
        while calm < 3:
            self.now += 100
            moved = False
            for at in "ab":
                self.due(at)
                self.next(at)
                while self.take_numbered(at):
                    moved = True
            calm = 0 if moved else calm + 1


STEPS = ("send", "send", "send", "next", "next", "next", "next", "take", "take", "take", "due", "cut", "half")


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(STEPS), st.sampled_from("ab")), min_size=20, max_size=300))
def test_a_pipe_that_is_cut_loses_nothing_and_repeats_nothing(steps: list[tuple[str, str]]) -> None:
    traffic = Traffic()
    for what, at in steps:
        traffic.step(what, at)
        traffic.check_unread()
    traffic.settle()
    assert traffic.came == traffic.sent
    assert traffic.links["a"].unread() == traffic.links["b"].unread() == []
    assert traffic.links["a"].idle
    assert traffic.links["b"].idle


def test_a_header_of_sixteen_fields_is_stamped_like_a_shorter_one() -> None:
    pair = Pair()
    pair.connect()
    status = wire.Status(total=7, why="no worker")
    for _ in range(300):
        pair.links["a"].send(status)
        pair.next("a")
        taken = pair.take("b")
    assert taken is not None
    message, received = taken
    assert received.verdict is Verdict.DELIVER
    assert isinstance(message, wire.Status)
    assert (message.seq, message.total, message.why) == (300, 7, "no worker")


def test_what_cannot_be_encoded_takes_no_number() -> None:
    link = Link(Limits(), 0)
    with pytest.raises(errors.TooLarge, match="runtime"):
        link.send(wire.Submit(wire.Task(runtime="x" * 32)), bytes(2 * CHUNK))
    assert link.idle
    assert link.send(wire.Ids(count=1)) == 1
