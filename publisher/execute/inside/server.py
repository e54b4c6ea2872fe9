"""The loop of the parent: it takes connections, and forks a watcher and a kernel for each.

A child of it imports the libraries that pages share, once each was found to be safe; kernels of
pages that want them are forked from that child as soon as it is ready, others from the parent.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.util
import json
import os
import selectors
import shutil
import signal
import socket
import struct
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any, NoReturn

WARM = """
    asyncio runpy bdb pdb sqlite3 comm
    tornado.platform.asyncio zmq.eventloop.zmqstream
    ipykernel.kernelapp ipykernel.ipkernel ipykernel.zmqshell ipykernel.iostream
    ipykernel.displayhook ipykernel.debugger ipykernel.subshell_manager ipykernel.eventloops
    IPython.core.completer IPython.core.magics IPython.core.history IPython.core.formatters
    IPython.core.completerlib IPython.core.debugger IPython.core.debugger_backport
    IPython.core.logger IPython.core.oinspect IPython.lib.pretty IPython.extensions.storemagic
    IPython.utils.wildcard faulthandler
""".split()
"""Modules that a kernel imports while it starts. What cannot be imported is left to the kernel."""

PROBE_SECONDS = 60.0
"""Longest time for one library to be tried."""


class Server:
    """The parent: the socket that it listens on, and its child that has the libraries."""

    def __init__(self, folder: str, load: Any) -> None:
        with open(os.path.join(folder, "plan.json")) as file:
            self.plan = json.load(file)
        self.folder, self.load = folder, load
        self.kernel = load("kernel")
        self.listener = socket.socket(fileno=os.dup(0))
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        self.selector = selectors.DefaultSelector()
        self.probes: dict[str, dict[str, Any]] = dict(self.plan["probes"])
        self.queue: list[str] = []
        self.probing: tuple[str, int, bytes] | None = None
        self.deadline: float | None = None
        self.preloaded: socket.socket | None = None
        self.ready = False
        self.waiting: list[socket.socket] | None = []
        """Who wants to know when all is imported; None once that is so."""

    def serve(self) -> Callable[[], None]:
        """Fork kernels until the process that started this one ends. Returns in a kernel."""
        starter = os.pidfd_open(self.plan["starter"])
        if os.getppid() != self.plan["starter"]:
            self._leave()
        self.selector.register(starter, selectors.EVENT_READ, self._leave)
        self.selector.register(self.listener, selectors.EVENT_READ, self._accept)
        self.queue = [t for t in self.plan["targets"] if t not in self.probes and _ours(t)]
        begin = self._next()
        while begin is None:
            left = None if self.deadline is None else max(self.deadline - time.monotonic(), 0)
            ready = self.selector.select(left)
            if not ready and self.probing is not None:
                os.kill(self.probing[1], signal.SIGKILL)
                self.deadline = None
            for key, _ in ready:
                begin = key.data()
                if begin is not None:
                    break
        return begin

    def _leave(self) -> NoReturn:
        shutil.rmtree(self.folder, ignore_errors=True)
        os._exit(0)

    def _accept(self) -> Callable[[], None] | None:
        connection, _ = self.listener.accept()
        with connection:
            peer = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            if struct.unpack("3i", peer)[1] != os.getuid():
                return None
            connection.settimeout(1)
            with contextlib.suppress(OSError):
                kind = connection.recv(1)
                if kind == b"?":
                    if self.waiting is not None:
                        self.waiting.append(connection.dup())
                    return None
                if kind == b"P" and self.ready and self.preloaded is not None:
                    with contextlib.suppress(OSError):
                        socket.send_fds(self.preloaded, [b"c"], [connection.fileno()])
                        return None
                if kind:
                    return fork(connection, None, self.kernel, self.load)
        return None

    def _next(self) -> Callable[[], None] | None:
        """Try the next library; when all are known, start the child that imports them."""
        if not self.queue:
            self.queue = self._shared()
        if self.queue:
            self._probe(self.queue.pop(0))
            return None
        wanted = [
            t for t in self.plan["targets"] if self.probes.get(t, {}).get("safe") and _ours(t)
        ]
        if wanted:
            return self._preload(wanted)
        self._settled()
        return None

    def _settled(self) -> None:
        for connection in self.waiting or []:
            connection.close()
        self.waiting = None

    def _shared(self) -> list[str]:
        """The packages that the wanted ones import: what an import of one of them adds."""
        names = {
            name.partition(".")[0]
            for target in self.plan["targets"]
            if self.probes.get(target, {}).get("safe")
            for name in [target, *self.probes[target]["modules"]]
        }
        return sorted(n for n in names - self.probes.keys() if n not in sys.modules and _ours(n))

    def _probe(self, target: str) -> None:
        answer, question = os.pipe()
        child = _fork()
        if child == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self.kernel.die_with(os.getppid(), signal.SIGKILL)
            os.closerange(3, question)
            os.closerange(question + 1, 1 << 16)
            self.load("probe").run(target, question, self.load("surroundings"))
        os.close(question)
        self.probing = target, child, b""
        self.deadline = time.monotonic() + PROBE_SECONDS
        self.selector.register(answer, selectors.EVENT_READ, lambda: self._answer(answer))

    def _answer(self, answer: int) -> Callable[[], None] | None:
        assert self.probing is not None
        target, child, known = self.probing
        data = os.read(answer, 1 << 16)
        self.probing = target, child, known + data
        if data:
            return None
        self.selector.unregister(answer)
        os.close(answer)
        self.probing = self.deadline = None
        try:
            result = json.loads(known)
        except ValueError:
            result = {"safe": False, "why": "it did not end well", "memory": 0, "modules": []}
        self.probes[target] = result
        with open(os.path.join(self.folder, "probes"), "a") as file:
            file.write(json.dumps([target, result]) + "\n")
        return self._next()

    def _preload(self, targets: list[str]) -> Callable[[], None] | None:
        """Start the child. Returns in a kernel that was forked from it."""
        own, other = socket.socketpair()
        parent = os.getpid()
        if _fork():
            other.close()
            self.preloaded = own
            self.selector.register(own, selectors.EVENT_READ, self._heard)
            return None
        self.kernel.die_with(parent, signal.SIGKILL)
        inherited: list[Any] = [self.selector, self.listener, own, *(self.waiting or [])]
        for file in inherited:
            file.close()
        return self._serve_preloaded(other, self._import(targets))

    def _heard(self) -> None:
        assert self.preloaded is not None
        self.ready = bool(self.preloaded.recv(1))
        self._settled()
        if not self.ready:  # it has died
            self.selector.unregister(self.preloaded)
            self.preloaded.close()
            self.preloaded = None

    def _import(self, targets: list[str]) -> Any:
        """Import libraries while there is room; they end up in a stash."""
        stash = self.load("stash")
        recorder = stash.Recorder()
        before = set(sys.modules)
        backend = os.environ.get("MPLBACKEND")
        if not backend:  # as ipykernel does before the author's code runs
            os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
        with self.load("surroundings").kernel() as (_, streams), recorder.recording():
            for target in targets:
                if _memory() + self.probes[target]["memory"] < self.plan["memory"]:
                    with contextlib.suppress(Exception):
                        importlib.import_module(target)
        if not backend:
            del os.environ["MPLBACKEND"]
        closures = {
            name: probe["modules"] for name, probe in self.probes.items() if probe["modules"]
        }
        result = stash.Stash(before, closures, recorder, streams)
        _freeze()
        return result

    def _serve_preloaded(self, channel: socket.socket, stash: Any) -> Callable[[], None]:
        channel.sendall(b"r")
        while True:
            data, fds, _, _ = socket.recv_fds(channel, 1, 1)
            if not data:
                os._exit(0)
            with socket.socket(fileno=fds[0]) as connection:
                begin = fork(connection, stash, self.kernel, self.load)
                if begin is not None:
                    return begin


def serve(folder: str, load: Any) -> Callable[[], None]:
    """Be the parent. Returns in a kernel, what is to be called there."""
    server = Server(folder, load)
    server.kernel.VARIABLES.update(_warm())
    for name in ("finish", "launch", "tracing"):
        load(name)
    load("prepared").prepare()
    _freeze()
    return server.serve()


def fork(
    connection: socket.socket, stash: Any, kernel: Any, load: Any
) -> Callable[[], None] | None:
    """Fork a watcher, which forks a kernel. What is to be called, in the kernel; else None."""
    _reap()
    parent = os.getpid()
    if _fork():
        return None
    own = socket.socket(fileno=os.dup(connection.fileno()))
    begin: Callable[[], None] = kernel.watch(own, stash, parent, load)
    return begin


def _reap() -> None:
    """Wait for the watchers and probes that have ended.

    (With SIGCHLD ignored, none of their time and their kernels' would count as the build's.)
    """
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork() -> int:
    sys.stdout.flush()
    sys.stderr.flush()
    with warnings.catch_warnings():  # of threads, which Python cannot know to handle forks
        warnings.simplefilter("ignore", DeprecationWarning)
        return os.fork()


def _warm() -> dict[str, str]:
    """Import what kernels need; the variables that this has set."""
    before = set(os.environ)
    os.environ["JPY_PARENT_PID"] = "1"  # ipykernel reads it once; the kernel sets its own
    for name in WARM:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    _rehearse()
    del os.environ["JPY_PARENT_PID"]
    return {name: value for name, value in os.environ.items() if name not in before}


def _rehearse() -> None:
    """Do what kernels do, where it leaves nothing behind but compiled expressions and caches."""
    from jupyter_client.session import Session

    with contextlib.suppress(Exception):
        session = Session(key=b"key")
        _, parts = session.feed_identities(session.serialize(session.msg("status", {"a": 1})))
        session.deserialize(parts)


def _freeze() -> None:
    """Keep the collector off what there is: it would touch, and so copy, the memory of all."""
    gc.collect()
    gc.freeze()


def _memory() -> int:
    """Resident memory, bytes."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _ours(target: str) -> bool:
    """Whether a module is installed: in the environment's site-packages, not the author's own."""
    import site

    top, *rest = target.split(".")
    folders = tuple(os.path.join(folder, "") for folder in site.getsitepackages())
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return False
    if spec is None or not (spec.origin or "").startswith(folders):
        return False
    if not rest:
        return True
    folder = os.path.join(os.path.dirname(spec.origin or ""), *rest[:-1])
    try:
        return any(name.split(".")[0] == rest[-1] for name in os.listdir(folder))
    except OSError:
        return False
