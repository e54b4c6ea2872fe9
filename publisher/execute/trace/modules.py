"""Modules of a project: those that a run found there, and where new ones would come before them."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from publisher.execute.trace.places import Places
from publisher.execute.trace.records import Records

SUFFIXES = (".py", ".so", ".pyd")


def local(own: Records, places: Places, read: Iterable[str]) -> set[str]:
    """Top-level names of modules that were found in the project, among the files that were read."""
    folders = tuple(places.key(folder) + os.sep for folder in own.hideable)
    return {
        key[len(folder) :].partition(os.sep)[0].partition(".")[0]
        for key in read
        if key.endswith(SUFFIXES)
        for folder in folders
        if key.startswith(folder)
    }


def missing(own: Records, places: Places) -> frozenset[Path]:
    """Where in the project a new file would be a module that is now found elsewhere, or not."""
    asked = {name for name, direct in own.imports.items() if direct} | own.absent
    asked -= set(sys.builtin_module_names)
    wanted = {
        os.path.join(places.name(folder), name): name in own.absent
        for folder, names in own.hideable.items()
        for name in asked & names
    }
    wanted |= dict.fromkeys(map(places.name, own.lacking), True)
    return frozenset(
        Path(candidate)
        for path, absent in wanted.items()
        if places.inside(path)
        for candidate in _candidates(path, absent=absent)
    )


def _candidates(path: str, *, absent: bool) -> list[str]:
    """What may appear at a path without its suffix and would be the module of that name there."""
    package, module = os.path.join(path, "__init__.py"), f"{path}.py"
    if os.path.exists(package):  # comes before the others
        return []
    found = [package] if os.path.exists(module) else [package, module]
    return [*found, path] if absent and not os.path.exists(path) else found
