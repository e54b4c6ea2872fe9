"""The file formats of pages: which are notebooks, and how each becomes cells with their lines."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from publisher.errors import SourceError
from publisher.model import Problem
from publisher.read.frontmatter import FrontMatter, parse, split

if TYPE_CHECKING:
    from nbformat import NotebookNode

MARKDOWN = (".md", ".markdown")
SCRIPTS = (".py", ".R", ".r", ".jl", ".sh", ".js", ".ts", ".rs", ".cpp", ".scala")
SUFFIXES = (*MARKDOWN, ".ipynb", ".Rmd", *SCRIPTS)
NOTEBOOK_KEYS = ("jupyter", "jupytext", "kernelspec")

_LANGUAGES = {
    ".Rmd": "R",
    ".R": "R",
    ".r": "R",
    ".jl": "julia",
    ".sh": "bash",
    ".js": "javascript",
    ".ts": "typescript",
    ".rs": "rust",
    ".cpp": "c++",
    ".scala": "scala",
}
_LONG_FENCE = re.compile(
    r"^(?P<mark>`{4,}|~{3,})[^\n`]*\n(?P<inside>.*?)^(?P=mark)", re.MULTILINE | re.DOTALL
)
_PERCENT = re.compile(r"^(?:#|//) ?%%(?!\w)", re.MULTILINE)


@dataclass(frozen=True)
class Document:
    """A file as cells. `lines[i]` is the line of the file where cell i's source begins."""

    kind: Literal["notebook", "prose"]
    dialect: Literal["notebook", "myst"]
    front: FrontMatter
    notebook: NotebookNode
    lines: tuple[int, ...]


def is_notebook(text: str, suffix: str) -> bool:
    """Whether a file says of itself that it is a notebook, by its format or its header."""
    if suffix in (".ipynb", ".Rmd"):
        return True
    if suffix in SCRIPTS:
        header = _script_header(text)[0]
        return bool(_PERCENT.search(text)) or _names_notebook(header)
    return _names_notebook(split(text)[0])


def _names_notebook(header: str) -> bool:
    return bool(re.search(rf"^({'|'.join(NOTEBOOK_KEYS)})\s*:", header, re.MULTILINE))


def read(text: str, suffix: str, path: str) -> Document:
    """Read a file's text. `SourceError` with `path` and line if it is not what it says."""
    if suffix == ".ipynb":
        return _ipynb(text, path)
    if suffix in SCRIPTS:
        yaml_source, body, skipped = _script_header(text)
    else:
        yaml_source, body, skipped = split(text)
    front = parse(yaml_source, path)
    if suffix in MARKDOWN and not any(key in front.values for key in NOTEBOOK_KEYS):
        return _prose(front, body, skipped)
    header = {key: front.values.get(key) for key in NOTEBOOK_KEYS}
    name = _format(header, body, suffix, path)
    notebook = _jupytext(body, suffix, name, path)
    notebook.metadata = _notebook_metadata(header, notebook.metadata, suffix)
    lines = _lines(notebook, body, skipped)
    problems = _cell_options(notebook, lines, path)
    if name == "markdown":
        problems += _long_fences(body, skipped, path)
    kept = {k: v for k, v in front.values.items() if k not in NOTEBOOK_KEYS}
    return Document(
        "notebook",
        "myst" if name == "myst" else "notebook",
        FrontMatter(kept, front.lines, (*front.problems, *problems)),
        notebook,
        lines,
    )


def _prose(front: FrontMatter, body: str, skipped: int) -> Document:
    from nbformat.v4 import new_markdown_cell, new_notebook

    notebook = new_notebook(cells=[new_markdown_cell(body)])
    return Document("prose", "myst", front, notebook, (skipped + 1,))


