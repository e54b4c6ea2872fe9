"""The texts of other files that a page shows."""

from __future__ import annotations

import os
import posixpath
import re

from publisher.render.links import Addresses

MAX_BYTES = 2_000_000
_DRAFT = re.compile(  # in front matter: such a page is not published in another one either
    r"---[ \t]*\n(?:(?!---)[^\n]*+\n)*?(?:draft[ \t]*:[ \t]*true|published[ \t]*:[ \t]*false)\b",
    re.IGNORECASE,
)


class Texts:
    """Reads files of the project for a page, and notes them as what the page shows."""

    def __init__(self, addresses: Addresses) -> None:
        self.page, self.config = addresses.page, addresses.config
        self.measured = addresses.measured

    def load(self, path: str) -> str | None:
        """The text of a file, None if it is no text of the project.

        `path` is as seen from the page, or from the source folder if it begins with a slash.
        What is hidden, a draft, longer than 2 MB or not in UTF-8 is no such text.
        """
        source = self.source(path)
        if "\0" in path or not path:
            return None
        self.measured[source] = None
        file = self.config.source / source
        try:
            if not self.config.readable(file) or os.path.getsize(file) > MAX_BYTES:
                return None
            text = file.read_text("utf-8-sig")
            return None if _DRAFT.match(text) else text
        except (OSError, ValueError):  # unreadable, or no text
            return None

    def source(self, path: str) -> str:
        """A path as seen from the page, relative to the source folder."""
        folder = "" if path.startswith("/") else posixpath.dirname(self.page.source)
        return posixpath.normpath(posixpath.join(folder, path.lstrip("/")))
