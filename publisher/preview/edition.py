"""What a preview shows at one time: the files of the site, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.model import File, Problem


@dataclass(frozen=True)
class Running:
    """A page whose code runs now: its `source`, `url`, and the code cell that is at work.

    `cell` counts from 1, of `cells`; 0 is before the first.
    """

    source: str
    url: str
    cell: int = 0
    cells: int = 0


@dataclass(frozen=True)
class Trouble:
    """Something that failed. `url` is that of the page that it belongs to, None for all pages."""

    problem: Problem
    url: str | None = None


@dataclass(frozen=True)
class Edition:
    """The site as it is now. Never changed: what follows is another one.

    `number` grows by one with each edition. `files` are by path below the site
    (`guide/index.html`), `digests` the hashes of their bytes. `running` and `troubles` are what
    the pages' overlay says; `warnings` are of the whole site.
    """

    number: int = 0
    files: Mapping[str, File] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    building: bool = True
    running: tuple[Running, ...] = ()
    troubles: tuple[Trouble, ...] = ()
    warnings: tuple[Problem, ...] = ()
