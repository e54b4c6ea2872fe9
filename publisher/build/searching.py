"""The search index of a site: that of an earlier build where no page has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher import search
from publisher.build.memory import Memory
from publisher.config import Config
from publisher.model import File, Problem
from publisher.store import content_digest, digest

STAGE = "search"


@dataclass(frozen=True)
class Kept:
    """An index as it is stored: the hashes of its files by their paths, and its pages."""

    files: dict[str, str]
    pages: int


class Searching:
    """Makes a site of so many pages searchable, unless it has few or does not want to be.

    `entry` is the path of the script that searches, None where there is to be no search;
    `problems` says why there is none that is wanted. With `fresh` nothing that is stored is used.
    """

    def __init__(self, config: Config, memory: Memory, pages: int, *, fresh: bool) -> None:
        wanted = config.settings.search and pages > search.FEW
        self.program = search.program() if wanted else None
        self.entry = search.ENTRY if self.program is not None else None
        self.memory, self.fresh = memory, fresh
        missing = Problem(
            "the site has no search: Pagefind is not installed",
            hint="`pip install pagefind-bin`, where that is to be had for the system; "
            "else say `search = false`",
        )
        self.problems = (missing,) if wanted and self.program is None else ()

    def index(self, files: Sequence[File]) -> search.Index:
        """The index of a site with these files. `SearchError` if it cannot be made."""
        if self.program is None:
            return search.Index((), 0)
        store = self.memory.store
        pages = [
            (file.path, file.digest or content_digest(file.read()))
            for file in search.candidates(files)
        ]
        key = digest(STAGE, self.memory.made_by, self.program, pages)
        kept = None if self.fresh else store.get(STAGE, key, Kept)
        if kept is not None and all(self.memory.has(*item) for item in kept.files.items()):
            found = tuple(self.memory.file(*item) for item in kept.files.items())
            return search.Index(found, kept.pages)
        made = search.index(files, self.program[0])
        names = {file.path: content_digest(file.read()) for file in made.files}
        store.put(STAGE, key, Kept(names, made.pages))
        return made
