"""What differs from run to run, or shows the machine, taken out of the results of a run."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from publisher.execute.bundles import VIEW
from publisher.model import States
from publisher.store import digest

if TYPE_CHECKING:
    from nbformat import NotebookNode

_CELL_FILE = re.compile(
    r"(?:[A-Za-z]:)?[/\\][^\s\"'<>()\x1b]{0,300}?ipykernel_\d+[/\\]\d+\.py"  # bounded: no n²
)
_CALLER = re.compile(r"ipywidgets[/\\]widgets[/\\]interaction\.py")  # how `interact` calls
_MODEL = re.compile(r"[0-9a-f]{32}")
_UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_RANDOM = re.compile(  # the first is of pandas' Styler
    rf"\b(?:T_[0-9a-f]{{5}}(?![0-9a-zA-Z])|{_UUID})"
)
_ID = re.compile(rf"""\bid=["']?[\w.:-]{{0,40}}?({_RANDOM.pattern})""")
_TRACE = re.compile(rf'"uid": "({_UUID})"')  # of Plotly's FigureWidget
_PLACE = re.compile(r" at 0x[0-9a-f]{6,16}\b")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?=[^\n])", re.MULTILINE)
_WITH_BACKSPACE = re.compile(r"^[^\n\x08]*\x08[^\n]*", re.MULTILINE)


def steady(
    notebook: NotebookNode,
    widgets: dict[str, Any] | None,
    source: str,
    states: Sequence[States] = (),
) -> tuple[dict[str, Any] | None, tuple[States, ...]]:
    """Make the outputs in `notebook` the same in every run; so what is returned of widgets.

    Names of files that hold the kernel's process id become `<cell>`. Models of widgets, whose ids
    are random, are numbered in the order in which they were made, apart for each page (`source`).
    Of a line that was drawn over (progress bars), the last state stays. Random ids of elements are
    numbered.
    """
    ids: dict[str, str] = {}
    names = {
        model: digest("model", source, number)[:32]
        for number, model in enumerate(widgets["state"] if widgets else ())
    }
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _clean(output, ids)
            view = output.get("data", {}).get(VIEW)
            if isinstance(view, dict) and isinstance(view.get("model_id"), str):
                view["model_id"] = names.get(view["model_id"], view["model_id"])
    if widgets is None:
        return None, ()
    text = _MODEL.sub(lambda found: names.get(found[0], found[0]), json.dumps(widgets))
    traces = {
        name: _numbered(name, n) for n, name in enumerate(dict.fromkeys(_TRACE.findall(text)), 1)
    }
    if traces:
        text = re.sub(_UUID, lambda found: traces.get(found[0], found[0]), text)
    renamed: dict[str, Any] = json.loads(text)
    for model in renamed["state"].values():
        outputs = model["state"].get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict):
                _clean(output, ids)
    return renamed, tuple(_steady(given, names, ids) for given in states)


def _steady(states: States, names: dict[str, str], ids: dict[str, str]) -> States:
    contents = copy.deepcopy(states.contents)
    for outputs in contents:
        for output in outputs if not isinstance(outputs, str) else ():
            _clean(output, ids)
    return replace(
        states,
        controls=tuple(replace(c, model=names.get(c.model, c.model)) for c in states.controls),
        regions=tuple(names.get(model, model) for model in states.regions),
        contents=contents,
    )


def _clean(output: dict[str, Any], ids: dict[str, str]) -> None:
    """Make an output steady; one that a widget holds may have any shape.

    `ids` are the random ids of elements that are known so far, and what they are called.
    """
    if isinstance(output.get("text"), str):
        output["text"] = _nameless(_drawn_over(output["text"]))
    if isinstance(output.get("traceback"), list):
        lines = [str(line) for line in output["traceback"]]
        output["traceback"] = [_nameless(line) for line in lines if not _CALLER.search(line)]
    data = output.get("data")
    if not isinstance(data, dict):
        return
    for mime, value in data.items():
        if mime.startswith("text/") and isinstance(value, str):
            data[mime] = _nameless(value)
            if mime == "text/plain" and len(data) > 1:  # not what is shown: where it lies in memory
                data[mime] = _PLACE.sub("", data[mime])
    html = data.get("text/html")
    for found in _ID.findall(html) if isinstance(html, str) else ():
        ids.setdefault(found, _numbered(found, len(ids) + 1))
    for mime in ("text/html", "application/javascript") if ids else ():
        if isinstance(data.get(mime), str):
            data[mime] = _RANDOM.sub(lambda found: ids.get(found[0], found[0]), data[mime])


def _numbered(name: str, number: int) -> str:
    """What a random id is called, in its own form."""
    return f"T_{number:05x}" if name.startswith("T_") else f"{number:08x}-0000-4000-8000-{0:012x}"


def _nameless(text: str) -> str:
    text = text.encode("utf-8", "replace").decode()  # half characters fit in no file
    return _CELL_FILE.sub("<cell>", text) if "ipykernel_" in text else text


def _drawn_over(text: str) -> str:
    """A stream's text as a terminal ends up showing it."""
    if "\b" in text:
        text = _WITH_BACKSPACE.sub(_erased, text)
    text = text.replace("\r\n", "\n")
    return _OVERWRITTEN.sub("", text) if "\r" in text else text


def _erased(line: re.Match[str]) -> str:
    kept: list[str] = []
    for character in line[0]:
        if character != "\b":
            kept.append(character)
        elif kept:
            kept.pop()
    return "".join(kept)
