"""In a real kernel: what appears under which cell, interrupts, await, errors, and a restart."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from kernels import Kernel
from mailroom import LocalCluster
from processes import until
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]

WORK = """
import asyncio, logging, time
import mailroom
def work(name, file=""):
    import logging, os, time
    logging.getLogger("work").warning("begin %s", name)
    while file and not os.path.exists(file):
        time.sleep(0.01)
    logging.getLogger("work").warning("end %s", name)
    return name
def fail(number):
    raise LookupError(f"nothing for {number}")
"""


@pytest.fixture(scope="module")
def kernel(cluster: LocalCluster) -> Iterator[Kernel]:
    with Kernel(MAILROOM_KEYS=str(cluster.keys)) as kernel:
        cell = kernel.run(WORK + f"client = mailroom.Client({cluster.address!r})")
        assert not cell.error
        yield kernel


@pytest.fixture
def stop(tmp_path: Path) -> Iterator[Path]:
    """The file for which tasks wait, which comes with the end of the test at the latest."""
    yield tmp_path / "stop"
    (tmp_path / "stop").touch()


def test_logs_appear_under_the_cell_that_asked(kernel: Kernel, stop: Path) -> None:
    first = kernel.run(f"a = client.submit(work, 'a', {str(stop)!r})")
    second = kernel.run(f"b = client.submit(work, 'b', {str(stop)!r}); print('second')")
    kernel.see(first, "begin a")
    kernel.see(second, "begin b")
    stop.touch()
    third = kernel.run("print(a.result(), b.result())")
    kernel.see(first, "end a")
    kernel.see(second, "end b")
    assert first.text == "begin a\nend a\n"
    assert second.text.replace("second\n", "") == "begin b\nend b\n"
    assert third.text == "a b\n"


def test_a_callback_prints_under_the_cell_that_added_it(kernel: Kernel, stop: Path) -> None:
    kernel.run(f"c = client.options(log_level=50).submit(work, 'c', {str(stop)!r})")
    adding = kernel.run("c.add_done_callback(lambda future: print('done', future.result()))")
    stop.touch()
    waiting = kernel.run("print(c.result())")
    kernel.see(adding, "done c\n")
    assert waiting.text == "c\n"


def test_futures_and_maps_are_awaited(kernel: Kernel) -> None:
    cell = kernel.run("print(await client.submit(abs, -1), await client.map(abs, range(-3, 0)))")
    assert cell.text == "1 [3, 2, 1]\n"
    gathered = kernel.run("print(await asyncio.gather(*[client.submit(abs, -n) for n in range(3)]))")
    assert gathered.text == "[0, 1, 2]\n"


def test_what_a_cell_ends_with_is_shown(kernel: Kernel) -> None:
    assert "mailroom.Client" in kernel.run("client").html
    kernel.run("squares = client.map(pow, range(10), [2] * 10); squares.result()")
    shown = kernel.run("squares")
    assert "10 of 10 (10 done)" in shown.html
    assert "<mailroom.MapFuture 10 of 10 done>" in shown.text
    assert "<table>" in kernel.run("client.tasks()").html


def test_progress_in_a_notebook(kernel: Kernel) -> None:
    cell = kernel.run("for future in client.map(abs, range(5)).progress():\n    print(future.result())")
    assert not cell.error
    assert sorted(line for line in cell.text.splitlines() if line.isdigit()) == list("01234")
    assert "0/5" in cell.text
    assert "IProgress" not in cell.text


@pytest.mark.parametrize("wait", ["future.result()", "await future", "future.exception()\nawait future"])
def test_an_error_shows_the_remote_traceback_and_where_it_ran(kernel: Kernel, wait: str) -> None:
    cell = kernel.run(f"future = client.submit(fail, 7)\n{wait}")
    remote, _, local = cell.error.partition("The above exception was the direct cause")
    assert "On worker " in remote
    assert "(process " in remote
    assert "in fail" in remote
    assert "mailroom/worker" not in remote
    assert local.rstrip().endswith("LookupError: nothing for 7")
    assert local.count("\nFile ") <= 1  # beside the cell itself


@pytest.mark.parametrize("wait", ["future.result()", "await future"])
@pytest.mark.parametrize("choice", ["leave", "cancel"])
def test_an_interrupt_leaves_or_cancels(kernel: Kernel, stop: Path, wait: str, choice: str) -> None:
    kernel.run(f"client.on_interrupt = {choice!r}\nfuture = client.submit(work, 'd', {str(stop)!r})")
    cell = kernel.interrupt(wait)
    said = {"leave": "the task work goes on", "cancel": "the task work was cancelled"}[choice]
    assert cell.error.splitlines()[-1].partition(": ")[2].startswith(said)
    after = kernel.run("print(future.cancelled(), future.done())")
    assert after.text == {"leave": "False False\n", "cancel": "True True\n"}[choice]
    stop.touch()
    kernel.run("client.on_interrupt = 'leave'")


def test_an_interrupt_detaches(kernel: Kernel, cluster: LocalCluster, stop: Path, tmp_path: Path) -> None:
    file = str(tmp_path / "session")
    kernel.run(
        f"other = mailroom.Client({cluster.address!r}, session_file={file!r}, on_interrupt='detach')\n"
        f"mapped = other.map(work, ['e', 'f'], ['', {str(stop)!r}])\n"
        "mapped.futures[0].result()"
    )
    cell = kernel.interrupt("list(mapped)")
    assert f"goes on at the broker: mailroom.Client.resume({file!r})" in cell.error
    assert "1 of 2 tasks were done" in cell.error
    stop.touch()
    back = kernel.run(f"later = mailroom.Client.resume({file!r})\nprint(later.result(mapped.uuids[0]))")
    assert back.text.endswith("['e', 'f']\n")
    kernel.run("later.close()")


@pytest.mark.parametrize("kill", [True, False], ids=["killed", "asked to end"])
def test_a_restart_loses_nothing(cluster: LocalCluster, stop: Path, tmp_path: Path, kill: bool) -> None:
    opening = WORK + f"client = mailroom.Client({cluster.address!r}, session_file={str(tmp_path / 's')!r})"
    with Kernel(MAILROOM_KEYS=str(cluster.keys)) as kernel:
        kernel.run(opening)
        kernel.run(f"mapped = client.map(work, ['g', 'h'], ['', {str(stop)!r}]); mapped.futures[0].result()")
        kernel.restart(kill=kill)
        again = kernel.run(opening + "\nprint(client.resumed, [task.total for task in client.tasks()])")
        assert again.text == "True [2]\n"
        stop.touch()
        fetched = kernel.run("print(client.result(client.tasks()[0].uuid))\nclient.close()")
        assert fetched.text.endswith("['g', 'h']\n")
        assert not fetched.error


def test_a_restart_loses_no_compilation(cluster: LocalCluster, tmp_path: Path) -> None:
    opening = f"""