def _format(header: dict[str, Any], body: str, suffix: str, path: str) -> str:
    """Jupytext's name of the format that a text notebook is in."""
    name = ""
    for holder in (header["jupyter"], header):
        jupytext = holder.get("jupytext") if isinstance(holder, dict) else None
        shape = jupytext.get("text_representation") if isinstance(jupytext, dict) else None
        if isinstance(shape, dict):
            name = str(shape.get("format_name") or "")
    if suffix == ".Rmd":
        return "rmarkdown"
    if suffix in SCRIPTS:
        return name or ("percent" if _PERCENT.search(body) else "light")
    if name in ("pandoc", "quarto"):
        raise SourceError(
            f"Jupytext's {name} format is not read",
            path=path,
            hint="convert the page once: jupytext --to md …",
        )
    if name not in ("markdown", "myst"):
        return (
            "myst" if re.search(r"^(```|~~~|:::)\{code-cell\}", body, re.MULTILINE) else "markdown"
        )
    return name


def _jupytext(body: str, suffix: str, name: str, path: str) -> NotebookNode:
    import jupytext

    if name == "markdown" and suffix == ".markdown":
        suffix = ".md"
    try:
        notebook: NotebookNode = jupytext.reads(
            body, fmt={"extension": suffix, "format_name": name}
        )
        return notebook
    except Exception as error:  # Jupytext's parsers raise what they like
        raise SourceError(
            f"Jupytext cannot read this as {name}: {_brief(error)}",
            path=path,
        ) from error


def _long_fences(body: str, skipped: int, path: str) -> tuple[Problem, ...]:
    """Warn of fences that hold fences of three backticks: Jupytext counts only those."""
    problems = []
    for match in _LONG_FENCE.finditer(body):
        if re.search(r"^```", match["inside"], re.MULTILINE):
            line = skipped + body.count("\n", 0, match.start()) + 1
            problems.append(
                Problem(
                    "Jupytext looks into this fence and may take what follows it for other "
                    "cells than you mean",
                    path,
                    line,
                    hint="indent what it holds by four spaces, without any fence",
                )
            )
    return tuple(problems)


def _notebook_metadata(header: dict[str, Any], found: Any, suffix: str) -> NotebookNode:
    """The notebook's own metadata, wherever the format puts it."""
    from nbformat import from_dict

    jupyter = header["jupyter"] if isinstance(header["jupyter"], dict) else {}
    metadata = {k: v for k, v in jupyter.items() if k in ("kernelspec", "language_info")}
    kernelspec = metadata.get("kernelspec") or header["kernelspec"] or found.get("kernelspec")
    if isinstance(kernelspec, str):
        kernelspec = {"name": kernelspec}
    kernelspec = dict(kernelspec) if isinstance(kernelspec, dict) else {}
    if not kernelspec.get("name"):
        spoken = found.get("jupytext", {}).get("main_language")
        kernelspec.setdefault("language", spoken or _LANGUAGES.get(suffix, "python"))
    metadata["kernelspec"] = kernelspec
    node: NotebookNode = from_dict(json.loads(json.dumps(metadata, default=str)))
    return node


def _script_header(text: str) -> tuple[str, str, int]:
    """The YAML in the leading comment of a script, what follows, and the lines before that."""
    match = re.match(r"((?:#!.*\n)?)(#|//) ---[ \t]*\n((?:\2.*\n)*?)\2 ---[ \t]*(?:\n|\Z)", text)
    if match is None:
        return "", text, 0
    mark = match[2]
    header = "".join(
        line.removeprefix(mark).removeprefix(" ") for line in match[3].splitlines(keepends=True)
    )
    return header, text[match.end() :], text.count("\n", 0, match.end())


def _lines(notebook: NotebookNode, body: str, skipped: int) -> tuple[int, ...]:
    """The line on which each cell begins: where its text is found next, in order."""
    lines = body.splitlines()
    found, position = [], 0
    for cell in notebook.cells:
        wanted = next((line.strip() for line in cell.source.splitlines() if line.strip()), "")
        wanted = (
            wanted.removeprefix("%%")
            if wanted.startswith("%%") and wanted[2:3].isalpha()
            else wanted
        )
        at = next((i for i in range(position, len(lines)) if wanted and wanted in lines[i]), None)
        if at is None:
            found.append(skipped + min(position, max(len(lines) - 1, 0)) + 1)
            continue
        blank = len(cell.source) - len(cell.source.lstrip("\n"))
        found.append(skipped + at + 1 - blank)
        position = at + max(1, len(cell.source.strip("\n").splitlines()))
    return tuple(found)


