"""What we remember between builds: values by stage and key, and files by content.

An entry is written beside its place and renamed into it, so that a reader sees a whole one or
none. Each begins with a hash of the rest: one that was damaged counts as missing. The store is
bounded: what was not used for longest goes first.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from collections.abc import Iterator, Mapping, Set
from contextlib import suppress
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from publisher.store.files import Digests, Stamp, content_digest

__all__ = ["FILES", "Digests", "LostError", "Stamp", "Store", "content_digest", "digest"]

T = TypeVar("T")
FILES = "files"
USED = 3600.0  # seconds after which another use of an entry is noted


class LostError(Exception):
    """What was stored is gone or damaged: it has to be made again."""


class Store:
    """A folder of results. It ignores itself in git."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def get(self, stage: str, key: str, of: type[T]) -> T | None:
        """The stored value, or None if there is none that can be read."""
        data = self._read(self._path(stage, key))
        try:
            return None if data is None else msgspec.json.decode(data, type=of)
        except (msgspec.DecodeError, ValueError):
            return None

    def has(self, stage: str, key: str) -> bool:
        """Whether there is an entry, be it whole or not."""
        return os.path.exists(self._path(stage, key))

    def put(self, stage: str, key: str, value: Any) -> None:
        """Keep a value. What cannot be written only makes the next build slower."""
        with suppress(TypeError, UnicodeEncodeError, msgspec.MsgspecError):  # no value of JSON's
            self._write(self._path(stage, key), msgspec.json.encode(value))

    def get_file(self, name: str) -> bytes | None:
        """The content that `put_file` named so; None if it is not there, or not that."""
        data = self._read(self._path(FILES, name))
        return data if data is not None and content_digest(data) == name else None

    def put_file(self, content: bytes) -> str:
        """Keep a content; its name, which is its hash."""
        name = content_digest(content)
        if not self.has(FILES, name):
            self._write(self._path(FILES, name), content)
        return name

    def fetch(self, name: str) -> bytes:
        """The content that `put_file` named so. `LostError` if it is not there, or not that."""
        content = self.get_file(name)
        if content is None:
            raise LostError(name)
        return content

    def mend(self) -> None:
        """Forget the contents of `put_file` that are not whole, so that they are kept anew."""
        for path in Path(self.folder, FILES).rglob("*"):
            if path.is_file() and self.get_file(path.name) is None:
                path.unlink(missing_ok=True)

    def prepare(self) -> Path:
        """Make the folder; its path."""
        self._make(self.folder)
        return self.folder

    def clear(self) -> bool:
        """Forget everything; whether there was anything."""
        existed = self.folder.exists()
        shutil.rmtree(self.folder, ignore_errors=True)
        return existed

    def trim(self, size: int, seconds: float | None = None) -> int:
        """Forget what was not used for longest until at most `size` bytes are left; how many went.

        Also what was not used for `seconds`. Times of use are kept to the hour.
        """
        entries = sorted(self._entries(), reverse=True)
        limit = time.time() - seconds if seconds is not None else 0.0
        left = removed = 0
        for used, bytes_, path in entries:
            if left + bytes_ <= size and used >= limit:
                left += bytes_
                continue
            with suppress(OSError):
                os.unlink(path)
                removed += bytes_
        return removed

    def _entries(self) -> Iterator[tuple[float, int, str]]:
        """Time of use, size in bytes and path of each entry."""
        for folder, _, names in os.walk(self.folder):
            if folder == str(self.folder):
                continue  # the lock and .gitignore
            for name in names:
                with suppress(OSError):
                    stat = os.stat(os.path.join(folder, name))
                    yield stat.st_mtime, stat.st_size, os.path.join(folder, name)

    def _read(self, path: str) -> bytes | None:
        """What an entry holds, if it is whole. Its use is noted."""
        try:
            with open(path, "rb") as file:
                data = file.read()
                if os.fstat(file.fileno()).st_mtime < time.time() - USED:
                    os.utime(path)
        except OSError:
            return None
        head, _, rest = data.partition(b"\n")
        return rest if head == _checksum(rest) else None

    def _write(self, path: str, data: bytes) -> None:
        folder = os.path.dirname(path)
        new = os.path.join(folder, f".new-{os.urandom(8).hex()}")
        try:
            if not os.path.isdir(folder):
                self._make(Path(folder))
            try:
                with open(new, "xb") as file:
                    file.write(b"%b\n%b" % (_checksum(data), data))
                os.replace(new, path)
            except BaseException:
                with suppress(FileNotFoundError):
                    os.unlink(new)
                raise
        except OSError:
            return

    def _make(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        ignore = self.folder / ".gitignore"
        if not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")

    def _path(self, stage: str, key: str) -> str:
        return f"{self.folder}/{stage}/{key[:2]}/{key}"


def digest(*parts: object) -> str:
    """A hash of values that JSON can hold, bytes included; the same on every machine."""
    sum_ = hashlib.blake2b(digest_size=20)
    for part in parts:
        data = part if isinstance(part, bytes) else _encoded(part)
        sum_.update(len(data).to_bytes(8, "little") + data)
    return sum_.hexdigest()


def _encoded(part: object) -> bytes:
    try:
        return msgspec.json.encode(part, order="sorted")
    except (TypeError, ValueError, OverflowError):  # authors' YAML holds what JSON does not
        return msgspec.json.encode(_plain(part), order="sorted")


def _plain(part: object) -> object:
    """A value whose keys are texts, and what JSON cannot hold as text too."""
    if isinstance(part, Mapping):
        return {key if isinstance(key, str) else f"\0{key!r}": _plain(part[key]) for key in part}
    if isinstance(part, (list, tuple)):
        return [_plain(item) for item in part]
    if is_dataclass(part):
        return {field.name: _plain(getattr(part, field.name)) for field in fields(part)}
    try:
        return part if msgspec.json.encode(part, order="sorted") else None
    except (TypeError, ValueError, OverflowError):
        return ascii(sorted(part, key=repr) if isinstance(part, Set) else part)


def _checksum(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=8).hexdigest().encode()
