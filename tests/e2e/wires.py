"""Two machines and a router between them that may stop passing packets on, as network namespaces.

Differs from proxy.py: nobody closes, resets or accepts a connection while the network is broken, and what is
sent then is sent again by the kernel, or not.
"""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import pytest
from running import BIN, MARK, Program, Programs

T = TypeVar("T")

HEAD, NODE = "10.77.1.1", "10.77.2.1"  # the machines' addresses; the router is .2 on both sides
FORWARD = "/proc/sys/net/ipv4/ip_forward"
CLONE_NEWNET = 0x40000000


class Wires:
    """The machines `head` and `node`.

    Args:
        programs: of the test; what holds the namespaces is one of them.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._pids = {name: self._new_namespace(name) for name in ("head", "router", "node")}
        for machine, address in (("head", HEAD), ("node", NODE)):
            gateway = address[:-1] + "2"
            cable = f"ip link add {machine} type veth peer name cable netns {self._pids[machine]}"
            self._run(
                "router", f"{cable} && ip address add {gateway}/24 dev {machine} && ip link set {machine} up"
            )
            self._run(machine, "ip link set lo up && ip link set cable up")
            self._run(machine, f"ip address add {address}/24 dev cable && ip route add default via {gateway}")
        self.mend()

    def _new_namespace(self, name: str) -> int:
        folder = self._programs.folder / name
        folder.mkdir()
        holder = Program(["unshare", "-n", "sh", "-c", "echo there; exec sleep 1000"], folder, {})
        self._programs.running.append(holder)
        holder.logs("there")
        return holder.process.pid

    def _run(self, machine: str, script: str) -> None:
        command = [*self._inside(machine), "sh", "-c", script]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{script}: {done.stderr}"

    def _inside(self, machine: str) -> list[str]:
        return ["nsenter", "-t", str(self._pids[machine]), "-n"]

    def pull(self) -> None:
        """From now on no packet comes through."""
        self._run("router", f"echo 0 >{FORWARD}")

    def mend(self) -> None:
        """From now on packets come through."""
        self._run("router", f"echo 1 >{FORWARD}")

    def start(self, machine: str, name: str, *arguments: object) -> Program:
        """Starts one of our programs on a machine."""
        folder = self._programs.folder / f"{len(self._programs.running)}-{name}"
        folder.mkdir()
        ports = ["--port-file", str(folder / "ports")]
        command = [*self._inside(machine), str(BIN / name), *ports, *map(str, arguments)]
        ours = {MARK: str(self._programs.folder), "XDG_RUNTIME_DIR": str(self._programs.sockets)}
        program = Program(command, folder, ours)
        self._programs.running.append(program)
        return program

    def call(self, machine: str, function: Callable[[], T]) -> T:
        """Calls it in a thread that is on a machine, and so are the threads and sockets that it makes."""
        namespace = Path(f"/proc/{self._pids[machine]}/ns/net")

        def enter() -> None:
            with namespace.open() as file:
                if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), CLONE_NEWNET):
                    raise OSError(ctypes.get_errno(), "setns")

        with ThreadPoolExecutor(1, initializer=enter) as pool:
            return pool.submit(function).result()


def wires_or_skip(programs: Programs) -> Wires:
    """Skips the test where this user may not have networks of his own."""
    if shutil.which("ip") is None:
        pytest.skip("no networks of its own for a test: there is no program `ip` (iproute2)")
    tried = subprocess.run(["unshare", "-n", "true"], capture_output=True, text=True, check=False)
    if tried.returncode or os.geteuid() != 0:
        pytest.skip(f"no networks of its own for a test: {tried.stderr.strip()} (root may have them)")
    return Wires(programs)
