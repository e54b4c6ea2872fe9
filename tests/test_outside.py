"""What outputs ask of other servers as they are drawn: authors are told what they did not write."""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from publisher import execute, read
from publisher.render import render

if TYPE_CHECKING:
    from conftest import Site

    from publisher.model import Problem

MAP = """<!DOCTYPE html><html><head>
<script src="https://cdn.jsdelivr.net/npm/leaflet@1.9.3/dist/leaflet.js"></script>
<script src="https://code.jquery.com/jquery-3.7.1.min.js"></script>
<script src="https://cdnjs.cloudflare.com/ajax/libs/markers.js"></script>
<link rel="stylesheet" href="https://netdna.bootstrapcdn.com/bootstrap.min.css"/>
<link rel="stylesheet" href="https://cdn.jsdelivr.net/npm/leaflet.css"/>
</head><body><a href="https://www.openstreetmap.org">map</a></body></html>"""
TABLE = """<link href="https://www.unpkg.com/dt/dt_bundle.css" rel="stylesheet">
<script type="module">import {ITable as T} from 'https://www.unpkg.com/dt/dt_bundle.js';</script>"""
VIDEO = '<iframe width="400" src="https://www.youtube.com/embed/x" frameborder="0"></iframe>'
MADE, WRITTEN = "<lib.Map at 0x7f>", "<IPython.core.display.HTML object>"
ASKED = {
    "a document in a frame": (
        f'<div><iframe srcdoc="{escape(MAP)}" style="width: 100%"></iframe></div>',
        "cdn.jsdelivr.net, code.jquery.com, cdnjs.cloudflare.com and 1 more",
    ),
    "a module and a style sheet": (TABLE, "www.unpkg.com"),
    "minified": ('<script>import a from"https://a.org/x";import("//b.org/y")</script>',
                 "a.org and b.org"),
    "names of modules": ('<script type="importmap">{"imports":{"x":"https://esm.sh/x"}}</script>',
                         "esm.sh"),
    "styles": ("<style>@import url(https://fonts.org/css?family=A);</style>", "fonts.org"),
    "a frame": (VIDEO, "www.youtube.com"),
    "a port": ("<SCRIPT SRC=http://localhost:8050/dash.js></SCRIPT>", "localhost:8050"),
}  # fmt: skip
SILENT = {
    "pictures and links": '<img src="https://a.org/x.png"><a href="https://a.org">a</a>',
    "data": '<script type="application/json">{"code": "from \'https://a.org/x\'"}</script>',
    "comments": '<!-- <script src="https://a.org/x.js"></script> -->',
    "words in scripts": "<script>/* from https://a.org */ const u = 'https://a.org/';</script>",
    "files beside the page": '<script src="x.js"></script><link rel="icon" href="//a.org/i.png">',
    "text": "<pre>&lt;script src=\"https://a.org/x.js\"&gt; import x from 'https://a.org'</pre>",
}


def problems(site: Site, html: str, code: str = "show()", text: str = MADE) -> list[Problem]:
    """What is told of a page with one cell that has this output."""
    data = {"text/html": html, "text/plain": text}
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell(code, execution_count=1, outputs=[output], id="a")
    made = site(
        {
            "notebooks/page.ipynb": nbformat.writes(nbformat.v4.new_notebook(cells=[cell])),
            "notebooks/x.js": "",
        }
    )
    executed = execute.unexecuted(read.page("page.ipynb", made), made, forbidden=False)
    return list(render(executed, made, lambda: ()).problems)


@pytest.mark.parametrize(("html", "hosts"), ASKED.values(), ids=ASKED)
def test_an_output_that_asks_others_is_told_of_once(site: Site, html: str, hosts: str) -> None:
    (problem,) = problems(site, html)
    assert problem.message == f"an output asks {hosts} for what it needs as it is drawn"
    assert "#| output: false" in str(problem.hint)
    assert problem.cell == 1


@pytest.mark.parametrize("html", SILENT.values(), ids=SILENT)
def test_what_asks_nobody_for_its_code_is_not_told_of(site: Site, html: str) -> None:
    assert problems(site, html) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("HTML('<iframe src=\"https://www.youtube.com/embed/x\"></iframe>')", WRITTEN),
        ('YouTubeVideo("x")', "<IPython.lib.display.YouTubeVideo at 0x7f>"),
        ("IFrame(address, 400, 300)", "<IPython.lib.display.IFrame at 0x7f>"),
    ],
)
def test_what_the_author_asks_for_is_not_told_of(site: Site, code: str, text: str) -> None:
    assert problems(site, VIDEO, code, text) == []


def test_only_what_the_author_did_not_write_is_named(site: Site) -> None:
    html = '<script src="https://a.org/x.js"></script><script src="https://b.org/y.js"></script>'
    (problem,) = problems(site, html, 'library.load("https://a.org")')
    assert "asks b.org for" in problem.message


@pytest.mark.parametrize(
    "html",
    [
        "<script>" + "import" + " " * 300_000,
        "<script>" + "from(" * 200_000,
        "<iframe " * 60_000,
        '<iframe srcdoc="' + "&lt;iframe srcdoc=&quot;" * 40_000,
        "<style>" + "@import url(" * 100_000,
        '<link rel="' + "stylesheet " * 100_000,
        "<script src=https://" * 50_000,
    ],
    ids=lambda html: html[:24],
)
def test_large_outputs_are_read_in_linear_time(site: Site, html: str) -> None:
    assert len(problems(site, html)) <= 1


def widget(**state: Any) -> Any:
    """A notebook with an anywidget in this state."""
    state |= {"_view_name": "AnyView", "_view_module": "anywidget"}
    model = {"model_name": "AnyModel", "model_module": "anywidget", "model_module_version": "~0.9"}
    data = {"application/vnd.jupyter.widget-view+json": {"model_id": "a"}, "text/plain": "Widget"}
    output = nbformat.v4.new_output("display_data", data=data)
    cells = [
        nbformat.v4.new_code_cell("# https://written.org", execution_count=1, id="a"),
        nbformat.v4.new_code_cell("show()", execution_count=2, outputs=[output], id="b"),
    ]
    made = nbformat.v4.new_notebook(cells=cells)
    saved = {"version_major": 2, "version_minor": 0, "state": {"a": {**model, "state": state}}}
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": saved}
    return json.loads(nbformat.writes(made))


@pytest.mark.parametrize(
    ("state", "hosts"),
    [
        ({"_esm": 'import * as React from "https://esm.sh/react@19"'}, "esm.sh"),
        ({"_esm": "https://a.org/index.js", "_css": "https://b.org/a.css"}, "a.org and b.org"),
        ({"_esm": 'import x from "https://written.org/x.js"'}, ""),
        ({"_esm": 'export default { link: "https://esm.sh" }', "_css": "a { color: red }"}, ""),
    ],
)
def test_an_anywidget_that_asks_others_is_told_of(site: Site, state: Any, hosts: str) -> None:
    given = widget(**state, _anywidget_id="package.Clock")
    made = site({"notebooks/page.ipynb": json.dumps(given)})
    executed = execute.unexecuted(read.page("page.ipynb", made), made, forbidden=False)
    packages = execute.packages(executed.page, made)
    found = [problem.message for problem in render(executed, made, lambda: packages).problems]
    told = f"the widget Clock asks {hosts} for what it needs as it is drawn"
    assert found == ([told] if hosts else [])
