"""Makes inputs of the stories in seeds/: texts of one story after the other, a blank line between them."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SEEDS = Path(__file__).with_name("seeds")
RECORD = 12  # bytes: what, who, and what is drawn from


def steps() -> dict[str, int]:
    """The number of each step, as act.c has it: the acts, then each kind that is not of the link only."""
    source = Path(__file__).with_name("act.c").read_text()
    acts = re.findall(r"^    ACT_(\w+),", source, re.M)
    first = re.search(r"MOST_ACTS = (\d+)", source)
    kinds = re.findall(r"X\((\w+), (\d+), ([^,)]+), \w+\)", (ROOT / "common/wire/kinds.h").read_text())
    assert first
    assert kinds
    numbers = {name: number for number, name in enumerate(acts)}
    said = sorted((int(number), name) for name, number, ways in kinds if ways != "WAY_LINK")
    return numbers | {name: int(first[1]) + place for place, (_, name) in enumerate(said)}


def record(line: str, numbers: dict[str, int]) -> bytes:
    """One line: settings and their bytes (`journal`: with a journal), or who, what, and its bytes."""
    words = line.split()
    if words[0] in ("settings", "journal"):
        head, drawn = [0, int(words[0] == "journal")], words[1:]
    else:
        head, drawn = [numbers[words[1]], int(words[0])], words[2:]
    content = bytes(head + [int(word) for word in drawn])
    assert len(content) <= RECORD, line
    return content.ljust(RECORD, b"\0")


def seeds(target: str) -> dict[str, bytes]:
    """The stories of a target by their names."""
    path = SEEDS / f"{target}.txt"
    if not path.exists():
        return {}
    numbers = steps()
    text = re.sub(r"^#.*\n", "", path.read_text(), flags=re.M)
    stories = [story.strip().split("\n") for story in text.split("\n\n") if story.strip()]
    return {story[0]: b"".join(record(line, numbers) for line in story[1:]) for story in stories}
