"""libmailroom as its users have it: the example built by each compiler from what is installed, and the
programs of tests/library against a broker whose workers are `cat`."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest
from cluster import settings
from keyed import Keys
from library import COMPILERS, ROOT, STRICT, VALGRIND, flags, good, install, paths
from mailroom import Client
from running import BIN, SOON, Program, Programs, until

EXAMPLE = ROOT / "clients/c/examples/client.c"
PROGRAMS = ("stress", "fork", "loop", "frames", "lead", "await", "errors", "session", "worker")
SANITIZE = BIN.parent.with_name("sanitize")
BUILDS = [
    BIN.parent,
    *([SANITIZE] if all((SANITIZE / "library" / name).exists() for name in PROGRAMS) else []),
]


@pytest.fixture
def address(programs: Programs) -> str:
    """Of a broker with two workers that give back what they get."""
    return f"127.0.0.1:{programs.broker(programs.plain('cat', workers=2)).port}"


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the library is installed."""
    return install(tmp_path_factory.mktemp("prefix"))


def _does_its_work(program: Path, prefix: Path, address: str) -> None:
    lines = "".join(f"line {number}\n" for number in range(20))
    assert good([program, address], lines, paths(prefix)) == lines


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS)
def test_the_example_is_built_by(
    compiler: tuple[str, ...], prefix: Path, address: str, tmp_path: Path
) -> None:
    program = tmp_path / "client"
    options = [*compiler, *STRICT, "-o", program, EXAMPLE, "-x", "none"]
    good([*options, *flags(prefix)])
    _does_its_work(program, prefix, address)


def test_the_example_is_built_by_cmake_with_either_library(
    prefix: Path, address: str, tmp_path: Path
) -> None:
    shutil.copy(EXAMPLE, tmp_path)
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.21)\nproject(user LANGUAGES C)\n"
        "find_package(mailroom 0.1 REQUIRED)\n"
        "add_executable(shared client.c)\ntarget_link_libraries(shared mailroom::mailroom)\n"
        "add_executable(static client.c)\ntarget_link_libraries(static mailroom::static)\n"
    )
    good(["cmake", "-S", tmp_path, "-B", tmp_path / "build", f"-DCMAKE_PREFIX_PATH={prefix}"])
    good(["cmake", "--build", tmp_path / "build"])
    for program in ("shared", "static"):
        _does_its_work(tmp_path / "build" / program, prefix, address)


def test_nothing_is_seen_of_the_library_but_what_its_headers_declare(prefix: Path) -> None:
    headers = "".join(file.read_text() for file in (prefix / "include").rglob("*.h"))
    for library, options in (("libmailroom.so", ["-D"]), ("libmailroom.a", ["-g"])):
        (file,) = prefix.rglob(library)
        shown = good(["nm", "--defined-only", *options, file])
        names = [line.split()[-1].split("@")[0] for line in shown.splitlines() if len(line.split()) == 3]
        assert "mailroom_client_new" in names
        undeclared = [name for name in names if f"{name}(" not in headers]
        assert undeclared in ([], ["MAILROOM_0"])


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_library_stands(name: str, build: Path, address: str) -> None:
    good([build / "library" / name, address])


@pytest.mark.parametrize("name", PROGRAMS)
def test_valgrind_finds_nothing_in(name: str, address: str) -> None:
    # of a client of the parent's a forked child cannot free all: libzmq's part is the parent's
    leaks = ["--leak-check=no"] if name in ("fork", "session", "worker") else []
    good([*VALGRIND, *leaks, BIN.parent / "library" / name, address])


def _peak(program: Program) -> int:
    """The most memory that a program has had at a time, in MiB."""
    status = Path(f"/proc/{program.process.pid}/status").read_text()
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found
    return int(found[1]) >> 10


def test_what_a_maps_tasks_begin_with_is_sent_and_kept_once(programs: Programs) -> None:
    """480 MiB, were it sent with each task; a program needs it twice at most, with what is under way."""
    shim = programs.plain("wc -c", workers=2)
    broker = programs.broker(shim)
    good([BIN.parent / "library/map", f"127.0.0.1:{broker.port}"])
    assert _peak(broker) < 100
    assert _peak(shim) < 100


