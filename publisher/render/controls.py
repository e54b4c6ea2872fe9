"""Native controls for widgets with a finite number of values. The only one that knows their HTML.

`given` are the attributes by which the script of the page finds a control.
"""

from __future__ import annotations

import re
from html import escape
from typing import Any

from publisher.model import Control
from publisher.render.widgets.fallback import formatted
from publisher.render.widgets.state import Model

_ID = re.compile(r'\bid="([^"]*)"')


def labelled(name: str, inner: str) -> str:
    """A control with its label; one without a name is called what it is."""
    if not name:
        return inner.replace(" ", ' aria-label="Value" ', 1)
    found = _ID.search(inner)
    assert found is not None
    return f'<label for="{found[1]}">{name}</label> {inner}'


def slider(model: Model, control: Control, name: str, given: str) -> str:
    """One of the values of a slider; a Play has buttons that move it."""
    text = escape(in_words(control.values[control.start], model))
    track = (
        f'<input type="range" min="0" max="{max(len(control.values) - 1, 0)}" step="1" '
        f'value="{control.start}" aria-valuetext="{text}" autocomplete="off" {given}>'
    )
    shown = "" if model.state.get("readout") is False else readout(text)
    if model.kind != "Play":
        return f'<div class="control">{labelled(name, track)}{shown}</div>'
    interval = model.state.get("interval")
    milliseconds = min(max(interval, 20), 60_000) if isinstance(interval, int) else 100
    loops = " data-loops" if model.state.get("repeat") is True else ""
    starts = " data-starts" if model.state.get("playing") is True else ""
    buttons = "".join(
        f'<button type="button" data-play="{what}" disabled>{label}</button>'
        for what, label in (("back", "Back"), ("toggle", "Play"), ("on", "Next"))
    )
    return (
        f'<div class="control play" data-interval="{milliseconds}"{loops}{starts}>'
        f"{labelled(name, track)}{readout(text)}{buttons}</div>"
    )


def readout(text: str) -> str:
    """The value that a control has; those who listen hear it from the control."""
    return f'<span class="readout" aria-hidden="true">{text}</span>'


def pair(model: Model, control: Control, name: str, given: str) -> str:
    """A range, as two sliders for its ends."""
    ends = sorted({end for value in control.values for end in value})
    low, high = (ends.index(end) for end in control.values[control.start])
    inputs = "".join(
        f'<input type="range" min="0" max="{len(ends) - 1}" step="1" value="{at}" '
        f'aria-label="{label}" data-part="{part}" autocomplete="off" {given}>'
        for part, (label, at) in enumerate((("From", low), ("To", high)))
    )
    text = escape(in_words(control.values[control.start], model))
    legend = f"<legend>{name or 'Range'}</legend>"
    return f'<fieldset class="control pair">{legend}{inputs}{readout(text)}</fieldset>'


def select(model: Model, control: Control, name: str, given: str) -> str:
    """One of a list, which is open or drops down."""
    options = "".join(
        f'<option value="{n}"{" selected" if n == control.start else ""}>'
        f"{escape('' if value is None else str(value))}</option>"
        for n, value in enumerate(control.values)
    )
    rows = model.state.get("rows") if model.kind == "Select" else None
    size = f' size="{min(max(rows, 2), 20)}"' if isinstance(rows, int) else ""
    return (
        '<div class="control">'
        + labelled(name, f'<select{size} autocomplete="off" {given}>{options}</select>')
        + "</div>"
    )


def radio(control: Control, name: str, given: str, toggles: bool) -> str:
    """One of some that are all seen; `toggles` look like buttons."""
    group = f"r{control.model[:12]}"
    inputs = "".join(
        f'<label><input type="radio" name="{escape(group)}" value="{n}"'
        f"{' checked' if n == control.start else ''} {given}> "
        f"{escape(str(value))}</label>"
        for n, value in enumerate(control.values)
        if value is not None
    )
    kind = "toggles" if toggles else "options"
    legend = f"<legend>{name or 'Options'}</legend>"
    return f'<fieldset class="control {kind}">{legend}{inputs}</fieldset>'


def typed(control: Control, name: str, given: str) -> str:
    """A number that readers write."""
    values = control.values
    step = values[1] - values[0] if len(values) > 1 else 1
    field = (
        f'<input type="number" min="{values[0]}" max="{values[-1]}" step="{step:.12g}" '
        f'value="{values[control.start]}" autocomplete="off" {given}>'
    )
    return f'<div class="control">{labelled(name, field)}</div>'


def in_words(value: Any, model: Model) -> str:
    """A value as the widget writes it."""
    if isinstance(value, list | tuple):
        return " – ".join(formatted(end, model) for end in value)
    return "" if value is None else formatted(value, model)
