"""Search: what is found of which pages, made once, and used in a real browser by keyboard."""

from __future__ import annotations

import gzip
import json
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from publisher import search
from publisher.build import Built, Options, build, publish
from publisher.errors import SearchError
from publisher.model import File
from publisher.search import pagefind

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Browser, Page, Response

PROGRAM = "pagefind_bin"
HEAD = '<!doctype html><html lang="{}"><head><title>{}</title></head><body><header>Kopf</header>'
ONE = Options(jobs=1)


def html(
    title: str, body: str, language: str = "en", main: str = "<main data-pagefind-body>"
) -> str:
    return f"{HEAD.format(language, title)}{main}<h1>{title}</h1>{body}</main></body></html>"


def found(files: tuple[File, ...]) -> dict[str, dict[str, Any]]:
    """What an index holds of each page, by its address."""
    fragments = [
        json.loads(gzip.decompress(file.read()).removeprefix(b"pagefind_dcd"))
        for file in files
        if file.path.endswith(".pf_fragment")
    ]
    return {fragment["url"]: fragment for fragment in fragments}


def indexed(**pages: str) -> dict[str, dict[str, Any]]:
    files = [File(f"{name}/index.html", text.encode()) for name, text in pages.items()]
    return found(search.index(files, PROGRAM).files)


def contents(files: tuple[File, ...]) -> dict[str, bytes]:
    return {file.path: file.read() for file in files if file.path.startswith("static/pagefind/")}


def test_pages_are_found_by_their_addresses_and_titles() -> None:
    files = [
        File("index.html", html("Home", "<p>welcome</p>").encode()),
        File("about.html", html("Über", "<p>me</p>", "de").encode()),
        File("posts/a b/index.html", html("A &amp; B", "<p>text</p>").encode()),
    ]
    made = search.index(files, PROGRAM)
    assert made.pages == 3
    assert {url: page["meta"]["title"] for url, page in found(made.files).items()} == {
        "/": "Home",
        "/about.html": "Über",
        "/posts/a%20b/": "A & B",
    }
    entry = next(file for file in made.files if file.path.endswith("pagefind-entry.json"))
    assert sorted(json.loads(entry.read())["languages"]) == ["de", "en"]


def test_only_what_the_author_wrote_is_found() -> None:
    page = html(
        "Energy",
        '<nav>Menü</nav><h2 id="mass">Mass<a class="anchor" href="#mass">¶</a></h2>'
        "<p>The energy <math><mi>E</mi><annotation>\\mathcal{E}</annotation></math> is</p>"
        '<math display="block"><mi>Q</mi></math>'
        '<div class="cell"><details><summary>Show code</summary><pre>import numpy</pre></details>'
        '</div><p data-pagefind-ignore>secret</p><script type="application/json">{"a": 1}</script>',
    )
    content = indexed(a=page)["/a/"]["content"]
    assert content == "Energy. Mass. The energy E is. import numpy"


def test_pages_that_are_none_are_not_found() -> None:
    refresh = '<html><head><meta http-equiv="refresh" content="0; url=b"></head><body>Moved</body>'
    files = [
        File("page/index.html", html("Page", "<p>text</p>").encode()),
        File("old/index.html", refresh.encode()),
        File("tags/index.html", html("Tags", "", main="<main data-pagefind-ignore>").encode()),
        File("404.html", html("Not found", "").encode()),
        File("feed.xml", b"<feed/>"),
        File("plot.html", source=Path("plot.html")),
    ]
    made = search.index(files, PROGRAM)
    assert made.pages == 1
    assert list(found(made.files)) == ["/page/"]


def test_a_page_of_another_layout_is_found_as_a_whole() -> None:
    own = "<html lang=en><body class=x><nav>Menü</nav><h1>Own</h1><p>all of it</body></html>"
    pages = indexed(own=own, other=html("Other", "<p>text</p>"))
    assert pages["/own/"]["content"] == "Own. all of it"


