"""What the mutations of the simulator and of the fuzzers break is there, once. Who moves it moves them."""

from __future__ import annotations

import re

import tree

FORM = re.compile(r".*\nfile (?P<file>.*)\n--- before\n(?P<before>.*)\n--- after\n.*\n", re.DOTALL)


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
