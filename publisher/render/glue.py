"""Values that code has glued to a name, where prose shows them: MyST-NB's `{glue}`."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape

from nbformat import NotebookNode

_PLACE = re.compile(
    r'<x-glue data-name="([^"]*)"(?: data-format="([^"]*)")?( data-block)?></x-glue>'
)
_FORMAT = re.compile(r"[+ ]?,?\d{0,2}(?:\.\d{1,2})?[a-zA-Z%]?")  # no more digits than can be read


@dataclass(frozen=True)
class Glued:
    """A value as plain text and as HTML."""

    text: str
    html: str


def named(output: NotebookNode) -> tuple[str, NotebookNode, bool] | None:
    """The name that an output is glued to, the output itself, and whether it shows in its place.

    None for other outputs. Source: MyST-NB's `glue`, which keeps hidden values under a prefix.
    """
    record = output.get("metadata", {}).get("scrapbook")
    if not isinstance(record, dict) or not isinstance(record.get("name"), str):
        return None
    prefix = str(record.get("mime_prefix") or "")
    data = {mime.removeprefix(prefix): value for mime, value in output.get("data", {}).items()}
    whole = NotebookNode({**output, "data": NotebookNode(data)})
    return record["name"], whole, not prefix


def fill(body: str, glued: Mapping[str, Glued]) -> tuple[str, list[str]]:
    """A body with the values in their places, and the names of those that are not there."""
    missing: dict[str, None] = {}

    def place(match: re.Match[str]) -> str:
        name = unescape(match[1])
        value = glued.get(name)
        if value is None:
            missing[name] = None
            return f"<code>{match[1]}</code>"
        return value.html if match[3] else _formatted(value.text, unescape(match[2] or ""))

    return _PLACE.sub(place, body), list(missing)


def _formatted(text: str, form: str) -> str:
    """A value as text; a number in the form of Python's `format`."""
    if form and _FORMAT.fullmatch(form):
        try:
            return escape(format(float(text), form), quote=False)
        except ValueError:
            pass
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":  # as Python shows a text
        text = text[1:-1]
    return escape(text, quote=False)
