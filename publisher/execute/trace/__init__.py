"""What a run reads and writes, from two witnesses.

The kernel's own audit hook (`inside/tracing.py`) knows exactly what Python opened and who did it.
A watch on the project's folders sees every open by anyone, native libraries and child processes
among them, but not by whom. What the hooks of all processes of the build do not account for is
counted to every run that may have done it.
"""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

from publisher.config import Config
from publisher.execute.kernels import wanted
from publisher.execute.trace.folders import Folders
from publisher.execute.trace.observed import Observed, observe
from publisher.execute.trace.project import watched
from publisher.execute.trace.records import Traces, own
from publisher.model import Page

__all__ = ["Observed", "Watch", "own"]


class Watch:
    """Watches the run of a page in one kernel; a context manager.

    `traces` is a folder that all runs of the build share. The kernel appends to the file `path`.
    When the run is over, `observed` is what it did.
    """

    observed: Observed

    def __init__(self, config: Config, page: Page, traces: Path) -> None:
        self._root, self._source = config.root, page.path
        self._folders = Folders(watched(config))
        self._traces = Traces(traces, foreign=wanted(page, config)[1].lower() != "python")
        self.path = self._traces.path

    def __enter__(self) -> Self:
        self._folders.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            seen = self._folders.stop()
            self.observed = observe(self._root, self._source, self._traces, seen)
        finally:
            self._traces.end()
