"""The channel that tells browsers of each edition: server-sent events, one stream for a browser.

The first event of a stream says all, those that follow what is new. A stream that falls behind
skips to the newest edition.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import asdict
from secrets import token_hex
from typing import Protocol

from publisher.preview.edition import Edition

BEAT = 15.0  # seconds after which a silent stream shows that it lives
WARNINGS = 50  # of a site that are told; all are counted


class Editions(Protocol):
    """What makes editions, in a thread of its own."""

    @property
    def edition(self) -> Edition:
        """The newest."""
        ...

    def listen(self, tell: Callable[[Edition], None]) -> Callable[[], None]:
        """Have each newer edition told, from another thread; the returned function ends it."""
        ...


class Channel:
    """The streams of a server. `run` names it, for numbers start anew with each server."""

    def __init__(self, editions: Editions) -> None:
        self.editions = editions
        self.run = token_hex(4)
        self._news = asyncio.Event()
        self._ended = False
        self._known: dict[tuple[int, int], bytes] = {}

    def open(self) -> Callable[[], None]:
        """Begin to listen, in the loop that runs; the returned function ends that."""
        loop = asyncio.get_running_loop()
        return self.editions.listen(lambda _: _call(loop, self._wake))

    def end(self) -> None:
        """Let every stream end."""
        self._ended = True
        self._wake()

    def _wake(self) -> None:
        news, self._news = self._news, asyncio.Event()
        news.set()

    async def stream(self) -> AsyncIterator[bytes]:
        """The events for one browser."""
        told: Edition | None = None
        while not self._ended:
            news, edition = self._news, self.editions.edition
            if told is None or edition.number != told.number:
                yield self._event(told, edition)
                told = edition
                continue
            try:
                await asyncio.wait_for(news.wait(), BEAT)
            except TimeoutError:
                yield b": here\n\n"

    def _event(self, told: Edition | None, edition: Edition) -> bytes:
        """One event; the same for all streams that were told the same."""
        key = (told.number if told else -1, edition.number)
        if key not in self._known:
            if len(self._known) > 8:
                self._known.clear()
            self._known[key] = _encoded(self.run, told, edition)
        return self._known[key]


def _call(loop: asyncio.AbstractEventLoop, function: Callable[[], None]) -> None:
    """Have a loop of another thread call a function, unless it has ended."""
    try:
        loop.call_soon_threadsafe(function)
    except RuntimeError:
        if not loop.is_closed():
            raise


def _encoded(run: str, told: Edition | None, edition: Edition) -> bytes:
    before = told.digests if told else {}
    data = {
        "run": run,
        "number": edition.number,
        "whole": told is None,
        "building": edition.building,
        "running": [asdict(page) for page in edition.running],
        "troubles": [{**asdict(each.problem), "url": each.url} for each in edition.troubles],
        "warnings": [asdict(warning) for warning in edition.warnings[:WARNINGS]],
        "warned": len(edition.warnings),
        "digests": changes(before, edition.digests),
    }
    return f"data: {json.dumps(data)}\n\n".encode()  # which names may hold what UTF-8 cannot


def changes(before: Mapping[str, str], after: Mapping[str, str]) -> dict[str, str | None]:
    """The digests that are new, and None for files that are gone."""
    if before is after:
        return {}
    found: dict[str, str | None] = {
        path: digest for path, digest in after.items() if before.get(path) != digest
    }
    return found | dict.fromkeys(path for path in before if path not in after)
