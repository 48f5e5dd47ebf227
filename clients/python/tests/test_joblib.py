"""joblib on mailroom's workers: what its users rely on with its own backends."""

from __future__ import annotations

import gc
import multiprocessing
import os
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy
import pytest
from joblib.externals.loky import get_reusable_executor

import mailroom
import mailroom.joblib
from mailroom import LocalCluster
from peer import PATIENCE
from processes import until
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]


@pytest.fixture
def used(cluster: LocalCluster) -> Iterator[None]:
    with joblib.parallel_config(backend="mailroom", address=cluster.address):
        yield


class OddError(Exception):
    def __init__(self, first: int, second: int) -> None:
        super().__init__(f"{first} {second}")
        self.first = first


def square(value: int) -> int:
    return value * value


def fail(value: int) -> int:
    if value == 3:
        raise OddError(value, 5)
    return value


def touch_and_wait(folder: str, number: int) -> None:
    Path(folder, str(number)).touch()
    if number == 0:
        while len(os.listdir(folder)) < 2:
            time.sleep(0.01)
        raise OddError(1, 2)
    wait_for(f"{folder}/go on")  # a task that was cancelled runs on


def wait_for(file: str) -> None:
    while not os.path.exists(file):
        time.sleep(0.01)


def nested(value: int, **options: Any) -> tuple[list[int], str]:
    parallel = joblib.Parallel(**options)
    values = parallel(joblib.delayed(square)(value + more) for more in range(3))
    backend = type(parallel._backend).__name__
    if backend == "LokyBackend":  # a worker that is killed leaves its semaphores behind
        get_reusable_executor().shutdown(wait=True)
        del parallel
        gc.collect()
    return values, backend


@pytest.mark.parametrize("batch_size", ["auto", 1, 7])
@pytest.mark.parametrize("return_as", ["list", "generator", "generator_unordered"])
def test_values(used: None, batch_size: Any, return_as: str) -> None:
    values = joblib.Parallel(batch_size=batch_size, return_as=return_as)(
        joblib.delayed(square)(number) for number in range(100)
    )
    found = list(values)
    assert sorted(found) == [number * number for number in range(100)]
    if return_as != "generator_unordered":
        assert found == sorted(found)


def test_how_many_at_once(used: None) -> None:
    assert [joblib.effective_n_jobs(n_jobs) for n_jobs in (-1, -2, -9, 1, 7)] == [2, 1, 1, 1, 7]
    assert joblib.Parallel()._effective_n_jobs() == 2
    with pytest.raises(ValueError, match="n_jobs == 0"):
        joblib.Parallel(n_jobs=0)(joblib.delayed(square)(1) for _ in range(2))
    assert joblib.Parallel(n_jobs=1)(joblib.delayed(os.getpid)() for _ in range(2)) == [os.getpid()] * 2


def test_an_exception_keeps_its_class_and_says_where(used: None) -> None:
    for _ in range(2):
        with pytest.raises(OddError, match="3 5") as raised:
            joblib.Parallel(batch_size=1)(joblib.delayed(fail)(number) for number in range(50))
        assert raised.value.first == 3
        assert "in fail" in str(raised.value.__cause__)
    assert joblib.Parallel()(joblib.delayed(square)(number) for number in range(3)) == [0, 1, 4]


def test_one_that_fails_ends_the_others(used: None, tmp_path: Path) -> None:
    with joblib.Parallel(batch_size=1) as parallel:
        with pytest.raises(OddError):
            parallel(joblib.delayed(touch_and_wait)(str(tmp_path), number) for number in range(10))
        (tmp_path / "go on").touch()
        assert parallel(joblib.delayed(square)(number) for number in range(3)) == [0, 1, 4]
    assert len(list(tmp_path.iterdir())) < 6


