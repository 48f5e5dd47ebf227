"""What no text file may hold: tabs, trailing blanks, paths of one machine, a TODO nobody can look up."""

from __future__ import annotations

import re

import pytest
import tree

RULES = {
    "tab": re.compile(r"\t"),
    "trailing blanks": re.compile(r"[ \t\r]+$"),
    # folders that are somebody's own: this tree must build and read the same on any machine
    "machine path": re.compile(r"(?<![\w.$}-])/(work|home|root|Users)/\w"),
    "TODO without an issue number": re.compile(r"\b(TODO|FIXME|XXX)\b(?! ?\(?#\d)"),
}
MAY = {
    "TODO without an issue number": {
        "CONTRIBUTING.md",
        "tests/tidy/test_text.py",
        "tests/README.md",
    }
}


def _findings(rule: str) -> list[str]:
    return [
        f"{tree.name(path)}:{number}: {line.strip()[:100]}"
        for path in tree.files()
        if tree.name(path) not in MAY.get(rule, ())
        for number, line in enumerate((tree.text(path) or "").split("\n"), 1)
        if RULES[rule].search(line)
    ]


@pytest.mark.parametrize("rule", RULES)
def test_no_text_holds_a(rule: str) -> None:
    findings = _findings(rule)
    tree.expect_none(findings)


@pytest.mark.parametrize(
    ("rule", "bad", "good"),
    [
        ("tab", "a\tb", "a b"),
        ("trailing blanks", "a ", " a"),
        ("machine path", "see /" + "home/ann/x", "see $HOME/x, https://host/" + "home/x"),
        ("TODO without an issue number", "TODO: later", "TODO(#12): later"),
    ],
)
def test_each_rule_finds_its_fault_and_no_other(rule: str, bad: str, good: str) -> None:
    assert RULES[rule].search(bad)
    assert not RULES[rule].search(good)


def test_every_text_file_ends_with_one_newline() -> None:
    findings = [
        tree.name(path)
        for path in tree.files()
        if (content := tree.text(path)) and (not content.endswith("\n") or content.endswith("\n\n"))
    ]
    tree.expect_none(findings)


def test_every_c_file_opens_by_saying_what_it_is_in_charge_of() -> None:
    tree.expect_none([tree.name(p) for p in tree.files(".c", ".h") if not p.read_text().startswith("/* ")])
