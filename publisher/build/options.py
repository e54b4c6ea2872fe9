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
    run pages. `live` is for previews: outputs that an author saved in JupyterLab are shown, and,
    where a page would have to run, those of its last run by cells that are unchanged; a page that
    cannot be read is shown as it was. Nothing of that is remembered for a published build.
    """

    jobs: int = 0
    execute: bool = True
    drafts: bool = False
    strict: bool = False
    refresh: tuple[str, ...] = ()
    cache: bool = True
    scheduler: str | None = None
    live: bool = False
