"""The states of displayed `interact`s: every position of their controls, and what is shown then.

Runs in the author's kernel, after the last cell: the standard library only. Controls are set, as a
reader would set them, so that whatever observes them acts as it does live. What the kernel would
tell is heard on its way out, and nothing of it leaves; in the end all controls are as they were.

One message of the type `MIME` for each `interact`: its states, or the `trouble` that it has.
"""

from __future__ import annotations

import contextlib
import json
import math
import random
import signal
import sys
import threading
import time
from collections.abc import Iterator
from typing import Any

MIME = "application/vnd.publisher.states+json"
SAMPLES = 5  # states that tell what too many would take
SHOWN = ("stream", "display_data", "execute_result", "error")
HEARD = (*SHOWN, "update_display_data", "clear_output", "comm_open", "comm_msg", "comm_close")
SEED = 0
SPARSE = 20  # places in the table of states for each of them: dependent controls leave gaps

Key = Any  # a value of a control: a number, a pair, a label with its occurrence, a truth
Vector = tuple[Key, ...]


def walk(shell: Any, plan: str) -> None:
    """Walk the displayed widgets that `plan` names; tell what was found."""
    kit = sys.modules.get("ipywidgets")
    if kit is not None:
        Walker(shell, kit, json.loads(plan)).run()


class TooLongError(BaseException):
    """A state takes too long."""


class BoundError(Exception):
    """There is more than the author allows: the message says of what."""


class ReorderError(Exception):
    """A control changes what another may be: it has to come before it."""


class Capture:
    """Hears what the kernel tells, and keeps what each Output widget shows.

    As a front end does: https://github.com/jupyter-widgets/ipywidgets (`output.ts`).
    """

    def __init__(self, session: Any) -> None:
        self.session = session
        self.contents: dict[str, list[dict[str, Any]]] = {}
        self.clearing: set[str] = set()
        self.stack: list[str] = []
        self.entered: set[str] = set()

    def __enter__(self) -> Capture:
        self._flush()
        self.send = self.session.send
        self.session.send = self._hear
        return self

    def __exit__(self, *error: object) -> None:
        self._flush()
        del self.session.send

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()

    def _hear(
        self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **more: Any
    ) -> Any:
        whole = isinstance(msg_or_type, dict)
        kind = msg_or_type["header"]["msg_type"] if whole else msg_or_type
        if kind not in HEARD:
            return self.send(stream, msg_or_type, content, *args, **more)
        self._take(kind, msg_or_type["content"] if whole else content)
        return msg_or_type if whole else {}

    def _take(self, kind: str, content: dict[str, Any]) -> None:
        if kind.startswith("comm"):
            self._comm(content.get("comm_id", ""), content.get("data", {}).get("state") or {})
        elif kind == "update_display_data":
            self._update(content)
        elif self.stack:
            model = self.stack[-1]
            if kind == "clear_output" and content.get("wait"):
                self.clearing.add(model)
            elif kind == "clear_output":
                self.contents[model] = []
            else:
                if model in self.clearing:
                    self.clearing.discard(model)
                    self.contents[model] = []
                self._append(self.contents.setdefault(model, []), kind, content)

    def _comm(self, model: str, state: dict[str, Any]) -> None:
        """An Output widget begins or ends to catch outputs, or was given some."""
        if state.get("msg_id"):
            self.stack.append(model)
            self.entered.add(model)
        elif "msg_id" in state and model in self.stack:
            self.stack.reverse()
            self.stack.remove(model)
            self.stack.reverse()
        if "outputs" in state:
            self.entered.add(model)
            self.contents[model] = [dict(output) for output in state["outputs"]]

    def _append(self, shown: list[dict[str, Any]], kind: str, content: dict[str, Any]) -> None:
        if kind == "stream":
            _write(shown, content["name"], content["text"])
            return
        keys = {"error": ("ename", "evalue", "traceback")}.get(kind, ("data", "metadata"))
        output = {"output_type": kind, **{key: content[key] for key in keys}}
        if kind == "execute_result":
            output["execution_count"] = None
        display_id = (content.get("transient") or {}).get("display_id")
        shown.append(output | ({"id": display_id} if display_id else {}))

    def _update(self, content: dict[str, Any]) -> None:
        display_id = (content.get("transient") or {}).get("display_id")
        for outputs in self.contents.values():
            for output in outputs:
                if display_id and output.get("id") == display_id:
                    output.update(data=content["data"], metadata=content["metadata"])

    def shown(self, model: str) -> str:
        """What an Output widget shows, as JSON."""
        shown = [] if model in self.clearing else self.contents.get(model, [])
        plain = [{k: v for k, v in output.items() if k != "id"} for output in shown]
        return json.dumps(plain, sort_keys=True)


