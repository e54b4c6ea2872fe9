"""What is wrong with a built site: links that lead nowhere, secrets, leaks, and what is missing.

`check` takes the files of a site from wherever they are: from a build in memory, or `published`.
What finds secrets, and why that, is said in `check.detector`.
"""

from __future__ import annotations

from collections.abc import Iterable

from publisher.check.allowed import Allowed
from publisher.check.content import faults
from publisher.check.finding import KINDS, Finding, Kind
from publisher.check.links import Links
from publisher.check.look import Look, published
from publisher.check.report import Report
from publisher.check.sources import Sources
from publisher.config import Config
from publisher.model import File

__all__ = ["KINDS", "Finding", "Kind", "check", "published"]


def check(files: Iterable[File], config: Config) -> tuple[Finding, ...]:
    """All findings in the files of a site that are not allowed by the settings, errors first."""
    look = Look(files)
    links = Links(look.files.keys(), look.pages, config.settings.url)
    shown_by = links.shown_by() | look.fragments
    report = Report(Sources(config, look.files, shown_by))
    for fault in (
        *look.unread,
        *links.faults(),
        *faults(look.pages, look.sizes, config.settings.check),
    ):
        report.add(fault)
    for hit, where in look.hits.items():
        report.found(hit, where)
    allowed = Allowed(config)
    return tuple(finding for finding in report.findings() if finding not in allowed)
