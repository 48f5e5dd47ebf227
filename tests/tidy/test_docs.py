"""The docs point at what is there: relative links, and the tests and stories that their tables name.

Pages for people open with whom they are for, and their tables fit a screen.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import tree

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
ROW = re.compile(r"^\| .*`.* \| .* \| ([a-z_0-9, */]+) \|$", re.MULTILINE)

LAST_CELL = re.compile(r"^\|.*\| ([^|]+) \|$", re.MULTILINE)
ENTRY = re.compile(r"^\* \*\*.*?(?=\n\n|\Z)", re.MULTILINE | re.DOTALL)
SHOWN_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
SCREEN = 100  # columns
# Sections whose tables name in their last column what shows each row, and where a bare name is.
SHOWN = {
    "tests/README.md": ("## Promises", ""),
    "broker/README.md": ("## When workers and managers are lost", "broker/"),
}


def _is_there(name: str) -> bool:
    """Whether a name like broker/submit, unit/boss_test, test_links.py::test_last_words_are_read is one.

    sim/keep_the_root is a mutation that the simulator finds.
    """
    tests = tree.ROOT / "tests"
    if name.startswith("sim/"):
        return (tests / f"sim/mutations/{name.removeprefix('sim/')}.mutation").exists()
    file, _, function = name.partition("::")
    if function:
        folders = (tests / "e2e", tests / "docker", tests / "slurm", tree.ROOT / "clients/python/tests")
        texts = [(folder / file).read_text() for folder in folders if (folder / file).exists()]
        return any(f"def {function}(" in text for text in texts)
    return (tests / "story" / f"{name}.story").exists() or (tests / f"{name}.c").exists()


def _broken(doc: Path) -> list[str]:
    links = LINK.findall(tree.text(doc) or "")
    return [f"{tree.name(doc)}: {link}" for link in links if not (doc.parent / link).exists()]


def test_relative_links_lead_somewhere() -> None:
    docs = [path for path in tree.files() if path.suffix == ".md"]
    tree.expect_none([finding for doc in docs for finding in _broken(doc)])


def _pages() -> list[Path]:
    """What people read: docs/, and the two pages that lead there."""
    return [*(tree.ROOT / "docs").glob("*.md"), tree.ROOT / "README.md", tree.ROOT / "common/PROTOCOL.md"]


def _wide(text: str) -> list[str]:
    """Rows of tables that are wider than a screen, a link as its text."""
    rows = [SHOWN_LINK.sub(r"\1", line) for line in text.splitlines() if line.startswith("|")]
    return [row[:SCREEN] for row in rows if len(row) > SCREEN]


def test_tables_are_no_wider_than_a_screen() -> None:
    pages = _pages()
    assert len(pages) > 20
    tree.expect_none([f"{tree.name(page)}: {row}" for page in pages for row in _wide(page.read_text())])


def test_each_page_opens_with_whom_it_is_for() -> None:
    pages = [page for page in _pages() if page.parent.name == "docs"]
    opens = {tree.name(page): page.read_text().split("\n\n")[1] for page in pages}
    tree.expect_none([name for name, text in opens.items() if not re.match(r"For who(ever)? ", text)])


def test_a_wide_table_is_found() -> None:
    link = f"[name](https://{'x' * SCREEN})"
    narrow = f"| {'a' * (SCREEN - 4)} |"
    assert _wide(f"{narrow}\n| {link} |\n{'a' * 200}") == []
    assert _wide(narrow.replace("a |", "aa |")) == [f"| {'a' * (SCREEN - 3)} "]


def test_the_stories_that_the_brokers_table_names_exist() -> None:
    """Each row, from BQSKit's method to ours, names a story that exercises it."""
    rows = ROW.findall((tree.ROOT / "broker/README.md").read_text())
    named = [name for row in rows for name in row.split(", ") if not name.startswith("e2e/")]
    assert len(named) > 20
    stories = tree.ROOT / "tests/story/broker"
    tree.expect_none([name for name in named if not list(stories.glob(f"{name}.story"))])


@pytest.mark.parametrize("doc", SHOWN)
def test_the_tests_that_a_table_names_exist(doc: str) -> None:
    heading, folder = SHOWN[doc]
    section = (tree.ROOT / doc).read_text().partition(f"{heading}\n")[2].partition("\n## ")[0]
    cells = LAST_CELL.findall(section)[1:]  # the first row is the head
    named = [folder + name for cell in cells for name in cell.split(", ")]
    assert len(named) >= 10
    tree.expect_none([name for name in named if not _is_there(name)])


@pytest.mark.parametrize("doc", ["docs/faults.md", "docs/limits.md"])
def test_the_tests_that_an_entry_names_exist(doc: str) -> None:
    """Each entry of a page says at its end what shows it."""
    entries = ENTRY.findall((tree.ROOT / doc).read_text())
    assert len(entries) >= 10
    for entry in entries:
        names = entry.strip().partition("*Shown by* ")[2]
        tree.expect_none([name for name in re.split(r",\s+", names) if not _is_there(name)])


def test_each_bound_is_drawn_by_the_simulator_or_it_says_why_not() -> None:
    """What a row of limits.md is about stands in bold at its beginning."""
    readme = (tree.ROOT / "tests/sim/README.md").read_text()
    told = re.findall(r"^\* \*\*(.+?)\*\*", readme.partition("## Bounds that are not drawn\n")[2], re.M)
    rows = re.findall(
        r"^\* \*\*(.+?)\*\*(.+?)(?=\n\n)", (tree.ROOT / "docs/limits.md").read_text(), re.M | re.S
    )
    assert len(rows) > 50
    undrawn = [title for title, text in rows if " sim/" not in text]
    tree.expect_none([f"neither drawn nor told of: {title}" for title in undrawn if title not in told])
    tree.expect_none([f"no row that is not drawn: {title}" for title in told if title not in undrawn])


def test_each_setting_that_is_a_limit_is_told_of() -> None:
    settings = (tree.ROOT / "docs/configuration.md").read_text()
    limits = set(re.findall(r"`((?:limits/|[a-z]+-links/(?:max-|window))[a-z-]*)`", settings))
    assert len(limits) > 20
    told = (tree.ROOT / "docs/limits.md").read_text()
    tree.expect_none([name for name in sorted(limits) if f"`{name}`" not in told])


def test_a_test_that_is_not_there_is_missed() -> None:
    assert _is_there("broker/submit")
    assert _is_there("unit/boss_test")
    assert _is_there("test_links.py::test_last_words_are_read")
    assert not _is_there("broker/nobody_wrote_this")
    assert not _is_there("test_links.py::test_nobody_wrote_this")
    assert not _is_there("test_nothing.py::test_last_words_are_read")
