"""Documents of Panel and HoloViews: a real kernel publishes them, a real browser draws them."""

from __future__ import annotations

import json
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from waiting import drawn

from publisher import build, execute, read
from publisher.config import Config
from publisher.model import Packages, Rendered, Report
from publisher.render import render

if TYPE_CHECKING:
    from conftest import Site, Watch
    from playwright.sync_api import Browser, Page

HEADER = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n"
EXEC = "application/vnd.holoviews_exec.v0+json"
PAGES = {
    "panel": [
        """
        import panel as pn
        pn.extension("tabulator", "echarts")""",
        """
        steps = pn.widgets.IntSlider(name="Steps", start=0, end=5)
        text = pn.widgets.TextInput(name="Text")
        steps.jslink(text, code={"value": "target.value = `${source.value} steps`"})
        pn.Column("# Heading", pn.pane.Markdown("**bold**"), steps, text)""",
        """
        number = pn.widgets.IntSlider(name="Number", start=0, end=2)
        pn.Row(number, pn.bind(lambda n: f"the square is {n * n}", number)).embed()""",
        """
        import pandas as pd
        key = "01234567-89ab-cdef-0123-456789abcdef"
        pn.widgets.Tabulator(pd.DataFrame({"kind": ["a", "b"], "key": [key, key]}))""",
        'pn.indicators.Gauge(name="Speed", value=20)',
        'pn.pane.HTML("<i>" + "wide " * 99 + "</i>", width=1500)',
    ],
    "bound": [
        """
        import panel as pn
        pn.extension()""",
        'pn.Column("nothing to use")',
        """
        choice = pn.widgets.DiscreteSlider(name="Choice", options=[1, 3])
        pn.Row(choice, pn.bind(str, choice))""",
        """
        switch = pn.widgets.Checkbox(name="Switch")
        pn.Row(switch, pn.bind(str, switch))""",
    ],
}


def page_of(cells: list[str]) -> str:
    return HEADER + "\n".join(f"```python\n{dedent(cell).strip()}\n```\n" for cell in cells)


def publish(site: Site) -> tuple[Config, Report]:
    made = site({f"notebooks/{name}.md": page_of(cells) for name, cells in PAGES.items()})
    report = build.publish(made, build.Options(jobs=2, cache=False))
    assert [page.error for page in report.pages if page.error] == []
    return made, report


@pytest.fixture(scope="module")
def project(site: Site) -> tuple[Config, Report]:
    return publish(site)


@pytest.fixture(scope="module")
def page(project: Any, browser: Browser, watch: Watch) -> Iterator[Page]:
    """The page, on a narrow screen, with all that is on it drawn; nothing may go wrong on it."""
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    place = f"{project[0].output.as_uri()}/"
    wrong = watch(page, place)
    page.goto(f"{place}panel/index.html")
    drawn(page, wrong)
    yield page
    assert wrong == []
    context.close()


def test_layouts_are_drawn(page: Page) -> None:
    assert page.locator(".drawn h1").inner_text().startswith("Heading")
    assert page.locator(".drawn strong", has_text="bold").is_visible()
    assert page.locator(".drawn i").is_visible()
    assert page.locator(".live > .fallback:visible").count() == 0


def test_what_loads_panel_shows_nothing(page: Page) -> None:
    assert page.locator(".cell").first.locator(".output").count() == 0
    assert page.locator(".live").count() == 5


def test_a_slider_moves_what_is_linked_to_it(page: Page) -> None:
    page.get_by_role("slider", name="Steps").press("ArrowRight")
    assert page.get_by_label("Text", exact=True).input_value() == "1 steps"


def test_a_slider_chooses_among_embedded_states(page: Page) -> None:
    place = page.locator(".drawn", has_text="the square is")
    slider = page.get_by_role("slider", name="Number")
    for square in (1, 4):
        slider.press("ArrowRight")
        place.get_by_text(f"the square is {square}").wait_for()


def test_libraries_of_others_are_loaded(page: Page) -> None:
    rows = page.locator(".tabulator-row")
    assert rows.count() == 2
    assert "01234567-89ab-cdef-0123-456789abcdef" in rows.first.inner_text()
    assert page.locator(".drawn canvas").count() >= 1
    scripts = "[...document.querySelectorAll('head script')].map(e => e.src.split('/').pop())"
    names = [name.partition(".")[0] for name in page.evaluate(scripts)]
    assert names.index("bokeh-widgets-3") < names.index("bokeh-tables-3") < names.index("panel-1")
    assert names.index("echarts-6") < names.index("echarts-gl-2")
    assert not any(name.startswith(("plotly", "vega")) for name in names)


