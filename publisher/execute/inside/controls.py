"""Widgets with a finite number of values.

Runs in the author's kernel: the standard library only.
"""

from __future__ import annotations

import math
from typing import Any

Key = Any  # a value of a control: a number, a pair, a label with its occurrence, a truth


class Control:
    """A widget with a finite number of values, which are known by `Key`s."""

    def __init__(self, widget: Any, kit: Any, steps: int) -> None:
        self.widget, self.steps = widget, steps
        self.kind = kind_of(widget, kit)
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
        exact = self.kind == "truth" or hasattr(self.widget, "base")
        return value if exact else _number(value)

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


class Field:
    """A widget with no end to its values: one other than it has will do to see what it changes."""

    def __init__(self, widget: Any) -> None:
        self.widget = widget
        value = widget.value
        self.values = [value, f"{value} " if isinstance(value, str) else value + 1]

    @property
    def model(self) -> str:
        """Its id."""
        return str(self.widget.model_id)

    def get(self) -> Any:
        """Its value."""
        return self.widget.value

    def set(self, value: Any) -> None:
        """Give it a value."""
        self.widget.value = value

    def domain(self) -> list[Any]:
        """The value that it has, and another."""
        return self.values


def is_field(widget: Any, kit: Any) -> bool:
    """Whether readers write into a widget, what and as long as they like."""
    kinds = tuple(getattr(kit, name) for name in "Text Textarea IntText FloatText".split())
    return isinstance(widget, kinds) and not kind_of(widget, kit)


def kind_of(widget: Any, kit: Any) -> str:
    """`choice`, `truth`, `number` or `pair`; empty if it has no finite number of values."""
    kinds = {
        "choice": "Dropdown Select RadioButtons ToggleButtons SelectionSlider",
        "truth": "Checkbox ToggleButton",
        "number": "IntSlider BoundedIntText Play FloatSlider FloatLogSlider BoundedFloatText",
        "pair": "IntRangeSlider FloatRangeSlider",
    }
    for kind, names in kinds.items():  # noqa: B007 (it is what is looked for)
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
    return [base**n if base else _number(n) for n in found]


def _number(value: Any) -> Any:
    """A number without the dust of binary fractions."""
    if isinstance(value, int):
        return value
    value = float(value)
    return float(f"{value:.12g}") if math.isfinite(value) else value
