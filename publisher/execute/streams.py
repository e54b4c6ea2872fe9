"""Streams among the outputs of a cell: where text goes, and how much there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode


def append(outs: list[NotebookNode], name: str, text: str) -> NotebookNode:
    """Add text to a stream: between two other outputs, all of stdout, then all of stderr.

    Kernels buffer the two apart, so that their order is a matter of chance. (nbclient would join
    streams across other outputs.)
    """
    from nbformat import NotebookNode

    start = len(outs)
    while start and outs[start - 1].output_type == "stream":
        start -= 1
    for before in outs[start:]:
        if before.name == name:
            before.text += text
            return before
    stream = NotebookNode(output_type="stream", name=name, text=text)
    outs.insert(start if name == "stdout" else len(outs), stream)
    return stream


def size_of(content: dict[str, Any]) -> int:
    """How much a message puts out, in characters."""
    if "text" in content:
        return len(content["text"])
    return sum(len(value) for value in content.get("data", {}).values() if isinstance(value, str))
