"""What Jupytext writes, without what it rewrites by itself.

Jupytext writes a whole file anew at each save: its own version and the kernel's full name in the
header, quotes and blank lines in its own way. Here only what the author changed is taken over.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

MAX_CHARACTERS = 2_000_000  # beyond, comparing would be felt
DEFAULT_KERNEL = "python3"  # what JupyterLab takes where a file names none
_OF_KERNEL = ("kernelspec", "language_info")
_BY_PROGRAMS = re.compile(r"format_name: *[\"']?(?:pandoc|quarto|marimo)\b")  # which are run
_LAYOUT = ("lines_to_next_cell", "lines_to_end_of_cell_marker", "cell_marker", "inline_lang")


def kept(old: str, new: str, suffix: str, metadata: Mapping[str, Any], config: Any) -> str:
    """The text `new` that Jupytext is to write, with all that is unchanged as it is in `old`.

    `old` is the file as it is, `metadata` that of the notebook which is saved, and `config`
    Jupytext's configuration for the file. Where nothing of the notebook changed, the text is
    `old`. The result always says the same as `new`.
    """
    by_programs = suffix == ".qmd" or _BY_PROGRAMS.search(new)
    if by_programs or len(old) + len(new) > MAX_CHARACTERS:
        return new
    crlf = "\r\n" in old
    own = old.replace("\r\n", "\n")
    text = new if new == own else _kept(own, new, suffix, metadata, config)
    return old if text == own else text.replace("\n", "\r\n") if crlf else text


def _kept(own: str, new: str, suffix: str, metadata: Mapping[str, Any], config: Any) -> str:
    import jupytext

    notebook = jupytext.reads(own, fmt={"extension": suffix}, config=config)
    base = _untouched(notebook, suffix, metadata, config)
    if base == new:
        return own
    texts = [text.rstrip("\n") for text in (own, base, new)]
    ends = [text[len(bare) :] for text, bare in zip((own, base, new), texts, strict=True)]
    end = ends[0] if ends[1] == ends[2] else ends[2]
    text = "\n".join(merged(*(bare.split("\n") for bare in texts))) + end
    if text == new or _said(text, suffix, config) == _said(new, suffix, config):
        return text
    return new


def _untouched(
    notebook: NotebookNode, suffix: str, metadata: Mapping[str, Any], config: Any
) -> str:
    """What Jupytext would write for a notebook that was only opened and saved in JupyterLab."""
    import jupytext
    from jupytext.kernels import set_kernelspec_from_language

    shape = notebook.metadata.get("jupytext", {}).get("text_representation", {})
    fmt = {"extension": suffix, "format_name": shape.get("format_name")}
    if "kernelspec" not in notebook.metadata:
        set_kernelspec_from_language(notebook)  # as Jupytext's contents manager does
    if _kernel(metadata) == (_kernel(notebook.metadata) or DEFAULT_KERNEL):
        for key in _OF_KERNEL:
            if key in metadata:
                notebook.metadata[key] = metadata[key]
    written: str = jupytext.writes(notebook, fmt={k: v for k, v in fmt.items() if v}, config=config)
    return written


def merged(own: Sequence[str], base: Sequence[str], new: Sequence[str]) -> list[str]:
    """The lines `own` with the changes that lead from `base` to `new`.

    Where `own` differs from `base` in the same place, the lines of `new` are taken, unless it is
    clear which line is which.
    """
    in_own, in_new = _matches(base, own), _matches(base, new)
    found: list[str] = []
    i = j = k = 0
    ends = [(at, in_own[at], in_new[at]) for at in sorted(in_own.keys() & in_new.keys())]
    for i_end, j_end, k_end in [*ends, (len(base), len(own), len(new))]:
        found += _part(own[j:j_end], base[i:i_end], new[k:k_end])
        found += own[j_end : j_end + 1]
        i, j, k = i_end + 1, j_end + 1, k_end + 1
    return found


def _part(own: Sequence[str], base: Sequence[str], new: Sequence[str]) -> list[str]:
    """The same for lines between two that all three have."""
    if base == new:
        return list(own)
    found = list(new)
    if len(own) == len(base):
        for at, place in _matches(base, new).items():
            found[place] = own[at]
    return found


def _matches(base: Sequence[str], other: Sequence[str]) -> dict[int, int]:
    """Which line of another text each line of the base is, by their indices."""
    blocks = SequenceMatcher(None, base, other).get_matching_blocks()
    return {a + n: b + n for a, b, size in blocks for n in range(size)}


def _said(text: str, suffix: str, config: Any) -> object:
    """What a file says, whatever its layout; front matter aside, of which Jupytext drops keys."""
    import jupytext

    notebook = jupytext.reads(text, fmt={"extension": suffix}, config=config)
    cells = [
        (c.cell_type, c.source, {k: v for k, v in c.metadata.items() if k not in _LAYOUT})
        for c in notebook.cells
    ]
    own = notebook.metadata.get("jupytext", {})
    shape = own.get("text_representation", {})
    kernel = _kernel(notebook.metadata) or DEFAULT_KERNEL
    return cells, own.get("formats"), shape.get("format_name"), kernel


def _kernel(metadata: Mapping[str, Any]) -> str | None:
    kernelspec = metadata.get("kernelspec")
    name = kernelspec.get("name") if isinstance(kernelspec, Mapping) else None
    return name if isinstance(name, str) else None
