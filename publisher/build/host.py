"""A process that runs pages on a worker of a cluster, one at a time.

It has a copy of the project in a private folder, unless the project is on shared storage, and the
process that its kernels are forked from. It ends, with all of that, when the worker closes the
connection, or is no more.
"""

from __future__ import annotations

import io
import json
import os
import queue
import shutil
import signal
import socket
import sys
import tarfile
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec

from publisher import execute
from publisher.build.worker import bug, problem
from publisher.config import STORE, Config, walk
from publisher.errors import ConfigError, PublishError
from publisher.execute import Results, Setting, Trace
from publisher.execute.inputs import Kernel
from publisher.execute.results import Stored
from publisher.imports import spare
from publisher.model import Page, Problem
from publisher.store import Store

LIMIT = 500_000_000  # bytes of a project that are sent to workers
MANY = 100_000  # files
MOMENT = 0.5  # seconds
IDLE = 60.0  # seconds without a page after which a host ends by itself
NOT_SENT = (STORE, "__pycache__", "_freeze")


@dataclass(frozen=True)
class Ran:
    """What came of a page: its result, or the error it ended in.

    `trace` is None if the run may have written another page's files, so that it must run alone.
    """

    stored: Stored | None = None
    trace: Trace | None = None
    error: Problem | None = None
    seconds: float = 0.0


@dataclass(frozen=True)
class Reply:
    """`Ran` as JSON, the folder that the project had there, and files that the run wrote."""

    data: bytes
    root: str
    files: dict[str, bytes]

    def at(self, root: Path) -> Ran:
        """What came of the page, as if the project had been in `root`."""
        old, new = (msgspec.json.encode(path)[1:-1] for path in (self.root, str(root)))
        return msgspec.json.decode(self.data.replace(old, new), type=Ran)


@dataclass(frozen=True)
class Project:
    """What a host is to know of a project. `archive` is what `pack` made, None if it is shared.

    All runs of the `build` on one machine must see each other's traces, where they share a project.
    """

    config: Config
    build: str
    archive: bytes | None


def pack(config: Config) -> bytes:
    """The project's own files as a tar archive, the same bytes for the same files.

    `ConfigError` if that is too much to be sent.
    """
    buffer = io.BytesIO()
    size = 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for number, path in enumerate(_entries(config)):
            with suppress(FileNotFoundError, PermissionError):
                info = tar.gettarinfo(path, config.shown(path))
                size += info.size if info is not None else 0
                if size > LIMIT or number > MANY:
                    raise _too_much(config)
                if info is not None:
                    _add(tar, info, path, config)
    return buffer.getvalue()


def _too_much(config: Config) -> ConfigError:
    path, line = config.place("execute", "shared")
    return ConfigError(
        "the project is too big to be sent to a cluster: it has more than "
        f"{LIMIT // 1_000_000} MB, or more than {MANY:,} files",
        path=path,
        line=line,
        hint="put it on storage that all workers have at the same path, and set `shared = true` "
        "under [execute]",
    )


def _entries(config: Config) -> Iterator[Path]:
    """What is in the project's folders, in order.

    Of hidden folders, environments and the like there are only the names, as a page may list them.
    """
    for folder in config.folders():
        for path in sorted(folder.iterdir()):
            if path.name in NOT_SENT or path == config.output:
                continue
            yield path
            if path.is_symlink() and path.is_dir() and _outside(path, config):
                yield from _below(path)


def _below(link: Path) -> Iterator[Path]:
    """The files in a folder that a link leads to."""
    real = link.resolve()
    for path in walk(real):
        yield link / path.relative_to(real)


def _outside(path: Path, config: Config) -> bool:
    return not path.resolve().is_relative_to(config.root.resolve())


def _add(tar: tarfile.TarFile, info: tarfile.TarInfo, path: Path, config: Config) -> None:
    info.uid = info.gid = 0
    info.uname = info.gname = ""
    if info.issym():
        if _outside(path, config):  # what it leads to is sent in its place
            info.type = tarfile.DIRTYPE if path.is_dir() else tarfile.REGTYPE
            info.mode = 0o755 if path.is_dir() else 0o644
        else:
            info.linkname = os.path.relpath(path.resolve(), path.parent.resolve())
    if info.isfifo() or info.isdev():
        return
    if info.isreg():
        content = path.read_bytes()
        info.size = len(content)
        tar.addfile(info, io.BytesIO(content))
    else:
        tar.addfile(info)


