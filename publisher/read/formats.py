"""The file formats of pages: which are notebooks, and how each becomes cells with their lines."""

from __future__ import annotations

import json
import re
import warnings
from typing import TYPE_CHECKING, Any

from publisher.errors import SourceError
from publisher.jekyll import HTML
from publisher.model import Dialect, Problem
from publisher.read import breaks, gallery, quarto
from publisher.read.dialect import dialect_of
from publisher.read.document import NOTEBOOK_KEYS, Document, brief, cell_options
from publisher.read.frontmatter import in_toml, split
from publisher.read.ipynb import read_ipynb
from publisher.read.shape import shape, texts
from publisher.safeyaml import Keys, keys

if TYPE_CHECKING:
    from nbformat import NotebookNode

MARKDOWN = (".md", ".markdown")
SCRIPTS = (".py", ".R", ".r", ".jl", ".sh", ".js", ".ts", ".rs", ".cpp", ".scala")
CHUNKED = (".Rmd", ".qmd")
SUFFIXES = (*MARKDOWN, ".ipynb", *CHUNKED, *SCRIPTS)

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
_KERNELS = {"python3": "python", "python": "python", "ir": "R", "bash": "bash"}
_SLASHES = (".js", ".ts", ".rs", ".cpp", ".scala")
_LONG_FENCE = re.compile(
    r"^(?P<mark>`{4,}+|~{3,}+)[^\n`]*+\n(?P<inside>.*?)^(?P=mark)", re.MULTILINE | re.DOTALL
)
_UNCLOSED = re.compile(
    r"---[ \t]*\n(?:[^\n]*\n){0,20}?"
    r"(?:title|layout|draft|published|permalink|jupyter|jupytext)[ \t]*:"
)
_CELL_HEAD = re.compile(
    r"^(?:`{3,}|~{3,})\{code-cell\}[^\n]*\n(?:---\n.*?^---\n|(?:[ \t]*:[^\n]*\n)+)",
    re.MULTILINE | re.DOTALL,
)
_BARE_TAGS = re.compile(
    r"^([ \t]*:?tags:[ \t]+)([\w-]+(?:[ \t]*,[ \t]*[\w-]+)*)[ \t]*$", re.MULTILINE
)
_PERCENT = re.compile(r"^(?:#|//) ?%%(?!\w)", re.MULTILINE)


def is_notebook(text: str, suffix: str) -> bool:
    """Whether a file says of itself that it is a notebook, by its format or its header."""
    if suffix in (".ipynb", ".Rmd"):
        return True
    if suffix == ".qmd":
        return quarto.has_code(text)
    if suffix in SCRIPTS:
        header = _script_header(text)[0]
        return (
            bool(_PERCENT.search(text))
            or _names_notebook(header)
            or (suffix == ".py" and gallery.is_gallery(text))
        )
    return _names_notebook(split(text)[0])


def _names_notebook(header: str) -> bool:
    return bool(re.search(rf"^({'|'.join(NOTEBOOK_KEYS)})\s*:", header, re.MULTILINE))


def read(text: str, suffix: str, path: str, *, jekyll: bool = False) -> Document:
    """Read a file's text. `SourceError` with `path` and line if it is not what it says.

    In a `jekyll` site, all that is no notebook is Jekyll's: Markdown, HTML, or a text.
    """
    if suffix == ".ipynb":
        return read_ipynb(text, path)
    if jekyll and suffix not in MARKDOWN:
        return _verbatim(text, suffix, path)
    hugo = None if jekyll or suffix not in MARKDOWN else in_toml(text, path)
    if hugo is not None:
        front, body, skipped = hugo
        return _prose(front, body, skipped, dialect_of(front, body, jekyll=False))
    if suffix in SCRIPTS:
        yaml_source, body, skipped = _script_header(text)
    else:
        yaml_source, body, skipped = split(text)
    if not yaml_source and suffix not in SCRIPTS and _UNCLOSED.match(text):
        raise SourceError(
            "the front matter is not closed", path=path, line=1, hint="end it with a line ---"
        )
    first_line = max(2, skipped - yaml_source.count("\n"))
    front = (_forgiven if jekyll else keys)(yaml_source, path, first_line)
    skipped += len(body) - len(body.lstrip("\n"))
    body = body.lstrip("\n")
    bare = suffix in MARKDOWN and not any(key in front.values for key in NOTEBOOK_KEYS)
    if bare or (suffix == ".qmd" and not quarto.has_code(body)):
        return _prose(front, body, skipped, dialect_of(front, body, jekyll=jekyll))
    header = {key: front.values.get(key) for key in NOTEBOOK_KEYS}
    name = _format(header, body, suffix, path)
    lines: tuple[int, ...] = ()
    if name == "sphinx-gallery":
        notebook, lines = gallery.read(body)
        lines = tuple(line + skipped for line in lines)
    else:
        text = breaks.hidden(body) if name == "myst" else body
        text = quarto.with_marks(text) if suffix == ".qmd" else text
        notebook = _jupytext(_spoken(header, suffix, name) + text, suffix, name, path)
        breaks.show(notebook)
    notebook.metadata = _notebook_metadata(header, notebook.metadata, suffix)
    shape(notebook)
    lines = lines or _lines(notebook, body, skipped)
    problems = cell_options(notebook, lines, path)
    if suffix == ".qmd":
        quarto.complete(notebook, front.values)
    if name == "markdown":
        problems += _long_fences(body, skipped, path)
    kept = {k: v for k, v in front.values.items() if k not in NOTEBOOK_KEYS}
    return Document(
        "notebook",
        "myst" if name == "myst" or suffix == ".qmd" else "notebook",
        Keys(kept, front.lines, (*front.problems, *problems)),
        notebook,
        lines,
    )


