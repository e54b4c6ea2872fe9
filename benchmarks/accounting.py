"""The CPU time of a command with all that it starts, whoever waits for it, or nobody."""

from __future__ import annotations

import atexit
import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_MOUNT = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Group:
    """A control group of Linux: each process that joins it, and all that they start, counts."""

    folder: Path

    def join(self) -> None:
        """Put the calling process into the group. `OSError` if it may not."""
        (self.folder / "cgroup.procs").write_text("0", encoding="ascii")

    def seconds(self) -> float:
        """The CPU time of all members so far."""
        nanoseconds = self.folder / "cpuacct.usage"  # version 1
        if nanoseconds.exists():
            return int(nanoseconds.read_text("ascii")) / 1e9
        first = (self.folder / "cpu.stat").read_text("ascii").splitlines()[0]  # usage_usec N
        return int(first.split()[1]) / 1e6


@dataclass(frozen=True)
class Waited:
    """What stands in where no group can be made: all that was waited for, by `getrusage`.

    Processes whose parent ignores SIGCHLD are missed.
    """

    def join(self) -> None:
        """Nothing is to be done."""

    def seconds(self) -> float:
        """The CPU time of all that has ended and was waited for."""
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime


@cache
def accounting() -> Group | Waited:
    """How CPU time is counted here."""
    for parent in _parents():
        group = Group(parent / f"publisher-benchmarks-{os.getpid()}")
        with suppress(OSError, ValueError, IndexError, subprocess.SubprocessError):
            group.folder.mkdir()
            atexit.register(_remove, group.folder)
            subprocess.run(["true"], preexec_fn=group.join, check=True)
            if group.seconds() > 0:
                return group
    return Waited()


def _parents() -> Iterator[Path]:
    """The groups that this process is in, of which one can count CPU time."""
    table = Path("/proc/self/cgroup")
    for line in table.read_text("ascii").splitlines() if table.exists() else ():
        _, controllers, path = line.split(":", 2)
        if not controllers:  # version 2
            unified = _MOUNT / "unified"
            yield (unified if unified.exists() else _MOUNT) / path.lstrip("/")
        elif "cpuacct" in controllers.split(","):
            yield _MOUNT / controllers / path.lstrip("/")


def _remove(folder: Path) -> None:
    with suppress(OSError):
        folder.rmdir()
