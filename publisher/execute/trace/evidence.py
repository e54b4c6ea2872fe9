"""Whether a page's code names a file: what tells a library's results from what editors save."""

from __future__ import annotations

import os
import re
from collections.abc import Collection, Iterable
from functools import cached_property
from pathlib import Path

_TEXT = re.compile(r"""([^'"\n]*)['"]""")
_HOLE = re.compile(r"\{[^{}]*\}|%[-\d.]*[a-z]")  # of f-strings, `format` and `%`


class Code:
    """The texts in some source files, read when they are first wanted."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = tuple(files)

    def names(self, path: str, new_folders: Collection[str]) -> bool:
        """Whether a text in the code may be the end of this path, or of a new folder it lies in.

        `f"{year}.csv"` and `name + ".csv"` may be that of every `.csv`.
        """
        parents = (str(parent) for parent in Path(path).parents)
        paths = (path, *(parent for parent in parents if parent in new_folders))
        names = [os.path.basename(path) for path in paths]
        return any(pattern.fullmatch(name) for name in names for pattern in self._patterns)

    def paths(self) -> list[str]:
        """The texts in the code that look like absolute paths, or those of folders above."""
        texts = (text for file in self._files for text in _TEXT.findall(_content(file)))
        return [text for text in texts if text.startswith(("/", "~/", "../"))]

    @cached_property
    def _patterns(self) -> tuple[re.Pattern[str], ...]:
        ends = {text.rpartition("/")[2] for file in self._files for text in _texts(file)}
        return tuple(_pattern(end) for end in ends if re.search(r"\w", _HOLE.sub("", end)))


def _texts(file: Path) -> list[str]:
    """What stands before each quotation mark, and the words: a shell needs no marks."""
    code = _content(file)
    return [*_TEXT.findall(code), *code.split()]


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""


def _pattern(end: str) -> re.Pattern[str]:
    pieces = [re.escape(piece) for piece in _HOLE.split(end)]
    return re.compile(("(?s:.*)" if end.startswith(".") else "") + "(?s:.*)".join(pieces))
