"""What of a project is watched while pages run."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publisher.config import Config, foreign
from publisher.execute.trace.folders import skipped

SETTLED = 50_000_000  # ns: a younger time of change says nothing of what comes after it
MOST = 5_000


def watched(config: Config) -> list[str]:
    """The folders of a project, and links in it that lead out of it.

    Left out are the output, environments, caches and folders of tools. The folders are only
    read again where they have changed since the last time.
    """
    return _tree(config.root, config.output).paths()


@cache
def _tree(root: Path, output: Path) -> _Tree:
    return _Tree(str(root), str(output))


@dataclass(frozen=True)
class _Folder:
    """What was in a folder when it was last read."""

    changed: int
    folders: list[str]
    links: list[str]


class _Tree:
    """The folders below another, as they were when they were last looked at."""

    def __init__(self, root: str, output: str) -> None:
        self.root, self.output = root, output
        self.real = f"{os.path.realpath(root)}{os.sep}"
        self.known: dict[str, _Folder] = {}

    def paths(self) -> list[str]:
        """Folders, and links to files elsewhere."""
        found: dict[str, None] = {}
        left = [self.root]
        while left and len(found) < MOST:
            path = left.pop()
            try:
                folder = self._folder(path)
            except OSError:  # unreadable, or gone
                continue
            found[path] = None
            found.update(dict.fromkeys(folder.links))
            left += folder.folders
        return list(found)

    def _folder(self, path: str) -> _Folder:
        changed = os.stat(path).st_mtime_ns
        known = self.known.get(path)
        if known is None or known.changed != changed:
            if time.time_ns() - changed < SETTLED:
                changed = -1
            known = self.known[path] = self._read(path, changed)
        return known

    def _read(self, path: str, changed: int) -> _Folder:
        folders, links = [], []
        with os.scandir(path) as entries:
            for entry in entries:
                if skipped(entry.name) or entry.path == self.output:
                    continue
                if entry.is_symlink():
                    if os.path.realpath(entry.path).startswith(self.real):
                        continue
                    if not entry.is_dir():
                        links.append(entry.path)
                        continue
                if entry.is_dir() and not foreign(Path(entry.path)):
                    folders.append(entry.path)
        return _Folder(changed, folders, links)
