"""What counts as fuzzed: hours over the present code, of several days and machines."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
import tree

_spec = importlib.util.spec_from_file_location("hours", tree.ROOT / "tests" / "fuzz" / "hours.py")
assert _spec
assert _spec.loader
hours = importlib.util.module_from_spec(_spec)
sys.modules["hours"] = hours
_spec.loader.exec_module(hours)


def _tree(folder: Path, code: str) -> Path:
    for name in ("common/base", "broker/core", "worker-shim/core"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "common/base/mem.c").write_text("int mem;\n")
    (folder / "broker/core/broker.c").write_text(code)
    return folder


def test_hours_are_of_the_code_and_not_of_what_is_said_of_it(tmp_path: Path) -> None:
    first = {name: hours.code_of(name, _tree(tmp_path, "int a; /* one */\n")) for name in hours.FUZZED}
    assert first == {name: hours.code_of(name, _tree(tmp_path, "int a;\n/* two\n */")) for name in first}
    other = {name: hours.code_of(name, _tree(tmp_path, "int b;\n")) for name in first}
    assert [name for name in first if first[name] != other[name]] == ["broker"]


def test_what_is_kept_counts_with_what_runs_and_what_is_of_other_code_goes(tmp_path: Path) -> None:
    ledger = hours.Ledger(tmp_path / "ledger", tmp_path / "hours")
    present = hours.code_of("shim")
    for target, code, clean in [
        ("shim", present, True),
        ("shim", present, False),
        ("shim", "other", True),
    ]:
        ledger.add(hours.Slice(target, code, clean, 300.0, 10, 5, 6))
    ledger.keep()
    ledger.add(hours.Slice("shim", present, True, 60.0, 1, 7, 2))
    assert ledger.clean_cpu("shim", present) == 360
    assert ledger.clean_cpu("shim", "other") == 0
    ledger.keep()
    kept = list(ledger.slices())
    assert [(one.clean, one.cpu, one.runs, one.edges, one.features) for one in kept] == [
        (True, 360.0, 11, 7, 6),
        (False, 300.0, 10, 5, 6),
    ]


@pytest.mark.parametrize("target", sorted(hours.FUZZED))
def test_each_target_has_a_fuzzer_and_code(target: str) -> None:
    assert (tree.ROOT / "tests" / "fuzz" / f"{target}_fuzz.c").is_file()
    assert all((tree.ROOT / folder).is_dir() for folder in hours.FUZZED[target])
