"""Times the cells of a notebook in a plain kernel: `python cells.py ANSWER NOTEBOOK`.

Run by nbclient in the notebook's folder, once the kernel is ready; nothing is written to the
notebook. The answer is a list of seconds, one for each code cell.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient


def times(notebook: Path) -> list[float]:
    """The seconds that each code cell takes."""
    document = nbformat.read(notebook, as_version=4)
    resources = {"metadata": {"path": str(notebook.parent)}}
    client, seconds = NotebookClient(document, resources=resources), []
    with client.setup_kernel():
        for index, cell in enumerate(document.cells):
            if cell.cell_type == "code":
                started = time.perf_counter()
                client.execute_cell(cell, index)
                seconds.append(time.perf_counter() - started)
    return seconds


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(json.dumps(times(Path(sys.argv[2]))), encoding="utf-8")
