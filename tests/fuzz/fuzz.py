"""Runs the fuzzers: briefly over what is known, or for hours in slices, and keeps what they find."""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import xml.sax.saxutils
from dataclasses import dataclass
from pathlib import Path

import hours
import seeds

ROOT = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).with_name("corpus")
BUILD = Path(os.environ.get("MAILROOM_BUILD") or ROOT / "build").resolve()
STATE = BUILD / "fuzzing"
LEDGER = hours.Ledger(STATE / "ledger")


@dataclass
class Target:
    """How a fuzzer is run."""

    longest: int  # bytes of an input: a record of a story has 12
    short_runs: int  # new inputs in the short form


TARGETS = {
    "broker": Target(1200, 1500),
    "decode": Target(4096, 50000),
    "link": Target(1200, 1000),
    "shim": Target(1200, 1500),
}
SLICE = 300  # s that a target runs until the next one has its turn
INTERRUPTED = 72  # libFuzzer's code for the end of a slice that it did not choose


def program_of(target: str) -> Path:
    """The fuzzer of a target."""
    path = BUILD / "fuzz" / "tests" / "fuzz" / f"{target}_fuzz"
    if not path.exists():
        sys.exit(f"{path} is not built: tests/fuzz/run builds it when it is called without --built")
    return path


def dictionary(folder: Path) -> Path:
    """The first bytes of a header of each kind, and the texts that mean something, for libFuzzer."""
    kinds = re.findall(r"X\(\w+, (\d+), ", (ROOT / "common/wire/kinds.h").read_text())
    words = {f"\\x{0x90 + fields:02x}\\x01\\x{int(kind):02x}" for kind in kinds for fields in (4, 5, 7)}
    words |= {f"\\x{0xA0 + len(name):02x}{name}" for name in ("python", "plain", "bqskit")}
    words |= {"\\xdc\\xff\\xff", "\\xdd\\xff\\xff\\xff\\xff", "\\xcf\\xff\\xff\\xff\\xff\\xff\\xff\\xff\\xff"}
    path = folder / "dictionary"
    path.write_text("".join(f'"{word}"\n' for word in sorted(words)))
    return path


def beginnings(target: str, folder: Path) -> Path:
    """What a target begins with, an input in a file: its stories, or the headers of tests/vectors."""
    inputs = list(seeds.seeds(target).values())
    if target == "decode":
        for name in ("messages", "malformed"):
            text = (ROOT / "tests" / "vectors" / f"{name}.txt").read_text()
            inputs += [bytes.fromhex(digits) for digits in re.findall(r"^hex: *([0-9a-f]*)$", text, re.M)]
    path = folder / f"{target}.seeds"
    path.mkdir(exist_ok=True)
    for number, content in enumerate(inputs):
        (path / str(number)).write_bytes(content)
    return path


def known(target: str, folder: Path) -> list[str]:
    """Where inputs for a target are that are not to be written to."""
    corpus = CORPUS / target
    return [str(beginnings(target, folder)), *([str(corpus)] if corpus.is_dir() else [])]


def environment() -> dict[str, str]:
    """Sanitizers tell of leaks too, and keep little of what is freed."""
    asan = "quarantine_size_mb=16:detect_leaks=1:allocator_may_return_null=0"
    return {**os.environ, "ASAN_OPTIONS": asan, "UBSAN_OPTIONS": "print_stacktrace=1"}


def command_of(target: str, folder: Path, artifacts: str, *options: str) -> list[str]:
    """A fuzzer's command line; what it finds goes to `artifacts`."""
    return [
        str(program_of(target)),
        f"-max_len={TARGETS[target].longest}",
        "-timeout=60",
        "-rss_limit_mb=2048",
        f"-artifact_prefix={artifacts}",
        "-print_final_stats=1",
        *([f"-dict={dictionary(folder)}"] if target == "decode" else []),
        *options,
    ]


def figures(log: str) -> tuple[int, int, int]:
    """Runs, edges and features by what libFuzzer has written."""
    runs = [int(number) for number in re.findall(r"^#(\d+)\s", log, re.M)]
    runs += [int(number) for number in re.findall(r"^stat::number_of_executed_units: (\d+)", log, re.M)]
    shown = re.findall(r" cov: (\d+) ft: (\d+)", log)
    edges, features = shown[-1] if shown else (0, 0)
    return max(runs, default=0), int(edges), int(features)


