"""What a library finds around it when it is imported in a kernel, before there is one.

Some ask at that time whether a shell runs, and of which kind (pandas, to choose how wide a table
is shown), or keep the standard streams.
"""

from __future__ import annotations

import builtins
import contextlib
import io
import sys
from collections.abc import Iterator
from typing import Any


class Stream(io.TextIOBase):
    """A standard stream that will be the kernel's, once `target` is."""

    def __init__(self, target: Any) -> None:
        self.target = target

    def __getattribute__(self, name: str) -> Any:
        if name == "target":
            return object.__getattribute__(self, name)
        return getattr(object.__getattribute__(self, "target"), name)

    def __iter__(self) -> Any:
        return iter(self.target)


class Kernel:
    """Stands for the kernel of a shell: that there is one is all that may be asked."""

    def __init__(self, asked: list[str]) -> None:
        object.__setattr__(self, "_asked", asked)

    def __getattribute__(self, name: str) -> Any:
        return _known(self, name, "kernel.")

    def __setattr__(self, name: str, value: Any) -> None:
        object.__getattribute__(self, "_asked").append(f"kernel.{name}")


class Shell(Kernel):
    """Stands for the shell of a kernel: its kind may be asked for."""

    def __init__(self, asked: list[str]) -> None:
        super().__init__(asked)
        object.__setattr__(self, "kernel", Kernel(asked))
        object.__setattr__(self, "config", {"IPKernelApp": {}})

    def __getattribute__(self, name: str) -> Any:
        if name in ("kernel", "config"):
            return object.__getattribute__(self, name)
        return _known(self, name, "")


def _known(stand_in: Kernel, name: str, prefix: str) -> Any:
    if not name.startswith("__"):
        object.__getattribute__(stand_in, "_asked").append(prefix + name)
    return object.__getattribute__(stand_in, name)


@contextlib.contextmanager
def kernel() -> Iterator[tuple[list[str], list[Stream]]]:
    """As in a kernel, so far.

    The list of what else was asked of the shell, and the standard output and error.
    """
    from IPython.core.interactiveshell import InteractiveShell

    asked: list[str] = []
    name = "ZMQInteractiveShell"
    shell = type(name, (Shell,), {"__module__": "ipykernel.zmqshell"})(asked)
    streams = sys.stdout, sys.stderr
    replaced = [Stream(stream) for stream in streams]
    with contextlib.ExitStack() as stack:
        for owner, key, value in (
            (InteractiveShell, "initialized", lambda: True),
            (InteractiveShell, "instance", lambda *args, **kwargs: shell),
            (builtins, "get_ipython", lambda: shell),
            (sys, "stdout", replaced[0]),
            (sys, "stderr", replaced[1]),
        ):
            _replace(stack, owner, key, value)
        yield asked, replaced


def _replace(stack: contextlib.ExitStack, owner: Any, key: str, value: Any) -> None:
    if key in vars(owner):
        stack.callback(setattr, owner, key, vars(owner)[key])
    else:
        stack.callback(delattr, owner, key)
    setattr(owner, key, value)
