"""The process that kernels are forked from: its start, its socket, its end."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import msgspec

from publisher.config import Config
from publisher.execute.forked.libraries import imports, shared, usual
from publisher.execute.kernels import interpreter, variables, wanted
from publisher.model import Page
from publisher.store import Store, digest

PROGRAM = Path(__file__).parent.parent / "inside" / "parent.py"
FORMAT = 1
MEMORY = 1_000_000_000
"""Bytes that the process with the preloaded libraries may take."""

EMPTY: dict[str, Any] = {"targets": [], "probes": {}, "memory": MEMORY}
SUPPORTED = sys.platform == "linux" and hasattr(os, "pidfd_open")


class Probe(msgspec.Struct, frozen=True):
    """What an import of a library did in a scratch process.

    `safe` to be done before a fork, else `why` not; resident `memory` that it took, bytes;
    `modules` that it added to `sys.modules`.
    """

    safe: bool
    why: str
    memory: int
    modules: list[str]


class Parent:
    """The parent of a build's kernels, a context manager.

    To enter it takes milliseconds: the process starts in the background, and who wants a kernel
    meanwhile waits in the queue of its socket. `address` is that socket's path, for any process
    of the same user; None if kernels cannot be forked here. To leave it ends all its kernels.
    """

    def __init__(self, config: Config, pages: Sequence[Page]) -> None:
        self.config, self.pages = config, pages
        self.address: str | None = None
        self._process: Process | None = None
        self._store = Store(config.store)
        self._key = ""
        self._targets: frozenset[str] = frozenset()
        self._known: dict[str, Probe] = {}

    def __enter__(self) -> Self:
        python = self._python() if SUPPORTED else None
        if python is None:
            return self
        plan = self._plan(python) if self.config.settings.execute.preload else None
        try:
            self._process = Process(
                [str(python)], variables(python), cwd=self.config.root, plan=plan
            )
        except OSError:
            return self
        self.address = self._process.address
        return self

    def wait(self, timeout: float) -> None:
        """Wait until the libraries are preloaded. `TimeoutError` if that takes longer."""
        if self.address is not None:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(timeout)
                connection.connect(self.address)
                connection.sendall(b"?")
                connection.recv(1)

    def helps(self, page: Page) -> bool:
        """Whether a page imports libraries that are there a while after the start."""
        return not self._targets.isdisjoint(imports(page.notebook))

    def _plan(self, python: Path) -> dict[str, Any]:
        """What is to be preloaded, and what is known about it."""
        targets = shared(page.notebook for page in self.pages if usual(page.notebook))
        self._targets = frozenset(targets)
        if targets:
            self._key = digest(FORMAT, *_installed(python))
            self._known = self._store.get("probes", self._key, dict[str, Probe]) or {}
        return {"targets": targets, "probes": msgspec.to_builtins(self._known)}

    def _keep(self) -> None:
        """Keep what was found out about libraries since."""
        assert self._process is not None
        found = self._process.probes()
        if found:
            self._store.put("probes", self._key, self._known | found)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._keep()
            self._process.end()
            self._process = self.address = None

    def _python(self) -> Path | None:
        """The interpreter of most pages."""
        names = Counter(wanted(page, self.config) for page in self.pages)
        pythons: Counter[Path] = Counter()
        for (name, language), count in names.items():
            python = interpreter(name, language, self.config.root)
            if python is not None:
                pythons[python] += count
        return pythons.most_common(1)[0][0] if pythons else None


class Process:
    """A parent process: `command` is its interpreter with options, `env` its environment."""

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        plan: Mapping[str, Any] | None = None,
    ) -> None:
        """`OSError` if it cannot start."""
        if not SUPPORTED:
            raise OSError("kernels are forked on Linux only")
        self.folder = Path(tempfile.mkdtemp(prefix="publisher-"))
        self.address = str(self.folder / "fork")
        try:
            (self.folder / "plan.json").write_text(
                json.dumps({**EMPTY, **(plan or {}), "starter": os.getpid()}), encoding="utf-8"
            )
            with socket.socket(socket.AF_UNIX) as listener, open(self.folder / "log", "wb") as log:
                listener.bind(self.address)
                listener.listen(256)
                self._process = subprocess.Popen(
                    [*command, str(PROGRAM), str(self.folder)],
                    cwd=cwd,
                    env=dict(env),
                    stdin=listener.fileno(),
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def probes(self) -> dict[str, Probe]:
        """What was found out about libraries so far."""
        with suppress(OSError):
            lines = (self.folder / "probes").read_text("utf-8").splitlines()
            return dict(msgspec.convert(json.loads(line), tuple[str, Probe]) for line in lines)
        return {}

    def end(self) -> None:
        """End it, which ends its kernels, and remove its folder."""
        self._process.kill()
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def _installed(python: Path) -> list[str]:
    """The interpreter, and the distributions of its environment by the names of their folders."""
    real = python.resolve()
    folders = python.parent.parent.glob("lib*/python*/site-packages")
    names = sorted(path.name for folder in folders for path in folder.glob("*-info"))
    return [str(python), str(real), str(real.stat().st_mtime_ns), *names]