def test_only_its_own_box_scrolls(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    boxes = "[...document.querySelectorAll('.drawn')].map(e => e.scrollWidth - e.clientWidth)"
    assert max(page.evaluate(boxes)) > 1_000


def test_what_calls_python_has_a_warning(project: Any) -> None:
    (problem,) = [found for found in project[1].all_warnings if "Python" in found.message]
    assert (problem.path, problem.cell) == ("notebooks/bound.md", 3)
    assert ".embed()" in str(problem.hint)


def test_a_page_is_the_same_from_nothing(project: Any, site: Site) -> None:
    first, second = project[0], publish(site)[0]

    def files(made: Config) -> dict[str, str]:
        paths = [p for p in made.output.rglob("*") if p.suffix in (".html", ".js")]
        names = {str(p.relative_to(made.output)): p for p in paths if "pagefind" not in str(p)}
        return {name: p.read_text("utf-8").replace(made.title, "") for name, p in names.items()}

    before, after = files(first), files(second)
    assert sorted(before) == sorted(after)
    for name, text in before.items():
        assert text == after[name], name


# What is drawn from stored outputs


PACKAGES = sysconfig.get_path("purelib")


def rendered(site: Site, *bundles: dict[str, Any], packages: str = PACKAGES) -> Rendered:
    cell = nbformat.v4.new_code_cell("1", execution_count=1)
    cell.outputs = [nbformat.v4.new_output("display_data", data) for data in bundles]
    notebook = nbformat.v4.new_notebook(cells=[cell])
    made = site({"notebooks/page.ipynb": json.dumps(notebook)})
    executed = execute.unexecuted(read.page("page.ipynb", made), made, forbidden=False)
    return render(executed, made, lambda: (Packages(sys.executable, (packages,)),))


def document(*roots: dict[str, Any]) -> dict[str, Any]:
    """An output of HoloViews with these objects."""
    content = {"version": "3.9.0", "roots": [{"type": "object", **root} for root in roots]}
    items = [{"docid": "d", "root_ids": [roots[0]["id"]], "roots": {}}]
    script = f"const docs_json = {json.dumps({'d': content})}; const render_items = "
    return {"text/html": f"<script>{script}{json.dumps(items)};</script>", EXEC: ""}


def data(made: Rendered) -> Any:
    text = made.body.partition('type="application/json">')[2].partition("</script>")[0]
    return json.loads(text)["document"]


MANAGER = {"name": "panel.models.comm_manager.CommManager", "id": "m"}


def test_logos_are_not_shown(site: Site) -> None:
    logo = '\n<div class="logo-block"><img src="data:,"><span>\U0001f6c8</span></div>'
    assert "logo" not in rendered(site, {"text/html": logo}).body
    written = '<div class="block"><p>about a logo-block</p></div>'
    assert "about" in rendered(site, {"text/html": written}).body


def test_style_sheets_are_of_the_package(site: Site) -> None:
    sheets = [
        {
            "type": "object",
            "name": "ImportedStyleSheet",
            "id": f"s{number}",
            "attributes": {"url": url},
        }
        for number, url in enumerate(
            (
                "https://cdn.holoviz.org/panel/1.9.4/dist/css/chat_interface.css?v=1.9.4",
                "https://cdn.holoviz.org/panel/1.9.4/dist/css/nowhere.css",
                "https://example.org/own.css",
            )
        )
    ]
    made = rendered(
        site, document({"name": "Row", "id": "a", "attributes": {"stylesheets": sheets}})
    )
    packaged, missing, own = data(made)["roots"][0]["attributes"]["stylesheets"]
    assert packaged["name"] == missing["name"] == "InlineStyleSheet"
    assert "{" in packaged["attributes"]["css"]
    assert "@import" not in packaged["attributes"]["css"]
    assert missing["attributes"]["css"] == ""
    assert own["attributes"]["url"] == "https://example.org/own.css"


def test_a_figure_that_tells_python_has_a_warning(site: Site) -> None:
    events = {"subscribed_events": {"type": "set", "entries": ["rangesupdate"]}}
    told = {"name": "Figure", "id": "f", "attributes": events}
    one = rendered(site, document(told, MANAGER), document(told, MANAGER))
    assert len([p for p in one.problems if "calls Python" in p.message]) == 1
    still = rendered(site, document({"name": "Figure", "id": "f"}, MANAGER), document(told))
    assert not still.problems


def test_without_panel_there_is_a_sentence(site: Site, tmp_path: Path) -> None:
    (tmp_path / "bokeh").symlink_to(Path(PACKAGES, "bokeh"))
    layout = document({"name": "panel.models.layout.Column", "id": "a"})
    made = rendered(site, layout, packages=str(tmp_path))
    assert "An interactive Panel layout. It cannot be drawn here." in made.body
    (problem,) = made.problems
    assert "pip install panel" in str(problem.hint)
