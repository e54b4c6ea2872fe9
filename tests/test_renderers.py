"""Figures that are alive: real kernels publish them, a real browser draws them."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from PIL import Image, ImageDraw
from waiting import drawn, holds

from publisher import build, config, execute, read
from publisher.execute.bundles import storable
from publisher.model import Packages, Rendered
from publisher.render import render

if TYPE_CHECKING:
    from conftest import Site, Watch
    from playwright.sync_api import Browser, Page

WEB = Path(__file__).parent / "web" / "node_modules"
HEADER = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF"
    "+FABJADveWkH6oAAAAAElFTkSuQmCC"
)
PLOTLY = "application/vnd.plotly.v1+json"
PAGES = {
    "plotly": [
        """
        #| fig-cap: Two points
        #| label: fig-points
        import plotly.express as px
        px.scatter(x=[1, 2], y=[3, 4], title="Points")""",
        """
        import plotly.io as pio
        line = px.line(x=[1, 2], y=[3, 1], render_mode="svg")
        pio.renderers.default = "notebook"
        line.show()""",
        """
        pio.renderers.default = "notebook_connected"
        px.bar(x=[1, 2], y=[3, 1], animation_frame=[1, 2]).show()""",
        """
        pio.renderers.default = "iframe"
        line.show()""",
        """
        pio.renderers.default = "plotly_mimetype"
        px.scatter(x=list(range(20_000)), y=list(range(20_000)), render_mode="webgl")""",
    ],
    "again": [
        """
        import plotly.express as px
        px.line(x=[1, 2], y=[1, 2])""",
    ],
    "altair": [
        """
        import altair as alt
        import pandas as pd
        table = pd.DataFrame({"kind": ["a", "b"], "amount": [3, 4]})
        chart = alt.Chart(table, title="Amounts").mark_bar().encode(x="kind", y="amount")
        chart = chart.transform_calculate(twice="datum.amount * 2").encode(tooltip="twice:Q")
        chart""",
        """
        alt.renderers.enable("mimetype")
        chart.properties(width="container")""",
    ],
    "bokeh": [
        """
        from bokeh.plotting import figure, output_notebook, show
        output_notebook()""",
        """
        one = figure(title="Lines", width=300, height=200)
        one.line([1, 2], [3, 4])
        show(one)""",
        """
        from bokeh.layouts import column
        from bokeh.models import CustomJS, Slider
        slider = Slider(start=0, end=3, value=1, step=1, title="Steps")
        two = figure(width=300, height=200)
        two.line([1, 2], [1, 2])
        script = CustomJS(args={"axis": two.yaxis[0]}, code="axis.axis_label = `${this.value}`")
        slider.js_on_change("value", script)
        show(column(slider, two))""",
    ],
    "widgets": [
        """
        import numpy as np
        import plotly.graph_objects as go
        go.FigureWidget(go.Figure(go.Scatter(x=np.arange(5), y=np.linspace(0, 1, 5))))""",
        """
        import altair as alt
        import pandas as pd
        table = pd.DataFrame({"kind": ["a", "b"], "amount": [3, 4]})
        alt.JupyterChart(alt.Chart(table).mark_point().encode(x="kind", y="amount"))""",
    ],
    "boxes": [
        """
        import altair as alt
        import pandas as pd
        import plotly.graph_objects as go
        from ipywidgets import HTML, VBox
        figure = go.FigureWidget(go.Scatter(y=[1.0, 2.0]))
        table = pd.DataFrame({"kind": ["a", "b"], "amount": [3, 4]})
        chart = alt.JupyterChart(alt.Chart(table).mark_point().encode(x="kind", y="amount"))
        VBox([HTML("<b>both</b>"), figure, chart])""",
    ],
    "display": [
        """
        from IPython.display import HTML, JSON, SVG, Audio, IFrame, Image, Javascript, Math, Video
        JSON({"first": [1, {"deep": "text"}], "second": None})""",
        "Audio([0, 1] * 1000, rate=8000)",
        'IFrame("again/", 300, 200)',
        'Javascript("window.wrong = 1")',
        """
        import sympy
        sympy.init_printing()
        sympy.Integral(sympy.Symbol("x") ** 2)""",
        "Math(r'\\\\alpha^2')",
        """
        #| fig-alt: a square
        SVG('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>')""",
    ],
    "plain": ["1 + 1"],
}


def page_of(cells: list[str]) -> str:
    return HEADER + "\n".join(f"```python\n{dedent(cell).strip()}\n```\n" for cell in cells)


@pytest.fixture(scope="module")
def project(site: Site) -> tuple[config.Config, Any]:
    made = site({f"notebooks/{name}.md": page_of(cells) for name, cells in PAGES.items()})
    report = build.publish(made, build.Options(jobs=2))
    assert [page.error for page in report.pages if page.error] == []
    return made, report


class _Strict(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """No script but the site's own, and none made of a text."""
        policy = "default-src 'self'; script-src 'self'; style-src 'self' 'unsafe-inline'"
        media = "img-src 'self' data: blob:; media-src 'self' data:"
        self.send_header("Content-Security-Policy", f"{policy}; {media}")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def places(project: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the site is: under a prefix with strict headers, and as files."""
    above = tmp_path_factory.mktemp("www")
    (above / "user").mkdir()
    (above / "user" / "site").symlink_to(project[0].output)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Strict, directory=str(above)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "prefix": f"http://127.0.0.1:{server.server_address[1]}/user/site/",
        "file": f"{project[0].output.as_uri()}/",
    }
    server.shutdown()
    server.server_close()


@contextmanager
def opened(browser: Browser, place: str, name: str, watch: Watch, **options: Any) -> Iterator[Page]:
    """A page of which each figure was scrolled to; nothing may go wrong on it."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong = watch(page, place)
    page.goto(f"{place}{name}/index.html")
    if options.get("java_script_enabled", True):
        drawn(page, wrong)
    yield page
    assert wrong == []
    context.close()


DRAWN = {
    "plotly": (".js-plotly-plot .main-svg:first-child", 5),
    "altair": (".vega-embed :is(svg, canvas).marks", 2),
    "bokeh": (".bk-Figure", 2),
}


@pytest.mark.parametrize("name", DRAWN)
@pytest.mark.parametrize("place", ["prefix", "file"])
def test_figures_are_drawn(
    browser: Browser, places: dict[str, str], watch: Watch, name: str, place: str
) -> None:
    selector, count = DRAWN[name]
    with opened(browser, places[place], name, watch) as page:
        assert page.locator(selector).count() == count
        assert page.locator(".live > .fallback:visible").count() == 0
        sizes = page.evaluate("[...document.querySelectorAll('.drawn')].map(e => e.clientHeight)")
        assert min(sizes) > 100


def test_a_library_is_loaded_once_and_shared(
    project: Any, browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    names = sorted(path.name for path in (project[0].output / "static" / "lib").iterdir())
    assert sum(name.startswith("plotly-") for name in names) == 1
    context = browser.new_context()
    page = context.new_page()
    asked: list[str] = []
    page.on("requestfinished", lambda request: asked.append(request.url))
    for name in ("plotly", "again"):
        page.goto(f"{places['prefix']}{name}/index.html")
        for element in page.locator(".live").all():
            element.scroll_into_view_if_needed()
        holds(page, "!document.querySelector('.live:not([data-state=drawn])')")
    libraries = [url.rpartition("/")[2] for url in asked if "/lib/plotly-" in url]
    assert len(set(libraries)) == 1
    assert len(libraries) <= 2
    context.close()


def test_nothing_is_loaded_before_it_comes_near(
    project: Any, browser: Browser, places: dict[str, str]
) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 300})
    page = context.new_page()
    page.goto(f"{places['prefix']}plotly/index.html")
    states = page.evaluate("[...document.querySelectorAll('.live')].map(e => !e.dataset.state)")
    assert states[-1]
    context.close()
    plain = (project[0].output / "plain" / "index.html").read_text()
    assert "live." not in plain
    assert "/lib/" not in plain


