"""What is to be done for each page, and why. Nothing is run here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from publisher.build.memory import Drawn, Memory
from publisher.build.worker import Plan, Shown
from publisher.config import Config, matches
from publisher.execute import ABSENT, GONE, Code, Drafts, Found, Inputs, Results, Trace, freeze
from publisher.model import Head, Problem

ASKED = ("it was asked for",)


@dataclass(frozen=True)
class Decision:
    """What is to be done for a page.

    `drawn` is the page as it was rendered, if that still holds; else `plan` says how it is made.
    `runs` says whether it is to run, for `reasons`, `waits` that it would have to, but that a
    preview shows it first; `result` names the result that it shows,
    `inputs` are those of the run that it came from, or of the last run.
    """

    plan: Plan
    result: str = ""
    runs: bool = False
    drawn: Drawn | None = None
    reasons: tuple[str, ...] = ()
    last: Trace | None = None
    inputs: Inputs | None = None
    waits: bool = False


class Plans:
    """Decides for the pages of a site. `refresh` are patterns of sources that are to run anew.

    With `drafts`, pages show these, and what is left of their last run where none are fresh.
    """

    def __init__(
        self,
        config: Config,
        memory: Memory,
        results: Results,
        *,
        may_run: bool = True,
        refresh: tuple[str, ...] = (),
        drafts: Drafts | None = None,
    ) -> None:
        self.config, self.memory, self.results = config, memory, results
        self.may_run, self.refresh, self.drafts = may_run, refresh, drafts

    def of(self, page: Head, code: Code | None, drawn: Drawn | None) -> Decision:
        """What is to be done for a page; `drawn` is what is known of it.

        `PublishError` if its frozen result cannot be read.
        """
        text = self.memory.text(page)
        decision = (
            Decision(Plan(text, may_run=False))
            if code is None
            else self._with_code(page, code, text)
        )
        if not decision.runs and self.memory.holds(drawn, text, decision.result):
            return replace(decision, drawn=drawn)
        return decision

    def _with_code(self, page: Head, code: Code, text: str) -> Decision:
        asked = matches(page.source, self.refresh)
        if code.freeze and not (asked and self.may_run):
            frozen = freeze.find(page.source, code, self.config)
            if frozen is not None:
                return self._frozen(page, code, frozen, text)
        found = self.results.find(page.source, code)
        if self.drafts is not None:
            return self._live(page, code, found, text)
        if found.trace is not None and not (asked and self.may_run):
            return Decision(
                Plan(text, found.trace, may_run=self.may_run),
                "to be frozen" if code.freeze else found.trace.result,
                last=found.last,
                inputs=found.trace.inputs,
            )
        reasons = ASKED if asked else found.reasons
        plan = Plan(text, may_run=self.may_run)
        result = "" if self.may_run else "not run"
        inputs = found.last.inputs if found.last else None
        return Decision(plan, result, self.may_run, None, reasons, found.last, inputs)

    def _live(self, page: Head, code: Code, found: Found, text: str) -> Decision:
        """What a preview shows: the newer of a fresh result and a draft, else what is left."""
        assert self.drafts is not None
        last = self.results.last(page.source)
        left = Shown(last.code.cells, last.trace.result) if last else Shown()
        draft = self.drafts.find(page.source, code)
        trace = found.trace
        if draft is not None and (trace is None or trace.time < draft.time):
            plan = Plan(text, draft=draft, left=left)
            return Decision(plan, f"draft {draft.result} {left.result}")
        if trace is not None:
            return Decision(Plan(text, trace), trace.result, last=trace, inputs=trace.inputs)
        return Decision(
            Plan(text, left=left), f"left {left.result}", waits=True, reasons=found.reasons
        )

    def _frozen(self, page: Head, code: Code, frozen: freeze.Frozen, text: str) -> Decision:
        """A frozen result is shown whatever became of its inputs; the author is told.

        That inputs are not here is what it was frozen for: no reason for a warning.
        """
        every = self.results.changes(code, frozen.record.inputs, frozen.record.written)
        changes = tuple(change for change in every if not change.endswith((GONE, ABSENT)))
        path = self.config.shown(self.config.source / page.source)
        warnings = tuple(
            Problem(
                f"frozen, although {change} since",
                path,
                hint=f"run it anew: publish --refresh {page.source}",
            )
            for change in changes[:1]
        )
        plan = Plan(
            text, frozen=True, may_run=self.may_run, problems=warnings, note=", ".join(every[:2])
        )
        result = " ".join((frozen.digest, *changes[:1]))  # it is drawn with its warning
        return Decision(plan, result, reasons=every, inputs=frozen.record.inputs)