def _cell_options(notebook: NotebookNode, lines: tuple[int, ...], path: str) -> tuple[Problem, ...]:
    """Put the `#|` options at the head of code cells into `metadata.options`.

    Source: Quarto's documentation, "Execution Options". `eval: false` is the tag
    `skip-execution`.
    """
    problems = []
    for index, (cell, line) in enumerate(zip(notebook.cells, lines, strict=True), start=1):
        if cell.cell_type != "code":
            continue
        head = re.match(r"(?:\s*(?:#|//)\|.*(?:\n|\Z))+", cell.source)
        if head is None:
            continue
        yaml_source = re.sub(r"^\s*(?:#|//)\| ?", "", head[0], flags=re.MULTILINE)
        try:
            options = parse(yaml_source, path, first_line=line or 1).values
        except SourceError as error:
            problems.append(
                Problem(
                    f"the cell's options are not valid YAML: {error.message.split(': ')[-1]}",
                    path,
                    error.line if line else None,
                    index,
                    "they are left out",
                )
            )
            continue
        cell.metadata["options"] = json.loads(json.dumps(options, default=str))
        if options.get("eval") is False:
            cell.metadata["tags"] = [*cell.metadata.get("tags", []), "skip-execution"]
    return tuple(problems)


def _brief(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else repr(error)


def _ipynb(text: str, path: str) -> Document:
    import nbformat

    try:
        data = json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise SourceError(f"not valid JSON: {error}", path=path, line=line) from error
    try:
        major = data["nbformat"]
        notebook = nbformat.from_dict(data)
        if major != 4:
            notebook = nbformat.convert(notebook, 4)
        elif data.get("nbformat_minor", 0) > 5 or not isinstance(notebook.cells, list):
            nbformat.validate(notebook)
        for cell in notebook.cells:
            _complete(cell)
    except Exception as error:  # nbformat raises KeyError, AttributeError, ValidationError…
        raise SourceError(
            f"not a notebook: {_brief(error)}",
            path=path,
            hint="open it in JupyterLab and save it again",
        ) from error
    front, problems = _ipynb_front(notebook, path)
    if front:
        notebook.cells = notebook.cells[1:]
    known = {k: v for k, v in notebook.metadata.items() if k not in _JUPYTER_KEYS}
    values = {**known, **(front.values if front else {})}
    lines = tuple(0 for _ in notebook.cells)
    problems = (*problems, *_cell_options(notebook, lines, path))
    return Document("notebook", "notebook", FrontMatter(values, {}, problems), notebook, lines)


_JUPYTER_KEYS = frozenset(
    "kernelspec language_info jupytext widgets orig_nbformat toc colab vscode accelerator "
    "celltoolbar nbformat signature papermill anaconda-cloud interpreter varInspector "
    "hide_input".split()
)


def _complete(cell: Any) -> None:
    """Give a cell the fields that later stages rely on; raise where they have a wrong type."""
    cell.cell_type = str(cell.cell_type)
    cell.setdefault("metadata", {})
    source = cell.get("source", "")
    cell.source = "".join(source) if isinstance(source, list) else str(source)
    if cell.cell_type == "code":
        cell.setdefault("outputs", [])
        cell.setdefault("execution_count", None)
        for output in cell.outputs:
            _join(output)


def _join(output: Any) -> None:
    if "text" in output and isinstance(output.text, list):
        output.text = "".join(output.text)
    for mime, data in output.get("data", {}).items():
        if isinstance(data, list) and not mime.endswith("json"):
            output.data[mime] = "".join(data)


def _ipynb_front(
    notebook: NotebookNode, path: str
) -> tuple[FrontMatter | None, tuple[Problem, ...]]:
    """Front matter in a first raw cell, as Jupytext and Quarto keep it."""
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        return None, ()
    source = notebook.cells[0].source.strip()
    yaml_source, rest, _ = split(source)
    if not yaml_source or rest.strip():
        return None, ()
    front = parse(yaml_source, path)
    values = {k: v for k, v in front.values.items() if k not in NOTEBOOK_KEYS}
    return FrontMatter(values, {}, front.problems), front.problems
