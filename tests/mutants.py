"""Programs of the tests with one deliberate break in the cores, to show that a test would notice.

A file of mutations/ says why, names a source file, and has what stands there and what is put in its place.
Where the simulator takes long to find it, `seed N` behind the file is the seed that did last. A program is
linked with the broken file in the place of the right one, by the commands of a build.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FORM = re.compile(
    r"(?P<why>[^\n]*)\nfile (?P<file>[^\n]*)\n(?:seed (?P<seed>[0-9]+)\n)?"
    r"--- before\n(?P<before>.*)\n--- after\n(?P<after>.*)\n",
    re.S,
)


def commands(build: Path, target: str) -> list[list[str]]:
    """What ninja would run to make a target."""
    shown = subprocess.run(
        ["ninja", "-C", build, "-t", "commands", target], capture_output=True, check=True, text=True
    )
    return [
        shlex.split(line.removeprefix(": && ").removesuffix(" && :")) for line in shown.stdout.splitlines()
    ]


def seed_of(mutation: Path) -> str | None:
    """The seed that found it last; None: none is told."""
    found = FORM.fullmatch(mutation.read_text())
    return found["seed"] if found else None


def mutant(build: Path, folder: Path, mutation: Path, target: str) -> tuple[str, Path]:
    """Builds a target with one mutation; why it is one, and the program."""
    found = FORM.fullmatch(mutation.read_text())
    if not found:
        sys.exit(f"{mutation}: not of the form that mutations/ has")
    source = (ROOT / found["file"]).read_text()
    if source.count(found["before"]) != 1:
        sys.exit(f"{mutation}: {found['file']} has changed: what is to be broken is not there once")
    broken, compiled, program = (folder / f"{mutation.stem}{end}" for end in (".c", ".o", ""))
    broken.write_text(source.replace(found["before"], found["after"]))
    all_commands = commands(build, target)
    compile_one = next(c for c in all_commands if c[-1] == str(ROOT / found["file"]))
    compile_one = [part for part in compile_one if part != "-Werror"]
    place = compile_one.index("-o") + 1
    right, compile_one[place] = compile_one[place], str(compiled)
    compile_one[-1] = str(broken)
    link = all_commands[-1]
    link[link.index("-o") + 1] = str(program)
    if right in link:  # one of the program's own
        link[link.index(right)] = str(compiled)
    else:
        first = next(i for i, part in enumerate(link) if part.endswith(".o"))
        link.insert(first, str(compiled))  # its symbols are there before the library's are looked for
    for command in (compile_one, link):
        done = subprocess.run(command, cwd=build, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{mutation}: it cannot be built:\n{done.stderr}")
    return found["why"], program
