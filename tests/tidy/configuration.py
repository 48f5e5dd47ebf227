#!/usr/bin/env python3
"""The lists of docs/configuration.md: what the programs say of their settings.

Run by itself it writes them anew: `tests/tidy/configuration.py`, with the programs built.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import tree

DOC = tree.ROOT / "docs/configuration.md"
PROGRAMS = ("mailroomd", "mailroom-shim")


def table(program: str) -> str:
    """The settings of a program, as it knows them."""
    folder = Path(os.environ.get("MAILROOM_BIN", tree.BUILD / "dev/bin"))
    command = [str(folder / program), "--manual", "settings"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def _rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in text.splitlines()[2:]]


def settings(program: str) -> dict[str, str]:
    """What each of its settings means."""
    return {name.strip("`"): meaning for name, _, _, _, meaning in _rows(table(program))}


def listed(text: str) -> str:
    """A program's table as a list: the rows are wider than a screen."""
    entries = []
    for name, value, default, option, meaning in _rows(text):
        said = [f"* {name}: {value}.", f"Default: {default}." if default != "none" else "No default."]
        entries.append(" ".join([*said, *([f"Also {option}."] if option else [])]) + f"\n  {meaning}\n")
    return "".join(entries)


def _place(program: str) -> re.Pattern[str]:
    return re.compile(rf"(<!-- {program} -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def told(program: str) -> str:
    """The same as the document says it."""
    found = _place(program).search(DOC.read_text())
    assert found, f"{DOC} has no place for the settings of {program}"
    return found[2]


if __name__ == "__main__":
    text = DOC.read_text()
    for name in PROGRAMS:
        text = text.replace(told(name), listed(table(name)), 1)
    DOC.write_text(text)
