"""Whoever deploys by the files of this tree has a journal, in a place that outlives the broker's process."""

from __future__ import annotations

import re

from tree import ROOT

DEPLOY = ROOT / "deploy"


def journal_of(text: str) -> str:
    """The folder that a broker's arguments name."""
    [folder] = re.findall(r'"--journal", "(/\w+)"', text)
    return str(folder)


def test_the_unit_s() -> None:
    settings = (DEPLOY / "systemd/mailroomd.cfg").read_text()
    [folder] = re.findall(r"^journal\n    directory = (\S+)$", settings, re.MULTILINE)
    unit = (DEPLOY / "systemd/mailroomd.service").read_text()
    [state] = re.findall(r"^StateDirectory=(\S+)$", unit, re.MULTILINE)
    assert folder.startswith(f"/var/lib/{state}/")
    assert re.search(r"^Restart=on-failure$", unit, re.MULTILINE), "a leader that ends is started again"


def test_compose_s() -> None:
    text = (DEPLOY / "compose.yaml").read_text()
    folder = journal_of(text)
    assert f'"journal:{folder}"' in text, "it is on a volume"
    assert re.search(r"^volumes:\n  journal:", text, re.MULTILINE)
    image = (DEPLOY / "Dockerfile").read_text()
    assert f"-o 7472 -g 7472 {folder}\n" in image, "whose user may write there"


def test_kubernetes_s() -> None:
    text = (DEPLOY / "kubernetes/base/broker.yaml").read_text()
    folder = journal_of(text)
    assert f"{{name: journal, mountPath: {folder}}}" in text
    _, claims = text.split("volumeClaimTemplates:", 1)
    assert "metadata: {name: journal}" in claims, "it outlives the pod"
