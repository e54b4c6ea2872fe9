"""Widgets on a page without a kernel: real kernels publish them, a real browser moves them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from waiting import holds

from publisher import build
from publisher.bundle import bundle
from publisher.render.widgets.state import Saved

if TYPE_CHECKING:
    from conftest import Site, Watch
    from playwright.sync_api import Browser, Page

WEB = Path(__file__).parent / "web" / "node_modules"
HEADER = "---\njupyter:\n  kernelspec:\n    name: python3\n---\n\n"
PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAoAAAAKCAYAAACNMs+9AAAAFUlEQVR42mP8z8BQz0AEYBxVSF"
    "+FABJADveWkH6oAAAAAElFTkSuQmCC"
)
CELLS = {
    "linked": r"""
import ipywidgets as w, base64, datetime
from IPython.display import display
a = w.IntSlider(description="width $x^2$", value=5, max=20)
b = w.Play(value=5, interval=20, max=20, step=5)
c = w.IntText(description="number", value=5)
w.jslink((a, "value"), (b, "value"))
w.jslink((a, "value"), (c, "value"))
one_way = w.Text(description="target")
w.jsdlink((c, "value"), (one_way, "value"))
w.VBox([a, b, c])""",
    "tabs": rf"""
o = w.Output()
with o:
    print("printed in a widget")
    display(w.Image(value=base64.b64decode("{PNG}"), format="png"))
    import pandas as pd
    display(pd.DataFrame({{"column": [1, 2]}}))
    display(a)
h = w.HTML("<b>bold</b> <a href='other.md'>other</a><script>alert(1)</script>", description="html")
m = w.HTMLMath(r"Formula $\alpha^2$ <i>it</i>")
w.Tab([w.Label(r"$\beta$ label"), o, w.VBox([h, m])], titles=["First", "Second", "Third"])""",
    "kinds": """
w.VBox([
  w.DatePicker(value=datetime.date(2024, 1, 2), description="date"),
  w.Dropdown(options=[("one", 1), ("two", 2)], description="pick"),
  w.Select(options=["x", "y"], description="select"),
  w.RadioButtons(options=["x", "y"], description="radio"),
  w.ToggleButtons(options=["x", "y"], description="toggles"),
  w.ToggleButton(description="toggle"), w.Checkbox(description="box"),
  w.SelectionSlider(options=list("abc"), description="letter"),
  w.FloatLogSlider(value=10, description="log"),
  w.FloatRangeSlider(value=(1, 2), description="range"),
  w.Valid(value=True, description="ok"), w.TagsInput(value=["tag"]),
  w.ColorPicker(value="#ff0000", description="colour"),
  w.IntProgress(value=3, max=10, description="done"), w.Controller(), w.FileUpload(),
  w.Text("t", description="text"), w.Textarea("area text", description="area"),
  w.Password(value="secret", description="word"), w.Combobox(options=["a"], description="combo"),
  w.Text(description="<b style='font-style: italic' onclick=x()>rich</b>",
         description_allow_html=True),
  w.BoundedFloatText(1.5, description="bounded"), w.Button(description="go", icon="play"),
])""",
    "folds": """
w.Accordion([w.IntSlider(description="inside"), w.Text("in", description="second")],
            titles=["Fold one", "Fold two"], selected_index=0)""",
    "anywidget": '''
import anywidget, traitlets
class Counter(anywidget.AnyWidget):
    _esm = """
    function render({ model, el }) {
      const b = document.createElement("button");
      const show = () => { b.textContent = `count is ${model.get("value")}` };
      b.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes(); };
      model.on("change:value", show); show(); el.append(b);
    }
    export default { render };
    """
    value = traitlets.Int(3).tag(sync=True)
k = Counter()
s = w.IntText(description="follows", value=3)
w.jslink((k, "value"), (s, "value"))
w.HBox([k, s])''',
    "unknown": """
class Foreign(w.DOMWidget):
    _model_name = _view_name = traitlets.Unicode("MapView").tag(sync=True)
    _model_module = _view_module = traitlets.Unicode("jupyter-nowhere").tag(sync=True)
    _model_module_version = _view_module_version = traitlets.Unicode("^0.1").tag(sync=True)