def test_nothing_moves_while_figures_are_drawn(browser: Browser, places: dict[str, str]) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{places['prefix']}again/index.html")
    heights = "document.querySelector('.live').getBoundingClientRect().height"
    before = page.evaluate(heights)
    holds(page, "document.querySelector('.live').dataset.state === 'drawn'")
    assert page.evaluate(heights) == before
    context.close()


def test_without_scripts_there_is_a_picture_or_a_sentence(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["file"], "plotly", watch, java_script_enabled=False) as page:
        first = page.locator(".fallback").first.inner_text()
        assert first == "An interactive Plotly figure: Two points. It needs JavaScript."
        assert page.locator("figcaption").inner_text() == "Figure 1 Two points"
    with opened(browser, places["file"], "altair", watch, java_script_enabled=False) as page:
        images = page.locator(".fallback img")
        assert images.count() == 2
        assert images.first.get_attribute("alt") == "Amounts"
        images.first.scroll_into_view_if_needed()
    with opened(browser, places["file"], "bokeh", watch, java_script_enabled=False) as page:
        assert "An interactive Bokeh figure: Lines." in page.locator(".fallback").first.inner_text()


def test_figures_of_widgets_need_no_script_of_the_widget(
    project: Any, browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["prefix"], "widgets", watch) as page:
        assert page.locator(".js-plotly-plot .scatterlayer .point, .scatterlayer .js-line").count()
        assert page.locator(".vega-embed :is(svg, canvas).marks").count() == 1
    names = [path.name for path in (project[0].output / "static" / "lib").iterdir()]
    assert not any("anywidget" in name for name in names)


