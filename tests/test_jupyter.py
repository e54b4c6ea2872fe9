"""What plugs into Jupyter: texts that stay as they were, the exporter, the entry of the proxy."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import jupytext
import nbformat
import pytest
from nbconvert.exporters import get_exporter
from nbconvert.utils.exceptions import ConversionException
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from publisher import config
from publisher.execute import code_of
from publisher.execute.drafts import Drafts
from publisher.jupyter import projects, proxy, server
from publisher.jupyter.merge import kept, merged
from publisher.read import page as read_page

Site = Callable[[Mapping[str, str | bytes]], config.Config]
KERNEL = {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6364f8cf"
    "500f000386018058d1f5ac0000000049454e44ae426082"
)
MARKDOWN = """\
---
# How this page is called
title:   "A page"
date: 2024-01-02
jupyter:
  jupytext:
    text_representation:
      extension: .md
      format_name: markdown
      format_version: '1.2'
  kernelspec:
    display_name: Python 3
    language: python
    name: python3
---
# A page

Text.


```python
x = 1
x + 1
```
```python tags=["hide-input"]
x + 2
```

The end."""
FRONT = """\
---
title: "A page"
tags: [one,  two]
kernelspec: {display_name: "Python 3", language: python, name: python3}
---

# A page

```{code-cell}
1 + 1
```

```{code-cell} ipython3
:tags: [hide-input]

2 + 2
```
"""
BARE = """\
---
title: No kernel
jupyter:
  jupytext:
    formats: md
---

```python
1 + 1
```
"""
PERCENT = """\
# %% [markdown]
# # A script

# %%
1 + 1
# %% tags=["hide-input"]
2 + 2


# %%
3 + 3"""
LIGHT = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: light
#   kernelspec:
#     display_name: My Python
#     language: python
#     name: python3
# ---

# # A script

1 + 1

2 + 2
"""
RMD = "---\ntitle: R\n---\n\nText.\n\n```{python}\n1 + 1\n```\n"
SHAPES = {
    "markdown.md": MARKDOWN,
    "front.md": FRONT,
    "bare.md": BARE,
    "crlf.md": MARKDOWN.replace("\n", "\r\n"),
    "percent.py": PERCENT,
    "light.py": LIGHT,
    "chunks.Rmd": RMD,
}


def _opened(text: str, suffix: str) -> Any:
    """A notebook as JupyterLab holds it, once it is open."""
    notebook = jupytext.reads(text.replace("\r\n", "\n"), fmt={"extension": suffix})
    notebook.metadata.update(kernelspec=KERNEL, language_info={"name": "python", "version": "9"})
    return notebook


def _saved(notebook: Any, text: str, suffix: str) -> str:
    shape = notebook.metadata.get("jupytext", {}).get("text_representation", {})
    fmt = {"extension": suffix, "format_name": shape.get("format_name")}
    new = jupytext.writes(notebook, fmt={k: v for k, v in fmt.items() if v})
    return kept(text, new, suffix, notebook.metadata, None)


@pytest.mark.parametrize("name", SHAPES)
def test_a_file_that_is_opened_and_saved_stays_as_it_was(name: str) -> None:
    text, suffix = SHAPES[name], Path(name).suffix
    assert _saved(_opened(text, suffix), text, suffix) == text


@pytest.mark.parametrize("name", SHAPES)
def test_only_the_lines_of_the_cell_that_was_edited_change(name: str) -> None:
    text, suffix = SHAPES[name], Path(name).suffix
    notebook = _opened(text, suffix)
    cell = next(cell for cell in notebook.cells if cell.cell_type == "code")
    line = cell.source.splitlines()[-1]
    cell.source = cell.source.replace(line, f"{line} + 40")
    assert _saved(notebook, text, suffix) == text.replace(line, f"{line} + 40", 1)


def test_what_the_author_changes_in_the_header_is_written() -> None:
    notebook = _opened(MARKDOWN, ".md")
    assert notebook.cells[0].cell_type == "raw"
    notebook.cells[0].source = notebook.cells[0].source.replace("A page", "Another page")
    text = _saved(notebook, MARKDOWN, ".md")
    assert text == MARKDOWN.replace('"A page"', '"Another page"')
    notebook.metadata.kernelspec = {"name": "ir", "display_name": "R", "language": "R"}
    changed = _saved(notebook, MARKDOWN, ".md")
    assert "name: ir" in changed
    assert "name: python3" not in changed


def test_cells_come_and_go_without_a_change_elsewhere() -> None:
    notebook = _opened(MARKDOWN, ".md")
    notebook.cells.insert(2, new_markdown_cell("New."))
    text = _saved(notebook, MARKDOWN, ".md")
    rest = [line for line in text.splitlines() if line != "New."]
    assert [line for line in rest if line] == [line for line in MARKDOWN.splitlines() if line]
    assert text.endswith("The end.")
    del notebook.cells[2]
    assert _saved(notebook, text, ".md").count("New.") == 0


