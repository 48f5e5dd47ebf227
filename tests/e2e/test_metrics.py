"""Metrics: what Prometheus and its tools make of them, of the alerts and of the dashboard."""

from __future__ import annotations

import json
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alerts
import mailroom
import pytest
from mailroom_peer.ports import free_port
from over_http import address, asks, metrics, serving
from running import SOON, Program, Programs, until

DEPLOY = Path(__file__).parents[2] / "deploy"
RULES = DEPLOY / "prometheus/mailroom.rules.yml"
OPEN = "application/openmetrics-text"
COUNTED = {
    "uptime": "process_start_time_seconds",
    "clients": "mailroom_sessions",
    "absent": "mailroom_sessions",
    "submitted": "mailroom_tasks_submitted_total",
    "finished": "mailroom_tasks_finished_total",
    "failed": "mailroom_tasks_failed_total",
    "cancelled": "mailroom_tasks_cancelled_total",
    "kept": "mailroom_kept_bytes",
    "managers": "mailroom_managers",
    "workers": "mailroom_workers",
    "idle": "mailroom_workers_idle",
    "tasks": "mailroom_tasks",
    "queued": "mailroom_tasks_queued",
    "queued plain": "mailroom_runtime_tasks_queued",
    "runtime plain": "mailroom_runtime_managers",
    "memory": "process_resident_memory_bytes",
    "discarded": "mailroom_mail_discarded_total",
    "misbehaved": "mailroom_peers_misbehaved_total",
    "journal refuses": "mailroom_journal_refuses",
    "journal size": "mailroom_journal_size_bytes",
    "journal behind": "mailroom_journal_behind_bytes",
    "journal records": "mailroom_journal_records_total",
    "journal rows": "mailroom_journal_rows_total",
    "journal groups": "mailroom_journal_groups_total",
    "journal written": "mailroom_journal_written_bytes_total",
    "journal commit": "mailroom_journal_commit_seconds",
    "journal failures": "mailroom_journal_failures_total",
}
"""The numbers of COUNTS, and the metrics that have them."""
BESIDE = {
    *(
        f"mailroom_task_{what}_seconds_{part}"
        for what in ("wait", "run")
        for part in ("bucket", "sum", "count")
    ),
    *(f"mailroom_journal_trip_seconds_{part}" for part in ("bucket", "sum", "count")),
    *(f"mailroom_manager_{what}" for what in ("ready", "workers", "workers_idle", "tasks")),
    "mailroom_build_info",
    *(f"process_{what}" for what in ("cpu_seconds_total", "virtual_memory_bytes", "open_fds", "max_fds")),
}


def promtool(*arguments: object, text: str | None = None) -> str:
    """What it says, where it finds nothing wrong."""
    command = ["promtool", *map(str, arguments)]
    done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SOON * 3, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.fixture
def broker(programs: Programs, tmp_path: Path) -> Program:
    """A broker with a journal and one worker, and another manager that never comes."""
    shim = programs.plain('read what; test "$what" != bad')
    journal = ("--journal", tmp_path / "journal")
    broker = serving(programs, shim, options=(*journal, f"127.0.0.1:{free_port()}"))
    until(lambda: metrics(broker)["mailroom_workers"] == 1, "the worker")
    return broker


def test_how_long_the_journal_takes(broker: Program) -> None:
    """Records are counted by how long they took until they were on the disk."""
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        assert client.submit_bytes(b"kept").result(SOON) == b""
        until(lambda: metrics(broker)["mailroom_journal_trip_seconds_count"] > 0, "a record is safe")
    told = metrics(broker)
    count = told["mailroom_journal_trip_seconds_count"]
    assert told['mailroom_journal_trip_seconds_bucket{le="+Inf"}'] == count
    assert told["mailroom_journal_trip_seconds_sum"] >= 0
    assert promtool("check", "metrics", text=asks(broker, "/metrics")[2]) == ""


