"""libmailroom as it is installed, and the compilers that its users have."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from running import BIN, SOON

ROOT = Path(__file__).parents[2]
VALGRIND = [
    *("valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--errors-for-leak-kinds=definite"),
    "--child-silent-after-fork=yes",
]
STRICT = ("-Wall", "-Wextra", "-Werror", "-pedantic")
COMPILERS = {
    "gcc as C99": ("gcc", "-std=c99"),
    "gcc as C17": ("gcc", "-std=c17"),
    "clang": ("clang", "-std=c99"),
    "g++ as C++11": ("g++", "-std=c++11", "-x", "c++"),
    "clang++ as C++20": ("clang++", "-std=c++20", "-x", "c++"),
}


def good(command: Sequence[object], text: str = "", environment: dict[str, str] | None = None) -> str:
    """What a command that ends well writes."""
    done = subprocess.run(
        [str(part) for part in command],
        input=text,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=SOON * 6,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout}{done.stderr}"
    return done.stdout


def install(folder: Path) -> Path:
    """Installs the library there."""
    good(["cmake", "--install", BIN.parent, "--component", "library", "--prefix", folder])
    return folder


def flags(prefix: Path, *options: str) -> list[str]:
    """What pkg-config says of the library there."""
    (file,) = prefix.rglob("mailroom.pc")
    environment = {"PKG_CONFIG_PATH": str(file.parent)}
    return good(["pkg-config", *options, "--cflags", "--libs", "mailroom"], environment=environment).split()


def paths(prefix: Path) -> dict[str, str]:
    """An environment in which programs find the shared library there."""
    (library,) = prefix.rglob("libmailroom.so")
    return {"LD_LIBRARY_PATH": str(library.parent)}
