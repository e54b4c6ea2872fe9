"""Widgets whose states are known: native controls, and what they show, moved by a small script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from html import escape
from typing import Any

from nbformat import NotebookNode

from publisher.model import Control, States
from publisher.render import controls
from publisher.render.links import Addresses
from publisher.render.live import as_json
from publisher.render.widgets.fallback import EndlessError, Fallback
from publisher.render.widgets.state import REFERENCE, VIEW, Model, Saved

Draw = Callable[[NotebookNode], NotebookNode | None]
MAX_LINKED = 10_000  # positions of a control that is only linked
_CHOICES = ("Dropdown", "Select", "RadioButtons", "ToggleButtons", "SelectionSlider")
_IMAGES = ("image/svg+xml", "image/png", "image/jpeg", "image/gif", "image/webp")


class Interacts:
    """The widgets of a page whose states are known, which of them are drawn already."""

    def __init__(self, states: Sequence[States], saved: Saved | None) -> None:
        self.saved = saved
        known = saved.models if saved is not None else {}
        self.groups = [s for s in states if _is_whole(s) and all(m in known for m in _models(s))]
        self.dead = {c.model for s in states if not s.slots for c in s.controls}
        links = list(self._links()) if self.groups else []
        for ends in links:
            self._take_linked(ends)
        self.links = [ends for ends in links if all(end in self.controls for end in ends[:2])]
        self.told: set[int] = set()
        self.drawn = 0  # controls

    @property
    def controls(self) -> dict[str, Control]:
        """All controls by the ids of their models."""
        return {control.model: control for group in self.groups for control in group.controls}

    def stands_still(self, name: str) -> bool:
        """Whether a view has controls that call Python and are none of these."""
        if self.saved is None or name not in self.saved.models:
            return False
        return any(model.id in self.dead for model in self.saved.needed(name))

    @property
    def models(self) -> set[str]:
        """The ids of all models that are drawn here."""
        return {model for group in self.groups for model in _models(group)}

    def _links(self) -> Iterator[tuple[str, str, bool]]:
        """The values that the page itself keeps equal: from where, to where, and whether back."""
        assert self.saved is not None
        for model in self.saved.models.values():
            if model.kind not in ("Link", "DirectionalLink"):
                continue
            ends = [model.state.get(name) for name in ("source", "target")]
            if all(isinstance(e, list) and len(e) == 2 and e[1] == "value" for e in ends):
                one, other = _ends(model)
                yield one, other, model.kind == "Link"

    def _take_linked(self, ends: tuple[str, str, bool]) -> None:
        """Let a control that moves another be drawn here too: a Play that drives a slider."""
        assert self.saved is not None
        for end, other in (ends[:2], ends[1::-1]):
            model = self.saved.models.get(end)
            if other in self.controls and end not in self.controls and model is not None:
                numbers = _numbers(model)
                if numbers and model.state.get("value") in numbers:
                    control = Control(end, numbers, numbers.index(model.state["value"]))
                    slots = (0,) * len(numbers)
                    self.groups.append(States((control,), (), (), ((),), slots))

    def draw(
        self, name: str, addresses: Addresses, draw: Draw, later: Callable[[], Draw]
    ) -> str | None:
        """The HTML of a view; None if none of its widgets is of those.

        `draw` draws an output as the page does, `later` gives what draws one of another state.
        """
        if self.saved is None or name not in self.saved.models or not self.groups:
            return None
        inside = {model.id for model in self.saved.needed(name)}
        here = [n for n, group in enumerate(self.groups) if inside & set(_models(group))]
        if not here:
            return None
        drawing = _Drawing(self, addresses, draw)
        try:
            shown = drawing.draw(name)
        except EndlessError:
            return None
        rest = []
        for number in here:
            if number not in self.told:
                self.told.add(number)
                rest.append(self._data(number, addresses, later, drawing))
        note = '<p class="needs-script">These controls need JavaScript.</p>'
        note = note if "data-control=" in shown else ""
        return f'<div class="interact">{shown}{note}{"".join(rest)}</div>'

    def _data(
        self, number: int, addresses: Addresses, later: Callable[[], Draw], drawing: _Drawing
    ) -> str:
        """What the script needs to know of a group: its states, and what they show."""
        assert self.saved is not None
        group = self.groups[number]
        first = group.rows[group.slots[_slot(group, [c.start for c in group.controls])]]
        kinds = {
            content: model
            for row in group.rows
            for content, model, shown in zip(row, group.regions, first, strict=True)
            if content != shown
        }
        templates = []
        for content, model in sorted(kinds.items()):
            state = _Drawing(self, addresses, later())
            html = state.content(self.saved.models[model], group.contents[content])
            templates.append(f'<template data-content="{number}-{content}">{html}</template>')
        linked = {end for ends in self.links for end in ends[:2]}
        controls = [
            {"id": c.model, "size": len(c.values), "at": c.start}
            | drawing.texts(c)
            | ({"values": c.values} if c.model in linked or drawing.has_values(c) else {})
            for c in group.controls
        ]
        data: dict[str, Any] = {
            "number": number,
            "controls": controls,
            "regions": group.regions,
            "rows": group.rows,
            "slots": group.slots,
        }
        if group.go:
            data["go"] = group.go
        own = {control.model for control in group.controls}
        links = [ends for ends in self.links if ends[0] in own]
        back = [(b, a, True) for a, b, both in self.links if both and b in own]
        if links or back:
            data["links"] = [ends[:2] for ends in (*links, *back)]
        script = f'<script type="application/json" class="interact-data">{as_json(data)}</script>'
        return f"<div hidden data-pagefind-ignore>{''.join(templates)}{script}</div>"


class _Drawing(Fallback):
    """Draws a view with its controls, and marks what they change."""

    def __init__(self, interacts: Interacts, addresses: Addresses, draw: Draw) -> None:
        assert interacts.saved is not None
        super().__init__(interacts.saved, addresses, draw, lambda name: False)
        self.interacts, self.controls = interacts, interacts.controls
        self.groups, self.moving = interacts.groups, interacts.models

    def draw(self, model_id: str) -> str:
        """The HTML of a model; one that moves without these controls is a view of its own."""
        if not self._lives(model_id):
            return super().draw(model_id)
        data = {VIEW: {"model_id": model_id}}
        return self._output({"output_type": "display_data", "data": data, "metadata": {}})

    def _lives(self, model_id: str) -> bool:
        """Whether a widget has none of these controls in it, and more than ipywidgets' own."""
        if model_id not in self.saved.models:
            return False
        found = {model.id: model for model in self.saved.needed(model_id)}
        links = [model for model in found.values() if model.kind in ("Link", "DirectionalLink")]
        linked = any(all(end in found for end in _ends(model)) for model in links)
        foreign = any(not model.is_ours and model.is_shown for model in found.values())
        return (linked or foreign) and not self.moving & found.keys()

    def content(self, model: Model, content: list[dict[str, Any]] | str) -> str:
        """What a region shows in a state."""
        if isinstance(content, str):
            state = {**model.state, "value": content}
            return self._text(Model(model.id, model.name, model.module, model.version, state))
        return "".join(map(self._output, content))

    def texts(self, control: Control) -> dict[str, Any]:
        """The values of a slider in words."""
        model = self.saved.models[control.model]
        if model.kind in ("Checkbox", "ToggleButton", *_CHOICES[:4]) or self.is_typed(control):
            return {}
        return {"texts": [controls.in_words(value, model) for value in control.values]}

    def is_typed(self, control: Control) -> bool:
        """Whether readers write the value."""
        return self.saved.models[control.model].kind in ("BoundedIntText", "BoundedFloatText")

    def has_values(self, control: Control) -> bool:
        """Whether the script needs the values themselves."""
        kind = self.saved.models[control.model].kind
        return self.is_typed(control) or kind in ("IntRangeSlider", "FloatRangeSlider")

    def _model(self, model: Model) -> str:
        for group in self.groups:
            if model.id in group.regions:
                return self._region(model, group)
        return self._control(model) if model.id in self.controls else super()._model(model)

    def _box(self, model: Model) -> str:
        if model.kind != "Tab":
            return super()._box(model)
        titles = model.texts("titles")
        parts = []
        for number, child in enumerate(model.children()):
            title = titles[number] if number < len(titles) and titles[number] else f"{number + 1}"
            chosen = " data-chosen" if model.state.get("selected_index") == number else ""
            parts.append(
                f'<section class="tab" aria-label="{escape(title)}"{chosen}>'
                f'<p class="tab-title">{self.typeset(title)}</p>{self.draw(child)}</section>'
            )
        return f'<div class="tab-set">{"".join(parts)}</div>'

    def _region(self, model: Model, group: States) -> str:
        place = group.regions.index(model.id)
        first = group.rows[group.slots[_slot(group, [c.start for c in group.controls])]][place]
        html = self.content(model, group.contents[first])
        contents = {row[place] for row in group.rows}
        spoken = any(_has_words(group.contents[content]) for content in contents)
        told = ' aria-live="polite"' if spoken else ""
        return (
            f'<div class="region" data-region="{escape(model.id)}" data-first="{first}"{told}>'
            f"{html}</div>"
        )

    def _control(self, model: Model) -> str:
        control = self.controls.get(model.id)
        if control is None:
            return super()._control(model)
        late = " data-late" if model.state.get("continuous_update") is False else ""
        off = " data-off" if model.state.get("disabled") is True else ""
        self.interacts.drawn += 1
        mark = f"w-{model.id[:8]}-{self.interacts.drawn}"  # a widget may be shown twice
        given = f'data-control="{escape(model.id)}"{late}{off} disabled'
        one = f'id="{escape(mark)}" {given}'
        name = self.typeset(model.text("description"))
        if model.kind in ("RadioButtons", "ToggleButtons"):
            return controls.radio(control, name, given, model.kind == "ToggleButtons")
        if model.kind in ("Dropdown", "Select"):
            return controls.select(model, control, name, one)
        if model.kind == "Checkbox":
            on = " checked" if control.values[control.start] else ""
            box = f'<input type="checkbox"{on} {one}>'
            return f'<div class="control check">{controls.labelled(name, box)}</div>'
        if model.kind == "ToggleButton":
            on = "true" if control.values[control.start] else "false"
            return (
                f'<div class="control"><button type="button" aria-pressed="{on}" {given}>'
                f"{name or 'Switch'}</button></div>"
            )
        if self.is_typed(control):
            return controls.typed(control, name, one)
        if model.kind.endswith("RangeSlider"):
            return controls.pair(model, control, name, given)
        return controls.slider(model, control, name, one)


