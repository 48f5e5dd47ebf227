"""What the mutations of the simulator and of the fuzzers break is there, once. Who moves it moves them."""

from __future__ import annotations

import sys
from pathlib import Path

import tree

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from mutants import FORM


def test_what_a_mutation_breaks_is_there() -> None:
    mutations = tree.files(".mutation")
    assert len(mutations) >= 20
    missing = []
    for path in mutations:
        found = FORM.fullmatch(path.read_text())
        assert found, f"{tree.name(path)} is not of the form that tests/mutants.py reads"
        if (tree.ROOT / found["file"]).read_text().count(found["before"]) != 1:
            missing.append(f"{tree.name(path)}: {found['file']} has not, once, what is to be broken")
    tree.expect_none(missing)
