"""Programs with an Executor end, whatever became of its tasks."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mailroom
from mailroom import LocalCluster
from peer import PATIENCE
from processes import line, owner
from real import needed

pytestmark = [needed, pytest.mark.timeout(300)]

READY = """
import os, signal, sys, threading, time
import mailroom
cluster = mailroom.LocalCluster(1)
executor = mailroom.Executor(cluster.address)
future = executor.submit(time.sleep, 600)
while not future.running():
    time.sleep(0.02)
"""


def ended(process: subprocess.Popen[str]) -> tuple[str, str, int]:
    """What a program printed, on both outputs, and its status."""
    said, complained = process.communicate(timeout=5 * PATIENCE)
    return said, complained, process.returncode


def test_a_cluster_that_is_closed_fails_what_is_pending(mark: str) -> None:
    with LocalCluster(1) as cluster:
        executor = mailroom.Executor(cluster.address)
        futures = [executor.submit(time.sleep, 600) for _ in range(3)]
    for future in futures:
        with pytest.raises(mailroom.ConnectionLost, match=f"the cluster at {cluster.address} was closed"):
            future.result(PATIENCE)
    executor.shutdown()


def test_a_program_ends_after_its_cluster_was_closed(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY + "cluster.close(); print(type(future.exception()).__name__)")
    assert ended(process) == ("ConnectionLost\n", "", 0)


def test_a_program_ends_after_its_broker_was_killed(mark: str, tmp_path: Path) -> None:
    kills = "os.kill(cluster.pids['mailroomd'], signal.SIGKILL)\nprint(type(future.exception()).__name__)"
    assert ended(owner(tmp_path, mark, READY + kills)) == ("ConnectionLost\n", "", 0)


def test_a_program_ends_after_its_broker_fell_silent(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY + "os.kill(cluster.pids['mailroomd'], signal.SIGSTOP)")
    said, complained, status = ended(process)
    assert (said, status) == ("", 0)
    assert "1 tasks at ipc://" in complained
    assert "ends without its tasks" in complained


def test_the_end_says_what_it_waits_for(mark: str, tmp_path: Path) -> None:
    process = owner(tmp_path, mark, READY)
    assert process.stderr is not None
    assert "the program ends when they are: 1 tasks at ipc://" in process.stderr.readline()
    os.killpg(process.pid, signal.SIGINT)
    assert ended(process) == ("", "", 0)


def test_an_interrupt_that_something_swallows_ends_it_too(mark: str, tmp_path: Path) -> None:
    """It is raised wherever the main thread is: in a callback of the collector's, too, which drops it."""
    swallows = """
import logging
class Swallows(logging.Handler):
    def emit(self, record):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt:
            print("swallowed", flush=True)
logging.getLogger("mailroom").addHandler(Swallows())
"""
    assert ended(owner(tmp_path, mark, READY + swallows)) == ("swallowed\n", "", 0)


def test_a_forked_child_has_nothing_to_wait_for(mark: str, tmp_path: Path) -> None:
    forks = """
child = os.fork()
if child == 0:
    sys.exit(5)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
child = os.fork()
if child == 0:
    executor.shutdown()
    sys.exit(6)
print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
cluster.close()
"""
    assert ended(owner(tmp_path, mark, READY + forks)) == ("5\n6\n", "", 0)


def test_an_exit_handler_cannot_submit(mark: str, tmp_path: Path) -> None:
    """As with the standard library's executors; a thread that the program waits for can."""
    tries = """
import atexit, threading
import mailroom
cluster = mailroom.LocalCluster(1)
executor = mailroom.Executor(cluster.address)

def attempt(submits):
    try:
        print(submits(), flush=True)
    except RuntimeError as error:
        print(error, flush=True)

@atexit.register
def tell():
    attempt(lambda: executor.submit(pow, 2, 3).result())
    attempt(lambda: list(executor.map(pow, [2], [3])))
    attempt(lambda: mailroom.Executor(cluster.address).submit(pow, 2, 3).result())

def late():
    threading.main_thread().join()
    attempt(lambda: executor.submit(pow, 3, 3).result())

threading.Thread(target=late).start()
"""
    said, complained, status = ended(owner(tmp_path, mark, tries))
    assert said == "27\n" + 3 * "cannot schedule new futures after interpreter shutdown\n"
    assert (complained, status) == ("", 0)


def test_two_interrupts_end_it(mark: str, tmp_path: Path) -> None:
    waits = """
def leaves():  # not the wait for a thread's start
    frame, names = sys._current_frames()[threading.main_thread().ident], []
    while frame is not None:
        names.append(frame.f_code.co_name)
        frame = frame.f_back
    return names[0] == "wait" and "__exit__" in names
def tell():
    while not leaves():
        time.sleep(0.02)
    print("waits", flush=True)
with executor:
    try:
        print("ready", flush=True)  # in here: an interrupt may come with the next instruction
        time.sleep(600)
    except KeyboardInterrupt:
        threading.Thread(target=tell, daemon=True).start()
        raise
"""
    process = owner(tmp_path, mark, READY + waits)
    assert line(process) == "ready"
    os.killpg(process.pid, signal.SIGINT)
    assert line(process) == "waits"
    os.killpg(process.pid, signal.SIGINT)
    _, complained, status = ended(process)
    assert complained.endswith("KeyboardInterrupt\n")
    assert status == -signal.SIGINT


LATE = """
import threading, mailroom
def late():
    threading.main_thread().join()
    with mailroom.LocalCluster(1) as cluster:
        with mailroom.Executor(cluster.address) as executor:
            print(list(executor.map(abs, [-1, -2])))
        with cluster.client() as client:
            print(client.submit(pow, 2, 3).result())
    left = mailroom.LocalCluster(1)
    print(left.client().submit(pow, 2, 4).result())
threading.Thread(target=late).start()
"""


@pytest.mark.skipif(
    (3, 12) <= sys.version_info < (3, 12, 2), reason="this Python starts no threads at that time"
)
def test_a_thread_may_begin_after_the_main_thread_s_end(mark: str, tmp_path: Path) -> None:
    assert ended(owner(tmp_path, mark, LATE)) == ("[1, 2]\n8\n16\n", "", 0)
