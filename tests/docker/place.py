"""A deployment as a client on this host sees it, and what can be done to its containers."""

from __future__ import annotations

import time
from collections.abc import Callable

import cache
import mailroom
from engine import ROOT, Deployment, run
from mailroom import ManagerState
from running import until

WORKERS = 1
MEMORY = 700 << 20  # bytes, of a shim: for BQSKit's worker more than enough
SETTINGS = {"MAILROOM_WORKERS": str(WORKERS), "MAILROOM_SHIM_MEMORY": f"{MEMORY >> 20}m"}
PATIENCE = 240.0  # seconds, for what takes several processes to start, on a slow machine
BREATH = 0.2  # seconds
PROFILES = ("plain", "tools")
IMAGES = ("broker", "bqskit", "plain")


def wait(true: Callable[[], object], what: str) -> None:
    """Waits until `true` says so, and asks it now and then only, for asking takes a processor's time."""

    def ask() -> object:
        time.sleep(BREATH)
        return true()

    until(ask, what, PATIENCE)


class Place(Deployment):
    """A deployment with clients; for arguments see Deployment."""

    _output = ""  # of the build
    _cache: frozenset[str] | None = None  # what BuildKit had before it

    def client(self, name: str = "client") -> mailroom.Client:
        """A client on this host, through the published port."""
        keys = self.keys
        return mailroom.Client(
            f"127.0.0.1:{self.port}",
            key=keys / f"{name}.cert_secret",
            broker_key=keys / "broker.cert",
            timeout=PATIENCE,  # the engine takes its time to start a broker again
        )

    def build(self) -> None:
        """Makes the images with Compose, as a user does; `clean` takes away what that leaves."""
        run(ROOT / "tests/docker/base-image")
        self._cache = frozenset(cache.of_buildkit())
        self._output = self("build", profiles=PROFILES)

    def take(self, other: Place) -> None:
        """Takes the images that another deployment has built."""
        for image in IMAGES:
            run("docker", "tag", f"{other.project}-{image}", f"{self.project}-{image}")

    def clean(self) -> None:
        """Takes away all that there is of this deployment; may be called again."""
        self("down", "--volumes", "--remove-orphans", "--rmi", "all", "--timeout", 1, profiles=PROFILES)

    def clean_cache(self) -> None:
        """Takes away what the building left."""
        cache.drop_of_classic(self._output)
        if self._cache is not None:
            cache.drop_of_buildkit(cache.of_buildkit() - self._cache)

    def up(self, shims: int) -> None:
        """Starts it, or changes the number of its shims, and waits until they have their workers."""
        self("up", "-d", "--no-build", "--scale", f"shim={shims}")
        self.ready(shims)

    def managers(self, client: mailroom.Client) -> dict[str, ManagerState]:
        """The managers that have their workers, by their names, which are the ids of their containers."""
        return {one.name: one.state for one in client.managers(PATIENCE) if one.workers == WORKERS}

    def ready(self, shims: int) -> None:
        """Waits until the broker has so many managers with workers, and they are the containers that run."""
        running = dict.fromkeys(self.containers("shim"), ManagerState.READY)
        assert len(running) == shims
        with self.client() as client:
            wait(lambda: self.managers(client) == running, f"{shims} managers that are ready")

    def misses(self, container: str) -> None:
        """Waits until the broker has no connection to the shim in a container."""
        with self.client() as client:
            wait(
                lambda: self.managers(client).get(container) is not ManagerState.READY, "the broker misses it"
            )
