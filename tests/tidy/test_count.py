"""tests/count.py, on which the closing line of tests/run rests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tree

SYNTHESIS = "[====] Synthesis: Tested: {} | Passing: {} | Failing: {} | Crashing: 0"


def _count(report: Path, cases: str) -> str:
    report.write_text(f"<testsuite>{cases}</testsuite>")
    command = [
        sys.executable,
        str(tree.ROOT / "tests/count.py"),
        str(report),
        str(report.with_name("absent.xml")),
    ]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout.strip()


@pytest.mark.parametrize(
    ("case", "counted"),
    [
        ('<testcase name="t"/>', "1 0 0"),
        ('<testcase name="t"><failure message="no"/></testcase>', "0 1 0"),
        ('<testcase name="t"><error message="no"/></testcase>', "0 1 0"),
        ('<testcase name="t"><skipped/></testcase>', "0 0 1"),
        (f"<testcase status='run'><system-out>{SYNTHESIS.format(7, 7, 0)}</system-out></testcase>", "7 0 0"),
        (f"<testcase status='fail'><system-out>{SYNTHESIS.format(7, 5, 2)}</system-out></testcase>", "5 2 0"),
        (
            f"<testcase status='fail'><system-out>{SYNTHESIS.format(7, 7, 0)} leak</system-out></testcase>",
            "7 1 0",
        ),
        ("<testcase status='fail'><system-out>stories: 3 passed, 2 failed</system-out></testcase>", "3 2 0"),
    ],
    ids=[
        "passed",
        "failed",
        "error",
        "skipped",
        "criterion",
        "criterion failed",
        "criterion leaked",
        "stories",
    ],
)
def test_each_outcome_is_counted(tmp_path: Path, case: str, counted: str) -> None:
    assert _count(tmp_path / "report.xml", case) == counted


def test_cases_add_up(tmp_path: Path) -> None:
    assert _count(tmp_path / "report.xml", '<testcase name="a"/><testcase name="b"/>') == "2 0 0"
