"""The states of displayed `interact`s: every position of their controls, and what is shown then.

Runs in the author's kernel, after the last cell and after `hearing`, `controls` and `visiting`, in
the same namespace: the standard library only. Controls are set, as a reader would set them, so
that whatever observes them acts as it does live. What the kernel would tell is heard on its way
out, and nothing of it leaves; in the end all controls are as they were.

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
    from publisher.execute.inside.controls import Control, kind_of
    from publisher.execute.inside.hearing import Capture
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

    def _widget(self, model: str) -> Any:
        found = self.kit.widget_serialization["from_json"](f"IPY_MODEL_{model}", None)
        return None if isinstance(found, str) else found

    def run(self) -> None:
        """Walk, and leave everything as it was."""
        numpy = sys.modules.get("numpy.random")
        states = random.getstate(), numpy.get_state() if numpy else None
        done: set[str] = set()
        try:
            for widget, view in self.views:
                for found in _tree(widget):
                    if isinstance(found, self.kit.interactive) and found.model_id not in done:
                        done |= {found.model_id, found.out.model_id}
                        self._interactive(found, view)
            self._others(done)
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

        Nothing tells which controls an Output widget belongs to: they are moved to see.
        """
        shown = [(w, view) for root, view in self.views for w in _tree(root)]
        outputs = {
            w.model_id: (w, view)
            for w, view in shown
            if isinstance(w, self.kit.Output) and w.model_id not in done
        }
        if not outputs:
            return
        controls = {w.model_id: (w, view) for w, view in shown if kind_of(w, self.kit)}
        moved: dict[str, list[Any]] = {}
        self.clock.begin(self.plan["seconds"])
        for widget, view in controls.values():
            for model in self._touched(Control(widget, self.kit, view["steps"])) & outputs.keys():
                moved.setdefault(model, []).append(widget)
        for model, widgets in moved.items():
            output, view = outputs[model]
            controlling = [Control(widget, self.kit, view["steps"]) for widget in widgets]
            self._group(controlling, [output], view, "", [], own=False)

    def _touched(self, control: Control) -> set[str]:
        """The Output widgets that are written to when a control is moved."""
        here = control.get()
        with self._capture([]) as capture:
            probe = Walk([control], [], capture, self.clock)
            with contextlib.suppress(BoundError):
                for key in control.domain():
                    if key != here:
                        probe.put(0, key)
                        probe.put(0, here)
                        break
        return capture.entered

    def _capture(self, outputs: list[Any]) -> Capture:
        capture = Capture(self.shell.kernel.session)
        for output in outputs:
            capture.contents[output.model_id] = [dict(given) for given in output.outputs]
        return capture

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
            walk = Walk(list(controls), [*outputs, *self._texts()], capture, self.clock)
            start = walk.vector()
            try:
                if own or self._repeats(walk, start):
                    walk.run(bound["states"] if enough else SAMPLES, bound["size"])
                else:
                    trouble = "history"
            except BoundError as error:
                trouble = trouble or str(error)
            spent = self.clock.spent()
            self._restore(walk, controls, start)
        done = max(len(walk.slots) - 1, 1)
        told = {
            "name": name,
            "lacking": lacking,
            "thinned": [control.model for control in controls if control.thinned],
            "total": max(total, done),
            "seconds": spent / done,
            "bytes": walk.size / done,
            "of_page": self._is_of_page(trouble, view),
        }
        if not trouble:
            self.left["states"] -= len(walk.slots)
            self.left["size"] -= walk.size
            found = table(walk, {c.model: key for c, key in zip(controls, start, strict=True)})
            trouble = "" if found else "states"
            told |= found or {}
        self._tell(view, trouble=trouble, **told)

    def _is_of_page(self, trouble: str, view: dict[str, Any]) -> bool:
        """Whether it is a bound of the page that is passed, and not that of the widget."""
        if trouble == "seconds":
            return self.clock.page < self.clock.began + float(view["seconds"])
        return trouble in self.left and bool(self.left[trouble] < view[trouble])

    def _texts(self) -> list[Any]:
        """The displayed texts that observers may change."""
        kinds = tuple(getattr(self.kit, kind) for kind in ("HTML", "HTMLMath", "Label"))
        found = [w for root, _ in self.views for w in _tree(root) if isinstance(w, kinds)]
        return list({w.model_id: w for w in found}.values())

    def _repeats(self, walk: Walk, start: Vector) -> bool:
        """Whether what is shown is the same each time that controls come back."""
        seen = []
        for _ in range(2):
            for key in walk.controls[0].domain():
                if key != start[0]:
                    walk.put(0, key)
                    break
            walk.back(start)
            seen.append(walk.now())
        return seen[0] == seen[1]

    def _restore(self, walk: Walk, controls: list[Control], start: Vector) -> None:
        """All controls as they were, whatever the time."""
        self.clock.late, self.clock.end = False, time.monotonic() + 5
        with contextlib.suppress(BoundError):
            Walk(controls, [], walk.capture, self.clock).back(start)
        self.clock.late = False

    def _tell(self, view: dict[str, Any], **told: Any) -> None:
        if told.get("trouble") is None:
            return
        data = {MIME: {"index": view["index"], **told}, "text/plain": ""}
        self.shell.display_pub.publish(data)


def _tree(widget: Any) -> Iterator[Any]:
    """A widget and those in it, each once."""
    found, open_ = {}, [widget]
    while open_:
        one = open_.pop()
        if one.model_id not in found:
            found[one.model_id] = one
            open_ += reversed(getattr(one, "children", ()))
    return iter(found.values())