def _ends(link: Model) -> list[str]:
    """The ids of the models that a link holds together."""
    ends = [link.state.get(name) for name in ("source", "target")]
    return [str(end[0]).removeprefix(REFERENCE) for end in ends if isinstance(end, list) and end]


def _numbers(model: Model) -> tuple[int, ...]:
    """The values of a slider of whole numbers, or of a Play; none if it is another control."""
    low, high, step = (model.state.get(name) for name in ("min", "max", "step"))
    whole = all(isinstance(n, int) and not isinstance(n, bool) for n in (low, high, step))
    if model.kind not in ("Play", "IntSlider", "BoundedIntText") or not whole:
        return ()
    numbers = range(low or 0, (high or 0) + 1, max(step or 1, 1))
    return tuple(numbers) if len(numbers) <= MAX_LINKED else ()


def _has_words(content: list[dict[str, Any]] | str) -> bool:
    """Whether there is something to be read out, and not pictures alone."""
    if isinstance(content, str):
        return True
    return not all(any(mime in out.get("data", {}) for mime in _IMAGES) for out in content)


def _models(states: States) -> Iterator[str]:
    yield from (control.model for control in states.controls)
    yield from states.regions


def _slot(states: States, positions: Sequence[int]) -> int:
    """Where the state of these positions stands in the table."""
    number = 0
    for control, position in zip(states.controls, positions, strict=True):
        number = number * len(control.values) + position
    return number


def _is_whole(states: States) -> bool:
    """Whether a table has all that it speaks of."""
    size = 1
    for control in states.controls:
        size *= len(control.values)
        if not 0 <= control.start < len(control.values):
            return False
    if size != len(states.slots) or not size:
        return False
    start = states.slots[_slot(states, [control.start for control in states.controls])]
    rows_fit = all(-1 <= slot < len(states.rows) for slot in states.slots)
    contents_fit = all(
        len(row) == len(states.regions) and all(0 <= c < len(states.contents) for c in row)
        for row in states.rows
    )
    return start >= 0 and rows_fit and contents_fit
