"""Times starts of kernels: `python ready.py ANSWER KERNELSPEC direct|usual COUNT`.

Each from `start_kernel` to the reply to `kernel_info_request` and a first message of the output
channel; each kernel is killed before the next. The client knows nothing of how a kernel is
provided. *direct* connects, over Unix sockets, once the kernel has bound its output channel;
*usual* is Jupyter's own: `start_kernel`, then `wait_for_ready`, over TCP.

The first start is not counted: it imports the client and starts what kernels are forked from.
The answer is a list of seconds.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.manager import AsyncKernelManager

PATIENCE = 60.0


async def start(kernel: str, usual: bool) -> float:
    """Start a kernel and end it; the seconds until it was ready."""
    with tempfile.TemporaryDirectory(prefix="k") as folder:
        sockets = {} if usual else {"transport": "ipc", "ip": f"{folder}/k"}
        manager = AsyncKernelManager(kernel_name=kernel, **sockets)
        try:
            return await asyncio.wait_for(_ready(manager, usual), PATIENCE)
        finally:
            await manager.shutdown_kernel(now=True)


async def _ready(manager: AsyncKernelManager, usual: bool) -> float:
    started = time.perf_counter()
    await manager.start_kernel()
    if not usual:
        await _bound(Path(f"{manager.ip}-{manager.iopub_port}"))
    client = manager.client()
    try:
        client.start_channels()
        await (client.wait_for_ready(timeout=PATIENCE) if usual else _answered(client))
        return time.perf_counter() - started
    finally:
        client.stop_channels()


async def _bound(socket: Path) -> None:
    while not socket.exists():
        await asyncio.sleep(0.002)


async def _answered(client: AsyncKernelClient) -> None:
    """Wait until both channels have said something: what is sent before they are open is lost."""
    while True:
        client.kernel_info()
        try:
            await client.get_shell_msg(timeout=1)
            await client.get_iopub_msg(timeout=0.1)
        except Empty:
            continue
        return


async def _main(answer: str, kernel: str, client: str, count: str) -> None:
    seconds = [await start(kernel, client == "usual") for _ in range(int(count) + 1)]
    Path(answer).write_text(json.dumps(seconds[1:]), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
