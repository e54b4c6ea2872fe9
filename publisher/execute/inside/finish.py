"""The end of a forked kernel, without taking apart what it has inherited.

The interpreter would touch every object of the modules, and so copy the memory that kernels share.
What an author can tell is done in the interpreter's order: threads are waited for, functions of
`atexit` are called, streams are flushed, and the author's objects are destroyed.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import sys
import threading
from types import ModuleType
from typing import Any, NoReturn


def finish(app: Any) -> NoReturn:
    """End the process, status 0."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    _flush()
    for module in _own_modules():
        _clear(vars(module))
    shell = getattr(app, "shell", None)
    if shell is not None:
        _clear(shell.user_ns_hidden)
        _clear(shell.user_ns)
    gc.collect()
    _flush()
    ctypes.PyDLL(None).exit(0)  # runs the functions that libraries have registered in C
    raise SystemExit


def _own_modules() -> list[ModuleType]:
    """The modules that are the author's: neither installed nor Python's own."""
    installed = (sys.prefix, sys.base_prefix, sys.exec_prefix)
    return [
        module
        for name, module in list(sys.modules.items())
        if isinstance(module, ModuleType)
        and name != "__main__"
        and not (getattr(module, "__file__", None) or sys.prefix).startswith(installed)
    ]


def _clear(names: dict[str, Any]) -> None:
    """Forget values as the interpreter does, private ones first."""
    for private in (True, False):
        for name in list(names):
            if name != "__builtins__" and (name.startswith("_") or not private):
                names.pop(name, None)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):
            stream.flush()
