"""The deployment of deploy/compose.yaml on a real engine: keys, clients on the host, faults, the end.

The tests stand in the order in which a deployment lives; each brings about the shims that it needs.
"""

from __future__ import annotations

import operator
import re
import signal
import time
from pathlib import Path

import bqskit
import mailroom
import pytest
from compiles import TOLERANCE, Load, distance, random_circuit
from engine import fails, inspect, main_process, run, send
from mailroom import State
from mailroom.bqskit import Compiler
from place import MEMORY, PATIENCE, SETTINGS, Place, wait

pytestmark = pytest.mark.timeout(1500)  # the first test waits for the images

SEED = 5
USER = 7472  # of the images
TOO_MUCH = 4 * MEMORY


def compile_one(place: Place) -> None:
    """Compiles a circuit from this host, with the client's key."""
    circuit = random_circuit("docker")
    with Compiler("127.0.0.1", place.port, keys=place.keys) as compiler:
        compiled = bqskit.compile(circuit, optimization_level=1, compiler=compiler)
    assert distance(compiled, circuit) < TOLERANCE


def load(place: Place, widths: tuple[int, ...] = (1, 2)) -> Load:
    """Clients that compile, and have had a circuit compiled already."""
    clients = Load(place.port, SEED, widths, keys=place.keys)
    more(clients)
    return clients


def more(clients: Load) -> None:
    """Waits until one more circuit is compiled."""
    before = clients.done
    wait(lambda: clients.done > before or clients.problems, "another circuit")


def test_three_shims_with_keys_compile_a_circuit(place: Place) -> None:
    place.up(3)
    compile_one(place)


def test_the_example_compiles_within_the_deployment(place: Place) -> None:
    place.up(1)
    assert "distance between the two unitaries" in place("run", "--rm", "client")


def test_the_command_line_client_is_there(place: Place) -> None:
    place.up(1)
    assert place.containers("shim")[0] in place("run", "--rm", "mailroom", "managers")


@pytest.mark.parametrize("service", ["broker", "shim"])
def test_a_container_has_no_more_rights_than_it_needs(place: Place, service: str) -> None:
    place.up(1)
    container = place.containers(service)[0]
    status = Path(f"/proc/{main_process(container)}/status").read_text()
    found = dict(re.findall(r"^(Uid|CapEff|CapBnd|NoNewPrivs):\s+(\S+)", status, re.MULTILINE))
    assert found == {"Uid": str(USER), "CapEff": "0" * 16, "CapBnd": "0" * 16, "NoNewPrivs": "1"}
    limits = inspect(container)["HostConfig"]
    assert limits["ReadonlyRootfs"]
    assert limits["Memory"] > 0
    assert limits["PidsLimit"] > 0
    assert fails("docker", "exec", container, "touch", "/usr/local/bin/left") != 0
    published = run("docker", "port", container)
    assert published == (f"7472/tcp -> 127.0.0.1:{place.port}" if service == "broker" else "")


def test_a_client_without_a_key_is_not_served(place: Place) -> None:
    place.up(1)
    with pytest.raises((TimeoutError, mailroom.MailroomError)):
        mailroom.Client(f"127.0.0.1:{place.port}").managers(timeout=3)


def test_a_key_is_added_and_revoked_while_all_runs(place: Place) -> None:
    place.up(1)
    come: list[mailroom.Client] = []

    def comes() -> bool:
        try:
            come.append(place.client("alice"))
        except mailroom.KeyRefused:
            return False
        return True

    def is_left_alone() -> bool:
        try:
            alice.managers(timeout=10)
        except (TimeoutError, mailroom.MailroomError):
            return True
        return False

    place("run", "--rm", "keys", "client:alice")
    place("kill", "-s", "HUP", "broker")
    wait(comes, "the broker has read the table, and lets the key in")
    with come[0] as alice:
        assert alice.submit(operator.add, 1, 2).result(PATIENCE) == 3
        (place.keys / "allowed/alice.cert").unlink()
        place("kill", "-s", "HUP", "broker")
        wait(is_left_alone, "it has read the table again, and does not")
    place.ready(1)