class Running:
    """A slice that runs, with its processor time as the system counts it."""

    def __init__(self, target: str, code: str, seconds: float) -> None:
        self.target = target
        self.folder = STATE / target
        self.folder.mkdir(parents=True, exist_ok=True)
        (STATE / "findings").mkdir(exist_ok=True)
        self.log = STATE / f"{target}.log"
        self.code = code
        self.began = time.time()
        artifacts = f"{STATE / 'findings' / target}-"
        command = command_of(target, STATE, artifacts, f"-max_total_time={int(seconds)}", str(self.folder))
        command += known(target, STATE)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env=environment(), preexec_fn=lambda: os.nice(19) and None
            )

    def end(self, status: int, cpu: float) -> hours.Slice:
        """What it came to, with the status and the processor time of its end."""
        text = self.log.read_text(errors="replace")
        clean = os.waitstatus_to_exitcode(status) in (0, INTERRUPTED)
        return hours.Slice(self.target, self.code, clean, round(cpu, 1), *figures(text))

    def findings(self) -> list[Path]:
        """Inputs that have broken something."""
        folder = STATE / "findings"
        return [
            path
            for path in folder.glob(f"{self.target}-*")
            if path.suffix != ".txt" and path.stat().st_mtime >= self.began - 1
        ]


def report(running: Running) -> None:
    """Writes beside each finding how to see it again."""
    log = running.log.read_text(errors="replace")
    for path in running.findings() or [STATE / "findings" / f"{running.target}-unknown"]:
        path.with_name(path.name + ".txt").write_text(
            f"Found in {running.code}, {time.strftime('%Y-%m-%d %H:%M:%S')}.\n\n"
            f"Again:            {program_of(running.target)} {path}\n"
            f"Step by step:     MAILROOM_FUZZ_TELL=1 {program_of(running.target)} {path}\n"
            f"A smaller one:    {program_of(running.target)} -minimize_crash=1 -runs=100000 {path}\n"
            f"When it is mended: copy it to tests/fuzz/corpus/{running.target}/, for good.\n\n"
            f"{log[-20000:]}"
        )
        print(f"FOUND: {path}\n       {path}.txt says how to see it again", flush=True)


class Stopped(Exception):
    """Somebody wants it to end."""


def stop(*_: object) -> None:
    """The handler of SIGTERM."""
    raise Stopped


def fuzz(names: list[str], most: float, jobs: int) -> int:
    """Slices of all targets in turn until each has had its hours over this code."""
    codes = {name: hours.code_of(name) for name in names}  # that the fuzzers were just built of
    broken: set[str] = set()
    slots: dict[int, Running] = {}
    STATE.mkdir(parents=True, exist_ok=True)
    signal.signal(signal.SIGTERM, stop)

    def reap() -> None:
        pid, code, usage = os.wait4(-1, 0)
        running = slots.pop(pid)
        done = running.end(code, usage.ru_utime + usage.ru_stime)
        LEDGER.add(done)
        if not done.clean:
            broken.add(running.target)
            report(running)
        cpu = LEDGER.clean_cpu(done.target, done.code) / 3600
        print(
            f"{time.strftime('%H:%M:%S')} {done.target:8} {cpu:6.2f} h clean, {done.edges} edges", flush=True
        )

    try:
        while True:
            busy = {running.target for running in slots.values()}
            had = {name: LEDGER.clean_cpu(name, code) for name, code in codes.items()}
            open_ones = [n for n in names if n not in broken | busy and had[n] < most * 3600]
            if open_ones and len(slots) < jobs:
                target = min(open_ones, key=had.__getitem__)
                running = Running(target, codes[target], SLICE)
                slots[running.process.pid] = running
            elif slots:
                reap()
            else:
                break
    except (KeyboardInterrupt, Stopped):
        for running in slots.values():
            running.process.send_signal(signal.SIGINT)
        while slots:
            reap()
    print(*LEDGER.told(), sep="\n")
    return int(bool(broken))


