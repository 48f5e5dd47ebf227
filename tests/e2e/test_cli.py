"""The command line's tasks: submit, map, status, result, cancel, list and watch against the real programs."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import re
import stat
import struct
import termios

import pytest
from mailroom import Client, Token
from running import SOON, Program, Programs, until
from shell import FAILED, FINE, NOBODY, TIMEOUT, UNKNOWN, USAGE, Shell, held, user_of

# -- one task


def test_a_result_is_fetched_by_another_process(user: Shell) -> None:
    uuid = user.says("submit", "-", text="echo one; echo two").strip()
    assert user.says("result", "--wait", uuid) == "one\ntwo\n"
    again = user.run("result", uuid)
    assert (again.returncode, again.stdout) == (UNKNOWN, ""), "it was released"
    assert NOBODY[:8] not in again.stderr
    assert "no such task" in again.stderr


def test_a_result_that_is_kept_can_be_fetched_again(user: Shell) -> None:
    uuid = user.says("submit", "--", "echo", "stays").strip()
    for _ in range(2):
        assert user.says("result", "--wait", "--keep", uuid) == "stays\n"
    assert user.says("result", uuid) == "stays\n"
    assert user.run("result", uuid).returncode == UNKNOWN


def test_another_sessions_result_is_refused_at_once(user: Shell) -> None:
    """Without keys all are admins, who are told how any task is, but have their own results only."""
    uuid = user.says("submit", "--keep", "--", "echo", "mine").strip()
    assert user.says("result", "--wait", "--keep", uuid) == "mine\n"
    user.environment["XDG_STATE_HOME"] = str(user.folder / "another")
    told = user.run("result", uuid)
    assert (told.returncode, told.stdout) == (FAILED, "")
    assert "belongs to another client" in told.stderr


def test_a_command_arrives_as_it_was_typed(user: Shell) -> None:
    words = ["it's", '"$HOME"', "a  b", "", "*", "\\n", "new\nline", "ü"]
    done = user.run("submit", "--wait", "--", "printf", "<%s>", *words)
    assert (done.returncode, done.stdout) == (FINE, "".join(f"<{word}>" for word in words))


def test_the_result_of_a_task_is_written_as_it_is(user: Shell) -> None:
    file = user.folder / "result"
    assert user.says("submit", "--wait", "-o", file, "--", "printf", "\\377\\000no newline") == ""
    assert file.read_bytes() == b"\xff\0no newline"
    (told,) = user.objects("submit", "--wait", "--", "printf", "\\377\\000")
    assert told["state"] == "done"
    assert base64.b64decode(told["result_base64"]) == b"\xff\0"


def test_a_task_that_fails_says_how_and_is_an_exit_status(user: Shell) -> None:
    script = "echo what went wrong >&2; exit 3"
    waited = user.run("submit", "--wait", "--", "sh", "-c", script)
    assert (waited.returncode, waited.stdout) == (FAILED, "")
    assert "exited with status 3" in waited.stderr
    assert "what went wrong" in waited.stderr
    uuid = user.says("submit", "--", "sh", "-c", script).strip()
    fetched = user.run("result", "--wait", "--keep", uuid)
    assert fetched.returncode == FAILED
    assert "exited with status 3" in fetched.stderr
    assert user.run("status", uuid).returncode == FAILED
    (told,) = user.objects("result", uuid)
    assert told["state"] == "failed"
    assert told["error"]["code"] == "TASK_FAILED"


def test_status_says_how_a_task_is(user: Shell, router: Program) -> None:
    uuid = user.says("submit", "--name", "waits", "-", text=held(user.folder)).strip()
    until(lambda: "running" in user.says("status", uuid), "it runs")
    (told,) = user.objects("status", uuid)
    assert (told["state"], told["total"], told["attempts"]) == ("running", 1, 1)
    early = user.run("result", uuid)
    assert early.returncode == TIMEOUT
    assert "running" in early.stderr
    assert user.run("result", "--wait=0.2", uuid).returncode == TIMEOUT
    (user.folder / "go").touch()
    assert user.says("result", "--wait", "--keep", uuid) == "went on\n"
    assert user.says("status", uuid).split()[:2] == [uuid, "done"]
    assert user.run("status", NOBODY).returncode == UNKNOWN
    assert user.says("list").splitlines()[1].split()[0::6] == [uuid, "waits"]


def test_a_task_is_cancelled(user: Shell) -> None:
    uuid = user.says("submit", "-", text=held(user.folder)).strip()
    assert user.says("cancel", uuid).startswith(f"{uuid} cancelled")
    assert user.run("status", uuid).returncode == FAILED
    assert "cancelled" in user.run("result", uuid).stderr
    assert user.run("cancel", NOBODY).returncode == UNKNOWN


def test_a_queued_task_says_what_it_waits_for(user: Shell) -> None:
    uuid = user.says("submit", "--runtime", "abacus", "-", text="1+1").strip()
    until(lambda: "abacus" in user.objects("status", uuid)[0]["why"], "a manager is there, and not for that")
    assert user.objects("status", uuid)[0]["state"] == "queued"
    assert "queued: " in user.says("status", uuid)


def test_list_and_watch_tell_of_the_sessions_tasks(user: Shell) -> None:
    first = user.says("submit", "--name", "first", "-", text=held(user.folder)).strip()
    second = user.says("map", "--no-wait", "--name", "second", text="exit 1\necho 2\n").strip()
    watch = user.start("watch", "--json", first, second)
    until(lambda: user.run("status", second).returncode == FAILED, "the map ended")
    assert [told["name"] for told in user.objects("list")] == ["second", "first"]
    assert "--" not in user.says("list", "--quiet"), "no heads"
    (user.folder / "go").touch()
    out, _ = watch.communicate(timeout=SOON)
    changes = [json.loads(line) for line in out.splitlines()]
    assert watch.returncode == FAILED, "one entry failed"
    last = {told["uuid"]: (told["state"], told["ended"], told["total"]) for told in changes}
    assert last == {first: ("done", 1, 1), second: ("failed", 2, 2)}
    assert user.run("watch", NOBODY).returncode == UNKNOWN


# -- sessions


def test_submits_at_the_same_time_are_one_session(user: Shell) -> None:
    done = user.shell("seq 40 | xargs -P 8 -I{} mailroom submit -q -- echo {} > uuids")
    assert (done.returncode, done.stderr) == (0, "")
    uuids = (user.folder / "uuids").read_text().split()
    assert len(set(uuids)) == 40
    assert {told["uuid"] for told in user.objects("list")} == set(uuids)
    results = user.says("result", "--wait", *uuids).split()
    assert sorted(results, key=int) == [str(number) for number in range(1, 41)]
    assert user.says("list") == ""


def test_who_waits_holds_nobody_up(user: Shell) -> None:
    uuid = user.says("submit", "-", text=held(user.folder)).strip()
    waiting = [user.start(*words) for words in (("result", "--wait", "--keep", uuid), ("watch", uuid))]
    for number in range(3):
        assert (
            user.says("result", "--wait", user.says("submit", "--", "echo", number).strip()) == f"{number}\n"
        )
    (user.folder / "go").touch()
    for process in waiting:
        out, _ = process.communicate(timeout=SOON)
        assert process.returncode == FINE
        assert out


def test_shell_and_python_exchange_sessions(user: Shell, router: Program) -> None:
    file = user.folder / "shared.session"
    uuid = user.says("submit", "--session", file, "--", "echo", "from the shell").strip()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with Client.resume(file) as client:
        assert client.result(uuid, raw=True) == b"from the shell\n"
        mapped = client.map_bytes([b"echo a", b"echo b"])
        client.detach(file)
    del user.environment["MAILROOM_BROKER"]  # the file says it
    assert user.says("result", "--wait", "--session", file, *mapped.uuids) == "a\nb\n"
    assert Token.load(file).address == f"tcp://127.0.0.1:{router.port}"


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "session file"),
        ("{}", "not a session file"),
        ('{"session": "12", "address": "tcp://127.0.0.1:1", "options": {}}', "not a session file"),
        ('{"session": "%s", "address": "ipc://x", "options": {}}' % ("0" * 32), "address is wrong"),
        ('{"session": "%s", "address": "tcp://127.0.0.1:1", "options": {}}' % ("0" * 32), "another broker"),
    ],
)
def test_a_wrong_session_file_is_named(user: Shell, content: str, wrong: str) -> None:
    file = user.folder / "bad.session"
    file.write_text(content)
    done = user.run("list", "--session", file)
    assert done.returncode == USAGE
    assert str(file) in done.stderr
    assert wrong in done.stderr


# -- maps


def test_results_come_in_the_order_of_the_lines(user: Shell) -> None:
    lines = "".join(f"sleep 0.{number % 3}; echo {number}\n" for number in range(20))
    assert user.says("map", text=lines) == "".join(f"{number}\n" for number in range(20))


def test_a_thousand_lines_with_few_at_a_time(user: Shell) -> None:
    lines = "".join(f"echo {number}\n" for number in range(1000))
    assert user.says("map", "--ahead", 7, text=lines) == "".join(f"{number}\n" for number in range(1000))


def test_lines_are_submitted_as_they_come(user: Shell) -> None:
    process = user.start("map")
    assert process.stdin
    assert process.stdout
    for number in range(3):
        process.stdin.write(f"echo {number}\n")
        process.stdin.flush()
        assert process.stdout.readline() == f"{number}\n"
    process.stdin.write("echo last, without a newline")
    process.stdin.close()
    assert process.stdout.read() == "last, without a newline\n"
    assert process.wait(SOON) == FINE


def test_lines_come_from_a_file_on_a_disk(user: Shell) -> None:
    """No epoll takes such a file: it is ready at any time."""
    (user.folder / "lines").write_text("".join(f"echo {number}\n" for number in range(500)))
    done = user.shell("mailroom map --quiet --ahead 7 < lines; mailroom map < /dev/null")
    assert (done.returncode, done.stderr) == (FINE, "")
    assert done.stdout == "".join(f"{number}\n" for number in range(500))


def test_an_entry_that_fails_leaves_the_others(user: Shell) -> None:
    done = user.run("map", text="echo 0\necho bad >&2; exit 7\necho 2\n")
    assert (done.returncode, done.stdout) == (FAILED, "0\n2\n")
    assert re.search(r"entry 1: TASK_FAILED: On worker \d+ .*: exited with status 7\nbad", done.stderr)
    told = user.objects("map", text="echo 0\nexit 7\n")
    assert [(entry["number"], entry["state"]) for entry in told] == [(0, "done"), (1, "failed")]


def test_files_are_mapped_to_files(user: Shell) -> None:
    for number in range(3):
        (user.folder / f"{number}.sh").write_text(f"echo {number}\necho more")
    assert user.says("map", "--files", "0.sh", "1.sh", "2.sh", "-o", "out") == ""
    assert {path.name: path.read_text() for path in (user.folder / "out").iterdir()} == {
        f"{number}.sh": f"{number}\nmore\n" for number in range(3)
    }
    assert [told["file"] for told in user.objects("map", "--files", "0.sh", "1.sh")] == ["0.sh", "1.sh"]
    (user.folder / "other").mkdir()
    (user.folder / "other/0.sh").touch()
    clash = user.run("map", "--files", "0.sh", "other/0.sh", "-o", "out")
    assert clash.returncode == USAGE
    assert "0.sh" in clash.stderr


def test_a_map_in_the_session_is_fetched_in_order(user: Shell) -> None:
    lines = "".join(f"sleep 0.{number % 3}; echo {number}\n" for number in range(12))
    expected = "".join(f"{number}\n" for number in range(12))
    assert user.says("map", "--detach", text=lines) == expected
    uuid = user.says("map", "--no-wait", text=lines).strip()
    assert user.says("result", "--wait", "--slot", 7, "--keep", uuid) == "7\n"
    assert user.says("result", "--wait", "--keep", "-d", "out", uuid) == ""
    assert (user.folder / "out/000011").read_text() == "11\n"
    one_file = user.run("result", "--wait", "--keep", "-o", "x", uuid)
    assert one_file.returncode == USAGE
    assert "--directory" in one_file.stderr
    assert user.says("result", "--wait", uuid) == expected
    beyond = user.run("result", "--slot", 12, uuid)
    assert beyond.returncode == UNKNOWN


def test_nothing_to_map_is_fine(user: Shell) -> None:
    assert user.says("map", text="") == ""
    assert user.says("map", "--detach", text="") == ""


def test_bodies_keep_what_is_asked_for(programs: Programs) -> None:
    user = user_of(programs, programs.broker(programs.plain("od -An -c")))
    assert user.says("map", text="a\n").split() == ["a"]
    assert user.says("map", "--newline", text="a\n").split() == ["a", "\\n"]
    assert user.says("map", "--null", text="a\nb\0").split() == ["a", "\\n", "b"]


# -- what people see


def on_a_terminal(
    user: Shell, *arguments: object, text: str, size: int = 80, shows: bytes = b""
) -> tuple[int, bytes]:
    """Runs a command whose output and errors are a terminal of so many columns.

    Args:
        shows: what it shows while it waits for a file, which is made then.
    """
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, size, 0, 0))
    process = user.start(*arguments, stdout=slave, stderr=slave)
    os.close(slave)
    assert process.stdin
    process.stdin.write(text)
    process.stdin.close()
    seen = b""
    while True:
        try:
            seen += os.read(master, 65536)
        except OSError:  # the terminal's other side is closed
            break
        if shows and re.search(shows, seen):
            (user.folder / "go").touch()
    os.close(master)
    return process.wait(SOON), seen


def test_a_terminal_has_a_progress_bar(user: Shell) -> None:
    lines = "echo 0\n" + "".join(f"{held(user.folder)} >/dev/null; echo {number}\n" for number in range(1, 4))
    code, seen = on_a_terminal(user, "map", text=lines, shows=rb"\[#+\.+\] 1 of 4 done")
    assert code == FINE
    assert re.search(rb"\[#+\] 4 of 4 done[^\r\n]*\r\n$", seen), seen
    results = re.sub(rb"\r\x1b\[K[^\r]*(?=\r\x1b\[K)", b"", seen)
    for number in range(4):
        assert re.search(rb"(\A|\x1b\[K|\n)%d\r\n" % number, results), "the bar is away from a line"
    (user.folder / "go").unlink()
    _, narrow = on_a_terminal(user, "map", text=lines, size=20, shows=rb"1 of 4 done")
    assert max(len(part) for part in re.split(rb"\r\x1b\[K|\r\n", narrow)) < 20
    _, quiet = on_a_terminal(user, "map", "--quiet", text="sleep 0.3\n")
    assert b"done" not in quiet


def test_a_pipe_has_plain_lines(user: Shell) -> None:
    done = user.run("map", text="sleep 0.3; echo 1\n")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_task_cannot_play_with_the_terminal(user: Shell) -> None:
    done = user.run("submit", "--wait", "--", "sh", "-c", r"printf '\033[2J\007bad\n' >&2; exit 1")
    assert "?[2J?bad\n" in done.stderr
    assert "\033" not in done.stderr
    user.run("submit", "--name", "\033[2Jname", "-", text="true")
    assert "?[2Jname" in user.says("list")
    assert user.objects("list")[0]["name"] == "\033[2Jname", "a script gets it as it is"
