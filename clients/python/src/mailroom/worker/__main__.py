"""The command `mailroom-worker`, also `python -m mailroom.worker`.

A shim that spawns workers gives MAILROOM_SHIM and MAILROOM_WORKER, and the command is one worker. A user
starts a rank of workers for a shim that only waits for them (`mailroom-shim -x`): then it is their
supervisor.
"""

from __future__ import annotations

import argparse
import os
import sys

from mailroom import errors
from mailroom._base.certificates import WORKER, absolute
from mailroom.worker import process, ranks

DEFAULT_PORT = 7474


def main(arguments: list[str] | None = None) -> None:
    """Runs the command with `arguments`, those of the command line if None."""
    parser = _parser()
    options = parser.parse_args(arguments)
    process.set_blas_threads(options.blas_threads)
    address = os.environ.get("MAILROOM_SHIM")
    if address and not options.shim:
        process.run(address, os.environ.get("MAILROOM_WORKER", ""), options.only_python)
    cpus = _cpus(parser, options.cpus, options.workers)
    shim = options.shim or f"tcp://127.0.0.1:{options.port}"
    shim = shim if "://" in shim else f"tcp://{shim}"
    files = (options.keys, options.key, options.manager_key)
    try:
        WORKER.find(shim, *files)  # a file that is wrong is told here, once, and not by each worker
    except errors.KeyFileError as error:
        parser.error(str(error))
    for variable, file in zip(WORKER.variables, map(absolute, files), strict=True):
        if file is not None:
            os.environ[variable] = file  # for the workers
    sys.exit(ranks.run(shim, cpus, options.only_python, options.verbose))


def _parser() -> argparse.ArgumentParser:
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
        default=DEFAULT_PORT,
        help=f"the shim's port for workers, on this host (default {DEFAULT_PORT})",
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
        "--only-python",
        action="store_true",
        help="offer the runtime `python` only, also where BQSKit is installed",
    )
    parser.add_argument("-v", "--verbose", action="count", default=0, help="say what happens to the workers")
    return parser


def _positive(text: str) -> int:
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
