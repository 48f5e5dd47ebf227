"""A shim as a unit of systemd's, with its own settings: `stop` sends SIGTERM to all processes of the unit."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from booted import booted
from engine import run
from place import Place

DOCKERFILE = """\
FROM {project}-bqskit
USER root
COPY --from={project}-broker /usr/local/bin/mailroomd /usr/local/bin/
COPY --from={project}-plain /usr/local/bin/mailroom-plain /usr/local/bin/
RUN apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends systemd
ENTRYPOINT ["/lib/systemd/systemd", "--log-target=console"]
"""


@pytest.fixture(scope="module")
def machine(shared: Place) -> Iterator[str]:
    """A container that runs systemd, with mailroom; its name."""
    with booted(f"{shared.project}-systemd", DOCKERFILE.format(project=shared.project)) as name:
        run("docker", "cp", Path(__file__).with_name("systemd_tasks.py"), f"{name}:/opt/systemd_tasks.py")
        yield name


@pytest.mark.parametrize("kind", ["python", "plain"])
@pytest.mark.parametrize("scenario", ["ends", "attempts"])
def test_systemctl_stop_drains_a_shim(machine: str, scenario: str, kind: str) -> None:
    """What runs ends, or is given back without an attempt."""
    run("docker", "exec", machine, "/opt/venv/bin/python", "/opt/systemd_tasks.py", scenario, kind)
