"""The code of the docs runs as it stands there, and the docs name all that the package has."""

from __future__ import annotations

import ast
import asyncio
import contextlib
import inspect
import io
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import mailroom
import mailroom.errors
from mailroom.worker import Runtime
from real import BIN, Programs, needed

ENDS_IN = 100.0  # seconds until the workers must have loaded BQSKit

ROOT = Path(__file__).parents[3]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SAID = re.compile(r"print\(.*\)  # (.+)$", re.MULTILINE)
DOCS = ("docs/python.md", "docs/executors.md", "docs/migrating.md", "clients/python/README.md")

pytest.importorskip("bqskit")


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A broker with three workers: of Python functions and BQSKit, and one that runs `tr`."""
    programs = Programs(tmp_path_factory.mktemp("programs"))
    worker = ("--", sys.executable, "-m", "mailroom.worker")
    try:
        shim = programs.start("mailroom-shim", "-n", 2, *worker)[1]
        address = f"127.0.0.1:{programs.start_broker(shim, programs.start_plain('tr a-z A-Z'))[1]}"
        with mailroom.Client(address) as client:
            end = time.monotonic() + ENDS_IN
            while client.counts()["workers"] < 3:
                assert time.monotonic() < end
                time.sleep(0.05)
        yield address
    finally:
        programs.stop()


def run(block: str, names: dict[str, Any]) -> str:
    """Runs a block as a notebook does its cells, with `await` at its top; gives what it printed."""
    code = compile(block, "<docs>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        waits = eval(code, names)
        if inspect.iscoroutine(waits):
            asyncio.run(waits)
    return printed.getvalue()


@needed
@pytest.mark.timeout(300)
@pytest.mark.parametrize("doc", DOCS)
def test_the_code_of_the_docs_runs(
    doc: str, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAILROOM_BIN", str(BIN))
    monkeypatch.setenv("MAILROOM_BROKER", address)  # of Client()
    blocks = BLOCK.findall((ROOT / doc).read_text())
    assert blocks
    names: dict[str, Any] = {"__name__": "docs"}
    try:
        for block in blocks:
            host, _, port = address.rpartition(":")
            here = block.replace('Compiler("localhost")', f'Compiler("{host}", {port})')
            here = here.replace('"localhost"', f'"{address}"')
            printed = run(here, names)
            for value in SAID.findall(block) if doc.startswith("docs/") else ():
                assert value in printed, f"{block}\n-- printed:\n{printed}"
    finally:
        for value in names.values():
            if isinstance(value, mailroom.Client):
                value.close()


def public(kind: type[Any]) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_the_docs_name_all_that_there_is() -> None:
    text = (ROOT / "docs/python.md").read_text()
    words = set(re.findall(r"\w+", text))
    names = set(mailroom.__all__) - {"State", "__version__"}
    for kind in (mailroom.Client, mailroom.MapFuture, mailroom.Executor, mailroom.LocalCluster, Runtime):
        names |= public(kind)
    from mailroom._session.operators import Operators
    from mailroom._session.submit import Submitter
    from mailroom._session.tasks import Tasks

    names |= public(Operators) | public(Submitter) | public(Tasks) | public(mailroom.Token)
    names -= {"pids", "address"}
    assert sorted(names - words) == []
    signature = inspect.signature(mailroom.Client.__init__)
    assert sorted(set(signature.parameters) - {"self", "address"} - words) == []


def test_the_docs_name_every_argument_of_bqskit_s_programs() -> None:
    from bqskit.compiler import Compiler
    from bqskit.runtime import detached, manager, worker

    text = (ROOT / "docs/migrating.md").read_text()
    for module in (detached, manager, worker):
        for option in re.findall(r"'(-{1,2}[a-z][\w-]*)'", inspect.getsource(module)):
            assert f"`{option}" in text, option
    for name in list(inspect.signature(Compiler.__init__).parameters)[1:]:
        assert f"`{name}`" in text, name
