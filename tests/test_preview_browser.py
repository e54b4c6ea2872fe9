"""The preview in a real browser: pages follow what is written, and readers stay where they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from publisher.model import File, Problem
from publisher.preview.app import app
from publisher.preview.edition import Edition, Running, Trouble
from publisher.preview.serving import serve
from publisher.store import content_digest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

STATIC = Path(__file__).parent.parent / "templates" / "default" / "static"


class Desk:
    """Makes editions by hand."""

    def __init__(self, files: dict[str, str]) -> None:
        self.edition = Edition(building=False)
        self.listeners: list[Callable[[Edition], None]] = []
        self.write(files)

    def listen(self, tell: Callable[[Edition], None]) -> Callable[[], None]:
        self.listeners.append(tell)
        return lambda: self.listeners.remove(tell)

    def write(self, files: dict[str, str | None], **parts: Any) -> None:
        """Another edition, in which these files are new, or gone (None)."""
        now = {path: file for path, file in self.edition.files.items() if path not in files}
        now |= {path: File(path, text.encode()) for path, text in files.items() if text is not None}
        digests = {path: content_digest(file.read()) for path, file in now.items()}
        self.show(files=now, digests=digests, **parts)

    def show(self, **parts: Any) -> None:
        """Another edition."""
        self.edition = replace(self.edition, number=self.edition.number + 1, **parts)
        for tell in self.listeners:
            tell(self.edition)


@contextmanager
def served(desk: Desk, port: int = 0) -> Iterator[str]:
    """The address of a preview that ends with the block."""
    ready, until, told = threading.Event(), threading.Event(), []

    def tell(address: str) -> None:
        told.append(address)
        ready.set()

    thread = threading.Thread(
        target=serve, args=[app(desk)], kwargs={"port": port, "ready": tell, "until": until}
    )
    thread.start()
    assert ready.wait(20)
    try:
        yield told[0]
    finally:
        until.set()
        thread.join()


def html(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head><title>T</title>{head}</head><body>{body}</body></html>"


def long_page(first: str, count: int = 60) -> str:
    """A page of the theme with folds, tabs, a wide block and much text."""
    paragraphs = "".join(f"<p>Paragraph {number}.</p>" for number in range(count))
    return html(
        f"<main><p>{first}</p><details><summary>Fold</summary>Folded</details>"
        "<div class='tab-set'><section class='tab' aria-label='One'>1</section>"
        "<section class='tab' aria-label='Two'>2</section></div>"
        f"<pre style='width: 5em; overflow: auto'>{'wide ' * 50}</pre>"
        f"<input type=checkbox id=box><input name=q>{paragraphs}</main>",
        "<script defer src='tabs.js'></script><script defer src='site.js'></script>",
    )


@pytest.fixture
def desk() -> Desk:
    files = {"index.html": long_page("First"), "other.html": html("Other")}
    files |= {name: (STATIC / name).read_text() for name in ("tabs.js", "site.js")}
    return Desk(files)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    yield page
    context.close()
    assert not wrong


FRAMES = """new Promise((done) => {
  let left = 20;
  const next = () => left-- ? requestAnimationFrame(next) : done();
  next();
})"""


def settled(page: Page, desk: Desk) -> None:
    """Wait until a page has heard of the newest edition."""
    host = f"publisher-preview[data-edition='{desk.edition.number}']"
    page.wait_for_selector(host, state="attached")


def badge(page: Page) -> str:
    text = page.evaluate(
        "(() => { const badge = document.querySelector('publisher-preview').shadowRoot"
        ".querySelector('.badge'); return badge.hidden ? '' : badge.textContent; })()"
    )
    return str(text)


def test_a_page_follows_what_is_written_and_no_more(page: Page, desk: Desk) -> None:
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        page.evaluate("window.mark = 1")
        desk.write({"other.html": html("Changed")})
        settled(page, desk)
        assert page.evaluate("window.mark") == 1
        desk.write({"index.html": long_page("Second")})
        page.wait_for_selector("text=Second")
        assert page.evaluate("window.mark") is None


@pytest.mark.parametrize("name", ["a b.svg", "style.css", "app.js", "inner.html"])
def test_what_a_page_shows_counts_as_well(page: Page, desk: Desk, name: str) -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'>%s</svg>"
    parts = "<img src='a%20b.svg'><script src=app.js></script><iframe src=inner.html></iframe>"
    files = {"a b.svg": svg % "", "app.js": "", "inner.html": "x", "unused.svg": svg % ""}
    files["index.html"] = html(parts, "<link rel=stylesheet href=style.css>")
    files["style.css"] = "body { color: red }"
    desk.write(files)
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        page.evaluate("window.mark = 1")
        desk.write({"unused.svg": svg % "<g/>"})
        settled(page, desk)
        assert page.evaluate("window.mark") == 1
        desk.write({name: files[name] + " "})
        page.wait_for_function("!window.mark")
        settled(page, desk)


def test_readers_stay_where_they_are(page: Page, desk: Desk) -> None:
    top = "[...document.querySelectorAll('main p')].find((p) => p.getBoundingClientRect().top >= 0)"
    state = (
        f"({{ text: {top}.textContent, top: Math.round({top}.getBoundingClientRect().top),"
        " fold: document.querySelector('details').open,"
        " box: document.querySelector('#box').checked,"
        " tab: document.querySelector('[aria-selected=true]').textContent,"
        " wide: document.querySelector('pre').scrollLeft,"
        " focus: document.activeElement.name })"
    )
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        page.click("summary")
        page.click("text=Two")
        page.check("#box")
        page.evaluate("document.querySelector('pre').scrollTo(123, 0)")
        page.focus("input[name=q]")
        page.evaluate("scrollTo(0, document.body.scrollHeight / 2)")
        before = page.evaluate(state)
        desk.write({"index.html": long_page("Second<br>and<br>longer").replace("graph 3.", "3")})
        page.wait_for_selector("text=Second")
        settled(page, desk)
        assert page.evaluate(state) == before
        assert before["fold"]
        assert before["tab"] == "Two"
        assert before["wide"] == 123
        assert before["focus"] == "q"


def test_what_is_added_above_moves_nothing(page: Page, desk: Desk) -> None:
    def sections(more: str) -> str:
        text = "<p>Words that fill a line or two.</p>" * 4
        parts = [f"<h2 id=s{n}>Part {n}</h2>{more if n == 2 else ''}{text}" for n in range(1, 40)]
        head = '<script src="theme.js"></script><link rel="stylesheet" href="style.css">'
        image = "<img src='favicon.svg' loading='lazy'>"
        head += '<script defer src="site.js"></script>'
        return html(f"<main>{''.join(parts)}{image}</main>", head)

    theme = {name: (STATIC / name).read_text() for name in ("theme.js", "style.css", "favicon.svg")}
    desk.write({"index.html": sections(""), **theme})
    top = "Math.round(document.getElementById('s{}').getBoundingClientRect().top)"
    with served(desk) as address:
        page.goto(address)
        for number, part in enumerate((6, 12, 20, 31)):
            settled(page, desk)
            y = f"document.getElementById('s{part}').getBoundingClientRect().top - 200"
            page.evaluate(f"scrollBy({{ top: {y}, behavior: 'instant' }})")
            before = page.evaluate(top.format(part))
            desk.write({"index.html": sections(f"<p>More {number}</p>" * (3 - number))})
            page.wait_for_function(
                f"document.body.textContent.split('More').length == {4 - number}"
            )
            settled(page, desk)
            page.evaluate(FRAMES)
            assert abs(page.evaluate(top.format(part)) - before) <= 1  # pixels are rounded
            assert page.evaluate("document.readyState") == "complete"


def test_what_failed_is_said_over_its_page_until_it_is_mended(page: Page, desk: Desk) -> None:
    detail = "Traceback\n\x1b[31mNameError\x1b[0m: <img src=x onerror=alert(1)>"
    problem = Problem("name <b>x</b> is not defined", "a.md", 7, 2, "define it", detail)
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        page.focus("input[name=q]")
        desk.show(troubles=(Trouble(problem, ""),))
        panel = page.locator("publisher-preview .panel")
        panel.wait_for()
        assert panel.get_attribute("role") == "alertdialog"
        assert "name <b>x</b> is not defined" in panel.inner_text()
        assert "a.md:7 · cell 2" in panel.inner_text()
        assert "NameError: <img src=x onerror=alert(1)>" in panel.inner_text()
        assert page.evaluate("document.activeElement.localName") == "publisher-preview"
        page.keyboard.press("Escape")
        panel.wait_for(state="hidden")
        assert page.evaluate("document.activeElement.name") == "q"
        assert badge(page) == "this page failed"
        desk.write({"index.html": long_page("Again")})  # a reload does not bring it back
        page.wait_for_selector("text=Again")
        settled(page, desk)
        assert panel.is_hidden()
        page.locator("publisher-preview .badge button").click()
        assert panel.is_visible()
        page.locator("publisher-preview .panel button").click()
        desk.show(troubles=(Trouble(replace(problem, line=8), ""),))  # another one does
        panel.wait_for()
        desk.show(troubles=())
        panel.wait_for(state="hidden")
        assert badge(page) == ""


def test_an_error_of_the_whole_site_is_said_on_every_page(page: Page, desk: Desk) -> None:
    with served(desk) as address:
        desk.show(troubles=(Trouble(Problem("no such theme", "publisher.toml", 3)),))
        page.goto(f"{address}other.html")
        page.locator("publisher-preview .panel").wait_for()
        page.goto(f"{address}gone/")
        page.locator("publisher-preview .panel").wait_for()


def test_the_badge_says_what_runs_and_what_failed_elsewhere(page: Page, desk: Desk) -> None:
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        assert badge(page) == ""
        desk.show(running=(Running("guide/a.md", "guide/a/", 3, 12), Running("b.md", "b/")))
        settled(page, desk)
        assert badge(page) == "running guide/a.md · cell 3 of 12 (and 1 more)"
        desk.show(running=(), building=True)
        settled(page, desk)
        assert badge(page) == "building"
        failed = Trouble(Problem("no", "o.md"), "other.html")
        desk.show(building=False, troubles=(failed,), warnings=(Problem("odd", "x.md", 4),))
        settled(page, desk)
        assert badge(page) == "1 page failed: o.md · 1 warning"
        page.locator("publisher-preview .badge button").click()
        assert "x.md:4" in page.locator("publisher-preview .panel").inner_text()
        page.keyboard.press("Escape")
        page.locator("publisher-preview .badge a").click()
        page.wait_for_url("**/other.html")
        page.emulate_media(media="print")
        assert not page.locator("publisher-preview").is_visible()


def test_more_tabs_than_a_browser_opens_connections_all_follow(page: Page, desk: Desk) -> None:
    with served(desk) as address:
        pages = [page, *(page.context.new_page() for _ in range(8))]
        for each in pages:
            each.goto(address)
        for each in pages:
            settled(each, desk)
        desk.write({"index.html": long_page("Second")})
        for each in pages:
            each.wait_for_selector("text=Second")
        for each in pages[1:]:
            each.close()


def test_a_page_outlives_the_server(page: Page, desk: Desk) -> None:
    with served(desk) as address:
        page.goto(address)
        settled(page, desk)
        page.evaluate("window.mark = 1")
    page.wait_for_function(
        "document.querySelector('publisher-preview').shadowRoot.textContent.includes('stopped')"
    )
    port = int(address.rstrip("/").rpartition(":")[2])
    again = Desk({path: file.read().decode() for path, file in desk.edition.files.items()})
    with served(again, port):
        page.wait_for_function(
            "document.querySelector('publisher-preview').shadowRoot.querySelector('.badge').hidden"
        )
        assert page.evaluate("window.mark") == 1  # nothing that it shows has changed
        again.write({"index.html": long_page("Second")})
        page.wait_for_selector("text=Second")


def test_a_page_that_comes_goes_and_comes_again(page: Page, desk: Desk) -> None:
    desk.write({"404.html": html("No such page")})
    with served(desk) as address:
        page.goto(f"{address}new/")
        settled(page, desk)
        page.evaluate("window.mark = 1")
        desk.write({"other.html": html("Changed")})
        settled(page, desk)
        assert page.evaluate("window.mark") == 1
        desk.write({"new/index.html": html("It is new")})
        page.wait_for_selector("text=It is new")
        desk.write({"new/index.html": None})
        page.wait_for_selector("text=No such page")


def test_the_first_edition_is_waited_for(page: Page) -> None:
    desk = Desk({})
    desk.show(building=True, files={}, digests={})
    with served(desk) as address:
        page.goto(address)
        page.wait_for_selector("text=The site is being built.")
        desk.write({"index.html": html("Built"), "404.html": html("No")}, building=False)
        page.wait_for_selector("text=Built")
