"""What is not done again, and that nothing is missed by that."""

# ruff: noqa: E501 (an edit is easier to read in one line)
from __future__ import annotations

import json
import shutil
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from publisher import build, config
from publisher.build import Options
from publisher.config import MANIFEST, Config

NOTEBOOK = """---
title: A notebook
jupyter:
  kernelspec:
    name: python3
---

Prose.

```python
print("out", "put")
```
"""


def png(width: int) -> bytes:
    """A picture of one colour, one pixel high."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        whole = kind + data
        return struct.pack(">I", len(data)) + whole + struct.pack(">I", zlib.crc32(whole))

    head = struct.pack(">IIBBBBB", width, 1, 8, 0, 0, 0, 0)
    body = zlib.compress(b"\0" + b"\0" * width)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.fixture
def made(site: Any) -> Config:
    project: Config = site(
        {
            "publisher.toml": 'title = "Site"\n',
            "notebooks/index.md": "---\nlayout: home\n---\n\n# Home\n\n[a part](guide/b.md#a-part)\n",
            "notebooks/note.md": NOTEBOOK,
            "notebooks/guide/a.md": "# A\n\n![picture](p.png) and [data](d.csv)\n",
            "notebooks/guide/b.md": "# B\n\n## A part\n\nText.\n",
            "notebooks/guide/index.md": "# The guide\n",
            "notebooks/posts/one.md": "---\ndate: 2026-01-01\n---\n\n# One\n",
            "notebooks/posts/two.md": "---\ndate: 2026-01-02\n---\n\n# Two\n\n[one](one.md)\n",
            "notebooks/guide/p.png": png(3),
            "notebooks/guide/d.csv": "1",
        }
    )
    build.publish(project)
    return project


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def drawn(made: Config) -> set[str]:
    """The pages that a build renders."""
    report = build.publish(config.load(made.root))
    return {page.source for page in report.pages if "render" in page.seconds}


def test_an_unchanged_site_needs_neither_jupytext_nor_nbconvert_nor_a_kernel(made: Config) -> None:
    code = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from publisher import build, config\n"
        "if __name__ == '__main__':\n"
        "    report = build.publish(config.load(Path(sys.argv[1])))\n"
        "    heavy = 'jupytext nbconvert nbformat nbclient jupyter_client zmq jinja2 IPython'\n"
        "    loaded = [name for name in heavy.split() if name in sys.modules]\n"
        "    print(json.dumps([report.changed, [p.status for p in report.pages], loaded]))\n"
    )
    script = made.root.parent / f"{made.root.name}.py"
    script.write_text(code)
    done = subprocess.run(
        [sys.executable, str(script), str(made.root)], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout) == [0, ["prose"] * 4 + ["reused"] + ["prose"] * 2, []]


def edit(name: str, old: str, new: str) -> Callable[[Config], None]:
    def change(made: Config) -> None:
        path = made.source / name
        text = path.read_text()
        assert old in text
        path.write_text(text.replace(old, new))

    return change


def write(name: str, content: str | bytes) -> Callable[[Config], None]:
    def change(made: Config) -> None:
        path = made.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change


def remove(name: str) -> Callable[[Config], None]:
    return lambda made: (made.source / name).unlink()


EDITS = {
    "prose": (edit("guide/b.md", "Text.", "Other text."), {"guide/b.md"}),
    "prose of a notebook": (edit("note.md", "Prose.", "Other."), {"note.md"}),
    "title": (edit("posts/one.md", "# One", "# The first"), {"posts/one.md"}),
    "heading that is linked": (edit("guide/b.md", "## A part", "## Parts"), {"guide/b.md"}),
    "date": (edit("posts/one.md", "01-01", "01-03"), {"posts/one.md"}),
    "draft": (edit("posts/one.md", "---\ndate", "---\ndraft: true\ndate"), set()),
    "permalink": (edit("posts/one.md", "---\ndate", "---\npermalink: /x/\ndate"), {"posts/one.md"}),
    "order": (edit("guide/a.md", "# A", "---\norder: 9\n---\n\n# A"), {"guide/a.md"}),
    "picture of another size": (write("notebooks/guide/p.png", png(5)), {"guide/a.md"}),
    "picture that is gone": (remove("guide/p.png"), {"guide/a.md"}),
    "file that is gone": (remove("guide/d.csv"), {"guide/a.md"}),
    "page that is gone": (remove("guide/b.md"), {"index.md"}),  # which links to it
    "new page": (write("notebooks/guide/c.md", "# C\n"), {"guide/c.md"}),
    "footer": (write("publisher.toml", 'title = "Site"\nfooter = "Foot"\n'), set()),
    "navigation": (write("publisher.toml", 'title = "Site"\nnavigation = ["note.md"]\n'), set()),
    "profile": (write("publisher.toml", 'title = "Site"\n[author]\nname = "A"\nemail = "a@b.org"\n'), set()),
    "style": (write("templates/default/static/custom.css", "p { color: red }"), set()),
    "layout": (write("templates/default/404.html", "<p>{{ site.title }} has no such page</p>"), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", EDITS)
def test_only_what_changed_is_rendered_and_nothing_is_missed(made: Config, name: str) -> None:
    change, expected = EDITS[name]
    change(made)
    assert drawn(made) == expected
    after = config.load(made.root)
    fresh = replace(after, output=made.root / "fresh")
    build.publish(fresh, Options(cache=False))
    assert tree(made.output) == tree(made.root / "fresh")
    assert drawn(made) == set()


def test_warnings_stay_as_long_as_what_they_speak_of(made: Config) -> None:
    edit("guide/b.md", "## A part", "## Parts")(made)
    messages = [
        [warning.message for warning in build.publish(config.load(made.root)).all_warnings]
        for _ in range(2)
    ]
    assert messages[0] == messages[1]
    assert "there is no heading #a-part on guide/b.md" in messages[0]


def test_files_that_are_unchanged_keep_their_time(made: Config) -> None:
    times = {path: path.stat().st_mtime_ns for path in made.output.rglob("*.html")}
    edit("guide/b.md", "Text.", "Other text.")(made)
    report = build.publish(config.load(made.root))
    assert report.changed == 5  # the page, and four files of the search index
    touched = [path for path, time in times.items() if path.stat().st_mtime_ns != time]
    assert [path.parent.name for path in touched] == ["b"]


@pytest.mark.parametrize("output", ["site", "elsewhere"])
def test_pages_are_not_rendered_again_for_an_output_that_is_gone_or_another(
    made: Config, output: str
) -> None:
    before = tree(made.output)
    if output == "site":
        shutil.rmtree(made.output)
    report = build.publish(config.load(made.root, made.root / output))
    assert not [page.source for page in report.pages if "render" in page.seconds]
    assert tree(made.root / output) == before


def test_a_page_of_the_site_is_not_kept_a_second_time(made: Config) -> None:
    pages = {path.read_bytes() for path in made.output.rglob("*.html")}
    stored = {path.read_bytes() for path in made.store.rglob("*") if path.is_file()}
    assert not [page for page in pages if any(page in content for content in stored)]


@pytest.mark.parametrize("lost", ["index.html", MANIFEST])
def test_an_output_that_was_damaged_is_made_whole(made: Config, lost: str) -> None:
    before = tree(made.output)
    (made.output / "guide/b/index.html").write_text("somebody else's")
    if lost != MANIFEST:
        (made.output / lost).unlink()
    build.publish(made)
    assert tree(made.output) == before
