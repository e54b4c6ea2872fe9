"""What is wrong with a built site: links that lead nowhere, secrets, leaks, and what is missing.

`check` takes the files of a site from wherever they are: `published`, or from a build in memory,
as `check_build` makes it.
What finds secrets, and why that, is said in `check.detector`.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.build import Built, Options, Progress, build
from publisher.check.allowed import Allowed
from publisher.check.content import faults
from publisher.check.finding import KINDS, SEVERITY, Finding, Kind
from publisher.check.links import Links
from publisher.check.look import Look, published
from publisher.check.report import Report
from publisher.check.sources import Sources
from publisher.config import Config
from publisher.errors import ConfigError
from publisher.model import File
from publisher.store import LostError, Store

__all__ = ["KINDS", "SEVERITY", "Finding", "Kind", "check", "check_build", "published"]


def check(files: Iterable[File], config: Config) -> tuple[Finding, ...]:
    """All findings in the files of a site that are not allowed by the settings, errors first."""
    look = Look(files)
    links = Links(look.files.keys(), look.pages, config.settings.url)
    shown_by = links.shown_by() | look.fragments
    sources = Sources(config, look.files, shown_by)
    report = Report(sources)
    for fault in (
        *look.unread,
        *links.faults(),
        *faults(look.pages, look.own_sizes(), config.settings.check, sources.unnamed),
    ):
        report.add(fault)
    for hit, where in look.hits.items():
        report.found(hit, where)
    allowed = Allowed(config)
    return tuple(finding for finding in report.findings() if finding not in allowed)


def check_build(
    config: Config, options: Options, progress: Progress | None = None
) -> tuple[Built, tuple[Finding, ...]]:
    """Build the site as `publish` does, write nothing, and check its files."""
    try:
        return _check_build(config, options, progress)
    except LostError:  # what was remembered is damaged: draw all anew
        Store(config.store).mend()
        return _check_build(config, options, progress, forget=True)


def _check_build(
    config: Config, options: Options, progress: Progress | None, *, forget: bool = False
) -> tuple[Built, tuple[Finding, ...]]:
    built = build(config, options, progress, forget=forget)
    if built.empty:
        raise ConfigError(f"there are no pages in {config.source}", hint="publish new PATH")
    return built, check(built.files, config)