def test_figures_of_widgets_are_drawn_in_boxes(
    project: Any, browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    (report,) = (page for page in project[1].pages if page.source == "boxes.md")
    assert report.warnings == ()
    text = (project[0].output / "boxes" / "index.html").read_text()
    assert text.count("data-src") < 12  # of their libraries and of widgets
    with opened(browser, places["prefix"], "boxes", watch) as page:
        view = page.locator(".live[data-live=widget] > .drawn")
        view.locator(".js-plotly-plot .main-svg").first.wait_for()
        view.locator(".vega-embed :is(svg, canvas).marks").wait_for()
        assert view.locator("b", has_text="both").is_visible()


def test_bokehs_own_widgets_work(browser: Browser, places: dict[str, str], watch: Watch) -> None:
    with opened(browser, places["file"], "bokeh", watch) as page:  # CustomJS needs `eval`
        slider = page.get_by_role("slider", name="Steps")
        slider.focus()
        page.keyboard.press("ArrowRight")
        assert slider.get_attribute("aria-valuetext") == "2.00"


def test_displayed_objects_need_no_script(
    project: Any, browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["prefix"], "display", watch, java_script_enabled=False) as page:
        tree = page.locator(".tree")
        assert "first: 2 items" in tree.inner_text()
        assert "deep" not in tree.inner_text()
        tree.locator("summary", has_text="first").press("Enter")
        tree.locator("summary", has_text="1: 1 item").press("Enter")
        assert 'deep: "text"' in tree.inner_text()
        assert page.locator("audio[controls]").count() == 1
        frame = page.locator("iframe")
        assert (frame.get_attribute("loading"), frame.get_attribute("src")) == ("lazy", "../again/")
        assert page.locator(".output math").count() == 2
        assert page.locator("img[alt='a square']").count() == 1
        notice = page.locator(".output.notice").inner_text()
        assert notice == "A script stands here in the notebook; it is not run on this page."
    found = [p for p in project[1].all_warnings if "JavaScript" in p.message]
    assert [(p.path, p.line) for p in found] == [("notebooks/display.md", 21)]


def test_readers_are_told_names(browser: Browser, places: dict[str, str], watch: Watch) -> None:
    axe = (WEB / "axe-core" / "axe.min.js").read_text()
    options = {"preload": False, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for name in ("plotly", "altair", "bokeh", "widgets", "display"):
        with opened(browser, places["file"], name, watch, color_scheme="dark") as page:
            page.evaluate(axe)
            found = page.evaluate("options => axe.run(options)", options)
            told = [(r["id"], n["html"][:200]) for r in found["violations"] for n in r["nodes"]]
            assert told == [], name
    with opened(browser, places["file"], "plotly", watch) as page:
        assert page.get_by_role("group", name="Two points").count() == 1


def test_a_page_is_the_same_from_nothing(project: Any, site: Site) -> None:
    made = project[0]
    again = site({f"notebooks/{name}.md": page_of(cells) for name, cells in PAGES.items()})
    build.publish(again, build.Options(jobs=2))

    def files(output: Path) -> dict[str, bytes]:
        every = (path for path in output.rglob("*") if path.suffix in (".html", ".js", ".svg"))
        return {str(p.relative_to(output)): p.read_bytes() for p in every}

    first, second = files(made.output), files(again.output)
    title, other = made.title, again.title
    assert sorted(first) == sorted(second)
    for path, content in first.items():
        if "pagefind" not in path:
            assert content.replace(title.encode(), b"") == second[path].replace(
                other.encode(), b""
            ), path


# What is drawn from stored outputs


def rendered(site: Site, *outputs: dict[str, Any], packages: Path | None = None) -> Rendered:
    notebook = nbformat.v4.new_notebook()
    cell = nbformat.v4.new_code_cell("1", execution_count=1)
    cell.outputs = [
        nbformat.from_dict({"output_type": "display_data", "metadata": {}, "data": data})
        for data in outputs
    ]
    notebook.cells = [cell]
    made = site({"notebooks/page.ipynb": json.dumps(notebook)})
    executed = execute.unexecuted(read.page("page.ipynb", made), made, forbidden=False)
    where = () if packages is None else (Packages(sys.executable, (str(packages),)),)
    return render(executed, made, lambda: where)


@pytest.fixture
def installed(tmp_path: Path) -> Path:
    """An environment with something that passes for Plotly."""
    script = tmp_path / "plotly" / "package_data" / "plotly.min.js"
    script.parent.mkdir(parents=True)
    script.write_text("window.Plotly = {};")
    (tmp_path / "plotly-6.5.0.dist-info").mkdir()
    return tmp_path


def test_the_version_that_made_a_figure_draws_it(site: Site, installed: Path) -> None:
    made = rendered(site, {PLOTLY: {"data": [], "layout": {}}}, packages=installed)
    names = [library.name for library in made.libraries]
    assert names[0].startswith("plotly-6.5.0.")
    assert names[1].startswith("draw-plotly.")
    sought = str(installed / "plotly" / "package_data" / "plotly.min.js")
    assert sought in made.measured


def test_without_the_library_the_picture_is_shown_with_a_warning(site: Site) -> None:
    made = rendered(site, {PLOTLY: {"data": []}, "image/png": PNG}, {PLOTLY: {"data": []}})
    assert 'class="live' not in made.body
    assert "<img" in made.body
    assert "An interactive Plotly figure. It cannot be drawn here." in made.body
    (problem,) = [p for p in made.problems if "Plotly" in p.message]
    assert "pip install plotly" in str(problem.hint)
    assert problem.cell == 1


HOSTILE = "</script><script>alert(1)</script><!--<script>\u2028"


def test_data_of_a_figure_is_no_markup(site: Site, installed: Path) -> None:
    figure = {"data": [{"name": HOSTILE}], "layout": {"title": HOSTILE, "height": HOSTILE}}
    made = rendered(site, {PLOTLY: figure, "image/svg+xml": HOSTILE}, packages=installed)
    assert "<script>alert" not in made.body
    text = made.body.partition('type="application/json">')[2].partition("</script>")[0]
    assert json.loads(text)["data"] == figure["data"]


def test_much_data_is_a_script_of_its_own(site: Site, installed: Path) -> None:
    figure = {"data": [{"x": list(range(30_000))}]}
    made = rendered(site, {PLOTLY: figure}, packages=installed)
    assert len(made.body) < 5_000
    (asset,) = made.assets
    assert asset.name.endswith(".js")
    assert asset.content.startswith(b"publisherLive.data[")


@pytest.mark.parametrize(
    "data",
    [
        {PLOTLY: []},
        {PLOTLY: {"data": "x"}},
        {PLOTLY: {"data": [1, None], "layout": [], "frames": 3, "config": "x"}},
        {"application/vnd.vegalite.v5+json": []},
        {"application/vnd.vega.v5+json": {"$schema": 3, "title": [1], "usermeta": []}},
        {"application/vnd.bokehjs_exec.v0+json": "", "application/javascript": "docs_json"},
        {
            "application/vnd.bokehjs_exec.v0+json": "",
            "application/javascript": 'const docs_json = {"a": []}; const render_items = [{}];',
        },
        {"text/html": "Plotly.newPlot('a', [[[[[, plotly-graph-div"},
        {"text/html": "vegaEmbed( })({"},
        {"text/html": "const docs_json = " + "[" * 100_000},
        {"text/html": "<iframe src='iframe_figures/../../x.html'>"},
        {"application/json": {"a": float("nan")}},
    ],
)
def test_broken_data_ends_in_a_warning_or_as_it_is(
    site: Site, installed: Path, data: dict[str, Any]
) -> None:
    assert rendered(site, {**data, "text/plain": "text"}, packages=installed).body


def test_what_an_author_writes_stays_with_a_warning(site: Site, installed: Path) -> None:
    html = (
        '<div><script src="https://cdn.plot.ly/plotly-3.0.0.min.js"></script>'
        '<div id="a" class="plotly-graph-div"></div>'
        '<script>Plotly.newPlot("a", [], {}, {})</script></div>'
    )
    written = {"text/html": html, "text/plain": "<IPython.core.display.HTML object>"}
    made = rendered(site, written, packages=installed)
    assert "https://cdn.plot.ly/" in made.body
    (problem,) = made.problems
    assert "asks cdn.plot.ly" in problem.message
    shown = rendered(site, {"text/html": html}, packages=installed)
    assert "https://cdn.plot.ly/" not in shown.body
    assert 'data-live="plotly"' in shown.body


def test_outputs_become_storable() -> None:
    bundle = {
        "text/plain": "a",
        "image/svg+xml": ["a", "b"],
        "application/json": {"a": 1},
        "application/vnd.x+json": [1],
        "application/vnd.vegalite.v6.json": {"mark": "bar"},
        "x/y": {"a": 1},
    }
    made = storable(bundle)
    assert made["application/vnd.vegalite.v6+json"] == {"mark": "bar"}
    assert made["x/y"] == '{"a": 1}'
    nbformat.validate(nbformat.v4.new_notebook(cells=[]))
    nbformat.v4.new_output("display_data", made)


@pytest.mark.parametrize("mode", ["RGBA", "RGB", "L", "P"])
def test_pictures_are_packed_without_a_loss(mode: str) -> None:
    drawn = Image.new("RGB", (90, 60), "white")
    ImageDraw.Draw(drawn).ellipse((5, 5, 80, 50), fill="teal", outline="black")
    file = io.BytesIO()
    drawn.convert(mode).save(file, "png", compress_level=1)
    before = base64.b64encode(file.getvalue()).decode() + "\n"
    after = storable({"image/png": before})["image/png"]
    assert len(after) < len(before)
    assert after.endswith("\n")
    assert storable({"image/png": before})["image/png"] == after
    large = io.BytesIO()
    Image.new("1", (3_000, 3_000)).save(large, "png", compress_level=1)
    kept = base64.b64encode(large.getvalue()).decode()
    assert storable({"image/png": kept})["image/png"] == kept
    shown = Image.open(io.BytesIO(base64.b64decode(after)))
    assert shown.convert("RGBA").tobytes() == drawn.convert(mode).convert("RGBA").tobytes()


@pytest.mark.parametrize("odd", ["", "no base64!", "aGVsbG8=", ["iVBO", "Rw0K"]])
def test_what_is_no_picture_stays(odd: Any) -> None:
    assert storable({"image/png": odd}) == {"image/png": odd}


@pytest.mark.parametrize("depth", [100, 320, 900, 5_000])
def test_what_lies_deep_ends_in_a_warning(site: Site, installed: Path, depth: int) -> None:
    inner = "[" * depth + "]" * depth
    figure = f'{{"type":"object","name":"Figure","id":"1","attributes":{{"x":{inner}}}}}'
    document = f'{{"a":{{"roots":[{figure}],"version":"3.9"}}}}'
    items = '[{"docid":"a","roots":{"1":"x"},"root_ids":["1"]}]'
    html = f"<script>const docs_json = {document}; const render_items = {items};</script>"
    made = rendered(site, {"text/html": html, "text/plain": "said"}, packages=installed)
    assert 'class="output' in made.body
    assert made.problems or "docs_json" in made.body


# Renderers of other packages

DOTS = '''
"""Draws strings of dots."""
from pathlib import Path

from publisher.renderers import Drawn, Live, Script


class Dots:
    mimes = ("application/vnd.example.dots+json",)
    priority = 100

    def draw(self, bundle):
        dots = bundle.data["dots"]
        script = Script("dots-1.0", Path(__file__).with_name("dots.js"))
        live = Live("dots", dots, (script,), label=f"{dots} dots", height=40)
        return Drawn(f"<p>{'.' * dots}</p>", "html", live)


class Broken:
    mimes = ("application/vnd.example.broken+json", "text/plain")
    priority = 90

    def draw(self, bundle):
        raise KeyError("no dots")
'''
DRAW_DOTS = """
publisherLive.dots = (target, dots) => {
  target.textContent = "●".repeat(dots);
};
"""
DOTTED = page_of(
    [
        """
        from IPython.display import display
        display({"application/vnd.example.dots+json": {"dots": 3}, "text/plain": "3"}, raw=True)""",
        """
        bundle = {"application/vnd.example.broken+json": {}, "text/markdown": "*instead*"}
        display(bundle, raw=True)""",
    ]
)


def test_other_packages_bring_renderers(tmp_path: Path, browser: Browser, watch: Watch) -> None:
    package, project = tmp_path / "package", tmp_path / "project"
    information = package / "dots-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: dots\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text(
        "[publisher.renderers]\ndots = dots:Dots\nbroken = dots:Broken\nlost = nowhere:Lost\n"
    )
    (package / "dots.py").write_text(DOTS)
    (package / "dots.js").write_text(DRAW_DOTS)
    (project / "notebooks").mkdir(parents=True)
    (project / "notebooks" / "index.md").write_text(DOTTED)
    (project / "publisher.toml").touch()
    paths = os.pathsep.join([str(package), os.environ.get("PYTHONPATH", "")]).rstrip(os.pathsep)

    def publish() -> dict[str, Any]:
        done = subprocess.run(
            [sys.executable, "-m", "publisher", "build", "--json"],
            cwd=project, env={**os.environ, "PYTHONPATH": paths},
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        report: dict[str, Any] = json.loads(done.stdout)
        return report

    report = publish()
    warnings = [(w["message"], w["line"]) for w in report["pages"][0]["warnings"]]
    message = "the renderer of dots for application/vnd.example.broken+json failed"
    assert any(text.startswith(message) and line == 13 for text, line in warnings), warnings
    assert any("the renderer lost of dots cannot be loaded" in text for text, _ in warnings)
    assert "<em>instead</em>" in (project / "site" / "index.html").read_text()
    place = f"{(project / 'site').as_uri()}/"
    with opened(browser, place, ".", watch) as page:
        assert page.locator(".drawn").inner_text() == "●●●"
    assert publish()["changed"] == 0
    (package / "dots.py").write_text(DOTS.replace("<p>", "<p>dots: "))
    publish()
    assert "dots: ..." in (project / "site" / "index.html").read_text()
