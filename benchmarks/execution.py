"""What running code costs apart from the code itself: per page, per kernel, per edit."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median

from bench import Bench
from corpora import Corpus
from tools import Tool

KERNELS = {
    "plain": {},
    "forked": {"kernel_provisioner": {"provisioner_name": "publisher-forked"}},
}


def overhead(bench: Bench, tools: Sequence[Tool], few: Corpus, many: Corpus) -> None:
    """Build pages of which the code does nothing: what one more of them costs is overhead."""
    for tool in bench.rounds(tools):
        for corpus, scenario in ((few, "idle, few"), (many, "idle, many")):
            project = bench.project(tool, corpus)
            bench.build(tool, project, corpus.expected, scenario)


def kernels(bench: Bench, count: int) -> None:
    """Start kernels one after the other, plain and forked, by the same client code.

    Wall time is the median of `count` starts, each from asking for a kernel to its answer. CPU is
    that of a program with `count` starts (and ends) less that of one with none, over `count`.
    """
    path = str(_kernelspecs(bench.folder / "jupyter"))
    for number in range(bench.repeat):
        for name in sorted(KERNELS, reverse=number % 2 == 0):
            _, base = bench.ask("ready.py", name, "direct", "0", JUPYTER_PATH=path)
            for client in ("direct", "usual"):
                seconds, cost = bench.ask("ready.py", name, client, str(count), JUPYTER_PATH=path)
                each = replace(cost, wall=median(seconds), cpu=(cost.cpu - base.cpu) / count)
                bench.results.add(f"kernel, {client} client", name, each)


def own_time(bench: Bench, notebook: Path) -> None:
    """Run the cells of a notebook in a plain kernel; its own time is their sum."""
    seconds, cost = bench.ask("cells.py", str(notebook))
    own = replace(cost, wall=sum(seconds), cpu=0.0)  # CPU is not known of the cells alone
    bench.results.add("cells alone", "plain", own)


def _kernelspecs(folder: Path) -> Path:
    """A folder of Jupyter's data with two kernels that differ in their provisioner alone."""
    for name, metadata in KERNELS.items():
        kernel = folder / "kernels" / name / "kernel.json"
        kernel.parent.mkdir(parents=True, exist_ok=True)
        # Jupyter puts its own interpreter in the place of "python"
        argv = ["python", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        table = {"argv": argv, "display_name": name, "language": "python", "metadata": metadata}
        kernel.write_text(json.dumps(table), encoding="utf-8")
    return folder
