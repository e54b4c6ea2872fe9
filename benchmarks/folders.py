"""A folder of somebody's text notebooks, as it is: its pages that run here, by both tools."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench import Bench
from measure import BenchmarkError
from tools import NBCONVERT, Tool, nbconvert, own_venv, publish

SETTINGS = 'title = "Benchmark"\non_error = "keep"\n'
LEFT = shutil.ignore_patterns(".*", "site", "_build", "__pycache__")


@dataclass(frozen=True)
class Folder:
    """A folder with notebooks; `pages` are those that run here, `failing` those that do not.

    Both are sources, relative to `path`, which holds the data that they read as well.
    """

    name: str
    path: Path
    pages: tuple[str, ...]
    failing: tuple[str, ...]


def measure_folder(bench: Bench, given: str) -> None:
    """Build a folder, `NAME=PATH`, cold and unchanged, by us and by one call of nbconvert."""
    name, _, path = given.partition("=")
    if not path or not Path(path).is_dir():
        raise BenchmarkError(f"--folder {given}: want NAME=PATH of a folder")
    folder = _looked_through(bench, name, Path(path).absolute())
    bench.results.failing[name] = list(folder.failing)
    for tool in bench.rounds(_tools()):
        project = bench.empty(tool)
        _copy(bench, folder, tool, project)
        expected = {str(Path(page).with_suffix("")): "" for page in folder.pages}
        shown = expected if tool.name == NBCONVERT else {}  # ours fails if a page does
        bench.build(tool, project, shown, f"{name}, cold", memory=True)
        if tool.caches:
            bench.build(tool, project, shown, f"{name}, unchanged")


def _tools() -> Sequence[Tool]:
    """Both tools on a folder as it lies; nbconvert puts its pages beside their sources."""
    command = ("jupyter-nbconvert", "--to", "html", "{files}")
    theirs = replace(nbconvert(own_venv()), sources="", site="", command=command)
    return replace(publish(own_venv()), sources=""), theirs


def _looked_through(bench: Bench, name: str, path: Path) -> Folder:
    """What of a folder runs here, found by an unmeasured build of ours."""
    ours = _tools()[0]
    everything = Folder(name, path, (), ())
    project = bench.empty(ours)
    _copy(bench, everything, ours, project)
    command = [*ours.build(project, execute=True), "--json"]
    build = subprocess.run(command, env=bench.env, capture_output=True, text=True, check=False)
    try:
        found = json.loads(build.stdout)["pages"]
    except ValueError as error:
        raise BenchmarkError(f"{name} cannot be built:\n{build.stderr[-3000:]}") from error
    status = {page["source"]: page["status"] for page in found}
    ran = tuple(source for source in status if status[source] == "ran")
    if not ran:
        raise BenchmarkError(f"nothing in {path} runs here:\n{build.stderr[-3000:]}")
    return replace(everything, pages=ran, failing=tuple(s for s in status if status[s] == "failed"))


def _copy(bench: Bench, folder: Folder, tool: Tool, project: Path) -> None:
    """Fill an empty folder with the files of a folder, without the pages that fail.

    nbconvert gets `.ipynb`, made by jupytext beside their sources, so that they find their data.
    """
    shutil.copytree(folder.path, project, ignore=LEFT, dirs_exist_ok=True)
    for page in folder.failing:
        (project / page).unlink()
    if tool.name != NBCONVERT:
        (project / "publisher.toml").write_text(SETTINGS, encoding="utf-8")
        return
    for path in project.rglob("*.ipynb"):
        if str(path.relative_to(project)) not in folder.pages:
            path.unlink()
    texts = [str(project / page) for page in folder.pages if not page.endswith(".ipynb")]
    if texts:
        command = [str(tool.venv / "bin" / "jupytext"), "--quiet", "--to", "ipynb", *texts]
        subprocess.run(command, env=bench.env, check=True)
