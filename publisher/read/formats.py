"""The file formats of pages: which are notebooks, and how each becomes cells with their lines."""

from __future__ import annotations

import json
import re
import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from publisher.errors import SourceError
from publisher.jekyll import HTML
from publisher.model import Dialect, Problem
from publisher.read import breaks, gallery, quarto
from publisher.read.dialect import dialect_of
from publisher.read.frontmatter import in_toml, split
from publisher.read.shape import shape, texts
from publisher.safeyaml import Keys, keys

if TYPE_CHECKING:
    from nbformat import NotebookNode

MARKDOWN = (".md", ".markdown")
SCRIPTS = (".py", ".R", ".r", ".jl", ".sh", ".js", ".ts", ".rs", ".cpp", ".scala")
CHUNKED = (".Rmd", ".qmd")
SUFFIXES = (*MARKDOWN, ".ipynb", *CHUNKED, *SCRIPTS)
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
_KERNELS = {"python3": "python", "python": "python", "ir": "R", "bash": "bash"}
_SLASHES = (".js", ".ts", ".rs", ".cpp", ".scala")
_LONG_FENCE = re.compile(
    r"^(?P<mark>`{4,}|~{3,})[^\n`]*\n(?P<inside>.*?)^(?P=mark)", re.MULTILINE | re.DOTALL
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


@dataclass(frozen=True)
class Document:
    """A file as cells. `lines[i]` is the line of the file where cell i's source begins."""

    kind: Literal["notebook", "prose"]
    dialect: Dialect
    front: Keys
    notebook: NotebookNode
    lines: tuple[int, ...]


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
        return _ipynb(text, path)
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
    problems = _cell_options(notebook, lines, path)
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
            options = keys(yaml_source, path, first_line=line or 1).values
        except SourceError as error:
            problems.append(
                Problem(
                    f"the cell's options are not valid YAML: {error.message.partition(': ')[2]}",
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
        data = _no_halves(json.loads(text)) if _HALF.search(text) else json.loads(text)
    except ValueError as error:
        line = getattr(error, "lineno", None)
        raise SourceError(f"not valid JSON: {error}", path=path, line=line) from error
    try:
        major = data["nbformat"]
        notebook = nbformat.from_dict(data)
        if major != 4:  # its reader joins the lines of texts, which the conversion expects
            notebook = nbformat.convert(nbformat.reader.reads(json.dumps(data)), 4)
        elif data.get("nbformat_minor", 0) > 5:
            nbformat.validate(notebook)
        shape(notebook)
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
    return Document("notebook", "notebook", Keys(values, {}, problems), notebook, lines)


_JUPYTER_KEYS = frozenset(
    "kernelspec language_info jupytext widgets orig_nbformat toc colab vscode accelerator "
    "celltoolbar nbformat signature papermill anaconda-cloud interpreter varInspector "
    "hide_input".split()
)


_HALF = re.compile(r"\\u[dD][89a-fA-F]")


def _no_halves(data: Any) -> Any:
    r"""JSON without the halves of characters (`\ud800`) that no file can hold."""
    text = json.dumps(data, ensure_ascii=False)
    if text.isascii():
        return data
    sound = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return data if sound == text else json.loads(sound)


def _ipynb_front(notebook: NotebookNode, path: str) -> tuple[Keys | None, tuple[Problem, ...]]:
    """Front matter in a first raw cell, as Jupytext and Quarto keep it."""
    if not notebook.cells or notebook.cells[0].cell_type != "raw":
        return None, ()
    source = notebook.cells[0].source.strip()
    yaml_source, rest, _ = split(source)
    if not yaml_source or rest.strip():
        return None, ()
    try:
        front = keys(yaml_source, path)
    except SourceError as error:
        error.line = None  # that of the YAML, not of the file
        raise
    values = {k: v for k, v in front.values.items() if k not in NOTEBOOK_KEYS}
    return Keys(values), tuple(replace(p, line=None) for p in front.problems)
