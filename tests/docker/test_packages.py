"""The Debian packages in a clean container that runs systemd: installed, upgraded under work, purged."""

from __future__ import annotations

import contextlib
import fnmatch
import os
import random
import re
import subprocess
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from booted import booted
from engine import LONG, ROOT, run
from place import wait

pytestmark = pytest.mark.timeout(2 * LONG)  # what is built takes minutes

DOCKERFILE = """\
FROM debian:bookworm-slim
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends systemd
ENTRYPOINT ["/lib/systemd/systemd", "--log-target=console"]
"""
SHIM = 'broker = "ipc:///run/mailroom/broker"\nplain = 1\ncommand = "sh -s"\nworkers = 1\n'
BROKER = "ipc:///run/mailroom/broker"
MOST_EXPOSED = 2.0
SLURM = """\
ClusterName=mailroom
SlurmctldHost={host}
SlurmUser=slurm
StateSaveLocation=/var/lib/slurm/slurmctld
SlurmdSpoolDir=/var/lib/slurm/slurmd
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
SelectType=select/cons_tres
ReturnToService=2
NodeName={host} CPUs=2 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES State=UP
"""
SCALE = (
    f"OPTIONS=--broker {BROKER} --dial {BROKER} --max 1 --interval 0.2 --idle 2 --"
    " --partition main -- --plain -- sh -s\n"
)
UNITS = ("mailroomd", "mailroom-shim@plain", "mailroom-scale@alice")
NEWER = "0.1.0+newer"
INSTALL = "DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends"

In = Callable[..., str]


@pytest.fixture(scope="module")
def debs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the packages as the build's target makes them, which lintian has nothing against."""
    folder, build = (
        tmp_path_factory.mktemp("debs"),
        Path(os.environ.get("MAILROOM_BUILD", ROOT / "build"), "dev"),
    )
    if not (build / "CMakeCache.txt").exists():
        build = tmp_path_factory.mktemp("build")
        run("cmake", "-S", ROOT, "-B", build, "-G", "Ninja", "-DMAILROOM_TESTS=OFF", "-DMAILROOM_PYTHON=OFF")
    run("cmake", "--build", build, "--target", "package", environment={"MAILROOM_DEBS": str(folder)})
    for symbols in folder.glob("*-dbgsym_*"):
        symbols.unlink()
    return folder


def control(text: str) -> dict[str, str]:
    """The fields of a paragraph of Debian's, each on one line."""
    return dict(re.findall(r"^(\S+): *(.*)$", re.sub(r"\n +", " ", text), re.MULTILINE))


def test_the_target_makes_the_packages_of_debian(debs: Path) -> None:
    """All that debian/ names, with the files that it names, and what they need."""
    source, *paragraphs = (ROOT / "debian/control").read_text().strip().split("\n\n")
    packages = {made["Package"]: made for made in map(control, paragraphs)}
    files = {file.name.partition("_")[0]: file for file in debs.glob("*.deb")}
    assert control(source)["Source"] == "mailroom"
    assert set(files) == set(packages)
    version = re.findall(r"\((.*?)\)", (ROOT / "debian/changelog").read_text())[0]
    for name, file in files.items():
        made = control(run("dpkg-deb", "--field", file))
        assert (made["Package"], made["Version"]) == (name, version)
        needs = {word.split()[0] for word in made["Depends"].split(", ")}
        named = {word.split()[0] for word in packages[name]["Depends"].split(", ") if word[0] != "$"}
        assert named <= needs
        assert "libzmq5" in needs or name == "libmailroom-dev", needs
        held = [line.split()[5].rstrip("/") for line in run("dpkg-deb", "--contents", file).splitlines()]
        for line in (ROOT / f"debian/{name}.install").read_text().splitlines():
            what, _, where = line.partition(" ")
            wanted = f"./{where}/{Path(what).name}" if where else f"./{what}"
            assert fnmatch.filter(held, wanted) or fnmatch.filter(held, f"{wanted}.gz"), f"{name}: {wanted}"


