"""Programs that serve: started, watched, ended."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil
from measure import BenchmarkError, memory_of

PATIENCE = 600.0  # seconds until a server answers, or has nothing more to do
QUIET = 1.0  # seconds with hardly any work: it has nothing more to do
BUSY = 0.05  # of a core


class Server:
    """A server at a port of loopback, a context manager: with all that it starts, it is ended.

    `started` is when, in seconds since the epoch.
    """

    def __init__(
        self, command: Sequence[str], port: int, folder: Path, env: Mapping[str, str], log: Path
    ) -> None:
        self.port, self.log = port, log
        self.started = time.time()
        with open(log, "wb") as output:
            self._process = psutil.Popen(
                command, cwd=folder, env=env, stdout=output, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *error: object) -> None:
        tree = self._tree()
        with suppress(psutil.NoSuchProcess):
            self._process.terminate()
        _, left = psutil.wait_procs(tree, timeout=5)
        for process in left:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left, timeout=5)

    def wait(self) -> None:
        """Wait until it answers."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            if self._process.poll() is not None:
                break
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.005)
        raise BenchmarkError(f"it does not serve:\n{self.log.read_text(errors='replace')[-3000:]}")

    def settle(self) -> None:
        """Wait until it has nothing more to do."""
        end = time.monotonic() + PATIENCE
        while self.load(QUIET) > BUSY:
            if time.monotonic() > end:
                raise BenchmarkError("it does not come to rest")

    def load(self, seconds: float) -> float:
        """How much of a core it takes in these seconds."""
        before, started = self._cpu(), time.monotonic()
        time.sleep(seconds)
        return (self._cpu() - before) / (time.monotonic() - started)

    def memory(self) -> float:
        """What it takes with all that it has started, MB."""
        return sum(map(memory_of, self._tree())) / 1e6

    def _cpu(self) -> float:
        """Seconds of CPU time so far, of processes that have ended and were waited for as well."""
        seconds = 0.0
        for process in self._tree():
            with suppress(psutil.Error):
                seconds += sum(process.cpu_times()[:4])
        return seconds

    def _tree(self) -> list[psutil.Process]:
        try:
            return [self._process, *self._process.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []


def free_port() -> int:
    """A port that nobody uses."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
