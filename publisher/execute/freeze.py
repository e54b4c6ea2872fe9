"""Frozen results: the outputs of a page as files in `_freeze/` that one can review and commit.

`_freeze/PAGE/outputs.ipynb` holds the code cells with their outputs, `inputs.json` what the run
read, `files/` what it wrote into the project, `states.json` what widgets show when they are moved,
if there are such. They are used as long as the code is the same,
also where the kernel or the data is not at hand.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from publisher.config import Config
from publisher.errors import SourceError
from publisher.execute import written
from publisher.execute.code import Code
from publisher.execute.inputs import Inputs
from publisher.execute.results import Results, Stored, Trace
from publisher.model import Page, Problem, States
from publisher.store import content_digest, digest

if TYPE_CHECKING:
    from nbformat import NotebookNode

FOLDER = "_freeze"
NOTEBOOK, RECORD, FILES = "outputs.ipynb", "inputs.json", "files"
STATES = "states.json"
WIDGETS = "application/vnd.jupyter.widget-state+json"


@dataclass(frozen=True)
class Record:
    """What is kept beside the outputs: hashes of the code cells, inputs, files and notices."""

    cells: tuple[str, ...]
    inputs: Inputs
    written: dict[str, str]
    problems: tuple[Problem, ...]


@dataclass(frozen=True)
class Frozen:
    """A frozen result: of which code, what it read, and a hash of all that it holds."""

    record: Record
    digest: str


def find(source: str, code: Code, config: Config) -> Frozen | None:
    """The frozen result of a page, if it has one of this very code.

    `SourceError` if its files are there but cannot be read.
    """
    folder = _folder(source, config)
    try:
        names = (RECORD, NOTEBOOK, *([STATES] if (folder / STATES).exists() else ()))
        data = [(folder / name).read_bytes() for name in names]
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise _broken(folder, config, error) from error
    try:
        record = msgspec.json.decode(data[0], type=Record)
    except (msgspec.DecodeError, ValueError) as error:
        raise _broken(folder / RECORD, config, error) from error
    return Frozen(record, digest(*data)) if record.cells == code.cells else None


def load(source: str, config: Config) -> Stored:
    """The frozen outputs of a page; files that the run wrote are brought back where they are gone.

    `SourceError` if they cannot be read.
    """
    folder = _folder(source, config)
    try:
        record = msgspec.json.decode((folder / RECORD).read_bytes(), type=Record)
        notebook = msgspec.json.decode((folder / NOTEBOOK).read_bytes())
        cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
        outputs = tuple([_joined(output) for output in cell["outputs"]] for cell in cells)
        counts = tuple(cell.get("execution_count") for cell in cells)
        widgets = notebook["metadata"].get("widgets", {}).get(WIDGETS)
        states: tuple[States, ...] = ()
        if (folder / STATES).exists():
            content = (folder / STATES).read_bytes()
            states = msgspec.json.decode(content, type=tuple[States, ...])
        written.bring_back(config.root, record.written, partial(_frozen, folder / FILES, record))
    except (msgspec.DecodeError, ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise _broken(folder, config, error) from error
    return Stored(outputs, counts, widgets, record.written, record.problems, states)


def _frozen(folder: Path, record: Record, name: str) -> bytes | None:
    """The content of a file that the run wrote, as it was frozen."""
    content = (folder / name).read_bytes()
    return content if content_digest(content) == record.written[name] else None


def write(page: Page, code: Code, stored: Stored, trace: Trace, results: Results) -> None:
    """Freeze a result: make the files of a page anew. `SourceError` if that cannot be done."""
    config = results.config
    place = _folder(page.source, config)
    folder = place.with_name(f".{place.name}.publisher-new")
    record = Record(code.cells, trace.inputs, stored.written, stored.problems)
    text = msgspec.json.format(msgspec.json.encode(record), indent=1)
    try:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / NOTEBOOK).write_text(_notebook(page, stored), encoding="utf-8")
        (folder / RECORD).write_bytes(text + b"\n")
        if stored.states:
            found = msgspec.json.format(msgspec.json.encode(stored.states), indent=1)
            (folder / STATES).write_bytes(found + b"\n")
        for name, sum_ in stored.written.items():
            content = results.store.get_file(sum_)
            if content is not None:
                target = folder / FILES / name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        shutil.rmtree(place, ignore_errors=True)
        folder.rename(place)
    except OSError as error:
        raise SourceError(
            f"the result cannot be frozen: {error.strerror}", path=config.shown(place)
        ) from error


def _notebook(page: Page, stored: Stored) -> str:
    """The code cells of a page with their outputs, as a notebook that any viewer shows."""
    from nbformat import from_dict
    from nbformat.v4 import new_code_cell, new_notebook, writes

    code = [cell for cell in page.notebook.cells if cell.cell_type == "code"]
    cells: list[NotebookNode] = [
        new_code_cell(
            cell.source,
            id=f"cell-{number}",
            outputs=[from_dict(output) for output in outputs],
            execution_count=count,
        )
        for number, (cell, outputs, count) in enumerate(
            zip(code, stored.outputs, stored.counts, strict=True), start=1
        )
    ]
    metadata: dict[str, Any] = {}
    kernel = page.notebook.metadata.get("kernelspec")
    if kernel and kernel.get("name"):
        metadata["kernelspec"] = {"display_name": kernel["name"], **kernel}
    if stored.widgets:
        metadata["widgets"] = {WIDGETS: stored.widgets}
    text: str = writes(new_notebook(cells=cells, metadata=from_dict(metadata)))
    return text + "\n"


def _joined(output: dict[str, Any]) -> dict[str, Any]:
    """An output with its texts in one piece: files hold them as lists of lines."""
    joined = dict(output)
    if isinstance(joined.get("text"), list):
        joined["text"] = "".join(joined["text"])
    if "data" in joined:
        joined["data"] = {
            mime: "".join(data) if isinstance(data, list) and not _is_json(mime) else data
            for mime, data in joined["data"].items()
        }
    return joined


def _is_json(mime: str) -> bool:
    return mime == "application/json" or (
        mime.startswith("application/") and mime.endswith("+json")
    )


def orphans(sources: frozenset[str], config: Config) -> Iterator[Problem]:
    """Warnings of frozen results whose page is not there any more."""
    top = config.root / FOLDER
    for record in sorted(top.rglob(RECORD)) if top.is_dir() else ():
        source = record.parent.relative_to(top).as_posix()
        if source not in sources and FILES not in record.relative_to(top).parts[:-1]:
            yield Problem(
                "this frozen result belongs to no page",
                config.shown(record.parent),
                hint="remove it, or rename it if the page was renamed",
            )


def _folder(source: str, config: Config) -> Path:
    return config.root / FOLDER / source


def _broken(path: Path, config: Config, error: Exception) -> SourceError:
    return SourceError(
        f"the frozen result cannot be read: {error}",
        path=config.shown(path),
        hint="bring it back from git, or make it anew: publish --refresh",
    )
