"""A container that runs systemd, as a machine does."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator

from engine import LONG, fails, run
from place import until

RIGHTS = ("--cap-add=SYS_ADMIN", "--security-opt=seccomp=unconfined", "--cgroupns=host")
MOUNTS = (
    "--tmpfs=/run",
    "--tmpfs=/run/lock",
    "--tmpfs=/tmp:exec",
    "--volume=/sys/fs/cgroup:/sys/fs/cgroup:rw",
)
READY = 60.0  # seconds


@contextlib.contextmanager
def booted(image: str, dockerfile: str) -> Iterator[str]:
    """Makes an image of that name, and runs it; the container's name. Both are gone afterwards."""
    build = ["docker", "build", "--quiet", "--tag", image, "-"]
    built = subprocess.run(build, input=dockerfile, text=True, check=False, capture_output=True, timeout=LONG)
    assert built.returncode == 0, built.stderr
    try:
        name = run("docker", "run", "--detach", "--env=container=docker", *RIGHTS, *MOUNTS, image)
        try:
            until(
                lambda: fails("docker", "exec", name, "systemctl", "list-units") == 0, "systemd runs", READY
            )
            yield name
        finally:
            run("docker", "rm", "--force", name)
    finally:
        run("docker", "image", "rm", "--force", image)
