"""Scripts of other packages' widgets: what they want and name, and what stands in their place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from publisher import build

if TYPE_CHECKING:
    from conftest import Site, Watch
    from playwright.sync_api import Browser, Page

PACKAGES = ".venv/lib/python3.11/site-packages"
EXTENSIONS = ".venv/share/jupyter/nbextensions"
SVG = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>'
VIEW = """define(["module", "@jupyter-widgets/base"%s], (module, base, other) => {
  class XView extends base.DOMWidgetView { render() { %s } }
  return { XModel: base.DOMWidgetModel, XView };
});"""


def model(module: str, name: str = "X", **state: Any) -> Any:
    state = {"_view_name": f"{name}View", "_view_module": module, **state}
    shape = {"_view_module_version": "1.0.0", "_model_module_version": "1.0.0"}
    return {
        "model_name": f"{name}Model",
        "model_module": module,
        "model_module_version": "1.0.0",
        "state": state | shape | {"_model_name": f"{name}Model", "_model_module": module},
    }


def controls(name: str, **state: Any) -> Any:
    made = model("@jupyter-widgets/controls", name, **state)
    for key in ("_view_module_version", "_model_module_version"):
        made["state"][key] = "2.0.0"
    return made | {"model_module_version": "2.0.0"}


def published(site: Site, models: dict[str, Any], files: dict[str, str] | None = None) -> Any:
    """A site with a page that shows the first of these models; what was wrong.

    `files` are those of the classic front ends in the project's own environment.
    """
    name = next(iter(models))
    view = {"application/vnd.jupyter.widget-view+json": {"model_id": name}, "text/plain": "X"}
    output = nbformat.v4.new_output("display_data", data=view)
    cell = nbformat.v4.new_code_cell("show()", outputs=[output], execution_count=1, id="a")
    made = nbformat.v4.new_notebook(cells=[cell])
    state = {"version_major": 2, "version_minor": 0, "state": models}
    made.metadata["widgets"] = {"application/vnd.jupyter.widget-state+json": state}
    own = {f"{EXTENSIONS}/{path}": text for path, text in (files or {}).items()}
    environment = {
        ".venv/bin/python": "",
        ".venv/pyvenv.cfg": "version = 3.11.9\n",
        f"{PACKAGES}/ipykernel/__init__.py": "",
    }
    notebook = {"notebooks/index.ipynb": nbformat.writes(made)}
    config = site({**notebook, **(environment if files else {}), **own})
    report = build.publish(config)
    assert report.published
    return config, report.all_warnings


def opened(browser: Browser, config: Any, watch: Watch) -> tuple[Page, list[str]]:
    """The page once its widget is drawn, or has failed; what went wrong on it."""
    page = browser.new_page()
    address = (config.output / "index.html").as_uri()
    wrong = watch(page, address)
    page.goto(address)
    page.locator('.live[data-state="drawn"], .live[data-state="failed"]').first.wait_for()
    return page, wrong


def test_files_that_a_script_names_lie_beside_it(
    site: Site, browser: Browser, watch: Watch
) -> None:
    draws = 'this.el.innerHTML = `<img src="${new URL("c16.svg", module.uri)}">`'
    config, warnings = published(
        site,
        {"a": model("maps")},
        {
            "maps/index.js": VIEW % ("", draws),
            "maps/c16.svg": SVG,
            "maps/other.svg": SVG,
            "maps/index.js.map": "{}",
        },
    )
    assert not warnings
    (script,) = config.output.rglob("maps.*.js")
    assert script.with_name("c16.svg").read_text() == SVG
    assert not list(config.output.rglob("other.svg"))
    page, wrong = opened(browser, config, watch)
    page.wait_for_function("document.querySelector('.drawn img').naturalWidth === 9")
    assert wrong == []
    page.close()


def test_the_folder_of_a_module_may_lack_its_scope(site: Site) -> None:
    files = {"jupyter-x/index.js": VIEW % ("", "")}
    config, warnings = published(site, {"a": model("@scope/jupyter-x")}, files)
    assert not warnings
    assert 'data-live="widget"' in (config.output / "index.html").read_text()


def test_a_script_gets_the_module_beside_it(site: Site, browser: Browser, watch: Watch) -> None:
    files = {
        "solid/index.js": VIEW % (', "three"', 'this.el.textContent = "drawn by " + other.name'),
        "solid/three.js": '"use strict";\ndefine(["exports"], (e) => { e.name = "three"; })',
    }
    config, warnings = published(site, {"a": model("solid")}, files)
    assert not warnings
    page, wrong = opened(browser, config, watch)
    page.locator(".drawn", has_text="drawn by three").wait_for()
    assert page.locator(".fallback").count() == 0
    assert wrong == []
    page.close()


@pytest.mark.parametrize("beside", [{}, {"solid/three.js": 'define(["far"], () => 1)'}])
def test_a_module_that_is_missing_is_named(site: Site, beside: dict[str, str]) -> None:
    files = {"solid/index.js": VIEW % (', "three"', ""), **beside}
    _, (problem,) = published(site, {"a": model("solid")}, files)
    assert problem.message == (
        "the widget X cannot be drawn: the script of the module solid wants three, "
        "which pages do not have"
    )
    assert "install" not in str(problem.hint)


def test_models_without_a_view_may_name_each_other(
    site: Site, browser: Browser, watch: Watch
) -> None:
    """The meshes of a scene, say: only the scene is shown."""
    script = """define(["@jupyter-widgets/base"], (base) => {
      class XModel extends base.DOMWidgetModel {
        static serializers = { ...base.DOMWidgetModel.serializers,
                               inner: { deserialize: base.unpack_models } };
      }
      class XView extends base.DOMWidgetView {
        render() { this.el.textContent = this.model.get("inner").get("inner").get("text"); }
      }
      return { XModel, XView };
    });"""
    models = {
        "a": model("scene", inner="IPY_MODEL_b"),
        "b": model("scene", inner="IPY_MODEL_c", _view_name=None),
        "c": model("scene", inner=None, text="a mesh", _view_name=None),
    }
    config, _ = published(site, models, {"scene/index.js": script})
    page, wrong = opened(browser, config, watch)
    page.locator(".drawn", has_text="a mesh").wait_for()
    assert wrong == []
    page.close()


EMPTY = {
    "nothing": "",
    "an element of no size": 'this.el.innerHTML = "<div><style>a {}</style></div>"',
    "a blank canvas": 'const c = document.createElement("canvas"); c.width = 9; this.setElement(c)',
}
SEEN = {
    "text": 'this.el.textContent = "x"',
    "an element of some size": 'this.el.innerHTML = "<div style=height:9px></div>"',
    "a shadow": 'this.el.append(document.createElement("p"));'
    'this.el.firstChild.attachShadow({ mode: "open" })',
    "a drawing": 'const c = document.createElement("canvas"); c.width = 9; this.setElement(c);'
    'setTimeout(() => c.getContext("2d").fillRect(0, 0, 9, 9), 50)',
    "later": "setTimeout(() => this.el.append('x'), 50)",
}


@pytest.mark.parametrize("draws", EMPTY.values(), ids=EMPTY)
def test_what_draws_nothing_is_told_to_readers(
    site: Site, browser: Browser, watch: Watch, draws: str
) -> None:
    config, _ = published(site, {"a": model("maps")}, {"maps/index.js": VIEW % ("", draws)})
    page, wrong = opened(browser, config, watch)
    notice = page.locator(".fallback .notice")
    assert notice.is_visible()
    page.locator(".fallback", has_text="The widget X cannot be shown here.").wait_for()
    assert wrong == []
    page.close()


@pytest.mark.parametrize("draws", SEEN.values(), ids=SEEN)
def test_what_draws_takes_the_place_of_the_notice(
    site: Site, browser: Browser, watch: Watch, draws: str
) -> None:
    config, _ = published(site, {"a": model("maps")}, {"maps/index.js": VIEW % ("", draws)})
    page, wrong = opened(browser, config, watch)
    page.locator(".fallback").wait_for(state="detached")
    assert wrong == []
    page.close()


def test_what_draws_nothing_in_a_box_is_told_too(
    site: Site, browser: Browser, watch: Watch
) -> None:
    models = {
        "a": controls("Tab", children=["IPY_MODEL_b", "IPY_MODEL_c"], selected_index=0,
                      titles=["One", "Two"]),
        "b": controls("VBox", children=["IPY_MODEL_d", "IPY_MODEL_e"]),
        "c": model("maps"),
        "d": model("maps", text="seen"),
        "e": controls("Text", description="beside", value="it"),
    }  # fmt: skip
    script = VIEW % ("", 'this.el.textContent = this.model.get("text") ?? ""')
    config, _ = published(site, models, {"maps/index.js": script})
    page, wrong = opened(browser, config, watch)
    page.get_by_label("beside").wait_for()
    notice = page.locator(".drawn .notice")
    assert page.get_by_text("seen").is_visible()
    assert notice.count() == 1
    assert not notice.is_visible()
    page.get_by_role("tab", name="Two").click()
    notice.wait_for()
    assert wrong == []
    page.close()


def test_an_anywidget_whose_module_fails_is_told_to_readers(
    site: Site, browser: Browser, watch: Watch
) -> None:
    state = {"_esm": 'throw new Error("no network")', "_anywidget_id": "package.Clock"}
    config, _ = published(site, {"a": model("anywidget", "Any", **state)})
    page, wrong = opened(browser, config, watch)
    page.locator(".fallback", has_text="The widget Clock cannot be shown here.").wait_for()
    assert any("no network" in problem for problem in wrong)
    page.close()
