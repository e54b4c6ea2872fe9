"""The site while it is written: made anew with each change, and served on this machine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from publisher.build import Options
from publisher.preview.edition import Edition

__all__ = ["Edition", "serve"]


def serve(
    project: Path,
    options: Options,
    *,
    port: int = 0,
    socket: Path | None = None,
    ready: Callable[[str], None],
    tell: Callable[[Edition], None],
) -> None:
    """Serve the site of a project until Ctrl-C or SIGTERM.

    On `port` of loopback, or on a Unix `socket` behind a proxy on another origin, where pages are
    sandboxed. `ready` is told the address, `tell` each new edition. `ConfigError` if the port or
    the socket cannot be used.
    """
    from publisher.preview.app import app
    from publisher.preview.live import Live
    from publisher.preview.serving import serve as listen

    live = Live(project, options, own=True)
    live.listen(tell)
    with live:
        listen(
            app(live, sandboxed=socket is not None),
            port=None if socket is not None else port,
            socket=socket,
            ready=ready,
        )
