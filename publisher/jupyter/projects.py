"""Which project a folder belongs to: the nearest one above it, else one below."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from publisher import config
from publisher.config import STORE, Config, foreign
from publisher.errors import PublishError

DEEP = 3  # folders below one in which projects are looked for
MANY = 2_000  # folders that are looked into


def around(path: Path) -> Config | None:
    """The project that a file or folder lies in.

    A project has our configuration, or was built once. None if there is none, or if its
    configuration is wrong, which a build tells.
    """
    for folder in (path, *path.parents):
        if _is_project(folder):
            try:
                return config.load(folder)
            except PublishError:
                return None
    return None


def near(folder: Path) -> Path:
    """The folder of the project that is meant in a folder.

    It is the one around it, else the one below that was worked on last, else the folder itself.
    """
    above = next((parent for parent in (folder, *folder.parents) if _is_project(parent)), None)
    return above or max(_below(folder), key=_worked_on, default=folder)


def _is_project(folder: Path) -> bool:
    return any(os.path.exists(folder / name) for name in ("publisher.toml", STORE)) or (
        os.path.exists(folder / "pyproject.toml") and _named_in(folder / "pyproject.toml")
    )


def _named_in(pyproject: Path) -> bool:
    try:
        return b"[tool.publisher" in pyproject.read_bytes()
    except OSError:
        return False


def _below(top: Path) -> Iterator[Path]:
    """The projects in the folders below one, not those within each other."""
    level, looked = [top], 0
    for _ in range(DEEP):
        following: list[Path] = []
        for folder in level:
            looked += 1
            if looked > MANY:
                return
            for child in _folders(folder):
                if _is_project(child):
                    yield child
                else:
                    following.append(child)
        level = following


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = [e for e in entries if e.is_dir(follow_symlinks=False)]
    except OSError:
        return []
    paths = sorted(Path(entry.path) for entry in found if not entry.name.startswith("."))
    return [path for path in paths if not foreign(path)]


def _worked_on(project: Path) -> tuple[float, str]:
    """When something of a project was last written: a draft, a result, the configuration."""
    times = []
    for name in (f"{STORE}/drafts", STORE, "publisher.toml", "pyproject.toml"):
        try:
            times.append(os.stat(project / name).st_mtime)
        except OSError:
            continue
    return max(times, default=0.0), str(project)
