"""The processes that runs start, and their end.

A kernel leads a process group, but what a cell starts may leave it (`start_new_session=True`).
All inherit a variable of the environment that names the build and the process that runs the
page, by which Linux finds them.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

VARIABLE = "PUBLISHER_RUN"


def mark() -> str:
    """The value of `VARIABLE` for kernels of this process."""
    parent = multiprocessing.parent_process()
    return f"{parent.pid if parent else os.getpid()}/{os.getpid()}"


def end(group: int | None = None) -> None:
    """Kill a kernel's group and whatever else was started by kernels of this process."""
    if group:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, signal.SIGKILL)
    _kill(f"{VARIABLE}={mark()}\0")


def end_lost() -> None:
    """Kill what was started by kernels of processes of ours that are no more."""
    _kill(f"{VARIABLE}={os.getpid()}/")


def _kill(entry: str) -> None:
    """Kill all processes with this in their environment, as often as new ones turn up."""
    for _ in range(10):
        found = list(_having(entry.encode()))
        for process in found:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(process, signal.SIGKILL)
        if not found:
            return


def _having(entry: bytes) -> Iterator[int]:
    """Other processes, zombies left out: their environment is empty."""
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if b"\0" + entry in b"\0" + path.read_bytes() and int(path.parent.name) != os.getpid():
                yield int(path.parent.name)