def test_why_the_journal_refuses(programs: Programs, tmp_path: Path) -> None:
    """By a reason of a few; and no more when there is room again."""
    (tmp_path / "settings").write_text("journal\n    size = 16777216\n")  # the least
    options = ("--journal", tmp_path / "journal", "-c", tmp_path / "settings")
    broker = serving(programs, options=options)

    def reasons() -> set[str]:
        pattern = re.compile(r'mailroom_journal_refuses_for\{reason="(\w+)"\}')
        told = metrics(broker)
        found = {found[1]: told[series] for series in told if (found := pattern.fullmatch(series))}
        assert set(found) == {"failing", "full", "behind"}
        assert sum(found.values()) == told["mailroom_journal_refuses"]
        return {reason for reason, value in found.items() if value}

    assert reasons() == set()
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        for _ in range(20):
            client.submit_bytes(bytes(1 << 20), runtime="absent")
        until(lambda: reasons() == {"full"}, "it has all that it may", SOON * 3)
    until(lambda: reasons() == set(), "what its client had is gone", SOON * 3)


def test_numbers(broker: Program) -> None:
    """What was done is counted, and how long it took."""
    with mailroom.Client(f"127.0.0.1:{broker.port}", name='the "lab"') as client:
        assert [client.submit_bytes(b"good").result(SOON) for _ in range(3)] == [b""] * 3
        with pytest.raises(mailroom.TaskFailed):
            client.submit_bytes(b"bad").result(SOON)
        until(lambda: metrics(broker)["mailroom_tasks_failed_total"] == 1, "what was done is told")
        told = metrics(broker)
    assert told["mailroom_tasks_submitted_total"] == 4
    assert told["mailroom_tasks_finished_total"] == 3
    assert told["mailroom_tasks_failed_total"] == 1
    assert told['mailroom_sessions{client="here"}'] == 1
    assert told['mailroom_managers{state="ready"}'] == 1
    assert told['mailroom_managers{state="away"}'] == 1
    assert told['mailroom_task_wait_seconds_count{runtime="plain"}'] == 4
    assert told['mailroom_task_run_seconds_bucket{runtime="plain",le="+Inf"}'] == 4
    assert told['mailroom_task_run_seconds_count{runtime="plain"}'] == 4
    assert told["process_resident_memory_bytes"] > 1e6
    assert told["process_open_fds"] > 10


def families(broker: Program) -> set[str]:
    """The names of its series."""
    return {re.sub(r"\{.*", "", series) for series in metrics(broker)}


def test_each_number_of_counts_is_there(broker: Program) -> None:
    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        client.submit_bytes(b"good").result(SOON)
        counted = {*client.counts(SOON), "queued plain"}  # while any of that runtime waits
    assert counted == set(COUNTED)
    assert set(COUNTED.values()) | BESIDE <= families(broker)


