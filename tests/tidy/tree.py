"""Which files the tree holds, and where it was built. The rules are in the files beside this one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("MAILROOM_BUILD") or ROOT / "build").resolve()
CACHES = {".git", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis"}


def _walk(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name in CACHES or path.name.endswith(".egg-info"):
            continue
        if path.is_file():
            yield path
        elif path.is_dir() and path != BUILD and not path.name.startswith(("build", ".venv")):
            yield from _walk(path)


def files(*suffixes: str) -> list[Path]:
    """The tree's own files, all of them or those with one of the suffixes, tracked or about to be."""
    command = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        listed = subprocess.run(command, capture_output=True, check=True, text=True).stdout
        found = [ROOT / name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    except (OSError, subprocess.CalledProcessError):  # an export of the tree, or no git here
        found = list(_walk(ROOT))
    return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def name(path: Path) -> str:
    """A path as the rules show it: from the root of the tree."""
    return str(path.relative_to(ROOT)) if path.is_relative_to(ROOT) else str(path)


def text(path: Path) -> str | None:
    """A file's text, or None where it is not text (a recorded vector, say)."""
    data = path.read_bytes()
    try:
        return None if b"\0" in data or name(path).startswith("tests/fuzz/corpus/") else data.decode()
    except UnicodeDecodeError:
        return None


def shell_scripts() -> list[Path]:
    """Shell scripts, by their suffix or by their first line."""
    found = []
    for path in files():
        with path.open("rb") as file:
            first = file.readline(80)
        if path.suffix == ".sh" or (first.startswith(b"#!") and b"sh" in first.split(b"/")[-1]):
            found.append(path)
    return found


def findings_of(*command: str | Path, cwd: Path = ROOT) -> list[str]:
    """What a checking command prints where it fails, as one finding; nothing where it succeeds."""
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, text=True, stdout=-1, stderr=subprocess.STDOUT
    )
    if done.returncode != 0:
        return [done.stdout or f"{command[0]} ended with {done.returncode}"]
    return []


def expect_none(findings: list[str]) -> None:
    """Fails the running test with its findings, one a line; passes where there are none."""
    if findings:
        pytest.fail("\n".join(findings), pytrace=False)
