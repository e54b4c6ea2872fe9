"""What goes online: the files of the built site, and how they differ from what is there."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from publisher.config import MANIFEST
from publisher.deploy.git import FILE, Entry
from publisher.errors import DeployError
from publisher.model import File
from publisher.store import content_digest
from publisher.write import PLACEHOLDERS, manifest, manifest_text

NOJEKYLL = ".nojekyll"  # GitHub serves the files as they are
CNAME = "CNAME"  # the domain that GitHub serves them at


@dataclass(frozen=True)
class Change:
    """The paths that a commit adds, changes and removes."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.removed)


def files(output: Path) -> tuple[File, ...]:
    """The files of the built site: those that publish made and what others put beside them.

    Hidden files and links that nobody published are left out. `DeployError` if a file is missing.
    """
    made = manifest(output)
    missing = [path for path in made if not (output / path).is_file()]
    if not made or missing:
        raise DeployError(
            f"{output / missing[0]} is missing" if missing else f"{output} holds no built site",
            hint="build it again: publish",
        )
    beside = {path: "" for path in _visible(output) if path not in made}
    every = sorted({**beside, **made}.items())
    return tuple(File(path, source=output / path, digest=digest) for path, digest in every)


def _visible(output: Path) -> list[str]:
    found = []
    for folder, folders, names in os.walk(output):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(folder, name) for name in names if not name.startswith("."))
        found += [p.relative_to(output).as_posix() for p in paths if _is_plain(p)]
    return found


def _is_plain(path: Path) -> bool:
    return path.is_file() and not path.is_symlink()


def complete(site: tuple[File, ...]) -> dict[str, File]:
    """The files of a site by path, with those that the branch needs besides."""
    every = {file.path: file for file in site}
    every.setdefault(NOJEKYLL, File(NOJEKYLL, content=b""))
    digests = {path: file.digest or content_digest(file.read()) for path, file in every.items()}
    return {**every, MANIFEST: File(MANIFEST, content=manifest_text(digests))}


def compare(
    wanted: Mapping[str, File],
    there: Mapping[str, Entry],
    ours: frozenset[str],
    id_of: Callable[[bytes], str],
    *,
    force: bool = False,
) -> Change:
    """How the branch has to change.

    Of what it holds, `ours` was put there by publish before. The rest stays, but with `force`;
    `DeployError` if it stands in the way, or if nothing is ours: then it is another's branch.
    """
    foreign = [path for path in there if path not in ours]
    if not force:
        recognise(there)
        _make_way(wanted, foreign)
    kept = {path for path in foreign if path == CNAME or not force}
    same = {p for p, f in wanted.items() if there.get(p) == Entry(FILE, id_of(f.read()))}
    return Change(
        tuple(path for path in wanted if path not in there),
        tuple(path for path in wanted if path in there and path not in same),
        tuple(path for path in there if path not in wanted and path not in kept),
    )


def recognise(there: Mapping[str, Entry]) -> None:
    """`DeployError` if a branch holds files, but none that publish put there."""
    others = [path for path in there if path not in PLACEHOLDERS]
    if others and MANIFEST not in there:
        raise DeployError(
            f"the branch holds files that were not made by publish: {_some(others)}",
            hint="choose another with --branch; or --force: then it holds the site alone "
            "(and its CNAME), and its history stays",
        )


def _make_way(wanted: Mapping[str, File], foreign: Iterable[str]) -> None:
    """`DeployError` if files of others stand where files of the site want to be."""
    folders = _folders(wanted)
    taken = [
        path
        for path in foreign
        if path not in PLACEHOLDERS
        and (path in wanted or path in folders or wanted.keys() & _folders([path]))
    ]
    if taken:
        raise DeployError(
            f"others put files on the branch where pages want to be: {_some(taken)}",
            hint="remove them from the branch, or replace them with --force",
        )


def _folders(paths: Iterable[str]) -> set[str]:
    """All folders that these paths need."""
    return {parent.as_posix() for path in paths for parent in PurePosixPath(path).parents}


def _some(paths: list[str]) -> str:
    return ", ".join(paths[:3]) + (" …" if len(paths) > 3 else "")


def published(text: bytes) -> frozenset[str]:
    """The paths that the manifest of a branch names; anybody may have written it."""
    try:
        given = json.loads(text)["files"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return frozenset()
    return frozenset(given) if isinstance(given, dict) else frozenset()
