"""Where a theme's files lie: the project's own folder first, then ours, file by file."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

from publisher.errors import ThemeError


def folders(root: Path, name: str) -> tuple[Path, ...]:
    """The folders of a theme for the project in `root`, the first one to win.

    `ThemeError` if there is none. The default theme stands behind every other, so a theme need
    not be complete.
    """
    bases = (root / "templates", _ours())
    found = [base / name for base in bases if os.path.isdir(f"{base}/{name}")]
    if not found:
        inside = (p for base in bases if base.is_dir() for p in base.iterdir())
        known = sorted({path.name for path in inside if path.is_dir()})
        raise ThemeError(
            f"there is no theme {name!r}",
            hint=f"make the folder templates/{name}, or choose one of: {', '.join(known)}",
        )
    return tuple(dict.fromkeys([*found, *_default()]))


def static(folders: tuple[Path, ...]) -> dict[str, Path]:
    """A theme's static files by their name below `static/`; none that is hidden or elsewhere."""
    files: dict[str, Path] = {}
    for folder in reversed(folders):
        top = folder / "static"
        for path in sorted(top.rglob("*")):
            name = path.relative_to(top)
            if any(part.startswith(".") for part in name.parts) or not path.is_file():
                continue
            if path.resolve().is_relative_to(folder.resolve()):
                files[name.as_posix()] = path
    return files


@lru_cache(maxsize=1)
def _default() -> tuple[Path, ...]:
    """The folder of our default theme, if it is there."""
    default = _ours() / "default"
    return (default,) if default.is_dir() else ()


@lru_cache(maxsize=1)
def _ours() -> Path:
    """Inside the package in a wheel, beside it in a checkout."""
    here = Path(__file__).parent
    packed = here / "templates"
    return packed if packed.is_dir() else here.parent / "templates"
