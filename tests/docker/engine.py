"""The Docker Engine and Docker Compose of this machine, as a user's shell has them."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LONG = 1200  # seconds: no command takes longer, not even a build
NOT_FOR_IMAGES = shutil.ignore_patterns(".git", "build", "build-*", "__pycache__", "*_cache", ".venv")


def run(*command: object, environment: dict[str, str] | None = None) -> str:
    """Runs a command; what it wrote to its standard output.

    Raises:
        AssertionError: it failed; with all that it wrote.
    """
    words = [str(word) for word in command]
    done = subprocess.run(
        words,
        capture_output=True,
        text=True,
        timeout=LONG,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, **(environment or {})},
    )
    assert done.returncode == 0, f"{' '.join(words)}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout.strip()


def fails(*command: object) -> int:
    """Runs a command that may fail; its status."""
    words = [str(word) for word in command]
    return subprocess.run(words, capture_output=True, timeout=LONG, check=False).returncode


def composes() -> dict[str, tuple[str, ...]]:
    """The versions of Compose that are here, `v2` before `v1`, with how each is called."""
    found: dict[str, tuple[str, ...]] = {}
    for command in (("docker", "compose"), ("docker-compose",)):
        try:
            version = run(*command, "version", "--short").removeprefix("v")
        except (AssertionError, FileNotFoundError):
            continue
        found.setdefault("v1" if version.startswith("1.") else "v2", command)
    return found


def free_port() -> int:
    """A port of the loopback that nobody has, out of those that are given to nobody by themselves."""
    while True:
        port = random.randrange(20000, 32000)
        with socket.socket() as trial:
            if trial.connect_ex(("127.0.0.1", port)) != 0:
                return port


def inspect(container: str) -> dict[str, Any]:
    """What the engine knows of a container."""
    found: list[dict[str, Any]] = json.loads(run("docker", "inspect", container))
    return found[0]


def main_process(container: str) -> int:
    """The process of a container, by its number on this host."""
    return int(inspect(container)["State"]["Pid"])


def send(container: str, number: signal.Signals) -> None:
    """Sends a signal to a container's process behind the engine's back, so that restart policies hold."""
    run(*([] if os.geteuid() == 0 else ["sudo", "-n"]), "kill", f"-{number.value}", main_process(container))


class Deployment:
    """A project of Compose of this tree's deploy/ folder, with names, a port and keys of its own.

    Args:
        compose: how it is called.
        folder: an empty one, for a copy of the tree.
        settings: variables of compose.yaml.
    """

    def __init__(self, compose: tuple[str, ...], folder: Path, **settings: str) -> None:
        self.compose = compose
        self.project = f"mailroom-test-{random.randrange(1 << 32):08x}"
        self.port = free_port()
        self.tree = folder / "tree"
        shutil.copytree(ROOT, self.tree, ignore=NOT_FOR_IMAGES, symlinks=True)
        self.file = self.tree / "deploy/compose.yaml"
        self.keys = self.tree / "deploy/keys"
        for key in self.keys.glob("[!.]*"):  # of whoever has deployed from this tree
            shutil.rmtree(key) if key.is_dir() else key.unlink()
        self._environment = {
            "COMPOSE_PROJECT_NAME": self.project,
            "COMPOSE_PROFILES": "",
            "MAILROOM_PORT": str(self.port),
            **settings,
        }

    def __call__(self, *arguments: object, profiles: Sequence[str] = ()) -> str:
        """Runs a command of Compose, as the docs do; what it wrote."""
        chosen = {"COMPOSE_PROFILES": ",".join(profiles)}
        command = (*self.compose, "-f", self.file, *arguments)
        return run(*command, environment=self._environment | chosen)

    def containers(self, service: str | None = None, *, running: bool = True) -> list[str]:
        """The containers of a service, or all, by their ids."""
        filters = [f"label=com.docker.compose.project={self.project}"]
        if service:
            filters.append(f"label=com.docker.compose.service={service}")
        words = [word for text in filters for word in ("--filter", text)]
        return run("docker", "ps", "-q", *([] if running else ["-a"]), *words).split()

    def left(self) -> list[str]:
        """What the engine has of this project: containers, networks, volumes, images."""
        label = ("--filter", f"label=com.docker.compose.project={self.project}")
        kinds = {
            "container": run("docker", "ps", "-a", "-q", *label),
            "network": run("docker", "network", "ls", "-q", *label),
            "volume": run("docker", "volume", "ls", "-q", *label),
            "image": run("docker", "images", "-q", f"{self.project}*"),
        }
        return [f"{kind} {name}" for kind, names in kinds.items() for name in names.split()]
