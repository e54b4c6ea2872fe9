"""A web server for this machine alone: on loopback, or on a Unix socket for a proxy."""

from __future__ import annotations

import asyncio
import os
import signal
import socket as sockets
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from publisher.errors import ConfigError

HOST = "127.0.0.1"
NAMES = frozenset((HOST, "localhost", "::1"))
SECONDS = 10.0  # in which a request has to be there
CONNECTIONS = 1000  # at one time
ENDING = (signal.SIGINT, signal.SIGTERM)


def serve(
    app: Starlette,
    *,
    port: int | None = None,
    socket: Path | None = None,
    ready: Callable[[str], None],
    until: threading.Event | None = None,
) -> None:
    """Serve an application of `app` until Ctrl-C, SIGTERM or `until`; then all streams end too.

    On `port` of loopback (0 takes a free one), where only requests in the name of this machine
    are answered, or on a Unix `socket` that its owner alone can use. `ready` is told the address.
    `ConfigError` if the port or the socket cannot be used.
    """
    if socket is not None:
        listening, address = _unix(socket), str(socket)
    else:
        listening = _loopback(port or 0)
        address = f"http://{HOST}:{listening.getsockname()[1]}/"
    asgi: ASGIApp = app if socket is not None else _OwnNameOnly(app)
    server = _Server(asgi, app.state.end, until or threading.Event())
    try:
        with listening:
            listening.setblocking(False)
            asyncio.run(server.run_on(listening, lambda: ready(address)))
    finally:
        if socket is not None:
            socket.unlink(missing_ok=True)


def _loopback(port: int) -> sockets.socket:
    """A socket that listens on loopback."""
    # By the protocol asyncio knows where not to wait for more to send (TCP_NODELAY).
    listening = sockets.socket(sockets.AF_INET, sockets.SOCK_STREAM, sockets.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two share one port
            listening.setsockopt(sockets.SOL_SOCKET, sockets.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(1024)
    except (OSError, OverflowError) as error:
        listening.close()
        reason = error.strerror if isinstance(error, OSError) else "it is none"
        raise ConfigError(
            f"port {port} cannot be used: {reason}", hint="choose another with --port"
        ) from error
    return listening


def _unix(path: Path) -> sockets.socket:
    """A socket in the file system that its owner alone can use, in place of a dead one."""
    if not hasattr(sockets, "AF_UNIX"):
        raise ConfigError("this system has no Unix sockets", hint="use --port")
    listening = sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM)
    try:
        _clear(path)
        os.fchmod(listening.fileno(), 0o600)  # what it is made with
        listening.bind(str(path))
        path.chmod(0o600)
        listening.listen(1024)
    except OSError as error:
        listening.close()
        reason = error.strerror or str(error)
        raise ConfigError(f"the socket {path} cannot be used: {reason}") from error
    except ConfigError:
        listening.close()
        raise
    return listening


def _clear(path: Path) -> None:
    """Take a dead socket away. `ConfigError` if it lives, or is something else."""
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise ConfigError(f"{path} is there, and is no socket")
        with sockets.socket(sockets.AF_UNIX, sockets.SOCK_STREAM) as other:
            other.settimeout(1)
            try:
                other.connect(str(path))
            except ConnectionRefusedError:
                path.unlink()
                return
        raise ConfigError(f"another preview is running at {path}")


class _OwnNameOnly:
    """Answers requests in the name of this machine alone.

    A page of elsewhere can have its own name lead here (DNS rebinding); its scripts would then
    read what is served. The port is free, for it may be forwarded.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _host(scope) in NAMES:
            await self.app(scope, receive, send)
            return
        text = f"This preview is for this computer alone: open it at {HOST} or localhost.\n"
        headers = {"X-Content-Type-Options": "nosniff", "Connection": "close"}
        await PlainTextResponse(text, 400, headers)(scope, receive, send)


def _host(scope: Scope) -> str | None:
    """The name in the Host header, without its port."""
    given = [value for name, value in scope["headers"] if name == b"host"]
    if len(given) != 1:
        return None
    try:
        parts = urlsplit(f"//{given[0].decode('ascii')}")
        return parts.hostname if parts.port is None or parts.port else None
    except ValueError:
        return None


class _Protocol(H11Protocol):
    """HTTP with a time limit for requests that come slowly, or never to their end."""

    _late: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._unwatch()

    def _watch(self) -> None:
        """Start the time of a request that is not there yet, or end it."""
        if self.cycle is not None and not self.cycle.response_complete:
            self._unwatch()
        elif self._late is None:
            self._late = self.loop.call_later(SECONDS, self.transport.abort)

    def _unwatch(self) -> None:
        if self._late is not None:
            self._late.cancel()
            self._late = None


class _Server(uvicorn.Server):
    """A server that ends at once, its streams first, and leaves the signals of others alone."""

    def __init__(self, app: ASGIApp, end: Callable[[], None], until: threading.Event) -> None:
        config = uvicorn.Config(
            app,
            http=_Protocol,
            ws="none",
            lifespan="on",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=CONNECTIONS,
            timeout_graceful_shutdown=1,
        )
        super().__init__(config)
        self.end, self.until = end, until

    async def run_on(self, listening: sockets.socket, ready: Callable[[], None]) -> None:
        """Serve on a socket; `ready` is called once requests are answered."""
        self.ready = ready
        with _handled(self._stop):
            await self.serve([listening])

    def _stop(self) -> None:
        self.force_exit = self.should_exit  # the second time
        self.should_exit = True

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them: `run_on` takes them, and does not raise them again."""
        yield

    async def startup(self, sockets: list[sockets.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        self.ready()

    async def on_tick(self, counter: int) -> bool:
        """Whether to end; asked ten times a second."""
        return self.until.is_set() or await super().on_tick(counter)

    async def shutdown(self, sockets: list[sockets.socket] | None = None) -> None:
        """End the streams, then whatever a browser still waits for or holds open."""
        self.end()
        await asyncio.sleep(0.05)
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        await super().shutdown(sockets)


@contextmanager
def _handled(stop: Callable[[], None]) -> Iterator[None]:
    """Have signals that ask for the end call `stop` meanwhile; in the main thread alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {each: signal.signal(each, lambda *_: stop()) for each in ENDING}
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
