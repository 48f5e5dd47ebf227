"""How long each target has run clean over the present code: what tests/fuzz/run counts, and keeps.

Slices are noted in the build folder. `keep` adds them up into the file `hours` of this folder, so that hours
of several days and machines count together, as long as the code that is fuzzed stays the same.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT = Path(__file__).with_name("hours")

FUZZED = {
    "broker": ("common", "broker/core"),
    "decode": ("common",),
    "link": ("common",),
    "shim": ("common", "worker-shim/core"),
}
"""The folders whose code a target is about. A harness does not count: what it has run, it has run."""

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)


@dataclass(frozen=True)
class Slice:
    """What one run of a target came to, or many over the same code."""

    target: str
    code: str
    clean: bool
    cpu: float  # s
    runs: int
    edges: int
    features: int
    when: str = field(default_factory=lambda: time.strftime("%Y-%m-%d"))


def code_of(target: str, root: Path = ROOT) -> str:
    """A short hash of the code that a target is about: the same whatever its comments and its spaces are."""
    digest = hashlib.sha256()
    for folder in FUZZED[target]:
        for path in sorted((root / folder).rglob("*.[ch]")):
            text = " ".join(COMMENT.sub(" ", path.read_text()).split())
            digest.update(f"{path.relative_to(root)}\0{text}\0".encode())
    return digest.hexdigest()[:10]


def together(slices: Iterable[Slice]) -> list[Slice]:
    """Their sums by target, code and whether they were clean."""
    sums: dict[tuple[str, str, bool], Slice] = {}
    for one in slices:
        key = (one.target, one.code, one.clean)
        before = sums.get(key)
        sums[key] = (
            one
            if before is None
            else replace(
                one,
                cpu=round(before.cpu + one.cpu, 1),
                runs=before.runs + one.runs,
                edges=max(before.edges, one.edges),
                features=max(before.features, one.features),
            )
        )
    return list(sums.values())


class Ledger:
    """The slices of a build folder, and those that were kept."""

    def __init__(self, path: Path, kept: Path = KEPT) -> None:
        self.path = path
        self.kept = kept

    def add(self, one: Slice) -> None:
        """Notes a slice."""
        with self.path.open("a") as file:
            file.write(json.dumps(asdict(one)) + "\n")

    def slices(self) -> Iterator[Slice]:
        """All of them so far."""
        for path in (self.kept, self.path):
            if path.exists():
                yield from (Slice(**json.loads(line)) for line in path.read_text().splitlines())

    def clean_cpu(self, target: str, code: str) -> float:
        """The processor seconds that a target ran clean over this code."""
        return sum(s.cpu for s in self.slices() if s.clean and (s.target, s.code) == (target, code))

    def keep(self) -> None:
        """Adds what is noted in the build folder to what is kept; what is of other code goes."""
        present = {target: code_of(target) for target in FUZZED}
        sums = [one for one in together(self.slices()) if one.code == present[one.target]]
        sums.sort(key=lambda one: (one.target, not one.clean))
        self.kept.write_text("".join(json.dumps(asdict(one)) + "\n" for one in sums))
        self.path.unlink(missing_ok=True)

    def told(self) -> Iterator[str]:
        """What ran, by target and code, a line each, and whether it is the present code."""
        yield f"{'target':8} {'code':10} {'clean CPU h':>11} {'runs':>12} {'edges':>6} {'features':>8}"
        for one in together(self.slices()):
            present = "" if one.code == code_of(one.target) else ", other code than now"
            found = "" if one.clean else ", has found something"
            hours = one.cpu / 3600 if one.clean else 0
            yield (
                f"{one.target:8} {one.code:10} {hours:11.2f} {one.runs:12} {one.edges:6} {one.features:8}"
                f"{found}{present}"
            )
