"""Host names of a test's own: programs that see another /etc/hosts than the rest of the machine."""

from __future__ import annotations

import subprocess

import pytest
from running import BIN, MARK, Program, Programs

MOUNT = 'mount --bind "$1" /etc/hosts && mount --bind "$2" /etc/nsswitch.conf && shift 2 && exec "$@"'
SIZE = 4096  # bytes of the file, always: it is read while it is written


class Hosts:
    """A file like /etc/hosts, and programs that look names up in it and nowhere else.

    Args:
        programs: of the test.
    """

    def __init__(self, programs: Programs) -> None:
        self._programs = programs
        self._names: dict[str, tuple[str, ...]] = {}
        self._file = programs.folder / "hosts"
        self._order = programs.folder / "nsswitch.conf"
        self._order.write_text("hosts: files\n")
        self._write()

    def set(self, name: str, *addresses: str) -> None:
        """From now on the name stands for these addresses."""
        self._names[name] = addresses
        self._write()

    def _write(self) -> None:
        # in place, for a file put in its place would not be seen where the old one is mounted
        lines = [f"{address} {name}\n" for name, found in self._names.items() for address in found]
        with self._file.open("r+b" if self._file.exists() else "xb") as file:
            file.write("".join(lines).encode().ljust(SIZE, b"\n"))

    def start(self, name: str, *arguments: object) -> Program:
        """Starts one of our programs."""
        folder = self._programs.folder / f"{len(self._programs.running)}-{name}"
        folder.mkdir()
        mounted = ["unshare", "-m", "sh", "-c", MOUNT, "sh", str(self._file), str(self._order)]
        ports = ["--port-file", str(folder / "ports")]
        command = [*mounted, str(BIN / name), *ports, *map(str, arguments)]
        program = Program(command, folder, {MARK: str(self._programs.folder)})
        self._programs.running.append(program)
        return program


def hosts_or_skip(programs: Programs) -> Hosts:
    """Skips the test where this user may not have mounts of his own."""
    hosts = Hosts(programs)
    file = str(programs.folder / "hosts")
    tried = subprocess.run(
        ["unshare", "-m", "sh", "-c", MOUNT, "sh", file, file, "true"], capture_output=True, text=True
    )
    if tried.returncode:
        pytest.skip(f"no mounts of its own for a test: {tried.stderr.strip()} (root may have them)")
    return hosts