def _write(shown: list[dict[str, Any]], name: str, text: str) -> None:
    """Add to a stream; of two that stand together stdout comes first: their order is chance."""
    start = len(shown)
    while start and shown[start - 1]["output_type"] == "stream":
        start -= 1
    for output in shown[start:]:
        if output["name"] == name:
            output["text"] += text
            return
    stream = {"output_type": "stream", "name": name, "text": text}
    shown.insert(start if name == "stdout" else len(shown), stream)


class Control:
    """A widget with a finite number of values, which are known by `Key`s."""

    def __init__(self, widget: Any, kit: Any, steps: int) -> None:
        self.widget, self.steps = widget, steps
        self.kind = _kind(widget, kit)
        self.keys: dict[Key, None] = {}
        self.thinned = False
        self.first: Key = self.get() if self.kind else None

    @property
    def model(self) -> str:
        """Its id."""
        return str(self.widget.model_id)

    def get(self) -> Key:
        """Its value."""
        if self.kind == "choice":
            index = self.widget.index
            return None if index is None else self._labels()[index]
        value = self.widget.value
        if self.kind == "pair":
            return tuple(_number(v) for v in value)
        return value if self.kind == "truth" else _number(value)

    def set(self, key: Key) -> None:
        """Give it a value, as a reader does."""
        if self.kind == "choice":
            self.widget.index = None if key is None else self._labels().index(key)
        else:
            self.widget.value = key

    def range(self) -> Any:
        """What its values depend on, to be compared."""
        if self.kind == "choice":
            return tuple(self._labels())
        return tuple(getattr(self.widget, name, None) for name in ("min", "max", "step", "base"))

    def domain(self) -> list[Key]:
        """The values that it may have now, those of a long one evenly thinned."""
        here = self.get()
        keys: list[Key]
        if self.kind == "choice":
            keys = ([None] if here is None or None in self.keys else []) + self._labels()
        elif self.kind == "truth":
            keys = [False, True]
        elif self.kind == "pair":
            ends = self._thin(_numbers(self.widget), here)
            keys = [(a, b) for a in ends for b in ends if a <= b]
        else:
            keys = self._thin(_numbers(self.widget), (here, self.first))
        self.keys.update(dict.fromkeys(keys))
        return keys

    def _thin(self, numbers: list[Any], kept: tuple[Any, ...]) -> list[Any]:
        most = self.steps
        if self.kind == "pair":
            most = max(3, math.isqrt(2 * most))
        if len(numbers) > most:
            self.thinned = True
            last = len(numbers) - 1
            numbers = [numbers[round(n * last / (most - 1))] for n in range(most)]
        ends = (numbers[0], numbers[-1]) if numbers else (0, 0)
        return sorted({*numbers, *(n for n in kept if ends[0] <= n <= ends[1])})

    def _labels(self) -> list[Key]:
        """Its options, equal ones told apart."""
        counts: dict[str, int] = {}
        found = []
        for label in self.widget.get_state("_options_labels")["_options_labels"]:
            counts[label] = counts.get(label, 0) + 1
            found.append((str(label), counts[label]))
        return found


def _kind(widget: Any, kit: Any) -> str:
    """`choice`, `truth`, `number` or `pair`; empty if it has no finite number of values."""
    kinds = {
        "choice": "Dropdown Select RadioButtons ToggleButtons SelectionSlider",
        "truth": "Checkbox ToggleButton",
        "number": "IntSlider BoundedIntText Play FloatSlider FloatLogSlider BoundedFloatText",
        "pair": "IntRangeSlider FloatRangeSlider",
    }
    for kind, names in kinds.items():
        if isinstance(widget, tuple(getattr(kit, n) for n in names.split() if hasattr(kit, n))):
            break
    else:
        return ""
    if kind in ("number", "pair") and not _numbers(widget):
        return ""
    return kind


def _numbers(widget: Any) -> list[Any]:
    """The numbers that a slider stops at; none if there is no end to them."""
    low, high, step = widget.min, widget.max, widget.step
    if not step or step < 0 or not all(map(math.isfinite, (low, high, step))) or high < low:
        return []
    count = math.floor((high - low) / step + 1e-9) + 1
    if count > 1_000_000:
        return []
    base = getattr(widget, "base", None)
    found = [low + n * step for n in range(count)]
    return [_number(base**n if base else n) for n in found]


