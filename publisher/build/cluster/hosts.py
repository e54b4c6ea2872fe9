"""What a worker of a Dask cluster does for a build: it hands pages to processes of their own."""

from __future__ import annotations

import asyncio
import multiprocessing
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

import distributed

from publisher.build.host import Project, remove
from publisher.config import Config

PROGRAM = "from publisher.build.host import main; main()"  # not `-m`: it sends values of its own
CLOSING = 1.0  # seconds that a process has to end its kernel


class HostLostError(Exception):
    """The process that ran a page has ended."""


class _Host:
    """A process that runs pages (`host.py`), as the worker sees it.

    `name` is that of the project that it has now.
    """

    def __init__(self) -> None:
        self.name: str | None = None
        self.folder = Path(tempfile.mkdtemp(prefix="publisher-"))
        own, other = multiprocessing.Pipe()
        with other:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-c", PROGRAM, str(other.fileno()), str(self.folder)],
                pass_fds=[other.fileno()],
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.connection = own

    def ask(self, *requests: Any) -> Any:
        """The answer to the last of some requests. `HostLostError` if the process has ended."""
        try:
            for request in requests:
                self.connection.send(request)
            return self.connection.recv()
        except (EOFError, OSError) as error:
            raise HostLostError("the process that ran it was killed") from error

    def end(self) -> None:
        """End it, with its kernels, and remove its folder, which it does itself if it can."""
        self.process.terminate()
        try:
            self.process.wait(CLOSING)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.connection.close()
        remove(self.folder)


class Hosts(distributed.WorkerPlugin):
    """The processes that run a build's pages on one worker: as many as it has threads."""

    def __init__(self, name: str, config: Config) -> None:
        self.name, self.config = name, config

    def setup(self, worker: distributed.Worker) -> None:
        """Begin, on a worker."""
        self.worker = worker
        self.lock = threading.Lock()
        self.idle: list[_Host] = []
        self.running: dict[Any, _Host] = {}

    async def teardown(self, worker: distributed.Worker) -> None:
        """End all processes: the build is over, or the worker."""
        hosts = [*self.idle, *self.running.values()]
        await asyncio.gather(*(asyncio.to_thread(host.end) for host in hosts))

    def transition(self, key: Any, start: str, finish: str, **more: Any) -> None:
        """End a page's process if nobody wants its result any more."""
        host = self.running.get(key)
        if host is not None and finish == "released":
            host.process.terminate()

    def run(self, request: Any, name: str, archive: bytes | None) -> Any:
        """Have a request answered by a process that has the project of this name."""
        key = self.worker.get_current_task()
        host = self._take(key)
        try:
            task = self.worker.state.tasks.get(key)
            if task is None or task.state == "cancelled":  # before `transition` could tell
                raise HostLostError("nobody waits for it")
            if host.name is None or name not in ("", host.name):
                answer = host.ask(Project(self.config, self.name, archive), request)
                host.name = name
            else:
                answer = host.ask(request)
        except BaseException:
            host.end()
            raise
        finally:
            del self.running[key]
        self.idle.append(host)
        return answer

    def _take(self, key: Any) -> _Host:
        """A process that has nothing to do."""
        with self.lock:
            while self.idle:
                host = self.idle.pop()
                if host.process.poll() is None:
                    break
                host.end()
            else:
                host = _Host()
            self.running[key] = host
            return host


def ask(plugin: str, request: Any, name: str, archive: bytes | None) -> Any:
    """The task of a worker."""
    hosts = distributed.get_worker().plugins[plugin]
    assert isinstance(hosts, Hosts)
    return hosts.run(request, name, archive)
