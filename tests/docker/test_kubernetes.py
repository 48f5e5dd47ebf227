"""The manifests for Kubernetes: they fit its schemas, and the images run as the pods' specifications say.

No cluster can run here: what docs/kubernetes.md says was not seen is not tested.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
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
AUTOSCALED = ("overlays/hpa", "overlays/keda")
MOST_GRACE = 600  # seconds that a cluster autoscaler waits for a pod that it has told to end
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


def objects(tools: Path, manifests: str) -> list[dict[str, Any]]:
    """What is in a text of YAML."""
    command = [str(tools / "python"), "-c", READ]
    read = subprocess.run(command, input=manifests, text=True, capture_output=True, check=True)
    found: list[dict[str, Any]] = json.loads(read.stdout)
    return found


def workloads(tools: Path, overlay: str) -> dict[str, dict[str, Any]]:
    """The specifications of what makes pods, by their names."""
    all_of_it = objects(tools, built(tools, overlay))
    return {one["metadata"]["name"]: one["spec"] for one in all_of_it if "template" in one["spec"]}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_the_overlay_of_the_docs_has_one_s_own_images(tools: Path, overlay: str, tmp_path: Path) -> None:
    (text,) = re.findall(
        r"^```yaml\n(.*?)^```", (ROOT / "docs/kubernetes.md").read_text(), re.MULTILINE | re.DOTALL
    )
    shutil.copytree(MANIFESTS, tmp_path / "deploy/kubernetes")
    (tmp_path / "kustomization.yaml").write_text(text.replace("kubernetes/base]", f"kubernetes/{overlay}]"))
    made = objects(tools, run(tools / "kubectl", "kustomize", tmp_path))
    assert {one["metadata"].get("namespace") for one in made} == {"mailroom"}
    images = {
        container["image"]
        for one in made
        for container in one["spec"].get("template", {}).get("spec", {}).get("containers", [])
    }
    assert images == {f"REGISTRY/mailroom-{name}:0.1.0" for name in ("broker", "bqskit")}


def pods(tools: Path) -> dict[str, dict[str, Any]]:
    """The specifications of the pods of `base`, by the names of what makes them."""
    return {name: spec["template"]["spec"] for name, spec in workloads(tools, "base").items()}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_one_at_a_time_says_how_many_shims_there_are(tools: Path, overlay: str) -> None:
    """Either the manifest, or an autoscaler, whose number an update must not undo."""
    assert ("replicas" in workloads(tools, overlay)["mailroom-shim"]) == (overlay not in AUTOSCALED)


def test_what_runs_has_the_time_to_end(tools: Path) -> None:
    shim = pods(tools)["mailroom-shim"]
    (container,) = shim["containers"]
    drains = int(container["args"][container["args"].index("--drain-grace") + 1]) / 1000
    assert drains + 20 <= shim["terminationGracePeriodSeconds"] <= MOST_GRACE


def projected(folder: Path, files: dict[str, Path], mode: int, group: int) -> str:
    """A ConfigMap or Secret as the kubelet lays it out: a folder that all may write to, with links."""
    version = folder / "..2026_12_01_12_00_00.1"
    version.mkdir(parents=True)
    folder.chmod(0o777)
    for name, file in files.items():
        shutil.copy(file, version / name)
        (version / name).chmod(mode)
        os.chown(version / name, 0, group)
        (folder / name).symlink_to(f"..data/{name}")
    version.chmod(0o755)
    (folder / "..data").symlink_to(version.name)
    return str(folder)


def empty(folder: Path, mode: int, group: int) -> str:
    """A volume with nothing in it, as the kubelet gives it to the pod's group."""
    folder.mkdir(parents=True)
    os.chown(folder, 0, group)
    folder.chmod(mode)
    return str(folder)


def start(pod: dict[str, Any], image: str, keys: Path, folder: Path, *options: str) -> str:
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
    group = user["fsGroup"]
    mounts = []
    for mount in container["volumeMounts"]:
        volume, path = volumes.get(mount["name"]), mount["mountPath"]
        if volume is None:  # of a claim
            mounts.append(f"--volume={empty(folder / path[1:], 0o2775, group)}:{path}")
        elif "emptyDir" in volume:
            mounts.append(f"--volume={empty(folder / path[1:], 0o2777, group)}:{path}")
        elif "configMap" in volume:
            files = {file.name: file for file in (keys / "allowed").glob("*.cert")}
            mounts.append(f"--volume={projected(folder / path[1:], files, 0o644, group)}:{path}:ro")
        else:
            files = {name: keys / name for name in FILES[volume["secret"]["secretName"]]}
            mode = volume["secret"]["defaultMode"]
            mounts.append(f"--volume={projected(folder / path[1:], files, mode, group)}:{path}:ro")
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


def logs(container: str) -> str:
    """What it has written."""
    command = ("docker", "logs", container)
    return subprocess.run(command, text=True, capture_output=True, check=True).stderr


def on_revocation() -> list[str]:
    """What docs/kubernetes.md has run in the broker's pod."""
    (command,) = re.findall(
        r"exec mailroom-broker-0 -- (.*)$", (ROOT / "docs/kubernetes.md").read_text(), re.MULTILINE
    )
    return shlex.split(command)


@pytest.mark.skipif(os.geteuid() != 0, reason="volumes are root's, as the kubelet's")
def test_the_pods_run_as_they_are_written(tools: Path, shared: Place, network: str, tmp_path: Path) -> None:
    specified = pods(tools)
    broker_options = (f"--network={network}", "--network-alias=mailroom-broker", "--publish=127.0.0.1::7472")
    images = {name: f"{shared.project}-{name}" for name in ("broker", "bqskit")}
    broker = start(
        specified["mailroom-broker"], images["broker"], shared.keys, tmp_path / "broker", *broker_options
    )
    shim = start(
        specified["mailroom-shim"], images["bqskit"], shared.keys, tmp_path / "shim", f"--network={network}"
    )
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
        run("docker", "exec", broker, *on_revocation())
        wait(lambda: "keys are let in, as /allowed says" in logs(broker), "it has read its keys")
    run("docker", "stop", "--time", specified["mailroom-shim"]["terminationGracePeriodSeconds"], shim)
    assert inspect(shim)["State"]["ExitCode"] == 0, "it has drained"
