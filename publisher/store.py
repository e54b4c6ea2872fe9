"""What we remember between builds: results by stage and key, as JSON files in `.publisher/`.

An entry is written beside its place and renamed into it, so that a reader sees a whole one or
none; one that cannot be read counts as missing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")


class Store:
    """A folder of results. It ignores itself in git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, stage: str, key: str, of: type[T]) -> T | None:
        """The stored value, or None if there is none that can be read."""
        try:
            return msgspec.json.decode(self._path(stage, key).read_bytes(), type=of)
        except (OSError, msgspec.DecodeError, ValueError):
            return None

    def put(self, stage: str, key: str, value: Any) -> None:
        """Keep a value. What cannot be written only makes the next build slower."""
        path = self._path(stage, key)
        try:
            self._make(path.parent)
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".new-")
            try:
                with os.fdopen(descriptor, "wb") as file:
                    file.write(msgspec.json.encode(value))
                os.replace(name, path)
            except BaseException:
                os.unlink(name)
                raise
        except (OSError, UnicodeEncodeError):  # the latter: half a character in an output
            return

    def prepare(self) -> Path:
        """Make the folder; its path."""
        self._make(self.folder)
        return self.folder

    def clear(self) -> bool:
        """Forget everything; whether there was anything."""
        existed = self.folder.exists()
        shutil.rmtree(self.folder, ignore_errors=True)
        return existed

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def _path(self, stage: str, key: str) -> Path:
        return self.folder / stage / key[:2] / f"{key}.json"


def digest(*parts: object) -> str:
    """A hash of values that JSON can hold, bytes included; the same on every machine."""
    sum_ = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part if isinstance(part, bytes) else msgspec.json.encode(part, order="sorted")
        sum_.update(len(data).to_bytes(8, "little") + data)
    return sum_.hexdigest()
