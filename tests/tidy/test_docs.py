"""The docs point at what is there: relative links, and the stories that broker/README.md names."""

from __future__ import annotations

import re
from pathlib import Path

import tree

LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
ROW = re.compile(r"^\| .*`.* \| .* \| ([a-z_0-9, */]+) \|$", re.MULTILINE)


def _broken(doc: Path) -> list[str]:
    links = LINK.findall(tree.text(doc) or "")
    return [f"{tree.name(doc)}: {link}" for link in links if not (doc.parent / link).exists()]


def test_relative_links_lead_somewhere() -> None:
    docs = [path for path in tree.files() if path.suffix == ".md"]
    tree.expect_none([finding for doc in docs for finding in _broken(doc)])


def test_the_stories_that_the_brokers_table_names_exist() -> None:
    """Each row, from BQSKit's method to ours, names a story that exercises it."""
    rows = ROW.findall((tree.ROOT / "broker/README.md").read_text())
    named = [name for row in rows for name in row.split(", ") if not name.startswith("e2e/")]
    assert len(named) > 20
    stories = tree.ROOT / "tests/story/broker"
    tree.expect_none([name for name in named if not list(stories.glob(f"{name}.story"))])