@pytest.mark.parametrize("service", ["broker", "shim"])
def test_the_health_check_asks_the_program(place: Place, service: str) -> None:
    place.up(1)
    container = place.containers(service)[0]
    check = ("docker", "exec", container, *inspect(container)["Config"]["Healthcheck"]["Test"][1:])
    assert fails(*check) == 0
    send(container, signal.SIGSTOP)
    assert fails(*check) != 0
    send(container, signal.SIGCONT)
    wait(lambda: fails(*check) == 0, "it is well again")


def test_shims_come_and_go_while_clients_compile(place: Place) -> None:
    place.up(1)
    clients = load(place)
    for shims in (3, 1):
        place.up(shims)
        more(clients)
    clients.ends(PATIENCE)


def test_a_shim_whose_process_is_killed_is_started_again(place: Place) -> None:
    place.up(2)
    clients = load(place)
    container = place.containers("shim")[0]
    before = inspect(container)["RestartCount"]
    send(container, signal.SIGKILL)
    wait(lambda: inspect(container)["RestartCount"] > before, "the engine starts it again")
    place.ready(2)
    more(clients)
    clients.ends(PATIENCE)


def test_a_network_that_heals_costs_nothing(place: Place) -> None:
    place.up(2)
    clients = load(place)
    container, network = place.containers("shim")[0], f"{place.project}_default"
    process = main_process(container)
    run("docker", "network", "disconnect", network, container)
    place.misses(container)
    run("docker", "network", "connect", "--alias", "shim", network, container)
    place.ready(2)
    assert main_process(container) == process
    more(clients)
    clients.ends(PATIENCE)


@pytest.mark.parametrize("how", ["restart", "kill"])
def test_a_broker_that_is_started_again_is_found_by_all(place: Place, how: str) -> None:
    place.up(2)
    clients = load(place)
    if how == "restart":
        place("restart", "broker")
    else:
        send(place.containers("broker")[0], signal.SIGKILL)
    place.ready(2)
    more(clients)
    clients.ends(PATIENCE)


def test_what_a_client_has_left_outlives_the_broker(place: Place) -> None:
    place.up(1)
    client = place.client()
    done, waits = client.submit(operator.add, 1, 2), client.submit(time.sleep, 5)
    assert done.result(PATIENCE) == 3
    token = client.detach()
    send(place.containers("broker")[0], signal.SIGKILL)
    place.ready(1)
    with mailroom.Client.resume(token) as client:
        assert client.future(waits.uuid).result(PATIENCE) is None


def test_a_shim_that_is_told_to_stop_finishes_its_task(place: Place) -> None:
    place.up(1)
    container = place.containers("shim")[0]
    with place.client() as client:
        task = client.submit(time.sleep, 5)
        wait(lambda: client.status(task).state is State.RUNNING, "it runs")
        place("stop", "shim")
        assert task.result(PATIENCE) is None
        assert client.status(task).attempts == 1
    assert inspect(container)["State"]["ExitCode"] == 0


def test_a_task_that_takes_too_much_memory_fails_alone(place: Place) -> None:
    place.up(1)
    container = place.containers("shim")[0]
    process = main_process(container)
    with place.client() as client:
        with pytest.raises(mailroom.MailroomError, match="memory"):
            client.submit(operator.mul, b"x", TOO_MUCH).result(PATIENCE)
        assert client.submit(operator.add, 1, 2).result(PATIENCE) == 3
    assert main_process(container) == process


def test_plain_commands_are_workers_too(place: Place) -> None:
    place.up(1)
    place("up", "-d", "--no-build", "plain", profiles=["plain"])
    with place.client() as client:
        assert client.submit_bytes(b"echo $((6 * 7)); id -u").result(PATIENCE) == b"42\n7472\n"
    place("rm", "--stop", "--force", "plain", profiles=["plain"])


def test_the_older_compose_takes_the_same_file(
    shared: Place, versions: dict[str, tuple[str, ...]], tmp_path: Path
) -> None:
    older = versions.get("v1")
    if older in (None, shared.compose):
        pytest.skip("one version of Compose only is here")
    place = Place(older, tmp_path, **SETTINGS)
    try:
        place.take(shared)
        place("run", "--rm", "keys")
        place.up(2)
        compile_one(place)
        place.up(1)
        place("stop")
        assert not place.containers()
    finally:
        place.clean()
    assert not place.left()


def test_down_leaves_nothing(place: Place) -> None:
    place.up(2)
    assert place.left()
    place.clean()
    assert not place.left()
