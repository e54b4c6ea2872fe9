"""Sliders that work on the page: states from a real kernel, moved in a real browser."""

from __future__ import annotations

import gzip
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from publisher import build, config
from publisher.build import Options
from publisher.config import Config
from publisher.model import PageReport

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

STATIC = Path(__file__).parent.parent / "templates" / "default" / "static"
TITLE = 'title = "A site"\n'
HEADER = "---\ntitle: A page\njupyter:\n  kernelspec:\n    name: python3\n---\n"
IMPORTS = "from ipywidgets import *\nfrom IPython.display import display, Markdown, Math\n"
CELLS = {
    "three": """@interact(x=(0, 10), y=["a", "b"], z=True)
def three(x, y, z):
    print(x, y, z)
    if x == 3:
        raise ValueError("three is bad")
    return x""",
    "kinds": """#| interact-states: 900
interact(
    lambda r, m, q, n, s, t, l, k: print(r, m, q, n, s, t, l, k),
    r=IntRangeSlider(value=(0, 2), min=0, max=2), m=SelectionSlider(options=["x", "y"]),
    q=RadioButtons(options=["u", "v"]), n=BoundedIntText(2, min=1, max=3),
    s=Select(options=["first", "second"]), t=ToggleButton(description="switch"),
    l=FloatLogSlider(10, min=0, max=2, step=1), k=fixed("fixed"),
);""",
    "toggles": 'interact(lambda g: print("chosen", g), g=ToggleButtons(options=["one", "two"]));',
    "nested": r"""a = IntSlider(3, 0, 5)
b = FloatSlider(0.2, min=0, max=1, description=r"$\alpha$", continuous_update=False)
out = interactive_output(lambda a, b: print(f"{a * b:.1f}"), {"a": a, "b": b})
display(VBox([HBox([a, b]), Accordion([VBox([out])], titles=["Product"], selected_index=0)]))""",
    "options": """cities = {"UK": ["London", "Leeds"], "FR": ["Paris", "Lyon", "Nice"]}
country, city = Dropdown(options=list(cities)), Dropdown(options=cities["UK"])
def change(_):
    city.options = cities[country.value]
country.observe(change, "value")
interact(lambda city, country: print(city, "in", country), city=city, country=country);""",
    "values": """p, q = IntSlider(1, 0, 3), IntSlider(4, 0, 6)
p.observe(lambda _: setattr(q, "value", 2 * p.value), "value")
label = Label()
def both(p, q):
    label.value = f"sum {p + q}"
    print(p, q)
interact(both, p=p, q=q)
display(label)""",
    "figure": """#| fig-alt: A curve
#| fig-cap: A curve that turns
import matplotlib.pyplot as plt, numpy as np
def curve(k=2):
    plt.plot(np.cos(k * np.linspace(0, 6)))
    plt.show()
figure = interactive(curve, k=(1, 4))
figure""",
    "rich": """import pandas as pd
@interact(kind=["frame", "markdown", "math"])
def rich(kind):
    if kind == "frame":
        display(pd.DataFrame({"column": [1, 2]}))
    else:
        display(Markdown("**bold** text") if kind == "markdown" else Math(r"x^2"))""",
    "play": """play, i = Play(min=0, max=5, interval=20), IntSlider(0, 0, 5)
jslink((play, "value"), (i, "value"))
display(play)
interact(lambda i: print("square", i * i), i=i);""",
    "text": 'interact(lambda word, times: print(word * times), word="ab", times=(1, 3));',
    "random": """import random
random.seed(1), np.random.seed(1)
interact(lambda d: print("drawn", random.random(), np.random.rand()), d=(0, 2));
before = np.random.get_state()[1][0]""",
    "plotly": """import plotly.graph_objects as go
@interact(first=(1, 3))
def chart(first):
    go.Figure(go.Scatter(y=[first, 5])).show()""",
    "figure widget": """drawn = go.FigureWidget(go.Scatter(y=[1.0, 5.0]))
@interact(first=(1, 3))
def redraw(first):
    drawn.data[0].y = [first, 5.0]
drawn""",
    "picture": """import io
picture, wide = Image(format="png"), IntSlider(2, 1, 3, description="wide")
def draw(change):
    file = io.BytesIO()
    figure = plt.Figure(figsize=(change.new, 1))
    figure.savefig(file, format="png", dpi=50)
    picture.value = file.getvalue()
wide.observe(draw, "value")
wide.value = 3
VBox([wide, picture])""",
    "tabs": """one = interactive(lambda n: print("one", n), n=(0, 4))
two = interactive(lambda n: print("two", n), n=(0, 4))
Tab([one, two, HTML("<i>third</i>")], titles=["One", "Two", r"$x^2$"], selected_index=1)""",
    "observed": """width, area, note = IntSlider(3, 0, 9, description="width"), Label("9"), HTML()
width.observe(lambda change: setattr(area, "value", str(change.new**2)), "value")
linked = dlink((width, "value"), (note, "value"), lambda value: f"<b>wide {value}</b>")
VBox([width, area, note])""",
    "beside": """left, right = (IntSlider(2, 0, 9, description=name) for name in ("left", "right"))
jslink((left, "value"), (right, "value"))
moved = interactive(lambda n: print("n", n), n=(0, 4))
VBox([moved, VBox([left, right]), Button(description="Go")])""",
}


