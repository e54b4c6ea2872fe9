"""One build's way through the stages, with what is known of each page so far."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from publisher import execute, liquid, read
from publisher.build.bounds import still
from publisher.build.budget import GB, Budget
from publisher.build.memory import Drawings, Drawn, Kept, Known, Memory, Sheets
from publisher.build.options import Options, Progress
from publisher.build.plans import ASKED, Decision, Plans
from publisher.build.searching import Searching
from publisher.build.worker import (
    Loaded,
    Made,
    highlight,
    load_page,
    lost,
    lost_page,
    make,
    problem,
)
from publisher.build.workers import Workers
from publisher.compose import compose
from publisher.compose.about import is_profile
from publisher.config import Config, matches
from publisher.errors import ConfigError, PublishError
from publisher.execute import Code, Drafts, Results, Setting, Trace
from publisher.model import Facts, File, Head, Metadata, Page, PageReport, Problem, Rendered
from publisher.outline import Outline, file_of
from publisher.store import LostError, Store, digest

if TYPE_CHECKING:
    from publisher.build.cluster import Cluster

FEW = 3  # pages for which it does not pay to start processes, nor does it for a single one
ROUNDS = 3  # pages that read what others wrote run again, but not for ever


@dataclass(frozen=True)
class Last:
    """The last good copy of a page, as it is stored: what the outline and a layout want of it."""

    head: Head
    key: str
    rendered: Rendered


class Run:
    """Reads, executes, renders and composes the pages of a site.

    Failures of pages are collected in `reports`; other failures are raised. `kept` names the
    pages that are shown by their last good copy, `unwritten` holds those that only other pages
    show, `withheld` the sources of drafts, which are not copied either. `searched` counts the pages
    that can be found. In a preview, `waiting` are the pages that would have to run, with their
    code, and `index` makes the files by which it is searched. `empty` says that there is nothing
    to make a site of.
    """

    def __init__(
        self,
        config: Config,
        workers: Workers,
        progress: Progress,
        options: Options,
        *,
        forget: bool = False,
        kept: Kept | None = None,
    ) -> None:
        self.config, self.workers, self.progress = config, workers, progress
        self.options = replace(options, refresh=tuple(map(config.as_source, options.refresh)))
        self.runners: Workers | Cluster = workers
        self.store = Store(config.store)
        self.fresh = forget or not options.cache
        self.live = kept or Kept() if options.live else None
        self.memory = Memory(config, self.store, forget=self.fresh, kept=self.live)
        self.results = Results(config, self.store, self.memory.digests)
        self.plans = Plans(
            config, self.memory, self.results,
            may_run=options.execute,
            refresh=self.options.refresh if options.cache else ("*",),
            drafts=Drafts(config, self.store) if options.live else None,
        )  # fmt: skip
        self.pages: dict[str, Head] = {}
        self.known: dict[str, Known] = {}
        self.unwritten: dict[str, Page] = {}
        self.rendered = Drawings(self._fetch)
        self.reports: dict[str, PageReport] = {}
        self.withheld: set[str] = set()
        self.kept: set[str] = set()
        self.fatal: set[str] = set()
        self.problems: tuple[Problem, ...] = ()
        self.seconds: dict[str, float] = {}
        self.ran: dict[str, Trace] = {}
        self.writers: dict[str, set[str]] = {}
        self.waiting: dict[str, tuple[Head, Code]] = {}
        self.index: Callable[[], tuple[File, ...]] = tuple
        self.searched = 0
        self.empty = False

    def files(self) -> tuple[File, ...]:
        """All files of the site, of the pages that there is something to show of."""
        sources = read.sources(self.config)
        self.empty = not sources.pages and not is_profile(self.config.settings.author)
        self.problems = sources.problems
        self._read(sources.pages)
        self._check_refresh()
        self.problems += tuple(execute.freeze.orphans(frozenset(sources.pages), self.config))
        self._settle()
        outline = Outline.of(self.pages.values(), self.config.title, sources.contents)
        self._fill(sources.files)
        with self._cluster():
            self._make()
        for source, entry in outline.by_source.items():
            self.reports[source] = replace(self.reports[source], url=entry.url)
        outline = outline.without(self.pages.keys() - self.rendered.keys())
        unpublished = frozenset(sources.pages) - self.rendered.keys()
        sheets = Sheets(self.known, self.memory)
        searching = Searching(self.config, self.memory, len(outline.entries), fresh=self.fresh)
        composed = compose(
            outline, self.pages, self.rendered, self._facts(outline), frozenset(self.kept),
            unpublished, self.config, sheets, searching.entry,
        )  # fmt: skip
        self.memory.pages, self.memory.laid = self.known, sheets.now
        self.memory.keep()
        for source, report in self.reports.items():
            more = composed.problems.get(source, ())
            self.reports[source] = replace(report, warnings=_in_order(report.warnings + more))
        self.problems += composed.problems.get("", ()) + searching.problems
        files = composed.files
        if self.live is not None:
            self.index = lambda: searching.index(composed.files).files
        elif not self.fatal:
            index = searching.index(files)
            files, self.searched = (*files, *index.files), index.pages
        taken = {file.path for file in files}
        copied = {
            target: File(target, source=self.config.source / source)
            for source, target in sources.files
            if target not in taken and source not in self.withheld
        }
        return (*files, *copied.values())

    def _facts(self, outline: Outline) -> dict[str, Facts]:
        """What pages may show of each other, in the order of the site."""
        found = {}
        for entry in outline.entries:
            if entry.source is not None:
                known = self.known.get(entry.source)
                if known is None or known.drawn is None or entry.source in self.kept:
                    found[entry.source] = self.rendered[entry.source].facts
                else:
                    found[entry.source] = known.drawn.facts
        return found

    def decisions(self) -> dict[str, Decision]:
        """What a build would do for each page that has code to run; nothing is run."""
        self._read(read.sources(self.config).pages)
        return {
            source: self._decide(page)
            for source, page in self.pages.items()
            if source not in self.reports and self.known[source].code is not None
        }

    def _read(self, sources: tuple[str, ...]) -> None:
        """Read all pages that are to be published, those that are unchanged from memory.

        Where one is written in Liquid, which shows other pages, all are read in full.
        """
        failed: dict[str, Problem] = {}
        drafts: dict[str, tuple[Problem, ...]] = {}
        self.known = self._remembered(sources)
        found: dict[str, Head] = {source: known.head for source, known in self.known.items()}
        new = [source for source in sources if source not in found]
        here = len(new) <= FEW or self.workers.jobs == 1
        tasks = [(source, self.config, here) for source in new]
        if any(self._may_run(source) for source in new):
            self.workers.warm_up(reading=not here)
        for source, result, taken in self.workers.map(load_page, tasks, lost_page, here=here):
            self.seconds[source] = taken
            if isinstance(result, Problem):
                failed[source] = result
            else:
                found[source] = result.page
                self._note(result)
        for source, page in found.items():
            if page.meta.draft and not self.options.drafts:
                drafts[source] = page.problems
            elif self.config.jekyll and not self.config.jekyll.written(source):
                assert isinstance(page, Page)
                self.unwritten[source] = page
            else:
                self.pages[source] = page
        self.problems += tuple(p for source in sorted(drafts) for p in drafts[source])
        pairs = {str(PurePosixPath(source).with_suffix(".ipynb")) for source in drafts}
        self.withheld = drafts.keys() | (pairs - set(sources))
        self.progress.start(len(self.pages) + len(failed))
        for source, error in sorted(failed.items()):
            last = self._fail(source, None)
            if last is not None:
                self.pages[source] = last
            self._report(source, None, error)
        self.pages = dict(sorted(self.pages.items()))

    def _may_run(self, source: str) -> bool:
        """Whether a page that has changed may well have to run: it had code when it was last read.

        An `.ipynb` that is new comes with its outputs, as a rule.
        """
        known = self.memory.pages.get(source)
        return not source.endswith(".ipynb") if known is None else known.code is not None

    def _check_refresh(self) -> None:
        """`ConfigError` if a pattern of pages that are to run again fits none."""
        for pattern in self.options.refresh:
            if not any(matches(source, (pattern,)) for source in self.pages):
                raise ConfigError(
                    f"--refresh: no page is called {pattern}, or like it",
                    hint="paths count from the folder of the pages: posts/a.md, posts, 'posts/*'",
                )

    def _remembered(self, sources: Iterable[str]) -> dict[str, Known]:
        """What is known of the pages whose files are unchanged, if none needs the others."""
        if self.config.jekyll is not None:
            return {}
        found = {source: self.memory.known(source) for source in sources}
        known = {source: page for source, page in found.items() if page is not None}
        return {} if any(page.liquid for page in known.values()) else known

    def _note(self, loaded: Loaded) -> None:
        """Note what is to be known of a page that was read."""
        page = loaded.page.head
        old = self.memory.pages.get(page.source)
        drawn = old.drawn if old else None
        self.known[page.source] = Known(page, loaded.liquid, loaded.code, drawn)

    def _settle(self) -> None:
        """Where pages of a Jekyll site have one address, let the last one have it, as there."""
        if self.config.jekyll is None:
            return
        taken: dict[str, Head] = {}
        for page in sorted(self.pages.values(), key=_rank):
            file = file_of(page)
            other = taken.get(file)
            if other is not None:
                self.unwritten[other.source] = self._full(self.pages.pop(other.source))
                self.reports.pop(other.source, None)
                message = f"{page.source} has the same address, so this page is left out"
                shown = self.config.shown(self.config.source / other.source)
                self.problems += (Problem(message, shown),)
            taken[file] = page

    def _fill(self, files: tuple[tuple[str, str], ...]) -> None:
        """Fill in the Liquid of pages that are written in it."""
        pages = [page for page in self.pages.values() if page.source not in self.reports]
        wanted = [page for page in pages if isinstance(page, Page) and liquid.wanted(page)]
        if not wanted:
            return
        site = {page.source: self._full(page) for page in pages} | self.unwritten
        filling = liquid.Liquid(self.config.as_jekyll, site, files, highlight, self.config.shown)
        for page in wanted:
            try:
                self.pages[page.source] = filling.apply(page)
            except PublishError as error:
                if self.config.jekyll is None and "dialect" not in page.front:
                    self.pages[page.source] = _unfilled(page, error)
                    continue
                self._fail(page.source, page)
                self._report(page.source, None, problem(error))

    def _full(self, page: Head) -> Page:
        """A page with its cells. `SourceError` if it has changed and cannot be read any more."""
        return page if isinstance(page, Page) else read.page(page.source, self.config)

    @contextmanager
    def _cluster(self) -> Iterator[None]:
        """Have pages run by the workers of a cluster, if one is given and there is code."""
        kernels = {known.code.kernel for known in self.known.values() if known.code is not None}
        if self.options.scheduler is None or not kernels:
            yield
            return
        from publisher.build.cluster import Cluster

        with Cluster(self.config, self.options.scheduler, self.results, self.workers) as cluster:
            cluster.learn(kernels)
            self.problems += cluster.problems
            self.runners = cluster
            yield

    def _make(self) -> None:
        """Execute and render all pages that are not as they were."""
        decisions = self._decided()
        for source, decision in decisions.items():
            code = self.known[source].code
            if decision.waits and code is not None:
                self.waiting[source] = self.pages[source], code
        todo = {s: d for s, d in decisions.items() if not self._reuse(self.pages[s], d)}
        alone: list[str] = []
        for _ in range(ROUNDS):
            made = self._run(todo, alone)
            todo = self._again(made)
            alone = list(todo)
            if not todo:
                break
        over = self._bounded()
        if over:
            self._run(over, alone=())
        self._warn_of_rivals()

    def _bounded(self) -> dict[str, Decision]:
        """The pages to be drawn once more, since they may or may not move now."""
        drawn = {
            source: known.drawn
            for source, known in sorted(self.known.items())
            if source in self.pages and source not in self.kept and known.drawn is not None
        }
        weights = {source: page.weight for source, page in drawn.items() if page.weight.states}
        over, problems = still(weights, self.config)
        self.problems += problems
        found = {}
        for source in weights:
            if drawn[source].still != (source in over):
                decision = self._decide(self.pages[source])
                trace = self.ran.get(source) or decision.plan.trace  # to run once is enough
                plan = replace(decision.plan, trace=trace, still=source in over)
                found[source] = replace(decision, plan=plan, runs=False)
        return found

    def _decided(self) -> dict[str, Decision]:
        """What is to be done for each page, once the files are there that pages wrote."""
        decisions: dict[str, Decision] = {}
        for source, page in self.pages.items():
            if source in self.reports:
                continue
            try:
                decisions[source] = self._decide(page)
            except PublishError as error:
                self._fail(source, page)
                self._report(source, None, problem(error))
        for decision in decisions.values():
            if decision.plan.trace is not None:
                self.results.bring_back(decision.plan.trace.written)
        self.memory.there.clear()
        again = {s: self._decide(self.pages[s]) for s, d in decisions.items() if d.runs}
        return decisions | again

    def _decide(self, page: Head) -> Decision:
        known = self.known[page.source]
        return self.plans.of(page, known.code, known.drawn)

    def _reuse(self, page: Head, decision: Decision) -> bool:
        """Show a page as it was rendered, if that still holds."""
        drawn = decision.drawn
        if drawn is None or not self.store.has("render", drawn.key):
            return False
        if decision.last is not None and not self.results.bring_back(decision.last.written):
            return False  # files that the run wrote are lost
        status = "reused" if drawn.status == "ran" else drawn.status
        self.rendered.ready[page.source] = None
        self._remember(page)
        made = Made(page.source, status, {}, problems=drawn.problems)
        self._report(page.source, made, None, decision.plan.note)
        return True

    def _run(self, todo: dict[str, Decision], alone: Iterable[str]) -> list[Made]:
        """Make pages; those that must be `alone` one after the other."""
        runs = {s: self._full(self.pages[s]) for s, decision in todo.items() if decision.runs}
        made: list[Made] = []
        with (
            tempfile.TemporaryDirectory(prefix="publisher-") as folder,
            execute.Parent(
                self.config, [*runs.values()] if self.runners is self.workers else []
            ) as parent,
        ):
            traces = Path(folder, "traces")
            traces.mkdir()
            setting = Setting(parent.address, traces, Path(folder, "walked"))
            tasks = [
                (runs.get(s, self.pages[s]), self.config, replace(d.plan, setting=setting))
                for s, d in todo.items()
            ]
            late = {source for source, page in runs.items() if parent.helps(page)}
            took = {s: d.last.seconds if d.last else 0.0 for s, d in todo.items()}
            tasks.sort(key=lambda task: (task[0].source in late, -took[task[0].source]))
            budget = Budget(self.config.settings.execute.memory * GB) if runs else None
            here = (len(tasks) <= FEW or self.workers.jobs == 1) and not runs
            for batch in [[task] for task in tasks] if alone else [tasks]:
                for page in self.runners.map(make, batch, lost, budget, here=here):
                    self._finish(page, todo[page.source])
                    made.append(page)
        return made

    def _finish(self, made: Made, decision: Decision) -> None:
        """Take what became of a page."""
        page = self.pages[made.source]
        known = self.known[made.source]
        earlier, again = self.reports.get(made.source), False
        if earlier is not None and earlier.status == "ran" and made.status == "reused":
            made = replace(made, status="ran", seconds=earlier.seconds)
            again = True  # it is drawn for the second time in this build
        self.fatal.discard(made.source)
        if made.rendered is None:
            self._fail(made.source, page)
            self.known[made.source] = replace(known, drawn=None)
        else:
            self.kept.discard(made.source)  # it may have failed in an earlier round
            self.rendered.ready[made.source] = made.rendered
            self.known[made.source] = replace(known, drawn=self._drawn(made, decision))
            self._remember(page)
        if not known.liquid:  # what Liquid has filled in cannot be read again
            self.pages[made.source] = page.head
        self.memory.digests.add(made.hashed)
        if made.status == "ran" and made.trace is not None:
            self.ran[made.source] = made.trace
        for name in made.trace.written if made.trace else ():
            self.writers.setdefault(name, set()).add(made.source)
        self._report(made.source, made, made.error, decision.plan.note, again=again)

    def _drawn(self, made: Made, decision: Decision) -> Drawn:
        assert made.rendered is not None
        return Drawn(
            made.key,
            decision.plan.text,
            made.trace.result if made.trace else decision.result,
            made.status,
            digest(made.rendered.ids),
            made.rendered.asked,
            made.measured,
            made.problems,
            made.rendered.facts,
            made.weight,
            made.still,
        )

    def _again(self, made: list[Made]) -> dict[str, Decision]:
        """The pages that must run again: alone, or because others wrote what they had read."""
        again = {
            page.source: self._decide(self.pages[page.source])
            for page in made
            if page.alone and page.error is None
        }
        written = {name for page in made if page.trace for name in page.trace.written}
        if not written or not self.options.execute:
            return again
        for result in made:  # it may have failed for want of what another has written since
            if result.error is not None and _names(result.error, written):
                again[result.source] = self._decide(self.pages[result.source])
        for source, page in self.pages.items():
            if source in self.rendered and source not in again and source not in self.kept:
                decision = self._decide(page)
                if decision.runs and decision.reasons != ASKED:
                    again[source] = decision
        return again

    def _warn_of_rivals(self) -> None:
        """Warn of files that two pages have written in this build: one takes the other's."""
        for name, sources in sorted(self.writers.items()):
            if len(sources) > 1:
                message = f"{' and '.join(sorted(sources))} both write {name}: the last one wins"
                self.problems += (Problem(message, hint="let each write a file of its own"),)

    def _fail(self, source: str, page: Head | None) -> Head | None:
        """Note a failure; where failures are kept, show the last good copy, if there is one."""
        if self.live is not None:
            return self._as_it_was(source)
        last = self.store.get("last", self._last(source), Last)
        meta = page.meta if page else last.head.meta if last else Metadata()
        if (meta.on_error or self.config.settings.on_error) != "keep":
            self.fatal.add(source)
            return None
        if last is None:
            return None
        self.rendered.ready[source] = last.rendered
        self.kept.add(source)
        return last.head

    def _as_it_was(self, source: str) -> Head | None:
        """A page of a preview as it could be read last, if it could ever."""
        assert self.live is not None
        good = self.live.good.get(source) or self.memory.index.pages.get(source)
        rendered = self.memory.rendered(good.drawn) if good and good.drawn else None
        if good is None or rendered is None:
            return None
        self.known[source] = self.live.good[source] = good
        self.rendered.ready[source] = rendered
        self.kept.add(source)
        return good.head

    def _fetch(self, source: str) -> Rendered:
        """A page as it was rendered; if that was damaged, it is rendered again."""
        drawn = self.known[source].drawn
        rendered = self.memory.rendered(drawn) if drawn is not None else None
        if rendered is None:
            decided = self._decide(self.pages[source]).plan
            stands = drawn is not None and drawn.still
            plan = replace(decided, may_run=self.options.execute, still=stands)
            made = make(self._full(self.pages[source]), self.config, plan)
            if made.rendered is None:
                raise LostError(source)
            rendered = made.rendered
        return rendered

    def _remember(self, page: Head) -> None:
        """Where failures are kept, keep the page as it is now for the time when it fails."""
        drawn = self.known[page.source].drawn
        if self.live is not None:
            self.live.good[page.source] = self.known[page.source]
            return
        if (page.meta.on_error or self.config.settings.on_error) != "keep" or drawn is None:
            return
        last = self.store.get("last", self._last(page.source), Last)
        if last is None or last.key != drawn.key:
            last = Last(page.head, drawn.key, self.rendered[page.source])
            self.store.put("last", self._last(page.source), last)

    def _last(self, source: str) -> str:
        return digest("last", self.config.source.as_posix(), source)

    def _report(
        self,
        source: str,
        made: Made | None,
        error: Problem | None,
        note: str = "",
        *,
        again: bool = False,
    ) -> None:
        page = self.pages.get(source)
        found = (page.problems if page else ()) + (made.problems if made else ())
        warnings = _in_order(found)
        status = "kept" if source in self.kept else made.status if made and not error else "failed"
        read_in = {"read": self.seconds[source]} if source in self.seconds else {}
        times = {**read_in, **(made.seconds if made else {})}
        self.reports[source] = PageReport(source, None, status, times, warnings, error, note)
        if not again:
            self.progress.page(self.reports[source])


def _in_order(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Problems by their lines, each once."""
    return tuple(sorted(dict.fromkeys(problems), key=lambda problem: problem.line or 0))


def _names(error: Problem, written: Iterable[str]) -> bool:
    """Whether an error speaks of one of these files."""
    text = f"{error.message} {error.detail or ''}"
    return any(PurePosixPath(name).name in text for name in written)


def _unfilled(page: Page, error: PublishError) -> Page:
    """A page that was only taken for one of Jekyll's: its Liquid stays as text."""
    hint = "say `dialect: myst` in its front matter if it only shows Liquid"
    warning = replace(problem(error), message=f"{error.message}: left as text", hint=hint)
    return replace(page, dialect="myst", problems=(*page.problems, warning))


def _rank(page: Head) -> tuple[bool, str, str]:
    """Posts by date, then pages."""
    return page.meta.date is None, str(page.meta.date or ""), page.source
