"""Two brokers, one journal, three networks: any of these is cut off from the leader, or it stands still.

Nothing that was acknowledged is lost, one serves, and all goes on by itself. Which of the two leads is left
from the test before.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from engine import fails, run
from place import Place, wait
from three_networks import BROKERS, Networks

pytestmark = pytest.mark.timeout(1500)  # the first test waits for an image


@pytest.fixture(scope="module")
def networks(shared: Place, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Networks]:
    folder = tmp_path_factory.mktemp("networks")
    folder.chmod(0o755)
    with Networks(shared.project, folder) as networks:
        wait(networks.leader, "one of them leads")
        yield networks
        for name in (*BROKERS, "dialled", "dials"):
            print(f"-- {name}\n{networks.logs(name)}")


def other(name: str) -> str:
    return next(one for one in BROKERS if one != name)


def managers(networks: Networks) -> str:
    return run(*networks.user("mailroom managers"))


def both_are_ready(networks: Networks) -> bool:
    said = managers(networks)
    return said.count("ready") == 2


def test_both_managers_serve_the_leader(networks: Networks) -> None:
    wait(lambda: both_are_ready(networks), "both managers are there")
    networks.works()


def test_a_leader_without_its_database_is_followed(networks: Networks) -> None:
    first = networks.leader()
    uuid = run(*networks.user("echo 'sleep 1; echo done' | mailroom submit -"))
    with networks.cut("database", first):
        wait(lambda: networks.leader() == other(first), "the standby leads")
        networks.begins_anew(first)
        assert "has not answered for 3 s" in networks.logs(first)
        assert run(*networks.user(f"mailroom result --wait=60 {uuid}")) == "done"
        networks.works()
        wait(lambda: both_are_ready(networks), "both managers serve it")
    networks.works()
    assert networks.leader() == other(first)


def test_a_leader_without_its_managers_keeps_what_it_has(networks: Networks) -> None:
    first, epoch = networks.leader(), networks.epoch()
    with networks.cut("managers", first):
        wait(lambda: not both_are_ready(networks), "they are missed")
        uuid = run(*networks.user("echo 'echo after' | mailroom submit -"))
        assert (networks.leader(), networks.epoch()) == (first, epoch)
    assert run(*networks.user(f"mailroom result --wait=60 {uuid}")) == "after"


def test_a_leader_without_its_clients_stays_the_leader(networks: Networks) -> None:
    first, epoch = networks.leader(), networks.epoch()
    uuid = run(*networks.user("echo 'sleep 1; echo meanwhile' | mailroom submit -"))
    with networks.cut("clients", first):
        assert fails(*networks.user("mailroom list --timeout 2")) != 0
        assert (networks.leader(), networks.epoch()) == (first, epoch)
    assert run(*networks.user(f"mailroom result --wait=60 {uuid}")) == "meanwhile"


def test_nobody_leads_without_a_database(networks: Networks) -> None:
    first, epoch = networks.leader(), networks.epoch()
    uuid = run(*networks.user("echo 'echo kept' | mailroom submit -"))
    with networks.cut("database", *BROKERS):
        wait(lambda: networks.leader() == "", "the lock is free")
        assert fails(*networks.user("echo true | mailroom submit --timeout 2 -")) != 0
        networks.begins_anew(first)
    wait(networks.leader, "one of them leads again")
    assert run(*networks.user(f"mailroom result --wait=60 {uuid}")) == "kept"
    networks.works()
    assert networks.epoch() > epoch


def test_a_leader_that_stands_still_is_followed(networks: Networks) -> None:
    first, epoch = networks.leader(), networks.epoch()
    run("docker", "pause", networks.of(first))
    try:
        wait(lambda: networks.leader() == other(first), "the standby leads")
        networks.works()
    finally:
        run("docker", "unpause", networks.of(first))
    networks.begins_anew(first)
    wait(lambda: both_are_ready(networks), "both managers serve the leader")
    networks.works()
    assert (networks.leader(), networks.epoch()) == (other(first), epoch + 1)
