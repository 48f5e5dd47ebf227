"""Whether anybody on the machine can put something else in the place of what a path leads to.

edge/line/folders.c has the same rules for all other programs.
"""

from __future__ import annotations

import os
import stat

_MOST_LINKS = 40  # as the kernel follows


def fault(path: str) -> str:
    """The first folder on the way to `path` in which anybody can replace what leads there.

    Returns:
        A text that names it, its mode and what mends it; empty: there is none.
    """
    done, links = "/", 0
    try:
        rest = [name for name in os.path.join(os.getcwd(), path).split("/") if name not in ("", ".")]
        while rest:
            mode = stat.S_IMODE(os.stat(done).st_mode)
            # with the sticky bit, as /tmp, others can add to it, but replace nothing that is there
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX and not _is_given(done):
                return (
                    f"{done}: anybody can put another file in the place of {path} (mode {mode:04o}):"
                    f" chmod o-w {done}"
                )
            name = rest.pop(0)
            there = os.path.join(done, name)
            if name == "..":
                done = os.path.dirname(done)
            elif os.path.islink(there):
                links += 1
                if links > _MOST_LINKS:
                    break
                target = os.readlink(there)
                rest[:0] = [part for part in target.split("/") if part not in ("", ".")]
                done = "/" if target.startswith("/") else done
            else:
                done = there
    except OSError:
        pass  # what cannot be reached is said by who opens it
    return ""


def _is_given(folder: str) -> bool:
    """Whether it is root's and mounted read-only: as an orchestrator does it.

    Kubernetes makes all of its volumes 0777.
    """
    return os.stat(folder).st_uid == 0 and bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
