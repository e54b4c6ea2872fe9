"""The processes that runs start, and their end.

A kernel leads a process group, but what a cell starts may leave it (`start_new_session=True`).
All inherit a variable of the environment that names the build and the process that runs the
page, by which Linux finds them.
"""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36
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
    if multiprocessing.parent_process() is not None:
        _end_adopted(group)


def end_lost(process: int | None = None) -> None:
    """Kill what was started by kernels of our processes, which are no more, or of one of them."""
    _kill(f"{VARIABLE}={os.getpid()}/" + (f"{process}\0" if process is not None else ""))


def adopt() -> None:
    """Let what kernels leave behind become children of this process (Linux), to be ended too."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_adopted(kernel: int | None) -> None:
    """Kill the children of this process, which has none of its own but a kernel."""
    for _ in range(10):
        children = [
            int(child)
            for task in Path("/proc/self/task").glob("*/children")
            for child in task.read_text().split()
            if int(child) != kernel
        ]
        for child in children:
            with suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)
        if not children:
            return


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
