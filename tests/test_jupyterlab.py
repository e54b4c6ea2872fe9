"""A real JupyterLab with nothing configured: open, edit, run, save, export, preview."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.request import Request, urlopen

import pytest
from waiting import until

from publisher import config, scaffold
from publisher.config import Config
from publisher.execute import code_of
from publisher.execute.drafts import Draft, Drafts
from publisher.read import page as read_page

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator, Page

TOKEN = "secret-of-this-test"
BASE = "/user/x-1/"
PAGE = """\
---
title: "A page"   # quoted, for a reason
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

```python
answer = 40 + 2
```

```python
print("the answer", answer)
```


Text."""
CRLF = PAGE.replace("A page", "With CRLF").replace("\n", "\r\n")
MYST = """\
---
title: "In MyST"
tags: [one,  two]
kernelspec: {display_name: "Python 3", language: python, name: python3}
---

# In MyST

```{code-cell}
1 + 1
```
"""
PERCENT = "# %% [markdown]\n# # A script\n\n# %%\n1 + 1\n# %%\n2 + 2"
CONFIGURED = scaffold.header("Configured") + "\n```python\n1 + 1\n```\n"
PAIRED = MYST.replace("kernelspec", "jupytext: {formats: 'ipynb,md:myst'}\nkernelspec")
NO_NEWS = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}


@dataclass(frozen=True)
class Lab:
    """A running JupyterLab."""

    address: str
    project: Config

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """Ask its API, as JupyterLab does."""
        headers = {"Authorization": f"token {TOKEN}", "Content-Type": "application/json"}
        data = json.dumps(body).encode() if body is not None else None
        request = Request(f"{self.address}{path}", data, headers, method=method)
        with urlopen(request) as answer:
            return json.load(answer)

    def text(self, name: str) -> str:
        return (self.project.source / name).read_bytes().decode()

    def draft(self, source: str) -> Draft | None:
        code = code_of(read_page(source, self.project), self.project)
        assert code is not None
        return Drafts(self.project).find(source, code)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    root = tmp_path_factory.mktemp("project")
    home = tmp_path_factory.mktemp("home")
    scaffold.project(home / "made")
    files = {
        "publisher.toml": 'title = "A site"\n',
        "notebooks/index.md": "# Home\n",
        "notebooks/page.md": PAGE,
        "notebooks/crlf.md": CRLF,
        "notebooks/myst.md": MYST,
        "notebooks/script.py": PERCENT,
        "notebooks/paired.md": PAIRED,
        "notebooks/own/configured.md": CONFIGURED,
        "notebooks/own/jupytext.toml": (home / "made" / "jupytext.toml").read_text(),
        "other/README.md": "# Not of the site\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    news = home / ".jupyter/lab/user-settings/@jupyterlab/apputils-extension"
    news.mkdir(parents=True)
    (news / "notification.jupyterlab-settings").write_text(json.dumps(NO_NEWS))
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("JUPYTER", "JPY_"))}
    running = home / "running"
    options = ["--no-browser", "--allow-root", "--ServerApp.port=0", f"--ServerApp.base_url={BASE}"]
    options += [f"--IdentityProvider.token={TOKEN}", "--LabApp.extension_manager=readonly"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyterlab", *options],
            cwd=root,
            env={**kept, "HOME": str(home), "JUPYTER_RUNTIME_DIR": str(running)},
            stdout=log,
            stderr=log,
        )
    try:
        until(lambda: any(running.glob("jpserver-*.json")) or server.poll() is not None)
        told = json.loads(next(running.glob("jpserver-*.json")).read_text())
        found = Lab(f"http://127.0.0.1:{told['port']}{BASE}", config.load(root))
        until(lambda: _answers(found))
        yield found
    finally:
        server.terminate()
        server.wait(30)


def _answers(lab: Lab) -> bool:
    with suppress(OSError):
        return bool(lab.ask("GET", "api"))
    return False


@pytest.fixture(scope="module")
def window(lab: Lab, browser: Browser) -> Iterator[Page]:
    """JupyterLab in a browser, with the folder of the pages open."""
    page = browser.new_page(viewport={"width": 1400, "height": 900})
    page.goto(f"{lab.address}lab/tree/notebooks?token={TOKEN}&reset")
    page.locator(".jp-DirListing-item", has_text="page.md").wait_for(timeout=60_000)
    yield page
    page.close()


def _open(window: Page, name: str) -> Locator:
    """Open a file by a double-click; its notebook."""
    window.locator(f'.jp-DirListing-item[title*="Name: {name}"]').dblclick()
    notebook = window.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    notebook.locator(".jp-CodeCell").first.wait_for(timeout=60_000)
    window.get_by_text("| Idle").wait_for(timeout=60_000)  # cells run before that do not
    return notebook


def _menu(window: Page, *path: str) -> None:
    """Choose something from the menus, by the beginnings of the entries."""
    window.locator(".lm-MenuBar-itemLabel", has_text=re.compile(f"^{path[0]}$")).click()
    for depth, label in enumerate(path[1:]):
        menu = window.locator(".lm-Menu").nth(depth)
        entry = menu.locator(".lm-Menu-item", has_text=re.compile(f"^{re.escape(label)}")).first
        entry.click()


def _save(window: Page) -> None:
    with window.expect_response(lambda r: r.request.method == "PUT" and "/contents/" in r.url) as r:
        window.keyboard.press("Control+s")
    assert r.value.ok


def _until_shown(window: Page, text: str) -> None:
    """Wait until a page of the preview shows a text, in whichever of its frames."""
    from playwright.sync_api import Error

    end = time.monotonic() + 60
    while True:
        for frame in window.frames:
            with suppress(Error):  # it went while we looked
                if "/publisher/" in frame.url and text in frame.locator("body").inner_text():
                    return
        assert time.monotonic() < end, f"{text!r} is not shown"
        window.wait_for_timeout(20)


def test_what_is_seen_in_jupyterlab_is_kept_and_nothing_else_changes(
    lab: Lab, window: Page
) -> None:
    notebook = _open(window, "page.md")
    assert lab.text("page.md") == PAGE
    _menu(window, "Run", "Run All Cells")
    notebook.get_by_text("the answer 42").wait_for(timeout=60_000)
    _save(window)
    assert lab.text("page.md") == PAGE
    assert lab.draft("page.md") is not None
    cell = notebook.locator(".jp-CodeCell .cm-content").nth(1)
    cell.click()
    window.keyboard.press("Control+End")
    window.keyboard.type("; answer")
    window.keyboard.press("Shift+Enter")
    notebook.locator(".jp-OutputArea-executeResult", has_text="42").wait_for(timeout=60_000)
    _save(window)
    edited = PAGE.replace('answer", answer)', 'answer", answer); answer')
    assert lab.text("page.md") == edited
    assert lab.draft("page.md") is not None
    _menu(window, "Edit", "Clear Outputs of All Cells")
    _save(window)
    assert lab.text("page.md") == edited
    assert lab.draft("page.md") is None
    _menu(window, "Run", "Run All Cells")
    notebook.get_by_text("the answer 42").wait_for(timeout=60_000)
    _save(window)


def test_a_page_is_exported_as_one_file_with_its_outputs(lab: Lab, window: Page) -> None:
    with window.context.expect_event("response", lambda r: "/nbconvert/" in r.url) as told:
        _menu(window, "File", "Save and Export Notebook As", "Publisher")
    headers = told.value.headers
    assert headers["content-disposition"].endswith("page.html")
    assert "sandbox allow-scripts" in headers["content-security-policy"]
    html = window.context.request.get(told.value.url, headers={"Referer": lab.address}).text()
    assert "the answer 42" in html
    assert "A site" in html
    assert not re.search(r'(?:src|href)="(?!data:|#)', html)


def test_the_launcher_opens_a_preview_that_shows_what_is_saved(lab: Lab, window: Page) -> None:
    _menu(window, "File", "New Launcher")
    card = window.locator(".jp-LauncherCard:visible", has_text="Site preview")
    card.wait_for(timeout=60_000)
    assert card.locator("img, svg").first.is_visible()
    card.click()
    preview = window.frame_locator("iframe:visible").frame_locator("iframe >> nth=0")
    preview.get_by_role("link", name="A page").click(timeout=60_000)
    _until_shown(window, "the answer 42")
    window.locator(".lm-TabBar-tab", has_text="page.md").click()
    notebook = window.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")
    notebook.locator(".jp-CodeCell .cm-content").first.click()
    window.keyboard.press("Control+End")
    window.keyboard.type(" + 1")
    _menu(window, "Run", "Run All Cells")
    notebook.get_by_text("the answer 43").wait_for(timeout=60_000)
    _save(window)
    window.locator(".lm-TabBar-tab", has_text="Site preview").click()
    _until_shown(window, "the answer 43")


SHAPES = {
    "crlf.md": CRLF,
    "myst.md": MYST,
    "script.py": PERCENT,
    "paired.md": PAIRED,
    "own/configured.md": CONFIGURED,
}


def _opened(lab: Lab, path: str) -> dict[str, Any]:
    """A notebook as JupyterLab holds it once its kernel has started, to be saved as it is."""
    notebook = lab.ask("GET", f"{path}?type=notebook&content=1")["content"]
    notebook["metadata"]["kernelspec"] = {
        "name": "python3",
        "display_name": "Python 3 (ipykernel)",
        "language": "python",
    }
    notebook["metadata"]["language_info"] = {"name": "python", "version": "3.99"}
    return {"type": "notebook", "format": "json", "content": notebook}


@pytest.mark.parametrize("name", SHAPES)
def test_files_of_all_shapes_are_saved_as_they_were(lab: Lab, name: str) -> None:
    path = f"api/contents/notebooks/{name}"
    model = _opened(lab, path)
    lab.ask("PUT", path, model)
    assert lab.text(name) == SHAPES[name]
    last = [cell for cell in model["content"]["cells"] if cell["cell_type"] == "code"][-1]
    before, last["source"] = last["source"], last["source"] + " + 40"
    lab.ask("PUT", path, model)
    assert lab.text(name) == SHAPES[name].replace(before, f"{before} + 40")


def test_of_a_pair_the_text_gets_the_outputs_whichever_is_open(lab: Lab) -> None:
    path = "api/contents/notebooks/paired.ipynb"
    text = lab.text("paired.md")
    lab.ask("PUT", "api/contents/notebooks/paired.md", _opened(lab, path.replace("ipynb", "md")))
    model = _opened(lab, path)
    cell = next(cell for cell in model["content"]["cells"] if cell["cell_type"] == "code")
    cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "seen"}]
    lab.ask("PUT", path, model)
    assert lab.text("paired.md") == text
    assert lab.draft("paired.md") is not None


def test_outside_of_a_project_nothing_is_kept(lab: Lab) -> None:
    path = "api/contents/other/README.md"
    model = lab.ask("GET", f"{path}?type=notebook&content=1")
    lab.ask("PUT", path, {"type": "notebook", "format": "json", "content": model["content"]})
    assert not (lab.project.root / "other" / ".publisher").exists()
