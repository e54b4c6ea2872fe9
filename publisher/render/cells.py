"""How each cell is to be shown: its tags, options and outputs made ready for the template."""

from __future__ import annotations

import re
from html import escape
from itertools import takewhile
from typing import Any

from nbformat import NotebookNode

from publisher.markdown import targets
from publisher.markdown.cells import raw_type
from publisher.model import Executed, Problem, Target
from publisher.render.code import highlight
from publisher.render.embedded import without_caption
from publisher.render.links import Addresses
from publisher.render.outputs import Outputs, label


def prepare(executed: Executed, prose: dict[int, str], addresses: Addresses) -> NotebookNode:
    """A notebook whose cells hold HTML, for the template: what is removed is gone from it.

    Markdown cells have their HTML as `source`. Code cells have theirs too, and in
    `metadata.view` how they are shown: `input` is `show`, `fold` or `remove`, `outputs` is
    `show`, `fold` or `remove`; `summary` is the text of a fold. Outputs have a `view` with
    `classes` and `html`, and an `id` if it has a label.
    """
    source = executed.notebook
    language = _language(source)
    cells = []
    for index, cell in enumerate(source.cells):
        if is_removed(cell):
            if cell.cell_type == "code" and targets.key(label(cell)) in addresses.embedded:
                _code(cell, index, language, addresses)
            continue
        if index in prose:
            cells.append(_node("markdown", addresses.rewrite(prose[index], index), {}))
        elif cell.cell_type == "code":
            drawn = _code(cell, index, language, addresses)
            if drawn is not None:
                cells.append(drawn)
        elif cell.cell_type == "raw" and _is_html(cell):
            cells.append(_node("raw", addresses.rewrite(cell.source, index), {}))
        elif cell.cell_type != "raw":
            kind = str(cell.cell_type)
            message = f"cells of the type {kind} are not known: their source is shown"
            line = addresses.line("", index)
            addresses.problems.append(Problem(message, addresses.shown, line))
            cells.append(_node("raw", f'<pre tabindex="0">{escape(cell.source)}</pre>', {}))
    metadata = NotebookNode(language=language)
    return NotebookNode(nbformat=4, nbformat_minor=5, metadata=metadata, cells=cells)


def _code(
    cell: NotebookNode, index: int, language: str, addresses: Addresses
) -> NotebookNode | None:
    view = _view(cell)
    if view is None:
        return None
    shown = _visible(cell.source)
    magic = (
        _FENCE_MAGIC.match(shown) if addresses.page.path.suffix in (".md", ".markdown") else None
    )
    if magic:  # Jupytext made `%%bash` of a bash fence: show what the author wrote
        shown, language = shown[magic.end() :], magic[1]
    if not shown.strip():
        view["input"] = "remove"
    outputs: list[NotebookNode] = []
    name = label(cell)
    embedded = bool(name) and targets.key(name) in addresses.embedded
    if view["outputs"] != "remove" or embedded:
        drawer = Outputs(cell, index, addresses, view)
        outputs = [out for out in map(drawer.draw, cell.get("outputs", [])) if out is not None]
    if embedded:
        shown_there = "\n".join(out.view.html for out in outputs)
        addresses.outputs.setdefault(targets.key(name), without_caption(shown_there))
    if view["outputs"] == "remove":
        outputs = []
    if view["input"] == "remove" and not outputs:
        return None
    node = _node("code", highlight(shown, language), {"view": view})
    node["outputs"] = outputs
    if name:
        views = [(out.view.classes, out.view) for out in outputs]
        _name([*views, ("", node.metadata.view)], name, addresses, index)
    return node


def _name(
    views: list[tuple[str, dict[str, Any]]], label: str, addresses: Addresses, index: int
) -> None:
    """Give a cell's label to the first picture that it made, else its first output, or itself."""
    named = next((view for classes, view in views if classes.split()[:1] == ["image"]), views[0][1])
    named["id"] = targets.anchor(label)
    if targets.key(label) not in addresses.targets:
        addresses.name(label, Target(targets.anchor(label), "place"), index)


def is_removed(cell: NotebookNode) -> bool:
    """Whether nothing of a cell is shown."""
    return "remove-cell" in _tags(cell)


def _view(cell: NotebookNode) -> dict[str, Any] | None:
    """How a code cell is shown; None if not at all."""
    tags, options = _tags(cell), cell.metadata.get("options", {})
    jupyter = cell.metadata.get("jupyter", {})
    if options.get("include") is False:
        return None
    view: dict[str, Any] = {"input": "show", "outputs": "show"}
    if tags & {"hide-input", "hide-cell"} or jupyter.get("source_hidden"):
        view["input"] = "fold"
    if options.get("code-fold") in (True, "show"):
        view["input"], view["open"] = "fold", options["code-fold"] == "show"
    if tags & {"hide-output", "hide-cell"} or jupyter.get("outputs_hidden"):
        view["outputs"] = "fold"
    if (
        "remove-input" in tags
        or options.get("echo") is False
        or cell.metadata.get("hide_input") is True
    ):
        view["input"] = "remove"
    if "remove-output" in tags or options.get("output") is False:
        view["outputs"] = "remove"
    view["summary"] = str(options.get("code-summary") or "Show code")
    view["without"] = [
        name
        for name, gone in (
            ("stdout", "remove-stdout" in tags),
            ("stderr", "remove-stderr" in tags or options.get("warning") is False),
        )
        if gone
    ]
    return view


def _tags(cell: NotebookNode) -> set[str]:
    tags = cell.metadata.get("tags", [])
    return {str(tag).replace("_", "-") for tag in tags} if isinstance(tags, list) else set()


_FENCE_MAGIC = re.compile(r"%%(bash|sh|html|javascript|js|latex|svg|perl|ruby)[ \t]*\n")


def _visible(source: str) -> str:
    """The code without its `#|` options."""
    lines = source.split("\n")
    options = takewhile(lambda line: line.lstrip().startswith(("#|", "//|")), lines)
    return "\n".join(lines[len(list(options)) :]).strip("\n")


def _is_html(cell: NotebookNode) -> bool:
    return raw_type(cell) in ("text/html", "html")


def _language(notebook: NotebookNode) -> str:
    metadata = notebook.metadata
    for holder, key in (("language_info", "name"), ("kernelspec", "language")):
        name = metadata.get(holder, {}).get(key)
        if name:
            return str(name)
    return "python"


def _node(kind: str, source: str, metadata: dict[str, Any]) -> NotebookNode:
    return NotebookNode(cell_type=kind, source=source, metadata=NotebookNode(metadata))
