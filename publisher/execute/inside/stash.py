"""Preloaded modules, out of sight until a kernel imports them.

A kernel that is forked from a process with pandas in it must not show pandas in `sys.modules`.
The modules are taken out, and a finder gives them back when one of them is imported: it, and what
an import of it brings along. Imports take their usual way (audit events, hooks, packages first).
"""

from __future__ import annotations

import contextlib
import importlib.machinery
import os
import sys
import warnings
from collections.abc import Iterable, Iterator, Mapping
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any

_SUFFIXES = tuple(importlib.machinery.all_suffixes())


class Stash:
    """The modules that were imported since `before`; a finder and loader of `sys.meta_path`.

    `closures` gives for a module all that an import of it, alone, adds to `sys.modules`;
    `streams` stood for the standard output and error, and may have been kept.
    """

    def __init__(
        self,
        before: Iterable[str],
        closures: Mapping[str, Iterable[str]],
        recorded: Recorder,
        streams: Iterable[Any],
    ) -> None:
        old = set(before)
        self.modules = {name: sys.modules[name] for name in list(sys.modules) if name not in old}
        self.specs = {name: module.__spec__ for name, module in self.modules.items()}
        self.closure: dict[str, Iterable[str]] = {}
        for names in sorted(closures.values(), key=lambda names: -len(list(names))):
            self.closure.update((name, names) for name in names if not _standard(name))
        self.closure.update(closures)
        self.tops = {name.partition(".")[0] for name in self.modules}
        self.finders, self.filters = recorded.finders, recorded.filters
        self.bound = {name for name in self.modules if self._unbind(name)}
        self.streams = streams
        self.tracing: Any = None
        for name in self.modules:
            del sys.modules[name]
        sys.meta_path.insert(0, self)

    def begin(self, tracing: Any) -> None:
        """Serve a kernel, which has its streams now; tell `tracing` what is imported."""
        self.tracing = tracing
        for stream, target in zip(self.streams, (sys.stdout, sys.stderr), strict=True):
            stream.target = target

    def shadowed(self, folder: str) -> bool:
        """Whether a module of this folder would be imported in the place of one of ours."""
        # each is asked for by its name: to list the folder would look as if the page did
        return any(
            os.path.exists(os.path.join(folder, place))
            for top in self.tops
            for place in (*(top + suffix for suffix in _SUFFIXES), os.path.join(top, "__init__.py"))
        )

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """The specification of a module that is here, if it is the one that is meant."""
        module = self.modules.get(name)
        if module is None or name in sys.modules:
            return None
        spec = self.specs[name]
        parent = name.rpartition(".")[0]
        if parent:
            if sys.modules.get(parent) is not self.modules.get(parent, sys.modules.get(parent)):
                return None
        elif spec is not None and spec.has_location:
            found = PathFinder.find_spec(name)
            if found is None or found.origin != spec.origin:
                return None
        origin = spec.origin if spec is not None else None
        loader: Any = self
        own = ModuleSpec(name, loader, origin=origin, is_package=hasattr(module, "__path__"))
        if own.submodule_search_locations is not None:
            own.submodule_search_locations = list(module.__path__)
        return own

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """The module itself."""
        return self.modules[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Put the module back, and what an import of it brings along."""
        assert module.__spec__ is not None
        name = module.__spec__.name
        shown = set()
        for other in self.closure.get(name, [name]):
            if other == name or (other in self.modules and other not in sys.modules):
                self._restore(other)
                shown.add(other.partition(".")[0])
        if self.tracing is not None:
            self.tracing.imported(sorted(top for top in shown if not _standard(top)))

    def _restore(self, name: str) -> None:
        module = self.modules.pop(name)
        module.__spec__ = self.specs[name]
        sys.modules[name] = module
        parent, _, child = name.rpartition(".")
        if name in self.bound:
            owner = sys.modules.get(parent) or self.modules.get(parent)
            if owner is not None:
                setattr(owner, child, module)
        sys.meta_path += self.finders.pop(name, [])
        for first, item in self.filters.pop(name, []):
            warnings.filters.insert(0 if first else len(warnings.filters), item)  # type: ignore[attr-defined]
            warnings._filters_mutated()  # type: ignore[attr-defined]

    def _unbind(self, name: str) -> bool:
        """Take a module off its package, whose attribute it became when it was imported."""
        parent, _, child = name.rpartition(".")
        owner = sys.modules.get(parent)
        if owner is None or vars(owner).get(child) is not self.modules[name]:
            return False
        del vars(owner)[child]
        return True


class Recorder:
    """Notes what imports add to lists of the interpreter, by the module that adds it."""

    def __init__(self) -> None:
        self.finders: dict[str, list[Any]] = {}
        self.filters: dict[str, list[tuple[bool, Any]]] = {}

    @contextlib.contextmanager
    def recording(self) -> Iterator[None]:
        """Note it, and take it off the lists at the end."""
        finders, filters = list(sys.meta_path), list(warnings.filters)
        originals = warnings.filterwarnings, warnings.simplefilter
        warnings.filterwarnings = self._noting(warnings.filterwarnings)
        warnings.simplefilter = self._noting(warnings.simplefilter)
        try:
            yield
        finally:
            warnings.filterwarnings, warnings.simplefilter = originals
        for finder in sys.meta_path:
            if finder not in finders:
                owner = getattr(type(finder), "__module__", "")
                self.finders.setdefault(owner, []).append(finder)
        for name, items in self.filters.items():
            self.filters[name] = [item for item in items if item[1] in warnings.filters]
        sys.meta_path[:] = finders
        warnings.filters[:] = filters  # type: ignore[index]
        warnings._filters_mutated()  # type: ignore[attr-defined]

    def _noting(self, function: Any) -> Any:
        def call(*args: Any, **kwargs: Any) -> None:
            old = list(warnings.filters)
            function(*args, **kwargs)
            owner = sys._getframe(1).f_globals.get("__name__", "")
            new = warnings.filters
            for first in (True, False):
                item = new[0 if first else -1]
                if not old or item is not old[0 if first else -1]:
                    self.filters.setdefault(owner, []).append((first, item))
                    return

        return call


def _standard(name: str) -> bool:
    return name.partition(".")[0] in sys.stdlib_module_names