def page_of(cells: dict[str, str], extra: str = "") -> str:
    head = f"\n```python\n{IMPORTS}```\n"
    return HEADER + head + "".join(f"\n```python\n{c}\n```\n" for c in cells.values()) + extra


def publish(made: Config, **options: Any) -> PageReport:
    (report,) = build.publish(config.load(made.root), Options(**options)).pages
    assert report.error is None, report.error
    return report


def html(made: Config) -> str:
    return (made.output / "a/index.html").read_text()


@pytest.fixture(scope="module")
def made(site: Any) -> tuple[Config, PageReport]:
    project: Config = site({"notebooks/a.md": page_of(CELLS), "publisher.toml": TITLE})
    return project, publish(project)


@pytest.fixture
def wrong() -> list[str]:
    return []


@pytest.fixture
def page(
    made: tuple[Config, PageReport], browser: Browser, watch: Any, wrong: list[str]
) -> Iterator[Page]:
    """The page, opened from a disk, below a policy that allows scripts of the site alone."""
    opened = browser.new_page()
    address = (made[0].output / "a/index.html").as_uri()
    wrong += (told := watch(opened, made[0].output.as_uri()))
    opened.goto(address)
    yield opened
    assert told == []
    opened.close()


def box(page: Page, name: str, number: int = 0) -> Locator:
    """A view of a cell of `CELLS`."""
    return page.locator(".cell").nth(1 + list(CELLS).index(name)).locator(".interact").nth(number)


def slider(place: Locator, name: str) -> Locator:
    return place.get_by_role("slider", name=name, exact=True)


def shows(place: Locator, text: str) -> None:
    """Wait until a region shows a text."""
    place.locator(".region", has_text=text).first.wait_for(timeout=5000)


def test_a_page_loads_the_script_only_where_it_is_needed(
    made: tuple[Config, PageReport], site: Any
) -> None:
    assert "interact.js" not in html_of_plain(site)
    text = html(made[0])
    assert text.count("/interact.") == 2
    assert "<noscript" not in text
    assert len(gzip.compress((STATIC / "interact.js").read_bytes(), mtime=0)) < 5_000


def html_of_plain(site: Any) -> str:
    plain: Config = site({"notebooks/a.md": "# A page\n"})
    publish(plain)
    return html(plain)


def test_sliders_selects_and_boxes_by_keyboard(page: Page) -> None:
    place = box(page, "three")
    slider(place, "x").focus()
    page.keyboard.press("ArrowRight")
    shows(place, "6 a True")
    page.keyboard.press("End")
    shows(place, "10 a True")
    page.keyboard.press("Tab")
    page.keyboard.press("b")
    shows(place, "10 b True")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    shows(place, "10 b False")
    assert slider(place, "x").get_attribute("aria-valuetext") == "10"
    assert place.locator(".region").get_attribute("aria-live") == "polite"


def test_an_exception_is_what_its_state_shows(page: Page) -> None:
    place = box(page, "three")
    slider(place, "x").fill("3")
    shows(place, "three is bad")
    assert place.locator(".output.error").count() == 1
    slider(place, "x").fill("4")
    shows(place, "4 a True")
    assert place.locator(".output.error").count() == 0


