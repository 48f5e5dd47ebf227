"""Certificate files: good ones of several makers, and what is said of those that are not."""

from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest
import zmq

from keyring import a_set, make
from mailroom import KeyFileError
from mailroom._base.certificates import CLIENT, WORKER, load
from real import BIN, needed

TCP = "tcp://127.0.0.1:7472"


def test_both_files_of_a_pair_are_read(tmp_path: Path) -> None:
    own = make(tmp_path, "client", "alice")
    public = load(tmp_path / "alice.cert")
    assert (public.name, public.role, public.public, public.secret) == ("alice", "client", own.public, b"")
    assert zmq.curve_public(own.secret) == own.public
    assert own.secret.decode() not in repr(own)


@needed
def test_what_keygen_makes_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    subprocess.run([BIN / "mailroom", "keygen", folder], check=True, stdout=subprocess.DEVNULL)
    for role in ("broker", "manager", "worker", "client", "admin"):
        assert load(folder / f"{role}.cert_secret", [role], secret=True).role == role
    keys = CLIENT.find(TCP, folder, environment={})
    assert keys is not None
    assert (keys.own.name, keys.server.role) == ("client", "broker")


def test_values_may_be_without_quotes_and_with_a_comment(tmp_path: Path) -> None:
    public, secret = zmq.curve_keypair()
    file = tmp_path / "x.cert_secret"
    file.write_text(
        f"# made by hand\nmetadata\n    name = bob # me\n    role='admin'\n    more = 1\n"
        f'curve\n  public-key = "{public.decode()}"\n  secret-key = "{secret.decode()}"\n'
    )
    file.chmod(0o600)
    certificate = load(file, ["admin"], secret=True)
    assert (certificate.name, certificate.public, certificate.secret) == ("bob", public, secret)


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(KeyFileError, match=rf"{tmp_path}/client.cert_secret: .*no such file.*keygen"):
        CLIENT.find(TCP, tmp_path, environment={})


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o602])
def test_a_secret_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    make(tmp_path, "client")
    file = tmp_path / "client.cert_secret"
    file.chmod(mode)
    with pytest.raises(KeyFileError, match=rf"{file}: others can .*mode {mode:04o}.*chmod 600 {file}"):
        load(file, secret=True)
    if not mode & 0o002:
        assert load(file).role == "client"  # its public part is no secret


def test_a_public_one_that_others_can_change_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "broker")
    file = tmp_path / "broker.cert"
    file.chmod(0o646)
    with pytest.raises(KeyFileError, match=rf"{file}: anybody can .*mode 0646.*chmod o-w {file}"):
        load(file)


def refused_for(folder: Path, file: Path) -> None:
    mode = stat.S_IMODE(folder.stat().st_mode)
    why = (
        rf"{folder}: anybody can put another file in the place of {file} \(mode {mode:04o}\):"
        rf" chmod o-w {folder}$"
    )
    with pytest.raises(KeyFileError, match=why):
        load(file)


def test_one_in_whose_place_anybody_can_put_another_is_refused(tmp_path: Path) -> None:
    shared, keys, linked = tmp_path / "shared", tmp_path / "shared/keys", tmp_path / "shared/linked"
    keys.mkdir(parents=True)
    make(keys, "broker")
    make(tmp_path, "client")
    linked.symlink_to("../client.cert")
    (tmp_path / "away").symlink_to(shared)
    for file in (keys / "broker.cert", linked, tmp_path / "away/keys/broker.cert"):
        assert load(file).public
    keys.chmod(0o773)
    refused_for(keys, keys / "broker.cert")
    keys.chmod(0o775)  # a group's
    shared.chmod(0o777)
    for file in (keys / "broker.cert", linked):
        refused_for(shared, file)
    refused_for(shared.resolve(), tmp_path / "away/keys/broker.cert")
    shared.chmod(0o1777)  # as /tmp: nobody can put anything in the place of what is another one's
    for file in (keys / "broker.cert", linked, tmp_path / "away/keys/broker.cert"):
        assert load(file).public


def test_a_folder_of_a_relative_path_is_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "broker")
    monkeypatch.chdir(tmp_path)
    assert load("broker.cert").public
    tmp_path.chmod(0o777)
    with pytest.raises(KeyFileError, match=rf"{tmp_path}: anybody can put .* of broker.cert"):
        load("broker.cert")