def test_a_text_that_cannot_be_compared_is_written_as_jupytext_has_it() -> None:
    with pytest.raises(Exception, match=r"YAML|mapping|scanning|parsing"):
        kept("---\njupyter:\n  a: [\n---\n", "new\n", ".md", {}, None)
    pandoc = (
        "---\njupyter:\n  jupytext:\n    text_representation:\n      format_name: pandoc\n---\n"
    )
    assert kept("old\n", pandoc, ".md", {}, None) == pandoc


def test_changes_are_taken_into_the_lines_of_the_author() -> None:
    assert merged("aBc", "abc", "abcd") == list("aBcd")
    assert merged("aBc", "abc", "abc") == list("aBc")
    assert merged("aBc", "abc", "axc") == list("axc")
    assert merged("", "", "new") == list("new")
    assert merged("abc", "abc", "") == []


def test_a_project_is_found_from_a_folder_in_it_or_above_it(tmp_path: Path) -> None:
    site = tmp_path / "work" / "site"
    (site / "notebooks" / "deep").mkdir(parents=True)
    assert projects.around(site) is None
    assert projects.near(tmp_path) == tmp_path
    (site / "publisher.toml").write_text("")
    found = projects.around(site / "notebooks" / "deep")
    assert found is not None
    assert found.root == site.resolve()
    assert projects.near(tmp_path) == projects.near(site / "notebooks") == site
    (site / "publisher.toml").write_text("no toml")
    assert projects.around(site) is None
    jekyll = tmp_path / "jekyll"
    (jekyll / ".publisher").mkdir(parents=True)
    (jekyll / "_config.yml").write_text("title: A site\n")
    known = projects.around(jekyll)
    assert known is not None
    assert known.jekyll is not None


class _Log:
    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warning(self, text: str, *values: object) -> None:
        self.warnings.append(text % values)

    def debug(self, text: str, *values: object) -> None:
        text % values


class _Manager:
    """A contents manager that saves nothing."""

    def __init__(self, root: Path) -> None:
        self.root_dir, self.log = str(root), _Log()

    def save(self, model: dict[str, Any], path: str = "") -> dict[str, Any]:
        text = {"type": "file", "format": "text", "content": "as Jupytext writes it\n"}
        self.run_pre_save_hooks(model=text, path=path)
        return text

    def run_pre_save_hooks(self, model: dict[str, Any], path: str) -> None:
        pass

    def _get_os_path(self, path: str) -> str:
        return f"{self.root_dir}/{path}"


def _model(cells: list[Any]) -> dict[str, Any]:
    notebook = json.loads(nbformat.writes(new_notebook(cells=cells, metadata={})))
    return {"type": "notebook", "format": "json", "content": notebook}


