"""One forked kernel, and the process that watches over it.

Parent, watcher and kernel form a chain. The watcher holds the connection of the one who asked for
the kernel: it tells the kernel's process id, that it is ready (`bound`) and how it ended
(`status`), and ends it, with all that it started, when the connection is closed. If a link of the
chain is killed, the next is told by the system.
"""

from __future__ import annotations

import array
import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import struct
import sys
import time
from collections.abc import Callable
from typing import Any, NoReturn

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_LIBC = ctypes.CDLL(None, use_errno=True)
_HEADER = struct.Struct("!I")
_PATIENCE = 10.0
"""Seconds that the one who connects has to say what is wanted."""

FIXED = ("PYTHON", "LC_", "LANG", "LD_", "MALLOC_", "GLIBC_", "COVERAGE_")
"""Variables that have had their effect when a process starts."""
FREE = {
    "PUBLISHER_RUN",
    "PUBLISHER_TRACE",
    "JPY_PARENT_PID",
    "JPY_SESSION_NAME",
    "PWD",
    "OLDPWD",
    "SHLVL",
    "_",
}
"""Variables that no library reads while it is imported."""
VARIABLES: dict[str, str] = {}
"""What the kernel's own modules have set when they were imported."""


class Gone(BaseException):
    """The parent has died, or wants this process to end."""