w.VBox([Foreign(), w.Label("beside it")])""",
}
UNSEEN = (
    'secret = w.HTML("unseen state")\nw.jslink((a, "value"), (w.IntText(77123), "value"))\nsecret'
)


def notebook(*cells: str) -> str:
    return HEADER + "# Widgets\n\n" + "\n\n".join(f"```python\n{c.strip()}\n```" for c in cells)


@pytest.fixture(scope="module")
def project(site: Site) -> Any:
    """A site with a page for widgets of all kinds, and one without any; what was wrong."""
    removed = f'```python tags=["remove-output"]\n{UNSEEN}\n```\n'
    config = site(
        {
            "publisher.toml": 'title = "Site"\n',
            "notebooks/index.md": f"{notebook(*CELLS.values())}\n\n{removed}",
            "notebooks/other.md": "# Other\n\nText.\n",
        }
    )
    report = build.publish(config)
    return config, report


@pytest.fixture(scope="module")
def places(project: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Where the site is: as files, and under a prefix, behind a policy without exceptions."""
    above = tmp_path_factory.mktemp("www")
    shutil.copytree(project[0].output, above / "user" / "site")
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Strict, directory=str(above)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield {
        "file": (project[0].output / "index.html").as_uri(),
        "prefix": f"http://127.0.0.1:{server.server_address[1]}/user/site/",
    }
    server.shutdown()
    server.server_close()


class _Strict(SimpleHTTPRequestHandler):
    def end_headers(self) -> None:
        """No script but the site's own; modules of anywidget are `blob:`."""
        policy = "default-src 'self'; script-src 'self' blob:; style-src 'self' 'unsafe-inline'"
        self.send_header("Content-Security-Policy", f"{policy}; img-src 'self' data: blob:")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@contextmanager
def opened(browser: Browser, address: str, watch: Watch, **options: Any) -> Iterator[Page]:
    """A page of which each widget was scrolled to; nothing may go wrong on it."""
    context = browser.new_context(**options)
    page = context.new_page()
    wrong = watch(page, address)
    page.goto(address)
    if options.get("java_script_enabled", True):
        page.evaluate(
            """async () => {
              const all = [...document.querySelectorAll(".outputs .live")];
              for (const live of all) {
                if (!live.isConnected || live.parentElement.closest(".live")) continue;
                live.scrollIntoView();
                while (live.dataset.state !== "drawn" && live.dataset.state !== "failed")
                  await new Promise(requestAnimationFrame);
              }
            }"""
        )
    yield page
    assert [problem for problem in wrong if "third party: blob:" not in problem] == []
    context.close()