def _prose(front: Keys, body: str, skipped: int, dialect: Dialect) -> Document:
    from nbformat.v4 import new_markdown_cell, new_notebook

    notebook = new_notebook(cells=[new_markdown_cell(body)])
    return Document("prose", dialect, front, notebook, (skipped + 1,))


def _verbatim(text: str, suffix: str, path: str) -> Document:
    """A file with front matter whose text is no Markdown."""
    yaml_source, body, skipped = split(text)
    front = _forgiven(yaml_source, path)
    dialect: Dialect = "html" if suffix.lower() in HTML else "text"
    return _prose(front, body, skipped, dialect)


def _forgiven(yaml_source: str, path: str, first_line: int = 2) -> Keys:
    """Front matter as Jekyll reads it: where it is broken it counts for nothing, with a warning.

    Only what must not be published stays unpublished.
    """
    try:
        return keys(yaml_source, path, first_line)
    except SourceError as error:
        hint = f"{error.hint}; until then it counts for nothing" if error.hint else None
        problem = Problem(error.message, path, error.line, hint=hint)
        hidden = re.search(r"^(?:published:\s*false|draft:\s*true)\b", yaml_source, re.MULTILINE)
        return Keys({"published": False} if hidden else {}, {}, (problem,))


def _format(header: dict[str, Any], body: str, suffix: str, path: str) -> str:
    """Jupytext's name of the format that a text notebook is in."""
    name = ""
    for holder in (header["jupyter"], header):
        jupytext = holder.get("jupytext") if isinstance(holder, dict) else None
        shape = jupytext.get("text_representation") if isinstance(jupytext, dict) else None
        if isinstance(shape, dict):
            name = str(shape.get("format_name") or "")
    if suffix in CHUNKED:
        return "rmarkdown"
    if suffix == ".py" and name in ("", "sphinx") and gallery.is_gallery(body):
        return "sphinx-gallery"
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


def _spoken(header: dict[str, Any], suffix: str, name: str) -> str:
    """A header that tells Jupytext the notebook's language, or nothing if none is given.

    Without one it takes the language of most cells, and marks the others with magics.
    """
    jupyter = header["jupyter"] if isinstance(header["jupyter"], dict) else {}
    kernelspec = jupyter.get("kernelspec") or header["kernelspec"]
    if not isinstance(kernelspec, dict):
        return ""
    language = kernelspec.get("language") or _KERNELS.get(str(kernelspec.get("name")))
    if not re.fullmatch(r"[A-Za-z0-9+#.-]{1,30}", str(language or "")):
        return ""
    spec = ["kernelspec:", f"  language: {language}", "  name: any", "  display_name: any"]
    lines = ["---", *(spec if name == "myst" else ["jupyter:", *("  " + s for s in spec)]), "---"]
    mark = "" if suffix not in SCRIPTS else "// " if suffix in _SLASHES else "# "
    return "".join(f"{mark}{line}\n" for line in lines) + "\n"


def _jupytext(body: str, suffix: str, name: str, path: str) -> NotebookNode:
    import jupytext

    if name == "markdown" and suffix == ".markdown":
        suffix = ".md"
    if name == "rmarkdown":
        suffix = ".Rmd"
    if name == "myst":  # MyST takes `:tags: hide-input`, Jupytext only a list
        body = _CELL_HEAD.sub(lambda head: _BARE_TAGS.sub(r"\1[\2]", head[0]), body)
    try:
        with warnings.catch_warnings(action="ignore"):  # of languages that go by several names
            notebook: NotebookNode = jupytext.reads(
                body, fmt={"extension": suffix, "format_name": name}
            )
        return notebook
    except Exception as error:  # Jupytext's parsers raise what they like
        raise SourceError(
            f"Jupytext cannot read this as {name}: {brief(error)}",
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
    if kernelspec is None and isinstance(header["jupyter"], str):  # as Quarto has it
        kernelspec = header["jupyter"]
    if isinstance(kernelspec, str):
        kernelspec = {"name": kernelspec}
    kernelspec = texts(dict(kernelspec)) if isinstance(kernelspec, dict) else {}
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
        rest = range(position, len(lines))
        at = next((i for i in rest if _bare_line(lines[i]) == wanted), None) if wanted else None
        if at is None and wanted:
            at = next((i for i in rest if wanted in lines[i]), None)
        if at is None:
            found.append(skipped + min(position, max(len(lines) - 1, 0)) + 1)
            continue
        blank = len(cell.source) - len(cell.source.lstrip("\n"))
        found.append(skipped + at + 1 - blank)
        position = at + max(1, len(cell.source.strip("\n").splitlines()))
    return tuple(found)


def _bare_line(line: str) -> str:
    """A line without the comment mark that scripts put before prose and magics."""
    return re.sub(r"^(?:#|//) ?(?!\||%%)", "", line.strip()).strip()