@pytest.fixture(scope="module")
def machine(debs: Path) -> Iterator[In]:
    """A container with the packages, but for those to compile with; runs a line of shell there."""
    run(ROOT / "tests/docker/base-image")
    with booted(f"mailroom-test-{random.randrange(1 << 32):08x}-packages", DOCKERFILE) as name:

        def inside(line: str, user: str = "root") -> str:
            return run("docker", "exec", "--user", user, name, "sh", "-c", line)

        run("docker", "cp", debs, f"{name}:/opt/debs")
        try:
            inside(f"apt-get update -q && {INSTALL} /opt/debs/mailroom-*.deb /opt/debs/libmailroom1_*.deb")
            inside("useradd --create-home --groups mailroom alice && useradd --create-home bob")
            Path(debs / "shim").write_text(SHIM)
            run("docker", "cp", debs / "shim", f"{name}:/etc/mailroom/shim-plain.cfg")
            inside("touch /etc/mailroom/scale-alice.env && systemctl start mailroomd mailroom-shim@plain")
            yield inside
        finally:
            print(
                subprocess.run(["docker", "logs", name], capture_output=True, text=True, check=False).stdout
            )


def of_the_docs(part: str) -> str:
    """The block of docs/deployment.md that has this in it."""
    text = (ROOT / "docs/deployment.md").read_text()
    python = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
    blocks = python.findall(text) + re.findall(r"(?:^    .*\n)+", python.sub("", text), re.MULTILINE)
    (block,) = (block for block in blocks if part in block)
    return textwrap.dedent(block)


def managers(machine: In) -> int:
    """How many take tasks."""
    return machine(f"mailroom managers --broker {BROKER}").count("ready")


def test_what_the_docs_say_works(machine: In, wheels: Path) -> None:
    """Workers that are shells, and workers for Python functions, as a newcomer sets them up."""
    name = machine("hostname")
    try:
        machine("set -e\n" + of_the_docs("mailroom-shim@here"))
        wait(lambda: managers(machine) == 2, "its manager is there")
        assert machine(of_the_docs("submit --wait --broker"), user="alice") == name
        (wheel,) = wheels.glob("*.whl")
        Path(wheels / "tried.py").write_text(of_the_docs("submit(pow, 2, 10)"))
        for file in (wheel, wheels / "tried.py"):
            run("docker", "cp", file, f"{name}:/opt")
        machine(
            f"set -e\n{INSTALL} python3-venv ca-certificates\ncd /opt\n{of_the_docs('mailroom-shim@python')}"
        )
        assert machine("/opt/mailroom/bin/python /opt/tried.py", user="alice") == "1024"
    finally:
        for shim in ("here", "python"):
            print(machine(f"journalctl -u mailroom-shim@{shim} || true"))
            machine(f"systemctl disable --now mailroom-shim@{shim}; rm -f /etc/mailroom/shim-{shim}.cfg")
        machine("rm -rf /opt/mailroom /etc/default/mailroom-shim-python")


def test_a_group_s_members_reach_the_broker(machine: In) -> None:
    assert machine("systemctl is-active mailroomd mailroom-shim@plain").split() == ["active"] * 2
    said = machine(f"echo 'id -un; env' | mailroom submit --wait --broker {BROKER} -", user="alice")
    assert said.splitlines()[0] == "mailroom", "workers are the service's user's"
    assert "NOTIFY_SOCKET" not in said, "a task's programs are not the service"
    assert machine(f"mailroom check --broker {BROKER} || echo refused", user="bob").endswith("refused")


@pytest.mark.parametrize("unit", UNITS)
def test_units_expose_little(machine: In, unit: str) -> None:
    said = machine(f"systemd-analyze security --no-pager {unit}").splitlines()[-1]
    found = re.search(r"exposure level for \S+: ([\d.]+)", said)
    assert found, said
    assert float(found[1]) <= MOST_EXPOSED