from bqskit.ir import Circuit
from bqskit.passes import NOOPPass
from mailroom.bqskit import Compiler
compiler = Compiler({cluster.address!r}, session_file={str(tmp_path / "s")!r})
"""
    with Kernel(MAILROOM_KEYS=str(cluster.keys)) as kernel:  # no worker here has BQSKit, so it waits
        task = kernel.run(opening + "print(compiler.submit(Circuit(1), [NOOPPass()]))").text.strip()
        kernel.restart(kill=False)
        again = kernel.run(opening + "print(*[task.uuid for task in compiler.tasks()])")
        assert again.text.strip() == task
        kernel.run("compiler.close()")


def test_a_cluster_in_a_kernel_lives_and_dies_with_it() -> None:
    with Kernel() as kernel:
        cell = kernel.run(
            WORK + "cluster = mailroom.LocalCluster(1)\nclient = cluster.client()\n"
            "print(client.submit(abs, -5).result())\ncluster"
        )
        assert cell.text.startswith("5\n")
        assert "running" in cell.html
        keeper = int(kernel.run("print(cluster._keeper.pid)").text)
        assert "KeyboardInterrupt" in kernel.interrupt("time.sleep(600)").error
        assert kernel.run("print(client.submit(abs, -6).result())").text == "6\n"
    until(lambda: not Path(f"/proc/{keeper}").exists(), "the cluster ends")