def test_nothing_that_goes_wrong_stops_a_save(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = site({"publisher.toml": "", "notebooks/a.md": BARE})
    manager = server.telling(_Manager)(project.root)
    broken = _model([new_code_cell("1 + 1")])
    broken["content"]["cells"] = [7]
    for _ in range(3):
        assert manager.save(broken, "notebooks/a.md")["content"] == "as Jupytext writes it\n"
    assert len(manager.log.warnings) == 1
    assert "notebooks/a.md" in manager.log.warnings[0]
    good = _model([new_code_cell("1 + 1")])
    outside = server.telling(_Manager)(tmp_path)
    assert outside.save(good, "a.md")["type"] == "file"
    assert outside.save(good, "../../a.md")["type"] == "file"
    assert outside.log.warnings == []
    assert not (tmp_path / ".publisher").exists()


def _found(project: config.Config, source: str) -> Any:
    code = code_of(read_page(source, project), project)
    assert code is not None
    return Drafts(project).find(source, code)


def test_outputs_are_kept_and_forgotten(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    project = site({"publisher.toml": "", "notebooks/a.md": BARE})
    manager = server.telling(_Manager)(project.root)
    output = new_output("execute_result", {"text/plain": "2"}, execution_count=1)
    shown = _model([new_code_cell("1 + 1", outputs=[output], execution_count=1)])
    bare = _model([new_code_cell("1 + 1")])
    manager.save(shown, "/notebooks/a.md")
    assert _found(project, "a.md") is not None
    manager.save(bare, "notebooks/a.md")
    assert _found(project, "a.md") is None
    manager.save(shown, "notebooks/a.md")
    monkeypatch.setattr(server, "MAX_BYTES", 10)
    manager.save(shown, "notebooks/a.md")
    assert _found(project, "a.md") is None
    assert manager.log.warnings == []


def _export(notebook: Any, name: str = "x", folder: Path | None = None) -> str:
    where = {"name": name, **({"path": str(folder)} if folder else {})}
    html, found = get_exporter("publisher")().from_notebook_node(
        notebook, resources={"metadata": where}
    )
    assert found["output_extension"] == ".html"
    return html


def test_a_notebook_of_no_project_becomes_one_file(tmp_path: Path) -> None:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "a.png").write_bytes(PIXEL)
    (tmp_path / "img" / "a.txt").write_text("secret")
    folder = tmp_path / "of notebooks"
    folder.mkdir()
    (folder / "b.png").write_bytes(PIXEL)
    output = new_output("execute_result", {"text/plain": "forty-two"}, execution_count=1)
    notebook = new_notebook(
        metadata={"kernelspec": KERNEL},
        cells=[
            new_markdown_cell("# Alone\n\n![b](b.png) ![a](../img/a.png) <img src='../img/a.txt'>"),
            new_code_cell("40 + 2", outputs=[output], execution_count=1),
        ],
    )
    html = _export(notebook, 'my "notes"', folder)
    assert "forty-two" in html
    assert html.count("<img") == html.count('src="data:image/png') == 1
    assert "secret" not in html
    assert "<link" not in html.replace('<link rel="icon"', "")
    assert 'href="http' not in html
    assert sorted(path.name for path in folder.iterdir()) == ["b.png"]
    assert "forty-two" in _export(notebook)


def test_a_page_of_a_project_is_exported_as_the_site_shows_it(site: Site) -> None:
    project = site(
        {
            "publisher.toml": 'title = "The site"\nurl = "https://example.org/x"\n',
            "notebooks/index.md": "# Home\n",
            "notebooks/a.md": BARE.replace(
                "```python", "![p](p.png) [home](index.md)\n\n```python"
            ),
            "notebooks/p.png": PIXEL,
            "notebooks/draft.md": "---\ntitle: Not yet\ndraft: true\n---\nSoon.\n",
        }
    )
    path = project.source / "a.md"
    bare = jupytext.read(path)
    html = _export(bare, "a", project.source)
    assert "The site" in html
    assert 'href="https://example.org/x/"' in html
    assert 'src="data:image/png;base64' in html
    assert 'class="tool search-button"' not in html
    assert "Soon." in _export(jupytext.read(project.source / "draft.md"), "draft", project.source)
    shown = jupytext.read(path)
    shown.cells[-1].outputs = [new_output("stream", text="from the author's kernel")]
    Drafts(project).keep("a.md", shown)
    assert "from the author" in _export(bare, "a", project.source)
    shown.cells[-1].outputs = [new_output("stream", text="given to the exporter")]
    assert "given to the exporter" in _export(shown, "a", project.source)
    assert not project.output.exists()


def test_what_makes_an_export_fail_is_said(site: Site) -> None:
    project = site({"publisher.toml": 'theme = "none"\n', "notebooks/a.md": BARE})
    with pytest.raises(ConversionException, match="there is no theme 'none'"):
        _export(jupytext.read(project.source / "a.md"), "a", project.source)


@pytest.fixture
def convert(tmp_path: Path) -> Callable[..., str]:
    """Converts a file as people do; the HTML."""

    def converted(path: Path, *options: str) -> str:
        command = [sys.executable, "-m", "nbconvert", "--to", "publisher", "--output-dir"]
        subprocess.run([*command, str(tmp_path), *options, str(path)], check=True)
        return (tmp_path / f"{path.stem}.html").read_text(encoding="utf-8")

    return converted


def test_the_command_exports_texts_and_runs_what_it_is_told_to(
    site: Site, convert: Callable[..., str]
) -> None:
    code = "print('ran', 40 + 2)"
    text = BARE.replace("1 + 1", code)
    notebook = new_notebook(metadata={"kernelspec": KERNEL}, cells=[new_code_cell(code)])
    project = site(
        {
            "publisher.toml": 'title = "The site"\nnavigation = ["a.md"]\n',
            "notebooks/a.md": text,
            "notebooks/b.ipynb": nbformat.writes(notebook),
        }
    )
    assert "ran 42" not in convert(project.source / "a.md")
    assert "ran 42" in convert(project.source / "a.md", "--execute")
    assert "ran 42" not in convert(project.source / "b.ipynb")
    html = convert(project.source / "b.ipynb", "--execute")
    assert "ran 42" in html
    assert "The site" in html


def test_the_launcher_starts_the_preview_of_the_project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = next(iter(entry_points(group="jupyter_serverproxy_servers", name="publisher")))
    given = entry.load()()
    assert Path(given["launcher_entry"]["icon_path"]).is_file()
    assert given["unix_socket"] is True
    project = tmp_path / "a{b}"
    (project / "notebooks").mkdir(parents=True)
    (project / "publisher.toml").write_text("")
    monkeypatch.chdir(project / "notebooks")
    command = [part.format(unix_socket="/x/socket") for part in proxy.command()]
    assert command[0] == sys.executable
    assert command[-4:] == ["-C", str(project.resolve()), "--socket", "/x/socket"]
