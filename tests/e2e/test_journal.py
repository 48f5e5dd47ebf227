"""A broker with a journal: what is in it outlives the broker, and whatever keeps it from that is said."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from keyed import submits
from mailroom_peer import wire
from raw import dealing
from running import BIN, Program, Programs, run, until
from shell import shells, user_of

AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can mount a file system")


def journal_of(programs: Programs) -> Path:
    return programs.folder / "journal"


def with_journal(programs: Programs, *managers: Program, port: int = 0) -> Program:
    return programs.broker(*managers, port=port, options=("--journal", journal_of(programs)))


def kill(broker: Program) -> int:
    """Kills a broker as nothing else does; its port."""
    port = broker.port
    broker.signal(signal.SIGKILL)
    broker.ends()
    return port


def test_what_was_submitted_and_what_has_ended_outlives_the_broker(
    programs: Programs, tmp_path: Path
) -> None:
    manager = shells(programs)
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    gate = tmp_path / "gate"
    done = user.says("submit", "--", "echo", "done before").strip()
    until(lambda: "done" in user.says("status", done), "it is done")
    wait = f"while ! [ -e {gate} ]; do sleep 0.05; done; echo ran"
    running = [user.says("submit", "--", "sh", "-c", wait).strip() for _ in range(2)]
    queued = user.says("submit", "--", "echo", "queued before").strip()
    until(lambda: "running" in user.run("status", *running).stdout, "they run")
    again = with_journal(programs, manager, port=kill(broker))
    assert again.port == broker.port
    assert user.says("result", done) == "done before\n"
    gate.touch()
    assert [user.says("result", "--wait", uuid) for uuid in running] == ["ran\n"] * 2
    assert user.says("result", "--wait", queued) == "queued before\n"


def test_who_hears_that_it_listens_is_served_at_once(programs: Programs, tmp_path: Path) -> None:
    """Nothing may be submitted before the first records are safe: until then it does not say so."""
    (tmp_path / "settings").write_text("journal\n    group = 500\n")
    broker = programs.broker(options=("-c", tmp_path / "settings", "--journal", journal_of(programs)))
    with dealing(broker.port) as client:
        client.shakes(wire.Role.CLIENT, features=wire.Feature.SAFE)
        submits(client, b"")
        client.say(wire.Disconnect(corr=1, detach=1))
        client.hears(wire.Disconnect)  # no ERROR came before


def test_a_client_that_was_there_goes_on(programs: Programs, tmp_path: Path) -> None:
    manager = shells(programs)
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    ran = tmp_path / "ran"
    ran.touch()
    script = "\n".join(f"echo {n} >>{ran}; sleep 0.05; echo $(({n} * {n}))" for n in range(40))
    mapping = user.start("map", "--quiet", stdin=subprocess.PIPE)
    feed, mapping.stdin = mapping.stdin, None
    assert feed
    feed.write(script)
    feed.close()
    until(lambda: len(ran.read_text().split()) > 5, "some have run")
    with_journal(programs, manager, port=kill(broker))
    results, errors = mapping.communicate(timeout=60)
    assert results.split() == [str(number * number) for number in range(40)], errors


def test_a_broker_that_is_killed_again_and_again(programs: Programs, tmp_path: Path) -> None:
    manager = shells(programs)
    broker = with_journal(programs, manager)
    user = user_of(programs, broker)
    ran = tmp_path / "ran"
    ran.touch()
    maps = [user.start("map", "--quiet", stdin=subprocess.PIPE) for _ in range(2)]
    for mapping in maps:
        feed, mapping.stdin = mapping.stdin, None
        assert feed
        feed.write("\n".join(f"echo {n} >>{ran}; sleep 0.02; echo $(({n} * {n}))" for n in range(120)))
        feed.close()
    for _ in range(4):
        before = len(ran.read_text().split())
        until(lambda seen=before: len(ran.read_text().split()) > seen + 5, "some more have run")
        broker = with_journal(programs, manager, port=kill(broker))
    for mapping in maps:
        results, errors = mapping.communicate(timeout=60)
        assert results.split() == [str(number * number) for number in range(120)], errors


def test_the_journal_can_be_read(programs: Programs) -> None:
    broker = with_journal(programs)
    user = user_of(programs, broker)
    uuid = user.says("submit", "--name", "one", "--", "echo", "never").strip()
    listed = {row["list"]: row for row in user.objects("journal", journal_of(programs))}
    assert listed["journal"]["tasks"] == 1
    assert listed["journal"]["epoch"] == 1
    assert listed["sessions"]["tasks"] == 1
    assert (listed["tasks"]["uuid"], listed["tasks"]["name"]) == (uuid, "one")
    assert uuid in user.says("journal", journal_of(programs))
    checks = {row["check"]: row["text"] for row in user.objects("check")}
    assert "the journal is written" in checks["journal"]
    busy = user.run("journal", "--verify", journal_of(programs))
    assert busy.returncode == 2
    assert "in use" in busy.stderr
    kill(broker)
    assert "is whole" in user.says("journal", "--verify", journal_of(programs))


def test_a_folder_without_a_journal_is_said(tmp_path: Path) -> None:
    for words in (["journal"], ["journal", "--verify"]):
        said = run("mailroom", *words, tmp_path)
        assert said.returncode == 2
        assert f"there is no journal in {tmp_path}" in said.stderr


def newer(database: Path) -> None:
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA user_version = 1000")


def damage(database: Path) -> None:
    with database.open("r+b") as file:
        file.seek(4096 * 3)
        file.write(b"\xff" * 4096)


def no_database(database: Path) -> None:
    database.write_text("this is a text " * 1000)


@pytest.mark.parametrize(
    ("change", "text"),
    [(newer, "newer mailroomd"), (damage, "is damaged"), (no_database, "is damaged")],
)
def test_a_journal_that_cannot_be_gone_on_with(
    programs: Programs, change: Callable[[Path], None], text: str
) -> None:
    broker = with_journal(programs)
    broker.logs("listening")
    broker.signal(signal.SIGTERM)
    assert broker.ends() == 0
    change(journal_of(programs) / "journal.db")
    said = run("mailroomd", "-p", 0, "--journal", journal_of(programs))
    assert said.returncode == 1
    assert text in said.stderr
    assert str(journal_of(programs)) in said.stderr
    assert len(said.stderr.splitlines()) == 1


def test_two_brokers_and_two_clusters(programs: Programs, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(f"journal\n    directory = {journal_of(programs)}\n    cluster = east\n")
    broker = programs.start("mailroomd", "-p", 0, "-c", config)
    broker.logs("listening")
    second = run("mailroomd", "-p", 0, "-c", config)
    assert second.returncode == 1
    assert f"in use by the process {broker.process.pid}" in second.stderr
    kill(broker)
    config.write_text(config.read_text().replace("east", "west"))
    other = run("mailroomd", "-p", 0, "-c", config)
    assert other.returncode == 1
    assert "'east'" in other.stderr
    assert "(setting journal/cluster)" in other.stderr


def test_a_setting_that_is_none_of_two(tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text("journal\n    sync = fast\n")
    said = run("mailroomd", "-p", 0, "-c", config)
    assert said.returncode == 2
    assert "journal/sync = fast: neither full" in said.stderr


def on_a_disk_of(programs: Programs, size: str, *options: str) -> Program:
    """A broker whose journal's folder is a file system of its own, which only it sees."""
    folder = journal_of(programs)
    folder.mkdir()
    script = f'mount -t tmpfs -o size={size} tmpfs {folder} && {" ".join(options)} exec "$@"'
    unshare = Path(shutil.which("unshare") or "/usr/bin/unshare")
    broker = [str(BIN / "mailroomd"), "-v", "-p", "0", "--journal", str(folder)]
    ports = programs.folder / "ports"
    broker += ["--port-file", str(ports)]
    started = programs.start("unshare", "-m", "sh", "-c", script, "sh", *broker, bin=unshare.parent)
    started.port_file = ports
    return started


