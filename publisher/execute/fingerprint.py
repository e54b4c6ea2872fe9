"""What a run may have read, as hashes: the project's files and the kernel's environment.

Coarse on purpose: a change of any file of the project that is not itself a page makes every
result stale. Files elsewhere, child processes and the network are not seen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from publisher.config import Config
from publisher.execute.kernels import python_of, specification, wanted
from publisher.model import Page
from publisher.store import digest

PROSE = (".md", ".markdown", ".ipynb", ".Rmd")
LARGE = 64_000_000


def project(config: Config, pages: Iterable[str]) -> str:
    """A hash of the contents of all files that notebooks of the project may read.

    `pages` are the sources that are pages: what they hold counts for themselves only, unless
    they are scripts, which others may import. Files over 64 MB count by size and time of change.
    """
    sum_ = hashlib.blake2b(digest_size=20)
    theme = config.root / "templates"
    sources = {config.source / page for page in pages}
    own = {path for path in sources if path.suffix in PROSE}
    own |= {path.with_suffix(".ipynb") for path in sources}  # the other half of a pair
    for path in config.files():
        if path in own or path == config.file or path.is_relative_to(theme):
            continue
        name = path.relative_to(config.root).as_posix()
        sum_.update(f"{name}\0{_content(path)}\0".encode("utf-8", "surrogateescape"))
    return sum_.hexdigest()


def _content(path: Path) -> str:
    try:
        stat = path.stat()
        if not path.is_file():
            return "-"
        if stat.st_size > LARGE:
            return f"{stat.st_size}:{stat.st_mtime_ns}"
        with open(path, "rb") as file:
            return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=20)).hexdigest()
    except OSError:
        return "-"


def environment(page: Page, config: Config) -> str:
    """A hash of the kernel's specification and of the packages in its environment."""
    return _environment(*wanted(page, config), config.root)


@cache
def _environment(name: str, language: str, root: Path) -> str:
    spec = specification(name, language, root)
    if spec is None:
        return "none"
    python = python_of(spec)
    packages: list[Any] = []
    if python is not None and python.exists():
        real = python.resolve()
        packages += [str(real), real.stat().st_mtime_ns]  # an upgrade in place
        for kind in ("site", "dist"):
            for folder in python.parent.parent.glob(f"[Ll]ib*/**/{kind}-packages"):
                packages += sorted(path.name for path in folder.glob("*-info"))
    return digest(spec.argv, spec.language, packages)
