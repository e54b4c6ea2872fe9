"""The states of a page's widgets: what is asked of the kernel, and what it tells."""

from __future__ import annotations

import time
from functools import cache
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Any

from publisher.config import Config
from publisher.execute.bundles import VIEW, storable
from publisher.execute.freeze import WIDGETS
from publisher.execute.kernels import LAUNCH
from publisher.model import Control, Page, States

if TYPE_CHECKING:
    from nbformat import NotebookNode

MIME = "application/vnd.publisher.states+json"
SOURCES = tuple(  # run in one namespace
    f"{name}.py" for name in ("hearing", "controls", "regions", "visiting", "walking")
)
MB = 1_000_000
_OURS = "its controls stand still on the page"
_LATE = f"the states of other pages' widgets took what a build may: {_OURS}"
_LATER = "run it in a build of its own (`--refresh`), or raise `site_seconds` under [interact]"


class Plan:
    """Which widgets are to be walked, and within which bounds.

    `states` are what was found; `notices` are indices of cells with what their author should know
    and do.
    """

    def __init__(self, views: list[dict[str, Any]], config: Config, seconds: float) -> None:
        given = config.settings.interact
        self.seconds = min(given.page_seconds, seconds)
        self.of_site = self.seconds < given.page_seconds
        self.began = time.monotonic()
        self.views = views
        self.calm = {view["index"] for view in views if view["raises"]}
        self.states: list[States] = []
        self.notices: list[tuple[int, str, str]] = []
        plan = {
            "views": views,
            "seconds": self.seconds,
            "states": given.page_states,
            "size": given.page_size * MB,
        }
        place = {"__name__": "publisher.execute.inside.walking"}
        self.code = (
            "(lambda space, sources: ([exec(compile(text, name, 'exec'), space) for name, text in "
            f"sources], space['walk'](get_ipython(), {dumps(plan)!r}), None)[-1])"
            f"({place!r}, {_sources()!r})"
        )

    @classmethod
    def of(
        cls, notebook: NotebookNode, page: Page, config: Config, walked: Path | None = None
    ) -> Plan | None:
        """The plan of a notebook that has run; None if nothing of it is to be walked.

        The file `walked` counts the seconds that other pages of the build took.
        """
        if not config.settings.interact.enabled:
            return None
        views = []
        for index, cell in enumerate(notebook.cells):
            bounds = _bounds(page.notebook.cells[index], config)
            raises = "raises-exception" in cell.metadata.get("tags", [])
            for output in cell.get("outputs", ()) if bounds else ():
                model = output.get("data", {}).get(VIEW, {}).get("model_id")
                if model:
                    view = {"model": model, "index": index, "raises": raises}
                    views.append(view | (bounds or {}))
        plan = cls(views, config, _left(config, walked)) if views else None
        if plan is not None and plan.seconds <= 0 and _may_move(notebook):
            plan.notices.append((views[0]["index"], _LATE, _LATER))
        return plan

    def count(self, walked: Path | None) -> None:
        """Add the seconds since its making to those of the build."""
        if walked is not None:
            with walked.open("a", encoding="ascii") as file:
                file.write(f"{time.monotonic() - self.began:.3f}\n")

    def take(self, message: dict[str, Any]) -> None:
        """Take a message of the kernel, if it tells of states."""
        told = message["content"].get("data", {}).get(MIME)
        if told is None:
            return
        if "slots" in told and any(map(_is_of_widgets, told["contents"])):
            told["trouble"] = "widgets"  # the view that the cell has shown is what there is
        elif "slots" in told:
            controls = tuple(
                Control(c["model"], tuple(c["values"]), c["start"]) for c in told["controls"]
            )
            self.states.append(
                States(
                    controls,
                    tuple(told["regions"]),
                    tuple(map(_without_views, told["contents"])),
                    tuple(map(tuple, told["rows"])),
                    tuple(told["slots"]),
                    told["go"],
                )
            )
        if told["trouble"] == "seconds" and told.get("of_page") and self.of_site:
            told["of_site"] = True
        if told["trouble"] and told.get("still"):  # readers are to know that they call Python
            dead = tuple(Control(model, (), 0) for model in told["still"])
            self.states.append(States(dead, (), (), (), ()))
        self._note_errors(told)
        notice = _notice(told)
        if notice is not None:
            self.notices.append((told["index"], *notice))

    def _note_errors(self, told: dict[str, Any]) -> None:
        """Tell of states that show an error, unless the cell is there for that."""
        errors = {n for n, content in enumerate(told.get("contents", ())) if _error(content)}
        if not errors or told["trouble"] or told["index"] in self.calm:
            return
        bad = {n for n, row in enumerate(told["rows"]) if errors & set(row)}
        count = sum(slot in bad for slot in told["slots"])
        kind = _error(told["contents"][min(errors)])
        self.notices.append(
            (
                told["index"],
                f"{_name(told)} raises {kind} in {count} of its {len(told['slots'])} states: "
                "the page shows that",
                "bound its controls, or tag the cell `raises-exception` if it is meant",
            )
        )

    def stop(self, *, alive: bool) -> None:
        """The kernel has not answered in time, or has died."""
        if alive:
            notice = "the kernel did not finish the states of the page's widgets"
            hint = "say `#| interact: false` in the cell, or raise `page_seconds` under [interact]"
        else:
            notice = f"the kernel died while the page's widgets were moved: {_OURS}"
            hint = "move them in JupyterLab to see why, or say `#| interact: false` in the cell"
        self.notices.append((self.views[0]["index"], notice, hint))


