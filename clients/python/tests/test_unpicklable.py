"""What cannot be pickled: the error names the variable, and says what to do."""

from __future__ import annotations

import contextvars
import functools
import threading
from pathlib import Path
from typing import Any

import pytest

import ending_tasks as tasks
import mailroom
from mailroom._base import bodies
from real import needed
from worker_boss import Boss

ADVICE = "A worker is another process: make it in the function that runs there"


class Held:
    """Holds a lock in an attribute."""

    def __init__(self) -> None:
        self.parts: dict[str, Any] = {"locks": [threading.Lock()]}

    def go(self) -> None:
        """A task."""


class Slotted:
    """Holds one in a slot."""

    __slots__ = ("lock",)

    def __init__(self) -> None:
        self.lock = threading.Lock()


SCRIPT = """
import contextvars, functools, threading
LOCK, LOCAL, SHOTS = threading.Lock(), threading.local(), contextvars.ContextVar("SHOTS")
EVENT, LOG = threading.Event(), open("{log}", "w")
TABLE = dict(locks=[LOCK])

def locks():
    def inner():
        return LOCK
    return inner()

def is_local(): return LOCAL.x
def shots(): return SHOTS.get()
def waits(): EVENT.wait()
def logs(): LOG.write("")
def calls(): return locks()
def looks(): return TABLE
def defaults(x, lock=LOCK, *, y=1): return lock
def named(*, lock=LOCK): return lock

class Runs:
    lock = threading.Lock()
    def go(self):
        with self.lock:
            return 1

class Has:
    @property
    def locked(self): return LOCK.locked()

def around(lock):
    def inner(): return lock
    return inner

around_one = around(LOCK)
gone = around(LOCK)
makes = lambda: Has().locked
goes = Runs().go
partly = functools.partial(around, LOCK)
"""

WAYS = {
    "locks": "it is LOCK, a global variable that locks uses",
    "is_local": "it is LOCAL, a global variable that is_local uses",
    "shots": "it is SHOTS, a global variable that shots uses",
    "waits": "it is EVENT._cond._lock, a global variable that waits uses",
    "logs": "it is LOG, a global variable that logs uses",
    "calls": "it is LOCK, a global variable that locks uses",
    "looks": "it is TABLE['locks'][0], a global variable that looks uses",
    "defaults": "it is lock, the default of an argument of defaults",
    "named": "it is lock, the default of an argument of named",
    "around_one": "it is lock, a variable around around.inner, which uses it",
    "makes": "it is LOCK, a global variable that Has.locked uses",
    "goes": "it is Runs.lock",
    "partly": "it is the function.args[0]",
}


@pytest.fixture
def script(tmp_path: Path) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(SCRIPT.format(log=tmp_path / "log"), names)
    return names


@pytest.mark.parametrize("name", WAYS)
def test_the_variable_of_a_script_is_named(script: dict[str, Any], name: str) -> None:
    for make in (
        lambda: bodies.call(bodies.PYTHON, script[name], (), {}),
        lambda: bodies.Calls(bodies.PYTHON, script[name]),
    ):
        with pytest.raises(Exception, match="pickle") as caught:
            make()
        assert f": {WAYS[name]}" in str(caught.value)
        assert ADVICE in str(caught.value)
    script["LOG"].close()


@pytest.mark.parametrize(
    ("args", "kwargs", "way"),
    [
        ((1, threading.Lock()), {}, "args[1]"),
        ((1,), {"held": Held()}, "kwargs['held'].parts['locks'][0]"),
        ((Slotted(),), {}, "args[0].lock"),
        (([{"var": contextvars.ContextVar("var")}],), {}, "args[0][0]['var']"),
        (((one for one in "ab"),), {}, "args[0]"),
        ((Held().go,), {}, "args[0].__self__.parts['locks'][0]"),
        ((functools.partial(print, end=threading.Lock()),), {}, "args[0].keywords['end']"),
    ],
)
def test_the_argument_is_named(args: tuple[Any, ...], kwargs: dict[str, Any], way: str) -> None:
    with pytest.raises(TypeError) as caught:
        bodies.call(bodies.PYTHON, print, args, kwargs)
    assert f": it is {way}. {ADVICE}" in str(caught.value)
    if not kwargs:
        with pytest.raises(TypeError) as caught:
            bodies.Calls(bodies.PYTHON, print).rest(args)
        assert f": it is {way}. {ADVICE}" in str(caught.value)


def test_what_raises_in_its_own_words_keeps_them() -> None:
    class Own:
        def __reduce__(self) -> Any:
            raise ValueError("not this one")

    with pytest.raises(ValueError, match=r"^not this one$"):
        bodies.call(bodies.PYTHON, print, (Own(),), {})


def test_a_result_s_part_is_named(pair: Boss) -> None:
    error = pair.error(pair.root(tasks.gives, tasks.gives_locks))
    assert isinstance(error, TypeError)
    assert ": it is the result['all'][1]. A result goes to another process" in str(error)
    assert str(error) in str(error.__cause__)


def test_a_nested_task_s_argument_is_named(pair: Boss) -> None:
    assert ": it is args[0]. A worker is another" in pair.result(pair.root(tasks.sends_a_lock))


@needed
def test_it_is_the_future_s_error(cluster: mailroom.LocalCluster) -> None:
    with mailroom.Executor(cluster.address) as pool:
        lock = threading.Lock()
        with pytest.raises(TypeError, match=r"it is args\[0\]"):
            pool.submit(print, lock).result()
        with pytest.raises(TypeError, match="it is lock, a variable around"):
            pool.submit(lambda: lock).result()
        with pytest.raises(TypeError, match="it is lock, a variable around"):
            list(pool.map(lambda number: lock, [1, 2], chunksize=2))