@AS_ROOT
def test_a_full_disk_refuses_submits_and_goes_on_when_there_is_room(
    programs: Programs, tmp_path: Path
) -> None:
    broker = on_a_disk_of(programs, "2m")
    user = user_of(programs, broker)
    (tmp_path / "large").write_bytes(bytes(4 << 20))
    small = user.says("submit", "--", "echo", "small").strip()
    large = user.start("submit", tmp_path / "large", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    broker.logs("submits are BUSY: the disk with the journal in")
    refused = user.run("submit", "--", "echo", "more")
    assert refused.returncode != 0
    assert f"the disk with the journal in {journal_of(programs)} is full" in refused.stderr
    assert "queued" in user.says("status", small)
    why = f"the disk with the journal in {journal_of(programs)} is full"
    assert f"new tasks are refused for the journal: {why}" in user.run("check").stdout
    enter = ["nsenter", "-t", str(broker.process.pid), "-m"]
    subprocess.run([*enter, "mount", "-o", "remount,size=64m", journal_of(programs)], check=True)
    broker.logs("the journal is written again")
    assert user.says("submit", "--", "echo", "more")
    large.communicate(timeout=60)


@AS_ROOT
def test_a_folder_that_cannot_be_written(programs: Programs) -> None:
    broker = on_a_disk_of(programs, "2m", f"mount -o remount,ro {journal_of(programs)} &&")
    assert broker.ends() == 1
    assert f"cannot write into {journal_of(programs)}: Read-only file system" in broker.log()
