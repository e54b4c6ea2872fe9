"""The traces of the runs of one build: a folder with a file for each, written by its kernel.

All runs see each other's traces, so that what one kernel did is not counted to another. The size
that a file had when a run began tells which records of it are of that run's time.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.execute.inside import tracing

RUNNING, ENDED, OWN = ".running", ".ended", ".own"
CACHE = "__pycache__"
KERNEL = ("debugpy", "psutil", "tornado", "zmq")  # loaded by the kernel itself at any time
NATIVE_MODULES = ("dbm", "ssl", "sqlite3", "_dbm", "_gdbm")  # of the standard library


@dataclass
class Records:
    """What the processes of one trace did, in the order in which they did it."""

    foreign: bool = False
    """Whether the kernel is of another language, and tells nothing."""
    start: tuple[str, tuple[str, ...], tuple[str, ...], tuple[str, ...]] | None = None
    """The kernel's folder, and those of packages, of the standard library and of prefixes."""
    reads: Counter[str] = field(default_factory=Counter)
    sources: set[str] = field(default_factory=set)
    """Modules of which the compiled form was read."""
    writes: Counter[str] = field(default_factory=Counter)
    read_first: set[str] = field(default_factory=set)
    existed: set[str] = field(default_factory=set)
    """Paths of `written` that were there when they were first opened or moved to."""
    lists: Counter[str] = field(default_factory=Counter)
    searches: Counter[str] = field(default_factory=Counter)
    moves: list[tuple[str, str]] = field(default_factory=list)
    targets: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)
    folders: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    """Paths of which it was asked whether they are there,"""
    states: set[str] = field(default_factory=set)
    """and what size they have, or when they were changed."""
    stats: set[str] = field(default_factory=set)
    """Functions that ask so and were used with paths that are not known."""
    databases: set[str] = field(default_factory=set)
    imports: dict[str, bool] = field(default_factory=dict)
    """Top-level modules: whether the author's code, not only a library, asked for them."""
    hideable: dict[str, set[str]] = field(default_factory=dict)
    """For each folder that modules were looked for in, the modules that it could have held."""
    absent: set[str] = field(default_factory=set)
    lacking: set[str] = field(default_factory=set)
    """Where parts of packages were looked for in vain."""
    extensions: dict[str, str | None] = field(default_factory=dict)
    libraries: set[str] = field(default_factory=set)
    distributions: set[str] = field(default_factory=set)
    processes: set[str] = field(default_factory=set)
    hosts: set[str] = field(default_factory=set)

    @property
    def native(self) -> bool:
        """Whether files may have been opened otherwise than by Python's own `open`."""
        return bool(
            self.foreign
            or not self.extensions.keys() <= {*KERNEL}
            or self.libraries
            or self.databases
            or self.processes
            or any(name in self.imports for name in NATIVE_MODULES)
        )

    @property
    def written(self) -> set[str]:
        """The paths that were opened for writing or moved to."""
        return {*self.writes, *self.databases, *self.targets}

    def read(self, data: bytes) -> None:
        """Take records in. A line that a killed process left unfinished is passed over."""
        last = ""
        for kind, *values in _parsed(data):
            if kind == "begin":
                self._begin()
            if kind in ("search", "entry"):
                self.hideable.setdefault(values[0], {last} if last else set())
            self._take(kind, values)
            if kind in ("import", "absent"):
                last = values[0]
                for names in self.hideable.values():
                    names.add(last)

    def _begin(self) -> None:
        """Forget what the kernel did before the author's code began.

        But not what it opened, which is counted, nor the modules that it has, which may be used.
        """
        had = self.imports.keys() - self.absent - set(NATIVE_MODULES)
        self.imports = dict.fromkeys(had, False)
        self.hideable = {folder: set() for folder in self.hideable}
        self.absent.clear()
        self.lacking.clear()
        self.extensions.clear()
        self.libraries.clear()

    def _take_existed(self, path: str, there: bool) -> None:
        if there and not any(path in s for s in (self.writes, self.databases, self.targets)):
            self.existed.add(path)

    def _take(self, kind: str, values: list[Any]) -> None:
        first: str = values[0]
        if kind in ("write", "database", "move"):
            self._take_existed(values[-2], values[-1])
        match kind:
            case "read" if f"{os.sep}{CACHE}{os.sep}" in first and first.endswith(".pyc"):
                self.sources.add(_source(first))
            case "read":
                self.reads[first] += 1
                if first not in self.writes:
                    self.read_first.add(first)
            case "write":
                self.writes[first] += 1
            case "list":
                self.lists[first] += 1
            case "search":
                self.searches[first] += 1
            case "move":
                self.moves.append((first, values[1]))
                self.targets.add(values[1])
            case "remove":
                self.removed.add(first)
            case "folder":
                self.folders.add(first)
            case "asked":
                self.asked.add(first)
            case "state":
                self.states.add(first)
            case "stat":
                self.stats.add(first)
            case "database":
                self.databases.add(first)
            case "import":
                self.imports[first] = self.imports.get(first, False) or bool(values[1])
            case "absent":
                self.absent.add(first)
            case "lacking":
                self.lacking.add(first)
            case "extension":
                self.extensions[first] = values[1]
            case "library":
                self.libraries.add(first)
            case "distribution":
                self.distributions.add(first)
            case "process":
                self.processes.add(first)
            case "network":
                self.hosts.add(first)
            case "foreign":
                self.foreign = True
            case "start":
                packages, libraries, prefixes = values[1:4]
                self.start = first, tuple(packages), tuple(libraries), tuple(prefixes)