def test_every_kind_of_control(page: Page) -> None:
    place = box(page, "kinds")
    shows(place, "(0, 2) x u 2 first False 10.0 fixed")
    place.get_by_role("slider", name="To").focus()
    page.keyboard.press("ArrowLeft")
    shows(place, "(0, 1) x")
    slider(place, "m").press("ArrowRight")
    place.get_by_role("radio", name="u").press("ArrowDown")
    place.get_by_role("spinbutton", name="n").press("ArrowUp")
    place.get_by_role("spinbutton", name="n").press("Enter")
    place.get_by_role("listbox", name="s").press("ArrowDown")
    place.get_by_role("button", name="switch").press("Space")
    slider(place, "l").press("ArrowRight")
    shows(place, "(0, 1) y v 3 second True 100.0 fixed")
    assert place.get_by_role("button", name="switch").get_attribute("aria-pressed") == "true"
    start = place.get_by_role("slider", name="From")
    start.press("End")
    shows(place, "(1, 1) y v 3")
    start.press("ArrowRight")
    assert start.input_value() == "1"
    toggles = box(page, "toggles")
    toggles.get_by_role("radio", name="one").press("ArrowRight")
    shows(toggles, "chosen two")
    shows(box(page, "three"), "5 a True")  # others stay where they are


def test_interactive_output_in_boxes_and_late_controls(page: Page) -> None:
    place = box(page, "nested")
    slider(place, "Value").press("ArrowRight")
    shows(place, "0.8")
    late = place.locator("input[data-late]")
    assert place.locator("label math").count() == 1
    late.evaluate("e => { e.value = 4; e.dispatchEvent(new Event('input', {bubbles: true})); }")
    assert place.locator(".readout").nth(1).inner_text() == "0.40"
    shows(place, "0.8")
    late.evaluate("e => e.dispatchEvent(new Event('change', {bubbles: true}))")
    shows(place, "1.6")


def test_observers_change_other_controls(page: Page) -> None:
    place = box(page, "options")
    town = place.get_by_label("city", exact=True)
    place.get_by_label("country", exact=True).select_option(label="FR")
    shows(place, "Paris in FR")
    assert town.locator("option").all_inner_texts() == ["Paris", "Lyon", "Nice"]
    town.select_option(label="Nice")
    shows(place, "Nice in FR")
    place.get_by_label("country", exact=True).select_option(label="UK")
    shows(place, "London in UK")
    place = box(page, "values")
    slider(place, "q").fill("0")
    shows(place, "1 0")
    slider(place, "p").press("ArrowRight")
    shows(place, "2 4")
    assert slider(place, "q").input_value() == "4"
    assert box(page, "values", 1).inner_text().strip().startswith("sum 6")


def test_figures_keep_their_caption_and_the_page_its_place(page: Page) -> None:
    place = box(page, "figure")
    place.scroll_into_view_if_needed()
    before = place.locator("img").get_attribute("src")
    high = place.bounding_box()
    slider(place, "k").press("ArrowRight")
    place.locator(f"img:not([src='{before}'])").wait_for()
    assert place.locator("img").evaluate("e => e.complete && e.naturalWidth > 0")
    assert place.locator("img").get_attribute("alt") == "A curve"
    assert "A curve that turns" in place.locator("figcaption").inner_text()
    assert place.bounding_box() == high
    slider(place, "k").press("ArrowLeft")
    place.locator(f"img[src='{before}']").wait_for()
    assert place.locator(".region").get_attribute("aria-live") is None


def test_tables_markdown_and_formulas(page: Page) -> None:
    place = box(page, "rich")
    assert place.locator("table.dataframe").count() == 1
    kind = place.get_by_label("kind", exact=True)
    kind.select_option(label="markdown")
    place.locator("strong", has_text="bold").wait_for()
    kind.select_option(label="math")
    place.locator("math").wait_for()
    assert place.locator("table").count() == 0


def test_a_figure_that_is_alive_is_drawn_anew(page: Page) -> None:
    place = box(page, "plotly")
    place.scroll_into_view_if_needed()
    place.locator(".js-plotly-plot").wait_for()
    slider(place, "first").press("End")
    page.wait_for_function("document.querySelector('.js-plotly-plot')?.data?.[0].y[0] === 3")
    assert place.locator(".js-plotly-plot").count() == 1


def test_figures_and_pictures_that_observers_change(page: Page) -> None:
    place = box(page, "figure widget")
    place.scroll_into_view_if_needed()
    figure = page.locator(".cell").nth(1 + list(CELLS).index("figure widget"))
    figure.locator(".js-plotly-plot").wait_for()
    slider(place, "first").press("End")
    page.wait_for_function(
        "[...document.querySelectorAll('.js-plotly-plot')].filter(e => e.data?.[0].y[0] === 3)[0]"
    )
    place = box(page, "picture")
    assert place.locator("img").get_attribute("width") == "150"
    slider(place, "wide").press("Home")
    place.locator("img[width='50']").wait_for()


