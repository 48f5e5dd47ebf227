"""What `pip install` gives on machines that have nothing: the wheel of deploy/wheel, and the sdist.

The first test waits for both to be built, which takes minutes where the wheel's libraries are not there yet.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from engine import LONG, ROOT, fails, run

pytestmark = pytest.mark.timeout(2 * LONG)

CLUSTER = """
import mailroom

if __name__ == "__main__":
    with mailroom.LocalCluster(2) as cluster, cluster.client() as client:
        print(client.map(pow, range(10), [2] * 10).result())
"""
PYTHON = ["python3", "python3-venv", "ca-certificates"]
TOOLS = "/opt/tools"  # a venv for what installs
INSTALLERS = {
    "pip": "python3 -m pip install --user --break-system-packages --disable-pip-version-check -q",
    "uv": f"UV_NATIVE_TLS=1 {TOOLS}/bin/uv tool install -q",
    "pipx": f"UV_NATIVE_TLS=1 {TOOLS}/bin/pipx install -q",  # which may call uv
}
BY_HAND = """
import sys
import mailroom

with mailroom.Client() as client:
    print(client.submit(eval, "__import__('sys').prefix").result(120) == sys.prefix)
    client.shutdown()
"""
COMPILERS = ["gcc", "cc", "cmake", "g++"]
VENV = "python3 -m venv /venv && /venv/bin/pip install --disable-pip-version-check -q"


class Machine:
    """A fresh Debian with some packages, and the files of a folder in /given.

    Args:
        folder: what is in /given.
        packages: of Debian's, to begin with.
    """

    def __init__(self, folder: Path, packages: Sequence[str]) -> None:
        run(ROOT / "tests/docker/base-image")
        self._name = run("docker", "create", "--init", "debian:bookworm-slim", "sleep", "infinity")
        run("docker", "cp", f"{folder}/.", f"{self._name}:/given")
        run("docker", "start", self._name)
        self("apt-get update -qq")
        self.install(*packages)

    def __call__(self, script: str) -> str:
        """Runs a shell script; what it wrote to its standard output. For errors see engine.run."""
        return run("docker", "exec", "-w", "/", self._name, "sh", "-ec", script)

    def fails(self, script: str) -> str:
        """Runs a shell script that fails; all that it wrote."""
        done = subprocess.run(
            ["docker", "exec", "-w", "/", self._name, "sh", "-ec", script],
            capture_output=True,
            text=True,
            timeout=LONG,
            check=False,
        )
        assert done.returncode != 0, done.stdout
        return done.stdout + done.stderr

    def fails_not(self, script: str) -> bool:
        """Whether a shell script ends well."""
        return fails("docker", "exec", self._name, "sh", "-ec", script) == 0

    def install(self, *packages: str) -> None:
        """Installs packages of Debian's."""
        command = "DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends"
        self(f"{command} {' '.join(packages)}")

    def has(self, program: str) -> bool:
        """Whether a program is there."""
        return self(f"command -v {program} || true") != ""

    def remove(self) -> None:
        """Takes it away."""
        run("docker", "rm", "--force", self._name)


@pytest.fixture
def machine(wheels: Path) -> Iterator[Machine]:
    made = Machine(wheels, PYTHON)
    yield made
    made.remove()


def test_a_wheel_brings_a_whole_cluster_to_a_machine_without_a_compiler(machine: Machine) -> None:
    machine(f"{VENV} /given/*.whl")
    assert not any(map(machine.has, COMPILERS))
    machine(f"cat >/first.py <<'END'\n{CLUSTER}\nEND")
    assert machine("/venv/bin/python /first.py") == str([n * n for n in range(10)])
    for program in ("mailroomd", "mailroom-shim", "mailroom", "mailroom-plain"):
        version = machine(f"/venv/bin/{program} {'version' if program == 'mailroom' else '--version'}")
        assert version.startswith(program)


@pytest.fixture(scope="module")
def users(wheels: Path) -> Iterator[Machine]:
    """A machine with what installs, as far as it can be had."""
    made = Machine(wheels, [*PYTHON, "python3-pip"])
    try:
        made(f"chmod -R a+rX /given && python3 -m venv {TOOLS} && touch /missing")
        for name in ("uv", "pipx"):
            made(f"{TOOLS}/bin/pip install --disable-pip-version-check -q {name} || echo {name} >>/missing")
        yield made
    finally:
        made.remove()


@pytest.mark.parametrize("installer", INSTALLERS)
def test_a_user_finds_the_programs_after_an_installation(users: Machine, installer: str) -> None:
    """In a login shell. They serve each other and a client, and workers have that installation's Python."""
    if users.fails_not(f"grep -qx {installer} /missing"):
        pytest.skip(f"left out: {installer} could not be installed from PyPI")
    users(f"useradd --create-home {installer}")

    def says(line: str) -> str:
        return users(f"su - {installer} -c '{line}'")

    says(f"{INSTALLERS[installer]} /given/*.whl")
    for program in ("mailroom", "mailroomd", "mailroom-shim", "mailroom-plain", "mailroom-worker"):
        assert says(f"command -v {program}") == f"/home/{installer}/.local/bin/{program}"
    users(f"cat >/by_hand.py <<'END'\n{BY_HAND}\nEND")
    python = says("head -n 1 ~/.local/bin/mailroomd").removeprefix("#!")
    said = says(f"mailroom-shim -n 1 2>shim & mailroomd 2>broker & {python} /by_hand.py && wait")
    assert said == "True"


def test_the_first_example_of_the_readme_is_what_the_wheel_was_tested_with() -> None:
    assert f"```python{CLUSTER}```" in (ROOT / "README.md").read_text()


def test_the_wheel_is_for_the_systems_that_the_docs_name(wheels: Path) -> None:
    (wheel,) = wheels.glob("*.whl")
    _, _, python, abi, platform = wheel.stem.split("-")
    assert (python, abi) == ("cp310", "abi3")
    assert re.match(r"manylinux_2_2[0-8]_", platform)


def test_an_sdist_builds_where_there_is_a_compiler_and_says_what_is_missing(machine: Machine) -> None:
    machine.install("gcc", "libc6-dev", "cmake", "ninja-build", "pkg-config", "python3-dev")
    said = machine.fails(f"{VENV} /given/*.tar.gz")
    assert "apt-get install libzmq3-dev" in said
    machine.install("libzmq3-dev", "libmpack-dev")
    machine(f"{VENV} /given/*.tar.gz")
    assert machine("/venv/bin/python -c 'import mailroom; print(mailroom.Client.__name__)'") == "Client"
    assert "come with the wheel for Linux" in machine.fails("/venv/bin/mailroomd --version")
    machine.install("libczmq-dev", "libjansson-dev", "libsqlite3-dev", "libmicrohttpd-dev", "uthash-dev")
    machine(f"{VENV.replace('-q', '-q --force-reinstall --no-cache-dir')} /given/*.tar.gz")
    machine(f"cat >/first.py <<'END'\n{CLUSTER}\nEND")
    assert machine("/venv/bin/python /first.py") == str([n * n for n in range(10)])