def die_with(parent: int, number: int) -> None:
    """Get this signal when the process that forked this one, `parent`, ends."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, number, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def watch(connection: socket.socket, stash: Any, parent: int, load: Any) -> Callable[[], None]:
    """Fork a kernel and watch over it. Returns in the kernel only, what is to be called there."""
    kernel, sweep = -1, True
    try:
        signal.signal(signal.SIGTERM, _gone)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        die_with(parent, signal.SIGTERM)
        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        request, fds = _receive(connection)
        sweep = request["sweep"]
        refused = _conflict(request, stash)
        if refused:
            _send(connection, refused=refused)
            os._exit(0)
        watcher = os.getpid()
        kernel = os.fork()
        if kernel:
            for fd in fds:
                os.close(fd)
            _send(connection, pid=kernel)
            _wait(connection, kernel)
    except Gone:
        parent = 0
    except OSError:
        pass
    except BaseException:
        sys.excepthook(*sys.exc_info())
    if kernel:
        _end(connection, kernel, sweep, lost=not parent)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    die_with(watcher, signal.SIGKILL)
    return lambda: _begin(request, connection, fds, stash, load)


def _gone(number: int, frame: object) -> NoReturn:
    raise Gone


def _send(connection: socket.socket, **message: Any) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(json.dumps(message).encode() + b"\n")


def _receive(connection: socket.socket) -> tuple[dict[str, Any], list[int]]:
    """A request: its length, and with it the standard streams of the kernel; then JSON."""
    connection.settimeout(_PATIENCE)
    space = socket.CMSG_SPACE(3 * array.array("i").itemsize)
    data, extra, _, _ = connection.recvmsg(_HEADER.size, space)
    fds = array.array("i")
    for level, kind, content in extra:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            fds.frombytes(content[: len(content) - len(content) % fds.itemsize])
    (length,) = _HEADER.unpack(data)
    parts = []
    while length:
        part = connection.recv(min(length, 1 << 16))
        if not part:
            raise ConnectionError("the request is cut off")
        parts.append(part)
        length -= len(part)
    connection.settimeout(None)
    return json.loads(b"".join(parts)), list(fds)


def _conflict(request: dict[str, Any], stash: Any) -> str | None:
    """Why this kernel cannot be forked here: `fork` from no process, or `preload`."""
    if request["python"] != sys.orig_argv[: -len(sys.argv)]:
        return "fork"
    wanted = request["env"]
    differing = {
        name
        for name in {*wanted, *os.environ} - FREE - VARIABLES.keys()
        if wanted.get(name) != os.environ.get(name)
    }
    if any(name.startswith(FIXED) for name in differing):
        return "fork"
    if stash is not None and (differing or stash.shadowed(request["cwd"])):
        return "preload"
    return None


def _wait(connection: socket.socket, kernel: int) -> None:
    """Wait until the kernel ends or the connection is closed."""
    poll = select.poll()
    poll.register(connection, select.POLLIN)
    poll.register(os.pidfd_open(kernel), select.POLLIN)
    while True:
        for fd, _ in poll.poll():
            if fd != connection.fileno() or not connection.recv(1 << 10):
                return


def _end(connection: socket.socket, kernel: int, sweep: bool, lost: bool) -> NoReturn:
    """End the kernel, its group and, to `sweep`, all that it has started. Tell its status.

    Not if the parent is `lost`: then it is not the kernel that failed.
    """
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with contextlib.suppress(OSError):
        if kernel > 0:
            for kill in (os.killpg, os.kill):  # it may not lead its group yet
                with contextlib.suppress(OSError):
                    kill(kernel, signal.SIGKILL)
            _, status, used = os.wait4(kernel, 0)
            if sweep:
                _sweep()
            seconds = round(used.ru_utime + used.ru_stime, 4)
            if not lost:
                _send(connection, status=os.waitstatus_to_exitcode(status), seconds=seconds)
    os._exit(0)


def _sweep() -> None:
    """Kill what the kernel has left behind: it became children of this process."""
    for _ in range(100):
        with open(f"/proc/self/task/{os.getpid()}/children") as file:
            children = [int(child) for child in file.read().split()]
        if not children:
            return
        for child in children:
            with contextlib.suppress(OSError):
                os.kill(child, signal.SIGKILL)
                os.waitpid(child, 0)


def _begin(
    request: dict[str, Any],
    connection: socket.socket,
    fds: list[int],
    stash: Any,
    load: Any,
) -> None:
    """Become the kernel, as if its command had been run."""
    app = _become(request, connection, fds, stash, load)
    app.start()
    load("finish").finish(app)


def _become(
    request: dict[str, Any],
    connection: socket.socket,
    fds: list[int],
    stash: Any,
    load: Any,
) -> Any:
    peer = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    os.setsid()
    _inherit(peer)
    # out of the way, so that the numbers of files that are opened are as usual
    high = fcntl.fcntl(connection.fileno(), fcntl.F_DUPFD_CLOEXEC, 250)
    for number, fd in enumerate(fds):
        os.dup2(fd, number)
    connection.detach()
    os.closerange(3, high)
    os.closerange(high + 1, 1 << 16)
    report = socket.socket(fileno=high)
    os.environ.clear()
    os.environ.update({**VARIABLES, **request["env"]})
    os.environ["JPY_PARENT_PID"] = str(os.getppid())
    time.tzset()
    os.chdir(request["cwd"])
    launch = load("launch")
    sys.argv[:] = [launch.launcher(), *request["arguments"]]
    sys.orig_argv[:] = request["command"]
    _refresh(stash)
    tracing = launch.trace(load)
    app = load("prepared").application(request["arguments"])
    app.parent_handle = os.getppid()
    launch.initialize(app)
    if stash is not None:
        stash.begin(tracing)
    _send(report, bound=True)
    report.close()
    return app


def _inherit(peer: int) -> None:
    """Limits, umask, priority and processors as a child of the process that asked has them."""
    with contextlib.suppress(OSError, ValueError):
        for kind in range(resource.RLIM_NLIMITS if hasattr(resource, "RLIM_NLIMITS") else 16):
            limits = resource.prlimit(peer, kind)
            if limits != resource.getrlimit(kind):
                resource.setrlimit(kind, limits)
    with contextlib.suppress(OSError, ValueError, IndexError):
        with open(f"/proc/{peer}/status") as file:
            os.umask(int(file.read().split("\nUmask:")[1].split()[0], 8))
        os.sched_setaffinity(0, os.sched_getaffinity(peer))
        os.setpriority(os.PRIO_PROCESS, 0, os.getpriority(os.PRIO_PROCESS, peer))


def _refresh(stash: Any) -> None:
    """What modules have noted while they were imported and is different in this process."""

    def find(name: str) -> Any:
        return sys.modules.get(name) or (stash and stash.modules.get(name))

    if process := find("multiprocessing.process"):
        process.ORIGINAL_DIR = os.getcwd()
    if tempfile := find("tempfile"):
        tempfile.tempdir = None
    if random := find("random"):
        random.seed()
    if numpy := find("numpy.random"):
        numpy.seed()
