"""Stage 5: `File`s → the output folder. The only one that knows the disk it goes to.

The new site is built beside the old one and takes its place in one step (an exchange of the two
names, where the system has that), so that a reader finds the old site or the new one, whenever
the build is killed.
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher.config import MANIFEST
from publisher.errors import OutputError
from publisher.model import File
from publisher.store import Digests, content_digest
from publisher.write.disk import Disk

__all__ = [
    "PLACEHOLDERS",
    "Disk",
    "Written",
    "check",
    "manifest",
    "manifest_text",
    "remove",
    "write",
]

PLACEHOLDERS = frozenset((".gitkeep", ".gitignore", ".keep", ".nojekyll", "CNAME"))


@dataclass(frozen=True)
class Written:
    """How many files the site has, and how many of them are new or changed."""

    files: int
    changed: int
    removed: int


def check(output: Path, disk: Disk | None = None) -> None:
    """`OutputError` if a site must not be written there: a folder that we did not make."""
    disk = disk or Disk()
    try:
        names = disk.names(output)
    except NotADirectoryError as error:
        raise OutputError(f"{output} is a file, not a folder") from error
    except OSError as error:
        raise OutputError(f"{output} cannot be read: {error.strerror}") from error
    if names is None or MANIFEST in names:
        return
    foreign = sorted(names - PLACEHOLDERS)
    if foreign:
        raise OutputError(
            f"the output folder {output} holds files that were not made by publish: "
            f"{', '.join(foreign[:3])}{' …' if len(foreign) > 3 else ''}",
            hint="choose another folder with --output, or empty this one",
        )


def write(
    files: Iterable[File],
    output: Path,
    disk: Disk | None = None,
    digests: Digests | None = None,
) -> Written:
    """Make `output` hold exactly these files, all of them or, on `OutputError`, as it was.

    Files whose bytes are unchanged keep their time of change; what others put into the folder
    (`CNAME`, `.git`) stays. One build at a time must call this for an output. `digests` knows
    the hashes of files that need not be read again.
    """
    disk = disk or Disk()
    digests = digests or Digests()
    try:
        output = disk.real(output)
        new = output.with_name(f".{output.name}.publisher-new")
        old = output.with_name(f".{output.name}.publisher-old")
        _recover(output, new, old, disk)
        check(output, disk)
        try:
            plan = _Plan(_checked(files), output, disk, digests)
            if plan.changed or plan.removed or disk.names(output) is None:
                _fill(plan, new, output, disk)
                _swap(new, output, old, disk)
        except BaseException:
            _discard(new, disk)
            raise
    except OSError as error:
        raise OutputError(
            f"the site cannot be written: {error.strerror or error}",
            path=str(error.filename) if error.filename else str(output),
            hint="the old site is untouched",
        ) from error
    _discard(new, disk)
    _discard(old, disk)
    return Written(len(plan.files), len(plan.changed), len(plan.removed))


def remove(output: Path, disk: Disk | None = None) -> bool:
    """Remove what we published there; what others put beside it stays. Whether there was a site."""
    disk = disk or Disk()
    try:
        if MANIFEST not in (disk.names(output) or set()):
            return False
        top = disk.real(output)
        for path in [*manifest(output, disk), MANIFEST]:
            if disk.real((top / path).parent).is_relative_to(top):
                disk.remove(top / path, top)
        if not disk.names(top):
            disk.remove_tree(top)
    except OSError as error:
        raise OutputError(
            f"the site cannot be removed: {error.strerror or error}", path=str(error.filename)
        ) from error
    return True


def _recover(output: Path, new: Path, old: Path, disk: Disk) -> None:
    """Tidy up after a build that was killed."""
    if disk.names(old) is not None:
        if disk.names(output) is None:
            disk.rename(old, output)
        else:
            disk.remove_tree(old)
    if disk.names(new) is not None:
        disk.remove_tree(new)


def _checked(files: Iterable[File]) -> list[File]:
    """The files, none of them outside the output or in another's way."""
    found: dict[str, File] = {}
    for file in files:
        if not _inside(file.path) or _parts(file.path)[0] == MANIFEST:
            raise OutputError(f"{file.path!r} is no path for a file of the site")
        if file.path in found:
            raise OutputError(f"two files have the path {file.path}")
        found[file.path] = file
    for path in found:
        parent = posixpath.dirname(path)
        while parent:
            if parent in found:
                raise OutputError(f"{parent} is both a file and the folder of {path}")
            parent = posixpath.dirname(parent)
    return [found[path] for path in sorted(found)]


