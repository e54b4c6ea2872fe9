"""What a run read and wrote: concluded from its kernel's records and a watch on the folders."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from publisher.execute.environment import normalised
from publisher.execute.trace import modules
from publisher.execute.trace.evidence import Code
from publisher.execute.trace.folders import Events, Seen
from publisher.execute.trace.places import Places, unlikely
from publisher.execute.trace.records import Traces

COMPANIONS = ("-journal", "-wal", "-shm")  # of an SQLite database
EDITED = (".md", ".markdown", ".ipynb", ".Rmd", ".qmd", ".py", ".toml", ".yml", ".yaml")
"""What people keep open in editors, which read and save it at any time."""
SHOWN = 3  # names in a note
MAIN = {"__main__", "__mp_main__"}


@dataclass(frozen=True)
class Observed:
    """What a run read and wrote.

    Paths are absolute; those of the project begin with its folder as it was given. Files of
    the Python environment, of the operating system and of Jupyter's own are left out.
    """

    read: frozenset[Path]
    """Files, in the project and elsewhere."""
    missing: frozenset[Path]
    """Paths in the project that were looked for and were not there. A new module of such a name
    would be imported instead of another."""
    there: frozenset[Path]
    """Paths in the project that it asked for, and found, without reading them."""
    listed: frozenset[Path]
    """Folders whose names were read."""
    written: frozenset[Path]
    """Files of the project that it made or changed and that are there: results, never inputs."""
    existed: frozenset[Path]
    """Those of `written` that were there before, made by whomever."""
    modules: frozenset[str]
    """Top-level modules that it asked for, whether they exist or not, but for those of the
    standard library and of the project."""
    distributions: frozenset[str]
    """Distributions whose metadata it read, as `importlib.metadata.version` does."""
    network: frozenset[str]
    """Hosts that it turned to."""
    processes: frozenset[str]
    """Commands that it started."""
    unsure: frozenset[Path]
    """Files of the project that were written by this run or by another of the same time."""
    unsettled: frozenset[Path]
    """Files of `read` that somebody else changed while it ran."""
    notes: tuple[str, ...]
    """Why there may be more inputs than these, each as a sentence without its full stop."""


def observe(root: Path, source: Path, traces: Traces, seen: Seen) -> Observed:
    """What the run of a page did that `traces` and `seen` tell of, and that has just ended.

    The page's `source` is one of its inputs only if the page itself opened it: editors do as well.
    """
    return _Observation(root, source, traces, seen).result()


class _Observation:
    """What is known of one run. Files go by their real paths here, their keys.

    `names` has the path by which a key was first met, `links` all of them where there are several.
    """

    def __init__(self, root: Path, source: Path, traces: Traces, seen: Seen) -> None:
        self.own = own = traces.own()
        others = traces.others()
        self.everyone = (own, *others.records)
        self.silent = own.start is None
        self.native = own.native or self.silent
        self.alone = not others.native
        self.began = traces.began
        self.source = source
        self.problems, self.watched = seen.problems, seen.watched
        self.new_folders = seen.new
        self.places = Places(root, traces.folder, *(own.start[1:] if own.start else ()))
        self.keys: dict[str, str] = {}
        self.names: dict[str, str] = {}
        self.links: dict[str, set[str]] = {}
        self.events = {self._key(path): events for path, events in seen.files.items()}
        self.events.pop(self._key(str(source)), None)
        self.listings = self._keyed(seen.listings)
        self.writes = {self._key(path) for path in own.written}
        folders = own.folders | {target for _, target in own.moves}
        self.made = {*self.writes, *map(self._key, folders)}
        self.made_folders = tuple(f"{self._key(path)}{os.sep}" for path in folders)
        self.notes: list[str] = []

    def result(self) -> Observed:
        """What is concluded."""
        written, unsure = self._written(), set[str]()
        if self.native:
            (written if self.alone else unsure).update(self._untold_writes(written))
        unsure |= written & self._others_writes()
        written -= unsure
        read = self._read() - written - unsure
        unsettled = {key for key in read - self._others_results() if self._modified(key)}
        listed = self._listed()
        local = modules.local(self.own, self.places, filter(self._inside, read))
        self._note(read, written)
        self._note_unnamable(read | written)
        return Observed(
            read=self._paths(read),
            missing=self._paths(self._missing()) | modules.missing(self.own, self.places),
            there=self._paths(self._there() - read - written - listed),
            listed=self._paths(listed),
            written=self._paths(written),
            existed=self._paths(self._existed(written)),
            modules=frozenset(
                {*self.own.imports, *self.own.absent} - sys.stdlib_module_names - local - MAIN
            ),
            distributions=frozenset(
                normalised(name.partition("-")[0]) for name in self.own.distributions
            ),
            network=frozenset(self.own.hosts),
            processes=frozenset(map(_text, self.own.processes)),
            unsure=self._paths(unsure),
            unsettled=self._paths(unsettled),
            notes=tuple(self.notes),
        )

    # Paths

    def _key(self, path: str) -> str:
        known = self.keys.get(path)
        if known is not None:
            return known
        key = self.keys[path] = self.places.key(path)
        name = self.places.name(path)
        self.names.setdefault(key, name)
        if self.names[key] != name:
            self.links.setdefault(key, {self.names[key]}).add(name)
        return key

    def _keyed(self, counts: Mapping[str, int]) -> Counter[str]:
        keyed: Counter[str] = Counter()
        for path, count in counts.items():
            keyed[self._key(path)] += count
        return keyed

    def _paths(self, keys: Iterable[str]) -> frozenset[Path]:
        return frozenset(
            Path(name) for key in keys for name in self.links.get(key, (self.names[key],))
        )

    def _inside(self, key: str) -> bool:
        return self.places.inside(self.names[key])

    def _changed(self, key: str) -> bool:
        """Whether a file was changed after the run began."""
        try:
            return os.stat(key).st_ctime_ns > self.began
        except OSError:
            return False

    def _modified(self, key: str) -> bool:
        """Whether somebody changed the content of a file meanwhile.

        Its time is new as well after `chmod`, but is all there is of files that are not watched.
        """
        name = self.names[key]
        if not self.problems and {name, os.path.dirname(name)} & self.watched:
            events = self.events.get(key)
            return events is not None and events.changed and self._changed(key)
        return self._changed(key)

    def _total(self, *kinds: str) -> Counter[str]:
        """How often these things were done to files by all processes that tell."""
        total: Counter[str] = Counter()
        for records in self.everyone:
            for kind in kinds:
                total.update(self._keyed(getattr(records, kind)))
        return total

    # Writes

    def _written(self) -> set[str]:
        """The project's files that Python wrote in this run."""
        found = {key for key in self.writes if os.path.isfile(key)}
        for _, target in self.own.moves:
            if os.path.isdir(target):
                for folder, _, names in os.walk(target):
                    found.update(self._key(os.path.join(folder, name)) for name in names)
        return {
            key
            for key in found
            if self._inside(key) and f"{os.sep}.git{os.sep}" not in key and self._changed(key)
        }

    def _untold_writes(self, written: set[str]) -> set[str]:
        """Files that a program or a library of this run has written, as far as can be told.

        Editors and git write files at any time: what no program of the run can have written is
        its own only if the code names it.
        """
        found = self._foreign_writes(written)
        found = {key for key in found if not self.events[key].read_first}
        if self.own.processes or self.silent or not found:
            return found
        return {key for key in found if self.code.names(self.names[key], self.new_folders)}

    @cached_property
    def code(self) -> Code:
        """That of the page and of the modules that it read."""
        modules = (Path(key) for key in self._told() if key.endswith(".py") and self._inside(key))
        return Code((self.source, *modules))

    def _others_writes(self) -> set[str]:
        """What Python wrote in other processes of the build meanwhile."""
        return {self._key(path) for records in self.everyone[1:] for path in records.written}

    def _existed(self, written: set[str]) -> set[str]:
        """Those of the written files that were there before."""
        told = {self._key(path) for path in self.own.written}
        existed = {self._key(path) for path in self.own.existed}
        return {
            key
            for key in written
            if key in existed
            or (
                key not in told
                and key in self.events
                and not (self.events[key].created or self.events[key].moved)
            )
        }

    def _foreign_writes(self, written: set[str]) -> set[str]:
        """The project's files that were written otherwise than by Python, whoever did it."""
        told = {self._key(path) for records in self.everyone for path in records.written}
        for records in self.everyone:
            told.update(self._key(path + end) for path in records.databases for end in COMPANIONS)
        moved = tuple(
            f"{self._key(target)}{os.sep}"
            for records in self.everyone
            for _, target in records.moves
        )
        return {
            key
            for key, events in self.events.items()
            if events.changed
            and not key.endswith((*EDITED, "~"))
            and key not in told
            and not key.startswith(moved)
            and os.path.isfile(key)
            and self._inside(key)
            and not self.places.hidden(self.names[key])
            and self._changed(key)
        } - written

    def _others_results(self) -> set[str]:
        """What other runs wrote, and this one is only guessed to have read: rather they did."""
        return self._others_writes() - self._told()

    # Reads

    def _told(self) -> set[str]:
        """The files that Python opened in this run, whether they are there or not."""
        own = self.own
        found = {self._key(path) for path in {*own.reads, *own.sources, *own.databases}}
        found |= self.writes
        found |= {self._key(path) for path in own.extensions.values() if path}
        return found | {self._key(path) for path in own.libraries if os.sep in path}

    def _read(self) -> set[str]:
        """The files that the run opened for reading, or without changing them."""
        found = self._told() | {self._key(path) for path in self.own.states}
        if self.native:
            found |= self._unexplained_reads()
        return {
            key
            for key in found
            if os.path.isfile(key) and (self._inside(key) or self._outside(key))
        }

    def _unexplained_reads(self) -> set[str]:
        """Files that were opened more often than the processes of the build tell."""
        reads, writes = self._total("reads"), self._total("writes")
        told = {self._key(path) for records in self.everyone for path in records.databases}

        def unexplained(key: str, events: Events) -> bool:
            if key.endswith(EDITED) and not (self.own.processes or self.silent):
                return False
            opened = max(events.opened, events.closed + events.closed_written)
            if opened <= reads[key] + writes[key]:
                return False
            return events.closed > reads[key] or not (events.created or self._changed(key))

        return {
            key
            for key, events in self.events.items()
            if key not in told and unexplained(key, events)
        }

    def _listed(self) -> set[str]:
        """The folders of which the run read the names.

        Editors, file browsers and git list folders all the time: a listing that nobody tells of
        counts only for programs that the run started, or if files there were read so too.
        """
        found = {self._key(path) for path in {*self.own.lists, *self.own.reads}}
        if self.native:
            told = self._total("lists", "searches", "reads")
            read = self._unexplained_reads()
            found |= {
                key
                for key, count in self.listings.items()
                if count > told[key]
                and (
                    self.own.processes
                    or self.silent
                    or any(path.startswith(f"{key}{os.sep}") for path in read)
                )
            }
        return {
            key
            for key in found
            if os.path.isdir(key) and (self._inside(key) or self.places.elsewhere(self.names[key]))
        }

    def _missing(self) -> set[str]:
        """What was asked for in the project, and was never there."""
        asked = {self._key(path) for path in {*self.own.reads, *self.own.lists}}
        removed = {self._key(path) for path in self.own.removed}
        moved = {self._key(source) for source, _ in self.own.moves}
        gone = {key for key, events in self.events.items() if events.gone}
        lost = asked & (removed | moved | gone) - self.made
        self._tell("it read files that are gone", (self.names[k] for k in lost if self._inside(k)))
        return {
            key
            for key in (asked - lost | self._asked()) - self.made
            if not os.path.exists(key) and self._inside(key)
        }

    def _asked(self) -> set[str]:
        """What it was asked whether it is there, or in which state."""
        paths = self.own.asked | self.own.states
        return {self._key(path) for path in paths if not unlikely(path)}

    def _there(self) -> set[str]:
        """What was asked for and is there; folders that hold results are brought back with them."""
        holds = {parent for key in self.made for parent in map(str, Path(key).parents)}
        return {
            key
            for key in self._asked() - self.made - holds
            if os.path.exists(key) and self._inside(key)
        }

    # Notes

    def _note(self, read: set[str], written: set[str]) -> None:
        """Say why there may be more inputs than are known."""
        own = self.own
        if self.silent:
            self.notes.append("its kernel does not tell what it reads")
        if self.native:
            self.notes += self.problems
            self._tell(
                "its code names files outside the project, which libraries may have read",
                self._named_outside() - read,
            )
        outside = [self.names[key] for key in read if not self._inside(key)]
        self._tell("it read files outside the project", outside)
        self._tell("it asked for files in a way that does not tell which", own.stats)
        self._tell("it started programs, which may read anything", own.processes)
        before = {self._key(path) for path in own.read_first}
        before |= {key for key in self.events if self.events[key].read_first}
        before -= {key for key, events in self.events.items() if events.created}
        self._tell("it changed files that it had read", (self.names[k] for k in before & written))

    def _note_unnamable(self, keys: set[str]) -> None:
        names = (self.names[key] for key in keys)
        self._tell(
            "files whose names are not UTF-8 cannot be kept", (n for n in names if _text(n) != n)
        )

    def _named_outside(self) -> set[str]:
        """What the code names outside the project and is there."""
        folder = os.path.dirname(self.source)
        paths = (os.path.join(folder, os.path.expanduser(text)) for text in self.code.paths())
        keys = {self._key(path) for path in paths if not unlikely(path) and os.path.exists(path)}
        return {key for key in keys if key.count(os.sep) > 1 and self._outside(key)}

    def _outside(self, key: str) -> bool:
        return (
            self.places.elsewhere(self.names[key])
            and key not in self.made
            and not key.startswith(self.made_folders)
        )

    def _tell(self, text: str, names: Iterable[str]) -> None:
        found = sorted(_text(self.places.short(name)) for name in names)
        if found:
            more = f" and {len(found) - SHOWN} more" if len(found) > SHOWN else ""
            self.notes.append(f"{text}: {', '.join(found[:SHOWN])}{more}")


def _text(name: str) -> str:
    """A name that may hold bytes of no meaning, as UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