def run_short(target: str, folder: Path, program: Path | None = None) -> subprocess.CompletedProcess[str]:
    """What is known, and so many new inputs from a fixed seed; `program` stands for the target's own."""
    new = folder / "new"
    new.mkdir()
    old = known(target, folder)
    count = sum(1 for place in old for _ in Path(place).iterdir())
    options = ["-seed=1", f"-runs={count + TARGETS[target].short_runs}", str(new), *old]
    command = command_of(target, folder, f"{folder}/found-", *options)
    command[0] = str(program or command[0])
    return subprocess.run(command, capture_output=True, text=True, errors="replace", env=environment())


def short(names: list[str], junit: Path | None) -> int:
    """All of them, briefly."""
    cases = []
    for name in names:
        with tempfile.TemporaryDirectory() as folder:
            done = run_short(name, Path(folder))
            for path in Path(folder).glob("found-*"):
                (STATE / "findings").mkdir(parents=True, exist_ok=True)
                print(f"FOUND: {shutil.copy(path, STATE / 'findings' / f'{name}-{path.name}')}")
        executed, edges, features = figures(done.stderr)
        bad = done.returncode != 0
        print(f"{name}: {executed} runs, {edges} edges, {features} features", end="")
        print(f": FAILED\n{done.stderr[-6000:]}" if bad else ": clean", flush=True)
        text = xml.sax.saxutils.escape(re.sub(r"[^\n -~]", "?", done.stderr[-6000:]))
        cases.append(f'<testcase name="fuzz.{name}">{f"<failure>{text}</failure>" if bad else ""}</testcase>')
    if junit:
        failed = sum("<failure>" in case for case in cases)
        junit.write_text(
            f'<testsuite tests="{len(cases)}" failures="{failed}">{"".join(cases)}</testsuite>\n'
        )
    return int(any("<failure>" in case for case in cases))


def merge(names: list[str]) -> None:
    """Brings what was found back to the repository: as few inputs as reach all that was reached."""
    for name in names:
        with tempfile.TemporaryDirectory() as new, tempfile.TemporaryDirectory() as old:
            sources = [*known(name, Path(old)), *([str(STATE / name)] if (STATE / name).is_dir() else [])]
            options = ["-set_cover_merge=1", new, *sources]
            command = command_of(name, Path(tempfile.gettempdir()), f"{STATE}/merge-", *options)
            subprocess.run(command, check=True, capture_output=True, env=environment())
            shutil.rmtree(CORPUS / name, ignore_errors=True)
            shutil.copytree(new, CORPUS / name)
        files = list((CORPUS / name).iterdir())
        print(f"{name}: {len(files)} inputs, {sum(path.stat().st_size for path in files)} bytes")


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(prog="tests/fuzz/run", description=__doc__)
    parser.add_argument("targets", nargs="*", metavar="TARGET", help=f"{', '.join(TARGETS)} (all)")
    parser.add_argument(
        "--hours", type=float, default=1, help="of clean CPU time for each over the present code (1)"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="targets side by side")
    parser.add_argument("--short", action="store_true", help="only what is known, and a few new inputs")
    parser.add_argument("--junit", type=Path, metavar="FILE", help="with --short: the results, for tests/run")
    parser.add_argument("--status", action="store_true", help="what has run so far")
    parser.add_argument("--keep", action="store_true", help="add up what has run in tests/fuzz/hours")
    parser.add_argument("--merge", action="store_true", help="bring new inputs back to tests/fuzz/corpus")
    parser.add_argument("--built", action="store_true", help="build nothing: use what was built before")
    arguments = parser.parse_args()
    names = arguments.targets or list(TARGETS)
    for name in names:
        if name not in TARGETS:
            parser.error(f"there is no target {name}: {', '.join(TARGETS)}")
    if arguments.status:
        print(*LEDGER.told(), sep="\n")
    elif arguments.keep:
        LEDGER.keep()
    elif arguments.merge:
        merge(names)
    elif arguments.short:
        return short(names, arguments.junit)
    else:
        return fuzz(names, arguments.hours, arguments.jobs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
