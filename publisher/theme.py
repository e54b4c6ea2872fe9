"""Where a theme's files lie: the project's own folder first, then ours, file by file."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from publisher.config import Config
from publisher.errors import ThemeError



def folders(config: Config) -> tuple[Path, ...]:
    """The folders of the theme, the first one to win. `ThemeError` if there is none.

    The default theme stands behind every other, so a theme need not be complete.
    """
    name = config.settings.theme
    bases = (config.root / "templates", _ours())
    found = [base / name for base in bases if (base / name).is_dir()]
    if not found:
        known = sorted({p.name for base in bases if base.is_dir() for p in base.iterdir()})
        raise ThemeError(
            f"there is no theme {name!r}",
            hint=f"make the folder templates/{name}, or choose one of: {', '.join(known)}",
        )
    default = _ours() / "default"
    return tuple(dict.fromkeys([*found, *((default,) if default.is_dir() else ())]))


def static(config: Config) -> dict[str, Path]:
    """The theme's static files by their name below `static/`."""
    files: dict[str, Path] = {}
    for folder in reversed(folders(config)):
        for path in sorted((folder / "static").rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                files[path.relative_to(folder / "static").as_posix()] = path
    return files


def cells_digest(config: Config) -> str:
    """A hash of the templates that draw cells."""
    sum_ = hashlib.blake2b(digest_size=20)
    for folder in folders(config):
        for path in sorted(folder.glob("*.j2")) + [folder / "conf.json"]:
            if path.is_file():
                sum_.update(path.read_bytes() + b"\0")
    return sum_.hexdigest()


@lru_cache(maxsize=1)
def _ours() -> Path:
    """Inside the package in a wheel, beside it in a checkout."""
    here = Path(__file__).parent
    packed = here / "templates"
    return packed if packed.is_dir() else here.parent / "templates"
