"""The rooms of common/ stand one above the other: a file includes its own room and those below it."""

from __future__ import annotations

import re
from pathlib import Path

import tree

ROOMS = ("base", "wire", "link", "boss")  # from below
INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)


def _upwards(file: Path, text: str) -> list[str]:
    """What a file of common/ includes that is not below it."""
    floor = ROOMS.index(file.parent.name)
    allowed = tuple(f"common/{room}/" for room in ROOMS[: floor + 1])
    return [
        f"{tree.name(file)} includes {included}: common/{file.parent.name} may only know {', '.join(allowed)}"
        for included in INCLUDE.findall(text)
        if not included.startswith(allowed)
    ]


def test_each_file_of_common_is_in_a_room() -> None:
    homes = {file.parent.relative_to(tree.ROOT / "common") for file in _sources()}
    assert homes == {Path(room) for room in ROOMS}


def test_includes_go_downwards_only() -> None:
    tree.expect_none([line for file in _sources() for line in _upwards(file, file.read_text())])


def test_an_include_from_above_is_found() -> None:
    file = tree.ROOT / "common/wire/letter.h"
    assert _upwards(file, '#include "common/link/post.h"\n#include "common/base/mem.h"\n') != []
    assert _upwards(file, '#include "broker/core/broker.h"\n') != []
    assert _upwards(file, '#include <stdio.h>\n#include "common/base/mem.h"\n') == []


def _sources() -> list[Path]:
    return [file for file in tree.files(".c", ".h") if file.is_relative_to(tree.ROOT / "common")]
