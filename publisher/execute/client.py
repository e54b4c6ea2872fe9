"""Running the cells of one notebook in one kernel, within bounds, leaving nothing behind."""

from __future__ import annotations

import asyncio
import os
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from queue import Empty
from typing import TYPE_CHECKING, Any

from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from publisher.config import Config
from publisher.errors import ExecutionError
from publisher.execute import processes
from publisher.execute.bundles import storable, without
from publisher.execute.failures import Failures
from publisher.execute.forked.libraries import usual
from publisher.execute.forked.provisioner import ForkedProvisioner
from publisher.execute.freeze import WIDGETS
from publisher.execute.kernels import LAUNCH, choose, surroundings
from publisher.execute.states import Plan
from publisher.execute.steady import steady
from publisher.execute.streams import append, size_of
from publisher.model import Page, Problem, States

if TYPE_CHECKING:
    from jupyter_client.kernelspec import KernelSpec
    from nbformat import NotebookNode

SLICE = 0.1
GRACE = 5.0
TRACE = "PUBLISHER_TRACE"


class KernelEndedError(Exception):
    """The cell has told the kernel to end: `quit()`."""


_running: dict[int, str] = {}
"""The process groups of the kernels that run now, each with its folder of sockets."""


def end_all() -> None:
    """Kill all kernels of this process with what they started, and remove their folders."""
    for group, folder in list(_running.items()):
        processes.end(group)
        shutil.rmtree(folder, ignore_errors=True)


def run(
    notebook: NotebookNode,
    page: Page,
    config: Config,
    *,
    address: str | None = None,
    trace: Path | None = None,
    tell: Callable[[int], None] | None = None,
    walked: Path | None = None,
) -> tuple[dict[str, Any] | None, tuple[Problem, ...], tuple[States, ...]]:
    """Run `notebook` in place; its widget state, the notices to show, and what widgets may show.

    `address` is that of a `Parent` that forks kernels. What a Python kernel reads is recorded in
    the file `trace`. `tell` is told the number (from 1) of each code cell that begins to run. The
    file `walked` counts the seconds that the states of widgets take in a build.
    """
    start = partial(_run, notebook, page, config, trace=trace, tell=tell, walked=walked)
    client = start(address)
    if client is None:  # what kernels are forked from has died under it
        client = start(None)
    assert client is not None
    notebook.metadata.pop("widgets", None)
    widgets, states = steady(notebook, client.widgets, page.source, client.states)
    return widgets, tuple(client.notices), states


def _run(
    notebook: NotebookNode,
    page: Page,
    config: Config,
    address: str | None,
    *,
    trace: Path | None,
    tell: Callable[[int], None] | None,
    walked: Path | None,
) -> _Client | None:
    """Run a notebook in a kernel, forked if it can be; None if that kernel's parent died."""
    spec = choose(page, config)
    with tempfile.TemporaryDirectory(prefix="publisher-") as folder:
        manager = _manager(folder, spec)
        if address is not None:
            preload = config.settings.execute.preload and usual(notebook)
            manager.provisioner = ForkedProvisioner(
                kernel_id="", kernel_spec=spec, parent=manager, address=address, preload=preload
            )
        client = _Client(notebook, manager, spec, page, config, Path(folder) / "log", trace)
        client.tell, client.walked = tell, walked
        try:
            asyncio.run(client.run())
        except ExecutionError:
            if not client.lost:
                raise
            return None
    return client


def _manager(folder: str, spec: KernelSpec) -> AsyncKernelManager:
    """A kernel manager that talks over sockets in a private folder: no ports to race for.

    Many kernels of other languages (IJulia, Almond, …) know only TCP.
    """
    ipc = os.name == "posix" and len(folder) < 80 and spec.language == "python"
    manager = AsyncKernelManager(
        connection_file=str(Path(folder) / "kernel.json"),
        **({"transport": "ipc", "ip": str(Path(folder) / "k")} if ipc else {}),
    )
    manager._kernel_spec = spec
    return manager


