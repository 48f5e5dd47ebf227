"""The commands of operators, with the real programs: managers, clients, top, drain, shutdown."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import mailroom
import pytest
import zmq
from keyed import Keys
from mailroom_peer import wire
from running import BIN, SOON, Program, Programs, run, until

Cluster = tuple[Program, Program]


@pytest.fixture
def cluster(programs: Programs) -> Cluster:
    """A broker, and a shim with two workers that give back what they get."""
    shim = programs.plain("cat", workers=2)
    broker = programs.broker(shim)
    until(lambda: idle(broker) == 2, "the workers")
    return broker, shim


def idle(broker: Program) -> int:
    """How many workers have said that they wait, and are known to have no task any more."""
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        return sum(manager.idle for manager in client.managers(SOON))


def ask(broker: Program, command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return run("mailroom", command, "--broker", f"127.0.0.1:{broker.port}", *arguments)


def objects(broker: Program, command: str, *arguments: object) -> list[dict[str, object]]:
    done = ask(broker, command, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_managers(cluster: Cluster) -> None:
    broker, shim = cluster
    name = os.uname().nodename
    line = f"127.0.0.1:{shim.port}"
    assert objects(broker, "managers") == [
        {"name": name, "line": line, "state": "ready", "workers": 2, "idle": 2, "tasks": 0}
    ]
    shown = ask(broker, "managers").stdout.splitlines()
    assert shown[0].split() == ["MANAGER", "WHERE", "STATE", "WORKERS", "IDLE", "TASKS"]
    assert shown[1].split() == [name, line, "ready", "2", "2", "0"]


def test_no_managers(programs: Programs) -> None:
    broker = programs.broker()
    assert ask(broker, "managers").stdout == "no manager is connected\n"


def test_clients(cluster: Cluster) -> None:
    broker = cluster[0]
    with mailroom.Client(f"127.0.0.1:{broker.port}", name="lab \x1b[31m7") as client:
        assert client.submit_bytes(b"abc").result(SOON) == b"abc"
        found = next(one for one in objects(broker, "clients") if one["submitted"] == 1)
        assert found["here"] is True
        assert found["ended"] == 1
        assert found["tasks"] == 0
        shown = ask(broker, "clients").stdout
        assert "\x1b" not in shown
        assert re.search(r"^lab \?\[31m7 +here +0 +1 +1 ", shown, re.MULTILINE)


def test_an_admin_ends_a_client_s_sessions(programs: Programs) -> None:
    """Its tasks are cancelled, it is told, and does not come back by itself."""
    broker = programs.start("mailroomd", "-v", "-p", 0)
    with mailroom.Client(f"127.0.0.1:{broker.port}", name="greedy") as client:
        future = client.submit_bytes(b"waits for ever")
        until(lambda: objects(broker, "clients")[-1]["tasks"] == 1, "the task is there")
        assert objects(broker, "clients", "--end", "nobody") == []
        (ended,) = objects(broker, "clients", "--end", "greedy")
        assert ended["name"] == "greedy"
        with pytest.raises(mailroom.MailroomError, match="ended by the admin"):
            future.result(SOON)
    assert [one["tasks"] for one in objects(broker, "clients")] == [0]  # the command's own


def test_only_admins(programs: Programs, tmp_path: Path) -> None:
    keys = Keys(tmp_path / "keys")
    broker = keys.broker(programs)
    client = ("--key", keys.folder / "client.cert_secret", "--broker-key", keys.folder / "broker.cert")
    for command in (("clients",), ("drain", "node"), ("shutdown", "--yes")):
        done = ask(broker, *command, *client)
        assert done.returncode == 4
        assert "only an admin may" in done.stderr
    assert ask(broker, "clients", "--keys", keys.folder).stdout.splitlines()[1].split()[1] == "admin"
    (shown,) = objects(broker, "top", "--once", "--interval", "0.1", *client)
    assert shown["clients"] is None
    assert ask(broker, "managers", *client).returncode == 0
    assert ask(broker, "shutdown", "--yes", "--keys", keys.folder).returncode == 0
    assert broker.ends() == 0


def test_drain(cluster: Cluster) -> None:
    broker, shim = cluster
    done = ask(broker, "drain", f"127.0.0.1:{shim.port}", "--grace", 10)
    assert done.returncode == 0
    assert (
        done.stdout
        == f"{os.uname().nodename} was told: it finishes what runs there, takes nothing new, and leaves\n"
    )
    assert shim.ends() == 0
    again = ask(broker, "drain", f"127.0.0.1:{shim.port}")
    assert again.returncode == 4
    assert "no manager of this name" in again.stderr


@pytest.mark.parametrize(
    ("command", "arguments", "text"),
    [
        ("drain", [], "which manager?"),
        ("drain", ["a", "b"], "b: one manager at a time"),
        ("drain", ["a", "--grace", "soon"], "--grace soon: not a number of seconds"),
        ("drain", ["a", "--grace", "nan"], "--grace nan: not a number of seconds"),
        ("top", ["--interval", "0"], "--interval 0: not a number of seconds"),
        ("shutdown", [], "nobody is there to be asked: say --yes"),
        ("managers", ["--broker", "host:x"], "host:x"),
    ],
)
def test_wrong_arguments(command: str, arguments: list[str], text: str) -> None:
    done = subprocess.run(
        [str(BIN / "mailroom"), command, *arguments],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=SOON,
        check=False,
    )
    assert done.returncode == 2
    assert text in done.stderr


def test_no_broker() -> None:
    done = run("mailroom", "managers", "--broker", "127.0.0.1:1", "--timeout", "0.3")
    assert done.returncode == 3
    assert "no broker at 127.0.0.1:1 within 0.3 s" in done.stderr


def test_shutdown(cluster: Cluster) -> None:
    broker, shim = cluster
    done = ask(broker, "shutdown", "--yes")
    assert done.returncode == 0
    assert broker.ends() == 0
    assert shim.ends() == 0


class Terminal:
    """A command on a terminal of its own."""

    def __init__(self, broker: Program, command: str, *arguments: str) -> None:
        self.text = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            program = str(BIN / "mailroom")
            where = f"127.0.0.1:{broker.port}"
            environment = {"TERM": "xterm", "MAILROOM_INSECURE": "1"}
            os.execve(program, [program, command, "--broker", where, *arguments], environment)
        self.size(30, 100)

    def size(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.file, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def hear(self) -> str:
        """What it has written so far."""
        while select.select([self.file], [], [], 0)[0]:
            try:
                self.text += os.read(self.file, 65536).decode()
            except OSError:  # it has ended
                break
        return self.text

    def pages(self) -> list[str]:
        """The whole pages so far."""
        return re.findall(r"\x1b\[H(.*?)\x1b\[J", self.hear(), re.DOTALL)

    def type(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def ends(self) -> int:
        """Waits until it has ended; its exit code."""
        end = time.monotonic() + SOON
        while time.monotonic() < end:
            self.hear()
            found, status = os.waitpid(self.pid, os.WNOHANG)
            if found:
                self.hear()
                os.close(self.file)
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.01)
        os.kill(self.pid, 9)
        os.waitpid(self.pid, 0)
        raise AssertionError(f"it does not end: {self.text!r}")


@pytest.mark.parametrize(("answer", "code"), [("n\n", 1), ("\n", 1), ("y\n", 0)])
def test_shutdown_asks_on_a_terminal(cluster: Cluster, answer: str, code: int) -> None:
    terminal = Terminal(cluster[0], "shutdown")
    until(lambda: "Really? [y/N]" in terminal.hear(), "the question")
    assert "with 1 managers and 2 workers. 0 clients have 0 unfinished tasks." in terminal.text
    terminal.type(answer)
    assert terminal.ends() == code
    if code == 0:
        assert cluster[0].ends() == 0
    else:
        assert ask(cluster[0], "managers").returncode == 0


def test_shutdown_is_not_meant(cluster: Cluster) -> None:
    terminal = Terminal(cluster[0], "shutdown")
    until(lambda: "Really? [y/N]" in terminal.hear(), "the question")
    terminal.type("\x03")
    assert terminal.ends() != 0
    assert ask(cluster[0], "managers").returncode == 0


@pytest.fixture
def work(cluster: Cluster) -> Iterator[Program]:
    """A client that has submitted some."""
    broker = cluster[0]
    with mailroom.Client(f"127.0.0.1:{broker.port}", name="lab7") as client:
        for number in range(5):
            client.submit_bytes(str(number).encode()).result(SOON)
        until(lambda: sum(manager.idle for manager in client.managers(SOON)) == 2, "the workers wait again")
        yield broker


def test_top_once(work: Program) -> None:
    done = ask(work, "top", "--once", "--interval", "0.2")
    assert done.returncode == 0
    assert done.stdout.startswith("mailroom 127.0.0.1:")
    assert "\x1b" not in done.stdout
    assert "clients 2 (0 away)  managers 1  workers 2 (2 idle)  memory " in done.stdout
    assert "tasks 0 (0 queued)  a second: 0.0 submitted, 0.0 finished" in done.stdout
    assert re.search(r"^lab7 +here +0 +0\.0 +0\.0 +5 ", done.stdout, re.MULTILINE)


def test_top_for_scripts(work: Program) -> None:
    (shown,) = objects(work, "top", "--once", "--interval", "0.2")
    counts = shown["counts"]
    assert isinstance(counts, dict)
    assert counts["submitted"] == counts["finished"] == 5
    assert counts["memory"] > 1_000_000
    assert counts["runtime plain"] == 1
    assert isinstance(shown["clients"], list)
    assert {one["name"] for one in shown["clients"]} >= {"lab7"}
    assert shown["per_second"] == {"submitted": 0, "finished": 0, "failed": 0, "cancelled": 0}


def test_top_in_a_pipe_goes_on_until_nobody_reads(work: Program) -> None:
    command = [
        str(BIN / "mailroom"),
        "top",
        "--broker",
        f"127.0.0.1:{work.port}",
        "--interval",
        "0.1",
        "--json",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        ups: list[int] = []
        while len(set(ups)) < 3:  # after a pause of the broker's two of them are of one moment
            ups.append(json.loads(process.stdout.readline())["counts"]["uptime"])
        assert ups == sorted(ups)
        process.stdout.close()
        assert process.wait(SOON) == 141


def test_top_on_a_terminal(work: Program) -> None:
    terminal = Terminal(work, "top", "--interval", "0.1")
    until(lambda: len(terminal.pages()) > 3, "pages")
    assert terminal.text.startswith("\x1b[?1049h\x1b[?25l")
    assert re.search(r"lab7 +here +0 +0\.0 +0\.0 +5 ", terminal.pages()[-1])
    terminal.size(9, 40)

    def lines() -> list[str]:
        return re.split(r"\x1b\[K\r+\n", terminal.pages()[-1])[:-1]

    until(lambda: all(len(line) <= 40 for line in lines()), "a narrow page")
    assert len(lines()) <= 9
    terminal.type("q")
    assert terminal.ends() == 0
    assert terminal.text.endswith("\x1b[?25h\x1b[?1049l")


def test_top_ends_with_ctrl_c(work: Program) -> None:
    terminal = Terminal(work, "top")
    until(terminal.pages, "a page")
    terminal.type("\x03")
    assert terminal.ends() == 0
    assert terminal.text.endswith("\x1b[?25h\x1b[?1049l")


def hello_at(router: zmq.Socket[bytes]) -> tuple[bytes, wire.Hello]:
    """Waits for the next HELLO; whose it is, and what it says."""
    while True:
        identity, frame = router.recv_multipart()
        if isinstance(header := wire.decode(frame), wire.Hello):
            return identity, header


def test_top_once_keeps_its_time_at_a_broker_that_says_nothing() -> None:
    """One that shakes hands, and answers nothing of what it is asked."""
    with zmq.Context() as context, context.socket(zmq.ROUTER) as router:
        router.rcvtimeo = int(1000 * SOON)
        port = router.bind_to_random_port("tcp://127.0.0.1")
        for timeout in (3, 20):  # as long as it takes to shake hands
            words = ["top", "--broker", f"127.0.0.1:{port}", "--once", "--timeout", str(timeout)]
            top = subprocess.Popen([BIN / "mailroom", *words], stderr=subprocess.PIPE, text=True)
            identity, header = hello_at(router)
            same = {name: getattr(header, name) for name in ("boot", "link", "window", "max_body", "expiry")}
            welcome = wire.Welcome(role=wire.Role.BOSS, peer_boot=None, **{**same, "heartbeat": 2000})
            router.send_multipart([identity, wire.encode(welcome)])
            said = top.communicate(timeout=SOON)[1]
            if "does not answer in time" in said:
                break
        assert top.returncode == 3
        assert "does not answer in time" in said


def test_top_waits_for_a_broker_that_is_gone(programs: Programs) -> None:
    broker = programs.broker()
    port = broker.port
    terminal = Terminal(broker, "top", "--interval", "0.1")
    until(terminal.pages, "a page")
    broker.process.kill()
    until(lambda: "no connection, looking for it" in terminal.pages()[-1], "a word of it")
    broker.process.wait()
    programs.broker(port=port)
    until(lambda: "looking" not in terminal.pages()[-1], "the next broker")
    terminal.type("q")
    assert terminal.ends() == 0
