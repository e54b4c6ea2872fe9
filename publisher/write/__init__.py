"""Stage 5: `File`s → the output folder. The only one that knows the disk it goes to.

The new site is built beside the old one and takes its place in one step (an exchange of the two
names, where the system has that), so that a reader finds the old site or the new one, whenever
the build is killed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from publisher.config import MANIFEST
from publisher.errors import OutputError
from publisher.model import File
from publisher.write.disk import Disk

__all__ = ["Disk", "Written", "check", "remove", "write"]

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


def write(files: Iterable[File], output: Path, disk: Disk | None = None) -> Written:
    """Make `output` hold exactly these files, all of them or, on `OutputError`, as it was.

    Files whose bytes are unchanged keep their time of change; what others put into the folder
    (`CNAME`, `.git`) stays. One build at a time must call this for an output.
    """
    disk = disk or Disk()
    try:
        output = disk.real(output)
        new = output.with_name(f".{output.name}.publisher-new")
        old = output.with_name(f".{output.name}.publisher-old")
        _recover(output, new, old, disk)
        check(output, disk)
        try:
            written = _fill(_checked(files), new, output, disk)
            if written.changed or written.removed:
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
    return written


def remove(output: Path, disk: Disk | None = None) -> bool:
    """Remove what we published there; what others put beside it stays. Whether there was a site."""
    disk = disk or Disk()
    try:
        if MANIFEST not in (disk.names(output) or set()):
            return False
        top = disk.real(output)
        for path in [*_manifest(output, disk), MANIFEST]:
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
        if not _inside(file.path) or PurePosixPath(file.path).parts[0] == MANIFEST:
            raise OutputError(f"{file.path!r} is no path for a file of the site")
        if file.path in found:
            raise OutputError(f"two files have the path {file.path}")
        found[file.path] = file
    for path in found:
        for parent in PurePosixPath(path).parents:
            if str(parent) in found:
                raise OutputError(f"{parent} is both a file and the folder of {path}")
    return [found[path] for path in sorted(found)]


def _fill(files: list[File], new: Path, output: Path, disk: Disk) -> Written:
    """Put all files into `new`, unchanged ones by a second name of the old file."""
    before = _manifest(output, disk)
    tops = {path.split("/")[0] for path in before} | {MANIFEST}
    foreign = sorted((disk.names(output) or set()) - tops)
    disk.make_folder(new)
    made = {new}
    digests: dict[str, str] = {}
    changed = 0
    for file in files:
        content = file.read()
        target = new / file.path
        for folder in reversed(target.parents[: len(PurePosixPath(file.path).parts) - 1]):
            if folder not in made:
                disk.make_folder(folder)
                made.add(folder)
        if file.path in before and disk.read(output / file.path) == content:
            disk.link(output / file.path, target)
        else:
            disk.write(target, content)
            changed += 1
        digests[file.path] = hashlib.blake2b(content, digest_size=16).hexdigest()
    disk.write(new / MANIFEST, _manifest_text(digests))
    for name in foreign:
        if any(path.split("/")[0] == name for path in digests):
            raise OutputError(
                f"{output / name} was not made by publish, and a page wants its place",
                hint="move it away",
            )
        disk.copy(output / name, new / name)
    return Written(len(files), changed, len(before.keys() - digests.keys()))


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


def _manifest(output: Path, disk: Disk) -> dict[str, str]:
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
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _manifest_text(digests: dict[str, str]) -> bytes:
    manifest = {"made by": "notebook-publisher", "files": digests}
    return (json.dumps(manifest, indent=0, sort_keys=True) + "\n").encode()
