"""Whether a library may be imported before kernels are forked: it is tried in a scratch process.

A fork copies one thread, shares open files, and keeps what was noted about the process. So a
library is not safe that starts threads (those of OpenBLAS apart, which handle forks), opens files
or sockets, starts processes, changes the process, asks for the running shell, or prints.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import locale
import os
import signal
import sys
import time
from types import BuiltinFunctionType, FunctionType
from typing import Any, NoReturn


def run(target: str, answer: int, surroundings: Any) -> NoReturn:
    """Try `target` in this process, write what was found to the descriptor `answer`, and end."""
    try:
        os.environ["OPENBLAS_NUM_THREADS"] = "1"
        result = _try(target, surroundings)
        with os.fdopen(answer, "w") as file:
            json.dump(result, file)
    finally:
        os._exit(0)


def _try(target: str, surroundings: Any) -> dict[str, Any]:
    output = os.memfd_create("output")
    os.dup2(output, 1)
    os.dup2(output, 2)
    modules, code = set(sys.modules), _code()
    memory, before, started = _memory(), _state(), time.perf_counter()
    why = ""
    with surroundings.kernel() as (asked, streams):
        try:
            importlib.import_module(target)
        except BaseException as error:
            why = f"it cannot be imported: {type(error).__name__}: {error}"[:500]
        if not why and (sys.stdout, sys.stderr) != tuple(streams):
            why = "it changes the standard streams"
    seconds = round(time.perf_counter() - started, 3)
    after = _state()
    added = [name for name in sys.modules if name not in modules]
    sys.stdout.flush()
    sys.stderr.flush()
    why = why or next((f"it changes {key}" for key in before if before[key] != after[key]), "")
    if not why and asked:
        why = f"it asks the running shell for {asked[0]}"
    if not why and os.fstat(output).st_size:
        why = "it prints"
    if not why:
        why = next((f"it replaces {name}" for name in _replaced(code)), "")
    return {
        "safe": not why,
        "why": why,
        "memory": max(_memory() - memory, 0),
        "modules": added,
        "seconds": seconds,
    }


def _state() -> dict[str, Any]:
    """What of the process an import must leave as it is."""
    return {
        "its threads": _threads(),
        "its open files": _files(),
        "its processes": _children(),
        "signal handlers": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "the current folder": os.getcwd(),
        "the environment": dict(os.environ),
        "sys.path": list(sys.path),
        "sys.path_hooks": list(sys.path_hooks),
        "hooks": (sys.excepthook, sys.displayhook, sys.unraisablehook, sys.gettrace()),
        "the recursion limit": sys.getrecursionlimit(),
        "the locale": locale.setlocale(locale.LC_ALL),
        "the garbage collector": (gc.isenabled(), gc.get_threshold()),
    }


def _threads() -> int:
    """How many threads there are, without jemalloc's (of pyarrow), which handle forks.

    See `jemalloc_postfork_child` and `background_thread_postfork_child` in its sources.
    """
    names = []
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/comm") as file:
            names.append(file.read().strip())
    return sum(name != "jemalloc_bg_thd" for name in names)


def _files() -> list[tuple[str, str]]:
    found = []
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            found.append((fd, os.readlink(f"/proc/self/fd/{fd}")))
    return sorted(item for item in found if not item[1].endswith("/fd"))


def _children() -> list[str]:
    found = []
    for task in os.listdir("/proc/self/task"):
        with contextlib.suppress(OSError), open(f"/proc/self/task/{task}/children") as file:
            found += file.read().split()
    return found


def _memory() -> int:
    """Resident memory, bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _code() -> dict[tuple[str, str], Any]:
    """The functions and classes of all modules."""
    return {
        (name, key): value
        for name, module in list(sys.modules.items())
        for key, value in list(getattr(module, "__dict__", {}).items())
        if isinstance(value, (FunctionType, BuiltinFunctionType, type)) and not key.startswith("_")
    }


def _replaced(code: dict[tuple[str, str], Any]) -> list[str]:
    """Functions and classes of other modules that were replaced."""
    return [
        f"{name}.{key}"
        for (name, key), value in code.items()
        if name in sys.modules and vars(sys.modules[name]).get(key, value) is not value
    ]
