"""What users rely on of futures, and of what they hold: ProcessPoolExecutor does each of it too."""

from __future__ import annotations

import concurrent.futures
import gc
import sys
import weakref
from pathlib import Path
from typing import Any

import pytest

from peer import PATIENCE
from pool_tasks import Make, raise_for, same, wait_for
from processes import until
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]


class Held:
    def method(self) -> None:
        """Does nothing."""


class Telling:
    """Says in a file when it is gone, from a worker only: it is told by being unpickled."""

    def __init__(self, file: str) -> None:
        self._file, self._there = file, False

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _there=True)

    def __del__(self) -> None:
        if self._there:
            Path(self._file).touch()


def test_what_a_call_was_given_is_let_go_here(make: Make) -> None:
    with make() as executor:
        held = Held()
        gone = weakref.ref(held)
        executor.submit(held.method)
        del held
        until(lambda: gc.collect() is not None and gone() is None, "it is collected")


def test_what_a_call_was_given_is_let_go_in_the_worker(make: Make, tmp_path: Path) -> None:
    with make() as executor:
        executor.submit(id, Telling(str(tmp_path / "gone"))).result(PATIENCE)
        until((tmp_path / "gone").exists, "it is collected")


def test_the_cause_of_an_error_is_the_worker_s_traceback(
    make: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    with make() as executor, pytest.raises(KeyError) as raised:
        executor.submit(raise_for, 3).result(PATIENCE)
    assert raised.value.args == (3,)
    assert "raise KeyError(value)" in str(raised.value.__cause__)
    sys.__excepthook__(raised.type, raised.value, raised.tb)
    assert "raise KeyError(value)" in capsys.readouterr().err


def test_as_completed_holds_no_future_that_was_taken(make: Make) -> None:
    with make() as executor:
        futures = [executor.submit(same, number) for number in range(4)]
        for future in concurrent.futures.as_completed(futures, PATIENCE):
            futures.remove(future)
            there = weakref.ref(future)
            del future
            until(lambda there=there: gc.collect() is not None and there() is None, "it is collected")


def test_timeouts_of_as_completed_say_how_many_are_left(make: Make, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    cancelled: concurrent.futures.Future[Any] = concurrent.futures.Future()
    cancelled.cancel()
    cancelled.set_running_or_notify_cancel()
    with make() as executor:
        late = executor.submit(wait_for, ready)
        completed = concurrent.futures.as_completed([cancelled, late], 0)
        assert next(completed) is cancelled
        with pytest.raises(concurrent.futures.TimeoutError, match=r"1 \(of 2\) futures unfinished"):
            next(completed)
        assert concurrent.futures.wait([late, late, cancelled], 0.01) == ({cancelled}, {late})
        Path(ready).touch()
        assert len(concurrent.futures.wait([late, late, cancelled], PATIENCE).done) == 2


def test_what_a_future_says_of_itself(make: Make, tmp_path: Path) -> None:
    ready = str(tmp_path / "ready")
    with make() as executor:
        future = executor.submit(wait_for, ready)
        assert not future.done()
        for wait in (future.result, future.exception):
            with pytest.raises(concurrent.futures.TimeoutError):
                wait(0)
        Path(ready).touch()
        assert (future.result(PATIENCE), future.exception()) == (ready, None)
        assert (future.cancel(), future.cancelled(), future.running(), future.done()) == (
            *(False, False, False, True),
        )
        called: list[Any] = []
        future.add_done_callback(called.append)
        assert called == [future]


@pytest.mark.parametrize("how", ["shutdown", "drop"])
def test_a_map_outlives_its_executor(make: Make, how: str) -> None:
    executor = make()
    values = executor.map(same, range(10))
    if how == "shutdown":
        executor.shutdown(wait=False)
    del executor
    gc.collect()
    assert list(values) == list(range(10))
