"""What building leaves at the engine beside images with names, so that a test can take away its own."""

from __future__ import annotations

import json
import re

from engine import LONG, fails, run
from running import until

STEP = re.compile(r"^ ---> (?:Running in )?([0-9a-f]{12})$", re.MULTILINE)


def of_buildkit() -> set[str]:
    """The entries of BuildKit's cache, by their ids."""
    usage: list[dict[str, str]] | None = []

    def tells() -> bool:
        nonlocal usage
        try:
            usage = json.loads(run("docker", "system", "df", "-v", "--format", "{{json .BuildCache}}"))
        except AssertionError as error:
            if "already running" in str(error):  # the engine tells one at a time, and refuses all others
                return False
            raise
        return True

    until(tells, "the engine says what it has", LONG)
    return {entry["ID"].removesuffix("*") for entry in usage or []}


def drop_of_buildkit(entries: set[str]) -> None:
    """Drops entries of BuildKit's cache; what others use stays."""
    left, before = entries & of_buildkit(), set[str]()
    while left and left != before:  # each round drops those that no other rests upon
        for entry in left:
            fails("docker", "builder", "prune", "--force", "--all", "--filter", f"id={entry}")
        before, left = left, left & of_buildkit()


def drop_of_classic(output: str) -> None:
    """Drops the images without a name that a build with the classic builder has made, by what it wrote."""
    for image in reversed(STEP.findall(output)):
        fails("docker", "rmi", image)