@pytest.mark.parametrize(
    "body",
    ["<div>" * 2000, "\0 a", "___PAGEFIND_WEIGHT___9 ___END_PAGEFIND_WEIGHT___ " * 3, "<p " * 50],
)
def test_odd_pages_do_no_harm(body: str) -> None:
    pages = indexed(odd=html("Odd", body), good=html("Good", "<p>text</p>"))
    assert pages["/good/"]["content"] == "Good. text."


ODD = ("../../x", "en/..", "<b>", "", "e n", "x" * 99, "en-" * 30, '">' + "<html lang=" + "y" * 50)


def test_no_file_lies_elsewhere_whatever_language_a_page_says() -> None:
    pages = [html("A", "<p>a</p>", language) for language in ODD]
    files = [File(f"{n}/index.html", page.encode()) for n, page in enumerate(pages)]
    for file in search.index(files, PROGRAM).files:
        assert file.path.startswith("static/pagefind/")
        assert ".." not in file.path
    assert {file.path for file in search.index(files, PROGRAM).files} >= {search.ENTRY}


def test_the_same_pages_give_the_same_bytes_in_whatever_order(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    words = [f"word{n} größe naïve {n % 7}" for n in range(60)]
    draw = random.Random(7)
    files = [
        File(f"{n}/index.html", html(f"P{n}", " ".join(draw.sample(words, 40)), lang).encode())
        for n, lang in enumerate(["en", "de", "xx"] * 20)
    ]
    first = contents(search.index(files, PROGRAM).files)
    draw.shuffle(files)
    monkeypatch.setenv("RAYON_NUM_THREADS", "1")
    monkeypatch.setenv("PAGEFIND_EXCLUDE_SELECTORS", "h1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pagefind.toml").write_text('exclude_selectors = ["h1"]\n')
    assert contents(search.index(files, PROGRAM).files) == first


def test_nothing_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    threads, children = set(threading.enumerate()), set(psutil.Process().children())
    indexed(a=html("A", "<p>a</p>"))
    assert list(tmp_path.iterdir()) == []
    assert set(threading.enumerate()) <= threads
    assert set(psutil.Process().children()) <= children


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], str]:
    """Makes a package with a program that does not work."""

    def make(script: str) -> str:
        path = tmp_path / "broken"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        code = f"from pathlib import Path\ndef get_executable(): return Path({str(path)!r})\n"
        (tmp_path / "broken_program.py").write_text(code)
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "broken_program", raising=False)
        return "broken_program"

    return make


ANSWER = "eyJwYXlsb2FkIjogeyJ0eXBlIjogIk5ld0luZGV4In19,"  # {"payload": {"type": "NewIndex"}}


def test_a_program_that_fails_says_why_and_where(program: Callable[[str], str]) -> None:
    pages = [File(f"{name}/index.html", html(name, "").encode()) for name in "ab"]
    name = program(f"printf {ANSWER}{ANSWER}; echo 'out of memory' >&2; exit 1")
    with pytest.raises(SearchError, match="of the page /b/ cannot be made") as caught:
        search.index(pages, name)
    assert caught.value.detail == "out of memory"
    assert "search = false" in (caught.value.hint or "")


def test_a_program_that_does_not_end_is_ended(
    program: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pagefind, "LONGEST", 0.2)
    before = psutil.Process().children()
    with pytest.raises(SearchError, match="it took longer than"):
        search.index([], program("exec sleep 1000"))
    assert psutil.Process().children() == before


def test_a_program_that_cannot_run_says_so(program: Callable[[str], str], tmp_path: Path) -> None:
    name = program("")
    (tmp_path / "broken").chmod(0o644)
    with pytest.raises(SearchError, match="cannot be started: Permission denied"):
        search.index([], name)


