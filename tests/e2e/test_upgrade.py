"""What is in users' hands works with the new programs, and the other way round: docs/upgrade.md."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import before
import pytest
from before import Build
from running import BIN, MARK, Program, Programs, run

pytestmark = pytest.mark.timeout(1200)  # the old programs are built first, beside other tests

NOW = Build(BIN, Path(sys.executable))

USE = """
import sys
from mailroom import Client, Executor

def child(value):
    return value + 1

async def parent(value):
    from mailroom.worker import get_runtime
    return await get_runtime().submit(child, value)

def fails():
    raise ValueError("it fails")

with Client(sys.argv[1]) as client:
    assert client.submit(pow, 2, 10).result(60) == 1024
    assert client.map(pow, range(50), [2] * 50).result(60) == [number**2 for number in range(50)]
    assert client.submit(len, b"x" * 3_000_000).result(60) == 3_000_000  # in chunks
    assert len(client.submit(bytes, 3_000_000).result(60)) == 3_000_000
    assert client.submit(parent, 1).result(60) == 2
    error = client.submit(fails).exception(60)
    assert isinstance(error, ValueError), error
    future = client.submit(pow, 2, 3)
    assert future.result(60) == 8
    assert client.status(future, 60).state.name == "DONE"
    assert client.managers(60)
with Executor(sys.argv[1]) as pool:
    assert list(pool.map(abs, [-1, -2])) == [1, 2]
print("all is well")
"""

KEEP = """
import sys
from mailroom import Client
client = Client(sys.argv[1], session_file=sys.argv[2])
futures = [client.submit(pow, 3, power) for power in range(5)]
assert futures[4].result(60) == 81
print(*(future.uuid for future in futures))
client.detach(sys.argv[2])
"""

FETCH = """
import sys
from mailroom import Client
with Client.resume(sys.argv[1]) as client:
    print(*(client.result(uuid, 60) for uuid in sys.argv[2:]))
