"""Files that runs wrote, brought back where they are gone: the one that writes into a project."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path


def bring_back(
    root: Path, written: Mapping[str, str], fetch: Callable[[str], bytes | None]
) -> bool:
    """Bring back the files of a run that are gone, by name; whether all are there now.

    `fetch` gives the content of a name, None if it is lost. What is no file of the project, or
    stands in the way of one, counts as lost: a store or a frozen result may be anybody's.
    """
    for name in written:
        path = root / name
        if not _is_inside(path, root, name):
            return False
        if path.is_file():
            continue
        content = None if os.path.lexists(path) else fetch(name)
        if content is None:
            return False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            new = path.with_name(f".{path.name}.publisher-new")
            new.write_bytes(content)
            new.replace(path)
        except OSError:
            return False
    return True


def _is_inside(path: Path, root: Path, name: str) -> bool:
    """Whether a name is that of a visible file below the root, links followed."""
    parts = Path(name).parts
    return (
        bool(parts)
        and not any(part.startswith(".") for part in parts)
        and path.resolve().is_relative_to(root.resolve())
    )
