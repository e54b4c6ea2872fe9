"""The stored results of runs: which one still holds, and why none does.

As ccache's manifests do it: what a page's code is leads to the runs that it had, each with the
inputs that it read; the result of the first whose inputs are all unchanged is used.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Set
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from publisher.config import Config
from publisher.execute.code import Code
from publisher.execute.inputs import Inputs, Kernel, Recorder, fits, is_text
from publisher.execute.written import bring_back
from publisher.model import Executed, Problem, States
from publisher.store import FILES, Digests, Store, digest

FORMAT = 3
MANY = 8  # runs of the same code that are remembered
DAY = 86_400.0


@dataclass(frozen=True)
class Stored:
    """The result of a run as it is kept: what code cells put out, in their order.

    `written` are the files that it wrote into the project, relative to that, with their hashes,
    by which their contents are kept.
    """

    outputs: tuple[list[dict[str, Any]], ...]
    counts: tuple[int | None, ...]
    widgets: dict[str, Any] | None
    written: dict[str, str]
    problems: tuple[Problem, ...]
    states: tuple[States, ...] = ()

    @classmethod
    def of(cls, executed: Executed, written: dict[str, str]) -> Self:
        """What of a run is kept."""
        code = [cell for cell in executed.notebook.cells if cell.cell_type == "code"]
        return cls(
            tuple(cell.outputs for cell in code),
            tuple(cell.get("execution_count") for cell in code),
            executed.widgets,
            written,
            executed.problems,
            executed.states,
        )


@dataclass(frozen=True)
class Trace:
    """One run: what it read and wrote, the key of its result, when it was and how long it took."""

    inputs: Inputs
    written: dict[str, str]
    result: str
    time: float
    seconds: float


@dataclass(frozen=True)
class Runs:
    """The runs of one page with the same code, the newest first."""

    traces: tuple[Trace, ...] = ()


@dataclass(frozen=True)
class LastRun:
    """The newest run of a page, whatever its code was."""

    code: Code
    trace: Trace


@dataclass(frozen=True)
class Found:
    """What the store has for a page: the run whose result holds, else the reasons why none does."""

    trace: Trace | None
    reasons: tuple[str, ...] = ()
    last: Trace | None = None


class Results:
    """The stored results of a project's pages."""

    def __init__(self, config: Config, store: Store, digests: Digests | None = None) -> None:
        self.config, self.store = config, store
        self.digests = digests or Digests()
        self.recorder = Recorder(config, self.digests)
        self.kernels: dict[tuple[str, str], Kernel] = {}

    def find(self, source: str, code: Code) -> Found:
        """The newest run of a page with this code whose inputs are unchanged."""
        runs = self.store.get("runs", self._key(source, code), Runs) or Runs()
        reasons: tuple[str, ...] = ()
        for trace in runs.traces:
            found = self._reasons(trace, code) or self._lost(trace)
            if not found:
                return Found(trace, last=trace)
            reasons = reasons or found
        last = self.last(source)
        if last is None:
            return Found(None, ("it has not run to its end yet",))
        if last.code != code or not reasons:
            reasons = (*code.differences(last.code), *reasons) or ("it has not run so yet",)
        return Found(None, reasons, last.trace)

    def last(self, source: str) -> LastRun | None:
        """The newest run of a page, whatever its code was."""
        return self.store.get("pages", digest(source), LastRun)

    def get(self, key: str) -> Stored | None:
        """The result of a run by its key; None if it is lost."""
        return self.store.get("results", key, Stored) if key else None

    def load(self, trace: Trace) -> Stored | None:
        """The result of a run, its files brought back where they are gone; None if it is lost."""
        stored = self.get(trace.result)
        if stored is None:
            return None
        return stored if self.bring_back(stored.written) else None

    def bring_back(self, written: Mapping[str, str]) -> bool:
        """Bring back files that a run wrote where they are gone; whether all are there."""
        return bring_back(
            self.config.root, written, lambda name: self.store.get_file(written[name])
        )

    def keep(self, source: str, code: Code, stored: Stored, trace: Trace) -> Trace:
        """Keep the result of a run, and the files that it wrote; the run with its result's key."""
        key = digest(source, stored)
        trace = replace(trace, result=key)
        self.store.put("results", key, stored)
        at = self._key(source, code)
        runs = self.store.get("runs", at, Runs) or Runs()
        others = tuple(t for t in runs.traces if t.inputs != trace.inputs)
        self.store.put("runs", at, Runs((trace, *others)[:MANY]))
        self.store.put("pages", digest(source), LastRun(code, trace))
        return trace

    def keep_files(
        self, paths: Iterable[Path], code: Code, existed: Set[Path] = frozenset()
    ) -> dict[str, str]:
        """Keep the contents of files that a run wrote; their hashes by their names in the project.

        Those that `existed` before are the author's as well, who may remove them: they are not
        brought back. Files that the author wants ignored are left out.
        """
        kept = {}
        for path in sorted(paths):
            name = self.config.shown(path)
            if fits(name, code.declared.ignored) or not is_text(name):
                continue
            try:
                if path in existed:
                    kept[name] = self.digests.of(path) or ""
                else:
                    kept[name] = self.store.put_file(path.read_bytes())
            except OSError:  # it went again
                continue
        return kept

    def kernel(self, code: Code) -> Kernel:
        """The kernel that a page's code runs in now."""
        if code.kernel not in self.kernels:
            self.kernels[code.kernel] = Kernel.of(*code.kernel, self.config.root)
        return self.kernels[code.kernel]

    def changes(self, code: Code, inputs: Inputs, written: Mapping[str, str]) -> tuple[str, ...]:
        """What has changed of the inputs of a run and of the files that it wrote."""
        found = list(self.recorder.changes(inputs, self.kernel(code), code.declared, written))
        for name, sum_ in written.items():
            if fits(name, code.declared.ignored):
                continue
            now = self.digests.of(self.config.root / name)
            if now is not None and now != sum_:
                found.append(f"{name}, which the page writes, changed")
        return tuple(dict.fromkeys(found))

    def _reasons(self, trace: Trace, code: Code) -> tuple[str, ...]:
        """Why the result of a run does not hold; nothing if it does."""
        found = self.changes(code, trace.inputs, trace.written)
        age = (time.time() - trace.time) / DAY
        if trace.inputs.network and code.max_age is not None and age > code.max_age:
            return (*found, f"it read the network {age:.1f} days ago")
        return found

    def _lost(self, trace: Trace) -> tuple[str, ...]:
        """Why the result of a run cannot be had any more; nothing if it seems to be there."""
        if not self.store.has("results", trace.result):
            return ("its stored result is lost",)
        return tuple(
            f"{name}, which the page writes, is lost"
            for name, sum_ in trace.written.items()
            if not (self.config.root / name).exists() and not self.store.has(FILES, sum_)
        )

    def _key(self, source: str, code: Code) -> str:
        return digest(FORMAT, source, code.cells, code.options, code.kernel)
