"""The files of `_data`, read when a template asks for them."""

from __future__ import annotations

import csv
import io
import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from publisher import safeyaml
from publisher.errors import SourceError
from publisher.jekyll import Jekyll

SUFFIXES = (".yaml", ".yml", ".json", ".csv", ".tsv")
MAX_BYTES = 20_000_000


class Data(Mapping[str, Any]):
    """A folder of data files as a table: each file's content by its name, folders within it.

    `SourceError` with file and line where a file that is asked for cannot be read.
    """

    def __init__(self, jekyll: Jekyll, folder: str | None = None) -> None:
        self.jekyll = jekyll
        self.folder = jekyll.root / (folder or jekyll.text("data_dir", "_data").strip("/"))
        self._read: dict[str, Any] = {}
        self._paths: dict[str, Path] | None = None

    def _found(self) -> dict[str, Path]:
        if self._paths is None:
            self._paths = {}
            inside = self.jekyll.root.resolve()
            for path in sorted(self.folder.iterdir()) if self.folder.is_dir() else ():
                if path.name.startswith(".") or not path.resolve().is_relative_to(inside):
                    continue
                if path.is_dir() or path.suffix.lower() in SUFFIXES:
                    stem = path.name if path.is_dir() else path.stem
                    self._paths[_key(stem)] = path
        return self._paths

    def __getitem__(self, key: str) -> Any:
        path = self._found()[key]
        if key not in self._read:
            relative = path.relative_to(self.jekyll.root).as_posix()
            self._read[key] = (
                Data(self.jekyll, relative) if path.is_dir() else _load(path, relative)
            )
        return self._read[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._found())

    def __len__(self) -> int:
        return len(self._found())


def _load(path: Path, shown: str) -> Any:
    try:
        if os.path.getsize(path) > MAX_BYTES:
            raise SourceError(f"the file is larger than {MAX_BYTES:,} bytes", path=shown)
        text = path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise SourceError("the file is not UTF-8", path=shown, line=line) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}", path=shown) from error
    suffix = path.suffix.lower()
    if suffix == ".json":
        return _json(text, shown)
    if suffix in (".csv", ".tsv"):
        return _table(text, "\t" if suffix == ".tsv" else ",", shown)
    return safeyaml.value(text, shown)


def _json(text: str, shown: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        raise SourceError(f"not valid JSON: {error.msg}", path=shown, line=error.lineno) from error
    except RecursionError as error:
        raise SourceError("the file is nested too deeply", path=shown) from error


def _table(text: str, separator: str, shown: str) -> list[dict[str, Any]]:
    """Rows by the names of the first one; an empty cell is null."""
    reader = csv.reader(io.StringIO(text), delimiter=separator)
    try:
        rows = [row for row in reader if row]
    except csv.Error as error:
        raise SourceError(f"not a table: {error}", path=shown, line=reader.line_num) from error
    names = rows[0] if rows else []
    return [
        {name: row[at] if at < len(row) and row[at] else None for at, name in enumerate(names)}
        for row in rows[1:]
    ]


def _key(name: str) -> str:
    return re.sub(r"\s+", "_", re.sub(r"[^\w\s-]+", "", name).strip())
