"""What tasks print, and clients inside tasks, with the real programs: a cluster of the test's own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

import mailroom
from real import needed

pytestmark = [needed, pytest.mark.timeout(120)]

PATIENCE = 60


@pytest.fixture(scope="module")
def cluster() -> Iterator[mailroom.LocalCluster]:
    with mailroom.LocalCluster(2) as cluster:
        yield cluster


def says(text: str) -> str:
    print(text)
    return text


def test_a_client_that_asks_sees_what_tasks_print(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.client(output=True) as client:
        assert client.submit(says, "one").result(PATIENCE) == "one"
        assert client.options(name="sweep").map(says, ["two", "three"]).result(PATIENCE) == ["two", "three"]
        client.options(output=False).submit(says, "four").result(PATIENCE)
    lines = capsys.readouterr().out.splitlines()
    assert sorted(lines) == ["says: one", "sweep: three", "sweep: two"]


def test_else_it_is_in_the_managers_output(
    cluster: mailroom.LocalCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    with cluster.client() as client:
        client.options(name="quiet").submit(says, "five").result(PATIENCE)
    assert capsys.readouterr().out == ""
    assert "quiet: five\n" in (cluster.folder / "mailroom-shim.log").read_text()


def uses_a_client(address: str, how: str) -> Any:
    if how == "Executor":
        with mailroom.Executor(address) as pool:
            return pool.submit(abs, -1).result()
    with mailroom.Client(address) as client:
        return client.submit(abs, -1).result() if how == "submit" else list(client.map(abs, [-1]))


@pytest.mark.parametrize("how", ["submit", "map", "Executor"])
def test_a_client_of_its_own_cluster_inside_a_task_is_refused(
    cluster: mailroom.LocalCluster, how: str
) -> None:
    with cluster.client() as client:
        tasks = client.map(uses_a_client, [cluster.address] * 2, [how] * 2)
        for future in tasks.futures:
            with pytest.raises(RuntimeError, match=r"get_runtime\(\)"):
                future.result(PATIENCE)


def test_a_client_of_another_cluster_inside_a_task_works(cluster: mailroom.LocalCluster) -> None:
    with mailroom.LocalCluster(1) as other, cluster.client() as client:
        call = client.submit(uses_a_client, other.address, "submit")
        assert call.result(PATIENCE) == 1
