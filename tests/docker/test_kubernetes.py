"""The manifests for Kubernetes: they fit its schemas, and the images run as the pods' specifications say.

No cluster can run here: what docs/kubernetes.md says was not seen is not tested.
"""

from __future__ import annotations

import json
import os
import subprocess
import venv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from engine import ROOT, fails, inspect, run
from mailroom import Client
from place import Place, wait

MANIFESTS = ROOT / "deploy/kubernetes"
OVERLAYS = ("base", *(f"overlays/{path.name}" for path in sorted((MANIFESTS / "overlays").iterdir())))
READ = "import json, sys, yaml; json.dump(list(yaml.safe_load_all(sys.stdin)), sys.stdout)"
FILES = {
    "mailroom-broker-keys": ("broker.cert_secret", "broker.cert", "manager.cert"),
    "mailroom-shim-keys": ("manager.cert_secret", "manager.cert", "broker.cert"),
}


@pytest.fixture(scope="module")
def tools() -> Path:
    """Where kubectl is, and what has the schemas."""
    folder = Path(os.environ.get("MAILROOM_BUILD", ROOT / "build")) / "kubernetes"
    if not (folder / "bin/kubernetes-validate").exists():
        venv.create(folder, with_pip=True)
        requirements = ROOT / "deploy/requirements-kubernetes.txt"
        run(folder / "bin/pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements)
    return folder / "bin"


def built(tools: Path, overlay: str) -> str:
    return run(tools / "kubectl", "kustomize", MANIFESTS / overlay)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_manifests_fit_the_schemas(tools: Path, overlay: str, tmp_path: Path) -> None:
    file = tmp_path / "manifests.yaml"
    file.write_text(built(tools, overlay))
    run(tools / "kubernetes-validate", "--strict", file)
    file.write_text(file.read_text().replace("serviceName:", "servicesName:"))
    assert fails(tools / "kubernetes-validate", "--strict", file), "a field that there is not is found"


def pods(tools: Path) -> dict[str, dict[str, Any]]:
    """The specifications of the pods of `base`, by the names of what makes them."""
    command = [str(tools / "python"), "-c", READ]
    read = subprocess.run(command, input=built(tools, "base"), text=True, capture_output=True, check=True)
    objects = json.loads(read.stdout)
    return {
        one["metadata"]["name"]: one["spec"]["template"]["spec"]
        for one in objects
        if "template" in one["spec"]
    }


def start(pod: dict[str, Any], image: str, keys: Path, *options: str) -> str:
    """A container that is as this pod's only one; its name."""
    (container,) = pod["containers"]
    user, closed = pod["securityContext"], container["securityContext"]
    assert closed["readOnlyRootFilesystem"]
    assert not closed["allowPrivilegeEscalation"]
    rights = ["--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    rights += [f"--user={user['runAsUser']}:{user['runAsGroup']}"]
    rights += [f"--memory={container['resources']['limits']['memory'].removesuffix('i').lower()}"]
    variables = [f"--env={one['name']}={one['value']}" for one in container["env"]]
    volumes = {one["name"]: one for one in pod["volumes"]}
    mounts = []
    for mount in container["volumeMounts"]:
        volume, path = volumes.get(mount["name"]), mount["mountPath"]
        if volume is None:  # of a claim
            mounts.append(f"--tmpfs={path}:uid={user['runAsUser']},mode=0700")
        elif "emptyDir" in volume:
            mounts.append(f"--tmpfs={path}")
        elif "configMap" in volume:
            mounts.append(f"--volume={keys / 'allowed'}:{path}:ro")
        else:
            names = FILES[volume["secret"]["secretName"]]
            mounts += [f"--volume={keys / name}:{path}/{name}:ro" for name in names]
    return run("docker", "run", "--detach", *rights, *variables, *mounts, *options, image, *container["args"])


@pytest.fixture
def network(shared: Place) -> Iterator[str]:
    name = f"{shared.project}-pods"
    run("docker", "network", "create", name)
    yield name
    for container in run("docker", "ps", "-aq", "--filter", f"network={name}").split():
        print(run("docker", "logs", container))
        run("docker", "rm", "--force", container)
    run("docker", "network", "rm", name)


def test_the_pods_run_as_they_are_written(tools: Path, shared: Place, network: str) -> None:
    specified = pods(tools)
    broker_options = (f"--network={network}", "--network-alias=mailroom-broker", "--publish=127.0.0.1::7472")
    broker = start(specified["mailroom-broker"], f"{shared.project}-broker", shared.keys, *broker_options)
    shim = start(specified["mailroom-shim"], f"{shared.project}-bqskit", shared.keys, f"--network={network}")
    for container, pod in ((broker, "mailroom-broker"), (shim, "mailroom-shim")):
        (spec,) = specified[pod]["containers"]
        for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
            command = spec[probe]["exec"]["command"]
            wait(
                lambda to=container, words=command: fails("docker", "exec", to, *words) == 0,
                f"{pod}: {probe}",
            )
    port = inspect(broker)["NetworkSettings"]["Ports"]["7472/tcp"][0]["HostPort"]
    keys = shared.keys
    with Client(
        f"127.0.0.1:{port}", key=keys / "client.cert_secret", broker_key=keys / "broker.cert"
    ) as client:
        assert client.submit(pow, 2, 10).result(240) == 1024
    run("docker", "stop", "--time", specified["mailroom-shim"]["terminationGracePeriodSeconds"], shim)
    assert inspect(shim)["State"]["ExitCode"] == 0, "it has drained"