def test_sliders_move_what_they_are_linked_to(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    for place in places.values():
        with opened(browser, place, watch) as page:
            slider = page.get_by_role("slider", name="width $x^2$").first
            assert slider.get_attribute("aria-valuetext") == "5"
            assert page.locator(".widget-label math").count() >= 1
            slider.focus()
            page.keyboard.press("ArrowRight")
            number = page.get_by_label("number")
            assert number.input_value() == "6"
            number.fill("9")
            number.press("Tab")
            holds(page, "document.querySelector('.noUi-handle').ariaValueText === '9'")


def test_play_plays(browser: Browser, places: dict[str, str], watch: Watch) -> None:
    with opened(browser, places["file"], watch) as page:
        page.get_by_role("button", name="Play", exact=True).focus()
        page.keyboard.press("Enter")
        holds(page, "document.querySelector('.noUi-handle').ariaValueText === '20'")
        page.get_by_role("button", name="Stop").press("Enter")
        holds(page, "document.querySelector('.noUi-handle').ariaValueText === '0'")


def test_tabs_and_folds_follow_the_keyboard(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["prefix"], watch) as page:
        panel = page.get_by_role("tabpanel")
        assert panel.locator("math").count() == 1
        assert "label" in panel.inner_text()
        page.get_by_role("tab", name="First").focus()
        page.keyboard.press("ArrowRight")
        holds(page, "document.activeElement.textContent === 'Second'")
        assert "printed in a widget" in panel.inner_text()
        assert panel.locator("img").first.evaluate("image => image.naturalWidth") == 10
        assert panel.locator("table.dataframe th", has_text="column").is_visible()
        panel.get_by_role("slider").wait_for()  # a widget among the outputs of a widget
        page.keyboard.press("End")
        holds(page, "document.activeElement.textContent === 'Third'")
        assert panel.locator("b", has_text="bold").is_visible()
        assert panel.locator("a").get_attribute("href") == "other/"
        assert panel.locator("math").count() == 1
        header = page.get_by_role("button", name="Fold two")
        header.focus()
        page.keyboard.press("Enter")
        holds(page, "document.activeElement.ariaExpanded === 'true'")
        assert page.get_by_role("textbox", name="second").is_visible()
        assert page.get_by_role("slider", name="inside").count() == 0


def test_each_kind_is_there_by_its_name(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["file"], watch) as page:
        assert page.get_by_label("date", exact=True).input_value() == "2024-01-02"
        page.get_by_label("pick").select_option("two")
        page.get_by_role("listbox", name="select").select_option("y")
        page.get_by_role("radiogroup", name="radio").get_by_label("x").focus()
        page.keyboard.press("ArrowDown")
        assert page.get_by_role("radiogroup", name="radio").get_by_label("y").is_checked()
        page.get_by_role("group", name="toggles").get_by_role("button", name="y").press("Enter")
        holds(page, "document.activeElement.ariaPressed === 'true'")
        page.get_by_role("button", name="toggle", exact=True).press("Space")
        holds(page, "document.activeElement.ariaPressed === 'true'")
        page.get_by_label("box", exact=True).press("Space")
        letter = page.get_by_role("slider", name="letter")
        letter.press("ArrowRight")
        holds(page, "document.activeElement.ariaValueText === 'b'")
        assert page.get_by_role("slider", name="range to").get_attribute("aria-valuetext") == "2.00"
        assert page.get_by_role("progressbar", name="done").get_attribute("aria-valuenow") == "3"
        assert page.get_by_role("img", name="Valid").is_visible()
        assert page.get_by_label("text", exact=True).input_value() == "t"
        assert page.get_by_label("area").input_value() == "area text"
        assert page.get_by_role("textbox", name="colour").first.input_value() == "#ff0000"
        assert page.get_by_role("button", name="go").is_visible()
        rich = page.locator(".widget-label b", has_text="rich")
        assert rich.evaluate("e => [e.style.fontStyle, e.onclick]") == ["italic", None]


def test_modules_of_anywidget_work(browser: Browser, places: dict[str, str], watch: Watch) -> None:
    for place in places.values():
        with opened(browser, place, watch) as page:
            page.get_by_role("button", name="count is 3").press("Enter")
            page.get_by_role("button", name="count is 4").wait_for()
            assert page.get_by_label("follows").input_value() == "4"


def test_widgets_move_in_a_page_that_is_one_file(
    project: Any, browser: Browser, watch: Watch, tmp_path: Path
) -> None:
    """Each script is in it once, whatever the number of widgets."""
    folder = project[0].output

    def read(path: str) -> bytes | None:
        return (folder / path).read_bytes() if (folder / path).is_file() else None

    whole = bundle(read("index.html") or b"", "index.html", read)
    own = (next(folder.glob("static/lib/widgets.*.js"))).stat().st_size
    assert whole.count("data:text/javascript") < 12
    assert len(whole) < 4 * own
    alone = tmp_path / "page.html"
    alone.write_text(whole)
    with opened(browser, alone.as_uri(), watch) as page:
        page.get_by_role("slider", name="width $x^2$").first.press("ArrowRight")
        assert page.get_by_label("number").input_value() == "6"
        page.get_by_role("button", name="count is 3").press("Enter")
        page.get_by_role("button", name="count is 4").wait_for()


def test_a_widget_without_a_script_is_named(
    project: Any, browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    _, report = project
    button, problem = report.all_warnings
    assert button.message.startswith("a button of a widget does nothing")
    assert problem.message == (
        "the widget Map cannot be drawn: there is no script for the module jupyter-nowhere"
    )
    assert problem.line is not None
    with opened(browser, places["file"], watch) as page:
        text = page.locator(".live", has_text="beside it").inner_text()
        assert "The widget Map (jupyter-nowhere) cannot be shown here." in text


def test_without_scripts_the_last_values_are_shown(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    with opened(browser, places["file"], watch, java_script_enabled=False) as page:
        text = "\n".join(page.locator(".outputs").all_inner_texts())
        for shown in ("width", "number 5", "First", "printed in a widget", "bold", "pick one"):
            assert shown in text
        for shown in ("range 1.00 – 2.00", "date 2024-01-02", "box off", "area area text"):
            assert shown in text
        assert "this widget needs JavaScript" in text
        assert "secret" not in text
        assert page.locator(".fallback table.dataframe").is_visible()
        assert page.locator(".fallback math").count() >= 3
        assert page.locator(".fallback img").first.evaluate("i => i.naturalWidth") == 10


def test_readers_are_told_names_and_states(
    browser: Browser, places: dict[str, str], watch: Watch
) -> None:
    axe = (WEB / "axe-core" / "axe.min.js").read_text()
    options = {"preload": False, "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
    for scheme in ("light", "dark"):
        with opened(browser, places["file"], watch, color_scheme=scheme) as page:
            page.evaluate(axe)
            found = page.evaluate("options => axe.run(options)", options)
            told = [
                (rule["id"], node["html"][:120])
                for rule in found["violations"]
                for node in rule["nodes"]
                if "count is" not in node["html"]  # of the author's own widget
            ]
            assert told == []


def test_pages_hold_no_more_state_than_they_show(project: Any) -> None:
    folder = project[0].output
    page = (folder / "index.html").read_text()
    scripts = "".join(path.read_text() for path in folder.glob("static/*.js"))
    assert '"IntSliderModel"' in page
    shown = re.sub(r'<div class="input">.*?</pre>', "", page, flags=re.DOTALL)
    for hidden in ("unseen state", "77123"):
        assert hidden in page
        assert hidden not in shown
        assert hidden not in scripts
    other = (folder / "other" / "index.html").read_text()
    assert "live." not in other
    assert "widgets" not in other.lower().replace("<title>other", "").replace(">widgets<", "")


def test_the_same_bytes_twice(project: Any, site: Site) -> None:
    config, _ = project
    names = ("publisher.toml", "notebooks/index.md", "notebooks/other.md")
    again = site({name: (config.root / name).read_text() for name in names})
    command = [sys.executable, "-m", "publisher", "build", "--quiet"]
    subprocess.run(command, cwd=again.root, env={**os.environ, "PYTHONHASHSEED": "7"}, check=True)
    first, second = (
        {
            p.relative_to(c.output): p.read_bytes()
            for p in c.output.rglob("*")
            if p.is_file() and not p.name.startswith(".")
        }
        for c in (config, again)
    )
    assert first.keys() == second.keys()
    assert [path for path in first if first[path] != second[path]] == []


def stored(state: Any, *views: Any, plain: str = "A widget") -> str:
    """A notebook with a saved state and these views of it."""
    mime = "application/vnd.jupyter.widget-view+json"
    outputs = [
        nbformat.v4.new_output("display_data", data={mime: view, "text/plain": plain})
        for view in views
    ]
    cell = nbformat.v4.new_code_cell("show()", outputs=outputs, execution_count=1, id="a")
    made = nbformat.v4.new_notebook(cells=[cell])
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    return nbformat.writes(made)


def model(name: str, module: str = "controls", version: str = "2.0.0", **state: Any) -> Any:
    state.setdefault("_view_name", name.replace("Model", "View"))
    state |= {"_view_module": f"@jupyter-widgets/{module}", "_view_module_version": version}
    return {
        "model_name": name,
        "model_module": f"@jupyter-widgets/{module}",
        "model_module_version": version,
        "state": state,
    }


def saved(**models: Any) -> Any:
    return {"version_major": 2, "version_minor": 0, "state": models}


def view(name: Any) -> Any:
    return {"version_major": 2, "version_minor": 0, "model_id": name}


def text_model(**more: Any) -> Any:
    return model("TextModel", description="name", value="shown", **more)


def boxes(depth: int) -> Any:
    """Boxes that hold the next one twice: few models, and views without number."""
    names = ["a", *(f"m{n}" for n in range(depth))]
    pairs = zip(names, [*names[1:], "gone"], strict=True)
    return saved(**{n: model("VBoxModel", children=[f"IPY_MODEL_{m}"] * 2) for n, m in pairs})


def caught(*outputs: Any) -> Any:
    return model("OutputModel", "output", outputs=list(outputs))


def displayed(name: str) -> Any:
    data = {"application/vnd.jupyter.widget-view+json": view(name), "text/plain": "inner"}
    return {"output_type": "display_data", "data": data}


ODD_OUTPUTS = (
    1,
    {"output_type": "stream", "text": 5},
    {"output_type": "x"},
    {"output_type": "display_data", "data": 3},
)
STATES = {
    "good": (saved(a=text_model()), "shown", ""),
    "itself": (saved(a=model("VBoxModel", children=["IPY_MODEL_a"])), "A widget", "in itself"),
    "in its output": (saved(a=caught(displayed("a"))), "inner", "in itself"),
    "endless": (boxes(40), "A widget", "no end"),
    "deep": (saved(a=text_model(extra=json.loads("[" * 400 + "]" * 400))), "A widget", "not saved"),
    "empty": (saved(), "A widget", "not saved"),
    "version": ({"version_major": 1, "state": {"a": text_model()}}, "A widget", "not saved"),
    "list": ({"state": []}, "A widget", "not saved"),
    "no model": (saved(a={"model_name": 1, "state": {}}), "A widget", "not saved"),
    "no children": (saved(a=model("VBoxModel", children="no list")), "", ""),
    "gone": (saved(a=model("VBoxModel", children=[1, None, "IPY_MODEL_gone"])), "", ""),
    "image": (saved(a=model("ImageModel", format="../x", value=3)), "A widget", ""),
    "outputs": (saved(a=caught(*ODD_OUTPUTS)), "5", ""),
    "index": (saved(a=model("DropdownModel", _options_labels=["one"], index="x")), "", ""),
    "markup": (saved(a=model("HTMLModel", value="</script><b>kept</b>")), "kept", ""),
    "number": (saved(a=model("FloatSliderModel", value=1e308, readout_format="x{{")), "", ""),
    "module": (saved(a=model("XModel", "../../etc", _view_name="XView")), "cannot be", "no script"),
}


@pytest.mark.parametrize(("state", "shown", "warning"), STATES.values(), ids=STATES)
def test_any_state_ends_in_a_page(site: Site, state: Any, shown: str, warning: str) -> None:
    config = site({"notebooks/index.ipynb": stored(state, view("a"))})
    report = build.publish(config)
    assert report.published
    assert not report.errors
    page = (config.output / "index.html").read_text()
    assert shown in re.sub(r"<script\b.*?</script>", "", page, flags=re.DOTALL)
    found = [problem for problem in report.all_warnings if "widget" in problem.message]
    assert [warning in problem.message for problem in found] == [True] * bool(warning)


@pytest.mark.parametrize("odd", [None, 3, "a", [], {}, {"model_id": []}, {"model_id": "b"}])
def test_a_view_of_nothing_is_text(site: Site, odd: Any) -> None:
    config = site({"notebooks/index.ipynb": stored(saved(a=text_model()), odd)})
    assert build.publish(config).published
    assert "A widget" in (config.output / "index.html").read_text()


def test_states_of_ipywidgets_7_are_drawn(site: Site, browser: Browser, watch: Watch) -> None:
    old = partial(model, version="1.5.0")
    state = saved(
        a=old("TabModel", children=["IPY_MODEL_b", "IPY_MODEL_c"], _titles={"0": "Old", "1": "New"},
              selected_index=0),
        b=old("IntSliderModel", description="slides", description_tooltip="tip", value=3, max=9),
        c=old("TextModel", value="text"),
    )  # fmt: skip
    config = site({"notebooks/index.ipynb": stored(state, view("a"))})
    build.publish(config)
    with opened(browser, (config.output / "index.html").as_uri(), watch) as page:
        assert page.get_by_role("tab", name="New").is_visible()
        assert page.get_by_role("slider", name="slides").get_attribute("aria-valuetext") == "3"


def test_long_texts_are_shared(site: Site) -> None:
    """A module of megabytes stands in one script, whatever the number of its widgets."""
    module = "export default {}; // " + "x" * 60_000
    one = model("AnyModel", _view_name="AnyView", _esm=module)
    one |= {"model_module": "anywidget", "model_module_version": "~0.9.*"}
    state = saved(a=one, b={**one, "state": {**one["state"], "n": 1}})
    config = site({"notebooks/index.ipynb": stored(state, view("a"), view("b"))})
    build.publish(config)
    scripts = [path for path in config.output.glob("static/*.js") if "xxxx" in path.read_text()]
    assert len(scripts) == 1
    assert "xxxx" not in (config.output / "index.html").read_text()


def test_sounds_and_films_play_without_scripts(site: Site) -> None:
    def media(name: str, form: str) -> Any:
        made = model(name, format=form)
        return made | {"buffers": [{"path": ["value"], "encoding": "base64", "data": "aGk="}]}

    state = saved(a=media("AudioModel", "mp3"), b=media("VideoModel", "mp4"))
    config = site({"notebooks/index.ipynb": stored(state, view("a"), view("b"))})
    build.publish(config)
    page = (config.output / "index.html").read_text()
    for tag, suffix in (("audio", "mp3"), ("video", "mp4")):
        found = re.search(rf'<{tag} src="(static/\w+\.{suffix})" controls', page)
        assert found is not None
        assert (config.output / found[1]).read_bytes() == b"hi"


def test_models_need_what_they_name() -> None:
    link = model("LinkModel", source=["IPY_MODEL_a", "value"], target=["IPY_MODEL_c", "value"])
    link["state"]["_view_name"] = None
    known = Saved(saved(a=text_model(layout="IPY_MODEL_b"), b=model("LayoutModel"), c=text_model(),
                        d=link))  # fmt: skip
    assert [m.id for m in known.needed("a")] == ["a", "b", "d"]
    assert [m.id for m in known.needed("b")] == ["b"]