@contextlib.contextmanager
def quick_watchdog(machine: In, unit: str) -> Iterator[None]:
    """Starts a unit anew, with a watchdog of seconds."""
    folder = f"/run/systemd/system/{unit}.service.d"
    machine(f"mkdir -p {folder} && printf '[Service]\\nWatchdogSec=4\\nRestartSec=1\\n' >{folder}/quick.conf")
    machine(f"systemctl daemon-reload && systemctl restart {unit}")
    yield
    machine(f"rm -r {folder} && systemctl daemon-reload && systemctl restart {unit}")


def is_restarted_when_it_hangs(machine: In, unit: str) -> None:
    assert machine(f"systemctl show -P NRestarts {unit}") == "0"
    machine(f"systemctl kill --signal=STOP --kill-who=main {unit}")
    wait(lambda: machine(f"systemctl show -P NRestarts {unit}") != "0", "it is started again")
    wait(lambda: machine(f"systemctl is-active {unit} || true") == "active", "and serves")


def test_the_watchdog_ends_a_broker_that_hangs(machine: In) -> None:
    with quick_watchdog(machine, "mailroomd"):
        is_restarted_when_it_hangs(machine, "mailroomd")


@pytest.fixture
def slurm(machine: In, debs: Path) -> Iterator[None]:
    """A Slurm of this one machine, whose jobs have all the work, and settings of alice's scaler."""
    machine(f"{INSTALL} slurm-wlm munge")
    name = machine("hostname")
    Path(debs / "slurm.conf").write_text(SLURM.format(host=name))
    Path(debs / "scale").write_text(SCALE)
    run("docker", "cp", debs / "slurm.conf", f"{name}:/etc/slurm/slurm.conf")
    run("docker", "cp", debs / "scale", f"{name}:/etc/mailroom/scale-alice.env")
    machine("systemctl restart munge slurmctld slurmd && systemctl stop mailroom-shim@plain")
    try:
        wait(lambda: machine("sinfo -h -o %t") == "idle", "Slurm runs")
        yield
    finally:
        machine("systemctl stop mailroom-scale@alice; scancel --user=alice")
        wait(lambda: machine("squeue -h") == "", "no job is left")
        machine("systemctl stop slurmd slurmctld munge; systemctl start mailroom-shim@plain")


@pytest.mark.usefixtures("slurm")
def test_the_scaler_brings_jobs_of_slurm(machine: In) -> None:
    """As a unit: jobs come with tasks, are as if alice had submitted them, stay when it ends, and leave."""
    home = machine("echo ~alice")
    machine("systemctl start mailroom-scale@alice")
    script = "touch ~/began; until test -e ~/go; do sleep 0.1; done; id -un; umask; pwd"
    uuid = machine(f"echo '{script}' | mailroom submit --broker {BROKER} -", user="alice")
    wait(lambda: fails_not(machine, f"test -e {home}/began"), "a job runs the task")
    machine("systemctl stop mailroom-scale@alice")
    assert machine("systemctl show -P Result mailroom-scale@alice") == "success"
    assert machine("squeue -h -o '%u %T'") == "alice RUNNING"
    machine(f"systemctl start mailroom-scale@alice && touch {home}/go")
    said = machine(f"mailroom result --wait=60 --broker {BROKER} {uuid}", user="alice").split()
    assert said == ["alice", "0022", home]
    wait(lambda: machine("squeue -h") == "", "the job leaves when it has nothing to do")
    assert machine("squeue -h --states=all -o %T") == "COMPLETED"


@pytest.mark.usefixtures("slurm")
def test_the_watchdog_ends_a_scaler_that_hangs(machine: In) -> None:
    """But not one that waits for Slurm: that has half of the watchdog's time to answer."""
    unit = "mailroom-scale@alice"
    with quick_watchdog(machine, unit):
        machine("systemctl kill --signal=STOP slurmctld")
        log = f"journalctl --unit {unit} --output cat"
        wait(lambda: "squeue did not end in time" in machine(log), "it has not waited for ever")
        machine("systemctl kill --signal=CONT slurmctld")
        is_restarted_when_it_hangs(machine, unit)


