"""Books of other tools: their tables of contents give order, titles and parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import config
from publisher.build import Options, build, publish
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from conftest import Site

PAGES = {
    "intro.md": "# Welcome\n\nSee [one](one.md).\n",
    "one.md": "# One\n",
    "two.ipynb": '{"cells": [{"cell_type": "markdown", "metadata": {}, "source": "# Two"}], '
    '"metadata": {}, "nbformat": 4, "nbformat_minor": 4}',
    "deep/three.md": "# Three\n",
    "notebooks/four.md": "# Four\n",
    "more/b.md": "# B\n",
    "more/a.md": "# A\n",
    "README.md": "# The repository\n",
    "left.md": "# Left out\n",
}
TOC = """\
format: jb-book
root: intro
parts:
- caption: First part
  numbered: true
  chapters:
  - file: two
    title: A title of its own
    sections:
    - file: deep/three
  - url: https://example.org/
    title: Elsewhere
- caption: Second part
  chapters:
  - file: one.md
  - file: notebooks/four
  - glob: more/*
"""
MYST = """\
version: 1
project:
  title: A project
  toc:
    - file: intro.md
    - title: First part
      children:
        - file: two.ipynb
          children:
            - file: deep/three.md
        - title: Elsewhere
          url: https://example.org/
    - title: Second part
      children:
        - file: one.md
        - file: notebooks/four.md
        - pattern: more/*.md
"""
QUARTO = """\
project:
  type: book
book:
  title: A book
  chapters:
    - intro.md
    - part: First part
      chapters:
        - two.ipynb
        - deep/three.md
        - text: Elsewhere
          href: https://example.org/
    - part: Second part
      chapters: [one.md, notebooks/four.md, more/a.md, more/b.md]
"""


def built(site: Site, files: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The pages of a book by path, and the warnings about the whole."""
    result = build(site(files), Options(execute=False, jobs=1))
    pages = {f.path: f.read().decode() for f in result.files if f.path.endswith(".html")}
    return pages, [problem.message for problem in result.report.warnings]


def sidebar(page: str) -> list[str]:
    """The titles in a sidebar, indented by their depth."""
    start = page.index('class="sidebar ')
    part = page[start : page.index("</nav>", start)]
    lines, depth = [], -1
    for match in re.finditer(r"<ul>|</ul>|<li>(?:<a [^>]*>|<span>)([^<]*)", part):
        depth += {"<ul>": 1, "</ul>": -1}.get(match[0], 0)
        if match[1] is not None:
            lines.append("  " * depth + match[1])
    return lines


def neighbours(page: str) -> list[tuple[str, str]]:
    """Where a page leads to before and behind."""
    return re.findall(r'<a rel="(prev|next)" href="([^"]*)"', page)


@pytest.mark.parametrize("name", ["_toc.yml", "myst.yml"])
def test_the_table_of_contents_orders_and_groups_pages(site: Site, name: str) -> None:
    pages, problems = built(site, PAGES | {name: TOC if name == "_toc.yml" else MYST})
    two = "A title of its own" if name == "_toc.yml" else "Two"
    assert sidebar(pages["one/index.html"]) == [
        "Welcome",
        "First part",
        f"  {two}",
        "    Three",
        "  Elsewhere",
        "Second part",
        "  One",
        "  Four",
        "  A",
        "  B",
    ]
    assert neighbours(pages["one/index.html"]) == [
        ("prev", "../deep/three/"),
        ("next", "../notebooks/four/"),
    ]
    assert "<h1" in pages["index.html"]
    assert "Welcome" in pages["index.html"]
    assert problems == []


def test_quartos_chapters_are_read_too(site: Site) -> None:
    pages, _ = built(site, PAGES | {"_quarto.yml": QUARTO})
    assert sidebar(pages["one/index.html"])[-5:] == [
        "Second part",
        "  One",
        "  Four",
        "  A",
        "  B",
    ]


SPHINX = {
    "conf.py": "import os\nproject = 'The manual'\nbibtex_bibfiles = ['a.bib']\n"
    "mathjax3_config = {'tex': {'macros': {'R': r'\\mathbb{R}'}}}\nversion = os.name\n",
    "index.md": "# Welcome\n\n```{toctree}\n:caption: First part\n:hidden:\n\ntwo\n"
    "Elsewhere <https://example.org/>\nsub/index\ngone\n```\n\n"
    "```{toctree}\n---\ncaption: Second part\n---\nOne of them <one>\n```\n",
    "sub/index.rst": "Below\n=====\n\n.. toctree::\n   :maxdepth: 2\n\n   three\n   /more/a.md\n",
    "sub/three.md": "# Three\n\n```{toctree}\nthree\n../index\n```\n",
}


def test_the_toctrees_of_a_sphinx_project_are_read(site: Site) -> None:
    files = {name: PAGES[name] for name in ("one.md", "two.ipynb", "more/a.md", "more/b.md")}
    found = site(files | SPHINX)
    result = build(found, Options(execute=False, jobs=1))
    pages = {f.path: f.read().decode() for f in result.files if f.path.endswith(".html")}
    assert sidebar(pages["one/index.html"]) == [
        "Welcome",
        "First part",
        "  Two",
        "  Elsewhere",
        "  Below",
        "    Three",
        "    A",
        "Second part",
        "  One of them",
    ]
    assert "more/b/index.html" in pages
    assert "conf/index.html" not in pages
    assert found.settings.title == "The manual"
    assert found.book is not None
    assert (found.book.bibliography, found.book.macros) == (("a.bib",), {"R": r"\mathbb{R}"})
    assert result.report.warnings == ()


def test_pages_that_are_not_listed_are_published_unless_the_book_is_complete(site: Site) -> None:
    pages, _ = built(site, PAGES | {"_toc.yml": TOC})
    assert "left/index.html" in pages
    assert "The repository" not in pages["index.html"]
    only = {"_toc.yml": TOC, "_config.yml": "only_build_toc_files: true\nsphinx: {}\n"}
    assert "left/index.html" not in built(site, PAGES | only)[0]
    assert "left/index.html" not in built(site, PAGES | {"myst.yml": MYST})[0]


def test_a_page_that_is_listed_and_not_there_is_a_warning_with_its_line(site: Site) -> None:
    toc = TOC.replace("notebooks/four", "notebooks/five")
    result = build(site(PAGES | {"_toc.yml": toc}), Options(execute=False, jobs=1))
    [problem] = result.report.warnings
    assert (problem.path, problem.line) == ("_toc.yml", 16)
    assert "notebooks/five" in problem.message


def test_a_long_book_shows_the_part_that_is_read(site: Site) -> None:
    chapters = {f"p{i}/c{j}.md": f"# Chapter {i}.{j}\n" for i in range(5) for j in range(10)}
    toc = "format: jb-book\nroot: intro\nparts:\n" + "".join(
        f"- caption: Part {i}\n  chapters:\n" + "".join(f"  - file: p{i}/c{j}\n" for j in range(10))
        for i in range(5)
    )
    pages, _ = built(site, chapters | {"intro.md": "# Welcome\n", "_toc.yml": toc})
    shown = sidebar(pages["p1/c3/index.html"])
    assert [line for line in shown if not line.startswith("  ")] == [
        "Welcome",
        *(f"Part {i}" for i in range(5)),
    ]
    assert len(shown) == 16
    assert '<a href="../../p0/c0/">Part 0</a>' in pages["p1/c3/index.html"]


def test_a_book_in_a_folder_of_a_repository_is_found(tmp_path: Path) -> None:
    book = tmp_path / "lectures"
    book.mkdir()
    (book / "_toc.yml").write_text("format: jb-book\nroot: a\nchapters: [{file: b}]\n")
    (book / "b.md").write_text("# B\n")
    (tmp_path / "README.md").write_text("# The repository\n")
    assert config.load(tmp_path).source == book.resolve()
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "_toc.yml").write_text("root: a\n")
    assert config.load(tmp_path).source == tmp_path.resolve()


def test_settings_come_from_the_book_where_ours_are_silent(site: Site) -> None:
    told = (
        "title: The lectures\ndescription: On\n  two lines\nlogo: logo.png\n"
        "html: {baseurl: 'https://example.org/'}\nrepository: {url: 'https://github.com/a/b'}\n"
        "bibtex_bibfiles: [refs.bib]\n"
        "sphinx:\n  config:\n    mathjax3_config: {tex: {macros: {R: '\\mathbb{R}'}}}\n"
        "parse: {myst_substitutions: {key: value}}\n"
    )
    files = {"_toc.yml": TOC, "_config.yml": told, "logo.png": "", "publisher.toml": "url = ''\n"}
    found = site(PAGES | files)
    assert found.source == found.root
    assert found.book is not None
    settings = found.settings
    assert (settings.title, settings.description) == ("The lectures", "On two lines")
    assert (settings.url, settings.repository) == ("https://example.org/", "https://github.com/a/b")
    assert settings.style.logo == "logo.png"
    assert found.book.bibliography == ("refs.bib",)
    assert found.book.macros == {"R": "\\mathbb{R}"}
    assert found.book.substitutions == {"key": "value"}


@pytest.mark.parametrize(
    "toc",
    [
        "",
        "[]",
        "- 1\n- [2]\n- {file: [x]}",
        "just text",
        "format: jb-book\nroot: {a: b}\nparts: 3\nchapters: {file: x}",
        "format: jb-book\nroot: intro\nchapters: [null, 7, {file: null}, {file: {}}, {file: ../x}]",
        "parts: [{caption: [], chapters: [{file: '../../etc/passwd'}, {glob: '**'}]}]",
    ],
)
def test_what_is_no_table_of_contents_does_no_harm(site: Site, toc: str) -> None:
    pages, _ = built(site, PAGES | {"_toc.yml": toc})
    assert "one/index.html" in pages
    for name in ("myst.yml", "_quarto.yml"):
        assert "one/index.html" in built(site, PAGES | {name: f"project: {{toc: [{toc!r}]}}"})[0]


def test_a_table_of_contents_that_is_not_yaml_is_an_error_with_its_line(site: Site) -> None:
    made = site(PAGES)
    (made.root / "_toc.yml").write_text("root: intro\nparts: [\n", encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        config.load(made.root)
    assert caught.value.path == "_toc.yml"
    assert caught.value.line


def test_an_older_table_of_contents_is_a_list(site: Site) -> None:
    toc = (
        "- file: intro\n- part: First part\n  chapters:\n  - file: two\n"
        "- header: Second part\n- file: one\n  sections:\n  - file: deep/three\n"
    )
    pages, _ = built(site, PAGES | {"_toc.yml": toc})
    assert sidebar(pages["one/index.html"]) == ["Welcome", "First part", "  Two", "One", "  Three"]


def test_a_changed_table_of_contents_changes_the_pages(site: Site) -> None:
    made = site(PAGES | {"_toc.yml": TOC})
    publish(made, Options(execute=False, jobs=1))
    changed = TOC.replace("First part", "Renamed").replace("root: intro", "root: left")
    (made.root / "_toc.yml").write_text(changed, encoding="utf-8")
    again = build(config.load(made.root), Options(execute=False, jobs=1))
    fresh = build(config.load(made.root), Options(execute=False, jobs=1, cache=False))
    files = {file.path: file.read() for file in again.files}
    assert files == {file.path: file.read() for file in fresh.files}
    assert sidebar(files["one/index.html"].decode())[:2] == ["Left out", "Renamed"]


def test_a_page_can_list_the_chapters_below_it(site: Site) -> None:
    listing = "```{tableofcontents}\n```\n"
    changed = {"intro.md": f"# Welcome\n\n{listing}", "deep/three.md": f"# Three\n\n{listing}"}
    pages, _ = built(site, PAGES | {"_toc.yml": TOC} | changed)
    found = pages["index.html"].split('<nav class="contents"')[1].split("</nav>")[0]
    assert re.findall(r'<a href="([^"]*)">([^<]*)', found) == [
        ("two/", "A title of its own"),
        ("deep/three/", "Three"),
        ("https://example.org/", "Elsewhere"),
        ("one/", "One"),
        ("notebooks/four/", "Four"),
        ("more/a/", "A"),
        ("more/b/", "B"),
    ]
    assert "<li>First part<ul>" in found
    assert "contents" not in pages["deep/three/index.html"].split("<main")[1]
    assert "x-contents" not in pages["deep/three/index.html"]


def test_no_line_of_a_table_of_contents_runs_a_script(site: Site) -> None:
    toc = "root: intro\nchapters:\n- url: 'java\\tscript:x'\n  title: T\n- url: https://a.org\n"
    toc = toc.replace("'java\\tscript:x'", '"java\\tscript:x"')
    made = build(site({"_toc.yml": toc, "intro.md": "# I", "one.md": "# One"}), Options(jobs=1))
    html = next(file for file in made.files if file.path == "index.html").read().decode()
    assert "script:x" not in html
    assert 'href="https://a.org"' in html


def test_many_pages_that_are_not_there_are_said_soon(site: Site) -> None:
    toc = "root: intro\nchapters:\n" + "".join(f"- file: gone{n}\n" for n in range(5_000))
    made = build(site({"_toc.yml": toc, "intro.md": "# I"}), Options(jobs=1))
    gone = [w for w in made.report.all_warnings if "is not there" in w.message]
    assert [w.line for w in gone[:2]] == [3, 4]
    assert len(gone) == 5_000
