"""What tasks change of Python's own for others: sessions do not see it of each other, tasks not of a task."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path
from typing import Any

import pytest

import real
from asking import ask, by_value

pytestmark = real.needed


@by_value
def encoded() -> str:
    """What `json` makes of an object that it does not know."""
    import json

    try:
        return json.dumps(object())
    except TypeError:
        return "refused"


def patching(path: Path, name: str, module: str, function: str) -> Path:
    """A folder with a module that puts its own function in the place of another, as it is imported."""
    path.mkdir()
    owner, _, attribute = function.rpartition(".")
    (path / "patching.py").write_text(
        f"import {module}\ndef own(*_): return {name!r}\n{owner or module}.{attribute} = own\n"
    )
    return path


def imports() -> None:
    import patching  # type: ignore[import-not-found]  # noqa: F401


def test_what_a_module_of_a_session_changes_is_that_session_s(join: Any, tmp_path: Path) -> None:
    a, b = (join(patching(tmp_path / name, name, "json", "json.JSONEncoder.default")) for name in ("a", "b"))
    other = join()
    ask(a, imports)
    assert [ask(client, encoded) for client in (a, other, a)] == ['"a"', "refused", '"a"']
    ask(b, imports)
    assert [ask(client, encoded) for client in (b, a, other, b)] == ['"b"', '"a"', "refused", '"b"']


def test_what_it_changes_of_a_module_that_nobody_had_loaded(join: Any, tmp_path: Path) -> None:
    def converted() -> Any:
        import colorsys

        return colorsys.rgb_to_hls(0, 0, 0)

    a, other = join(patching(tmp_path / "a", "a", "colorsys", "colorsys.rgb_to_hls")), join()
    ask(a, imports)
    assert [ask(a, converted) for _ in range(2)] == ["a", "a"]
    assert ask(other, converted) == (0.0, 0.0, 0.0)


def test_what_a_task_changes_of_a_module_that_nobody_had_loaded(join: Any) -> None:
    def replaces() -> None:
        import getopt

        getopt.getopt = lambda *_: "another"  # type: ignore[assignment,return-value]

    def parsed() -> Any:
        import getopt

        return getopt.getopt(["-a"], "a")

    client = join()
    ask(client, replaces)
    assert ask(client, parsed) == ([("-a", "")], [])


def test_what_a_task_changes_later(join: Any) -> None:
    def spoils() -> None:
        import json

        json.JSONEncoder.default = lambda *_: "another"  # type: ignore[method-assign,assignment]

    a, other = join(), join()
    ask(a, spoils)
    assert [ask(client, encoded) for client in (other, a)] == ["refused", "refused"]


@pytest.mark.parametrize("of", ["random", "numpy.random"])
def test_random_numbers_are_each_session_s_own(join: Any, of: str) -> None:
    if importlib.util.find_spec(of.partition(".")[0]) is None:
        pytest.skip(f"{of} is not installed")

    def seeds(of: str) -> None:
        import importlib

        importlib.import_module(of).seed(1)

    def draws(of: str) -> list[float]:
        import importlib

        return [importlib.import_module(of).random() for _ in range(2)]

    a, b, c = join(), join(), join()
    ask(a, seeds, of)
    ask(b, seeds, of)
    others = ask(c, draws, of)
    first, second = ask(a, draws, of), ask(b, draws, of)
    assert first == second
    assert others != first
    assert ask(a, draws, of) != first
    if of == "random":
        expected = random.Random(1)
        assert first == [expected.random(), expected.random()]


def test_a_process_that_cannot_go_back_is_renewed(join: Any) -> None:
    def leaves_its_session() -> int:
        import os

        if os.getpid() != os.getpgrp():
            os.setpgid(0, 0)
        os.nice(1)
        return os.getpid()

    def where() -> tuple[int, int]:
        import os

        return os.getpid(), os.getpriority(os.PRIO_PROCESS, 0)

    client = join()
    before = ask(client, where)
    ask(client, leaves_its_session)
    after = ask(client, where)
    assert after[1] == before[1]


def test_what_the_system_has_of_a_process(join: Any) -> None:
    """Python's modules do not show it, but for the handlers."""

    def changes() -> None:
        import os
        import signal

        os.putenv("LEFT_BEHIND", "1")
        os.unsetenv("MAILROOM_WORKER")
        signal.signal(signal.SIGRTMIN + 5, signal.SIG_IGN)
        with open("/proc/self/comm", "w") as file:
            file.write("another")

    def found() -> list[Any]:
        import os
        import signal
        import subprocess

        names = ("LEFT_BEHIND", "MAILROOM_WORKER")
        variables = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
        with open("/proc/self/comm") as file:
            name = file.read()
        seen = [line for line in variables.splitlines() if line.startswith(names)]
        return [
            seen,
            signal.getsignal(signal.SIGRTMIN + 5) is signal.SIG_DFL,
            name,
            os.environ["MAILROOM_WORKER"],
        ]

    client, other = join(), join()
    before = ask(other, found)
    assert before[0] == [f"MAILROOM_WORKER={before[3]}"]
    ask(client, changes)
    assert ask(other, found) == before