def begin(machine: In, name: str) -> str:
    """A task that runs until the file /var/lib/mailroom/NAME is there; its uuid."""
    script = f"touch ~/{name}.runs; until test -e ~/{name}; do sleep 0.1; done; echo {name}"
    uuid = machine(f"echo '{script}' | mailroom submit --broker {BROKER} -", user="alice")
    wait(lambda: fails_not(machine, f"test -e /var/lib/mailroom/{name}.runs"), "the task runs")
    return uuid


def fails_not(machine: In, line: str) -> bool:
    return machine(f"{line} && echo yes || echo no") == "yes"


def ended(machine: In, name: str, uuid: str) -> str:
    """What the task has said, once it may end."""
    machine(f"touch /var/lib/mailroom/{name}")
    return machine(f"mailroom result --wait=60 --broker {BROKER} {uuid}", user="alice")


def test_what_runs_is_there_when_the_broker_was_killed(machine: In) -> None:
    uuid = begin(machine, "killed")
    before = machine("systemctl show -P MainPID mailroomd")
    machine("systemctl kill --signal=KILL --kill-who=main mailroomd")
    wait(lambda: machine("systemctl show -P MainPID mailroomd") not in (before, "0"), "it is started again")
    assert ended(machine, "killed", uuid) == "killed"


def test_an_upgrade_does_not_touch_what_runs(machine: In) -> None:
    uuid = begin(machine, "upgraded")
    before = machine("systemctl show -P MainPID mailroomd mailroom-shim@plain")
    machine(
        "cd /opt/debs && for deb in mailroom-*.deb libmailroom1_*.deb; do dpkg-deb -R $deb t && "
        f"sed -i 's/^Version: .*/Version: {NEWER}/' t/DEBIAN/control && "
        "dpkg-deb -b t newer-$deb && rm -r t; done"
    )
    machine(f"{INSTALL} /opt/debs/newer-*.deb")
    assert machine("dpkg-query -W -f '${Version}' mailroom-broker") == NEWER
    assert machine("systemctl show -P MainPID mailroomd mailroom-shim@plain") == before
    assert ended(machine, "upgraded", uuid) == "upgraded"


def test_what_runs_ends_when_a_shim_is_removed(machine: In) -> None:
    machine("systemctl show -P KillMode mailroom-shim@plain | grep -x mixed")
    machine("printf 'drain-grace = 60000\\n' >>/etc/mailroom/shim-plain.cfg")
    machine("systemctl restart mailroom-shim@plain")
    uuid = begin(machine, "removed")
    machine("apt-get remove -y -q mailroom-shim >/dev/null 2>&1 & echo")
    wait(lambda: machine("systemctl is-active mailroom-shim@plain || true") == "deactivating", "it drains")
    assert ended(machine, "removed", uuid) == "removed"
    wait(lambda: not fails_not(machine, "test -e /usr/bin/mailroom-shim"), "it is removed")


def test_purged_they_leave_nothing(machine: In) -> None:
    """No scaler either, which no package has started, and which waits for a Slurm that does not run."""
    machine(
        f"printf '{SCALE.strip()}' >/etc/mailroom/scale-alice.env && systemctl start mailroom-scale@alice"
    )
    machine("apt-get -o DPkg::Lock::Timeout=120 purge -y -q mailroom-broker mailroom-cli libmailroom1")
    left = machine(
        "find / -xdev -iname '*mailroom*' -not -path '/proc/*' -not -path '/opt/*' -not -path '/home/*'"
    )
    allowed = {"/etc/mailroom", "/var/mail/mailroom"}  # the admin's own settings are in the first
    assert set(left.splitlines()) <= allowed, left
    assert machine("ls /etc/mailroom").split() == ["scale-alice.env", "shim-plain.cfg"]
    assert machine("find /proc -maxdepth 1 -ignore_readdir_race -user mailroom") == ""
    assert machine("find /proc -maxdepth 1 -ignore_readdir_race -user alice") == ""
