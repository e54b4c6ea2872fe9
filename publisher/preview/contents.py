"""Files of an edition as answers: whole or in part, and only as the edition knows them."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import AsyncIterator
from hashlib import blake2b, file_digest
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import TypeAlias

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from publisher.bundle import media_type
from publisher.model import File
from publisher.store import LostError

Opened: TypeAlias = BytesIO | BufferedReader
CHUNK = 1 << 18
KNOWN = 10_000  # hashes of files that are kept
FOREVER = {"Cache-Control": "max-age=31536000, immutable"}
SMALL = 1 << 20
_HASHED = re.compile(r"\.([0-9a-f]{12})\.\w+\Z")  # as `compose` names them
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)


class Contents:
    """Opens the files of editions.

    One that was changed on the disk since is not what the edition means: it counts as gone. So a
    link that was put in the place of a file leads nowhere.
    """

    def __init__(self) -> None:
        self._sums: dict[tuple[int, ...], str] = {}

    async def read(self, file: File, digest: str) -> bytes | None:
        """All the bytes of a file; None if it is gone."""
        if file.content is not None:
            return file.content
        return await run_in_threadpool(self.read_now, file, digest)

    def read_now(self, file: File, digest: str) -> bytes | None:
        """As `read`, for threads."""
        opened = self._open(file, digest)
        if opened is None:
            return None
        with opened:
            return opened.read()

    async def answer(self, request: Request, file: File, digest: str) -> Response | None:
        """The file as asked for: all, a part (for players that seek), or that it is unchanged."""
        headers = {"Accept-Ranges": "bytes"} | ({"ETag": f'"{digest}"'} if digest else {})
        if _is_known(request, digest):
            return Response(status_code=304, headers=headers)
        opened = await run_in_threadpool(self._open, file, digest)
        if opened is None:
            return None
        size, kind = opened.seek(0, os.SEEK_END), media_type(file.path)
        if _is_named_by_content(file.path, opened, size):
            headers |= FOREVER
        part, status = _part(request, size, digest), 206
        if part is None:
            part, status = range(size), 200
        elif part:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
        else:
            headers["Content-Range"], status = f"bytes */{size}", 416
        headers["Content-Length"] = str(len(part))
        if not part or request.method == "HEAD":
            opened.close()
            return Response(status_code=status, headers=headers, media_type=kind)
        return StreamingResponse(_chunks(opened, part), status, headers, media_type=kind)

    def _open(self, file: File, digest: str) -> Opened | None:
        try:
            if file.source is None or file.content is not None:
                return BytesIO(file.read())
            return self._checked(file.source, digest)
        except (OSError, ValueError, LostError):
            return None

    def _checked(self, source: Path, digest: str) -> Opened | None:
        """A file on the disk, if it holds what it held."""
        opened = open(source, "rb", opener=_at_once)  # noqa: SIM115 - whoever gets it closes it
        status = os.fstat(opened.fileno())
        if stat.S_ISREG(status.st_mode) and self._sum(opened, status) == digest:
            opened.seek(0)
            return opened
        opened.close()
        return None

    def _sum(self, opened: BufferedReader, status: os.stat_result) -> str:
        """The hash of a file, read again only if it was touched."""
        times = status.st_mtime_ns, status.st_ctime_ns
        key = status.st_dev, status.st_ino, status.st_size, *times
        known = self._sums.get(key)
        if known is None:
            known = file_digest(opened, _blake2b).hexdigest()
            if len(self._sums) >= KNOWN:
                self._sums.clear()
            self._sums[key] = known
        return known


def _is_named_by_content(path: str, opened: Opened, size: int) -> bool:
    """Whether other bytes would have another name, as those of a theme's files have."""
    match = _HASHED.search(path)
    if match is None or size > SMALL:
        return False
    opened.seek(0)
    return blake2b(opened.read(), digest_size=len(match[1]) // 2).hexdigest() == match[1]


def _is_known(request: Request, digest: str) -> bool:
    """Whether the browser has the very bytes."""
    tags = request.headers.get("if-none-match", "").split(",")
    return any(tag.strip().removeprefix("W/").strip('"') == digest for tag in tags if tag)


def _part(request: Request, size: int, digest: str) -> range | None:
    """The one range of bytes that is asked for, empty beyond the end; None for the whole."""
    match = _RANGE.fullmatch(request.headers.get("range", "").replace(" ", ""))
    condition = request.headers.get("if-range", f'"{digest}"')
    if match is None or match[0] == "bytes=-" or condition != f'"{digest}"':
        return None
    if not match[1]:
        return range(max(0, size - int(match[2])), size)
    return range(int(match[1]), min(int(match[2] or size) + 1, size))


async def _chunks(opened: Opened, part: range) -> AsyncIterator[bytes]:
    """A part of a file that is closed behind it."""
    with opened:
        opened.seek(part.start)
        left = len(part)
        while left and (chunk := await run_in_threadpool(opened.read, min(CHUNK, left))):
            left -= len(chunk)
            yield chunk


def _at_once(path: str, flags: int) -> int:
    """Open a file, and do not wait for a writer where a pipe was put in its place."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


def _blake2b() -> blake2b:
    return blake2b(digest_size=20)