SLOW = """
import sys
from publisher import search
from publisher.model import File
text = ("<html><body><p>" + " ".join(f"w{n}" for n in range(20000))).encode()
search.index([File(f"{n}.html", text) for n in range(400)], "pagefind_bin")
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_program_ends_with_us(number: signal.Signals) -> None:
    ours = subprocess.Popen(
        [sys.executable, "-c", SLOW],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    process = psutil.Process(ours.pid)
    children: list[psutil.Process] = []
    while not children and ours.poll() is None:
        children = process.children()
    assert children
    ours.send_signal(number)
    assert ours.wait(30) != 0
    _, alive = psutil.wait_procs(children, timeout=30)
    assert alive == []


# ---- In a build -------------------------------------------------------------------------------

PAGES = {
    "notebooks/index.md": "# Home\n\nWelcome to the observatory.\n",
    "notebooks/stars.md": "# Stars\n\nText.\n\n## Colours\n\nA *supernova* is bright.\n\n"
    "## Dust\n\nNothing. It says <script>alert(1)</script> supernova &amp;lt;b&amp;gt;.\n",
    "notebooks/planets.md": "---\nlang: en\n---\n\n# Planets\n\nMercury & Venus < Earth.\n",
    "notebooks/posts/index.md": "---\nlayout: listing\n---\n\n# Posts\n",
    "notebooks/posts/one.md": "---\ndate: 2026-01-02\n---\n\n# First light\n\nSupernova!\n",
}


def edited(files: dict[str, str]) -> dict[str, str]:
    return files | {"notebooks/planets.md": "# Planets\n\nJupiter.\n"}


def entry_of(built: Built) -> dict[str, Any]:
    files = {file.path: file for file in built.files}
    entry: dict[str, Any] = json.loads(files["static/pagefind/pagefind-entry.json"].read())
    return entry


def test_a_site_is_searchable_and_says_for_how_many_pages(site: Site) -> None:
    built = build(site(PAGES), ONE)
    pages = found(built.files)
    assert set(pages) == {"/", "/stars/", "/planets/", "/posts/", "/posts/one/"}
    assert built.report.searched == 5
    assert pages["/posts/"]["content"] == "Posts."
    assert pages["/posts/one/"]["meta"]["title"] == "First light"
    assert entry_of(built)["languages"]["en"]["page_count"] == 5
    home = next(file for file in built.files if file.path == "index.html").read().decode()
    assert 'data-index="static/pagefind/pagefind.js"' in home


def test_pagefinds_own_interfaces_are_left_out(site: Site) -> None:
    names = {Path(file.path).name for file in build(site(PAGES), ONE).files}
    assert {"pagefind.js", "pagefind-worker.js", "wasm.en.pagefind"} < names
    assert not [name for name in names if name.startswith(("pagefind-ui", "pagefind-component"))]
    assert "wasm.unknown.pagefind" not in names


def test_a_small_site_and_one_that_wants_none_have_no_search(site: Site) -> None:
    few = {name: PAGES[name] for name in ("notebooks/index.md", "notebooks/stars.md")}
    for files in (few, PAGES | {"publisher.toml": "search = false\n"}):
        built = build(site(files), ONE)
        assert built.report.searched == 0
        assert contents(built.files) == {}
        for file in built.files:
            if file.path.endswith(".html"):
                assert b"search-button" not in file.read(), file.path


def test_without_pagefind_the_site_is_published_with_one_warning(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(search.metadata, "version", none)
    built = build(site(PAGES), ONE)
    assert built.complete
    assert contents(built.files) == {}
    (warning,) = built.report.all_warnings
    assert warning.message == "the site has no search: Pagefind is not installed"
    home = next(file for file in built.files if file.path == "index.html").read()
    assert b"search-button" not in home


AGAIN = """
import sys
from pathlib import Path
from publisher import config
from publisher.build import publish
report = publish(config.load(Path(sys.argv[1])))
print(report.searched, report.changed, "publisher.search.pagefind" in sys.modules)
"""


def test_a_build_that_changes_nothing_does_not_even_load_it(site: Site) -> None:
    project = site(PAGES)
    first = publish(project, ONE)
    assert first.searched == 5
    again = subprocess.run(
        [sys.executable, "-c", AGAIN, project.root], capture_output=True, text=True, check=True
    )
    assert again.stdout.split() == ["5", "0", "False"]


def test_an_edited_site_has_the_index_of_one_built_from_nothing(site: Site) -> None:
    project = site(PAGES)
    publish(project, ONE)
    for name, text in edited(PAGES).items():
        (project.root / name).write_text(text)
    built, fresh = build(project, ONE), build(site(edited(PAGES)), ONE)
    assert contents(built.files) == contents(fresh.files)
    assert "Jupiter" in found(built.files)["/planets/"]["content"]


def test_a_failed_page_costs_no_index(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(*_: object) -> None:
        raise AssertionError("it must not run")

    monkeypatch.setattr(pagefind, "run", run)
    built = build(site(PAGES | {"notebooks/bad.md": "---\ntitle: [\n---\n"}), ONE)
    assert not built.complete


def test_a_stored_index_that_is_damaged_is_made_anew(site: Site) -> None:
    project = site(PAGES)
    publish(project, ONE)
    shutil.rmtree(project.output)
    before = contents(build(project, ONE).files)
    for path in (project.store / "files").rglob("*"):
        if path.is_file() and b"pagefind_dcd" not in path.read_bytes()[:99]:
            data = path.read_bytes()
            path.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    assert publish(project, ONE).published
    after = {name: (project.output / name).read_bytes() for name in before}
    assert after == before


# ---- In a browser -----------------------------------------------------------------------------

PREFIX = "user/x/project"


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


@pytest.fixture(scope="module")
def places(tmp_path_factory: pytest.TempPathFactory, site: Site) -> Iterator[dict[str, str]]:
    """The same site at the root of a server, under a prefix, and on the disk."""
    many = {f"notebooks/many/p{n:02}.md": f"# Pulsar {n}\n\nIt pulsates.\n" for n in range(23)}
    project = site(PAGES | many)
    publish(project, ONE)
    above = tmp_path_factory.mktemp("www")
    shutil.copytree(project.output, above / PREFIX)
    servers = [
        ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder)))
        for folder in (project.output, above)
    ]
    for server in servers:
        threading.Thread(target=server.serve_forever).start()
    root, prefixed = (f"http://127.0.0.1:{server.server_address[1]}/" for server in servers)
    yield {"root": root, "prefix": f"{prefixed}{PREFIX}/", "file": f"{project.output.as_uri()}/"}
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page on which nothing goes wrong: no error, no warning, no request elsewhere."""
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    yield page
    context.close()
    assert said == []
    elsewhere = ("http://127.0.0.1", "file:", "blob:", "data:")
    assert [url for url in asked if not url.startswith(elsewhere)] == []


