"""Hashes of files and folders. The only one that knows when a file need not be read again."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from pathlib import Path

Stamp = tuple[int, int, int, int]
MOMENT = 2_000_000_000  # ns: the coarsest clock of a file system that one meets


class Digests:
    """Hashes of files by path; those that were not touched since the last time are not read.

    A file is taken to be unchanged if size, inode and both times (of its content and of its
    status, which nobody can set) are. One that was changed within two seconds of being read might
    change again unseen: it is read again. Source: git's documentation, "Racy Git".
    """

    def __init__(self, known: Mapping[str, tuple[Stamp, str]] = {}) -> None:
        self.known = dict(known)
        self.used: dict[str, tuple[Stamp, str]] = {}

    def add(self, known: Mapping[str, tuple[Stamp, str]]) -> None:
        """Learn what another process has found out."""
        self.known.update(known)
        self.used.update(known)

    def of(self, path: Path | str) -> str | None:
        """The hash of a file's content; of a folder `folder`; None if there is nothing."""
        name = str(path)
        try:
            stat = os.stat(name)
            if not os.path.isfile(name):
                return "folder" if os.path.isdir(name) else "special"
            stamp = (stat.st_mtime_ns, stat.st_ctime_ns, stat.st_size, stat.st_ino)
            known = self.known.get(name)
            if known is not None and known[0] == stamp:
                self.used[name] = known
                return known[1]
            now = time.time_ns()
            with open(name, "rb") as file:
                sum_ = hashlib.file_digest(file, _new).hexdigest()
        except (OSError, ValueError):  # or no path at all
            return None
        if max(stamp[:2]) < now - MOMENT:
            self.known[name] = self.used[name] = (stamp, sum_)
        return sum_


def content_digest(content: bytes) -> str:
    """The hash that a content has as a file."""
    return hashlib.blake2b(content, digest_size=20).hexdigest()


def _new() -> hashlib.blake2b:
    return hashlib.blake2b(digest_size=20)
