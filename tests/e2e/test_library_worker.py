"""libmailroom's worker as its users have it: the example under a shim, and what a worker's death costs."""

from __future__ import annotations

import logging
import signal
from pathlib import Path

import mailroom
import pytest
from library import COMPILERS, ROOT, STRICT, VALGRIND, flags, good, install, paths
from mailroom import Client
from running import SOON, Program, Programs

EXAMPLE = ROOT / "clients/c/examples/worker.c"


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the library is installed."""
    return install(tmp_path_factory.mktemp("prefix"))


def _build(compiler: tuple[str, ...], prefix: Path, folder: Path) -> Path:
    program = folder / "worker"
    good([*compiler, *STRICT, "-o", program, EXAMPLE, "-x", "none", *flags(prefix)])
    return program


def _shim(programs: Programs, prefix: Path, *command: object) -> Program:
    return programs.start("mailroom-shim", "-v", "-p", 0, "-n", 1, "--", *command, **paths(prefix))


@pytest.mark.parametrize("compiler", COMPILERS.values(), ids=COMPILERS)
def test_the_example_is_built_by(
    compiler: tuple[str, ...], prefix: Path, programs: Programs, tmp_path: Path
) -> None:
    router = programs.broker(_shim(programs, prefix, _build(compiler, prefix, tmp_path)))
    with Client(f"127.0.0.1:{router.port}") as client:
        futures = [client.submit_bytes(f"line {n}".encode(), runtime="upper") for n in range(200)]
        assert [future.result(SOON) for future in futures] == [f"LINE {n}".encode() for n in range(200)]
        with pytest.raises(mailroom.TaskFailed, match="there is nothing to write in capitals"):
            client.submit_bytes(b"", runtime="upper").result(SOON)


def test_valgrind_finds_nothing_in_it(prefix: Path, programs: Programs, tmp_path: Path) -> None:
    program = _build(COMPILERS["gcc as C17"], prefix, tmp_path)
    found = tmp_path / "found"
    shim = _shim(programs, prefix, *VALGRIND, f"--log-file={found}", program)
    router = programs.broker(shim)
    with Client(f"127.0.0.1:{router.port}") as client:
        assert client.submit_bytes(b"hello", runtime="upper").result(SOON * 3) == b"HELLO"
    shim.signal(signal.SIGINT)
    assert shim.ends() == 0
    assert found.read_text() == ""


def test_a_worker_that_dies_is_charged_with_what_ran(
    programs: Programs, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What waited there, or was done, is not: the worker's page says so to its guardian."""
    script = f'read line; if [ "$line" = die ] && mkdir {tmp_path}/died; then kill -9 $PPID; fi; echo "$line"'
    router = programs.broker(programs.plain(script))
    with Client(f"127.0.0.1:{router.port}") as client, caplog.at_level(logging.WARNING, "mailroom"):
        lines = [*("before" for _ in range(30)), "die", *("behind" for _ in range(30))]
        futures = [client.submit_bytes(f"{line}\n".encode()) for line in lines]
        assert [future.result(SOON) for future in futures] == [f"{line}\n".encode() for line in lines]
    assert sum("is given out again" in record.getMessage() for record in caplog.records) == 1
    assert (tmp_path / "died").exists()