def titles(page: Page) -> list[str]:
    return page.locator(".search-found > ol > li > a strong").all_inner_texts()


def ask(page: Page, words: str) -> None:
    page.keyboard.type(words)
    page.locator("dialog [role=status]").filter(has_text=f"“{words}”").wait_for()


@pytest.mark.parametrize("place", ["root", "prefix"])
def test_search_by_keyboard_alone(page: Page, places: dict[str, str], place: str) -> None:
    page.goto(places[place] + "planets/")
    page.keyboard.press("/")
    box = page.get_by_role("searchbox")
    box.wait_for()
    ask(page, "supernova")
    assert page.locator("dialog [role=status]").inner_text() == "2 pages for “supernova”"
    assert set(titles(page)) == {"Stars", "First light"}
    assert "supernova" in page.locator("mark").all_inner_texts()
    section = page.locator(".search-found ul a").filter(has_text="Colours")
    assert section.get_attribute("href") == "/" * (place == "root") + (
        "stars/#colours" if place == "root" else f"/{PREFIX}/stars/#colours"
    )
    page.keyboard.press("ArrowUp")
    assert box.evaluate("box => box === document.activeElement")
    for _ in range(10):
        page.keyboard.press("ArrowDown")
        if section.evaluate("link => link === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url(f"{places[place]}stars/#colours")


def test_enter_goes_to_the_best_page(page: Page, places: dict[str, str]) -> None:
    page.goto(places["prefix"])
    page.keyboard.press("Control+k")
    page.get_by_role("searchbox").wait_for()
    page.keyboard.type("first light")
    page.keyboard.press("Enter")
    page.wait_for_url(places["prefix"] + "posts/one/")


def test_escape_gives_the_focus_back(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    button = page.get_by_role("button", name="Search")
    button.focus()
    page.keyboard.press("Enter")
    page.get_by_role("searchbox").wait_for()
    page.keyboard.press("Escape")
    page.get_by_role("searchbox").wait_for(state="hidden")
    assert button.evaluate("button => button === document.activeElement")
    page.keyboard.press("/")
    assert page.get_by_role("searchbox").evaluate("box => box === document.activeElement")


def test_what_is_not_there_is_said(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    box = page.get_by_role("searchbox")
    for words in ("zyzzyva", "starsx", "supernova nonsense"):  # Pagefind would take some for `star`
        box.fill("")
        ask(page, words)
        assert page.locator("dialog [role=status]").inner_text() == f"No page has “{words}”"
        assert titles(page) == []
    for words in ("stars", "supern", "supernovas"):  # a beginning, or another ending
        box.fill("")
        ask(page, words)
        assert titles(page), words


def test_quoted_words_must_stand_together(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    for words, count in (('"supernova is bright"', 1), ('"bright is supernova"', 0)):
        page.get_by_role("searchbox").fill("")
        ask(page, words)
        assert len(titles(page)) == count


def test_text_of_a_page_is_shown_as_text(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    ask(page, "venus")
    assert "Mercury & Venus < Earth." in page.locator(".search-found").inner_text()


def test_more_results_are_a_key_away(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    ask(page, "pulsar")
    assert page.locator("dialog [role=status]").inner_text() == "23 pages for “pulsar”"
    assert len(titles(page)) == 10
    for total in (20, 23):
        page.get_by_role("button", name="More results").press("Enter")
        page.locator(".search-found > ol > li").nth(total - 1).wait_for()
        assert len(titles(page)) == total
        focused = page.evaluate("document.activeElement.textContent")
        assert focused.startswith("Pulsar")
    assert page.get_by_role("button", name="More results").count() == 0


def test_nothing_is_fetched_before_it_is_asked_for(page: Page, places: dict[str, str]) -> None:
    fetched: list[str] = []
    page.on("response", lambda response: fetched.append(_name(response)))
    page.goto(places["root"], wait_until="networkidle")
    assert not [name for name in fetched if "search" in name or "pagefind" in name]


def _name(response: Response) -> str:
    return response.url.rpartition("/")[2]


def test_a_letter_on_a_result_goes_on_in_the_field(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    ask(page, "puls")
    page.keyboard.press("ArrowDown")
    page.keyboard.type("ar")
    page.locator("dialog [role=status]").filter(has_text="for “pulsar”").wait_for()


def test_a_slash_in_a_field_is_a_slash(page: Page, places: dict[str, str]) -> None:
    page.goto(places["root"])
    page.evaluate("document.querySelector('main').append(document.createElement('textarea'))")
    page.locator("textarea").focus()
    page.keyboard.press("/")
    assert page.locator("textarea").input_value() == "/"


def test_from_a_disk_it_says_what_is_needed(page: Page, places: dict[str, str]) -> None:
    page.goto(places["file"] + "index.html")
    page.keyboard.press("/")
    status = page.locator("dialog [role=status]").filter(has_text="opened from a disk")
    status.wait_for()
    assert "publish preview" in status.inner_text()
    page.keyboard.press("Escape")
    status.wait_for(state="hidden")


def test_without_scripts_nothing_of_it_shows(browser: Browser, places: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(places["root"])
    assert page.locator(".search-button").count() == 1
    assert not page.locator(".search-button").is_visible()
    context.close()


def test_it_works_under_a_strict_policy(browser: Browser, places: dict[str, str]) -> None:
    policy = "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; img-src 'self' data:"
    said: list[str] = []
    context = browser.new_context()
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))
    page.route(
        "**/*",
        lambda route: route.fulfill(
            response=(answer := route.fetch()),
            headers={**answer.headers, "content-security-policy": policy},
        ),
    )
    page.goto(places["root"])
    page.keyboard.press("/")
    page.get_by_role("searchbox").wait_for()
    ask(page, "supernova")
    assert len(titles(page)) == 2
    assert said == []
    context.close()
