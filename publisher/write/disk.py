"""The disk as writing needs it: one method for each thing that can fail."""

from __future__ import annotations

import ctypes
import errno
import os
import shutil
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

_AT_FDCWD = -100
_RENAME_EXCHANGE = 2


class Disk:
    """The real disk. Every method raises `OSError` as the system does."""

    def real(self, path: Path) -> Path:
        """The path with links followed, so that a linked output is replaced where it lies."""
        return Path(os.path.realpath(path))

    def names(self, folder: Path) -> set[str] | None:
        """What a folder holds, or None if it does not exist."""
        try:
            return set(os.listdir(folder))
        except FileNotFoundError:
            return None

    def read(self, path: Path) -> bytes | None:
        """A file's bytes, or None if there is no such regular file."""
        if path.is_symlink() or not path.is_file():
            return None
        return path.read_bytes()

    def make_folder(self, path: Path) -> None:
        """Make a folder and those above it."""
        path.mkdir(parents=True, exist_ok=True)

    def write(self, path: Path, content: bytes) -> None:
        """Write a new file."""
        with open(path, "xb") as file:
            file.write(content)

    def link(self, existing: Path, path: Path) -> None:
        """Give a file a second name; a copy with its times where that cannot be."""
        try:
            os.link(existing, path, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.EMLINK, errno.EXDEV):
                raise
            shutil.copy2(existing, path)

    def copy(self, existing: Path, path: Path) -> None:
        """Give a file, or all files of a folder, a second name."""
        if existing.is_dir() and not existing.is_symlink():
            shutil.copytree(existing, path, symlinks=True, copy_function=self._link)
        else:
            self.link(existing, path)

    def _link(self, existing: str, path: str) -> None:
        self.link(Path(existing), Path(path))

    def rename(self, path: Path, new: Path) -> None:
        """Rename a folder to a name that is free."""
        os.rename(path, new)

    def exchange(self, first: Path, second: Path) -> bool:
        """Swap two names in one step; False where the system cannot."""
        function = _renameat2()
        if function is None:
            return False
        names = os.fsencode(first), os.fsencode(second)
        if function(_AT_FDCWD, names[0], _AT_FDCWD, names[1], _RENAME_EXCHANGE) == 0:
            return True
        code = ctypes.get_errno()
        if code in (errno.ENOSYS, errno.EINVAL):
            return False
        raise OSError(code, os.strerror(code), str(second))

    def remove(self, path: Path, top: Path) -> None:
        """Remove a file, if it is there, and the folders below `top` that this leaves empty."""
        path.unlink(missing_ok=True)
        for folder in path.parents:
            if folder == top or not folder.is_dir() or any(folder.iterdir()):
                break
            folder.rmdir()

    def remove_tree(self, folder: Path) -> None:
        """Remove a folder with all that it holds."""
        shutil.rmtree(folder)


@lru_cache(maxsize=1)
def _renameat2() -> Any:
    """Linux' `renameat2`, where the C library has it."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None, use_errno=True), "renameat2", None)
