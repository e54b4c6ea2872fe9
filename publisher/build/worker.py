"""What is done for one page, in a worker process: reading; then execution and rendering."""

from __future__ import annotations

import multiprocessing
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path

from publisher import execute, liquid, read
from publisher.config import Config
from publisher.errors import PublishError
from publisher.execute import Code, Draft, Results, Setting, Stored, Trace, freeze
from publisher.model import Executed, Head, Page, Problem, Rendered, Status, Weight
from publisher.store import Digests, Stamp, Store, digest

LARGE = 1_000_000  # bytes of a file that is worth remembering across processes


@dataclass(frozen=True)
class Loaded:
    """A page that was read: `liquid` says that it is written in Liquid, `code` is what may run.

    `page` has its cells only where they are cheaper to send than to read again, or asked for soon:
    one that comes with its outputs is read again where it is rendered.
    """

    page: Head
    liquid: bool
    code: Code | None


@dataclass(frozen=True)
class Shown:
    """The result of a run of code cells with these hashes."""

    cells: tuple[str, ...] = ()
    result: str = ""


@dataclass(frozen=True)
class Plan:
    """How a page comes by its outputs: of a run that was, a frozen result, or a run now.

    `text` is the hash of what rendering takes from the page (see `Memory.text`), `note` what else
    is to be said of the page. A preview may show a `draft`, and what is `left` of the last run.
    `still` says that the controls of its widgets are not to move: the site has too many states.
    """

    text: str
    trace: Trace | None = None
    frozen: bool = False
    may_run: bool = False
    setting: Setting = field(default_factory=Setting)
    problems: tuple[Problem, ...] = ()
    note: str = ""
    draft: Draft | None = None
    left: Shown | None = None
    still: bool = False


@dataclass(frozen=True)
class Made:
    """What became of one page: `rendered` and its `key` in the store, or the `error` it ended in.

    `trace` is the run whose result it shows; `alone` says that it must run again by itself.
    `measured` are the files whose size it shows, with their hashes; `hashed` are large files that
    need not be read again. `weight` is that of the states of its widgets.
    """

    source: str
    status: Status
    seconds: dict[str, float]
    rendered: Rendered | None = None
    key: str = ""
    trace: Trace | None = None
    alone: bool = False
    measured: dict[str, str | None] = field(default_factory=dict)
    hashed: dict[str, tuple[Stamp, str]] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()
    error: Problem | None = None
    weight: Weight = field(default_factory=Weight)
    still: bool = False


def load_page(source: str, config: Config, here: bool) -> tuple[str, Loaded | Problem, float]:
    """Read a page: its source, what came of it, and the seconds it took.

    `here` says that it need not be sent to another process.
    """
    started = time.perf_counter()
    try:
        result: Loaded | Problem = _load(source, config, here)
    except PublishError as error:
        result = problem(error)
    except Exception as error:
        result = bug(error, config.shown(config.source / source))
    return source, result, round(time.perf_counter() - started, 4)


def _load(source: str, config: Config, here: bool) -> Loaded:
    page = read.page(source, config)
    written, code = liquid.wanted(page), execute.code_of(page, config)
    soon = written or code is not None or config.jekyll is not None
    whole = here or soon or page.kind == "prose"
    return Loaded(page if whole else page.head, written, code)


def lost_page(source: str, config: Config, here: bool) -> tuple[str, Loaded | Problem, float]:
    """The result of `load_page` if its process was killed."""
    return source, Problem(KILLED, config.shown(config.source / source), hint=MEMORY), 0.0


def make(page: Head, config: Config, plan: Plan) -> Made:
    """Execute a page, or take its stored results; render it, and keep both.

    A page that comes without its cells is read first.
    """
    from publisher.render import render

    seconds: dict[str, float] = {}
    status: Status = "not run"
    shown = config.shown(config.source / page.source)
    _tell(plan.setting.traces)
    try:
        page = page if isinstance(page, Page) else read.page(page.source, config)
        with _timed(seconds, "execute"):
            executed, trace = _execute(page, config, plan)
        status = executed.status
        weight = sum((states.weight for states in executed.states), Weight())
        if plan.still:
            executed = _still(executed, weight, config)
        with _timed(seconds, "render"):
            rendered = render(executed, config, partial(execute.packages, page, config))
            rendered = replace(rendered, notebook=_notebook(executed, config))
    except PublishError as error:
        return Made(page.source, status, seconds, error=problem(error))
    except Exception as error:
        return Made(page.source, status, seconds, error=bug(error, shown))
    key = digest(plan.text, rendered)
    Store(config.store).put("render", key, rendered)
    problems = plan.problems + executed.problems + rendered.problems
    alone = status == "ran" and trace is None
    digests = _digests()
    measured = {path: digests.of(config.source / path) for path in rendered.measured}
    large = {name: entry for name, entry in digests.used.items() if entry[0][2] > LARGE}
    return Made(
        page.source, status, seconds, rendered, key, trace, alone, measured, large, problems,
        weight=weight, still=plan.still,
    )  # fmt: skip