def _number(value: Any) -> Any:
    """A number without the dust of binary fractions."""
    if isinstance(value, int):
        return value
    value = float(value)
    return float(f"{value:.12g}") if math.isfinite(value) else value


class Clock:
    """Bounds of time: for a state, an `interact` and the page, in seconds."""

    def __init__(self, page: float) -> None:
        self.page = time.monotonic() + page
        self.late = False
        self.timed = hasattr(signal, "setitimer")
        self.timed &= threading.current_thread() is threading.main_thread()

    def begin(self, seconds: float) -> None:
        """An `interact` begins."""
        self.began = time.monotonic()
        self.end = min(self.began + seconds, self.page)

    def spent(self) -> float:
        """Seconds since then."""
        return time.monotonic() - self.began

    def check(self) -> None:
        """`BoundError` if the time is up."""
        if self.late or time.monotonic() > self.end:
            raise BoundError("seconds")

    @contextlib.contextmanager
    def state(self) -> Iterator[None]:
        """Interrupt what is done here when the time is up."""
        if not self.timed:
            yield
            return
        before = signal.signal(signal.SIGALRM, self._ring)
        signal.setitimer(signal.ITIMER_REAL, max(self.end - time.monotonic(), 0.01))
        try:
            yield
        except TooLongError:
            pass
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _ring(self, number: int, frame: object) -> None:
        self.late = True
        raise TooLongError


class Walk:
    """One walk over the values of some controls, and what `regions` show then."""

    def __init__(
        self, controls: list[Control], regions: list[Any], capture: Capture, clock: Clock
    ) -> None:
        self.controls, self.regions = controls, regions
        self.capture, self.clock = capture, clock
        self.contents: dict[str, int] = {}
        self.slots: dict[Vector, tuple[int, ...]] = {}
        self.go: dict[Vector, dict[int, Key]] = {}
        self.drives: dict[int, set[int]] = {}
        self.nodes: list[Vector] = []
        self.size = 0
        self.most, self.bytes = 0, 0

    def run(self, states: int, size: int) -> None:
        """Visit all states. `BoundError` if there are too many of them or of their bytes."""
        self.most, self.bytes = states, size
        start = {control.model: control.get() for control in self.controls}
        first = self.now()
        for _ in self.controls:
            self.slots, self.go, self.drives, self.nodes = {}, {}, {}, []
            began = tuple(start[control.model] for control in self.controls)
            self.back(began)
            self.slots[began] = first  # as the run has left it
            try:
                self._visit(())
                break
            except ReorderError:
                continue
        for node in list(self.nodes) if self.drives else ():
            self._arrive(node)

    def vector(self) -> Vector:
        """The values of all controls."""
        return tuple(control.get() for control in self.controls)

    def now(self) -> tuple[int, ...]:
        """What the regions show now."""
        return tuple(self._content(region) for region in self.regions)

    def _content(self, region: Any) -> int:
        if hasattr(region, "msg_id"):
            text = self.capture.shown(str(region.model_id))
        else:
            text = json.dumps(str(region.value))
        if text not in self.contents:
            self.contents[text] = len(self.contents)
            self.size += len(text)
        return self.contents[text]

    def put(self, place: int, key: Key) -> None:
        """Set a control, the random numbers that follow being always the same."""
        random.seed(SEED)
        numpy = sys.modules.get("numpy.random")
        if numpy is not None:
            numpy.seed(SEED)
        with self.clock.state(), contextlib.suppress(Exception):  # an observer's: shown nowhere
            self.controls[place].set(key)
        self.clock.check()

    def back(self, vector: Vector) -> None:
        """Set controls to these values, as far as they let themselves be set together."""
        for _ in range(2):
            for place, key in enumerate(vector):
                control = self.controls[place]
                if control.get() != key and key in control.domain():
                    self.put(place, key)

    def _visit(self, prefix: Vector) -> None:
        place = len(prefix)
        control = self.controls[place]
        here, keys = control.get(), control.domain()
        for key in sorted(keys, key=lambda key: key != here):  # what it has now comes first
            if self.vector()[:place] != prefix:
                self.back(prefix)
            node = (*prefix, key)
            if not self._step(place, node):
                continue
            self.nodes.append(node)
            if len(node) == len(self.controls):
                self._keep(node)
            else:
                self._visit(node)

    def _step(self, place: int, node: Vector) -> bool:
        """Set one control; whether the ones before it have stayed what they were."""
        before, ranges = self.vector(), [control.range() for control in self.controls]
        if before[place] != node[-1]:
            self.put(place, node[-1])
        after = self.vector()
        for other, control in enumerate(self.controls):
            if other < place and control.range() != ranges[other]:
                self.controls.insert(other, self.controls.pop(place))
                raise ReorderError
            if other != place and after[other] != before[other]:
                if other < place:
                    self.go.setdefault(node, {})[other] = after[other]
                elif not self._clamped(other, before[other], ranges[other]):
                    self.drives.setdefault(place, set()).add(other)
        if after[: place + 1] == node:
            return True
        if len(node) == len(self.controls):
            self._keep(after)
        return False

    def _clamped(self, place: int, before: Key, was: Any) -> bool:
        """Whether a number changed only because its range did."""
        control = self.controls[place]
        inside = before in control.domain()
        return control.kind == "number" and control.range() != was and not inside

    def _keep(self, node: Vector) -> None:
        self.slots.setdefault(node, self.now())
        if len(self.slots) > self.most:
            raise BoundError("states")
        if self.size > self.bytes:
            raise BoundError("size")

    def _arrive(self, node: Vector) -> None:
        """Find out what setting a control makes of others, whatever they were."""
        place = len(node) - 1
        for other in sorted(self.drives.get(place, ())):
            for turn in range(2):  # it may have been there already
                self.back(node)
                self._move(place, 0)
                self._move(other, turn)
                parked = self.controls[other].get()
                self.put(place, node[-1])
                arrived = self.controls[other].get()
                if arrived != parked:
                    self.go.setdefault(node, {})[other] = arrived
                    break

    def _move(self, place: int, turn: int) -> None:
        """Set a control to another value than it has."""
        here = self.controls[place].get()
        others = [key for key in self.controls[place].domain() if key != here]
        if others:
            self.put(place, others[min(turn, len(others) - 1)])


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
        controls = {w.model_id: (w, view) for w, view in shown if _kind(w, self.kit)}
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
        }
        if not trouble:
            self.left["states"] -= len(walk.slots)
            self.left["size"] -= walk.size
            table = _table(walk, {c.model: key for c, key in zip(controls, start)})
            trouble = "" if table else "states"
            told |= table or {}
        self._tell(view, trouble=trouble, **told)

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


