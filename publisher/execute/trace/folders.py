"""Everything that happens to the files of some folders, whoever does it: inotify (Linux).

https://man7.org/linux/man-pages/man7/inotify.7.html. Used directly: the libraries for it ask
`ctypes.util.find_library` for the C library, which starts processes.
"""

from __future__ import annotations

import ctypes
import errno
import os
import select
import struct
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

AVAILABLE = sys.platform == "linux"
MODIFY, CLOSE_WRITE, CLOSE_NOWRITE, OPEN = 0x2, 0x8, 0x10, 0x20
MOVED_FROM, MOVED_TO, CREATE, DELETE = 0x40, 0x80, 0x100, 0x200
OVERFLOW, IGNORED, FOLDER = 0x4000, 0x8000, 0x40000000
CHANGES = MODIFY | CLOSE_WRITE | CREATE | MOVED_TO
MASK = CHANGES | CLOSE_NOWRITE | OPEN | MOVED_FROM | DELETE

GATHER = 0.02  # seconds in which events may gather: the queue holds 16,384 by default
MOST = 4_096  # folders; a user may watch some 65,000 to a million
CACHES = ("__pycache__", ".ipynb_checkpoints", ".publisher")
TOOLS = (".git", ".hg", ".svn", ".venv", ".tox", ".nox", ".idea", ".vscode")


def skipped(name: str) -> bool:
    """Whether folders of a name are not watched: those of tools, which may be large and busy."""
    return name in (*CACHES, *TOOLS) or (name.startswith(".") and name.endswith("cache"))


@dataclass
class Events:
    """What happened to one file."""

    opened: int = 0
    closed: int = 0
    """How often it was closed by someone who could not write to it,"""
    closed_written: int = 0
    """and who could."""
    changed: bool = False
    created: bool = False
    """Whether the first change was that it came to be,"""
    moved: bool = False
    """or that something was moved there."""
    read_first: bool = False
    """Whether it was read before it was changed."""
    gone: bool = False

    def add(self, mask: int) -> None:
        """Take in one event."""
        if mask & CHANGES and not self.changed:
            self.read_first = self.closed > 0
            self.created = bool(mask & CREATE)
            self.moved = bool(mask & MOVED_TO)
            self.changed = True
        self.opened += bool(mask & OPEN)
        self.closed += bool(mask & CLOSE_NOWRITE)
        self.closed_written += bool(mask & CLOSE_WRITE)
        if mask & (DELETE | MOVED_FROM):
            self.gone = True


@dataclass
class Seen:
    """What happened in the folders: to files, and how often the names in a folder were read."""

    files: dict[str, Events] = field(default_factory=dict)
    listings: Counter[str] = field(default_factory=Counter)
    watched: set[str] = field(default_factory=set)
    """The folders and single files of which all was seen, unless there were problems."""
    new: set[str] = field(default_factory=set)
    """Those of the folders that appeared meanwhile."""
    problems: list[str] = field(default_factory=list)
    """Why there may have been more."""

    def file(self, path: str) -> Events:
        """The events of a file."""
        return self.files.setdefault(path, Events())


class Folders:
    """A watch on folders and on those that appear in them; it also takes single files."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._given = list(paths)
        self._paths: dict[int, str] = {}
        self._seen = Seen()
        self._stopped = threading.Event()
        self._done = threading.Event()
        self._following = False

    def start(self) -> None:
        """Begin to watch. What cannot be watched is one of the `problems`."""
        if not AVAILABLE:
            self._problem("files that libraries read cannot be seen on this system")
            return
        self._c = ctypes.CDLL(None, use_errno=True)
        self._inotify: int = self._c.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._inotify < 0:
            self._problem("the project's folders cannot be watched: too many watches at once")
            return
        for folder in self._given:
            self._add(folder)
        self._wake = os.eventfd(0, os.EFD_CLOEXEC)
        threading.Thread(target=self._follow, daemon=True).start()
        self._following = True

    def stop(self) -> Seen:
        """End the watch; what was seen."""
        if self._following:
            os.eventfd_write(self._wake, 1)
            self._stopped.set()  # from now on the files are the thread's, which closes them
            self._done.wait()
        return self._seen

    def _follow(self) -> None:
        poll = select.poll()
        poll.register(self._inotify, select.POLLIN)
        poll.register(self._wake, select.POLLIN)
        while not self._stopped.is_set():
            poll.poll()
            self._stopped.wait(GATHER)
            self._drain()
        self._drain()
        self._done.set()
        os.close(self._inotify)  # takes the system some milliseconds
        os.close(self._wake)

    def _drain(self) -> None:
        while True:
            try:
                data = os.read(self._inotify, 1 << 18)
            except BlockingIOError:
                return
            for watch, mask, name in _parsed(data):
                self._take(watch, mask, name)

    def _take(self, watch: int, mask: int, name: str) -> None:
        if mask & OVERFLOW:
            self._problem("more happened to the project's files than could be followed")
        folder = self._paths.get(watch)
        if folder is None:
            return
        if mask & IGNORED:
            del self._paths[watch]
        elif mask & FOLDER:
            if not name:
                self._seen.listings[folder] += bool(mask & OPEN)
            elif mask & (CREATE | MOVED_TO):
                self._add_new(os.path.join(folder, name))
        else:
            self._seen.file(os.path.join(folder, name) if name else folder).add(mask)

    def _add_new(self, top: str) -> None:
        """Watch a folder that appeared. What is already in it has appeared with it."""
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if not skipped(name)]
            if not skipped(os.path.basename(folder)):
                self._add(folder)
                self._seen.new.add(folder)
                for name in names:
                    self._seen.file(os.path.join(folder, name)).add(CREATE)

    def _add(self, path: str) -> None:
        if len(self._paths) >= MOST:
            self._problem(f"the project has more than {MOST:,} folders, which are not all watched")
            return
        watch: int = self._c.inotify_add_watch(self._inotify, os.fsencode(path), MASK)
        if watch >= 0:
            self._paths[watch] = path
            self._seen.watched.add(path)
        elif ctypes.get_errno() == errno.ENOSPC:
            self._problem("the project has more folders than this system watches")

    def _problem(self, text: str) -> None:
        if text not in self._seen.problems:
            self._seen.problems.append(text)


def _parsed(data: bytes) -> Iterator[tuple[int, int, str]]:
    """The events in a buffer: watch, mask and name."""
    start = 0
    while start < len(data):
        watch, mask, _, length = struct.unpack_from("iIII", data, start)
        start += 16
        yield watch, mask, os.fsdecode(data[start : start + length].rstrip(b"\0"))
        start += length
