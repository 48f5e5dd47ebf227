"""One process that harms its neighbours as far as a broker lets it, or the bystander that is measured.

Usage: attacks.py PORT NAME [SECONDS]. The bystander prints one line of JSON; the others run until they are
ended.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from uuid import UUID, uuid4

import zmq
from mailroom import Client

sys.path.insert(0, str(Path(__file__).parents[1] / "peer"))
from mailroom_peer import wire

LONG = 8 << 20  # bytes of a header
MAP = 65_536  # tasks
PAUSE = 0.010  # seconds between two tasks of the bystander
ASKED = 6  # times a second, where a message ends its link
FRAMES = 3_000_000
BODY = 300  # bytes, of each of
WITH_BODIES = 8_192  # tasks in a map, of which a client has
MAPS = 64  # 150 MB of bodies
NAMED = 4_096  # tasks in one message of an employee's
LEAVE, ANSWERS = 10, 20  # connections that end at a time, and what each has asked
ASKING, PINGS = 6, 200  # connections that ask on, and how much at a time


class Line:
    """One connection with a link, as lean as it can be: it reads only to see what was acknowledged."""

    def __init__(self, port: int, role: wire.Role, ids: int = 0) -> None:
        self.socket: zmq.Socket[bytes] = zmq.Context.instance().socket(zmq.DEALER)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.SNDHWM, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        self.socket.setsockopt(zmq.ROUTING_ID, b"\x01" + os.urandom(15))
        self.socket.connect(f"tcp://127.0.0.1:{port}")
        self.sent = self.acknowledged = self.received = self.told = 0
        session = os.urandom(16) if role == wire.Role.CLIENT else None
        hello = wire.Hello(
            role=role, boot=os.urandom(16), link=os.urandom(16), session=session, expiry=60_000,
            window=1 << 30, max_body=1 << 20, software="an attack", name="attack", ids=ids,
        )  # fmt: skip
        self.socket.send(wire.encode(hello))
        self.hear(10)

    def say(self, message: wire.Message, body: bytes = b"") -> None:
        """Sends a message with the next number."""
        self.sent += 1
        message.seq, message.ack = self.sent, self.received
        self.socket.send_multipart([part for part in (wire.encode(message), body) if part])

    def say_header(self, rest: bytes, kind: int, fields: int) -> None:
        """Sends a header of these encoded fields."""
        self.sent += 1
        self.socket.send(
            bytes([0x94 + fields, 1, kind, 0xCE]) + self.sent.to_bytes(4, "big") + b"\x00" + rest
        )

    def hear(self, seconds: float = 0) -> wire.Message | None:
        """Reads one message, and acknowledges what came."""
        if not self.socket.poll(int(seconds * 1000)):
            return None
        message = wire.decode_frames(self.socket.recv_multipart())
        self.acknowledged = max(self.acknowledged, message.ack)
        self.received = max(self.received, message.seq)
        if isinstance(message, wire.Ping):
            self.socket.send(wire.encode(wire.Pong(ack=self.received)))
        if self.received >= self.told + 64:
            self.socket.send(wire.encode(wire.Ack(ack=self.received)))
            self.told = self.received
        return message

    def settle(self) -> None:
        """Waits until all that it has said is acknowledged."""
        while self.acknowledged < self.sent and self.hear(10) is not None:
            continue

    def close(self) -> None:
        self.socket.close()


def text(size: int) -> bytes:
    """Texts of three letters, `size` bytes of them in one array."""
    count = size // 4
    return b"\xdd" + count.to_bytes(4, "big") + b"\xa3abc" * count


def map_of(count: int, runtime: str) -> tuple[UUID, wire.SubmitBatch]:
    """A map of tasks without bodies, and its uuid."""
    uuid = uuid4()
    tasks = [
        wire.Task(
            wire.Address(None, 0, slot), uuid=uuid if slot == 0 else None, runtime=runtime, priority=128
        )
        for slot in range(count)
    ]
    return uuid, wire.SubmitBatch(tasks, [0] * count)


def again(port: int, kind: wire.Kind, fields: list[bytes]) -> None:
    """A header as long as it may be, on one new connection after the other."""
    while True:
        line = Line(port, wire.Role.CLIENT)
        line.say_header(b"".join(fields), int(kind), len(fields))
        line.hear(1)
        line.close()
        time.sleep(1 / ASKED)


def connect(port: int) -> None:
    again(port, wire.Kind.CONNECT, [b"\xc0", text(LONG - 64), b"\x90"])


def managers(port: int) -> None:
    again(port, wire.Kind.MANAGERS, [b"\xc0", b"\x90", text(LONG - 64)])


def release(port: int) -> None:
    count = (LONG - 64) // 21
    slots = (b"\x92\xc4\x10" + bytes(16) + b"\xc0\xc0")[:20] + b"\xc0"
    again(port, wire.Kind.RELEASE, [b"\xdd" + count.to_bytes(4, "big") + slots * count])


def batches(port: int) -> None:
    """Maps of 65,536 over four connections, each cancelled and released when it is taken."""
    lines = [Line(port, wire.Role.CLIENT) for _ in range(4)]
    while True:
        for line in lines:
            uuid, batch = map_of(MAP, "nobody")
            line.say(batch)
            line.say(wire.Cancel(uuid=uuid))
            line.say(wire.Release(slots=[(uuid, None)]))
        for line in lines:
            line.settle()


def cancelled_map(port: int) -> tuple[Line, UUID]:
    line = Line(port, wire.Role.CLIENT)
    uuid, batch = map_of(MAP, "nobody")
    line.say(batch)
    line.say(wire.Cancel(uuid=uuid))
    line.settle()
    return line, uuid


def request(port: int) -> None:
    """REQUEST of all slots of a map that was cancelled: 40 bytes that are answered by 65,536 messages."""
    line, uuid = cancelled_map(port)
    while True:
        line.say(wire.Request(uuid=uuid))
        line.settle()
        while line.hear() is not None:
            continue


def cancel(port: int) -> None:
    """CANCEL of a map, again and again."""
    line = Line(port, wire.Role.CLIENT)
    while True:
        uuid, batch = map_of(MAP, "nobody")
        line.say(batch)
        line.settle()
        line.say(wire.Cancel(uuid=uuid))
        line.say(wire.Release(slots=[(uuid, None)]))
        line.settle()


def end(port: int) -> None:
    """Sessions with a map each that their clients end, on one connection after the other."""
    while True:
        line = Line(port, wire.Role.CLIENT)
        line.say(map_of(MAP, "nobody")[1])
        line.settle()
        line.say(wire.Disconnect(corr=1))
        line.hear(10)
        line.close()


def leave(port: int) -> None:
    """Sessions with many small bodies that their clients end: their memory goes back to the system."""
    while True:
        line = Line(port, wire.Role.CLIENT)
        for _ in range(MAPS):
            batch = map_of(WITH_BODIES, "nobody")[1]
            batch.lengths = [BODY] * WITH_BODIES
            line.say(batch, bytes(BODY * WITH_BODIES))
            line.settle()
        line.say(wire.Disconnect(corr=1))
        line.hear(10)
        line.close()


def employee(port: int, ids: int) -> tuple[Line, list[tuple[int, int]]]:
    """A manager that dials in, and the ids that it was given."""
    line = Line(port, wire.Role.MANAGER, ids=ids)
    while not isinstance(message := line.hear(10), wire.Connect):
        assert message, "no ids came"
    return line, [(lower, upper) for lower, upper in message.ranges]


def communicate(port: int) -> None:
    """Messages to as many tasks as one may name; of 65,536 each their link would end."""
    line, ranges = employee(port, 64)
    line.say(wire.Started(total_workers=1, runtimes=[("nobody", "")]))
    names = [wire.Address(ranges[0][0], 1, slot) for slot in range(NAMED)]
    while True:
        for _ in range(16):
            line.say(wire.Communicate(addresses=names), b"x")
        line.settle()


def lost(port: int) -> None:
    """Ids that are lost one by one, each second one: as many ranges as there may be."""
    while True:
        line, ranges = employee(port, MAP)
        for lower, upper in ranges:
            for worker in range(lower, upper, 2):
                line.say(wire.EmployeeLost(ranges=[(worker, worker + 1)]))
            line.settle()
        line.close()


def leave_with(line: Line, client: Line, uuid: UUID) -> None:
    """Takes as many tasks as a map has, and is lost with them; their client has done with the map."""
    taken = 0
    while taken < MAP and (message := line.hear(10)) is not None:
        taken += len(message.tasks) if isinstance(message, wire.SubmitBatch) else 0
        taken += isinstance(message, wire.Submit)
    line.say(wire.Disconnect())
    line.settle()
    line.close()
    client.say(wire.Cancel(uuid=uuid))
    client.say(wire.Release(slots=[(uuid, None)]))
    client.settle()


def held(port: int) -> None:
    """A map of 65,536 that a manager takes, and is lost with."""
    client = Line(port, wire.Role.CLIENT)
    while True:
        uuid, batch = map_of(MAP, "held")
        client.say(batch)
        line, _ = employee(port, 64)
        line.say(wire.Started(total_workers=1, runtimes=[("held", "")]))
        line.say(wire.Waiting(idle=1, room=MAP))
        leave_with(line, client, uuid)


def own(port: int) -> None:
    """A manager whose task has 65,536 queued children, and that then wants its own only, all of them."""
    client = Line(port, wire.Role.CLIENT)
    while True:
        line, ranges = employee(port, 64)
        line.say(wire.Started(total_workers=1, runtimes=[("own", "")]))
        line.say(wire.Waiting(idle=1, room=1))
        uuid, batch = map_of(1, "own")
        client.say(batch)
        while not isinstance(message := line.hear(10), wire.Submit | wire.SubmitBatch):
            assert message, "no task came"
        root = (message.tasks[0] if isinstance(message, wire.SubmitBatch) else message.task).return_address
        for first in range(0, MAP, NAMED):
            names = [wire.Address(ranges[0][0], 1, first + slot) for slot in range(NAMED)]
            tasks = [wire.Task(name, breadcrumbs=[root], runtime="own", priority=128) for name in names]
            line.say(wire.SubmitBatch(tasks, [0] * NAMED))
        line.settle()
        line.say(wire.Waiting(idle=0, room=0, own_room=MAP))
        leave_with(line, client, uuid)


def frames(port: int) -> None:
    """A message of three million empty frames, on one connection after the other."""
    while True:
        line = Line(port, wire.Role.CLIENT)
        for _ in range(FRAMES):
            line.socket.send(b"", zmq.SNDMORE)
        line.socket.send(b"")
        line.hear(10)
        line.close()


def gone(port: int) -> None:
    """Connections that end while they are answered, one after the other, beside some that always ask."""
    ping, other = wire.encode(wire.Ping()), os.fork()
    while other == 0:
        lines = [Line(port, wire.Role.CLIENT) for _ in range(LEAVE)]
        for line in lines:
            for _ in range(ANSWERS):
                line.socket.send(ping)
            line.close()
    asking = [Line(port, wire.Role.CLIENT) for _ in range(ASKING)]
    while True:
        for line in asking:
            for _ in range(PINGS):
                line.socket.send(ping)
            while line.socket.poll(0):
                line.socket.recv_multipart()


def bystander(port: int, seconds: float) -> None:
    """One small task each 10 ms, and how long each took."""
    took: list[float] = []

    def submit(client: Client) -> None:
        begun = time.perf_counter()
        future = client.submit(pow, 2, 10)
        future.add_done_callback(lambda done: took.append(time.perf_counter() - begun))

    with Client(f"127.0.0.1:{port}") as client:
        client.submit(pow, 2, 10).result(60)
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            submit(client)
            time.sleep(PAUSE)
        client.submit(pow, 2, 10).result(60)
    took.sort()
    p50, p99 = (took[int(len(took) * part)] for part in (0.5, 0.99))
    print(json.dumps({"p50": p50 * 1e6, "p99": p99 * 1e6, "most": took[-1] * 1e6, "tasks": len(took)}))


ATTACKS: dict[str, Callable[[int], None]] = {
    "connect": connect,
    "batches": batches,
    "managers": managers,
    "release": release,
    "request": request,
    "cancel": cancel,
    "end": end,
    "leave": leave,
    "communicate": communicate,
    "lost": lost,
    "held": held,
    "own": own,
    "frames": frames,
    "gone": gone,
}


def main() -> None:
    port, name = int(sys.argv[1]), sys.argv[2]
    if name == "bystander":
        bystander(port, float(sys.argv[3]))
    else:
        ATTACKS[name](port)


if __name__ == "__main__":
    main()
