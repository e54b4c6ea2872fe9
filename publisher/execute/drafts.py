"""Draft results: the outputs that an author has in JupyterLab, as they were last saved.

A text notebook holds no outputs. What a save would drop is kept here, so that the preview shows
what the author sees, without a run. A published build never takes it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from publisher.config import Config
from publisher.execute.code import Code, cell_digest
from publisher.execute.results import Stored
from publisher.store import Store, digest

if TYPE_CHECKING:
    from nbformat import NotebookNode

KIND = "drafts"


@dataclass(frozen=True)
class Draft:
    """The outputs of a page with code cells of these hashes (see `Code.cells`), in their order.

    `result` names them in the store; it is empty where the author has cleared all. `done` says
    which cells have run. `time` is when it was saved, in seconds since the epoch.
    """

    cells: tuple[str, ...] = ()
    done: tuple[bool, ...] = ()
    result: str = ""
    time: float = 0.0


class Drafts:
    """The draft results of a project's pages, each by the page's path in the source folder."""

    def __init__(self, config: Config, store: Store | None = None) -> None:
        self.store = store or Store(config.store)

    def keep(self, source: str, notebook: NotebookNode) -> None:
        """Keep the outputs of a notebook of format 4; where it has none, forget those before."""
        code = [cell for cell in notebook.cells if cell.cell_type == "code"]
        outputs = tuple(_joined(cell.get("outputs")) for cell in code)
        counts = tuple(_whole(cell.get("execution_count")) for cell in code)
        done = tuple(bool(o) or bool(c) for o, c in zip(outputs, counts, strict=True))
        if not any(done):
            self.clear(source)
            return
        state = notebook.metadata.get("widgets", {})
        stored = Stored(
            outputs,
            counts,
            state.get("application/vnd.jupyter.widget-state+json"),
            {},
            (),
        )
        data = msgspec.json.encode(stored)  # once: a save waits for it
        key = digest(KIND, source, data)
        self.store.put("results", key, msgspec.Raw(data))
        cells = tuple(map(cell_digest, code))
        self.store.put(KIND, digest(source), Draft(cells, done, key, time.time()))

    def clear(self, source: str) -> None:
        """Forget the outputs of a page."""
        if self.store.has(KIND, digest(source)):
            self.store.put(KIND, digest(source), Draft())

    def find(self, source: str, code: Code) -> Draft | None:
        """The outputs of a page, if its code is the same as when they were saved."""
        draft = self.store.get(KIND, digest(source), Draft)
        return draft if draft is not None and draft.result and draft.cells == code.cells else None


def _joined(outputs: Any) -> list[dict[str, Any]]:
    """Outputs with their texts in one piece: files may hold them as lists of lines.

    What is no output, which Jupyter saves with no more than a warning, is left out.
    """
    joined = []
    for output in outputs if isinstance(outputs, list) else ():
        if not _is_output(output):
            continue
        new = {**output, "text": _text(output["text"])} if "text" in output else dict(output)
        if "data" in output:
            new["data"] = {
                kind: value if "json" in kind else _text(value)
                for kind, value in output["data"].items()
            }
        joined.append(new)
    return joined


def _is_output(output: Any) -> bool:
    """Whether something has the shape that nbformat gives to outputs."""
    if not isinstance(output, dict):
        return False
    match output.get("output_type"):
        case "stream":
            return isinstance(output.get("name"), str) and _is_text(output.get("text"))
        case "error":
            names = (output.get("ename"), output.get("evalue"))
            lines = output.get("traceback")
            return all(isinstance(name, str) for name in names) and _is_lines(lines)
        case "display_data" | "execute_result":
            parts = (output.get("data"), output.get("metadata", {}))
            return all(isinstance(part, dict) for part in parts)
    return False


def _is_lines(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(line, str) for line in value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) or _is_lines(value)


def _text(value: Any) -> Any:
    return "".join(value) if _is_lines(value) else value


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) else None
