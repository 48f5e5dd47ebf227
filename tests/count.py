"""Counts the tests of JUnit files: `count.py FILE...` prints "PASSED FAILED SKIPPED".

ctest counts programs. A program's own tests are counted here instead, from the line in which Criterion or the
story runner sums up (shown on standard error). A program that failed though its tests passed (a leak, say)
is one failure.
"""

from __future__ import annotations

import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path

SUMMARY = re.compile(
    r"Synthesis: Tested: \d+ \| Passing: (?P<passing>\d+) \| Failing: (?P<failing>\d+) .*"
    r"|(?:stories|scenarios): (?P<passed>\d+) passed, (?P<failed>\d+) failed"
)


def count_case(case: ET.Element) -> Counter[str]:
    """The tests that one JUnit test case stands for."""
    bad = any(case.find(tag) is not None for tag in ("failure", "error")) or case.get("status") == "fail"
    output = case.findtext("system-out") or ""
    summary = SUMMARY.search(output)
    if case.find("skipped") is not None:
        return Counter(skipped=1)
    if not summary:
        return Counter(failed=1) if bad else Counter(passed=1)
    print(f"  {case.get('name')}: {summary[0]}", file=sys.stderr)
    passed = int(summary["passing"] or summary["passed"])
    failed = int(summary["failing"] or summary["failed"])
    return Counter(passed=passed, failed=max(failed, int(bad)))


def main() -> None:
    """Sums up the files of the command line that exist."""
    total: Counter[str] = Counter()
    for path in sys.argv[1:]:
        if Path(path).exists():
            for case in ET.parse(path).iter("testcase"):
                total += count_case(case)
    print(total["passed"], total["failed"], total["skipped"])


if __name__ == "__main__":
    main()
