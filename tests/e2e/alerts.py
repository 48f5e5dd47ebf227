"""The alerts of deploy/prometheus, each with numbers at which it fires: for `promtool test rules`."""

from __future__ import annotations

import json
from pathlib import Path

# the series that an alert looks at, with their values minute by minute
FIRES: dict[str, dict[str, str]] = {
    "MailroomDown": {'up{job="mailroom"}': "0x30"},
    "MailroomNoWorkers": {"mailroom_tasks_queued": "4x30", "mailroom_workers": "0x30"},
    "MailroomRuntimeMissing": {
        'mailroom_runtime_tasks_queued{runtime="plain"}': "4x30",
        'mailroom_runtime_managers{runtime="plain"}': "0x30",
    },
    "MailroomManagersAway": {'mailroom_managers{state="away"}': "1x30"},
    "MailroomTasksLost": {"mailroom_tasks_requeued_total": "0+5x30"},
    "MailroomTasksFail": {
        "mailroom_tasks_failed_total": "0+10x30",
        "mailroom_tasks_finished_total": "0+20x30",
    },
    "MailroomJournalRefuses": {'mailroom_journal_refuses_for{reason="full"}': "1x30"},
    "MailroomMemoryFull": {"mailroom_kept_bytes": "90x30", "mailroom_kept_limit_bytes": "100x30"},
    "MailroomFilesFull": {
        'process_open_fds{job="mailroom"}': "95x30",
        'process_max_fds{job="mailroom"}': "100x30",
    },
    "MailroomPeersMisbehave": {"mailroom_peers_misbehaved_total": "0+1x30"},
}
# a cluster that is well, and busy
WELL = {
    'up{job="mailroom"}': "1x30",
    "mailroom_tasks_queued": "400x30",
    "mailroom_workers": "8x30",
    'mailroom_runtime_tasks_queued{runtime="plain"}': "400x30",
    'mailroom_runtime_managers{runtime="plain"}': "2x30",
    'mailroom_managers{state="away"}': "0x30",
    "mailroom_tasks_requeued_total": "0+0.5x30",
    "mailroom_tasks_failed_total": "0+3x30",
    "mailroom_tasks_finished_total": "0+2000x30",
    'mailroom_journal_refuses_for{reason="full"}': "0x30",
    "mailroom_kept_bytes": "10x30",
    "mailroom_kept_limit_bytes": "100x30",
    'process_open_fds{job="mailroom"}': "20x30",
    'process_max_fds{job="mailroom"}': "100x30",
    "mailroom_peers_misbehaved_total": "7x30",
}


def _test(series: dict[str, str], alert: str, count: int) -> dict[str, object]:
    firing = f'count(ALERTS{{alertname=~"{alert}",alertstate="firing"}}) or vector(0)'
    return {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {"expr": firing, "eval_time": "25m", "exp_samples": [{"labels": "{}", "value": count}]}
        ],
    }


def write(folder: Path, rules: Path) -> Path:
    """Writes the file for promtool."""
    tests = [_test({**WELL, **series}, alert, 1) for alert, series in FIRES.items()]
    file = folder / "alerts.json"  # JSON is YAML
    file.write_text(json.dumps({"rule_files": [str(rules)], "tests": [*tests, _test(WELL, ".*", 0)]}))
    return file
