"""What a kernel reads and writes, as Python's audit events tell it, appended to a file.

Runs in the author's kernel, whose environment may lack this package: the standard library only.
A record is one line of JSON, a list that starts with its kind, and one `os.write`: processes that
fork share the file, and a process that is killed has lost nothing. The events are those of
https://docs.python.org/3/library/audit_events.html; most are raised before the thing is tried.

Kinds of records:

    start      cwd, folders of packages, folders of the standard library, prefixes, version
    begin      the author's code begins; until then the kernel set itself up
    read       path                   write    path, whether it was there
    list       path                   search   path: listed by the import system
    move       path, path, whether the second was there
    remove     path                   folder   path: made
    import     name, whether the author's code did it           entry  folder of `sys.path`
    absent     name: found nowhere                             lacking  path of a part of a package
    extension  name, path             library  path or name: loaded with ctypes
    asked      path: whether it is there             state  path: its size or its times
    stat       name of a function that the author's code asked itself, whatever the path was
    database   path: opened by SQLite, whether it was there
    process    command                network  host          distribution   folder of its metadata
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Sequence
from json import dumps
from os import stat  # not noted when it is used here
from types import FrameType, ModuleType
from typing import Any

WRITING = os.O_WRONLY | os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_TRUNC
SHELLS = ("sh", "bash", "dash", "zsh", "ksh")
VIRTUAL = ("/proc/", "/sys/", "/dev/")
STANDARD: frozenset[str] = getattr(sys, "stdlib_module_names", frozenset())
HARMLESS = ("uname", "ldconfig", "fc-list")  # read the system only: `platform`, `ctypes`, fonts
IMPORTLIB = "<frozen importlib._bootstrap_external>"
METADATA = os.path.join("importlib", "metadata")  # looks for distributions on the path
LOCAL = ("", "localhost", "0.0.0.0", "::", "::1")
ASKING = ("stat", "lstat", "access", "readlink")  # functions of `os` that raise no event
ASKERS = ("genericpath", "posixpath", "ntpath", "pathlib", "pathlib._local", "glob")
STATES = ("getsize", "getmtime", "getatime", "getctime", "samefile", "stat", "lstat", "owner")
LINKS = ("realpath", "_joinrealpath", "resolve")  # what they lead to shows when it is opened
MANY = 100_000
SPAWNING = ("multiprocessing.popen_spawn_posix", "multiprocessing.popen_forkserver")


def start(path: str) -> None:
    """Append what this process and its forks do from now on to the file at `path`."""
    global _tracer
    if _tracer is None:
        _tracer = _Tracer(path)
        sys.addaudithook(_hook(_tracer.notes))
        sys.meta_path.append(_tracer)
    else:
        _tracer.begin(path)


def imported(names: Iterable[str]) -> None:
    """Note top-level modules that were imported before the process was forked."""
    if _tracer is not None:
        for name in names:
            _tracer.record_once("import", name, False)
            _tracer.record_once("extension", name, None)  # for all we know


def _hook(notes: dict[str, Callable[..., None]]) -> Callable[[str, tuple[Any, ...]], None]:
    """The audit hook, which must neither raise nor take long: a method would take thrice as long.

    An import of pandas raises twenty thousand events, nearly all of which nobody wants.
    """

    def hear(event: str, args: tuple[Any, ...]) -> None:
        if event in notes:
            try:
                notes[event](*args)
            except Exception:  # the author's program comes first
                return

    return hear


def _witness(tell: Callable[[str, FrameType], None]) -> None:
    """Have `tell` hear who looks up one of the functions `ASKING`, none of which is changed.

    The module `os` gets a class with a property for each, which gives the function that is there.
    Modules may get a class: https://docs.python.org/3/reference/datamodel.html#module.__class__
    """
    space: dict[str, Any] = {name: _told(name, vars(os), tell) for name in ASKING}
    space["__module__"] = "builtins"
    # pickle refuses modules, but libraries that extend it know them by their exact class
    space["__reduce__"] = lambda module: (__import__, (module.__name__,))
    os.__class__ = type("module", (ModuleType,), space)


def _told(name: str, functions: dict[str, Any], tell: Callable[[str, FrameType], None]) -> property:
    """An attribute of a module, and that it is looked up."""

    def get(module: ModuleType) -> Any:
        tell(name, sys._getframe(1))
        if name not in functions:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        return functions[name]

    def replace(module: ModuleType, value: Any) -> None:
        functions[name] = value

    def delete(module: ModuleType) -> None:
        if functions.pop(name, None) is None:
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

    return property(get, replace, delete)


class _Tracer:
    """Turns audit events into records."""

    def __init__(self, path: str) -> None:
        self.ours = os.path.dirname(os.path.abspath(__file__)) + os.sep
        self.packages: tuple[str, ...] = ()
        self.libraries: tuple[str, ...] = ()
        self.recorded: set[tuple[Any, ...]] = set()
        self.asked: set[tuple[str, Any]] = set()
        self.entries: set[str] = set()  # of `sys.path`, when modules were looked for
        self.passed: set[str] = set()  # folders of distributions that are recorded
        self.library: dict[str, bool] = {}  # whether a file of code is a library's
        self.notes: dict[str, Callable[..., None]] = {
            "exec": self._exec,
            "open": self._open,
            "import": self._import,
            "os.chdir": self._chdir,
            "os.listdir": self._list,
            "os.scandir": self._list,
            "os.rename": self._move,
            "os.link": self._link,
            "os.symlink": self._link,
            "os.remove": self._remove,
            "os.mkdir": self._mkdir,
            "os.truncate": self._truncate,
            "sqlite3.connect": self._database,
            "ctypes.dlopen": self._dlopen,
            "subprocess.Popen": self._program,
            "os.exec": self._program,
            "os.posix_spawn": self._program,
            "os.spawn": self._spawn,
            "os.system": self._system,
            "os.startfile": self._system,
            "socket.connect": self._connect,
            "socket.sendto": self._connect,
            "socket.sendmsg": self._connect,
            "socket.getaddrinfo": self._look_up,
            "socket.gethostbyname": self._look_up,
            "socket.gethostbyaddr": self._look_up,
        }
        self.begin(path)

    def begin(self, path: str) -> None:
        """Write to this file from now on."""
        self.path = path
        self.recorded.clear()
        self.asked.clear()
        self.entries.clear()
        self.passed.clear()
        self.packages = tuple(
            entry.rstrip(os.sep) + os.sep
            for entry in sys.path
            if os.path.basename(entry.rstrip(os.sep)) in ("site-packages", "dist-packages")
        )
        self.libraries = (os.path.dirname(os.__file__) + os.sep, self.ours)
        self._reopen(os.O_CREAT)
        self.record(
            "start",
            os.getcwd(),
            self.packages,
            self.libraries,
            (sys.prefix, sys.base_prefix),
            sys.version.split()[0],
        )
        for name in {name.partition(".")[0] for name in list(sys.modules)} - STANDARD:
            self.record_once("import", name, False)
        for folder, finder in list(sys.path_importer_cache.items()):
            if getattr(finder, "_path_mtime", -1) != -1:  # it was listed
                self._searched(folder)

    def find_spec(
        self, name: str, path: Iterable[str] | None = None, target: object = None
    ) -> None:
        """As the last of `sys.meta_path`: note a module that no one found."""
        if path is None:
            self.record_once("absent", name)
            return
        for folder in path:
            if not folder.startswith((*self.packages, *self.libraries)):
                part = name.rpartition(".")[2]
                self.record_once("lacking", os.path.join(_absolute(folder), part))

    def record_once(self, *record: Any) -> None:
        """Write a record unless the same was written before."""
        if record not in self.recorded:
            self.recorded.add(record)
            self.record(*record)

    def record(self, *record: Any) -> None:
        """Write a record."""
        line = dumps(record).encode() + b"\n"
        try:
            found = os.fstat(self.descriptor)
            if (found.st_dev, found.st_ino) != self.identity:
                self._reopen()
        except OSError:
            self._reopen()
        os.write(self.descriptor, line)

    def _reopen(self, create: int = 0) -> None:
        """Open the file. A program may close all descriptors, and get ours for its own files."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC | create
        self.descriptor = os.open(self.path, flags, 0o600)
        found = os.fstat(self.descriptor)
        self.identity = (found.st_dev, found.st_ino)

    # Files

    def _open(self, path: Any, mode: str | None, flags: int) -> None:
        if path.__class__ is int:
            return
        path = _absolute(path)
        if flags & WRITING or (mode and not set("wax+").isdisjoint(mode)):
            if path != self.path and "__pycache__" not in path:
                self.record("write", path, _exists(path))
        elif path.startswith(self.packages):
            if path.rpartition(os.sep)[0] not in self.passed:
                self._package(path)
        elif not path.startswith((*self.libraries, *VIRTUAL)):
            self.record("read", path)

    def _package(self, path: str) -> None:
        """Note a file of an installed distribution: by the name of its module, and once."""
        folder = next(folder for folder in self.packages if path.startswith(folder))
        parts = [part for part in path[len(folder) :].split(os.sep) if part != "__pycache__"]
        if parts[0].endswith((".dist-info", ".egg-info")):
            if parts[-1] in ("METADATA", "PKG-INFO"):
                self.record_once("distribution", parts[0])
        elif not parts[0].endswith((".pth", ".egg-link")):
            self.record_once("import", parts[0].partition(".")[0], False)
            if len(parts) > 1:
                self.passed.add(os.path.dirname(path))

    def _list(self, path: Any = None, *_: Any) -> None:
        if isinstance(path, int):  # opened before, which was noted
            return
        path = _absolute(path or ".")
        lister = sys._getframe(2).f_code.co_filename
        if lister == IMPORTLIB or METADATA in lister or lister.startswith(self.ours):
            self._searched(path)
        elif not path.startswith((*self.packages, *self.libraries, *VIRTUAL)):
            self.record("list", path)

    def _searched(self, folder: str) -> None:
        """Note a folder in which modules were looked for."""
        if not folder.startswith((*self.packages, *self.libraries)) and f"{folder}{os.sep}" not in (
            *self.packages,
            *self.libraries,
        ):
            self.record("search", folder)

    def _move(self, source: Any, target: Any, *_: Any) -> None:
        source = _absolute(source)
        if "__pycache__" not in source:
            target = _absolute(target)
            self.record("move", source, target, _exists(target))

    def _link(self, source: Any, target: Any, *_: Any) -> None:
        self.record("write", _absolute(target), False)

    def _remove(self, path: Any, *_: Any) -> None:
        self.record("remove", _absolute(path))

    def _mkdir(self, path: Any, *_: Any) -> None:
        self.record("folder", _absolute(path))

    def _truncate(self, path: Any, *_: Any) -> None:
        if not isinstance(path, int):
            self.record("write", _absolute(path), True)

    def _chdir(self, path: Any) -> None:
        self.asked.clear()

    # Questions

    def _look(self, function: str, frame: FrameType) -> None:
        """Note that somebody asks for a file. Who does so for others has the path at hand."""
        try:
            code = frame.f_code
            if frame.f_globals["__name__"] in ASKERS:
                path = frame.f_locals[code.co_varnames[0]]
                if (code.co_name, path) not in self.asked:
                    self._ask(path, _asker(frame), code.co_name)
            elif not self._of_library(frame):
                self.record_once("stat", f"os.{function}")
        except Exception:  # the author's program comes first
            return

    def _ask(self, path: Any, asker: str, first: str) -> None:
        """Note a question, and that it was: `pathlib` has one function for all of its own."""
        if first == asker:
            if len(self.asked) == MANY:
                self.asked.clear()
            self.asked.add((first, path))
        if asker in LINKS or isinstance(path, int):
            return
        path = _absolute(path)
        if "\0" not in path and not path.startswith((*self.packages, *self.libraries, *VIRTUAL)):
            self.record_once("state" if asker in STATES else "asked", path)

    def _database(self, path: Any, *_: Any) -> None:
        name = os.fsdecode(path)
        if name.startswith("file:"):
            name = name[5:].partition("?")[0]
            name = "/" + name.lstrip("/") if name.startswith("//") else name
        self.record_once("extension", "sqlite3", None)  # it may attach any other
        if name and not name.startswith(":memory:"):
            name = _absolute(name)
            self.record("database", name, _exists(name))

    # Code, modules and libraries

    def _exec(self, code: Any) -> None:
        """Note that the shell runs the first cell. What is asked until then is not the author's."""
        caller = sys._getframe(2).f_code
        if caller.co_name == "run_code" and caller.co_filename.endswith("interactiveshell.py"):
            del self.notes["exec"]
            self.record("begin", "")
            self.recorded.clear()
            _witness(self._look)

    def _import(self, name: str, file: Any, path: Any = None, *_: Any) -> None:
        top = name.partition(".")[0]
        if file is not None:
            file = _absolute(file)
            if not file.startswith(self.libraries) or file.startswith(self.packages):
                self.record_once("extension", top, file)
        elif name in SPAWNING:
            self.record_once("process", "python")
        library = self._of_library(sys._getframe(2))
        if not library:
            for entry in path or ():
                if entry not in self.entries:
                    self.entries.add(entry)
                    self.record("entry", _absolute(entry or "."))
        if not library or top not in STANDARD:
            self.record_once("import", top, not library)

    def _of_library(self, frame: FrameType) -> bool:
        """Whether code is a library's, not the author's."""
        file = frame.f_code.co_filename
        library = self.library.get(file)
        if library is None:
            library = file.startswith((*self.packages, *self.libraries, "<frozen "))
            self.library[file] = library
        return library

    def _dlopen(self, name: Any, *_: Any) -> None:
        if name:
            name = os.fsdecode(name)
            self.record_once("library", _absolute(name) if os.sep in name else name)
        elif sys._getframe(3).f_globals.get("__name__") != "ctypes":  # which does so at import
            self.record_once("library", "")

    # Processes

    def _program(self, program: Any, args: Any, *_: Any) -> None:
        words = [args] if isinstance(args, (str, bytes, os.PathLike)) else list(args)
        self._run([os.fsdecode(program or words[0]), *(os.fsdecode(word) for word in words[1:])])

    def _spawn(self, mode: Any, program: Any, args: Any, *_: Any) -> None:
        self._program(program, args)

    def _system(self, command: Any, *_: Any) -> None:
        self._run(["sh", "-c", os.fsdecode(command)])

    def _run(self, words: Sequence[str]) -> None:
        name = os.path.basename(words[0])
        if name in SHELLS and len(words) > 2 and words[1].startswith("-") and "c" in words[1]:
            name = os.path.basename((words[2].split() or [name])[0])
        if name not in HARMLESS:
            self.record_once("process", name)

    # The network

    def _connect(self, socket: Any, address: Any) -> None:
        if isinstance(address, tuple) and address and isinstance(address[0], str):
            host = address[0]
            if not any(record[0] == "network" for record in self.recorded):  # else it has a name
                self._look_up(host)

    def _look_up(self, host: Any, *_: Any) -> None:
        if isinstance(host, bytes):
            host = host.decode(errors="replace")
        if host and host not in LOCAL and not host.startswith("127.") and host != os.uname()[1]:
            self.record_once("network", host)


def _asker(frame: FrameType) -> str:
    """The function that wants to know, of those of `pathlib` that call each other."""
    while frame.f_code.co_name in ("stat", "lstat"):
        caller = frame.f_back
        if caller is None or caller.f_globals.get("__name__") not in ASKERS:
            break
        frame = caller
    return frame.f_code.co_name


def _exists(path: str) -> bool:
    try:
        stat(path)
    except (OSError, ValueError):
        return False
    return True


def _absolute(path: Any) -> str:
    """A whole path; that of a compiled module, as if such ones lay beside their sources."""
    if path.__class__ is not str or not path.startswith(os.sep):  # not by the import system
        path = os.fsdecode(path)
        path = path if os.path.isabs(path) else os.path.join(os.getcwd(), path)
    if sys.pycache_prefix:  # https://docs.python.org/3/library/sys.html#sys.pycache_prefix
        caches = os.path.abspath(sys.pycache_prefix)
        if path.startswith(caches + os.sep):
            folder, name = os.path.split(path[len(caches) :])
            return os.path.join(folder, "__pycache__", name)
    return str(path)


_tracer: _Tracer | None = None
