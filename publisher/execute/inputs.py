"""What a run depended on besides its code, as it was then, and what of it has changed since."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Self

from publisher.config import MANIFEST, STORE, Config
from publisher.execute.environment import Environment
from publisher.execute.kernels import command, interpreter
from publisher.store import Digests, digest

if TYPE_CHECKING:
    from publisher.execute.trace import Observed

GONE, ABSENT = "is gone", "(not installed)"
UNSETTLED = "changed while the page ran"
_NAMELESS = (STORE, "__pycache__", ".ipynb_checkpoints", MANIFEST, "_freeze")


@dataclass(frozen=True)
class Inputs:
    """What a run is known to have read.

    Paths are relative to the project where they lie in it. `files` and `listed` (folders whose
    names were read) have the hashes of that time; `missing` was looked for in vain; `there` was
    asked for and found, without being read (folders end in a slash); `declared` are the patterns
    that the author gave, with the hash of what they matched. `versions` are those of the
    distributions that were imported or asked for (empty: not installed), `absent` are modules that
    nothing provides, `command` is that of the kernel. `notes` say why there may be more.
    """

    files: dict[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    there: tuple[str, ...] = ()
    listed: dict[str, str] = field(default_factory=dict)
    declared: dict[str, str] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    absent: tuple[str, ...] = ()
    python: str = ""
    command: tuple[str, ...] = ()
    network: tuple[str, ...] = ()
    processes: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Kernel:
    """What a kernel runs in: the environment, if it is Python's, and the command."""

    environment: Environment | None
    command: tuple[str, ...] = ()

    @classmethod
    def of(cls, name: str, language: str, root: Path) -> Self:
        """The kernel of a name, or that of a language."""
        python = interpreter(name, language, root)
        environment = Environment.of(python) if python is not None else None
        return cls(environment, command(name, language, root))

    def changes(self, inputs: Inputs) -> Iterator[str]:
        """What is different from the kernel of a run."""
        if self.command != inputs.command:
            yield "the command of the kernel changed"
        if self.environment is None:
            return
        if inputs.python and inputs.python != self.environment.python:
            yield f"Python {inputs.python} → {self.environment.python}"
        for name, version in inputs.versions.items():
            now = self.environment.versions.get(name, "")
            if now != version:
                yield f"{name} {version or ABSENT} → {now or ABSENT}"
        for name in self.environment.distributions(inputs.absent):
            yield f"{name} is installed now"


@dataclass(frozen=True)
class Declared:
    """What the author says of a page's inputs: patterns of paths relative to the project."""

    inputs: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


