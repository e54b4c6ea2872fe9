"""reStructuredText in notebooks: in prose, in raw cells, and in scripts of Sphinx-Gallery."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher import markdown
from publisher.config import load
from publisher.model import Executed, Rendered
from publisher.read import page
from publisher.render import render


def html(text: str) -> str:
    prose = markdown.render([text])
    return prose.cells[0] + prose.tail


def flat(text: str) -> str:
    return html(text).replace("\n", "")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (".. note:: Begins\n   and goes on.\n\n   More\n\nAfter", "<p>Beginsand goes on.</p>"),
        (".. note::\n   x\n\nAfter", "<p>x</p></aside><p>After</p>"),
        (".. note::\n\n  x\n\n  - y\nAfter", "<ul><li>y</li></ul></aside><p>After</p>"),
        (".. admonition:: A *t*\n   :class: tip\n\n   x", 'class="admonition tip"'),
        (".. code-block:: python\n\n   x = 1\n\n   y = 2\n", "<code>x = 1y = 2</code>"),
        (".. math::\n\n   x^2\n", "<math"),
        (".. image:: a.png\n   :alt: A\n", 'alt="A"'),
        (".. figure:: a.png\n   :width: 200\n\n   The caption", "The caption"),
        (".. versionadded:: 1.2\n", "Added in version 1.2"),
        (".. unheard:: x\n\n   *y*\n", "<p>x</p><p><em>y</em></p>"),
        (
            ".. list-table:: T\n   :header-rows: 1\n\n   * - a\n     - b\n   * - 1\n     - 2\n",
            "<th",
        ),
        ("- a\n\n  .. note:: x\n\n- b", "<p>x</p></aside></li>"),
        ("text\n.. note:: x", "<p>text</p><aside"),
        (".. comment\n   more\n\nAfter", "<p>After</p>"),
        ("..\n   comment\n\nAfter", "<p>After</p>"),
        (".. [1] A note\n   that goes on", "<p>[1] A notethat goes on</p>"),
    ],
)
def test_directives_and_comments(text: str, shown: str) -> None:
    assert shown in flat(text)
    assert ".." not in flat(text)
    assert "comment" not in flat(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("See :func:`~a.b.c`.", '<code class="name">c()</code>'),
        ("See :py:class:`a.B`s", '<code class="name">a.B</code>s'),
        (":math:`x^2`", "<math"),
        ("a `text <https://a.org>`_ b", '<a href="https://a.org">text</a> b'),
        ("a `text\n<https://a.org>`__", '<a href="https://a.org">text</a>'),
        ("`The text`_\n\n.. _the text: https://a.org", '<a href="https://a.org">The text</a>'),
        ("``code``", "<code>code</code>"),
        ("`~a.b.C`\\ s", '<code class="name">C</code>s'),
        ("as in [1]_.", "as in [1]."),
    ],
)
def test_roles_and_links(text: str, shown: str) -> None:
    assert shown in flat(text)


def test_labels_name_what_follows() -> None:
    prose = markdown.render([".. _my-label:\n\n## A\n", "See :ref:`my-label`."])
    assert prose.targets["my-label"].id == "a"
    assert [reference.target for reference, _ in prose.references] == ["my-label"]


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("Title\n=====\n\nPart\n----\n\nSmall\n~~~~~\n\nLess\n^^^^", [1, 2, 3, 4]),
        ("=====\nTitle\n=====\n\nPart\n====\n\nSmall\n-----", [1, 2, 3]),
        ("#####\nTitle\n#####\n\nPart\n****\n\nSmall\n=====", [1, 2, 3]),
        ("====\nT\n====\n\nOne\n---\n\nTwo\n~~~~\n\nToo\n~~~~\n\nOne\n----", [1, 2, 3, 3, 2]),
        ("# Title\n\nSmall\n~~~~~~", [1, 3]),
    ],
)
def test_lines_under_titles(text: str, levels: list[int]) -> None:
    assert [heading.level for heading in markdown.render([text]).headings] == levels


def test_the_first_heading_may_be_restructuredtext() -> None:
    assert markdown.first_heading("=====\nTitle\n=====\n") == (1, "Title")
    assert markdown.first_heading("Some title\n~~~~~~~~~~\n") == (3, "Some title")


def test_literal_blocks() -> None:
    assert flat("So::\n\n  x = 1\n\n  y\n\nAfter") == (
        "<p>So:</p><pre><code>x = 1y</code></pre><p>After</p>"
    )
    assert flat("So ::\n\n    x") == "<p>So</p><pre><code>x</code></pre>"


def test_sessions_with_python_are_code() -> None:
    shown = flat(
        "So\n>>> for i in x:\n...     f(i)\n1\n\n>>> f('\\d', 1 is 1)\n\n>>> said *he*\n\n>> a"
    )
    assert "<p>So</p><pre><code>&gt;&gt;&gt; for i in x:...     f(i)1</code></pre>" in shown
    assert "<em>he</em>" in shown
    assert shown.count("<blockquote>") == 5


@pytest.mark.parametrize(
    "text",
    [
        "+---+-----+\n| A | *B* |\n+===+=====+\n| 1 | 2   |\n+---+-----+\n"
        "| 3 | 4   |\n|   | 5   |\n+---+-----+",
        "===  =====\nA    *B*\n===  =====\n1    2\n3    4\n     5\n===  =====",
    ],
)
def test_tables_drawn_with_lines(text: str) -> None:
    shown = flat(text)
    assert "<thead><tr><th>A</th><th><em>B</em></th></tr></thead>" in shown
    assert "<tr><td>1</td><td>2</td></tr><tr><td>3</td><td>4 5</td></tr>" in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Text\n~~~\ncode\n~~~", "<pre><code>code"),
        ("Code:\n~~~~~~\ncode\n~~~~~~", "<pre><code>code"),
        ("~~~~~~\ntext\n~~~~~~", "<pre><code>text"),
        ("a long line of text\n****", "<hr>"),
        ("***\ntext\n***", "<hr>"),
        ("a .. b", "<p>a .. b</p>"),
        ("..and so on", "<p>..and so on</p>"),
        ("text\n.. and so on", "<p>text.. and so on</p>"),
        ("a:b:`c`", "<p>a:b:<code>c</code></p>"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("`a`_b", "<code>a</code>_b"),
        ("`~/.bashrc` `~x`", "<code>~/.bashrc</code> <code>~x</code>"),
        ("a\\ b", "<p>a\\ b</p>"),
        ("std::\n\ntext", "<p>std::</p><p>text</p>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("[1]", "<p>[1]</p>"),
    ],
)
def test_what_may_be_meant_as_markdown_stays_markdown(text: str, shown: str) -> None:
    assert shown in flat(text)


def test_jekylls_pages_know_nothing_of_it() -> None:
    prose = markdown.render([".. note:: x\n\n:func:`y`\n"], "kramdown")
    assert ".. note:: x" in prose.cells[0]


def rendered(root: Path, source: str) -> Rendered:
    config = load(root)
    found = page(source, config)
    return render(Executed(found, found.notebook, "prose"), config)


def test_raw_cells_of_nbsphinx_are_prose(tmp_path: Path) -> None:
    def raw(source: str, kind: str) -> dict[str, object]:
        metadata = {"raw_mimetype": kind} if kind else {}
        return {"cell_type": "raw", "id": kind[5:8] or "x", "metadata": metadata, "source": source}

    cells = [
        raw(".. note:: *rst*\n", "text/restructuredtext"),
        raw("**md**\n", "text/markdown"),
        raw("<i>html</i>\n", "text/html"),
        raw("untyped\n", ""),
        raw("\\latex\n", "text/latex"),
    ]
    notebook = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text(json.dumps(notebook))
    body = rendered(tmp_path, "a.ipynb").body
    for shown in ("<em>rst</em>", "<strong>md</strong>", "<i>html</i>"):
        assert shown in body
    assert "untyped" not in body
    assert "latex" not in body


GALLERY = '''# License: BSD
"""
===============
A *good* title
===============

