"""The process that kernels are forked from: `python parent.py FOLDER` with a socket as its input.

A kernel is forked at the bottom of the stack: the functions below return there, in the kernel's
process, so that its stack is no deeper than that of a kernel that was started as usual.
"""

from __future__ import annotations

import functools
import importlib.util
import os
import sys
from types import ModuleType

FOLDER = os.path.dirname(os.path.abspath(__file__))


@functools.cache
def load(name: str) -> ModuleType:
    """A module of this folder, which is not on `sys.path`; it is not put into `sys.modules`."""
    path = os.path.join(FOLDER, f"{name}.py")
    spec = importlib.util.spec_from_file_location(f"publisher.execute.inside.{name}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _run() -> None:
    begin()


if __name__ == "__main__":
    if sys.path and sys.path[0] == FOLDER:
        del sys.path[0]
    begin = load("server").serve(sys.argv[1], load)
    _run()
