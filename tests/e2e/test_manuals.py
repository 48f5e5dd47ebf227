"""Manual pages and shell completion, which the programs make from their own tables."""

from __future__ import annotations

import os
import pty
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from running import BIN, SOON, run, until

PAGES = {
    "mailroom": ("help", "--man"),
    "mailroomd": ("--manual", "man"),
    "mailroom-shim": ("--manual", "man"),
}


def made(program: str, *arguments: str) -> str:
    done = run(program, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


def shown(page: str) -> str:
    """The page as people see it, in one line."""
    text = subprocess.run(
        ["mandoc", "-T", "ascii"], input=page, capture_output=True, text=True, check=True
    ).stdout
    return " ".join(re.sub(".\b", "", text).split())


@pytest.mark.parametrize("program", PAGES)
def test_a_page_is_well_formed(program: str) -> None:
    lint = subprocess.run(
        ["mandoc", "-W", "warning", "-T", "lint"],
        input=made(program, *PAGES[program]),
        capture_output=True,
        text=True,
        check=False,
    )
    bad = [
        line for line in lint.stdout.splitlines() if "STYLE" not in line
    ]  # long lines, in what people never see
    assert bad == []
    assert lint.stderr == ""


@pytest.mark.parametrize("program", ["mailroomd", "mailroom-shim"])
def test_a_page_has_each_option_and_each_setting(program: str) -> None:
    page = shown(made(program, *PAGES[program]))
    options = re.findall(r"--[a-z-]+", made(program, "--help"))
    settings = re.findall(r"^\| `([^`]+)`", made(program, "--manual", "settings"), re.MULTILINE)
    assert len(options) > 10
    assert len(settings) > 20
    wanted = {*options, *settings} - {"--help", "--usage", "--version"}
    assert [one for one in sorted(wanted) if one not in page] == []


def commands() -> list[str]:
    found = re.findall(r"^  ([a-z]+) ", made("mailroom", "help"), re.MULTILINE)
    assert len(found) > 10
    return found


def options(command: str) -> list[str]:
    return re.findall(r"^ +(?:-[a-z], )?(--[a-z-]+)", made("mailroom", command, "--help"), re.MULTILINE)


def test_the_page_of_mailroom_has_each_command_and_each_option() -> None:
    page = shown(made("mailroom", *PAGES["mailroom"]))
    for command in commands():
        assert f"mailroom {command}" in page
        missing = [
            one
            for one in options(command)
            if one not in page and one not in ("--help", "--usage", "--version")
        ]
        assert missing == []


class Shell:
    """An interactive shell with the completion, and nothing else of anybody's."""

    COMMAND: tuple[str, ...] = ()
    SETTINGS = ""
    PROMPT = "at your service> "

    def __init__(self, folder: Path, install: str) -> None:
        self.folder = folder
        self.text = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {
                "PATH": f"{BIN}:/usr/bin:/bin",
                "TERM": "dumb",
                "PS1": self.PROMPT,
                "HISTFILE": "",
                "HOME": str(folder),
            }
            os.execve(f"/bin/{self.COMMAND[0]}", self.COMMAND, environment)
        for line in (self.SETTINGS, install, "echo READ''Y"):
            self.type(line + "\n")
        self.until_it_listens("READY", 0)

    def type(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def until_it_listens(self, mark: str, start: int) -> None:
        """Waits for the prompt behind a mark: what is typed before it is shown by the terminal itself."""
        until(lambda: self.PROMPT in self.hear()[start:].partition(mark)[2], f"a prompt behind {mark}")

    def hear(self) -> str:
        while select.select([self.file], [], [], 0)[0]:
            self.text += os.read(self.file, 65536).decode()
        return self.text

    def completes(self, line: str) -> str:
        """What is on the screen after a tab, until a mark that is typed behind it comes back."""
        before = len(self.text)
        self.type(line + "\t")
        self.type("\x01#\x05~~\n")  # a comment: the line is not to be run
        self.until_it_listens("~~", before)
        return self.text[before:].replace("\r", "")

    def marked(self, completed: str) -> str:
        """What is on the screen where a line was completed so, with the mark behind it."""
        return completed + "~~"

    def end(self) -> None:
        os.close(self.file)
        os.waitpid(self.pid, 0)


class Bash(Shell):
    COMMAND = ("bash", "--norc", "--noprofile", "-i")
    SETTINGS = "; ".join(
        f"bind 'set {setting}'"
        for setting in ("bell-style none", "show-all-if-ambiguous on", "page-completions off")
    )


class Zsh(Shell):
    COMMAND = ("zsh", "-f", "-i")
    SETTINGS = "setopt interactive_comments no_beep no_auto_menu; LISTMAX=1000; autoload -Uz compinit"

    def marked(self, completed: str) -> str:
        """A space or a slash that it added goes again when something else is typed: the slash was seen."""
        return completed if completed.endswith("/") else completed.rstrip() + "~~"


@pytest.fixture(params=["bash", "zsh", "zsh by its name"])
def shell(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Shell]:
    """Bash and zsh with the script read from a start-up file, and zsh with it where functions are found."""
    if request.param == "bash":
        shell: Shell = Bash(tmp_path, "source <(mailroom completion bash)")
    elif request.param == "zsh":
        shell = Zsh(tmp_path, "compinit -D -u; source <(mailroom completion zsh)")
    else:
        functions = tmp_path / "functions"
        functions.mkdir()
        (functions / "_mailroom").write_text(made("mailroom", "completion", "zsh"))
        shell = Zsh(tmp_path, f"fpath=({functions} $fpath); compinit -D -u")
    yield shell
    shell.end()


def words(text: str) -> set[str]:
    return set(text.split())


def test_a_shell_completes_commands(shell: Shell) -> None:
    assert shell.marked("mailroom check ") in shell.completes("mailroom che")
    assert set(commands()) <= words(shell.completes("mailroom "))
    assert shell.marked("mailroom help drain ") in shell.completes("mailroom help dr")


def test_a_shell_completes_options(shell: Shell) -> None:
    for command in commands():
        listed = words(shell.completes(f"mailroom {command} --"))
        assert [one for one in options(command) if one not in (*listed, "--usage", "--version")] == []


def test_a_shell_completes_values(shell: Shell) -> None:
    (shell.folder / "circuit.qasm").touch()
    (shell.folder / "keyring").mkdir()
    for line, completed in (
        ("mailroom check --runtime bq", "--runtime bqskit "),
        ("mailroom check --runtime=bq", "--runtime=bqskit "),
        ("mailroom list --keys key", "--keys keyring/"),
        ("mailroom result -d key", "result -d keyring/"),
        ("mailroom submit circ", "submit circuit.qasm "),
        ("mailroom completion z", "completion zsh "),
        ("mailroom submit -- cat circ", "-- cat circuit.qasm "),
        ("mailroom managers circ", "managers circ"),
    ):
        assert shell.marked(completed) in shell.completes(line)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_completion_is_a_script_of_its_shell(shell: str, tmp_path: Path) -> None:
    assert shutil.which(shell), f"{shell} is not installed"
    script = tmp_path / "script"
    script.write_text(made("mailroom", "completion", shell))
    done = subprocess.run(
        [shell, "-n", str(script)], capture_output=True, text=True, timeout=SOON, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_fish_completes(tmp_path: Path) -> None:
    script = tmp_path / "script"
    script.write_text(made("mailroom", "completion", "fish"))

    def completed(line: str) -> list[str]:
        command = ["fish", "--no-config", "-c", f"source {script}; complete -C '{line}'"]
        environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=SOON, check=True, env=environment
        )
        return [one.split("\t")[0] for one in done.stdout.splitlines()]

    assert completed("mailroom che") == ["check"]
    assert "--runtime" in completed("mailroom check --r")
    assert completed("mailroom check --runtime bq") == ["bqskit"]


def test_no_such_shell() -> None:
    done = run("mailroom", "completion", "csh")
    assert done.returncode == 2
    assert "csh: not bash, zsh or fish" in done.stderr
    done = run("mailroomd", "--manual", "html")
    assert done.returncode == 2
    assert "--manual html: neither man nor settings" in done.stderr
