"""The linters find nothing: clang-tidy, ruff, and mypy in its strict mode."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import tree

CACHE = tree.BUILD / "clang-tidy"
AT_ONCE = 2


def _commands() -> dict[Path, list[str]]:
    """The compiler's command line for each C file of ours, from the dev build."""
    entries = json.loads((tree.BUILD / "dev/compile_commands.json").read_text())
    return {Path(entry["file"]): entry["command"].split() for entry in entries}


def _configuration(source: Path) -> bytes:
    folders = [folder for folder in source.parents if folder.is_relative_to(tree.ROOT)]
    configurations = [folder / ".clang-tidy" for folder in folders if (folder / ".clang-tidy").exists()]
    return b"".join(path.read_bytes() for path in configurations)


def _key(source: Path, command: list[str], version: bytes) -> str:
    """A digest of all that a verdict rests on: the file, our headers in it, flags, configuration, version."""
    flags = [part for part in command if part.startswith(("-I", "-D", "-W", "-f", "-std", "-O"))]
    listed = subprocess.run(["gcc", "-MM", *flags, source], capture_output=True, check=True, text=True).stdout
    parts = [Path(part) for part in listed.split(":", 1)[1].replace("\\\n", " ").split()]
    digest = hashlib.sha256(version + " ".join(flags).encode() + _configuration(source))
    for part in parts:
        digest.update(str(part).encode() + b"\0" + part.read_bytes())
    return digest.hexdigest()


def _clang_tidy(source: Path, flags: list[str], version: bytes) -> str:
    """What clang-tidy says of a file; remembered under the build folder, since it takes seconds to say it."""
    try:
        remembered = CACHE / _key(source, flags, version)
    except subprocess.CalledProcessError as error:  # it does not even compile
        return str(error.stderr)
    if not remembered.exists():
        command = [
            "clang-tidy",
            "--quiet",
            "--extra-arg=-Wno-unknown-warning-option",
            "-p",
            str(tree.BUILD / "dev"),
        ]
        output = "".join(tree.findings_of(*command, source))
        CACHE.mkdir(parents=True, exist_ok=True)
        partial = remembered.with_suffix(f".{os.getpid()}")
        partial.write_text(output)
        partial.replace(remembered)
    return remembered.read_text()


@pytest.mark.timeout(3600)  # it reads every file in C once: minutes on a slow machine
def test_clang_tidy_finds_nothing() -> None:
    version = subprocess.run(["clang-tidy", "--version"], capture_output=True, check=True).stdout
    commands = _commands()
    assert commands
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outputs = pool.map(lambda source: _clang_tidy(source, commands[source], version), commands)
    tree.expect_none([output for output in outputs if output])


def test_ruff_finds_nothing() -> None:
    tree.expect_none(tree.findings_of("ruff", "check", "--no-cache", "--quiet", *tree.files(".py")))


@pytest.mark.parametrize(
    ("folder", "checked"),
    [
        ("clients/python", "src"),
        ("clients/python", "../../tests/peer/mailroom_peer"),
        ("tests/tidy", "."),
        ("tests/bench", "."),
    ],
)
def test_mypy_finds_nothing(folder: str, checked: str) -> None:
    command = ["mypy", "--strict", "--cache-dir", str(tree.BUILD / "mypy"), checked]
    tree.expect_none(tree.findings_of(*command, cwd=tree.ROOT / folder))
