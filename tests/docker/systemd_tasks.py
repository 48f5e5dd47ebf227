"""What test_systemd.py runs in a container whose first process is systemd: a broker and a shim as its units.

    systemd_tasks.py SCENARIO KIND

It ends with an AssertionError, and with the logs of both units, where it is not as docs/deployment.md has it.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from mailroom import Client, Future

PATIENCE = 60.0  # seconds
FOLDER = Path("/tmp/tried")
PYTHON = "/opt/venv/bin/python"
WAITS = "read stop file; echo 0 >>$file; until test -e $stop; do sleep 0.01; done; echo done"
WORKERS = {
    "python": ["--", PYTHON, "-m", "mailroom.worker", "--only-python"],
    "plain": ["--plain", "--", "sh", "-c", WAITS],
}
STOPS = 5


def wait(true: Callable[[], object], what: str) -> None:
    """Waits until `true` says so."""
    end = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < end, f"{what}: not in {PATIENCE:.0f} s"
        time.sleep(0.02)


def log(unit: str) -> str:
    """What a unit has written."""
    file = FOLDER / unit
    return file.read_text() if file.exists() else ""


def start(unit: str, *command: str) -> None:
    """Starts a unit, with systemd's own settings."""
    output = [f"--property=Standard{stream}=append:{FOLDER / unit}" for stream in ("Output", "Error")]
    subprocess.run(["systemd-run", "--quiet", "--collect", f"--unit={unit}", *output, *command], check=True)


def is_over(unit: str) -> bool:
    """Whether a unit has ended."""
    done = subprocess.run(["systemctl", "is-active", unit], capture_output=True, text=True, check=False)
    return done.stdout.strip() in ("inactive", "failed")


def start_shim(kind: str, grace: int) -> None:
    """A shim with one worker, which may take so many ms to drain."""
    shim = ("/usr/local/bin/mailroom-shim", "-v", "-n", "1")
    start("shim", *shim, "--drain-grace", str(grace), *WORKERS[kind])


def noted() -> int:
    """How often the task was begun."""
    file = FOLDER / "noted"
    return len(file.read_text().splitlines()) if file.exists() else 0


def note_and_wait(folder: str) -> int:
    """The task."""
    with Path(folder, "noted").open("a") as file:
        file.write("0\n")
    while not Path(folder, "go").exists():
        time.sleep(0.01)
    return 0


def submit(client: Client, kind: str) -> Future[int] | Future[bytes]:
    """Submits it."""
    if kind == "python":
        return client.submit(note_and_wait, str(FOLDER))
    return client.submit_bytes(f"{FOLDER}/go {FOLDER}/noted\n".encode())


def what_runs_ends(client: Client, kind: str) -> None:
    """SIGTERM comes to all processes of the unit, and the task goes on to its end."""
    start_shim(kind, 60_000)
    future = submit(client, kind)
    wait(lambda: noted() == 1, "the task runs")
    subprocess.run(["systemctl", "stop", "--no-block", "shim"], check=True)
    wait(lambda: "takes nothing new" in log("shim"), "the shim is told")
    assert not is_over("shim")
    (FOLDER / "go").touch()
    assert future.result(PATIENCE) == (0 if kind == "python" else b"done\n")
    assert noted() == 1
    wait(lambda: is_over("shim"), "the unit has ended")


def it_costs_no_attempt(client: Client, kind: str) -> None:
    """However often the unit is stopped while the task runs: more often than a task may be lost."""
    future = submit(client, kind)
    for times in range(1, STOPS + 1):
        start_shim(kind, 100)
        wait(lambda times=times: noted() == times, "the task runs")
        subprocess.run(["systemctl", "stop", "shim"], check=True)
    start_shim(kind, 100)
    (FOLDER / "go").touch()
    assert future.result(PATIENCE) == (0 if kind == "python" else b"done\n")
    subprocess.run(["systemctl", "stop", "shim"], check=True)


def main() -> None:
    """Runs one scenario."""
    scenario, kind = sys.argv[1:]
    FOLDER.mkdir()
    try:
        start("broker", "/usr/local/bin/mailroomd", "-v")
        with Client(timeout=PATIENCE) as client:  # all of them root's, and so on root's sockets
            {"ends": what_runs_ends, "attempts": it_costs_no_attempt}[scenario](client, kind)
        assert "is given out again" not in log("broker")
        assert "was lost" not in log("broker")
    except BaseException:
        print(log("broker"), log("shim"), sep="\n", file=sys.stderr)
        raise
    finally:
        subprocess.run(["systemctl", "stop", "broker"], check=False)
        subprocess.run(["rm", "-rf", FOLDER], check=True)


if __name__ == "__main__":
    main()