Intro with :math:`\\delta`.
"""

# A comment of the code
import os

# %%
# Part one
# --------
#
# Text of :func:`os.getcwd`.

x = 1

##############################################################################
# Text alone.
#
# .. bogus::

# %%
#
# Last
y = 2
# sphinx_gallery_thumbnail_number = 2
'''


def test_scripts_of_sphinx_gallery_are_notebooks(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "plot_a.py").write_text(GALLERY)
    found = page("plot_a.py", load(tmp_path))
    assert (found.kind, found.title, found.titled_by_heading) == ("notebook", "A good title", True)
    lines = GALLERY.split("\n")
    cells = [(cell.cell_type, cell.source.split("\n")[0]) for cell in found.notebook.cells]
    assert cells == [
        ("markdown", "==============="),
        ("code", "# A comment of the code"),
        ("markdown", "Part one"),
        ("code", "x = 1"),
        ("markdown", "Text alone."),
        ("markdown", "Last"),
        ("code", "y = 2"),
    ]
    assert all(
        source in lines[line - 1] for (_, source), line in zip(cells, found.lines, strict=True)
    )
    shown = rendered(tmp_path, "plot_a.py")
    assert [heading.level for heading in shown.headings] == [1, 2]
    assert "sphinx_gallery" not in shown.body
    (problem,) = shown.problems
    assert lines[(problem.line or 0) - 1] == "# .. bogus::"


@pytest.mark.parametrize(
    "text",
    [
        '"""A module.\n\nNo title.\n"""\n\n# %%\nx = 1\n',
        '"""\nTitle\n=====\n"""\n\n# %% [markdown]\n# *a*\n\n# %%\nx = 1\n',
        "# %%\n# a comment\nx = 1\n",
    ],
)
def test_other_scripts_stay_what_they_are(tmp_path: Path, text: str) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.py").write_text(text)
    cells = page("a.py", load(tmp_path)).notebook.cells
    assert cells[0].cell_type == "code"
    assert cells[-1].source.endswith("x = 1")


@pytest.mark.parametrize(
    "text",
    [
        "+-+\n" * 5_000,
        "+--" * 20_000 + "+\n|",
        "== ==\n" * 5_000,
        "===" + "   =" * 20_000,
        "=" * 50_000 + "\nx\n" + "=" * 50_000,
        "x\n~~~~\n" * 500,
        ".. a::\n" * 3_000,
        "".join("  " * n + ".. note::\n\n" for n in range(200)),
        ".. _" + "a" * 50_000,
        ":a:" * 2_000,
        ":a:`" * 20_000,
        "`a <b" * 10_000,
        "`" + "a <" * 20_000 + ">`_",
        "[a" * 3_000 + "]_",
        "a::\n\n  b\n\n" * 1_000,
        "\\ `" * 10_000,
    ],
)
def test_odd_restructuredtext_ends_soon(text: str) -> None:
    assert len(markdown.render([text]).cells) == 1


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (":Author: Jane\n:Long: goes\n   on\n", "<dt>Author</dt><dd>Jane</dd><dt>Long</dt>"),
        (":param x: text\n:returns: y\n", "<dt>param x</dt><dd>text</dd>"),
        ("| one\n| two\n  goes on\n", "one<br>two goes on</p>"),
        ("#. one\n#. two\n   goes on\n", "<ol><li>one</li><li>twogoes on</li></ol>"),
        ("* a\n\n  #. b\n", "<ol><li>b</li></ol></li></ul>"),
        ("See :ref:`x`.\n\nTerm\n   Means *it*.\n\nOther\n   That.\n", "<dd><p>Means <em>it"),
        ("See :ref:`x`.\n\nQuote:\n\n   Said so.\n\n   -- Me\n", "<blockquote><p>Said so.</p>"),
        (".. seealso::\n\n   :doc:`x`\n      It.\n", "</x-ref></dt><dd><p>It.</p></dd></dl>"),
        (".. note::\n\n   Term\n      Meaning\n", "<dt>Term</dt><dd><p>Meaning</p></dd>"),
        ("A |b c| d.\n\n.. |b c| replace:: *e* f\n", "<p>A <em>e</em> f d.</p>"),
        ("|x|\n\n.. |x| image:: a.png\n", '<img src="a.png" alt="x" loading="lazy">'),
        ("|c|\n\n.. |c| unicode:: U+00A9\n", "<p>©</p>"),
        ("`So <ab_>`__.\n\n.. _ab: https://a.org\n", '<a href="https://a.org">So</a>'),
        ("See this_ and `that one`_.\n\n.. _this: https://a.org\n", 'href="https://a.org">this<'),
        ("One__ and two__.\n\n.. __: https://a.org\n.. __: https://b.org\n", "b.org"),
        ("So [1]_.\n\n.. [1] Text\n", '<p>So <a href="#note-1">[1]</a>.</p>'),
        ("So [#]_ and [#n]_.\n\n.. [#] A\n.. [#n] B\n", '<a href="#note-2">[2]</a>'),
        ("`~a.b.read()` here", '<p><code class="name">read()</code> here</p>'),
        (":rcraw:`a.b` here", "<p><code>a.b</code> here</p>"),
        (".. figure:: a.png\n   :alt: long\n     text\n", 'alt="long text"'),
        (".. plot::\n\n   x = 1\n", "<code>x = 1</code>"),
        (".. cssclass:: big\n\nText\n", "<p>Text</p>"),
    ],
)
def test_lists_and_names(text: str, shown: str) -> None:
    assert shown in flat(text)


@pytest.mark.parametrize(
    "text",
    [
        ":rocket: Launch\n:star: Stars\n",
        "| a |\n|---|\n| 1 |\n",
        "A |b| c and snake_ case_.\n",
        "Text\n   goes on.\n",
        "# Title\n\nList:\n\n    code\n",
    ],
)
def test_what_is_markdown_stays_that(text: str) -> None:
    shown = flat(text)
    assert not any(tag in shown for tag in ("<dl", "line-block", "<blockquote", "<a "))


def test_a_note_is_the_place_that_its_mark_leads_to() -> None:
    shown = flat("So [*]_ and [A1]_ and [none]_.\n\n.. [*] Star\n.. [A1] A\n")
    for place in ("note-a1", "note-421"):
        assert f'href="#{place}"' in shown
        assert f'id="{place}"' in shown
    assert "[none]" in shown


def test_names_are_bounded() -> None:
    many = ".. |a| replace:: " + "x" * 1000 + "\n\n" + "|a| " * 1000
    assert len(html(many)) < 250_000
    assert "a.org" in html("x " + "`a " * 10_000 + " ab_\n\n.. _ab: https://a.org")


def test_the_title_of_a_page_may_stand_in_a_raw_cell(tmp_path: Path) -> None:
    (tmp_path / "publisher.toml").write_text('source = "."\n')
    cell = {"cell_type": "raw", "metadata": {"raw_mimetype": "text/restructuredtext"}}
    cells = [cell | {"source": ".. _x:\n\nThe *title*\n===========\n\nText\n"}]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (tmp_path / "a_b.ipynb").write_text(json.dumps(book))
    assert page("a_b.ipynb", load(tmp_path)).title == "The title"