@pytest.mark.parametrize("build", BUILDS, ids=lambda build: build.name)
def test_it_says_so_where_there_is_no_memory(build: Path) -> None:
    good([build / "library/memory"])


@pytest.fixture(scope="module")
def example(prefix: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, built from what is installed."""
    program = tmp_path_factory.mktemp("example") / "client"
    good(["gcc", "-o", program, EXAMPLE, *flags(prefix)])
    return program


def test_it_uses_the_keys_of_the_environment_and_says_that_some_are_missing(
    programs: Programs, tmp_path: Path, example: Path, prefix: Path
) -> None:
    keys = Keys(tmp_path / "keys")
    broker = keys.broker(programs, keys.plain(programs, "cat"))
    address = f"127.0.0.1:{broker.port}"
    environment = {**os.environ, **paths(prefix), "MAILROOM_KEYS": str(keys.folder)}
    assert good([example, address], "with keys\n", environment) == "with keys\n"
    without = subprocess.run(
        [example, address], env={**os.environ, **paths(prefix)}, input="", capture_output=True, text=True
    )
    assert without.returncode == 1
    # at once where libzmq has read what the broker offers before it sees that the broker hangs up
    assert "it has keys, and this program has none" in without.stderr or (
        "as it does when it has keys" in without.stderr
    )
    keys.folder.chmod(0o777)
    refused = subprocess.run([example, address], env=environment, input="", capture_output=True, text=True)
    assert refused.returncode == 1
    assert f"{keys.folder}: anybody can put another file in the place of {keys.folder}/" in refused.stderr


def test_a_broker_that_is_killed_and_started_anew_loses_nothing(
    programs: Programs, tmp_path: Path, example: Path, prefix: Path
) -> None:
    shim = programs.plain(f"until test -e {tmp_path}/go; do sleep 0.05; done; cat", workers=2)
    broker = programs.broker(shim)
    port = broker.port
    client = subprocess.Popen(
        [example, f"127.0.0.1:{port}"],
        env={**os.environ, **paths(prefix)},
        stdin=-1,
        stdout=-1,
        stderr=-1,
        text=True,
    )
    lines = "".join(f"{number}\n" for number in range(10))
    assert client.stdin is not None
    client.stdin.write(lines)
    client.stdin.close()
    client.stdin = None
    with Client(f"127.0.0.1:{port}") as observer:
        until(lambda: observer.counts()["submitted"] == 10, "all are submitted")
    broker.signal(signal.SIGKILL)
    broker.ends()
    programs.broker(shim, port=port)
    (tmp_path / "go").touch()
    written, said = client.communicate(timeout=SOON * 2)
    assert (client.returncode, written) == (0, lines), said


def test_a_broker_that_is_full_gets_all_in_time(programs: Programs, example: Path, prefix: Path) -> None:
    shim = programs.plain("cat", workers=2)
    broker = programs.broker(shim, options=settings(programs, limits={"tasks": 3}))
    lines = "".join(f"{number}\n" for number in range(30))
    assert good([example, f"127.0.0.1:{broker.port}"], lines, paths(prefix)) == lines


def test_the_manual_page_has_each_function_of_the_headers(prefix: Path) -> None:
    (page,) = prefix.rglob("libmailroom.3")
    lint = subprocess.run(["mandoc", "-W", "warning", "-T", "lint", page], capture_output=True, text=True)
    assert [line for line in lint.stdout.splitlines() if "STYLE" not in line] == []
    shown = good(["mandoc", "-T", "ascii", page])
    headers = "".join(file.read_text() for file in (prefix / "include").rglob("*.h"))
    functions = re.findall(r"^MAILROOM_API[^;(]*?(mailroom_\w+)\(", headers, re.MULTILINE)
    assert len(functions) > 30
    assert [name for name in functions if f"{name}(" not in shown] == []
