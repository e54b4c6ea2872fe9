"""The entry of JupyterLab's launcher that opens the preview, for jupyter-server-proxy."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

TIMEOUT = 120.0  # seconds until the preview must answer


def preview() -> dict[str, Any]:
    """How jupyter-server-proxy starts the preview, and how JupyterLab's launcher shows it.

    It listens on a Unix socket, which no web page can reach but through Jupyter Server. Where
    there are none, there is no entry.
    """
    return {
        "command": command,
        "unix_socket": True,
        "timeout": TIMEOUT,
        "new_browser_tab": False,
        "launcher_entry": {
            "title": "Site preview",
            "icon_path": str(Path(__file__).parent / "data" / "preview.svg"),
            "category": "Notebook",
            "enabled": sys.platform != "win32",
        },
    }


def command() -> list[str]:
    """The command that serves the preview of the project that is meant in Jupyter's folder.

    It is a template: the proxy puts in the socket. With `-P`, a folder called `publisher` there is
    not taken for this package.
    """
    from publisher.jupyter.projects import near

    project = str(near(_root())).replace("{", "{{").replace("}", "}}")
    serve = ["preview", "-C", project, "--socket", "{unix_socket}"]
    return [sys.executable, "-P", "-m", "publisher", *serve]


def _root() -> Path:
    """The folder that JupyterLab shows."""
    from jupyter_server.serverapp import ServerApp

    root = ServerApp.instance().root_dir if ServerApp.initialized() else "."
    return Path(root).resolve()