def test_a_context_and_backends_are_used_again(used: None, cluster: LocalCluster) -> None:
    with joblib.Parallel() as parallel, cluster.client() as client:
        sessions = len(client.clients(PATIENCE))
        for _ in range(5):
            assert parallel(joblib.delayed(square)(number) for number in range(3)) == [0, 1, 4]
        assert len(client.clients(PATIENCE)) <= sessions


def test_what_is_dropped_leaves_nothing(cluster: LocalCluster) -> None:
    threads = set(threading.enumerate())
    with cluster.client() as client:
        before = len(client.clients(PATIENCE))
        with joblib.parallel_config(backend="mailroom", address=cluster.address):
            values = joblib.Parallel(return_as="generator")(joblib.delayed(square)(n) for n in range(100))
            assert next(values) == 0
            with warnings.catch_warnings(action="ignore"):
                del values
                gc.collect()
        until(lambda: gc.collect() is not None and len(client.clients(PATIENCE)) <= before, "sessions end")
    until(lambda: set(threading.enumerate()) <= threads, f"{threading.enumerate()}")


def test_an_executor_of_the_user_s_stays_open(cluster: LocalCluster) -> None:
    with mailroom.Executor(cluster.address) as executor:
        with joblib.parallel_config(backend="mailroom", executor=executor, n_jobs=2):
            assert joblib.Parallel()(joblib.delayed(square)(number) for number in range(3)) == [0, 1, 4]
        assert executor.submit(square, 3).result(PATIENCE) == 9


@pytest.mark.parametrize(
    ("options", "backend"),
    [
        ({"n_jobs": -1}, "SequentialBackend"),
        ({"n_jobs": 2, "backend": "threading"}, "ThreadingBackend"),
        ({"n_jobs": 2, "backend": "loky"}, "LokyBackend"),
    ],
)
def test_a_parallel_in_a_task_runs_there(
    used: None, options: dict[str, Any], backend: str, tmp_path: Path
) -> None:
    options = {**options, "temp_folder": str(tmp_path)}  # loky's, which a worker that is killed leaves behind
    inner = joblib.Parallel(batch_size=1)(joblib.delayed(nested)(number, **options) for number in range(8))
    assert inner == [([n * n, (n + 1) ** 2, (n + 2) ** 2], backend) for n in range(8)]


def in_a_task(address: str) -> list[int]:
    import mailroom.joblib

    assert mailroom.joblib.Backend
    with joblib.parallel_config(backend="mailroom", address=address):
        values: list[int] = joblib.Parallel()(joblib.delayed(square)(number) for number in range(3))
        return values


def test_the_same_cluster_in_a_task_is_refused(used: None, cluster: LocalCluster) -> None:
    with pytest.raises(RuntimeError, match="get_runtime"):
        joblib.Parallel()(joblib.delayed(in_a_task)(cluster.address) for _ in range(4))


def test_what_cannot_be_pickled_is_raised(used: None) -> None:
    with pytest.raises(TypeError, match="pickle"):
        joblib.Parallel()(joblib.delayed(square)(threading.Lock()) for _ in range(4))


def test_a_timeout(used: None, tmp_path: Path) -> None:
    file = tmp_path / "go on"
    with pytest.raises(multiprocessing.TimeoutError):  # as joblib's own backends
        joblib.Parallel(timeout=0.2)(joblib.delayed(wait_for)(str(file)) for _ in range(4))
    file.touch()
    assert joblib.Parallel()(joblib.delayed(square)(number) for number in range(3)) == [0, 1, 4]


def test_arrays_and_mapped_ones(used: None, tmp_path: Path) -> None:
    numpy.save(tmp_path / "numbers.npy", numpy.arange(300_000.0))
    mapped = numpy.load(tmp_path / "numbers.npy", mmap_mode="r")
    sums = joblib.Parallel()(joblib.delayed(numpy.sum)(mapped[n : n + 2]) for n in range(4))
    assert sums == [1, 3, 5, 7]
    large = joblib.Parallel()(joblib.delayed(numpy.negative)(mapped) for _ in range(3))
    assert all((one == -mapped).all() for one in large)
