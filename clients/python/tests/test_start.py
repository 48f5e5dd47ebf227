"""What is imported when: a worker, and a client that has not begun, pay for nothing that they do not use."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def _loaded(code: str) -> set[str]:
    """The modules of a fresh interpreter that has run this."""
    program = f"import json, sys\n{code}\nprint(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    return set(json.loads(done.stdout))


def test_a_worker_has_nothing_of_a_client() -> None:
    modules = _loaded("import mailroom.worker.__main__, mailroom.worker.loop, mailroom.worker.over_core")
    assert not modules & {"asyncio", "zmq", "argparse", "mailroom.client", "mailroom._session.futures"}


def test_a_client_has_what_it_uses() -> None:
    modules = _loaded("import mailroom\nmailroom.Client")
    assert {"mailroom.client", "mailroom.cluster", "mailroom.executor"} <= modules
    assert not modules & {"asyncio", "zmq"}


def test_every_name_is_there_when_it_is_asked_for() -> None:
    _loaded(
        "import mailroom\n"
        "assert set(mailroom.__all__) <= set(dir(mailroom))\n"
        "for name in mailroom.__all__: getattr(mailroom, name)\n"
        "from mailroom import *\n"
        "assert Client is mailroom.Client\n"
        "assert not hasattr(mailroom, 'clients')\n"
    )


@pytest.mark.parametrize("module", ["client", "cluster", "errors", "executor", "states", "tokens"])
def test_a_module_is_there_without_an_import_of_its_own(module: str) -> None:
    assert f"mailroom.{module}" in _loaded(f"import mailroom\nmailroom.{module}.__name__")


@pytest.mark.parametrize("first", ["mailroom.Executor", "import mailroom.executor", "mailroom.LocalCluster"])
def test_an_executor_ends_before_the_cluster_that_it_uses(first: str) -> None:
    registered = (
        "import atexit\n"
        "ends, register = [], atexit.register\n"
        "atexit.register = lambda end, *rest: ends.append(end.__module__) or register(end, *rest)\n"
        f"import mailroom\n{first}\nmailroom.Executor, mailroom.LocalCluster\n"
        "ends = [end for end in ends if end.startswith('mailroom')]\n"
        "assert ends.index('mailroom.cluster') < ends.index('mailroom._session.pool'), ends\n"
    )
    _loaded(registered)


@pytest.mark.parametrize(("free", "told"), [(0, "Install a wheel"), (1, "This Python is free-threaded")])
def test_a_compiled_part_that_is_not_there_is_said_to_be(tmp_path: Path, free: int, told: str) -> None:
    free_or_not = f"sysconfig.get_config_vars()['Py_GIL_DISABLED'] = {free}"
    program = f"import sysconfig; {free_or_not}; import mailroom.client"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "MAILROOM_BIN": str(tmp_path / "bin")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert "mailroom's compiled part is not there" in done.stderr
    assert told in done.stderr.splitlines()[-1]
