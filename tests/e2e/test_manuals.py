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

    def __init__(self, folder: Path, install: str) -> None:
        self.folder = folder
        self.text = ""
        self.pid, self.file = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            environment = {
                "PATH": f"{BIN}:/usr/bin:/bin",
                "TERM": "dumb",
                "PS1": "> ",
                "HISTFILE": "",
                "HOME": str(folder),
            }
            os.execve(f"/bin/{self.COMMAND[0]}", self.COMMAND, environment)
        for line in (self.SETTINGS, install, "echo READ''Y"):
            self.type(line + "\n")
        until(lambda: "READY" in self.hear(), self.COMMAND[0])

    def type(self, keys: str) -> None:
        os.write(self.file, keys.encode())

    def hear(self) -> str:
        while select.select([self.file], [], [], 0)[0]:
            self.text += os.read(self.file, 65536).decode()
        return self.text

    def completes(self, line: str) -> str:
        """What is on the screen after a tab, until a mark that is typed behind it comes back."""
        before = len(self.hear())
        self.type(line + "\t")
        self.type("\x01#\x05~~\n")  # a comment: the line is not to be run
        until(lambda: "~~" in self.hear()[before:], "the line")
        return self.text[before:].replace("\r", "")

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


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Bash]:
    shell = Bash(tmp_path, "source <(mailroom completion bash)")
    yield shell
    shell.end()


@pytest.fixture(params=["found by its name", "read from a start-up file"])
def zsh(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Zsh]:
    start = "compinit -D -u; source <(mailroom completion zsh)"
    if request.param == "found by its name":
        functions = tmp_path / "functions"
        functions.mkdir()
        (functions / "_mailroom").write_text(made("mailroom", "completion", "zsh"))
        start = f"fpath=({functions} $fpath); compinit -D -u"
    shell = Zsh(tmp_path, start)
    yield shell
    shell.end()


def words(text: str) -> set[str]:
    return set(text.split())


def test_bash_completes_commands(bash: Bash) -> None:
    assert "mailroom check ~~" in bash.completes("mailroom che")
    assert set(commands()) <= words(bash.completes("mailroom "))
    assert "mailroom help drain ~~" in bash.completes("mailroom help dr")


def unlisted(shell: Shell, command: str) -> list[str]:
    """The command's options that the shell does not offer."""
    listed = words(shell.completes(f"mailroom {command} --"))
    return [one for one in options(command) if one not in (*listed, "--usage", "--version")]


def test_bash_completes_options(bash: Bash) -> None:
    for command in commands():
        assert unlisted(bash, command) == []


def test_bash_completes_values(bash: Bash) -> None:
    (bash.folder / "circuit.qasm").touch()
    (bash.folder / "keyring").mkdir()
    assert "--runtime bqskit ~~" in bash.completes("mailroom check --runtime bq")
    assert "--runtime=bqskit ~~" in bash.completes("mailroom check --runtime=bq")
    assert "--keys keyring/~~" in bash.completes("mailroom list --keys key")
    assert "submit circuit.qasm ~~" in bash.completes("mailroom submit circ")
    assert "completion zsh ~~" in bash.completes("mailroom completion z")
    assert "-- cat circuit.qasm ~~" in bash.completes("mailroom submit -- cat circ")
    assert "managers circ~~" in bash.completes("mailroom managers circ")


def test_zsh_completes(zsh: Zsh) -> None:
    (zsh.folder / "circuit.qasm").touch()
    (zsh.folder / "keyring").mkdir()
    assert "mailroom check~~" in zsh.completes("mailroom che")  # the space goes when it is not needed
    assert set(commands()) <= words(zsh.completes("mailroom "))
    for command in commands():
        assert unlisted(zsh, command) == []
    assert "help drain~~" in zsh.completes("mailroom help dr")
    assert "--runtime bqskit~~" in zsh.completes("mailroom check --runtime bq")
    assert "--runtime=bqskit~~" in zsh.completes("mailroom check --runtime=bq")
    assert "-d keyring/" in zsh.completes("mailroom result -d key")
    assert "--keys keyring/" in zsh.completes("mailroom list --keys key")
    assert "submit circuit.qasm~~" in zsh.completes("mailroom submit circ")
    assert "completion zsh~~" in zsh.completes("mailroom completion z")
    assert "-- cat circuit.qasm~~" in zsh.completes("mailroom submit -- cat circ")
    assert "managers circ~~" in zsh.completes("mailroom managers circ")


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