class Recorder:
    """Turns what was observed into `Inputs`, and compares these with what is there now."""

    def __init__(self, config: Config, digests: Digests) -> None:
        self.config, self.digests = config, digests

    def record(self, observed: Observed, kernel: Kernel, declared: Declared) -> Inputs:
        """The inputs of a run that has just ended. What changed meanwhile will not match again."""

        def heeded(paths: Iterable[Path]) -> list[str]:
            names = {self._name(path) for path in paths}
            return sorted(n for n in names if not fits(n, declared.ignored) and is_text(n))

        files = {name: self.digests.of(self._path(name)) or "" for name in heeded(observed.read)}
        files |= dict.fromkeys(heeded(observed.unsettled), UNSETTLED)
        environment = kernel.environment
        versions, absent = _packages(observed, environment)
        loose = _loose(absent, environment)
        for path in heeded(path for paths in loose.values() for path in paths):
            files[path] = self.digests.of(path) or ""
        return Inputs(
            files,
            tuple(heeded(observed.missing - observed.written)),
            tuple(
                f"{name}/" if self._path(name).is_dir() else name for name in heeded(observed.there)
            ),
            {name: self._names(self._path(name)) for name in heeded(observed.listed)},
            {pattern: self._matched(pattern) for pattern in declared.inputs},
            versions,
            tuple(name for name in absent if name not in loose),
            environment.python if environment else "",
            kernel.command,
            tuple(sorted(set(observed.network))),
            tuple(sorted(set(observed.processes))),
            (*dict.fromkeys(observed.notes), *self._unmatched(declared)),
        )

    def _unmatched(self, declared: Declared) -> Iterator[str]:
        for pattern in declared.inputs:
            if not self._found(pattern):
                yield f"the declared input {pattern} names no file"

    def changes(
        self,
        inputs: Inputs,
        kernel: Kernel,
        declared: Declared,
        written: Iterable[str] = (),
    ) -> Iterator[str]:
        """What has changed since, each as a short sentence; `written` are the run's own files."""
        for name, sum_ in inputs.files.items():
            if fits(name, declared.ignored):
                continue
            now = self.digests.of(self._path(name))
            if now is None:
                yield f"{name} {GONE}"
            elif now != sum_:
                yield f"{name} {UNSETTLED}" if sum_ == UNSETTLED else f"{name} changed"
        for name in inputs.missing:
            if self.digests.of(self._path(name)) and not fits(name, declared.ignored):
                yield f"{name} is new"
        for name in inputs.there:
            path = self._path(name)
            there = path.is_dir() if name.endswith("/") else path.exists() and not path.is_dir()
            if not there and not fits(name.rstrip("/"), declared.ignored):
                yield f"{name} {GONE}"
        for name, sum_ in inputs.listed.items():
            if self._names(self._path(name), written) != sum_ and not fits(name, declared.ignored):
                yield f"the files in {name if name != '.' else 'the project'} are others"
        for pattern in declared.inputs:
            if inputs.declared.get(pattern) != self._matched(pattern):
                new = pattern not in inputs.declared
                yield f"{pattern} {'was declared' if new else 'changed'}"
        yield from kernel.changes(inputs)

    def _matched(self, pattern: str) -> str:
        """A hash of the files that a pattern names, with their names."""
        found = self._found(pattern)
        return digest([(self._name(path), self.digests.of(path)) for path in found])

    def _found(self, pattern: str) -> list[Path]:
        """What a pattern names; one that begins with `/` does so outside the project as well."""
        whole = Path(pattern)
        top = Path(whole.anchor) if whole.is_absolute() else self.config.root
        try:
            found = sorted(top.glob(str(whole.relative_to(top) if whole.anchor else whole)))
        except (ValueError, NotImplementedError, OSError):
            return []
        return [path for path in found if is_text(str(path))]

    def _names(self, folder: Path, written: Iterable[str] = ()) -> str:
        """A hash of the names in a folder, without what we and Python put there.

        Files that the run wrote count whether they are there or not: they are brought back.
        """
        try:
            names = {
                os.fsencode(name).decode("utf-8", "backslashreplace")
                for name in os.listdir(folder)
                if name not in _NAMELESS
            }
        except OSError:
            return ""
        names |= {path.name for name in written if (path := self._path(name)).parent == folder}
        for output in (self.config.output, self.config.root / self.config.settings.output):
            if output.parent == folder:
                names.discard(output.name)
        return digest(sorted(names))

    def _name(self, path: Path) -> str:
        return self.config.shown(path)

    def _path(self, name: str) -> Path:
        return self.config.root / name


def _packages(
    observed: Observed, environment: Environment | None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The versions of the distributions that a run used, and modules that it looked for in vain."""
    if environment is None:
        return {}, ()
    versions = environment.distributions(observed.modules)
    versions |= {name: environment.versions.get(name, "") for name in observed.distributions}
    absent = (name for name in observed.modules if not environment.distributions([name]))
    return dict(sorted(versions.items())), tuple(sorted(absent))


def _loose(modules: Iterable[str], environment: Environment | None) -> dict[str, list[Path]]:
    """The files of modules that lie among the packages and belong to no distribution."""
    loose = {}
    for name in modules:
        for folder in environment.folders if environment else ():
            path = Path(folder, name)
            found = [path.with_suffix(".py"), *sorted(path.rglob("*.py"))]
            if files := [file for file in found if file.is_file()]:
                loose[name] = files
                break
    return loose


def is_text(name: str) -> bool:
    """Whether a name is UTF-8, as all that is kept must be."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)


def fits(name: str, patterns: Iterable[str]) -> bool:
    """Whether a path fits one of the patterns of `fnmatch`."""
    return any(fnmatchcase(name, pattern) for pattern in patterns)