"""


@pytest.fixture(scope="module")
def old() -> Build:
    return before.build()


def start(programs: Programs, build: Build, name: str, *arguments: object) -> Program:
    return programs.start(name, *arguments, bin=build.bin, MAILROOM_PYTHON=str(build.python))


def shim(programs: Programs, build: Build, *options: object, worker: Build | None = None) -> Program:
    """A shim with two Python workers, of its own build unless another is given."""
    command = ("--", *(worker or build).worker)
    return start(programs, build, "mailroom-shim", "-v", "-p", 0, "-n", 2, *options, *command)


def broker(programs: Programs, build: Build, *managers: Program) -> Program:
    return start(
        programs, build, "mailroomd", "-v", "-p", 0, *(f"127.0.0.1:{manager.port}" for manager in managers)
    )


def python(build: Build, script: str, *arguments: object) -> str:
    """What a script of that build's Python package prints."""
    command = [str(build.python), "-c", script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Cluster:
    """A broker of one build, a shim of another, workers of a third, and a client of a fourth.

    Args:
        programs: of the test.
        builds: of these, in this order.
    """

    def __init__(self, programs: Programs, *builds: Build) -> None:
        of_broker, of_shim, of_worker, self.client = builds
        self.broker = broker(programs, of_broker, shim(programs, of_shim, worker=of_worker))

    def is_used(self) -> None:
        assert python(self.client, USE, f"127.0.0.1:{self.broker.port}") == "all is well"


MIXES = {
    "an old client": "nnno",
    "an old broker": "onnn",
    "an old broker and client": "onno",
    "an old shim with its workers": "noon",
    "old workers": "nnon",
    "new workers at an old shim": "nonn",
    "a new client": "ooon",
    "all old": "oooo",
}


@pytest.mark.parametrize("mix", MIXES.values(), ids=MIXES)
def test_a_cluster_of_two_builds(programs: Programs, old: Build, mix: str) -> None:
    Cluster(programs, *({"o": old, "n": NOW}[letter] for letter in mix)).is_used()


@pytest.mark.parametrize("of_shim", ["old", "new"])
def test_workers_that_connect(programs: Programs, old: Build, of_shim: str) -> None:
    manager_build, rank_build = (old, NOW) if of_shim == "old" else (NOW, old)
    manager = start(programs, manager_build, "mailroom-shim", "-v", "-p", 0, "-x", "-w", 0)
    folder = programs.folder / "rank"
    folder.mkdir()
    command = [*rank_build.worker, "-n", "2", "-p", str(manager.ports()["worker-port"])]
    programs.running.append(Program(command, folder, {MARK: str(programs.folder)}))
    router = broker(programs, NOW, manager)
    assert python(NOW, USE, f"127.0.0.1:{router.port}") == "all is well"


@pytest.fixture(params=["old", "new"])
def plain(request: pytest.FixtureRequest, programs: Programs, old: Build) -> tuple[Build, Program]:
    """The command line of the other build, and a broker with shells as workers."""
    build, other = (old, NOW) if request.param == "old" else (NOW, old)
    command = ("--plain", "--", "sh", "-s")
    manager = start(programs, build, "mailroom-shim", "-v", "-p", 0, "-n", 2, *command)
    return other, broker(programs, build, manager)


def test_the_command_line(programs: Programs, plain: tuple[Build, Program]) -> None:
    build, router = plain

    def says(*words: str, text: str = "") -> str:
        address = ("--broker", f"127.0.0.1:{router.port}")
        done = subprocess.run(
            [build.bin / "mailroom", words[0], *address, *words[1:]],
            input=text,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={
                "XDG_STATE_HOME": str(programs.folder / "state"),
                "PATH": "/usr/bin:/bin",
                "MAILROOM_INSECURE": "1",
            },
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert says("submit", "--wait", "--", "echo", "hello") == "hello\n"
    assert says("map", text="echo 1\necho 2\n").split() == ["1", "2"]
    uuid = says("submit", "--", "echo", "later").split()[0]
    assert says("result", "--wait", uuid) == "later\n"
    assert "ready" in says("managers")
    says("check")


@pytest.mark.parametrize("keeper", ["old", "new"])
def test_a_session_file(programs: Programs, old: Build, keeper: str) -> None:
    first, second = (old, NOW) if keeper == "old" else (NOW, old)
    router = broker(programs, NOW, shim(programs, NOW))
    file = programs.folder / "session"
    uuids = python(first, KEEP, f"127.0.0.1:{router.port}", file).split()
    assert python(second, FETCH, file, *uuids) == "1 3 9 27 81"


@pytest.mark.parametrize("name", ["mailroomd", "mailroom-shim"])
def test_a_configuration(programs: Programs, old: Build, name: str) -> None:
    """Each setting that there was, with its default, is taken by the new program; what is not is named."""
    shown = subprocess.run(
        [old.bin / name, "--manual", "settings"], capture_output=True, text=True, check=True
    ).stdout
    sections: dict[str, list[str]] = {"": []}
    for setting, default in re.findall(r"^\| `([^`]+)` \|[^|]*\| ([^|]*?) \|", shown, re.MULTILINE):
        if re.fullmatch(r"\d+|[\w.-]+", default) and default != "none" and setting != "port":
            section, _, name_there = setting.rpartition("/")
            sections.setdefault(section, []).append(f"{name_there} = {default}")
    lines = sections.pop("")
    for section, settings in sections.items():
        lines += [section, *(f"    {line}" for line in settings)]
    assert len(lines) > 15, shown
    file = programs.folder / "config"
    file.write_text("\n".join(lines) + "\n")
    command = ("--plain", "--", "true") if name == "mailroom-shim" else ()
    refused = run(name, "-p", 0, "-c", file, *command)
    assert refused.returncode == 2
    assert "--bind 127.0.0.1: everybody who can reach this address" in refused.stderr
    assert "add --keys DIR; or add --insecure" in refused.stderr
    file.write_text(file.read_text().replace("insecure = 0", "insecure = 1"))
    program = start(programs, NOW, name, "-p", 0, "-c", file, *command)
    assert program.port
    assert "unknown" not in program.log()
