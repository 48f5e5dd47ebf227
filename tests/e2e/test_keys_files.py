"""Where programs take their keys from, and what they say of files that are no good."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import zmq
import zmq.auth
from cluster import settings
from keyed import Keys, outcome
from running import Programs, run


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def _edit(name: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = folder / name
        assert old in file.read_text()
        file.write_text(file.read_text().replace(old, new))

    return edit


def _line(name: str, start: str, new: str) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        file = folder / name
        lines = file.read_text().splitlines(keepends=True)
        assert any(line.strip().startswith(start) for line in lines)
        file.write_text("".join(new if line.strip().startswith(start) else line for line in lines))

    return edit


OWN = "broker.cert_secret"


@pytest.mark.parametrize(
    ("spoil", "named"),
    [
        (lambda d: (d / OWN).unlink(), f"DIR/{OWN}: there is no such file: `mailroom keygen DIR`"),
        (lambda d: (d / OWN).chmod(0o644), f"DIR/{OWN}: others can read or change"),
        (
            lambda d: (d / "allowed").chmod(0o777),
            "DIR/allowed: anybody can add a key to it (mode 0777): chmod o-w",
        ),
        (
            lambda d: (d / "allowed/client.cert").chmod(0o646),
            "DIR/allowed/client.cert: anybody can put another key in its place (mode 0646): chmod o-w",
        ),
        (
            lambda d: (d / "manager.cert").chmod(0o666),
            "DIR/manager.cert: anybody can put another key in its place (mode 0666): chmod o-w",
        ),
        (lambda d: (d / OWN).chmod(0o640), f"(mode 0640): chmod 600 DIR/{OWN}"),
        (
            lambda d: d.chmod(0o777),
            f"IT: anybody can put another file in the place of DIR/{OWN} (mode 0777): chmod o-w IT",
        ),
        (
            lambda d: d.parent.chmod(0o707),
            f"UP: anybody can put another file in the place of DIR/{OWN} (mode 0707): chmod o-w UP",
        ),
        (
            lambda d: (d / OWN).chmod(0o604),
            f"others can read or change this secret key (mode 0604): chmod 600 DIR/{OWN}",
        ),
        (lambda d: shutil.copy(d / "broker.cert", d / OWN), "has the public key only; the secret one"),
        (_line(OWN, "secret-key", ""), "has the public key only; the secret one that is needed here is in"),
        (_line(OWN, "secret-key", "    secret-key = abc\n"), "its secret-key is not a key (40 characters"),
        (_line(OWN, "public-key", '    public-key = "abc"\n'), "its public-key is not a key (40 characters"),
        (_line(OWN, "public-key", f'    public-key = "{"~" * 40}"\n'), "its public-key is not a key"),
        (_line(OWN, "public-key", f'    public-key = "{"0" * 40}"\n'), "does not belong to its secret-key"),
        (lambda d: (d / OWN).write_text(""), f"DIR/{OWN}: not a certificate"),
        (lambda d: (d / OWN).write_bytes(os.urandom(3000)), f"DIR/{OWN}: not a certificate"),
        (lambda d: (d / OWN).write_text("x" * 100_000), f"DIR/{OWN}: not a certificate"),
        (lambda d: (d / OWN).write_text("-----BEGIN OPENSSH PRIVATE KEY-----\n"), "not a certificate"),
        (_line(OWN, "role", ""), f"DIR/{OWN}: its role is ''"),
        (_edit(OWN, 'role = "broker"', 'role = "boss"'), f"DIR/{OWN}: its role is 'boss'"),
        (_edit(OWN, 'role = "broker"', "role = client"), "for the role client, and here one for broker"),
        (_line(OWN, "name", ""), f"DIR/{OWN}: its name is ''"),
        (_edit(OWN, 'name = "broker"', f'name = "{"x" * 64}"'), "not 1 to 63 printable characters"),
        (lambda d: shutil.rmtree(d / "allowed"), "DIR/allowed: No such file or directory: the folder of"),
        (
            lambda d: shutil.copy(d / "client.cert", d / "allowed/twice.cert"),
            "DIR/allowed/twice.cert: it has the same key as DIR/allowed/client.cert",
        ),
        (lambda d: (d / "allowed/bad.cert").mkdir(), "DIR/allowed/bad.cert: not a file"),
        (lambda d: (d / "allowed/bad.cert").write_text("curve\n"), "DIR/allowed/bad.cert: not a cert"),
        (lambda d: os.mkfifo(d / "allowed/bad.cert"), "DIR/allowed/bad.cert: not a file"),
        (lambda d: (d / "manager.cert").unlink(), "DIR/manager.cert: there is no such file"),
        (_edit("manager.cert", '"manager"\nc', '"client"\nc'), "DIR/manager.cert: it is for the role client"),
        (
            lambda d: (d / "allowed/manager.cert").unlink(),
            "DIR/manager.cert: this key is not among those that are let in: copy the file into DIR/allowed",
        ),
    ],
)
def test_what_is_wrong_with_a_file_is_said(spoil: Callable[[Path], object], named: str, keys: Keys) -> None:
    spoil(keys.folder)
    if "(40 characters" in named or "is not" in named or "does not belong" in named:
        (keys.folder / OWN).chmod(0o600)
    refused = run("mailroomd", "-p", 0, "--keys", keys.folder, "127.0.0.1:1")
    assert refused.returncode == 2
    for word, path in (("DIR/", f"{keys.folder}/"), ("IT", keys.folder), ("UP", keys.folder.parent)):
        named = named.replace(word, str(path))
    assert named in refused.stderr


PROGRAMS = [
    ("mailroomd",),
    ("mailroom-shim", "--broker", "127.0.0.1:1"),
    ("mailroom", "list", "--timeout", "1"),
    ("mailroom", "check", "--timeout", "1"),
]


@pytest.mark.parametrize("program", PROGRAMS, ids=" ".join)
def test_no_program_takes_keys_that_anybody_can_replace(program: tuple[str, ...], keys: Keys) -> None:
    keys.folder.chmod(0o777)
    done = run(*program, "--keys", keys.folder)
    assert done.returncode == 2
    assert re.search(
        rf"{keys.folder}: anybody can put another file in the place of {keys.folder}/\S*\.cert_secret"
        rf" \(mode 0777\): chmod o-w {keys.folder}\b",
        done.stderr + done.stdout,
    )


def test_a_table_below_what_anybody_can_replace(keys: Keys, tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shutil.copytree(keys.folder / "allowed", shared / "allowed")
    shared.chmod(0o777)
    done = run("mailroomd", "-p", 0, "--keys", keys.folder, "--allowed", shared / "allowed")
    assert done.returncode == 2
    assert f"{shared}: anybody can put another file in the place of {shared}/allowed" in done.stderr


def test_keys_are_not_made_where_anybody_can_replace_them(tmp_path: Path) -> None:
    folder = tmp_path / "keys"
    folder.mkdir()
    folder.chmod(0o777)
    done = run("mailroom", "keygen", folder)
    assert done.returncode == 2
    assert f"{folder}: anybody can put another file in the place of {folder}/" in done.stderr
    assert f"(mode 0777): chmod o-w {folder}" in done.stderr
    assert not list(folder.iterdir())


def test_a_file_that_may_not_be_read(keys: Keys) -> None:
    (keys.folder / OWN).chmod(0)
    without_capabilities = ["setpriv", "--bounding-set=-all"] if os.geteuid() == 0 else []  # root reads all
    done = run("mailroomd", "--keys", keys.folder, by=without_capabilities)
    assert done.returncode == 2
    assert f"{keys.folder}/{OWN}: Permission denied" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["mailroomd", "--allowed", "K/allowed"], "not this program's own: --key FILE"),
        (
            ["mailroomd", "--key", "K/broker.cert_secret"],
            "not the folder of those that are let in: --allowed",
        ),
        (
            ["mailroomd", "--key", "K/broker.cert_secret", "--allowed", "K/allowed", "127.0.0.1:1"],
            "not the managers': --manager-key FILE",
        ),
        (
            ["mailroom-shim", "--key", "K/manager.cert_secret", "--broker", "127.0.0.1"],
            "not the broker's: --broker-key FILE",
        ),
        (
            ["mailroom-shim", "--keys", "K", "--broker", "127.0.0.1", "--broker-key", "K/client.cert"],
            "K/client.cert: it is for the role client, and here one for broker or manager is needed",
        ),
        (["mailroomd", "--bind", "0.0.0.0"], "add --keys DIR; or add --insecure"),
        (["mailroom-shim", "--bind", "0.0.0.0"], "make keys (`mailroom keygen DIR`)"),
    ],
)
@pytest.mark.usefixtures("nothing_said")
def test_what_is_missing_is_said(arguments: list[str], named: str, keys: Keys) -> None:
    name, *words = (word.replace("K", str(keys.folder)) if "K" in word else word for word in arguments)
    refused = run(name, *words)
    assert refused.returncode == 2
    assert named.replace("K/", f"{keys.folder}/") in refused.stderr


def test_insecure_says_how_to_get_keys_and_is_of_no_matter_with_them(programs: Programs, keys: Keys) -> None:
    broker = programs.start("mailroomd", "-p", 0, "--bind", "0.0.0.0", "--insecure")
    broker.logs("`mailroom keygen DIR` makes keys")
    both = keys.broker(programs, options=("--bind", "0.0.0.0", "--insecure"))
    both.logs("--insecure is of no matter with keys")
    assert outcome(both.port) != zmq.Event.HANDSHAKE_SUCCEEDED


def test_the_command_line_goes_before_the_file_and_that_before_the_environment(
    programs: Programs, keys: Keys, tmp_path: Path
) -> None:
    others = Keys(tmp_path / "others")
    bad = tmp_path / "nowhere"

    def takes(server: Keys, *options: object, **environment: str) -> None:
        broker = programs.start("mailroomd", "-v", "-p", 0, *options, **environment)
        event = outcome(broker.port, lambda made: server.sets(made, "client", "broker"))
        assert event == zmq.Event.HANDSHAKE_SUCCEEDED

    takes(keys, MAILROOM_KEYS=str(keys.folder))
    file = settings(programs, keys={"directory": f'"{keys.folder}"'})
    takes(keys, *file, MAILROOM_KEYS=str(bad), MAILROOM_KEY=str(bad), MAILROOM_ALLOWED=str(bad))
    takes(others, *file, "--keys", others.folder, MAILROOM_KEY=str(bad))
    own, allowed = str(keys.folder / "broker.cert_secret"), str(keys.folder / "allowed")
    takes(keys, "--key", own, "--allowed", allowed)
    takes(keys, MAILROOM_KEY=own, MAILROOM_ALLOWED=allowed, MAILROOM_KEYS=str(bad))
    parts = settings(programs, keys={"own": f'"{own}"', "allowed": f'"{allowed}"'})
    takes(keys, *parts, MAILROOM_KEYS=str(bad))


def test_certificates_that_others_have_made(programs: Programs, tmp_path: Path) -> None:
    """By pyzmq, in the same format; it leaves the metadata out of the public part."""
    for role in ("broker", "client"):
        zmq.auth.create_certificates(tmp_path, role, {"name": f"a {role}", "role": role})
    (tmp_path / "allowed").mkdir()
    public_part = (tmp_path / "client.key").read_text()
    with_metadata = public_part.replace("metadata\n", "metadata\n    name = a client\n    role = client\n")
    (tmp_path / "allowed" / "client.cert").write_text(with_metadata)
    own = tmp_path / "broker.key_secret"
    own.chmod(0o600)
    broker = programs.start("mailroomd", "-p", 0, "--key", own, "--allowed", tmp_path / "allowed")
    server, _ = zmq.auth.load_certificate(tmp_path / "broker.key")
    public, secret = zmq.auth.load_certificate(tmp_path / "client.key_secret")

    def prepare(made: zmq.Socket[bytes]) -> None:
        made.curve_serverkey, made.curve_publickey, made.curve_secretkey = server, public, secret

    assert outcome(broker.port, prepare) == zmq.Event.HANDSHAKE_SUCCEEDED


def test_a_group_may_read_a_secret_that_is_not_ours(programs: Programs, keys: Keys) -> None:
    """As an orchestrator mounts it: owned by root, readable by the group of the program."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file away")
    secret = keys.folder / OWN
    os.chown(secret, 4242, os.getegid())
    secret.chmod(0o640)
    assert keys.broker(programs).port
    secret.chmod(0o644)
    refused = run("mailroomd", "-p", 0, "--keys", keys.folder)
    assert "(mode 0644): chmod 600" in refused.stderr
