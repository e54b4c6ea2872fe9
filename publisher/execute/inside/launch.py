"""Start a Python kernel: `python launch.py -f FILE …` is `python -m ipykernel_launcher -f FILE …`.

The same state, as far as code in the kernel can see; but what the run reads can be recorded from
the start on, as `PUBLISHER_TRACE` tells.
"""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
import threading
from collections.abc import Callable
from types import ModuleType
from typing import Any

LAUNCHER = "ipykernel_launcher"
TRACE = "PUBLISHER_TRACE"
FOLDER = os.path.dirname(os.path.abspath(__file__))


def load(name: str) -> ModuleType:
    """A module of this folder, which is not on `sys.path`; it is not put into `sys.modules`."""
    path = os.path.join(FOLDER, f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"publisher.execute.inside.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def trace(load: Callable[[str], ModuleType] = load) -> ModuleType | None:
    """Start to record what the kernel reads, if its environment asks for it."""
    path = os.environ.pop(TRACE, None)
    if not path or not os.path.exists(os.path.join(FOLDER, "tracing.py")):
        return None
    tracing = load("tracing")
    tracing.start(path)
    return tracing


def launcher() -> str:
    """The file that `python -m ipykernel_launcher` runs: `sys.argv[0]` of a kernel."""
    spec = importlib.util.find_spec(LAUNCHER)
    return (spec and spec.origin) or LAUNCHER


def initialize(app: Any) -> None:
    """Set a kernel up, and see to it that it ends without a stall.

    At its end ipykernel closes its output while the thread that takes the request to end may
    still be telling that it is idle; each then waits for the other, for 10 s.
    """
    app.initialize()
    _spare_search(app.kernel)
    atexit.register(_settle, app)  # called before what ipykernel has registered


def _spare_search(kernel: Any) -> None:
    """Let ipykernel look for the children of a kernel that ends only if there are any.

    It would import psutil, and read what `/proc` tells of each process of the machine.
    """
    search = getattr(kernel, "_process_children", None)
    if search is None or not hasattr(os, "waitid"):
        return

    def children() -> Any:
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return []
        return search()

    kernel._process_children = children


def _settle(app: Any) -> None:
    thread = getattr(app, "control_thread", None)
    if thread is not None and thread.is_alive():
        done = threading.Event()
        thread.io_loop.add_callback(done.set)
        for _ in range(200):  # its loop may have ended, and never come to that
            if (
                done.wait(0.005)
                or not thread.is_alive()
                or not thread.io_loop.asyncio_loop.is_running()
            ):
                break


def _main() -> None:
    command = getattr(sys, "orig_argv", [])  # not before Python 3.10
    command[len(command) - len(sys.argv) :] = ["-m", LAUNCHER, *sys.argv[1:]]
    sys.argv[0] = launcher()
    trace()
    from ipykernel.kernelapp import IPKernelApp

    app: Any = IPKernelApp.instance()
    initialize(app)
    app.start()


def _frame(depth: int) -> None:
    """Make a kernel's stack as deep as one of `python -m`, for its limit of recursion."""
    if depth:
        _frame(depth - 1)
    else:
        _main()


if __name__ == "__main__":
    if sys.path and sys.path[0] == FOLDER:
        del sys.path[0]
    _frame(1)
