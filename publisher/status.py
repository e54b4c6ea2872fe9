"""What a build would run now, and why. Nothing is run."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from publisher.build import Options, decisions
from publisher.config import Config, matches
from publisher.errors import ConfigError
from publisher.execute import Inputs

__all__ = ["PageStatus", "status"]


@dataclass(frozen=True)
class PageStatus:
    """A notebook: whether its result holds, and why not.

    `frozen` results are shown whatever the reasons are. `seconds` is how long the last run took,
    `inputs` what it read, `written` the files that it made; None if it never ran.
    """

    source: str
    state: Literal["fresh", "stale", "frozen"]
    reasons: tuple[str, ...]
    seconds: float | None
    inputs: Inputs | None
    written: tuple[str, ...]


def status(
    config: Config, patterns: Sequence[str] = (), *, drafts: bool = False
) -> tuple[PageStatus, ...]:
    """The notebooks of a site, those like one of the patterns if there are any.

    `PublishError` if a page cannot be read, or if nothing is like a pattern.
    """
    found = decisions(config, Options(drafts=drafts, jobs=os.cpu_count() or 1))
    wanted = tuple(map(config.as_source, patterns))
    for pattern in wanted:
        if not any(matches(source, (pattern,)) for source in found):
            raise ConfigError(
                f"no notebook with code to run is called {pattern}, or like it",
                hint="paths count from the folder of the pages: posts/a.md, posts, 'posts/*'",
            )
    return tuple(
        PageStatus(
            source,
            "stale" if decision.runs else "frozen" if decision.plan.frozen else "fresh",
            decision.reasons,
            decision.last.seconds if decision.last else None,
            decision.inputs,
            tuple(decision.last.written) if decision.last else (),
        )
        for source, decision in found.items()
        if not wanted or matches(source, wanted)
    )
