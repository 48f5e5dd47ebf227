"""The link as a state machine: two ends, a line between them, and whatever can happen to it.

Mail numbers itself, so that what is lost, doubled or out of order shows. A line that breaks takes with it
what was on it. Hypothesis chooses what happens, and finds the shortest story for what goes wrong.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from mailroom_peer import wire
from mailroom_peer.link import CHUNK, Due, Limits, Link, Verdict
from test_link import PATTERN, Pair, name, other

SIDES = st.sampled_from("ab")
SIZES = st.one_of(
    *(st.integers(0, 2000), st.sampled_from([CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 2 * CHUNK + 1])),
    st.just(len(PATTERN) - 1),
)
EXPIRY = 60_000


class Ends(RuleBasedStateMachine):
    """Message number n of a direction is an IDS with count n; `sizes` knows its body's size."""

    @initialize(
        windows=st.tuples(*2 * [st.sampled_from([1, 3000, 300_000, 8 << 20])]),
        heartbeat=st.sampled_from([0, 1000]),
    )
    def begin(self, windows: tuple[int, int], heartbeat: int) -> None:
        self.pair = Pair()
        self.windows = dict(zip("ab", windows, strict=True))
        self.heartbeat = heartbeat
        self.begin_link()
        self.up = False
        self.connect()

    def begin_link(self) -> None:
        for at in "ab":
            limits = Limits(heartbeat=self.heartbeat, expiry=EXPIRY, window=self.windows[at])
            self.pair.links[at] = Link(limits, self.pair.now)
        self.sizes: dict[str, list[int]] = {"a": [], "b": []}  # sent on this link by that side
        self.came = {"a": 0, "b": 0}  # from that side

    # -- what the ends do

    @rule(at=SIDES, size=SIZES)
    def send(self, at: str, size: int) -> None:
        self.sizes[at].append(size)
        self.pair.links[at].send(wire.Ids(count=len(self.sizes[at])), PATTERN[:size])

    @rule(at=SIDES, count=st.integers(1, 9))
    def put_on_the_line(self, at: str, count: int) -> None:
        for _ in range(count):
            self.pair.next(at)

    @rule(at=SIDES, count=st.integers(1, 9))
    def take_from_the_line(self, at: str, count: int) -> None:
        for _ in range(count):
            self.take(at)

    def take(self, at: str) -> bool:
        taken = self.pair.take(at)
        if taken is None:
            return False
        message, received = taken
        assert received.verdict in (Verdict.DELIVER, Verdict.SWALLOWED, Verdict.PING), received.why
        if received.verdict is Verdict.DELIVER:
            came = self.came[other(at)]
            assert isinstance(message, wire.Ids)
            assert message.count == came + 1
            assert received.body == PATTERN[: self.sizes[other(at)][came]]
            self.came[other(at)] += 1
        return True

    # -- time, and what happens to the line

    @precondition(lambda self: self.up)
    @rule(ms=st.sampled_from([1, 60, 150, 1000, 2500]))
    def time_goes_by(self, ms: int) -> None:
        self.pair.now += ms
        self.keep_time()

    def keep_time(self) -> None:
        for at in "ab":
            while self.up and (due := self.pair.due(at)) is not Due.NOTHING:
                assert due is Due.SEND_ACK or self.heartbeat, due
                if due is Due.GIVE_UP:
                    self.cut()

    @precondition(lambda self: self.up)
    @rule()
    def cut(self) -> None:
        self.pair.cut()
        self.up = False

    @precondition(lambda self: not self.up)
    @rule()
    def connect(self) -> None:
        assert self.pair.connect() == "goes on, goes on"
        self.up = True

    @precondition(lambda self: not self.up)
    @rule(at=SIDES, count=st.integers(0, 5))
    def the_answer_to_a_handshake_is_lost(self, at: str, count: int) -> None:
        assert self.pair.handshake(at, self.pair.links[other(at)].received) == "goes on"
        self.put_on_the_line(at, count)
        self.pair.cut()

    @precondition(lambda self: not self.up)
    @rule()
    def it_stays_away_for_too_long(self) -> None:
        self.pair.now += EXPIRY
        assert [self.pair.due(at) for at in "ab"] == [Due.EXPIRED, Due.EXPIRED]
        self.nothing_is_forgotten()
        self.begin_link()
        self.connect()

    # -- what holds at any time

    @invariant()
    def no_more_is_under_way_than_the_window_lets(self) -> None:
        for at in "ab":
            headers = [(wire.decode(header), len(header) + len(body)) for header, body in self.pair.pipes[at]]
            costs = [size + 64 for message, size in headers if message.seq]
            assert len(costs) <= 1 or sum(costs) <= self.windows[at], name(headers[0][0])

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What may have to be said again on a new link is all that did not come, in order, without a gap."""
        for at in "ab":
            unread = [
                message.count for message in self.pair.links[at].unread() if isinstance(message, wire.Ids)
            ]
            last = len(self.sizes[at])
            assert unread == list(range(last - len(unread) + 1, last + 1))
            assert len(unread) >= last - self.came[at]

    def teardown(self) -> None:
        """When the line is left alone, everything arrives and is acknowledged."""
        if not self.up:
            self.connect()
        for _ in range(2 * sum(link.kept for link in self.pair.links.values()) + 20):
            self.pair.now += 150
            self.keep_time()
            for at in "ab":
                self.pair.next(at)
                while self.take(at):
                    pass
            assert self.up
        assert all(link.idle for link in self.pair.links.values())
        assert self.came == {at: len(self.sizes[at]) for at in "ab"}


TestEnds = Ends.TestCase
TestEnds.settings = settings(settings.default, stateful_step_count=40)
