"""The command `mailroom-worker`, also `python -m mailroom.worker`.

A shim that spawns workers gives MAILROOM_SHIM and MAILROOM_WORKER, and the command is one worker. A user
starts a rank of workers for a shim that only waits for them (`mailroom-shim -x`): then it is their
supervisor.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, NoReturn

from mailroom.worker import process

if TYPE_CHECKING:
    import argparse

DEFAULT_PORT = 7474
_ADVICE = "give keys (--keys DIR), or --insecure (MAILROOM_INSECURE=1) where all who can be there are trusted"


def main(arguments: list[str] | None = None) -> None:
    """Runs the command with `arguments`, those of the command line if None."""
    arguments = sys.argv[1:] if arguments is None else arguments
    address = os.environ.get("MAILROOM_SHIM")
    if address and set(arguments) <= {"--only-python"}:  # as a LocalCluster's shim says it: without a parser
        process.set_blas_threads(None)
        _run_one(bool(arguments))
    parser = _parser()
    options = parser.parse_args(arguments)
    process.set_blas_threads(options.blas_threads)
    if address and not options.shim:
        _run_one(options.only_python)
    _run_ranks(parser, options)


def _run_one(only_python: bool) -> NoReturn:
    """Is one worker, or what workers are forked from; then goes on in each of those."""
    if line := os.environ.pop("MAILROOM_FORKS", ""):
        from mailroom.worker import forkserver

        forkserver.serve(int(line), only_python)
    process.run(os.environ["MAILROOM_SHIM"], os.environ.get("MAILROOM_WORKER", ""), only_python)


def _run_ranks(parser: argparse.ArgumentParser, options: argparse.Namespace) -> NoReturn:
    from mailroom import errors
    from mailroom._base import home
    from mailroom._base.certificates import WORKER, absolute
    from mailroom.worker import ranks

    cpus = _cpus(parser, options.cpus, options.workers)
    shim = options.shim or f"tcp://127.0.0.1:{options.port or DEFAULT_PORT}"
    shim = shim if "://" in shim else f"tcp://{shim}"
    files = (options.keys, options.key, options.manager_key)
    try:  # what is wrong is told here, once, and not by each worker
        if WORKER.find(shim, *files) is None and not home.is_insecure(options.insecure or None):
            if options.shim is None and options.port is None:
                shim = home.endpoint("workers")
            home.refuse_strangers(shim, _ADVICE)
    except (errors.KeyFileError, ValueError) as error:
        parser.error(str(error))
    if options.insecure:
        os.environ[home.INSECURE] = "1"
    for variable, file in zip(WORKER.variables, map(absolute, files), strict=True):
        if file is not None:
            os.environ[variable] = file  # for the workers
    sys.exit(ranks.run(shim, cpus, options.only_python, options.verbose))


def _parser() -> argparse.ArgumentParser:
    import argparse

    parser = argparse.ArgumentParser(
        prog="mailroom-worker",
        description="Start workers for a mailroom-shim that waits for them (mailroom-shim -x).",
    )
    parser.add_argument(
        "-n", "--workers", type=_positive, default=1, metavar="N", help="how many workers (default 1)"
    )
    parser.add_argument(
        "-c",
        "--cpus",
        type=int,
        nargs="+",
        metavar="CPU",
        help="pin the workers: the first one's cpu, which the others follow, or one for each worker",
    )
    parser.add_argument(
        "-t",
        "--blas-threads",
        type=_positive,
        metavar="N",
        help="threads of BLAS libraries in each worker (default: as OMP_NUM_THREADS etc. say, else 1)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-p",
        "--port",
        type=int,
        help=f"the shim's port for workers, on this host (default: with keys or --insecure {DEFAULT_PORT},"
        " else this user's own socket, on which mailroom-shim -x listens)",
    )
    where.add_argument(
        "--shim", metavar="ADDRESS", help="the shim's address for workers: HOST:PORT, tcp://... or ipc://..."
    )
    parser.add_argument(
        "--keys",
        metavar="DIR",
        help="connect with the keys in DIR, as `mailroom keygen` makes it: worker.cert_secret and"
        " manager.cert (default: the environment's MAILROOM_KEYS, else no keys)",
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        help="the workers' secret certificate (MAILROOM_KEY), in place of the one in DIR",
    )
    parser.add_argument(
        "--manager-key",
        metavar="FILE",
        help="the shim's public certificate (MAILROOM_MANAGER_KEY), in place of the one in DIR",
    )
    parser.add_argument(
        "--insecure",
        action="store_true",
        help="connect over TCP without keys, to whoever answers there (MAILROOM_INSECURE=1)",
    )
    parser.add_argument(
        "--only-python",
        action="store_true",
        help="offer the runtime `python` only, also where BQSKit is installed",
    )
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say what happens to the workers")
    return parser


def _positive(text: str) -> int:
    import argparse

    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive number")
    return number


def _cpus(parser: argparse.ArgumentParser, cpus: list[int] | None, workers: int) -> list[int | None]:
    """The cpu of each worker, None for one that is not pinned."""
    if cpus is None:
        return [None] * workers
    if len(cpus) == 1:
        cpus = list(range(cpus[0], cpus[0] + workers))
    if len(cpus) != workers:
        parser.error(
            f"argument -c/--cpus: give one cpu, or one for each of {workers} workers; not {len(cpus)}"
        )
    missing = set(cpus) - os.sched_getaffinity(0)
    if missing:
        parser.error(
            f"argument -c/--cpus: this process may not run on cpu {', '.join(map(str, sorted(missing)))}"
        )
    return list(cpus)


if __name__ == "__main__":
    main()