def test_both_formats_are_right(broker: Program) -> None:
    """To promtool, and by the rules of OpenMetrics that Prometheus insists on."""
    status, headers, text = asks(broker, "/metrics")
    assert (status, headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
    assert promtool("check", "metrics", text=text) == ""
    series = [line.rpartition(" ")[0] for line in text.splitlines() if line[0] != "#"]
    assert len(series) == len(set(series))
    prefers = f"{OPEN};version=1.0.0,{OPEN};version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"
    _, headers, opened = asks(broker, "/metrics", Accept=prefers)
    assert headers["Content-Type"].startswith(f"{OPEN}; version=1.0.0")
    assert opened.endswith("\n# EOF\n")
    assert "# TYPE mailroom_tasks_finished counter\nmailroom_tasks_finished_total 0\n" in opened.replace(
        "# HELP", "\n# HELP"
    ).replace("\n\n", "\n")
    likes_text = asks(broker, "/metrics", Accept=f"{OPEN};q=0.2,text/plain;q=0.9")[1]
    assert likes_text["Content-Type"].startswith("text/plain")


def test_health(broker: Program) -> None:
    assert asks(broker, "/healthz")[0] == 200
    assert asks(broker, "/readyz")[0] == 200
    assert asks(broker, "/nothing")[0] == 404


def test_each_alert_fires_when_it_should_and_none_where_all_is_well(tmp_path: Path) -> None:
    assert set(alerts.FIRES) == set(re.findall(r"alert: (\w+)", RULES.read_text()))
    promtool("test", "rules", alerts.write(tmp_path, RULES))
    promtool("check", "config", DEPLOY / "prometheus/prometheus.yml")


def test_each_alert_has_a_runbook() -> None:
    headings = re.findall(r"^### (\w+)$", (DEPLOY.parent / "docs/operating.md").read_text(), re.MULTILINE)
    for alert, page in re.findall(r"alert: (\w+).*?runbook: (\S+)", RULES.read_text(), re.DOTALL):
        assert page == f"docs/operating.md#{alert.lower()}"
        assert alert in headings


def test_what_dashboard_and_alerts_ask_for_is_there(broker: Program) -> None:
    panels = json.loads((DEPLOY / "grafana/mailroom.json").read_text())["panels"]
    asked = " ".join(target["expr"] for panel in panels for target in panel["targets"])
    asked += " ".join(re.findall(r"expr: (.*?)\n      [a-z ]", RULES.read_text(), re.DOTALL))
    names = set(re.findall(r"\b(?:mailroom|process)_\w+", asked))
    assert len(names) > 15
    assert names - families(broker) == set()


@pytest.fixture
def prometheus(broker: Program, tmp_path: Path) -> Iterator[str]:
    """A Prometheus that scrapes the broker, with our alerts, but for their patience."""
    (tmp_path / "rules.yml").write_text(re.sub(r" +for: .*\n", "", RULES.read_text()))
    (tmp_path / "prometheus.yml").write_text(
        "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
        "rule_files: [rules.yml]\n"
        "scrape_configs:\n"
        "  - job_name: mailroom\n"
        f"    static_configs: [{{targets: ['{address(broker).removeprefix('http://')}']}}]\n"
    )
    where = f"127.0.0.1:{free_port()}"
    command = [
        "prometheus",
        f"--config.file={tmp_path}/prometheus.yml",
        f"--storage.tsdb.path={tmp_path}/data",
    ]
    with (tmp_path / "prometheus.log").open("wb") as log:
        process = subprocess.Popen([*command, f"--web.listen-address={where}"], stdout=log, stderr=log)
        yield f"http://{where}/api/v1/"
        process.kill()
        process.wait()
    print((tmp_path / "prometheus.log").read_text())


def asked(prometheus: str, path: str) -> Any:
    """What it answers; nothing as long as it does not."""
    try:
        with urllib.request.urlopen(prometheus + path, timeout=SOON) as answer:
            return json.load(answer)["data"]
    except OSError:
        return None


def test_a_real_prometheus_scrapes_and_its_alerts_fire(broker: Program, prometheus: str) -> None:
    def firing() -> set[str]:
        data = asked(prometheus, "alerts") or {"alerts": []}
        return {alert["labels"]["alertname"] for alert in data["alerts"] if alert["state"] == "firing"}

    def health() -> list[tuple[str, str]]:
        targets = (asked(prometheus, "targets") or {"activeTargets": []})["activeTargets"]
        return [(target["health"], target["lastError"]) for target in targets]

    def workers() -> list[str]:
        found = (asked(prometheus, "query?query=mailroom_workers") or {"result": []})["result"]
        return [one["value"][1] for one in found]

    with mailroom.Client(f"127.0.0.1:{broker.port}") as client:
        client.submit_bytes(b"good", runtime="absent")  # nobody has it
        until(lambda: {"MailroomManagersAway", "MailroomRuntimeMissing"} <= firing(), "the alerts", SOON * 3)
        # on a busy machine one scrape or the other comes too late
        until(lambda: health() == [("up", "")], "it is seen to be up")
        until(lambda: workers() == ["1"], "what it said is known")
        until(lambda: families(broker) <= set(asked(prometheus, "label/__name__/values") or ()), "all of it")
        until(lambda: "MailroomDown" not in firing(), "it is not missed")
        broker.process.kill()
        until(lambda: "MailroomDown" in firing(), "it is missed", SOON * 3)
