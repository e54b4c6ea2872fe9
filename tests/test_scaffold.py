"""A new project builds at once, and nothing of the author's is ever overwritten."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from publisher import config, read, scaffold
from publisher.build import Options, build
from publisher.errors import ConfigError

TITLES = [
    "Plain title",
    'A "quoted" title: with a colon',
    "# not a comment",
    "yes",
    "null",
    "2026-01-31",
    "5",
    "- dash",
    "[list]",
    "{map}",
    "&anchor *alias",
    "back\\slash",
    "über 😀",
    "line\nbreak",
    "trailing ",
    "it's",
    "100% @ x | > !",
    "a: b #c",
    "=1+1",
    "~",
]


def test_a_new_project_can_be_read_as_it_is(tmp_path: Path) -> None:
    root = tmp_path / "my-site"
    written = scaffold.project(root)
    made = config.load(root)
    found = read.sources(made)
    assert found.pages == ("about.md", "first-notebook.md", "index.md")
    assert found.problems == ()
    pages = {source: read.page(source, made) for source in found.pages}
    assert [page.problems for page in pages.values()] == [(), (), ()]
    assert pages["index.md"].title == "My Site"
    assert pages["first-notebook.md"].kind == "notebook"
    assert pages["about.md"].kind == "prose"
    assert {path.relative_to(root).as_posix() for path in written} == {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()
    }


def test_a_new_project_builds_without_a_warning(tmp_path: Path) -> None:
    scaffold.project(tmp_path / "site")
    made = config.load(tmp_path / "site")
    (made.source / "first-notebook.md").write_text("---\ntitle: Not run here\n---\n")
    report = build(made, Options(jobs=1, strict=True)).report
    assert report.errors == report.all_warnings == ()
    assert {page.url for page in report.pages} == {"", "about/", "first-notebook/"}


@pytest.mark.parametrize("name", ["my-site", 'it\'s "quoted"', "back\\slash", "ünï", "---", "yes"])
def test_any_name_of_a_folder_makes_a_valid_project(tmp_path: Path, name: str) -> None:
    root = tmp_path / name
    scaffold.project(root)
    made = config.load(root)
    title = tomllib.loads((root / "publisher.toml").read_text(encoding="utf-8"))["title"]
    assert made.title == read.page("index.md", made).title == title.strip()
    assert tomllib.loads((root / "jupytext.toml").read_text())["formats"] == "md"


def test_what_git_should_not_see_is_ignored(tmp_path: Path) -> None:
    scaffold.project(tmp_path)
    assert {".publisher/", "site/"} <= set((tmp_path / ".gitignore").read_text().split())


def test_files_that_are_there_stay(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("mine\n")
    (tmp_path / "notes.txt").write_text("mine")
    scaffold.project(tmp_path)
    assert (tmp_path / ".gitignore").read_text() == "mine\n"
    assert (tmp_path / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["publisher.toml", "notebooks/index.md", "jupytext.toml"])
def test_a_project_is_never_overwritten(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    with pytest.raises(ConfigError, match=name) as caught:
        scaffold.project(tmp_path)
    assert caught.value.hint is not None
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == [path]
    assert path.read_text() == "mine"


@pytest.mark.parametrize("title", TITLES)
def test_a_new_page_has_its_title_whatever_it_holds(tmp_path: Path, title: str) -> None:
    (tmp_path / "notebooks").mkdir()
    made = config.load(tmp_path)
    path = scaffold.page(made.source / "deep" / "new.md", title, title)
    found = read.page("deep/new.md", made)
    assert path == made.source / "deep" / "new.md"
    assert found.kind == "notebook"
    assert found.problems == ()
    shown = " ".join(title.split())
    assert (found.title, found.meta.description) == (shown, shown)
    assert [cell.cell_type for cell in found.notebook.cells] == ["markdown", "code"]
    assert found.notebook.metadata.kernelspec.name == "python3"


def test_a_new_page_without_title_is_named_by_its_file(tmp_path: Path) -> None:
    scaffold.page(tmp_path / "my-new_page.md", None)
    made = config.load(tmp_path)
    assert read.page("my-new_page.md", made).title == "My new page"


def test_a_page_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("mine")
    with pytest.raises(ConfigError, match="exists already"):
        scaffold.page(path, "T")
    assert path.read_text() == "mine"


@pytest.mark.parametrize("name", ["a.ipynb", "a", "a.md.txt", "a.MD"])
def test_a_page_is_a_markdown_file(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match=r"ends in \.md"):
        scaffold.page(tmp_path / name, "T")
    assert list(tmp_path.iterdir()) == []


def test_jupytext_keeps_the_front_matter_of_a_new_page(tmp_path: Path) -> None:
    """Opened and saved by Jupytext, the page has the same title: no noise in git."""
    import jupytext

    path = scaffold.page(tmp_path / "a.md", "A: title", "What it is")
    text = path.read_text(encoding="utf-8")
    saved = jupytext.writes(jupytext.reads(text, fmt="md"), fmt="md")
    path.write_text(saved, encoding="utf-8")
    found = read.page("a.md", config.load(tmp_path))
    assert (found.title, found.meta.description) == ("A: title", "What it is")
    assert json.dumps("A: title") in saved
