"""The version stands in CMakeLists.txt; the Python package and the changelog say the same."""

from __future__ import annotations

import re

import tree


def _version(file: str, pattern: str) -> str:
    found = re.search(pattern, (tree.ROOT / file).read_text(), re.MULTILINE)
    assert found, f"{file} names no version"
    return found[1]


def test_all_name_one_version() -> None:
    built = _version("CMakeLists.txt", r"^project\(mailroom VERSION ([\d.]+) ")
    assert _version("clients/python/src/mailroom/version.py", r'^__version__ = "([\d.]+)"') == built
    assert _version("CHANGELOG.md", r"^## ([\d.]+)") == built
    assert _version("debian/changelog", r"\Amailroom \(([\d.]+)\)") == built