def test_play_moves_what_is_linked_to_it(page: Page) -> None:
    player, place = box(page, "play"), box(page, "play", 1)
    player.get_by_role("button", name="Next").press("Enter")
    shows(place, "square 1")
    player.get_by_role("button", name="Play").click()
    shows(place, "square 25")
    player.get_by_role("button", name="Play").wait_for()
    slider(place, "i").press("Home")
    shows(place, "square 0")
    assert player.locator(".readout").inner_text() == "0"


def test_tabs_hold_what_moves(page: Page) -> None:
    place = box(page, "tabs")
    place.scroll_into_view_if_needed()
    tab = place.get_by_role("tab", name="Two")
    assert tab.get_attribute("aria-selected") == "true"
    slider(place.get_by_role("tabpanel", name="Two"), "n").press("End")
    shows(place, "two 4")
    tab.press("ArrowLeft")
    panel = place.get_by_role("tabpanel", name="One")
    slider(panel, "n").press("Home")
    shows(panel, "one 0")
    assert place.get_by_role("tab").count() == 3
    assert not place.get_by_text("third").is_visible()


def test_texts_that_observers_write(page: Page, made: tuple[Config, PageReport]) -> None:
    place = box(page, "observed")
    assert place.locator(".region").all_inner_texts() == ["9", "wide 3"]
    slider(place, "width").press("End")
    shows(place, "81")
    shows(place, "wide 9")
    assert not [w for w in made[1].warnings if "depends on more" in w.message]


def test_what_lives_by_itself_beside_what_moves(
    page: Page, made: tuple[Config, PageReport]
) -> None:
    place = box(page, "beside")
    place.scroll_into_view_if_needed()
    live = place.locator(".live[data-state=drawn]")
    live.wait_for()
    live.get_by_role("slider", name="left").press("ArrowRight")
    live.locator(".widget-readout", has_text="3").nth(1).wait_for()
    slider(place, "n").press("End")
    shows(place, "n 4")
    assert place.get_by_role("button", name="Go").is_disabled()
    assert [w for w in made[1].warnings if w.message.startswith("a button of a widget")]


def test_what_has_no_end_stands_still(page: Page, made: tuple[Config, PageReport]) -> None:
    place = box(page, "text")
    slider(place, "times").press("End")
    shows(place, "ababab")
    assert place.get_by_role("textbox").count() == 0
    (warning,) = (w for w in made[1].warnings if "word (Text)" in w.message)
    assert (
        (made[0].source / "a.md")
        .read_text()
        .splitlines()[warning.line - 1 :][0]
        .startswith("interact(lambda word")
    )


def test_without_scripts_the_first_state_is_shown(
    made: tuple[Config, PageReport], browser: Browser
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((made[0].output / "a/index.html").as_uri())
    place = box(page, "three")
    shows(place, "5 a True")
    assert place.locator(".needs-script").is_visible()
    assert page.locator("[data-control]:enabled").count() == 0
    context.close()


def test_names_and_roles_are_sound(page: Page) -> None:
    assert page.locator(".needs-script:visible").count() == 0
    for control in page.locator("[data-control]").all():
        role = control.evaluate("e => e.labels?.length || e.ariaLabel || e.textContent.trim()")
        assert role, control.evaluate("e => e.outerHTML")


def test_the_page_shows_what_the_run_has_shown(made: tuple[Config, PageReport]) -> None:
    notebook = json.loads(next(made[0].output.rglob("*.ipynb")).read_text())
    state = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    values = [m["state"]["value"] for m in state.values() if m["model_name"] == "LabelModel"]
    assert sorted(values) == ["9", "sum 5"]
    assert "interact-data" not in json.dumps(notebook)


def test_the_same_bytes_twice_and_reuse(made: tuple[Config, PageReport], site: Any) -> None:
    again: Config = site({"notebooks/a.md": page_of(CELLS), "publisher.toml": TITLE})
    first = publish(again)
    assert html(again) == html(made[0])
    before = html(again)
    shutil.rmtree(again.output)
    assert (first.status, publish(again).status) == ("ran", "reused")
    assert html(again) == before
