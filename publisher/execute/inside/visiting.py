"""One walk over the values of some controls, within bounds, and the table of what was found.

Runs in the author's kernel, after `hearing`, `controls` and `regions`, in the same namespace: the
standard library only.
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
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.execute.inside.controls import Control, Key
    from publisher.execute.inside.hearing import Capture
    from publisher.execute.inside.regions import shown

SEED = 0
SOME = 5  # states that tell how long others take
SPARSE = 20  # places in the table of states for each of them: dependent controls leave gaps

Vector = tuple[Any, ...]  # a value of each control


class TooLongError(BaseException):
    """A state takes too long."""


class BoundError(Exception):
    """There is more than the author allows: the message says of what."""


class ReorderError(Exception):
    """A control changes what another may be: it has to come before it."""


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

    def check(self, more: float = 0) -> None:
        """`BoundError` if the time is up, or if `more` times what was spent is twice too much."""
        if self.late or time.monotonic() + more * self.spent() / 2 > self.end:
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
    """One walk over the values of some controls, and what `regions` show then.

    `figures` are what some of these have shown at first, by the ids of their models.
    """

    def __init__(
        self,
        controls: list[Any],
        regions: list[Any],
        capture: Capture,
        clock: Clock,
        figures: dict[str, str],
    ) -> None:
        self.controls, self.regions = controls, regions
        self.capture, self.clock = capture, clock
        self.contents: dict[str, int] = {}
        self.last: dict[str, int] = {}
        self.slots: dict[Vector, tuple[int, ...]] = {}
        self.go: dict[Vector, dict[int, Key]] = {}
        self.drives: dict[int, set[int]] = {}
        self.nodes: list[Vector] = []
        self.size = 0
        self.most, self.bytes, self.total = 0, 0, 0
        for model in (str(region.model_id) for region in regions):
            if model in figures:
                self._note(model, figures[model])
        self.first = self.now()

    def run(self, states: int, size: int, total: int = 0) -> None:
        """Visit all states. `BoundError` if there are too many of them or of their bytes.

        If the `total` is known, the walk ends once it is plain that the time will not do.
        """
        self.most, self.bytes, self.total = states, size, total
        start = {control.model: control.get() for control in self.controls}
        for _ in self.controls:
            self.slots, self.go, self.drives, self.nodes = {}, {}, {}, []
            began = tuple(start[control.model] for control in self.controls)
            self.back(began)
            self.slots[began] = self.first  # as the run has left it
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
        model = str(region.model_id)
        changed = self.capture.changed.pop(model, False) or hasattr(region, "msg_id")
        if changed or model not in self.last:  # to draw a figure takes its time
            self._note(model, shown(region, self.capture))
        return self.last[model]

    def _note(self, model: str, text: str) -> None:
        if text not in self.contents:
            self.contents[text] = len(self.contents)
            self.size += len(text)
        self.last[model] = self.contents[text]

    def varies(self, region: int) -> bool:
        """Whether a region does not show the same in all states."""
        return len({shown[region] for shown in self.slots.values()}) > 1

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
        if len(self.slots) > SOME:
            self.clock.check((self.total - len(self.slots)) / len(self.slots))

    def _arrive(self, node: Vector) -> None:
        """Find out what setting a control makes of others, whatever they were."""
        place = len(node) - 1
        for other in sorted(self.drives.get(place, ())):
            for turn in range(2):  # it may have been there already
                self.back(node)
                self.move(place, 0)
                self.move(other, turn)
                parked = self.controls[other].get()
                self.put(place, node[-1])
                arrived = self.controls[other].get()
                if arrived != parked:
                    self.go.setdefault(node, {})[other] = arrived
                    break

    def move(self, place: int, turn: int) -> None:
        """Set a control to another value than it has."""
        here = self.controls[place].get()
        others = [key for key in self.controls[place].domain() if key != here]
        if others:
            self.put(place, others[min(turn, len(others) - 1)])


def table(walk: Walk, starts: dict[str, Key]) -> dict[str, Any] | None:
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
    varied = sorted({0, *(n for n, _ in enumerate(walk.regions) if walk.varies(n))})
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
            for place, (control, own) in enumerate(zip(walk.controls, keys, strict=True))
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


def _ordered(control: Control) -> list[Key]:
    keys = list(control.keys)
    return sorted(keys) if control.kind in ("number", "pair") else keys


def _plain(key: Key) -> Any:
    """A value as JSON: of an option its label."""
    if isinstance(key, tuple) and isinstance(key[0], str):
        return key[0]
    return list(key) if isinstance(key, tuple) else key
