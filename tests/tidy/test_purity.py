"""The cores are pure: no clock, no random numbers, no I/O; their tests run without a socket library.

Both are read off the build (MAILROOM_BUILD, its dev tree), so a build must have been made.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import tree

DEV = tree.BUILD / "dev"
CORES = {
    "mailroom_common": "common",
    "mailroom_broker_core": "broker/core",
    "mailroom_shim_core": "worker-shim/core",
    "mailroom_client_core": "clients/c/core",
    "mailroom_cli_core": "clients/cli/core",
}


def _nm(library: str, *options: str) -> Iterator[tuple[str, str]]:
    """The (source file, symbol) pairs that nm shows of a library of the dev build."""
    archive = DEV / f"lib{library}.a"
    assert archive.exists(), f"{archive} is not built"
    shown = subprocess.run(["nm", *options, archive], capture_output=True, check=True, text=True)
    member = ""
    for line in shown.stdout.splitlines():
        if line.endswith(".o:"):
            member = line.removesuffix(".o:")
        elif line.strip():
            yield member, line.split()[-1]


def _allowed() -> set[str]:
    lines = Path(__file__).with_name("allowed_symbols.txt").read_text().splitlines()
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


def _plain(symbol: str) -> str:
    checked = re.fullmatch(r"__(\w+)_chk", symbol)
    return checked[1] if checked and symbol != "__stack_chk_fail" else symbol


def _impure(library: str, allowed: set[str]) -> list[str]:
    own = {symbol for name in ("mailroom_common", library) for _, symbol in _nm(name, "--defined-only")}
    return [
        f"{file} uses {symbol}"
        for file, symbol in _nm(library, "-u")
        if symbol not in own and not {_plain(symbol), f"{file}: {_plain(symbol)}"} & allowed
    ]


@pytest.mark.parametrize("library", CORES)
def test_a_core_uses_no_clock_no_random_numbers_and_no_io(library: str) -> None:
    findings = _impure(library, _allowed())
    tree.expect_none(findings)


def test_a_symbol_that_is_not_on_the_list_is_found() -> None:
    allowed = _allowed()
    assert not {"time", "clock_gettime", "rand", "getrandom", "read", "socket", "zmq_send"} & allowed
    assert any(finding.startswith("mem.c uses ") for finding in _impure("mailroom_common", set()))


def _pure_tests() -> list[Path]:
    sources = [path for path in tree.files(".c") if path.parent == tree.ROOT / "tests/unit"]
    programs = [DEV / "tests/unit" / path.stem for path in sources if path.stem.endswith("_test")]
    return [*programs, DEV / "tests/story/mailroom_story"]


def test_unit_and_story_tests_link_no_socket_library() -> None:
    programs = _pure_tests()
    assert len(programs) > 1
    findings = []
    for program in programs:
        shown = subprocess.run(["ldd", program], capture_output=True, check=True, text=True).stdout
        if re.search(r"lib(zmq|czmq)\.so", shown):
            findings.append(f"{program.name} links a socket library")
    tree.expect_none(findings)


def test_the_programs_do_link_a_socket_library() -> None:
    shown = subprocess.run(["ldd", DEV / "bin/mailroomd"], capture_output=True, check=True, text=True)
    assert "libzmq.so" in shown.stdout, "the test above would not see it"
