"""Where a project keeps its `.bib` files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from publisher.jekyll import Jekyll

BESIDE = ("references.bib", "refs.bib", "bibliography.bib")
OWN = ("papers.bib", "publications.bib")


def place(name: str, *folders: Path) -> Path:
    """The file of a name: in the first of these folders that has it, else in the first."""
    path = name.removeprefix("./").lstrip("/")
    for folder in folders:
        for spelled in (path, f"{path}.bib"):
            if os.path.isfile(folder / spelled):
                return folder / spelled
    return folders[0] / path


def found(root: Path, files: Iterable[Path]) -> tuple[Path, ...]:
    """The `.bib` files among those of the source folder, then those beside it."""
    inside = [path for path in files if path.suffix == ".bib"]
    beside = [root / name for name in BESIDE if (root / name).is_file()]
    return tuple(dict.fromkeys((*inside, *beside)))


def own(root: Path, source: Path, jekyll: Jekyll | None) -> tuple[Path, ...]:
    """The `.bib` files of an author's own works; in a Jekyll site those of jekyll-scholar."""
    if jekyll is not None:
        scholar = jekyll.table("scholar")
        folder = source / str(scholar.get("source") or "_bibliography").strip("/")
        name = str(scholar.get("bibliography") or "")
        if name and os.path.isfile(folder / name):
            return (folder / name,)
        return tuple(sorted(folder.glob("*.bib")))
    paths = (folder / name for folder in (source, root) for name in OWN)
    return tuple(path for path in paths if path.is_file())[:1]


def names(scholar: Mapping[str, Any], author: str) -> tuple[str, ...]:
    """The spellings of an author's name: those that jekyll-scholar is told, else the plain one."""
    first, last = (_texts(scholar.get(f"{part}_name")) for part in ("first", "last"))
    given = tuple(f"{family}, {name}" for family in last for name in first or ("",))
    return given or ((author,) if author else ())


def _texts(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    return [item.strip() for item in items if isinstance(item, str) and item.strip()]
