"""What one may ask of a build, and who is told how it goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from publisher.model import PageReport


class Progress(Protocol):
    """Is told how a build goes on."""

    def start(self, pages: int) -> None:
        """So many pages are to be made."""

    def page(self, report: PageReport) -> None:
        """One of them is done."""


@dataclass(frozen=True)
class Options:
    """How to build. `jobs` is the number of pages at once, 0 for one per core.

    `refresh` are sources or patterns of them that are to run whatever is stored; with `cache` off
    nothing that is stored is used. `scheduler` is the address of a Dask scheduler whose workers
    run pages.
    """

    jobs: int = 0
    execute: bool = True
    drafts: bool = False
    strict: bool = False
    refresh: tuple[str, ...] = ()
    cache: bool = True
    scheduler: str | None = None
