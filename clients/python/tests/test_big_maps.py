"""Maps of big things: a function is sent once and made once in each worker."""

from __future__ import annotations

import importlib.util
import json
import os
import pickle
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import mailroom
from big_tasks import Odd, Summed, alive, nested, nested_named
from mailroom.worker.functions import MOST, Functions
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]

PATIENCE = 60
BIG = 1 << 20  # bytes
RUNTIMES = ["python", *["bqskit"] * (importlib.util.find_spec("bqskit") is not None)]


@pytest.fixture(scope="module", params=RUNTIMES)
def cluster(request: pytest.FixtureRequest) -> Iterator[mailroom.LocalCluster]:
    with mailroom.LocalCluster(2, runtime=request.param) as cluster:
        yield cluster


@pytest.fixture(params=["python", "bqskit"])
def tasks(cluster: mailroom.LocalCluster, request: pytest.FixtureRequest) -> Iterator[mailroom.Submitter]:
    if request.param == "bqskit" and cluster.runtime != "bqskit":
        pytest.skip("this cluster's workers run Python functions only")
    with cluster.client() as client:
        yield client.options(runtime=request.param)


def test_a_large_function_is_made_once_in_each_worker(tasks: mailroom.Submitter) -> None:
    results = tasks.map(Summed(bytes(BIG)), range(40)).result(PATIENCE)
    assert [total for *_, total in results] == [BIG + number for number in range(40)]
    made = {(process, token) for process, token, *_ in results}
    assert len(made) == len({process for process, *_ in results})
    for one in made:  # its tasks find it as the one before left it
        seen = [before for *where, before, _ in results if tuple(where) == one]
        assert sorted(seen) == list(range(len(seen)))


@pytest.mark.parametrize("of_bqskit", [False, True])
def test_a_nested_map_sends_its_function_once(tasks: mailroom.Submitter, of_bqskit: bool) -> None:
    """To a worker at most twice: for tasks that stay at its manager, and for those from the broker."""
    if of_bqskit and tasks._options.runtime != "bqskit":
        pytest.skip("only tasks of BQSKit's have its runtime")
    results = tasks.submit(nested, BIG, 30, of_bqskit).result(PATIENCE)
    assert [total for *_, total in results] == [BIG + number for number in range(30)]
    made = {(process, token) for process, token, *_ in results}
    assert len(made) <= 2 * len({process for process, *_ in results})
    small = tasks.submit(nested, 4, 5, of_bqskit).result(PATIENCE)
    assert [total for *_, total in small] == [4 + number for number in range(5)]


def test_a_nested_map_with_named_arguments(tasks: mailroom.Submitter) -> None:
    for size in (10, BIG):
        assert tasks.submit(nested_named, size).result(PATIENCE) == [size, size + 1, size + 2]


def test_a_small_one_for_each_task(tasks: mailroom.Submitter) -> None:
    results = tasks.map(Summed(b"1234"), range(10)).result(PATIENCE)
    assert [result[2:] for result in results] == [(0, 4 + number) for number in range(10)]
    assert len({token for _, token, *_ in results}) == 10


def test_it_is_let_go_with_its_map(tasks: mailroom.Submitter) -> None:
    tasks.map(Summed(bytes(BIG)), range(10)).result(PATIENCE)
    end = time.monotonic() + PATIENCE
    while any(tasks.map(alive, range(8)).result(PATIENCE)):
        assert time.monotonic() < end


def test_only_so_many_functions_are_kept(tasks: mailroom.Submitter) -> None:
    """None calls another's."""
    maps = [tasks.map(Summed(bytes(BIG + number)), range(30)) for number in range(12)]
    for number, results in enumerate(maps):
        assert [total for *_, total in results.result(PATIENCE)] == [BIG + number + one for one in range(30)]
    assert max(tasks.map(alive, range(8)).result(PATIENCE)) <= MOST


