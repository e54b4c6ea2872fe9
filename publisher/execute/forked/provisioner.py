"""Forked kernels for any Jupyter tool: `metadata.kernel_provisioner` of a kernelspec names it.

```json
"metadata": {"kernel_provisioner": {"provisioner_name": "publisher-forked"}}
```
"""

from __future__ import annotations

import asyncio
import atexit
import os
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from traitlets import Bool, Unicode

from publisher.execute.forked.connection import Forked, ForkError
from publisher.execute.forked.parent import Process

PATIENCE = 30.0
"""Seconds that a parent has to fork a kernel, its own start included."""
FIXED = ("PYTHON", "LC_", "LANG", "LD_")


class ForkedProvisioner(LocalProvisioner):
    """Forks kernels from a process that has their modules imported.

    With `address` from a build's parent, else from one that is started for this process and
    the kernel's interpreter, and ends with this process. What cannot be forked is started as
    usual.
    """

    address = Unicode("", config=True, help="The socket of a parent that runs.")
    preload = Bool(True, config=True, help="Whether libraries may be there already.")
    forked: Forked | None = None
    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> KernelConnectionInfo:
        """Fork a kernel, or launch it."""
        try:
            self.forked = await self._fork(cmd, kwargs)
        except (ForkError, OSError, TimeoutError) as error:
            self.forked = None
            self.log.debug("not forked: %s", error)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = self.forked
        self.pid = self.pgid = self.forked.pid
        self.cwd = kwargs.get("cwd", Path.cwd())
        return self.connection_info

    async def _fork(self, cmd: list[str], kwargs: dict[str, Any]) -> Forked:
        python, arguments = _split(cmd)
        env = dict(kwargs.get("env") or os.environ)
        address = self.address or _own_address(tuple(python), _fixed(env))
        request = {
            "python": python,
            "command": [*python, "-m", "ipykernel_launcher", *arguments],
            "arguments": arguments,
            "cwd": os.path.abspath(kwargs.get("cwd") or os.getcwd()),
            "env": env,
            "sweep": bool(self.address),
        }
        streams = [kwargs.get(name) for name in ("stdin", "stdout", "stderr")]
        for preload in (True, False) if self.preload else (False,):
            with _Streams(streams) as fds:
                forked = Forked(address, {**request, "preload": preload}, fds)
            try:
                await asyncio.wait_for(forked.started(), PATIENCE)
            except (ForkError, TimeoutError):
                if forked.refused != "preload":
                    raise
            else:
                return forked
        raise ForkError("refused")

    async def ready(self) -> bool:
        """Wait until a forked kernel listens; False if it was not forked."""
        if self.forked is not None:
            await self.forked.ready()
        return self.forked is not None

    async def wait(self) -> int | None:
        """Wait for the end of the kernel."""
        if self.forked is None or self.process is not self.forked:
            return await super().wait()
        status = await self.forked.ended()
        self.process = None
        return status

    async def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel's group; one that has ended gets none."""
        try:
            await super().send_signal(signum)
        except ProcessLookupError:
            self.log.debug("signal %d to a kernel that has ended", signum)

    async def cleanup(self, restart: bool = False) -> None:
        """End what is left of the kernel."""
        if self.forked is not None:
            self.forked.close()
            self.forked = None
        await super().cleanup(restart)


class _Streams:
    """File descriptors of a kernel's standard streams, as `subprocess` and Jupyter make them."""

    def __init__(self, given: list[Any]) -> None:
        self.given = given
        self.opened: list[int] = []

    def __enter__(self) -> list[int]:
        fds = []
        for number, stream in enumerate(self.given):
            if stream is None and number == 0:  # an input that has ended, as Jupyter gives it
                read, write = os.pipe()
                os.close(write)
                self.opened.append(read)
                fds.append(read)
            elif stream is None:
                fds.append(number)
            elif isinstance(stream, int):
                if stream < 0:
                    raise ForkError("streams of pipes are not for forked kernels")
                fds.append(stream)
            else:
                fds.append(stream.fileno())
        return fds

    def __exit__(self, *_: object) -> None:
        for fd in self.opened:
            os.close(fd)


def _split(cmd: list[str]) -> tuple[list[str], list[str]]:
    """The interpreter with its options, and the arguments of the kernel."""
    for number, part in enumerate(cmd):
        if part == "-m" and cmd[number + 1 : number + 2] == ["ipykernel_launcher"]:
            return cmd[:number], cmd[number + 2 :]
        if part.endswith(os.path.join("inside", "launch.py")):
            return cmd[:number], cmd[number + 1 :]
    raise ForkError("no kernel of ipykernel")


def _fixed(env: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((k, v) for k, v in env.items() if k.startswith(FIXED)))


@cache
def _own_address(python: tuple[str, ...], fixed: tuple[tuple[str, str], ...]) -> str:
    """The address of a parent of this process, for kernels with these variables."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(FIXED)} | dict(fixed)
    process = Process(python, env, cwd=Path.cwd())
    atexit.register(process.end)
    return process.address