class _Client(NotebookClient):
    """nbclient that waits in slices, bounds output, and interrupts before it kills."""

    def __init__(
        self,
        notebook: NotebookNode,
        manager: AsyncKernelManager,
        spec: KernelSpec,
        page: Page,
        config: Config,
        log_file: Path,
        trace: Path | None,
    ) -> None:
        execution = config.settings.execute
        super().__init__(
            notebook,
            manager,
            timeout=None,
            startup_timeout=page.meta.startup_timeout or execution.startup_timeout,
            coalesce_streams=False,
            store_widget_state=True,
            record_timing=False,
            skip_cells_with_tag="skip-execution",
            resources={"metadata": {"path": str(page.path.parent)}},
        )
        self.manager, self.spec = manager, spec
        self.page, self.settings = page, config
        self.shown = config.shown(page.path)
        self.failures = Failures(notebook, page, self.shown, " ".join(spec.argv[:1]))
        self.limit = execution.max_output
        self.default_timeout = page.meta.timeout or execution.timeout
        self.widgets: dict[str, Any] | None = None
        self.notices: list[Problem] = []
        self.states: list[States] = []
        self.closed: set[str] = set()
        self.used = 0
        self.log_file, self.trace = log_file, trace
        self.listening: asyncio.Future[Any] | None = None
        self.lost = False
        self.tell: Callable[[int], None] | None = None
        self.walked: Path | None = None

    async def run(self) -> None:
        """Run all cells, whatever happens ending the kernel and its children."""
        self.reset_execution_trackers()
        self.nb.metadata.pop("widgets", None)  # of an earlier run
        group = None
        try:
            await self._start()
            group = getattr(self.manager.provisioner, "pgid", None)
            if group:
                _running[group] = str(self.log_file.parent)
            await self._ready()
            for index, cell in enumerate(self.nb.cells):
                await self._cell(cell, index)
            self._forget_closed()
            self.set_widgets_metadata()
            state = self.nb.metadata.get("widgets", {})
            self.widgets = state.get(WIDGETS)
            if self.widgets is not None and self.spec.language == "python":
                await self._walk()
        finally:
            await self._end(group)

    def _forget_closed(self) -> None:
        """Take out the views of closed widgets: `tqdm.notebook.tqdm(…, leave=False)`."""
        if self.closed:
            for cell in self.nb.cells:
                if cell.get("outputs"):
                    cell.outputs = without(cell.outputs, self.closed)
            for state in self.widget_state.values():
                if isinstance(state.get("outputs"), list):
                    state["outputs"] = without(state["outputs"], self.closed)

    async def _walk(self) -> None:
        """Work out what the page's widgets show when their controls are moved."""
        plan = Plan.of(self.nb, self.page, self.settings, self.walked)
        if plan is not None and plan.seconds > 0:
            await self._follow(plan)
            plan.count(self.walked)
        for cell, notice, hint in plan.notices if plan is not None else ():
            failure = self.failures.at(cell, notice, hint=hint)
            self.notices.append(
                Problem(notice, failure.path, failure.line, failure.cell, failure.hint)
            )

    async def _follow(self, plan: Plan) -> None:
        """Have the kernel walk, and take what it tells."""
        assert self.kc is not None
        request = self.kc.execute(plan.code, silent=True, store_history=False, allow_stdin=False)
        deadline = time.monotonic() + plan.seconds + GRACE
        while time.monotonic() < deadline and await self.manager.is_alive():
            with suppress(Empty):
                message = await self.kc.iopub_channel.get_msg(timeout=SLICE)
                if message["parent_header"].get("msg_id") != request:
                    continue
                if message["content"].get("execution_state") == "idle":
                    break
                plan.take(message)
        else:
            plan.stop(alive=await self.manager.is_alive())
        self.states = plan.states

    async def _start(self) -> None:
        try:
            with open(self.log_file, "wb") as log:
                await self.manager.start_kernel(
                    extra_arguments=_arguments(self.spec),
                    cwd=str(self.page.path.parent),
                    env=self._environment(),
                    stdout=log,
                    stderr=log,
                )
        except (OSError, RuntimeError, ValueError) as error:
            raise ExecutionError(
                f"the kernel cannot start: {error}",
                path=self.shown,
                line=1,
                hint=f"its command is: {' '.join(self.spec.argv)}",
            ) from error

    def _environment(self) -> dict[str, str]:
        env = surroundings(self.spec) | {processes.VARIABLE: processes.mark()}
        return env | ({TRACE: str(self.trace)} if self.trace else {})

    async def _ready(self) -> None:
        try:
            await asyncio.wait_for(self._connect(), self.startup_timeout)
        except (RuntimeError, TimeoutError) as error:
            dead = not await self.manager.is_alive()
            raise ExecutionError(
                "the kernel died while it started"
                if dead
                else f"the kernel was not ready after {self.startup_timeout:g} s",
                path=self.shown,
                line=1,
                hint="is ipykernel installed where the kernel runs?"
                if dead
                else "raise `startup_timeout` under [execute]",
                detail=self.log_file.read_text(errors="replace")[-4000:].strip() or None,
            ) from error

    async def _connect(self) -> None:
        """Connect to the kernel as soon as it listens; `RuntimeError` if it dies.

        `wait_for_ready` of jupyter_client connects at once, then zmq tries again every 0.1 s, and
        ends with 0.2 s of silence. A message on each channel shows as well that both are open.
        """
        provisioner = self.manager.provisioner
        if isinstance(provisioner, ForkedProvisioner) and await provisioner.ready():
            await self._alive()
        elif self.manager.transport == "ipc":
            socket = Path(f"{self.manager.ip}-{self.manager.iopub_port}")  # the last to be bound
            while not socket.exists():
                await self._alive()
                await asyncio.sleep(0.005)
        self.kc = self.manager.client(context=self.manager.context)
        self.kc.start_channels(stdin=False, hb=False)
        while True:
            self.kc.kernel_info()
            with suppress(Empty):
                reply = await self._first_reply()
                if reply["msg_type"] == "kernel_info_reply":
                    await self.kc.iopub_channel.get_msg(timeout=0.1)
                    self.kc._handle_kernel_info_reply(reply)
                    return
            await self._alive()

    async def _first_reply(self) -> dict[str, Any]:
        """The next message of the shell, waited for in slices (see `_async_poll_for_reply`)."""
        assert self.kc is not None
        for _ in range(10):
            with suppress(Empty):
                message: dict[str, Any] = await self.kc.shell_channel.get_msg(timeout=SLICE)
                return message
        raise Empty

    async def _alive(self) -> None:
        if not await self.manager.is_alive():
            raise RuntimeError("the kernel died")

    async def _cell(self, cell: NotebookNode, index: int) -> None:
        self.used = 0
        if self.tell is not None and cell.cell_type == "code":
            self.tell(sum(c.cell_type == "code" for c in self.nb.cells[: index + 1]))
        try:
            await self.async_execute_cell(cell, index, execution_count=self.code_cells_executed + 1)
        except CellExecutionError as error:
            raise self.failures.of_cell(
                index, error.ename, error.evalue, self.code_cells_executed
            ) from error
        except CellTimeoutError as error:
            raise self.failures.at(
                index,
                f"the cell took longer than {self._seconds(cell):g} s",
                hint="raise `timeout` in the page's front matter or under [execute], "
                "or tag the cell `skip-execution`",
            ) from error
        except KernelEndedError as error:
            raise self.failures.at(
                index, "the cell ends the kernel: quit()", hint="remove `quit()` or `exit()`"
            ) from error
        except DeadKernelError as error:
            raise self.failures.at(
                index,
                "the kernel died while it ran this cell",
                hint="it may have run out of memory, or the code ended the process",
            ) from error

    def _seconds(self, cell: NotebookNode) -> float:
        own = cell.metadata.get("timeout")
        return float(own) if isinstance(own, (int, float)) and own > 0 else self.default_timeout

    async def _async_poll_for_reply(
        self,
        msg_id: str,
        cell: NotebookNode,
        timeout: int | None,
        task_poll_output_msg: asyncio.Future[Any],
        task_poll_kernel_alive: asyncio.Future[Any],
    ) -> dict[str, Any]:
        """Wait for the reply in short slices.

        One long wait can miss its wake-up when a widget's message is sent on the same socket
        meanwhile (nbclient issue 312). At the time limit the kernel is interrupted; a cell that
        does not end then is given up.
        """
        assert self.kc is not None
        self.listening = task_poll_output_msg
        try:
            message = await self._reply(msg_id, self._seconds(cell))
        finally:
            task_poll_kernel_alive.cancel()
        try:  # the reply stands behind all output, but a lost idle message must not hang us
            await asyncio.wait_for(task_poll_output_msg, GRACE + self.used / 1_000_000)
        except TimeoutError:
            self.log.warning("no idle message after the reply")
        return message

    async def _reply(self, msg_id: str, seconds: float) -> dict[str, Any]:
        assert self.kc is not None
        deadline = time.monotonic() + seconds
        interrupted = False
        while True:
            try:
                message: dict[str, Any] = await self.kc.shell_channel.get_msg(timeout=SLICE)
            except Empty:
                if time.monotonic() < deadline:
                    continue
                if interrupted:
                    raise CellTimeoutError("the interrupt was not heeded") from None
                await self.manager.interrupt_kernel()
                interrupted, deadline = True, time.monotonic() + GRACE
                continue
            if message["parent_header"].get("msg_id") == msg_id:
                if interrupted:
                    raise CellTimeoutError("interrupted")
                if any(
                    p.get("source") == "ask_exit" for p in message["content"].get("payload", [])
                ):
                    raise KernelEndedError
                return message

    async def _async_poll_kernel_alive(self) -> None:
        while True:
            await asyncio.sleep(SLICE)
            if not await self.manager.is_alive():
                assert self.task_poll_for_reply is not None
                self.task_poll_for_reply.cancel()
                return

    def process_message(
        self, msg: dict[str, Any], cell: NotebookNode, cell_index: int
    ) -> NotebookNode | None:
        """Take a message, its output as notebooks can hold it."""
        data = msg["content"].get("data")
        if isinstance(data, dict) and not msg["msg_type"].startswith("comm"):
            msg["content"]["data"] = storable(data)
        if msg["msg_type"] == "comm_close":
            self.closed.add(msg["content"].get("comm_id", ""))
        return super().process_message(msg, cell, cell_index)

    def output(
        self,
        outs: list[NotebookNode],
        msg: dict[str, Any],
        display_id: str | None,
        cell_index: int,
    ) -> NotebookNode | None:
        """Take an output while there is room for the cell's."""
        if self.clear_before_next_output:
            self.used = 0
        size = size_of(msg["content"])
        if self.used <= self.limit < self.used + size:
            self._cut(outs, msg, cell_index)
        self.used += size
        if self.used > self.limit and msg["msg_type"] != "error":
            return None
        if msg["msg_type"] == "stream" and not (
            self.clear_before_next_output or self.output_hook_stack[msg["parent_header"]["msg_id"]]
        ):
            return append(outs, msg["content"]["name"], msg["content"]["text"])
        return super().output(outs, msg, display_id, cell_index)

    def clear_output(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        """Clear the cell's outputs, which makes room for others."""
        super().clear_output(outs, msg, cell_index)
        if not msg["content"].get("wait"):
            self.used = 0

    def remove_output_hook(self, msg_id: str, hook: Any) -> None:
        """Forget an Output widget that caught outputs; not always the last that began."""
        if hook in self.output_hook_stack[msg_id]:
            self.output_hook_stack[msg_id].remove(hook)

    def _cut(self, outs: list[NotebookNode], msg: dict[str, Any], cell_index: int) -> None:
        from nbformat.v4 import new_output

        text = msg["content"].get("text", "") if msg["msg_type"] == "stream" else ""
        if text:
            kept = text.encode()[: max(self.limit - self.used, 0)].decode(errors="ignore")
            append(outs, msg["content"]["name"], kept)
        notice = f"Output was cut here: the cell printed more than {self.limit:,} bytes."
        outs.append(
            new_output(
                "display_data",
                data={"text/plain": notice},
                metadata={"publisher": {"notice": True}},
            )
        )
        failure = self.failures.at(cell_index, notice, hint="print less, or raise `max_output`")
        self.notices.append(Problem(notice, failure.path, failure.line, failure.cell, failure.hint))

    async def _end(self, group: int | None) -> None:
        """End the kernel: ask, wait a moment, then kill it and whatever it started."""
        km = self.manager
        try:
            if km.has_kernel and await km.is_alive():
                if self.kc is not None and self.kc.control_channel.is_alive():
                    self.kc.shutdown()
                    await self._gone(km, seconds=2.0)
                if await km.is_alive():
                    await km.shutdown_kernel(now=True)
        finally:
            provisioner = km.provisioner
            forked = provisioner.forked if isinstance(provisioner, ForkedProvisioner) else None
            self.lost = forked is not None and forked.lost
            if group:
                if forked is None or self.lost:  # else its watcher has seen to it
                    processes.end(group)
                _running.pop(group, None)
            if self.listening is not None:  # before its socket is closed under it
                self.listening.cancel()
                await asyncio.gather(self.listening, return_exceptions=True)
            if self.kc is not None:
                for name in ("shell", "iopub", "control"):
                    getattr(self.kc, f"{name}_channel").stop()
            await km.cleanup_resources()

    async def _gone(self, km: AsyncKernelManager, seconds: float) -> None:
        """Wait for the kernel to end."""
        with suppress(TimeoutError):
            if isinstance(km.provisioner, ForkedProvisioner) and km.provisioner.forked:
                await asyncio.wait_for(km.provisioner.forked.ended(), seconds)
                return
            async with asyncio.timeout(seconds):
                while await km.is_alive():
                    await asyncio.sleep(0.01)


def _arguments(spec: KernelSpec) -> list[str]:
    """What is added to a kernel's command: runs are no part of the author's IPython history."""
    own = spec.language == "python" and any(
        "ipykernel" in part or part == str(LAUNCH) for part in spec.argv
    )
    return ["--HistoryManager.hist_file=:memory:"] if own else []