def test_a_public_one_in_place_of_a_secret_one_is_refused(tmp_path: Path) -> None:
    make(tmp_path, "client")
    file = tmp_path / "client.cert"
    for mode in (0o644, 0o600):
        file.chmod(mode)
        with pytest.raises(KeyFileError, match=rf"{file}: .*public key only.*{file}_secret"):
            load(file, secret=True)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n",
        b"\0\xff" * 100,
        b"curve\n" * 10_000,
        b"[curve]\na=1",
    ],
)
def test_a_file_of_another_format_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "x.cert"
    file.write_bytes(content)
    with pytest.raises(KeyFileError, match=rf"{file}: not a certificate"):
        load(file)


@pytest.mark.parametrize("key", ["short", "x" * 39 + "~", "é" * 40, "#" * 40])
def test_a_key_that_is_none_is_refused(tmp_path: Path, key: str) -> None:
    file = tmp_path / "x.cert"
    file.write_text(f'curve\n    public-key = "{key}"\n')
    with pytest.raises(KeyFileError, match=rf"{file}: its public-key is not a key"):
        load(file)


def test_two_keys_of_different_pairs_are_refused(tmp_path: Path) -> None:
    one, other = make(tmp_path, "client", "one"), make(tmp_path, "client", "other")
    file = Path(one.file)
    file.write_text(file.read_text().replace(one.secret.decode(), other.secret.decode()))
    with pytest.raises(KeyFileError, match=rf"{file}: its public-key does not belong"):
        load(file, secret=True)


@pytest.mark.parametrize(
    ("says", "why"),
    [
        ({"name": "x"}, "its role is ''"),
        ({"name": "x", "role": "king"}, "its role is 'king', not broker, manager, worker, client or admin"),
        ({"role": "client"}, "its name is ''"),
        ({"name": "x" * 64, "role": "client"}, "not 1 to 63 printable"),
        ({"name": "x", "role": "manager"}, "for the role manager, and here one for client or admin"),
    ],
)
def test_a_role_or_name_that_it_must_not_have_is_told(tmp_path: Path, says: dict[str, str], why: str) -> None:
    file = make(tmp_path, "x", says=says).file
    with pytest.raises(KeyFileError, match=rf"{file}: .*{why}"):
        load(file, CLIENT.roles, secret=True)


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "."):
        with pytest.raises(KeyFileError, match=r"not a file|directory"):
            load(tmp_path / name)


def test_an_option_goes_before_the_environment_and_a_file_before_the_folder(tmp_path: Path) -> None:
    a_set(tmp_path)
    alice = make(tmp_path, "client", "alice")
    there = {"MAILROOM_KEYS": str(tmp_path)}
    keys = CLIENT.find(TCP, key=alice.file, environment=there)
    assert keys is not None
    assert (keys.own.name, keys.server.name) == ("alice", "broker")
    there["MAILROOM_KEY"] = "/nowhere"
    assert CLIENT.find(TCP, key=alice.file, environment=there) == keys
    worker = WORKER.find(TCP, environment={"MAILROOM_KEYS": str(tmp_path)})
    assert worker is not None
    assert (worker.own.role, worker.server.role) == ("worker", "manager")


def test_there_are_no_keys_where_none_are_wanted(tmp_path: Path) -> None:
    there = {"MAILROOM_KEYS": str(tmp_path / "nowhere")}
    assert CLIENT.find(TCP, environment={}) is None
    assert CLIENT.find(TCP, keys="", environment=there) is None
    assert CLIENT.find("ipc:///tmp/x", environment=there) is None


def test_an_operator_s_folder_has_an_admin_s_key(tmp_path: Path) -> None:
    make(tmp_path, "broker")
    make(tmp_path, "admin")
    keys = CLIENT.find(TCP, tmp_path, environment={})
    assert keys is not None
    assert keys.own.role == "admin"


def test_half_of_what_is_needed_is_told(tmp_path: Path) -> None:
    alice = make(tmp_path, "client", "alice")
    with pytest.raises(KeyFileError, match="MAILROOM_BROKER_KEY is not set"):
        CLIENT.find(TCP, key=alice.file, environment={})
    with pytest.raises(KeyFileError, match=r"manager.*MAILROOM_KEY is not set"):
        WORKER.find(TCP, server_key=alice.file, environment={})