def _still(executed: Executed, weight: Weight, config: Config) -> Executed:
    """A page whose widgets show their first state, and what its author should know of that."""
    notice = Problem(
        f"its controls stand still on the page: with its {weight} the site would have more than "
        "it may",
        config.shown(executed.page.path),
        hint="raise `site_states` or `site_size` under [interact], or bound those of the page",
    )
    return replace(executed, states=(), problems=(*executed.problems, notice))


def _notebook(executed: Executed, config: Config) -> str:
    """The name in the store of a page as an `.ipynb`; empty where readers are offered none."""
    from publisher.render import as_notebook

    page = executed.page
    if (
        not config.settings.downloads
        or page.front.get("downloads") is False
        or page.kind != "notebook"
        or not any(cell.cell_type == "code" for cell in executed.notebook.cells)
    ):
        return ""
    return Store(config.store).put_file(as_notebook(executed))


@cache
def _digests() -> Digests:
    """The hashes that this process has taken, for all its pages: a file may be read by many."""
    return Digests()


@cache
def _tell(traces: Path | None) -> None:
    """Tell the runs of a build what this process reads, lest it be taken for theirs.

    Our own process is meant, which works for one build, not one that calls us.
    """
    if traces is not None and multiprocessing.parent_process() is not None:
        execute.own(traces)


def lost(page: Head, config: Config, plan: Plan) -> Made:
    """The result of `make` if its process was killed."""
    error = Problem(KILLED, config.shown(config.source / page.source), hint=MEMORY)
    return Made(page.source, "not run", {}, error=error)


KILLED = "the process that made this page was killed"
MEMORY = "did the machine run out of memory? try --jobs 1"


def _execute(page: Page, config: Config, plan: Plan) -> tuple[Executed, Trace | None]:
    results = Results(config, Store(config.store), _digests())
    code = execute.code_of(page, config)
    if code is None:
        return execute.unexecuted(page, config, forbidden=False), None
    if plan.frozen:
        executed = execute.restore(page, freeze.load(page.source, config), "frozen")
        if executed is not None:
            return executed, None
    if plan.trace is not None:
        stored = results.load(plan.trace)
        executed = execute.restore(page, stored) if stored is not None else None
        if stored is not None and executed is not None:
            if code.freeze:  # it was not when it ran
                freeze.write(page, code, stored, plan.trace, results)
            return executed, plan.trace
    if plan.left is not None:
        return _live(page, code, plan, results), None
    if not plan.may_run:
        return execute.unexecuted(page, config, forbidden=True), None
    return execute.execute(page, config, plan.setting, results)


def _live(page: Page, code: Code, plan: Plan, results: Results) -> Executed:
    """A page with its draft; cells that it has nothing for show what is left of their last run."""
    drawn: list[tuple[tuple[str, ...], Stored]] = []
    draft = plan.draft
    stored = results.get(draft.result) if draft is not None else None
    if draft is not None and stored is not None:
        cells = (cell if done else "" for cell, done in zip(draft.cells, draft.done, strict=True))
        drawn.append((tuple(cells), stored))
    assert plan.left is not None
    stored = results.get(plan.left.result)
    if stored is not None:
        drawn.append((plan.left.cells, stored))
    return execute.patched(page, code, drawn, "draft" if draft is not None else "not run")


def highlight(code: str, language: str) -> str:
    """Code as HTML."""
    from publisher.render.code import highlight as draw

    return draw(code, language)


def problem(error: PublishError) -> Problem:
    """An error as a value that can be sent and listed."""
    return Problem(error.message, error.path, error.line, error.cell, error.hint, error.detail)


def bug(error: Exception, shown: str) -> Problem:
    """An error of ours: it fails its page, keeps its traceback, and stops no other page."""
    return Problem(
        f"internal error: {type(error).__name__}: {error}",
        shown,
        hint="this is a bug of publish: please report it with the text above",
        detail=traceback.format_exc(),
    )


@contextmanager
def _timed(seconds: dict[str, float], stage: str) -> Iterator[None]:
    started = time.perf_counter()
    try:
        yield
    finally:
        seconds[stage] = round(time.perf_counter() - started, 4)