def _table(walk: Walk, starts: dict[str, Key]) -> dict[str, Any] | None:
    """The states by mixed radix of the positions of the controls; None if the table is too large.

    A position is that of a value among all that the control ever has.
    """
    keys = [_ordered(control) for control in walk.controls]
    size = math.prod(map(len, keys))
    if size > SPARSE * max(len(walk.slots), 50):
        return None
    at = [{key: number for number, key in enumerate(own)} for own in keys]

    def nearest(place: int, key: Key) -> int:
        if key in at[place]:
            return at[place][key]
        if not isinstance(key, (int, float)):
            return 0
        return min(range(len(keys[place])), key=lambda n: abs(keys[place][n] - key))

    rows: dict[tuple[int, ...], int] = {}
    slots = [-1] * size
    varied = [n for n, _ in enumerate(walk.regions) if _varies(walk, n)]
    varied = sorted({0, *varied})
    for node, shown in walk.slots.items():
        number = 0
        for place, key in enumerate(node):
            number = number * len(keys[place]) + nearest(place, key)
        row = tuple(shown[n] for n in varied)
        slots[number] = rows.setdefault(row, len(rows))
    used = sorted({content for row in rows for content in row})
    texts = list(walk.contents)
    return {
        "controls": [
            {
                "model": control.model,
                "values": [_plain(key) for key in own],
                "start": nearest(place, starts[control.model]),
            }
            for place, (control, own) in enumerate(zip(walk.controls, keys))
        ],
        "regions": [str(walk.regions[n].model_id) for n in varied],
        "contents": [json.loads(texts[n]) for n in used],
        "rows": [[used.index(content) for content in row] for row in rows],
        "slots": slots,
        "go": {
            f"{len(node) - 1}:" + ",".join(str(nearest(p, key)) for p, key in enumerate(node)): {
                str(other): nearest(other, key) for other, key in moved.items()
            }
            for node, moved in walk.go.items()
        },
    }


def _varies(walk: Walk, region: int) -> bool:
    return len({shown[region] for shown in walk.slots.values()}) > 1


def _ordered(control: Control) -> list[Key]:
    keys = list(control.keys)
    return sorted(keys) if control.kind in ("number", "pair") else keys


def _plain(key: Key) -> Any:
    """A value as JSON: of an option its label."""
    if isinstance(key, tuple) and isinstance(key[0], str):
        return key[0]
    return list(key) if isinstance(key, tuple) else key