class Host:
    """Runs pages in its copy of the project, which is in `folder`, as all its temporary files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        tempfile.tempdir = str(self.folder)
        self.traces = self.folder / "traces"
        self.address: str | None = None
        self._stack = ExitStack()

    def prepare(self, project: Project) -> None:
        """Take a project in, instead of what was there before."""
        self._stack.close()
        (self.folder / "walked").unlink(missing_ok=True)
        self.address = None
        self.config = config = project.config
        if config.settings.execute.shared:
            self.traces = config.store / project.build / socket.gethostname()
        else:
            self.config = _moved(config, self.folder / (config.root.name or "project"))
            remove(self.config.root)
            self.config.root.mkdir()
        if project.archive is not None:
            with tarfile.open(fileobj=io.BytesIO(project.archive)) as tar:
                tar.extraction_filter = getattr(tarfile, "data_filter", None)  # from 3.11.4 on
                tar.extractall(self.config.root)
        self.results = Results(self.config, Store(self.folder / "store"))

    def kernels(self, names: tuple[tuple[str, str], ...]) -> list[Kernel]:
        """The kernels of these names and languages, as they are here."""
        return [Kernel.of(*name, self.config.root) for name in names]

    def run(self, page: Page) -> Reply:
        """Run a page."""
        started = time.perf_counter()
        page = replace(page, path=self.config.source / page.source)
        shown = self.config.shown(page.path)
        try:
            ran = self._run(page)
        except PublishError as error:
            ran = Ran(error=problem(error))
        except Exception as error:
            ran = Ran(error=bug(error, shown))
        ran = replace(ran, seconds=round(time.perf_counter() - started, 4))
        written = ran.stored.written if ran.stored is not None else {}
        files = {name: self.results.store.fetch(sum_) for name, sum_ in written.items()}
        return Reply(_encoded(ran), str(self.config.root), files)

    def _run(self, page: Page) -> Ran:
        if not self.config.root.is_dir():
            raise ConfigError(
                f"the worker {socket.gethostname()} has no folder {self.config.root}",
                hint="mount it there, or leave out `shared` under [execute]",
            )
        self.traces.mkdir(parents=True, exist_ok=True)
        if self.address is None:
            self.address = self._stack.enter_context(execute.Parent(self.config, [page])).address
        setting = Setting(self.address, self.traces, self.folder / "walked")
        executed, trace = execute.execute(page, self.config, setting, self.results)
        return Ran(Stored.of(executed, trace.written if trace else {}), trace)

    def close(self) -> None:
        """End all kernels, and remove the copy of the project."""
        try:
            client = sys.modules.get("publisher.execute.client")
            if client is not None:
                client.end_all()
                execute.end_lost()
            self._stack.close()
        finally:
            remove(self.folder)


def remove(folder: Path) -> None:
    """Remove a folder, also if processes that were killed just now still write to it."""
    deadline = time.monotonic() + MOMENT
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)


def _encoded(ran: Ran) -> bytes:
    try:
        return msgspec.json.encode(ran)
    except UnicodeEncodeError:  # halves of characters, which JSON cannot hold
        return json.dumps(msgspec.to_builtins(ran), ensure_ascii=False).encode(errors="replace")


def _moved(config: Config, root: Path) -> Config:
    """The configuration of a project that lies in another folder."""

    def there(path: Path) -> Path:
        return root / path.relative_to(config.root) if path.is_relative_to(config.root) else path

    return replace(
        config,
        root=root,
        source=there(config.source),
        output=there(config.output),
        file=there(config.file) if config.file else None,
    )


def serve(connection: Connection, folder: Path) -> None:
    """Do what is asked for until the end: take a `Project`, run a `Page`, or tell of kernels."""
    execute.adopt()
    host = Host(folder)

    def stop(number: int = 0, frame: object = None) -> None:
        try:
            host.close()
        finally:
            os._exit(1)

    signal.signal(signal.SIGTERM, stop)
    requests: queue.Queue[Any] = queue.Queue()

    def listen() -> None:
        with suppress(EOFError, OSError):
            while True:
                requests.put(connection.recv())
        os.kill(os.getpid(), signal.SIGTERM)  # to the main thread, even while a page runs

    threading.Thread(target=listen, daemon=True).start()
    with suppress(queue.Empty):
        while True:
            match requests.get(timeout=IDLE):
                case Project() as project:
                    host.prepare(project)
                case Page() as page:
                    connection.send(host.run(page))
                case names:
                    connection.send(host.kernels(names))
    host.close()


def main() -> None:
    """Be such a process. Its arguments are the number of its connection, and its folder."""
    spare()
    serve(Connection(int(sys.argv[1])), Path(sys.argv[2]))
    os._exit(0)
