"""An extension of Jupyter Server: what a save of a text notebook in our projects keeps.

A text notebook holds no outputs, so those that the author sees are kept as draft results for the
preview; and of the file only what the author changed is changed. Nothing of this stops a save.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from types import new_class
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from publisher.config import Config

MAX_BYTES = 64_000_000  # of outputs: beyond, none are kept

_NOTEBOOK: ContextVar[Any] = ContextVar("publisher_notebook", default=None)


def load(app: Any) -> None:
    """Have the server's contents manager tell us of saves.

    Its hooks see only the text that Jupytext has made of a notebook, without outputs. So its class
    is derived from, as Jupytext's own extension (which is loaded before) does; the object stays
    the same, for others hold it.
    """
    manager = app.contents_manager
    manager.__class__ = app.contents_manager_class = telling(type(manager))


def telling(base: type[Any]) -> type[Any]:
    """A class of contents managers, asynchronous or not, that tells us of saves."""

    def save(self: Any, model: dict[str, Any], path: str = "") -> Any:
        _NOTEBOOK.set(model.get("content") if model.get("type") == "notebook" else None)
        return base.save(self, model, path)

    def run_pre_save_hooks(self: Any, model: dict[str, Any], path: str, **given: Any) -> None:
        base.run_pre_save_hooks(self, model=model, path=path, **given)
        notebook = _NOTEBOOK.get()
        if notebook is not None and model.get("type") == "file":
            before_save(self, model, path, notebook)

    methods = {"save": save, "run_pre_save_hooks": run_pre_save_hooks, "__doc__": base.__doc__}
    return new_class(base.__name__, (base,), exec_body=lambda space: space.update(methods))


def before_save(manager: Any, model: dict[str, Any], path: str, notebook: dict[str, Any]) -> None:
    """Do what is ours before a notebook is saved as text: keep its outputs, leave the rest be.

    `model` is that of the text, which is changed in place; `path` is its path for the `manager`.
    What goes wrong is logged, the first time as a warning, and stops nothing.
    """
    for step in (_keep_outputs, _keep_text):
        try:
            step(manager, model, path, notebook)
        except Exception as error:
            log = manager.log.debug if manager.__dict__.get("_told") else manager.log.warning
            manager.__dict__["_told"] = True
            log("publisher: the save of %s goes on without us: %r", path, error)


def _keep_outputs(manager: Any, model: dict[str, Any], path: str, notebook: dict[str, Any]) -> None:
    found = _page(manager, path)
    if found is not None:
        keep(*found, notebook)


def _keep_text(manager: Any, model: dict[str, Any], path: str, notebook: dict[str, Any]) -> None:
    """Let stay in the file what the author has not changed."""
    found = _page(manager, path)
    if found is None:
        return
    from publisher.jupyter.merge import kept

    project, source = found
    file = project.source / source
    found_by_jupytext = getattr(manager, "cached_config", None)  # for the folder of this save
    if file.is_file():
        model["content"] = kept(
            file.read_bytes().decode("utf-8"),
            model["content"],
            file.suffix,
            notebook.get("metadata", {}),
            found_by_jupytext and (found_by_jupytext.config or manager),
        )


def _page(manager: Any, path: str) -> tuple[Config, str] | None:
    """The project and the source that a path of the manager is, if it is a file in one."""
    if not hasattr(manager, "_get_os_path"):  # its files are no files of ours: a cloud's, say
        return None
    from publisher.jupyter.projects import around

    file = Path(manager.root_dir, path.strip("/")).resolve()
    project = around(file.parent)
    if project is None or not file.is_relative_to(project.source):
        return None
    return project, file.relative_to(project.source).as_posix()


def keep(project: Config, source: str, notebook: dict[str, Any]) -> None:
    """Keep the outputs of a notebook of format 4, as JSON holds it, as drafts of a page."""
    from publisher.execute.drafts import Drafts

    drafts = Drafts(project)
    if _size(notebook) > MAX_BYTES:
        drafts.clear(source)
    else:
        drafts.keep(source, _node(notebook))


def _size(notebook: dict[str, Any]) -> int:
    """The bytes that its outputs take as JSON; no more is looked at than is needed."""
    import msgspec

    size = 0
    for cell in notebook["cells"]:
        for output in cell.get("outputs", ()):
            size += len(msgspec.json.encode(output))
            if size > MAX_BYTES:
                return size
    return size


def _node(notebook: dict[str, Any]) -> Any:
    """A notebook as nbformat has it, its outputs as they are: copying them takes long."""
    from nbformat import NotebookNode

    return NotebookNode(
        metadata=notebook.get("metadata", {}),
        cells=[
            NotebookNode({**cell, "source": "".join(cell["source"])}) for cell in notebook["cells"]
        ],
    )