@dataclass(frozen=True)
class Others:
    """What happened in other processes of the build while a run went on."""

    records: tuple[Records, ...]
    """For each process, what it did in that time."""
    native: bool
    """Whether another run went on that may have opened files otherwise than by Python's `open`."""


class Traces:
    """The traces of a build as one run sees them: its own, and those of its time.

    The kernel of a `foreign` language writes none, so that its run may have done anything.
    """

    def __init__(self, folder: Path, *, foreign: bool) -> None:
        self.folder = folder
        self.ended: set[str] = set()
        self.sizes: dict[str, int] = {}
        for path in self._paths():
            size = _size(path)
            if size is None or path.suffix == ENDED or not _alive(path):
                self.ended.add(path.stem)
            else:
                self.sizes[path.stem] = size
        self.path = _new(folder, RUNNING)
        if foreign:
            self.path.write_text('["foreign", ""]\n')
        self.began = self.path.stat().st_ctime_ns

    def own(self) -> Records:
        """What the run did."""
        return _records(self.path.read_bytes())

    def others(self) -> Others:
        """What the other processes of the build have done since."""
        found, native = [], False
        for path in self._paths():
            if path.stem in self.ended or path == self.path:
                continue
            data, size = _content(path), self.sizes.get(path.stem, 0)
            found.append(_records(data[size:]))
            native = native or (path.suffix != OWN and _records(data).native)
        return Others(tuple(found), native)

    def end(self) -> None:
        """The run is over; what it did in their time is still there for the others."""
        self.path.rename(self.path.with_suffix(ENDED))

    def _paths(self) -> list[Path]:
        return [self.folder / name for name in os.listdir(self.folder)]


def own(folder: Path) -> None:
    """Note from now on what this process of ours reads, so that it is counted to no run."""
    tracing.start(str(_new(folder, OWN)))


def _source(compiled: str) -> str:
    """The module that a file in `__pycache__` was compiled from."""
    folder, name = os.path.split(compiled)
    return os.path.join(os.path.dirname(folder), f"{name.partition('.')[0]}.py")


def _new(folder: Path, suffix: str) -> Path:
    """A new trace, whose name tells the process that it belongs to."""
    descriptor, name = tempfile.mkstemp(suffix, f"{os.getpid()}-", folder)
    os.close(descriptor)
    return Path(name)


def _alive(path: Path) -> bool:
    """Whether the process still runs that a trace belongs to."""
    try:
        os.kill(int(path.name.partition("-")[0]), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True


def _size(path: Path) -> int | None:
    """The size of a trace; None if it has ended since its name was read."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _content(path: Path) -> bytes:
    """The content of a trace, which may have ended since its name was read."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return path.with_suffix(ENDED).read_bytes()


def _parsed(data: bytes) -> list[list[Any]]:
    lines = data.splitlines()
    try:
        found: list[list[Any]] = json.loads(b"[" + b",".join(lines) + b"]")
    except ValueError:
        found = []
        for line in lines:
            with suppress(ValueError):
                found.append(json.loads(line))
    return [record for record in found if _possible(record)] if rb"\ud" in data else found


def _possible(record: list[Any]) -> bool:
    """Whether its texts can be names of files, which some halves of characters cannot."""
    try:
        return all(os.fsencode(value) for value in record if isinstance(value, str) and value)
    except UnicodeEncodeError:
        return False


def _records(data: bytes) -> Records:
    records = Records()
    records.read(data)
    return records