def test_those_that_were_called_last_are_kept() -> None:
    kept, made = Functions(), [memoryview(pickle.dumps(number)) for number in range(MOST + 1)]
    for number in (*range(MOST), 0, MOST):
        assert kept.of(number, made[number]) == number
    wrong = memoryview(b"not a pickle")
    assert [kept.of(number, wrong) for number in (0, *range(2, MOST + 1))] == [0, *range(2, MOST + 1)]
    with pytest.raises(pickle.UnpicklingError):
        kept.of(1, wrong)
    kept.forget(0)
    with pytest.raises(pickle.UnpicklingError):
        kept.of(0, wrong)


def test_one_that_cannot_be_made_is_each_tasks_error(tasks: mailroom.Submitter) -> None:
    futures = tasks.map(Odd(bytes(BIG)), range(3)).futures
    for future in futures:
        with pytest.raises(ValueError, match="it cannot be made here"):
            future.result(PATIENCE)


def test_arguments_are_each_tasks_own(tasks: mailroom.Submitter) -> None:
    assert tasks.map(
        lambda data, number: (len(data), number, len(bytes(BIG))), [bytes(BIG)] * 3, range(3)
    ).result(PATIENCE) == [(BIG, number, BIG) for number in range(3)]


def test_workers_with_nothing_to_do_keep_no_result(cluster: mailroom.LocalCluster) -> None:
    size = 256 * BIG
    with cluster.client() as client:
        process = client.submit(os.getpid).result(PATIENCE)
        before = resident(process)
        while (found := client.submit(lambda: (os.getpid(), b"x" * size)).result(PATIENCE))[0] != process:
            del found
    end = time.monotonic() + PATIENCE
    while resident(process) > before + size // 2:
        assert time.monotonic() < end


def resident(process: int) -> int:
    """Bytes of a process that are in memory."""
    return int(Path(f"/proc/{process}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


PROGRAM = """
import json
import pickle
import sys
import time
import weakref
from functools import partial
from pathlib import Path

import mailroom

SIZE, COUNT = 16_000_000, 40


def total(data, number):
    return len(data) + number


def page(number):
    return bytes([number]) * SIZE


def pages(number):
    return page(number) * 4


def memory(pid, name):
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(name))


if __name__ == "__main__":
    with mailroom.LocalCluster(2) as cluster, mailroom.Executor(cluster.address) as pool:
        pids = {"client": "self", **cluster.pids}
        before = {name: memory(pid, "VmRSS") for name, pid in pids.items()}
        if sys.argv[1] == "results":
            for value in pool.map(page, range(COUNT)):
                assert len(value) == SIZE
        elif sys.argv[1] == "alone":
            for _ in range(6):  # each the only task
                future = pool.submit(pages, 1)
                assert len(future.result()) == 4 * SIZE
                there = weakref.ref(future)
                del future
                while there() is not None:  # the connection's thread has it in hand
                    time.sleep(0.001)
        else:
            assert len(list(pool.map(partial(total, bytes(SIZE)), range(COUNT)))) == COUNT
        more = {name: memory(pid, "VmHWM") - before[name] for name, pid in pids.items()}
        print(json.dumps({name: size / SIZE for name, size in more.items()}))
"""


@pytest.mark.parametrize(("what", "most"), [("results", 12), ("function", 5), ("alone", 14)])
def test_big_things_are_not_gathered(tmp_path: Path, what: str, most: int) -> None:
    """Of 40 results, as many as fill eight windows, and what is on its way; of a function two or three.

    A result that is waited for alone is here twice, as it came and unpickled, and the one before it is not.
    """
    script = tmp_path / "script.py"
    script.write_text(PROGRAM)
    done = subprocess.run(
        [sys.executable, script, what], capture_output=True, text=True, timeout=280, check=True
    )
    peaks = json.loads(done.stdout)
    assert {name: peak for name, peak in peaks.items() if peak > most} == {}
