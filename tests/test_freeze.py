"""Frozen results: files that one can review and commit, and a site built from them elsewhere."""

from __future__ import annotations

import json
import shutil
from typing import Any

import nbformat
import pytest

from publisher import build, config
from publisher.build import Options
from publisher.config import Config
from publisher.status import status

HEADER = "---\nfreeze: true\njupyter:\n  kernelspec:\n    name: {}\n---\n\n# A page\n\n"
CODE = """```python
from pathlib import Path
numbers = Path("data.csv").read_text()
print("the", "numbers", numbers)
```

```python
open("made.txt", "w").write("a " + "file")
from IPython.display import HTML, Image
HTML("<b>bold</b>")
```

[made](made.txt)
"""


def publish(made: Config, **options: Any) -> Any:
    (report,) = (r for r in build.publish(config.load(made.root), Options(**options)).pages)
    return report


@pytest.fixture
def made(site: Any) -> Config:
    project: Config = site(
        {"notebooks/a.md": HEADER.format("python3") + CODE, "notebooks/data.csv": "1 2 3"}
    )
    report = publish(project)
    assert report.status == "ran", report.error
    return project


def html(made: Config) -> str:
    return (made.output / "a/index.html").read_text()


def test_the_outputs_are_a_notebook_and_the_inputs_are_told(made: Config) -> None:
    folder = made.root / "_freeze" / "a.md"
    notebook = nbformat.read(folder / "outputs.ipynb", as_version=4)
    nbformat.validate(notebook)
    assert notebook.cells[0].outputs[0].text == "the numbers 1 2 3\n"
    assert notebook.cells[1].outputs[0].data["text/html"] == "<b>bold</b>"
    record = json.loads((folder / "inputs.json").read_text())
    assert "notebooks/data.csv" in record["inputs"]["files"]
    assert (folder / "files/notebooks/made.txt").read_text() == "a file"


def test_freezing_again_gives_the_same_bytes(made: Config) -> None:
    folder = made.root / "_freeze" / "a.md"
    before = {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert publish(made, refresh=("*",)).status == "ran"
    assert {p.name: p.read_bytes() for p in folder.rglob("*") if p.is_file()} == before


def test_it_builds_without_kernel_data_and_store(made: Config) -> None:
    page = made.source / "a.md"
    before = html(made)
    shutil.rmtree(made.store)
    shutil.rmtree(made.output)
    (made.source / "data.csv").unlink()
    (made.source / "made.txt").unlink()
    page.write_text(page.read_text().replace("python3", "no-such-kernel"))
    report = publish(made)
    assert report.status == "frozen"
    assert html(made) == before
    assert (made.output / "made.txt").read_text() == "a file"
    assert report.warnings == ()
    assert report.note == "notebooks/data.csv is gone"


def test_fresh_inputs_give_no_warning_and_the_state_is_told(made: Config) -> None:
    report = publish(made)
    assert (report.status, report.warnings) == ("frozen", ())
    (found,) = status(made)
    assert (found.state, found.reasons) == ("frozen", ())
    (made.source / "data.csv").write_text("4")
    (found,) = status(made)
    assert (found.state, found.reasons) == ("frozen", ("notebooks/data.csv changed",))
    (warning,) = publish(made).warnings
    assert warning.message == "frozen, although notebooks/data.csv changed since"
    assert "--refresh" in (warning.hint or "")
    assert "the numbers 1 2 3" in html(made)


def test_refresh_and_other_code_run_it_anew(made: Config) -> None:
    (made.source / "data.csv").write_text("4 5")
    assert publish(made, refresh=("a.md",)).status == "ran"
    assert "the numbers 4 5" in html(made)
    assert publish(made).status == "frozen"
    page = made.source / "a.md"
    page.write_text(page.read_text().replace('"the"', '"all"'))
    assert publish(made).status == "ran"
    assert publish(made).status == "frozen"
    assert "all numbers 4 5" in html(made)


def test_a_result_that_is_stored_is_frozen_without_a_run(made: Config) -> None:
    shutil.rmtree(made.root / "_freeze")
    assert publish(made).status == "reused"
    assert (made.root / "_freeze/a.md/files/notebooks/made.txt").read_text() == "a file"
    assert publish(made).status == "frozen"


def test_prose_may_change(made: Config) -> None:
    page = made.source / "a.md"
    page.write_text(page.read_text().replace("# A page", "# Another page"))
    assert publish(made).status == "frozen"
    assert "Another page" in html(made)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("inputs.json", "{"),
        ("inputs.json", "[]"),
        ("outputs.ipynb", "{}"),
        ("outputs.ipynb", '{"cells": 1, "metadata": {}}'),
        ("outputs.ipynb", "\x00"),
    ],
)
def test_broken_files_fail_the_page_with_a_hint(made: Config, name: str, content: str) -> None:
    before = html(made)
    (made.root / "_freeze/a.md" / name).write_text(content)
    error = publish(made).error
    assert error.message.startswith("the frozen result cannot be read")
    assert error.path.startswith("_freeze/a.md")
    assert "--refresh" in error.hint
    assert html(made) == before
    assert publish(made, refresh=("*",)).status == "ran"


def test_a_frozen_result_writes_nothing_outside_the_project(made: Config) -> None:
    record = made.root / "_freeze/a.md/inputs.json"
    value = json.loads(record.read_text())
    victim = made.root.parent / f"{made.root.name}-victim.txt"
    value["written"] = {f"../{victim.name}": value["written"]["notebooks/made.txt"]}
    record.write_text(json.dumps(value))
    publish(made)
    assert not victim.exists()


def test_it_may_be_asked_for_the_whole_site(site: Any) -> None:
    made = site(
        {
            "publisher.toml": "[execute]\nfreeze = true\n",
            "notebooks/a.md": HEADER.replace("freeze: true\n", "").format("python3") + CODE,
            "notebooks/data.csv": "1",
        }
    )
    publish(made)
    assert (made.root / "_freeze/a.md/outputs.ipynb").exists()
    assert publish(made).status == "frozen"
