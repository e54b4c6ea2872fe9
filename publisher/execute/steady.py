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
_MODEL = re.compile(r"[0-9a-f]{32}")
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
    Of a line that was drawn over (progress bars), the last state stays.
    """
    names = {
        model: digest("model", source, number)[:32]
        for number, model in enumerate(widgets["state"] if widgets else ())
    }
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            _clean(output)
            view = output.get("data", {}).get(VIEW)
            if isinstance(view, dict) and isinstance(view.get("model_id"), str):
                view["model_id"] = names.get(view["model_id"], view["model_id"])
    if widgets is None:
        return None, ()
    text = _MODEL.sub(lambda found: names.get(found[0], found[0]), json.dumps(widgets))
    renamed: dict[str, Any] = json.loads(text)
    for model in renamed["state"].values():
        outputs = model["state"].get("outputs")
        for output in outputs if isinstance(outputs, list) else ():
            if isinstance(output, dict):
                _clean(output)
    return renamed, tuple(_steady(given, names) for given in states)


def _steady(states: States, names: dict[str, str]) -> States:
    contents = copy.deepcopy(states.contents)
    for outputs in contents:
        for output in outputs if not isinstance(outputs, str) else ():
            _clean(output)
    return replace(
        states,
        controls=tuple(replace(c, model=names.get(c.model, c.model)) for c in states.controls),
        regions=tuple(names.get(model, model) for model in states.regions),
        contents=contents,
    )


def _clean(output: dict[str, Any]) -> None:
    """Make an output steady; one that a widget holds may have any shape."""
    if isinstance(output.get("text"), str):
        output["text"] = _nameless(_drawn_over(output["text"]))
    if isinstance(output.get("traceback"), list):
        output["traceback"] = [_nameless(str(line)) for line in output["traceback"]]
    data = output.get("data")
    if not isinstance(data, dict):
        return
    for mime, value in data.items():
        if mime.startswith("text/") and isinstance(value, str):
            data[mime] = _nameless(value)
            if VIEW in data:  # a widget in words: where its parts lie in memory
                data[mime] = _PLACE.sub("", data[mime])


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
