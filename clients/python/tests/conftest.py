"""What several tests of the client and the worker stand on."""

from __future__ import annotations

import concurrent.futures
import functools
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import mailroom
from broker import Broker
from peer import PATIENCE
from pool_tasks import Make
from processes import MARK, programs, until
from real import BIN
from worker_boss import Boss, started

# a shell that starts the tests in the background has it ignored, and so would all that they start
signal.signal(signal.SIGINT, signal.default_int_handler)

# the tests' own brokers are on ports of loopback, without keys; see tests/conftest.py
os.environ.setdefault("MAILROOM_INSECURE", "1")

TRANSPORT = os.environ.get("MAILROOM_TEST_TRANSPORT", "")
"""The transport of the clients that name none: `pyzmq` runs the suite by pyzmq's socket."""
if TRANSPORT:
    mailroom.Client.__init__.__kwdefaults__["transport"] = TRANSPORT


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leaves out what only the library's own socket can do."""
    for item in items:
        if TRANSPORT == "pyzmq" and item.get_closest_marker("gil"):
            item.add_marker(pytest.mark.skip(reason="a held lock breaks pyzmq's connection"))


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    monkeypatch.setattr(
        "mailroom.client._GOODBYE_S", PATIENCE
    )  # it answers, but when is the machine's affair
    broker = Broker()
    yield broker
    broker.close()


@pytest.fixture(scope="module")
def cluster() -> Iterator[mailroom.LocalCluster]:
    """Two workers of this machine, with the programs of this tree."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAILROOM_BIN", str(BIN))
        with mailroom.LocalCluster(2) as cluster:
            yield cluster


@pytest.fixture(params=["mailroom", "processes"])
def make(request: pytest.FixtureRequest, cluster: mailroom.LocalCluster) -> Make:
    """Makes pools of two workers: each test runs with ours and with the standard library's."""
    if request.param == "mailroom":
        return functools.partial(mailroom.Executor, cluster.address)
    return functools.partial(concurrent.futures.ProcessPoolExecutor, 2)


@pytest.fixture
def mark(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[str]:
    """A mark for all processes that the test starts, of which none may be left."""
    mark = uuid.uuid4().hex
    monkeypatch.setenv(MARK, mark)
    monkeypatch.setenv("MAILROOM_BIN", str(BIN))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield mark
    until(lambda: not programs(mark), f"nothing is left of {programs(mark)}")


@pytest.fixture(scope="module", params=["bqskit", "python"])
def only_python(request: pytest.FixtureRequest) -> bool:
    """Each test runs with BQSKit's loop and with ours."""
    if request.param == "bqskit":
        pytest.importorskip("bqskit")
    return bool(request.param == "python")


@pytest.fixture(scope="module")
def one_worker(only_python: bool) -> Iterator[mailroom.LocalCluster]:
    """A cluster of one worker, which all clients share."""
    with mailroom.LocalCluster(1, runtime="python" if only_python else "bqskit") as cluster:
        yield cluster


@pytest.fixture
def join(one_worker: mailroom.LocalCluster) -> Iterator[Callable[..., mailroom.Client]]:
    """Makes clients of it, each with the import paths that it is given."""
    clients: list[mailroom.Client] = []

    def join(*paths: Path) -> mailroom.Client:
        clients.append(mailroom.Client(one_worker.address, paths=[str(path) for path in paths]))
        return clients[-1]

    yield join
    for client in clients:
        client.close()


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, only_python: bool) -> Iterator[Boss]:
    boss = started(tmp_path_factory.mktemp("boss"), 2, only_python)
    yield boss
    boss.close()


@pytest.fixture
def pair(shared: Boss) -> Boss:
    """Two workers, which a test leaves as they were."""
    shared.forget()
    return shared


@pytest.fixture
def boss(tmp_path: Path, only_python: bool) -> Iterator[Boss]:
    """One worker of the test's own."""
    boss = started(tmp_path, 1, only_python)
    yield boss
    boss.close()