@cache
def _sources() -> list[tuple[str, str]]:
    """What runs in the kernel, sent there as text: its environment may lack this package."""
    return [(name, LAUNCH.with_name(name).read_text(encoding="utf-8")) for name in SOURCES]


def _bounds(cell: NotebookNode, config: Config) -> dict[str, Any] | None:
    """How far the widgets of a cell are walked; None if not at all."""
    given = config.settings.interact
    options = cell.metadata.get("options", {})

    def own(name: str) -> Any:
        return options.get(name, cell.metadata.get(name))

    def number(name: str, default: float) -> float:
        value = own(f"interact-{name}")
        good = isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
        return float(value) if good else default

    if own("interact") is False:
        return None
    return {
        "states": int(number("states", given.states)),
        "steps": max(int(number("steps", given.steps)), 2),
        "seconds": number("seconds", given.seconds),
        "size": number("size", given.size) * MB,
    }


def _left(config: Config, walked: Path | None) -> float:
    """The seconds that are left of those of a build."""
    spent = walked.read_text("ascii").split() if walked is not None and walked.is_file() else ()
    return config.settings.interact.site_seconds - sum(map(float, spent))


def _may_move(notebook: NotebookNode) -> bool:
    """Whether a page's widgets have a place that a function could write to."""
    known = notebook.metadata.get("widgets", {}).get(WIDGETS, {}).get("state", {})
    return any(model.get("model_name") == "OutputModel" for model in known.values())


def _is_of_widgets(content: Any) -> bool:
    """Whether outputs show a widget that has nothing else to show than its name."""
    return not isinstance(content, str) and any(
        VIEW in data and data.keys() <= {VIEW, "text/plain"}
        for data in (output.get("data", {}) for output in content)
    )


def _without_views(content: Any) -> Any:
    """Outputs without the views of widgets that were made in passing, and are no more."""
    for output in content if not isinstance(content, str) else ():
        if "data" in output:
            output["data"] = storable({k: v for k, v in output["data"].items() if k != VIEW})
    return content


def _name(told: dict[str, Any]) -> str:
    return f"interact({told['name']}, …)" if told.get("name") else "the widget"


def _error(content: Any) -> str:
    """The name of the exception that outputs show; empty if they show none."""
    outputs = content if not isinstance(content, str) else ()
    return next((str(out["ename"]) for out in outputs if out["output_type"] == "error"), "")


def _notice(told: dict[str, Any]) -> tuple[str, str] | None:
    """What the author of an `interact` should know, and what to do; None if all is well."""
    name, trouble = _name(told), told["trouble"]
    if trouble in ("states", "seconds", "size"):
        takes = (
            f"{told['total']:,} states × {told['seconds']:.2g} s ≈ "
            f"{_time(told['total'] * told['seconds'])} and {_size(told['total'] * told['bytes'])}"
        )
        allowed = {"states": "states", "seconds": "seconds", "size": "MB"}[trouble]
        bound = (
            "`site_seconds` under [interact]"
            if told.get("of_site")
            else f"`page_{trouble}` under [interact]"
            if told.get("of_page")
            else f"`#| interact-{trouble}: …` in the cell or `{trouble}` under [interact]"
        )
        return (
            f"{name} shows its first state only: all would take {takes}, more {allowed} than "
            "allowed",
            f"raise {bound}, or make the steps of its sliders longer",
        )
    if trouble == "widgets":
        return (
            f"{name} shows widgets, which cannot be made beforehand: {_OURS}",
            "return a figure, a table or text instead of a widget",
        )
    if trouble == "failed":
        return (
            f"the states of the page's widgets cannot be worked out: {told['what']}",
            "move them in JupyterLab to see why, or say `#| interact: false` in the cell",
        )
    if trouble == "field":
        return (
            f"there is no end to the values of a {told['name']}: what it changes by Python "
            f"({told['what']}) stays as it is on the page",
            "use a slider, a list of options or a checkbox, or link the two with `jslink`",
        )
    if trouble == "others":
        return (
            f"a control changes another widget ({told['what']}) by Python, which the page has not: "
            "there it stays as it is",
            "show it in an Output widget, or link the two in the browser with `jslink`",
        )
    if trouble == "nothing":
        return (
            f"{name} shows the same wherever its controls are, as far as a page can tell: {_OURS}",
            "return what it makes, or show it in an Output widget",
        )
    if trouble == "manual":
        return f"{name} runs only when its button is pressed: {_OURS}", "use `interact`"
    if trouble == "history":
        return (
            f"what {name} shows depends on more than where its controls are: {_OURS}",
            "let the output be cleared each time, and depend on the controls alone",
        )
    if told.get("lacking"):
        names = ", ".join(told["lacking"])
        return (
            f"{name}: a control whose values cannot be counted out keeps its own: {names}",
            "use a slider, a list of options or a checkbox",
        )
    return None


def _size(bytes_: float) -> str:
    return f"{bytes_ / MB:.2g} MB" if bytes_ >= MB / 10 else f"{bytes_ / 1000:.2g} KB"


def _time(seconds: float) -> str:
    return f"{seconds / 60:.1f} min" if seconds > 120 else f"{seconds:.2g} s"
