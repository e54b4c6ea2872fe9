"""The application and the shell of a kernel, made before the fork as far as all kernels agree.

What depends on a kernel's arguments, environment, folder, streams, files or threads is done in the
kernel. One with another configuration, or of an ipykernel that cannot be prepared like this, makes
its own.
"""

from __future__ import annotations

import atexit
import contextlib
import functools
import os
import sys
from typing import Any

ARGUMENTS = ["-f", "kernel.json", "--HistoryManager.hist_file=:memory:"]
"""The arguments of kernels, but for the name of the file."""

LATER = """
    init_ipython_dir init_profile_dir init_environment save_sys_module_state init_sys_modules
    init_history init_encoding init_pushd_popd_magic init_user_ns init_prompts
""".split()
"""Steps of a shell's initialisation that are left to the kernel, in IPython's order."""


def prepare() -> None:
    """Make what can be made before the fork."""
    app = _app()
    with contextlib.suppress(Exception, SystemExit):
        app.parse_command_line(ARGUMENTS)
        _shell()


def application(arguments: list[str]) -> Any:
    """The application of a kernel with these arguments, to be initialised."""
    app = _app()
    usual = (arguments[:1], arguments[2:]) == (ARGUMENTS[:1], ARGUMENTS[2:])
    if not usual or not _shell.cache_info().currsize:
        return _another(app)
    app.argv, app.connection_file = arguments, arguments[1]
    for config in (app.config, app.cli_config):
        config.IPKernelApp.connection_file = arguments[1]
    app.parse_command_line = lambda argv=None: vars(app).pop("parse_command_line")
    app.init_kernel = functools.partial(_init_kernel, app)
    return app


def _init_kernel(app: Any) -> None:
    """Make the kernel, with the shell that there is."""
    del app.init_kernel
    shell = _shell()
    kind = type(shell)
    if app.config != shell.config or app.user_ns is not None:  # the author has configured it
        kind.clear_instance()
        app.init_kernel()
        return
    kind.instance = functools.partial(_complete, shell)
    try:
        app.init_kernel()
    finally:
        del kind.instance


def _complete(shell: Any, *, profile_dir: Any, compiler_class: Any = None, **given: Any) -> Any:
    """Do what was left to the kernel."""
    shell.parent, shell.kernel = given["parent"], given["kernel"]
    if compiler_class is not None:
        shell.compiler_class = compiler_class
        shell.compile = compiler_class()
    shell.starting_dir = os.getcwd()
    shell.sys_excepthook = sys.excepthook
    arguments = {"init_ipython_dir": (None,), "init_profile_dir": (profile_dir,)}
    for step in LATER:
        getattr(shell, step)(*arguments.get(step, ()))
    atexit.register(shell.atexit_operations)
    return shell


@functools.cache
def _app() -> Any:
    from ipykernel.kernelapp import IPKernelApp

    return IPKernelApp.instance()


@functools.cache
def _shell() -> Any:
    """A shell without the steps for later."""
    from ipykernel.zmqshell import ZMQInteractiveShell

    def later(self: Any, *_: Any) -> None:
        """Left to the kernel."""

    unfinished: Any = type("Unfinished", (ZMQInteractiveShell,), dict.fromkeys(LATER, later))
    shell = unfinished.instance(parent=_app())
    shell.__class__ = ZMQInteractiveShell
    atexit.unregister(shell.atexit_operations)
    for name in _app().default_extensions:
        shell.extension_manager.load_extension(name)
    shell.transform_cell("%matplotlib inline\nimport os  # 'a'\nf'{os}'; x?\n")
    shell.display_formatter.format({"a": [1.5, "b"]})
    return shell


def _another(app: Any) -> Any:
    """A new application, which makes its own shell."""
    from ipykernel.zmqshell import ZMQInteractiveShell

    ZMQInteractiveShell.clear_instance()
    type(app).clear_instance()
    return type(app).instance()
