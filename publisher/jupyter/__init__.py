"""What plugs into Jupyter: an exporter, a server extension, and an entry of JupyterLab's launcher.

Jupyter imports this package when its server starts; what it holds is imported once it is used.
"""

from __future__ import annotations

from typing import Any


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    """Where Jupyter Server finds our extension."""
    return [{"module": "publisher.jupyter"}]


def _load_jupyter_server_extension(app: Any) -> None:
    """Let notebooks that are saved in our projects pass through our hands."""
    from publisher.jupyter.server import load

    load(app)
