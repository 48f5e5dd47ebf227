"""Two brokers between three networks: clients, managers, and a database that both name as their journal."""

from __future__ import annotations

import contextlib
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from engine import LONG, fails, inspect, main_process, run
from place import wait

NETWORKS = ("clients", "managers", "database")
BROKERS = ("one", "two")
DATABASE = """\
FROM debian:bookworm-slim
RUN apt-get update -q && apt-get install -y -q --no-install-recommends postgresql-common && \\
    echo 'create_main_cluster = false' >>/etc/postgresql-common/createcluster.conf && \\
    DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends postgresql-15
ENV PATH=/usr/lib/postgresql/15/bin:$PATH
USER postgres
RUN initdb -D /var/lib/postgresql/data -A trust && \\
    echo 'host all all all trust' >>/var/lib/postgresql/data/pg_hba.conf
ENTRYPOINT ["postgres", "-D", "/var/lib/postgresql/data"]
CMD ["-c", "listen_addresses=*", "-c", "fsync=off", "-k", "/tmp"]
"""
JOURNAL = "postgresql://postgres@database/postgres"
QUICK = """\
insecure = 1
bind = 0.0.0.0
{links}
    heartbeat = 500
"""
HOLDER = (
    "SELECT split_part(split_part(a.application_name, ' ', 2), ':', 1) FROM pg_locks l "
    "JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted"
)


class Networks:
    """The containers, by the names that they have for each other.

    Args:
        images: the project whose images of broker and shim are used.
        folder: for files of settings.
    """

    def __init__(self, images: str, folder: Path) -> None:
        self.images, self.folder = images, folder
        self.prefix = f"{images}-standby"

    def __enter__(self) -> Networks:
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _start(self) -> None:
        image = f"{self.prefix}-database"
        build = ["docker", "build", "--quiet", "--tag", image, "-"]
        built = subprocess.run(
            build, input=DATABASE, text=True, check=False, capture_output=True, timeout=LONG
        )
        assert built.returncode == 0, built.stderr
        for network in NETWORKS:
            run("docker", "network", "create", f"{self.prefix}-{network}")
        self._run("database", image, ("database",))
        wait(lambda: fails(*self._psql("SELECT 1")) == 0, "the database answers")
        self._run("dialled", self._image("plain"), ("managers",), *self._shim())
        for name in BROKERS:
            config = self._config("client-links", "manager-links")
            words = ("-c", config, "--journal", JOURNAL, "-v", "dialled")
            self._run(name, self._image("broker"), NETWORKS, *words)
        self._run("dials", self._image("plain"), ("managers",), *self._shim("--broker", "one,two"))
        self._run("client", self._image("broker"), ("clients",), "infinity", entry="sleep")

    def _end(self) -> None:
        for name in ("client", "dials", *BROKERS, "dialled", "database"):
            fails("docker", "rm", "--force", "--volumes", self.of(name))
        for network in NETWORKS:
            fails("docker", "network", "rm", f"{self.prefix}-{network}")
        fails("docker", "image", "rm", "--force", f"{self.prefix}-database")

    def _image(self, target: str) -> str:
        return f"{self.images}-{target}"

    def of(self, name: str) -> str:
        """The container of that name."""
        return f"{self.prefix}-{name}"

    def _config(self, *links: str) -> str:
        """Settings for each of these links; the file's path in the containers."""
        file = self.folder / f"{links[0]}.cfg"
        first, *others = links
        more = "".join(f"{one}\n    heartbeat = 500\n" for one in others)
        file.write_text(QUICK.format(links=first) + more)
        file.chmod(0o644)
        return f"/settings/{file.name}"

    def _shim(self, *options: str) -> tuple[str, ...]:
        config = self._config("boss-links")
        return ("-c", config, "-n", "1", "-v", *options, "--plain", "--", "sh", "-s")

    def _run(self, name: str, image: str, networks: tuple[str, ...], *words: str, entry: str = "") -> None:
        place = ("--name", self.of(name), "--hostname", name, "--network-alias", name)
        more = ("--entrypoint", entry) if entry else ()
        mount = ("--volume", f"{self.folder}:/settings:ro", "--tmpfs", "/tmp")
        first, *others = networks
        run("docker", "create", *place, "--network", f"{self.prefix}-{first}", *mount, *more, image, *words)
        for network in others:
            run("docker", "network", "connect", "--alias", name, f"{self.prefix}-{network}", self.of(name))
        run("docker", "start", self.of(name))

    # -- what is asked

    def _psql(self, sql: str) -> tuple[str, ...]:
        return ("docker", "exec", self.of("database"), "psql", "-h", "/tmp", "-XAtqc", sql)

    def leader(self) -> str:
        """Which broker has the journal, `` for none."""
        return run(*self._psql(HOLDER))

    def epoch(self) -> int:
        """The journal's."""
        return int(run(*self._psql("SELECT epoch FROM mailroom.journal")))

    def user(self, line: str) -> tuple[str, ...]:
        """A line of shell of a client's who names both brokers."""
        both = ("--env", "MAILROOM_BROKER=one,two", "--env", "MAILROOM_INSECURE=1")
        return ("docker", "exec", *both, self.of("client"), "sh", "-c", line)

    def works(self) -> None:
        """A client's task comes back."""
        line = "echo 'echo $((6 * 7))' | mailroom submit --wait=60 -"
        assert run(*self.user(line)) == "42"

    def logs(self, name: str) -> str:
        """What a container has written, of all its lives."""
        done = subprocess.run(
            ["docker", "logs", self.of(name)], capture_output=True, text=True, check=False, timeout=LONG
        )
        return done.stdout + done.stderr

    # -- what is done

    def begins_anew(self, name: str) -> None:
        """Waits until a broker has ended by itself, as one that must not go on; and starts it again."""
        wait(lambda: not inspect(self.of(name))["State"]["Running"], "it ends")
        assert inspect(self.of(name))["State"]["ExitCode"] == 1
        run("docker", "start", self.of(name))

    @contextlib.contextmanager
    def cut(self, network: str, *brokers: str) -> Iterator[None]:
        """No packet passes between these brokers and a network, and nobody is told.

        Who is started again meanwhile has a network of its own, without the cut.
        """
        subnet = run(
            *("docker", "network", "inspect", f"{self.prefix}-{network}"),
            *("--format", "{{(index .IPAM.Config 0).Subnet}}"),
        )
        inside = [self._inside(name) for name in brokers]
        rules = (("INPUT", "-s", subnet, "-j", "DROP"), ("OUTPUT", "-d", subnet, "-j", "DROP"))
        for enter in inside:
            for rule in rules:
                run(*enter, "iptables", "-w", "-A", *rule)
        try:
            yield
        finally:
            for enter in inside:
                for rule in rules:
                    fails(*enter, "iptables", "-w", "-D", *rule)

    def _inside(self, name: str) -> tuple[str, ...]:
        """How to run something in a container's network."""
        sudo = () if os.geteuid() == 0 else ("sudo", "-n")
        return (*sudo, "nsenter", "--target", str(main_process(self.of(name))), "--net")
