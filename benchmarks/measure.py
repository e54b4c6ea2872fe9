"""What a command costs: time, CPU and memory of itself and all that it starts."""

from __future__ import annotations

import ctypes
import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil
from accounting import accounting

INTERVAL = 0.2
GRACE = 20.0
_PR_SET_CHILD_SUBREAPER = 36


class BenchmarkError(Exception):
    """A command failed, or did not do what it was measured for."""


@dataclass(frozen=True)
class Cost:
    """What a command took.

    `wall` and `cpu` in seconds, `memory` in MB (0 if not sampled), `left` the number of processes
    that were still alive 20 s after the command had ended (they are killed then).
    """

    wall: float
    cpu: float
    memory: float
    left: int


@dataclass(frozen=True)
class Weight:
    """Bytes of a site: some pages' HTML raw and gzipped (level 6, summed), its CSS, all files."""

    pages: int
    html: int
    gzipped: int
    css: int
    everything: int


def adopt_orphans() -> bool:
    """Make this process the parent of all orphans among its descendants; whether that worked.

    Needed once, before `measure`: kernels and fork servers outlive the process that started them
    by a moment, and would be reaped by init, out of our sight. Linux only.
    """
    if not sys.platform.startswith("linux"):
        return False
    return bool(ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def measure(
    command: Sequence[str], env: Mapping[str, str], log: Path, *, memory: bool = False
) -> Cost:
    """Run a command to its end. `BenchmarkError` with the end of its output if it fails.

    CPU is user + system time of the command and all that it starts, until all have ended, those
    included that live too briefly to be sampled, or that nobody waits for (`accounting.py`).

    Memory is the highest sum of PSS (RSS where there is no PSS) of the tree, sampled each 0.2 s.
    Wall time ends with the command itself.
    """
    account = accounting()
    before = account.seconds()
    started = time.perf_counter()
    with open(log, "wb") as output:
        process = subprocess.Popen(
            command, env=env, stdout=output, stderr=subprocess.STDOUT, preexec_fn=account.join
        )
        sampler = _Sampler(process.pid)
        if memory:
            sampler.start()
        code = process.wait()
        wall = time.perf_counter() - started
        if memory:
            sampler.stop()
    left = _reap()
    if code != 0:
        tail = log.read_text(errors="replace")[-3000:]
        raise BenchmarkError(f"{' '.join(command)[:300]} ended with {code}:\n{tail}")
    return Cost(wall, account.seconds() - before, sampler.peak / 1e6, left)


def weigh(site: Path, pages: Sequence[Path]) -> Weight:
    """The bytes of a built site; `pages` are the HTML files that count as its pages."""
    contents = [path.read_bytes() for path in pages]
    files = [path for path in site.rglob("*") if path.is_file()]
    return Weight(
        pages=len(contents),
        html=sum(map(len, contents)),
        gzipped=sum(len(gzip.compress(content, 6, mtime=0)) for content in contents),
        css=sum(path.stat().st_size for path in files if path.suffix == ".css"),
        everything=sum(path.stat().st_size for path in files),
    )


def _reap() -> int:
    """Wait for orphans; the number of those that did not end by themselves."""
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline:
        try:
            if os.waitpid(-1, os.WNOHANG)[0] == 0:
                time.sleep(0.01)
        except ChildProcessError:
            return 0
    left = psutil.Process().children(recursive=True)
    for process in left:
        process.kill()
    psutil.wait_procs(left, timeout=GRACE)
    return len(left)


class _Sampler:
    """Watches the memory of a process and all below it."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = 0
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def start(self) -> None:
        """Begin to sample."""
        self._thread.start()

    def stop(self) -> None:
        """End it."""
        self._end.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._end.wait(INTERVAL):
            processes = psutil.Process().children(recursive=True)  # orphans of the tree as well
            self.peak = max(self.peak, sum(map(memory_of, processes)))


def memory_of(process: psutil.Process) -> int:
    """The memory of a process in bytes: PSS, RSS where there is none, 0 if it has ended."""
    try:
        info = process.memory_full_info()
        return int(getattr(info, "pss", 0) or info.rss)
    except psutil.Error:
        return 0
