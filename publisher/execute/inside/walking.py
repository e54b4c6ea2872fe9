"""The states of displayed `interact`s: every position of their controls, and what is shown then.

Runs in the author's kernel, after the last cell and after `hearing`, `controls`, `regions` and
`visiting`, in the same namespace: the standard library only. Controls are set, as a reader would
set them, so that whatever observes them acts as it does live. What the kernel would tell is heard
on its way out, and nothing of it leaves; in the end all controls are as they were.

One message of the type `MIME` for each `interact`: its states, or the `trouble` that it has.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.execute.inside.controls import Control, Field, is_field, kind_of
    from publisher.execute.inside.hearing import Capture
    from publisher.execute.inside.regions import is_region, shown
    from publisher.execute.inside.visiting import BoundError, Clock, Vector, Walk, table

MIME = "application/vnd.publisher.states+json"
SAMPLES = 5  # states that tell what too many would take


def walk(shell: Any, plan: str) -> None:
    """Walk the displayed widgets that `plan` names; tell what was found."""
    kit = sys.modules.get("ipywidgets")
    if kit is not None:
        Walker(shell, kit, json.loads(plan)).run()


class Walker:
    """Finds what can be walked among the displayed widgets, and tells the states of each."""

    def __init__(self, shell: Any, kit: Any, plan: dict[str, Any]) -> None:
        self.shell, self.kit, self.plan = shell, kit, plan
        self.views = [(self._widget(view["model"]), view) for view in plan["views"]]
        self.views = [(widget, view) for widget, view in self.views if widget is not None]
        self.clock = Clock(plan["seconds"])
        self.left = {"states": plan["states"], "size": plan["size"]}
        self.figures: dict[str, str] = {}  # by the ids of their models
        self.taken: dict[str, set[str]] = {}  # regions that a table has, with its controls
        self.told: set[str] = set()  # widgets that controls change by Python
        self.claimed: set[str] = set()  # controls of functions

    def _widget(self, model: str) -> Any:
        found = self.kit.widget_serialization["from_json"](f"IPY_MODEL_{model}", None)
        return None if isinstance(found, str) else found

    def run(self) -> None:
        """Walk, and leave everything as it was."""
        numpy = sys.modules.get("numpy.random")
        states = random.getstate(), numpy.get_state() if numpy else None
        done: set[str] = set()
        try:
            self.figures = self._drawn()
            for widget, view in self.views:
                for found in _tree(widget):
                    if isinstance(found, self.kit.interactive) and found.model_id not in done:
                        done |= {found.model_id, found.out.model_id}
                        self._interactive(found, view)
            self._others(done)
        except Exception as error:  # of a widget of another package
            what = f"{type(error).__name__}: {error}"
            self._tell(self.views[0][1], trouble="failed", what=what)
        finally:
            random.setstate(states[0])
            if numpy:
                numpy.set_state(states[1])

    def _interactive(self, widget: Any, view: dict[str, Any]) -> None:
        """Walk one that `interact` or `interactive` made."""
        controls, lacking = [], []
        for own in widget.kwargs_widgets:
            if isinstance(own, self.kit.fixed):
                continue
            control = Control(own, self.kit, view["steps"])
            self.claimed.add(own.model_id)
            if control.kind:
                controls.append(control)
            else:
                lacking.append(f"{own.description or own._kwarg} ({type(own).__name__})")
        name = getattr(widget.f, "__name__", "")
        if widget.manual:
            self._tell(view, name=name, trouble="manual")
        elif not controls:
            self._tell(view, name=name, lacking=lacking, trouble="infinite" if lacking else "")
        else:
            self._group(controls, [widget.out], view, name, lacking, own=True)

    def _others(self, done: set[str]) -> None:
        """Walk what `interactive_output` made, or an author's own observers.

        Nothing tells which controls an Output widget or a text belongs to: they are moved to see.
        """
        shown = {w.model_id: (w, view) for root, view in self.views for w in _tree(root)}
        free = [
            m for m, (w, _) in shown.items() if isinstance(w, self.kit.Output) and m not in done
        ]
        controls = {
            model: one
            for model, one in shown.items()
            if kind_of(one[0], self.kit) and (free or model not in self.claimed)
        }
        moved: dict[str, list[Any]] = {}
        self.clock.begin(self.plan["seconds"])
        for widget, view in controls.values() if len(shown) > len(controls) else ():
            for model in self._touched(Control(widget, self.kit, view["steps"])):
                if model in shown and model not in done:
                    moved.setdefault(model, []).append(widget)
        outputs = [m for m in moved if isinstance(shown[m][0], self.kit.Output)]
        texts = [m for m in moved if is_region(shown[m][0], self.kit)]
        for model in (*outputs, *texts):
            if model not in self.taken:
                region, view = shown[model]
                controlling = [Control(w, self.kit, view["steps"]) for w in moved[model]]
                self._group(controlling, [region], view, "", [], own=False)
        for model in moved:
            widget, view = shown[model]
            if model not in (*outputs, *texts, *self.told) and not kind_of(widget, self.kit):
                still = [mover.model_id for mover in moved[model]]
                what = type(widget).__name__
                self._tell(view, name="", what=what, trouble="others", still=still)
        self._fields(shown)

    def _fields(self, shown: dict[str, tuple[Any, dict[str, Any]]]) -> None:
        """Tell of fields that readers write into, and that Python would heed."""
        for model, (widget, view) in shown.items():
            if model not in self.claimed and is_field(widget, self.kit):
                changed = [m for m in self._touched(Field(widget)) if m in shown]
                if changed:
                    self._tell(
                        view,
                        name=type(widget).__name__,
                        what=type(shown[changed[0]][0]).__name__,
                        trouble="field",
                        still=[model],
                    )

    def _touched(self, control: Control | Field) -> list[str]:
        """The widgets that are written to when a control is moved."""
        here, kept = control.get(), _values(self._regions())
        with self._capture([]) as capture:
            probe = Walk([control], [], capture, self.clock, {})
            with contextlib.suppress(BoundError):
                for key in control.domain():
                    if key != here:
                        probe.put(0, key)
                        probe.put(0, here)
                        break
            changed = [m for m in capture.changed if m != control.model]
            _put_back(kept)
        return list(dict.fromkeys((*sorted(capture.entered), *changed)))

    def _capture(self, outputs: list[Any]) -> Capture:
        capture = Capture(self.shell.kernel.session)
        for output in outputs:
            if hasattr(output, "outputs"):
                capture.contents[output.model_id] = [dict(given) for given in output.outputs]
        return capture

    def _drawn(self) -> dict[str, str]:
        """What figures show before any control is moved, as the page does: nothing puts them back.

        Figures are drawn only where something can move them.
        """
        widgets = [w for root, _ in self.views for w in _tree(root)]
        if not any(kind_of(widget, self.kit) for widget in widgets):
            return {}
        with self._capture([]) as capture:
            figures = [region for region in self._regions() if not hasattr(region, "value")]
            return {str(figure.model_id): shown(figure, capture) for figure in figures}

    def _group(
        self,
        controls: list[Control],
        outputs: list[Any],
        view: dict[str, Any],
        name: str,
        lacking: list[str],
        own: bool,
    ) -> None:
        """Walk some controls and tell their states, or what they would take."""
        total = math.prod(len(control.domain()) for control in controls)
        bound = {key: min(view[key], self.left[key]) for key in ("states", "size")}
        enough = total <= bound["states"]
        self.clock.begin(view["seconds"])
        trouble = "" if enough else "states"
        with self._capture(outputs) as capture:
            regions = self._regions()
            kept = _values(regions)
            more = [region for region in regions if region not in outputs]
            walk = Walk(list(controls), [*outputs, *more], capture, self.clock, self.figures)
            start = walk.vector()
            most = bound["states"] if enough else SAMPLES, bound["size"], total if enough else 0
            try:
                trouble = self._visit(walk, list(controls), start, own, most) or trouble
            except BoundError as error:
                trouble = trouble or str(error)
            spent = self.clock.spent()
            changed = set(capture.changed)
            self._restore(walk, controls, start)
            _put_back(kept)
        self._tell_others(walk, changed, view)
        done = max(len(walk.slots) - 1, 1)
        told = {
            "name": name,
            "lacking": lacking,
            "thinned": [control.model for control in controls if control.thinned],
            "total": max(total, done),
            "seconds": spent / done,
            "bytes": walk.size / done,
            "of_page": self._is_of_page(trouble, view),
            "still": [] if own else [control.model for control in controls],
        }
        moves = walk.go or any(map(walk.varies, range(len(walk.regions))))
        trouble = trouble or ("" if moves or len(walk.slots) < 2 else "nothing")
        if not trouble:
            self.left["states"] -= len(walk.slots)
            self.left["size"] -= walk.size
            found = table(walk, {c.model: key for c, key in zip(controls, start, strict=True)})
            trouble = "" if found else "states"
            told |= found or {}
            moved = {control.model for control in controls}
            self.taken |= dict.fromkeys((found or {}).get("regions", ()), moved)
        self._tell(view, trouble=trouble, **told)

    def _visit(
        self,
        walk: Walk,
        controls: list[Control],
        start: Vector,
        own: bool,
        most: tuple[int, int, int],
    ) -> str:
        """Visit all states; `history` if what is shown depends on more than the controls.

        What a function prints is its own affair; what it writes elsewhere is not.
        """
        if not own and not self._repeats(walk, start):
            return "history"
        walk.run(*most)
        others = [region for n, region in enumerate(walk.regions) if n and walk.varies(n)]
        written = Walk(controls, others, walk.capture, self.clock, {})
        return "history" if own and others and not self._repeats(written, start) else ""

    def _tell_others(self, walk: Walk, changed: set[str], view: dict[str, Any]) -> None:
        """Tell of displayed widgets that these controls changed and no table of theirs has."""
        moved = {control.model for control in walk.controls}
        own = moved | {str(region.model_id) for region in walk.regions}
        own |= {region for region, controls in self.taken.items() if controls & moved}
        for root, _ in self.views:
            for other in _tree(root):
                model = other.model_id
                caught = isinstance(other, self.kit.Output)  # it is walked by itself
                if model in changed - own - self.told and not caught:
                    self.told.add(model)
                    self._tell(view, name="", what=type(other).__name__, trouble="others")

    def _is_of_page(self, trouble: str, view: dict[str, Any]) -> bool:
        """Whether it is a bound of the page that is passed, and not that of the widget."""
        if trouble == "seconds":
            return self.clock.page < self.clock.began + float(view["seconds"])
        return trouble in self.left and bool(self.left[trouble] < view[trouble])

    def _regions(self) -> list[Any]:
        """The displayed texts and pictures that observers may change."""
        found = {w.model_id: w for root, _ in self.views for w in _tree(root)}
        regions = {m: w for m, w in found.items() if is_region(w, self.kit)}
        return [widget for model, widget in regions.items() if model not in self.taken]

    def _repeats(self, walk: Walk, start: Vector) -> bool:
        """Whether what is shown is the same whenever, and in whatever order, controls get there."""
        seen: dict[Vector, tuple[int, ...]] = {}
        places = range(len(walk.controls))
        for order in (places, places[::-1]):
            for place in order:
                walk.move(place, 0)
            there = walk.vector(), walk.now()
            walk.back(start)
            for vector, now in (there, (walk.vector(), walk.now())):
                if seen.setdefault(vector, now) != now:
                    return False
        return True

    def _restore(self, walk: Walk, controls: list[Control], start: Vector) -> None:
        """All controls as they were, whatever the time."""
        self.clock.late, self.clock.end = False, time.monotonic() + 5
        with contextlib.suppress(BoundError):
            Walk(controls, [], walk.capture, self.clock, {}).back(start)
        self.clock.late = False

    def _tell(self, view: dict[str, Any], **told: Any) -> None:
        if told.get("trouble") is None:
            return
        data = {MIME: {"index": view["index"], **told}, "text/plain": ""}
        self.shell.display_pub.publish(data)


def _values(regions: list[Any]) -> dict[Any, Any]:
    """The values of those that have one; figures are put back with the controls that moved them."""
    return {region: region.value for region in regions if hasattr(region, "value")}


def _put_back(kept: dict[Any, Any]) -> None:
    """Let regions be what they were; what observes them is not the page's."""
    for region, value in kept.items():
        if region.value != value:
            with contextlib.suppress(Exception):
                region.value = value


def _tree(widget: Any) -> Iterator[Any]:
    """A widget and those in it, each once."""
    found, open_ = {}, [widget]
    while open_:
        one = open_.pop()
        if one.model_id not in found:
            found[one.model_id] = one
            open_ += reversed(getattr(one, "children", ()))
    return iter(found.values())
