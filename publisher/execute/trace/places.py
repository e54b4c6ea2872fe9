"""Where a file lies: in the project, in the kernel's environment, in the system, or elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

SYSTEM = (
    "/proc/",
    "/sys/",
    "/dev/",
    "/run/",
    "/etc/",
    "/bin/",
    "/sbin/",
    "/lib/",
    "/lib64/",
    "/usr/bin/",
    "/usr/sbin/",
    "/usr/include/",
    "/usr/lib/",
    "/usr/lib64/",
    "/usr/libexec/",
    "/usr/share/",
    "/usr/local/lib/",
    "/usr/local/share/fonts/",
    "/var/cache/fontconfig/",
    "/System/",
    "/Library/",
)
"""Folders of the operating system: programs, libraries, fonts, time zones, settings, devices."""

PERSONAL = (
    ".cache/fontconfig",
    ".cache/matplotlib",
    ".config/matplotlib",
    ".matplotlib",
    ".ipython",
    ".jupyter",
    ".local/share/jupyter",
    "Library/Jupyter",
)
"""Settings and caches of IPython, Jupyter and matplotlib in a home folder."""
VARIABLES = ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR")
NOT_OURS = ("__pycache__", ".ipynb_checkpoints")


class Places:
    """Tells the files of a project from those of an environment and of the system.

    A path is compared in its real form, links followed, which is its `key`.
    """

    def __init__(
        self,
        root: Path,
        traces: Path,
        packages: Iterable[str] = (),
        libraries: Iterable[str] = (),
        prefixes: Iterable[str] = (),
    ) -> None:
        self._given = f"{root}{os.sep}"
        self._root = f"{os.path.realpath(root)}{os.sep}"
        self._traces = f"{os.path.realpath(traces)}{os.sep}"
        self._keys: dict[str, str] = {}
        self._personal = _personal()
        within = [prefix for prefix in prefixes if self._holds_environment(prefix)]
        self._environment = tuple(
            f"{form}{os.sep}"
            for folder in (*packages, *libraries, *within)
            for form in {folder.rstrip(os.sep), os.path.realpath(folder)}
        )

    def key(self, path: str) -> str:
        """The real path of a file."""
        key = self._keys.get(path)
        if key is None:
            folder, name = os.path.split(path)
            if name in ("", ".", ".."):
                key = os.path.realpath(path)
            else:
                key = os.path.join(self.key(folder), name)
                key = os.path.realpath(key) if os.path.islink(key) else key
            self._keys[path] = key
        return key

    def name(self, path: str) -> str:
        """The path as it is told: without `..`, and by the project's folder as it was given."""
        if ".." in path or "/." in path or "//" in path:
            folder, name = os.path.split(path)
            if name in ("", ".", ".."):
                path = os.path.realpath(path)
            else:
                path = os.path.join(os.path.realpath(folder), name)
        if path.startswith(self._root):
            return self._given + path[len(self._root) :]
        return path.rstrip(os.sep) or os.sep

    def short(self, name: str) -> str:
        """The path as messages show it: relative to the project where it lies inside."""
        return name.removeprefix(self._given)

    def inside(self, name: str) -> bool:
        """Whether a path, as it is told, is one of the project's own.

        The project may be a home folder (on Binder it is): what lies there for IPython is not.
        """
        return (
            f"{name}{os.sep}".startswith(self._given)
            and not name.startswith((self._traces, *self._environment, *self._personal))
            and not any(f"{os.sep}{part}{os.sep}" in f"{name}{os.sep}" for part in NOT_OURS)
        )

    def hidden(self, name: str) -> bool:
        """Whether a file of the project lies in a hidden folder."""
        return f"{os.sep}." in f"{os.sep}{os.path.dirname(self.short(name))}"

    def elsewhere(self, name: str) -> bool:
        """Whether a path is neither the project's nor one of an environment or the system."""
        return not f"{name}{os.sep}".startswith(
            (self._given, self._traces, *self._environment, *SYSTEM, *self._personal)
        )

    def _holds_environment(self, prefix: str) -> bool:
        """Whether all in the folder of a Python installation belongs to that, not the project."""
        real = f"{os.path.realpath(prefix)}{os.sep}"
        return real not in ("/usr/", "/usr/local/") and not self._root.startswith(real)


def unlikely(path: str) -> bool:
    """Whether a path that was asked for is a text or a name of code which might have been one.

    IPython asks whether the HTML that it is given is a file, tracebacks for that of `<string>`.
    """
    parts = path.split(os.sep)
    return "\n" in path or path.endswith(">") or any(len(os.fsencode(p)) > 255 for p in parts)


def _personal() -> tuple[str, ...]:
    home = os.path.expanduser("~")
    folders = [os.path.join(home, name) for name in PERSONAL]
    folders += [os.environ[name] for name in (*VARIABLES, "MPLCONFIGDIR") if os.environ.get(name)]
    return tuple(f"{folder}{os.sep}" for folder in folders)