class _Plan:
    """Which files of a site are new or changed, which are as they lie in the output, which go."""

    def __init__(self, files: list[File], output: Path, disk: Disk, digests: Digests) -> None:
        self.files = files
        before = manifest(output, disk)
        self.digests: dict[str, str] = {}
        self.changed: dict[str, bytes] = {}
        for file in files:
            there = digests.of(output / file.path) if file.path in before else None
            wanted = file.digest or (digests.of(file.source) if file.source else None)
            if wanted is None or there != wanted:
                content = file.read()
                wanted = content_digest(content)
                if there != wanted:
                    self.changed[file.path] = content
            self.digests[file.path] = wanted
        self.removed = before.keys() - self.digests.keys()
        tops = {path.split("/")[0] for path in before} | {MANIFEST}
        self.foreign = sorted((disk.names(output) or set()) - tops)


def _fill(plan: _Plan, new: Path, output: Path, disk: Disk) -> None:
    """Put all files into `new`, unchanged ones by a second name of the old file."""
    disk.make_folder(new)
    made = {new}
    for file in plan.files:
        target = new / file.path
        for folder in reversed(target.parents[: len(_parts(file.path)) - 1]):
            if folder not in made:
                disk.make_folder(folder)
                made.add(folder)
        if file.path in plan.changed:
            disk.write(target, plan.changed[file.path])
        else:
            disk.link(output / file.path, target)
    disk.write(new / MANIFEST, manifest_text(plan.digests))
    for name in plan.foreign:
        if any(path.split("/")[0] == name for path in plan.digests):
            raise OutputError(
                f"{output / name} was not made by publish, and a page wants its place",
                hint="move it away",
            )
        disk.copy(output / name, new / name)


def _swap(new: Path, output: Path, old: Path, disk: Disk) -> None:
    if disk.names(output) is None:
        disk.rename(new, output)
    elif not disk.exchange(new, output):
        disk.rename(output, old)
        try:
            disk.rename(new, output)
        except BaseException:
            disk.rename(old, output)
            raise


def _discard(folder: Path, disk: Disk) -> None:
    """Remove a folder of ours; what stays is removed by the next build."""
    try:
        if disk.names(folder) is not None:
            disk.remove_tree(folder)
    except OSError:
        return


def manifest(output: Path, disk: Disk | None = None) -> dict[str, str]:
    """The files that we published there: their paths and the hashes of their contents."""
    disk = disk or Disk()
    text = disk.read(output / MANIFEST)
    try:
        files = json.loads(text)["files"] if text else {}
    except (ValueError, KeyError, TypeError):
        return {}
    if not isinstance(files, dict):
        return {}
    return {path: digest for path, digest in files.items() if _inside(path)}


def _inside(path: str) -> bool:
    """Whether a path names something below a folder: a manifest may be anybody's."""
    parts = _parts(path)
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _parts(path: str) -> list[str]:
    return [part for part in path.split("/") if part not in ("", ".")]


def manifest_text(digests: Mapping[str, str]) -> bytes:
    """The manifest of a folder that holds these files."""
    content = {"made by": "notebook-publisher", "files": digests}
    return (json.dumps(content, indent=0, sort_keys=True) + "\n").encode()
