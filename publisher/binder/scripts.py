"""What runs on Binder: the build of the site, and how JupyterLab opens."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from publisher import binderhub, read
from publisher.config import Config
from publisher.errors import PublishError

LAYOUT = "workspace.json"
_BASE = "@BASE@"  # the address of the Jupyter server, which is known only when it starts
_PREVIEW = "server-proxy:publisher"  # as the extension of jupyter-server-proxy calls our panel

_POST_BUILD = """\
#!/bin/bash
# Made by `publish binder`: builds the site into the image, so that it is there at once.
set -e
{before}publish build{project} || echo "The site could not be built (see above): the preview says why." >&2
"""  # noqa: E501

_START = """\
#!/bin/bash
# Made by `publish binder`: JupyterLab opens with the site beside a notebook.
here="$(cd "$(dirname "$0")" && pwd)"
if [ ! -d "$HOME/.jupyter/lab/workspaces" ]; then
  made="$(mktemp -d)/{layout}"
  sed "s|{base}|${{JUPYTERHUB_SERVICE_PREFIX:-/}}|" "$here/{layout}" > "$made"
  jupyter lab workspaces import "$made" || true
fi
cd "$here/{project}" || exit
exec {command}"$@"
"""


def scripts(top: Path, config: Config, late: str = "") -> dict[str, str]:
    """The scripts that repo2docker runs, and the layout of JupyterLab, by their names.

    Scripts of these names at the top of the repository run as they did before. `late` is what pip
    is to install first.
    """
    inside = config.root.relative_to(top).as_posix() if config.root != top else ""
    before = f"pip install --no-cache-dir {shlex.quote(late)}\n" if late else ""
    if (top / "postBuild").is_file():
        before += "chmod +x postBuild\n./postBuild\n"
    own = 'bash "$here/../start" ' if (top / "start").is_file() else ""
    project = f" -C {shlex.quote(inside)}" if inside else ""
    back = os.path.join("..", inside) if inside else ".."
    return {
        "postBuild": _POST_BUILD.format(before=before, project=project),
        "start": _START.format(layout=LAYOUT, base=_BASE, project=_in_quotes(back), command=own),
        LAYOUT: json.dumps(_layout(_first_notebook(config), config), indent=2) + "\n",
    }


def _in_quotes(text: str) -> str:
    """A text as it stands between double quotes in a shell."""
    return "".join(f"\\{letter}" if letter in '\\"$`' else letter for letter in text)


def _first_notebook(config: Config) -> str | None:
    """The source of the home page if it is a notebook, else of the first page that is one."""

    def rank(source: str) -> tuple[bool, int, str]:
        path = PurePosixPath(source)
        return source != f"index{path.suffix}", len(path.parts), source

    for source in sorted(read.sources(config).pages, key=rank):
        try:
            if read.page(source, config).kind == "notebook":
                return source
        except PublishError:
            continue  # a build tells
    return None


def _layout(notebook: str | None, config: Config) -> dict[str, Any]:
    """JupyterLab's panels: a notebook, and the site beside it.

    Source: what JupyterLab saves as its workspace, and jupyter-server-proxy's extension restores.
    """
    preview = f"server-proxy:{_PREVIEW}"
    areas = [{"type": "tab-area", "currentIndex": 0, "widgets": [preview]}]
    panels: dict[str, Any] = {
        preview: {
            "data": {
                "id": _PREVIEW,
                "title": "Site preview",
                "url": f"{_BASE}{binderhub.SITE}",
                "newBrowserTab": False,
            }
        }
    }
    current = preview
    if notebook is not None:
        path = config.shown(config.source / notebook)
        current = f"notebook:{path}"
        factory = "Notebook" if path.endswith(".ipynb") else "Jupytext Notebook"
        panels[current] = {"data": {"path": path, "factory": factory}}
        areas.insert(0, {"type": "tab-area", "currentIndex": 0, "widgets": [current]})
    sizes = [1 / len(areas)] * len(areas)
    dock = {"type": "split-area", "orientation": "horizontal", "sizes": sizes, "children": areas}
    folder = config.shown(config.source) if config.source != config.root else ""
    return {
        "data": {
            "layout-restorer:data": {
                "main": {"dock": dock, "current": current},
                "left": {"collapsed": False, "current": "filebrowser", "widgets": ["filebrowser"]},
                "relativeSizes": [0.16, 0.84, 0],
            },
            "file-browser-filebrowser:cwd": {"path": folder},
            **panels,
        },
        "metadata": {"id": "default"},
    }
