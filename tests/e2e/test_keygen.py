"""`mailroom keygen`: which files it makes, that others can read them, and that it overwrites nothing."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import zmq.auth
from running import run

ROLES = ("broker", "manager", "worker", "client", "admin")


def test_a_whole_set(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    made = run("mailroom", "keygen", keys)
    assert made.returncode == 0, made.stderr
    assert f"--keys {keys}" in made.stdout
    names = {f"{role}.{end}" for role in ROLES for end in ("cert", "cert_secret")}
    assert {file.name for file in keys.iterdir()} == {*names, "allowed"}
    assert {file.name for file in (keys / "allowed").iterdir()} == {f"{role}.cert" for role in ROLES}
    for role in ROLES:
        secret_file = keys / f"{role}.cert_secret"
        assert stat.S_IMODE(secret_file.stat().st_mode) == 0o600
        public, secret = zmq.auth.load_certificate(secret_file)  # as others read this format
        assert secret is not None
        assert public == zmq.curve_public(secret)
        for file in (keys / f"{role}.cert", keys / "allowed" / f"{role}.cert"):
            assert zmq.auth.load_certificate(file) == (public, None)
            assert "secret-key" not in file.read_text()
            assert f'role = "{role}"' in file.read_text()


def test_some_more_names(tmp_path: Path) -> None:
    made = run("mailroom", "keygen", f"{tmp_path}/", "client:alice", "worker:node1.cluster")
    assert made.returncode == 0, made.stderr
    assert f"{tmp_path}/alice.cert_secret: its secret key" in made.stdout
    assert 'role = "client"' in (tmp_path / "allowed/alice.cert").read_text()
    assert 'name = "node1.cluster"' in (tmp_path / "node1.cluster.cert").read_text()


@pytest.mark.parametrize("there", ["alice.cert_secret", "alice.cert", "allowed/alice.cert"])
def test_nothing_is_overwritten(there: str, tmp_path: Path) -> None:
    (tmp_path / "allowed").mkdir()
    (tmp_path / there).write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    refused = run("mailroom", "keygen", tmp_path, "client:bob", "client:alice")
    assert refused.returncode == 2
    assert f"{tmp_path / there} is there already" in refused.stderr
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / there).read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "into which directory?"),
        (["DIR", "alice"], "alice: not ROLE:NAME"),
        (["DIR", "boss:alice"], "boss:alice: not ROLE:NAME"),
        (["DIR", "client:"], "client:: a NAME has 1 to 63"),
        (["DIR", "client:../alice"], "client:../alice: a NAME"),
        (["DIR", "client:" + "a" * 64], "a NAME has 1 to 63"),
        (["DIR/not/there"], "DIR/not/there: No such file or directory"),
        (["DIR", "client:alice", "client:alice"], "alice.cert_secret: it is there already"),
    ],
)
def test_what_is_wrong_is_named(arguments: list[str], named: str, tmp_path: Path) -> None:
    words = [argument.replace("DIR", str(tmp_path / "keys")) for argument in arguments]
    refused = run("mailroom", "keygen", *words)
    assert refused.returncode in (1, 2)
    assert named.replace("DIR", str(tmp_path / "keys")) in refused.stderr
