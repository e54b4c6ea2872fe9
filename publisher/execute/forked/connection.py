"""The connection to a forked kernel, which looks like its process."""

from __future__ import annotations

import array
import asyncio
import json
import os
import select
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

LOST = -signal.SIGKILL


class ForkError(Exception):
    """The kernel cannot be forked; it is to be started as usual."""


class Forked:
    """A kernel that was asked for at `address`, with the methods of `subprocess.Popen`.

    When the connection is closed the kernel is killed, with its group.
    """

    stdin = stdout = stderr = None

    def __init__(self, address: str, request: Mapping[str, Any], streams: Sequence[int]) -> None:
        """Ask for a kernel. `ForkError` if nobody is there."""
        self.pid = 0
        self.returncode: int | None = None
        self.bound = False
        self.refused: str | None = None
        self.lost = False
        """Whether the connection ended without the kernel's status: its parent has died."""
        self.seconds = 0.0
        """Processor time that the kernel took, once it has ended."""
        self._data = b""
        self._connection = socket.socket(socket.AF_UNIX)
        try:
            self._connection.connect(address)
            body = json.dumps(request).encode()
            self._connection.sendall(b"P" if request["preload"] else b"W")
            self._connection.sendmsg(
                [struct.pack("!I", len(body))],
                [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", streams))],
            )
            self._connection.sendall(body)
            self._connection.setblocking(False)
        except OSError as error:
            self._connection.close()
            raise ForkError(str(error)) from error

    async def started(self) -> None:
        """Wait until the kernel has a process id. `ForkError` if it gets none."""
        await self._until(lambda: bool(self.pid or self.refused))
        if not self.pid:
            self.close()
            raise ForkError(self.refused or "the parent has died")

    async def ready(self) -> None:
        """Wait until the kernel listens on its sockets, or has ended."""
        await self._until(lambda: self.bound)

    async def ended(self) -> int:
        """Wait until the kernel has ended; its exit status."""
        await self._until(lambda: False)
        assert self.returncode is not None
        return self.returncode

    async def _until(self, done: Any) -> None:
        while self.poll() is None and not done():
            loop = asyncio.get_running_loop()
            news: asyncio.Future[None] = loop.create_future()
            own = self._connection.dup()  # others may wait for the same
            loop.add_reader(own, _tell, news)
            try:
                await news
            finally:
                loop.remove_reader(own)
                own.close()

    def poll(self) -> int | None:
        """The exit status, None while the kernel runs."""
        while self.returncode is None:
            try:
                data = self._connection.recv(1 << 16)
            except BlockingIOError:
                break
            except OSError:
                data = b""
            if not data:
                self.lost, self.returncode = True, LOST
            *lines, self._data = (self._data + data).split(b"\n")
            for line in lines:
                self._take(json.loads(line))
        return self.returncode

    def _take(self, message: dict[str, Any]) -> None:
        self.pid = message.get("pid", self.pid)
        self.bound = message.get("bound", self.bound)
        self.refused = message.get("refused", self.refused)
        self.seconds = message.get("seconds", self.seconds)
        if "status" in message:
            self.returncode = message["status"]

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the end of the kernel; `subprocess.TimeoutExpired` if it takes too long."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.poll() is None:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise subprocess.TimeoutExpired("kernel", timeout or 0)
            select.select([self._connection], [], [], left)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        """Send a signal to the kernel, if it is alive."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """Kill the kernel."""
        self.send_signal(signal.SIGKILL)

    def close(self) -> None:
        """Close the connection, which ends the kernel if it is still there."""
        if self.returncode is None:
            self.returncode = LOST
        self._connection.close()


def _tell(news: asyncio.Future[None]) -> None:
    if not news.done():
        news.set_result(None)
