"""Edits in random order: after each, the site is the one that would be built from nothing."""

# ruff: noqa: E501 (a cell is easier to read in one line)
from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from publisher import build, config
from publisher.config import Config

HEADER = "---\ntitle: {}\njupyter:\n  kernelspec:\n    name: python3\n---\n\n"
PAGES = {
    "reads.md": "print('read', open('data/a.csv').read())",
    "imports.md": "import helper, package.part\nprint(helper.X, package.part.Y)",
    "lists.md": "from pathlib import Path\nprint(sorted(p.name for p in Path('data').glob('*.csv')))",
    "cats.md": "!cat data/b.csv",
    "asks.md": "import os\nprint('there', os.path.exists('data/maybe.csv'))",
    "native.md": "import pyarrow.parquet as pq\nprint(pq.read_table('data/t.parquet').to_pydict())",
    "writes.md": "n = len(open('data/a.csv').read())\nopen('out.txt', 'w').write('long ' + str(n))\nprint(n)",
    "plain.md": "print(1 + 1)",
}
STEPS = 10


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def parquet(path: Path, value: int) -> None:
    import pyarrow
    import pyarrow.parquet

    pyarrow.parquet.write_table(pyarrow.table({"x": [value]}), path)


@pytest.fixture
def made(site: Any) -> Config:
    files = {
        f"notebooks/{name}": HEADER.format(name) + f"Words.\n\n```python\n{code}\n```\n"
        for name, code in PAGES.items()
    }
    files["notebooks/writes.md"] += "\n[written](out.txt)\n"
    project: Config = site(
        {
            **files,
            "notebooks/index.md": "# Home\n\n[reads](reads.md)\n",
            "notebooks/helper.py": "X = 0\n",
            "notebooks/package/__init__.py": "",
            "notebooks/package/part.py": "Y = 0\n",
            "notebooks/data/a.csv": "0",
            "notebooks/data/b.csv": "0",
        }
    )
    parquet(project.source / "data/t.parquet", 0)
    return project


def edits(made: Config, choose: random.Random) -> list[Callable[[], str]]:
    """What an author may do next; each says what it did."""
    number = choose.randrange(1000)

    def text(name: str, new: str) -> Callable[[], str]:
        def edit() -> str:
            (made.source / name).write_text(new)
            return f"{name} = {new!r}"

        return edit

    def within(old: str, new: str) -> Callable[[], str]:
        def edit() -> str:
            path = made.source / choose.choice(sorted(PAGES))
            path.write_text(path.read_text().replace(old, new, 1))
            return f"{path.name}: {old!r} → {new!r}"

        return edit

    def table() -> str:
        parquet(made.source / "data/t.parquet", number)
        return "t.parquet"

    def toggle(name: str) -> Callable[[], str]:
        def edit() -> str:
            path = made.source / name
            path.unlink() if path.exists() else path.write_text("here")
            return f"{name} comes or goes"

        return edit

    def touch() -> str:
        for path in made.source.rglob("*"):
            os.utime(path)
        return "everything touched"

    return [
        text("data/a.csv", str(number)),
        text("data/b.csv", str(number)),
        text("helper.py", f"X = {number}\n"),
        text("package/part.py", f"Y = {number}\n"),
        within("Words.", f"Words. {number}"),
        within("title: ", f"title: {number} "),
        within("print(", f"print({number}, "),
        table,
        toggle("data/maybe.csv"),
        toggle("data/new.csv"),
        toggle("reads.txt"),
        touch,
    ]


@pytest.mark.parametrize("seed", [1, 2])
def test_after_any_edit_the_site_is_that_of_a_build_from_nothing(
    made: Config, tmp_path: Path, seed: int
) -> None:
    choose = random.Random(seed)
    done: list[str] = []
    reused = 0
    for step in range(STEPS):
        if step:
            done += [choose.choice(edits(made, choose))() for _ in range(choose.choice([1, 1, 2]))]
        report = build.publish(config.load(made.root))
        assert report.published, [error.message for error in report.errors]
        reused += sum(page.status == "reused" for page in report.pages)
        fresh = tmp_path / str(step) / made.root.name
        shutil.copytree(
            made.root, fresh, ignore=shutil.ignore_patterns(".publisher", "site", "out.txt")
        )
        assert build.publish(config.load(fresh)).published
        before, now = tree(fresh / "site"), tree(made.output)
        assert [name for name in before.keys() | now if before.get(name) != now.get(name)] == [], (
            done
        )
    assert reused > STEPS * len(PAGES) // 2
