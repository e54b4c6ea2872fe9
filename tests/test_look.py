"""How pages look and behave: what `[style]` asks for, and the theme's scripts in a real browser."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import config
from publisher.build import Options, build
from publisher.errors import ConfigError

if TYPE_CHECKING:
    from conftest import Site
    from playwright.sync_api import Browser, Page

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000020000000108060000000df8"
    "c2980000000a49444154789c6300010000050001"
)
HOME = {"notebooks/index.md": "# Home\n\nText.\n", "notebooks/about.md": "# About\n\nWords.\n"}


def built(site: Site, files: dict[str, str | bytes]) -> tuple[dict[str, bytes], list[str]]:
    """The files of a site, hashes left out of their names, and its warnings."""
    done = build(site({**HOME, **files}), Options(jobs=1))
    named = {re.sub(r"\.[0-9a-f]{12}\.", ".", file.path): file.read() for file in done.files}
    return named, [f"{p.path}:{p.line}: {p.message}" for p in done.report.all_warnings]


def test_style_of_the_settings_is_a_sheet_of_its_own(site: Site) -> None:
    toml = (
        'title = "T"\n[style]\naccent = "#7a3db8"\ntext_font = "serif"\nwidth = "46rem"\n'
        'heading_font = "fonts/own.woff2"\ncode_font = "Fira Code, monospace"\n'
        'logo = "logo.png"\nfavicon = "logo.png"\n'
    )
    files, warnings = built(
        site,
        {"publisher.toml": toml, "notebooks/logo.png": PNG, "notebooks/fonts/own.woff2": b"font"},
    )
    sheet = files["static/settings.css"].decode()
    assert re.search(r"--accent: light-dark\(#7a3db8, #[0-9a-f]{6}\);", sheet)
    assert "--sans: " in sheet
    assert "Iowan" in sheet
    assert "--measure: 46rem;" in sheet
    assert "--mono: Fira Code, monospace;" in sheet
    assert re.search(r'url\("font-heading\.[0-9a-f]{12}\.woff2"\)', sheet)
    assert files["static/font-heading.woff2"] == b"font"
    assert files["logo.png"] == PNG
    page = files["about/index.html"].decode().replace("\n", "")
    assert re.search(r'<link rel="stylesheet" href="\.\./static/settings\.\w+\.css">', page)
    assert '<img src="../logo.png" alt="" width="2" height="1"><span>T</span>' in page
    assert '<link rel="icon" href="../logo.png">' in page
    assert "style=" not in page
    assert warnings == []


def test_without_settings_there_is_no_such_sheet(site: Site) -> None:
    files, _ = built(site, {"publisher.toml": 'title = "T"\n'})
    assert "static/settings.css" not in files
    assert b"settings" not in files["index.html"]


def test_pages_load_the_sheets_of_what_they_hold(site: Site) -> None:
    held = {
        "boxes": "> [!NOTE]\n> Mind this.",
        "math": "$x$",
        "tabs": '<div class="tab-set"></div>',
        "notebook": "",
    }
    pages = {f"notebooks/{name}.md": f"# {name}\n\n{text}\n" for name, text in held.items()}
    pages["notebooks/notebook.md"] = (
        "---\njupyter:\n  kernelspec: {name: python3, display_name: Python 3}\n---\n"
        '# N\n\n```python tags=["skip-execution"]\n1\n```\n'
    )
    files, _ = built(site, {**pages})
    for name in held:
        page = files[f"{name}/index.html"].decode()
        found = set(re.findall(r'rel="stylesheet" href="[^"]*static/(\w+)\.', page))
        assert found == {"style", name}


def test_home_and_posts_begin_with_what_they_are(site: Site) -> None:
    files, _ = built(
        site,
        {
            "notebooks/index.md": "---\ntitle: Home\ndescription: Of tides.\nlayout: home\n---\n",
            "notebooks/tide.md": "---\ntitle: Tide\ndescription: It turns.\ndate: 2026-01-02\n"
            "updated: 2026-02-03\nauthor: Ada\n---\nText.\n",
        },
    )
    post = re.sub(r"<[^>]+>|\s+", " ", files["tide/index.html"].decode().partition("<article")[2])
    told = "Tide It turns. 2 January 2026 updated 3 February 2026 Ada Text."
    assert told in " ".join(post.split())
    assert b'<p class="lead">Of tides.</p>' in files["index.html"]


def test_a_logo_with_words_stands_in_place_of_the_title(site: Site) -> None:
    toml = 'title = "T"\n[style]\nlogo = "logo.png"\nlogo_alt = "The T"\n'
    files, _ = built(site, {"publisher.toml": toml, "notebooks/logo.png": PNG})
    header = files["index.html"].decode().partition("<header")[2].partition("</header>")[0]
    assert 'alt="The T"' in header
    assert "<span>T</span>" not in header


def test_colours_that_are_hard_to_read_and_files_that_are_not_there_are_warnings(
    site: Site,
) -> None:
    toml = (
        'title = "T"\n\n[style]\naccent = "#ffd700"\naccent_dark = "#222"\n'
        'logo = "no.png"\ntext_font = "no.woff2"\n'
    )
    files, warnings = built(site, {"publisher.toml": toml})
    assert warnings == [
        "publisher.toml:6: `style.logo`: the file no.png does not exist, so it is left out",
        "publisher.toml:4: `style.accent`: links of the colour #ffd700 are hard to read in the "
        "light scheme: contrast 1.4",
        "publisher.toml:5: `style.accent_dark`: links of the colour #222 are hard to read in the "
        "dark scheme: contrast 1.1",
        "publisher.toml:7: `style.text_font`: the file no.woff2 does not exist, so it is left out",
    ]
    assert b"light-dark(#ffd700, #222)" in files["static/settings.css"]


def test_a_colour_for_the_dark_leaves_the_light_as_it_is(site: Site) -> None:
    files, warnings = built(site, {"publisher.toml": '[style]\naccent_dark = "#c9a2ff"\n'})
    assert b"--accent: light-dark(#0a6a5a, #c9a2ff);" in files["static/settings.css"]
    assert warnings == []


def test_another_logo_lays_out_pages_anew(site: Site) -> None:
    project = site({**HOME, "publisher.toml": '[style]\nlogo = "l.svg"\n'})
    logo = project.source / "l.svg"
    for size in ("20", "30"):
        logo.write_text(f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="10"/>')
        files = {file.path: file.read() for file in build(project, Options(jobs=1)).files}
        assert f'src="l.svg" alt="" width="{size}"'.encode() in files["index.html"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('accent = "red"', "want a colour like"),
        ('accent = "#12"', "want a colour like"),
        ('accent_dark = "#fff; } body { display: none"', "want a colour like"),
        ('text_font = "a; } body { display: none"', "want a kind of font"),
        ("code_font = '\"a'", "want a kind of font"),
        ('width = "wide"', "want a length like 46rem"),
        ('colour = "#fff"', "unknown key `style.colour`"),
    ],
)
def test_style_that_cannot_be_is_an_error_with_its_line(
    tmp_path: Path, line: str, message: str
) -> None:
    (tmp_path / "publisher.toml").write_text(f'title = "T"\n[style]\n{line}\n')
    with pytest.raises(ConfigError, match=re.escape(message)) as caught:
        config.load(tmp_path)
    assert (caught.value.path, caught.value.line) == ("publisher.toml", 3)


def test_the_footer_holds_links_and_no_markup(site: Site) -> None:
    toml = 'footer = "<b> [me](about.md), [web](https://example.org/?a=1&b=2), [x](no.md)"\n'
    files, warnings = built(site, {"publisher.toml": toml})
    footer = files["about/index.html"].decode().partition("<footer")[2]
    assert '&lt;b&gt; <a href="./">me</a>, ' in footer or '&lt;b&gt; <a href="">me</a>, ' in footer
    assert '<a href="https://example.org/?a=1&amp;b=2">web</a>' in footer
    assert warnings == ["publisher.toml:None: `footer` names no.md, which is no page"]


PAGES: dict[str, str | bytes] = {
    "publisher.toml": 'title = "T"\nnavigation = [\n'
    + "".join(f'  {{to = "https://example.org/{n}", title = "Page {n}"}},\n' for n in range(8))
    + "]\n",
    "notebooks/page.md": "# Page\n\n[home](index.md)\n\n"
    '<figure class="align-left"><figcaption>A<br>tall<br>one</figcaption></figure>\n\nBeside.\n\n'
    "```console\n$ one\nanswer\n$ two\n```\n\n"
    '<div class="tab-set">\n<section class="tab" aria-label="A"><p class="tab-title">A</p>'
    "<p>First.</p></section>\n"
    '<section class="tab" aria-label="B"><p class="tab-title">B</p>'
    '<p id="inside">Second.</p></section>\n</div>\n\n'
    + "".join(f"## Part {n}\n\n{'Words. ' * 400}\n\n" for n in range(4)),
}


@pytest.fixture(scope="module")
def shown(site: Site, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of a page that is opened from disk."""
    folder = tmp_path_factory.mktemp("shown")
    for file in build(site({**HOME, **PAGES}), Options(jobs=1)).files:
        path = folder / file.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(file.read())
    return f"{folder.as_uri()}/page/index.html"


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


@pytest.mark.parametrize("own", ["light", "dark"])
def test_the_reader_switches_the_scheme_and_it_stays(
    browser: Browser, shown: str, own: str
) -> None:
    other = {"light": "dark", "dark": "light"}[own]
    context = browser.new_context(color_scheme="dark" if own == "dark" else "light")
    page = context.new_page()
    page.goto(shown)
    first = background(page)
    switch = page.get_by_role("button", name="Colour theme: system")
    switch.focus()
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name=f"Colour theme: {other}").count() == 1
    second = background(page)
    assert second != first
    page.reload()
    assert background(page) == second
    page.get_by_role("button", name=f"Colour theme: {other}").click()
    assert background(page) == first
    page.get_by_role("button", name=f"Colour theme: {own}").click()
    assert page.get_by_role("button", name="Colour theme: system").count() == 1
    context.close()


def test_no_page_is_drawn_in_the_wrong_scheme_first(browser: Browser, shown: str) -> None:
    context = browser.new_context(color_scheme="light")
    page = context.new_page()
    page.goto(shown)
    page.evaluate("localStorage.setItem('publisher-theme', 'dark')")
    page.add_init_script(
        "new MutationObserver((_, me) => { if (document.body) { me.disconnect();"
        "window.first = document.documentElement.dataset.theme } })"
        ".observe(document, { childList: true, subtree: true })"
    )
    page.reload()
    assert page.evaluate("window.first") == "dark"
    context.close()


def test_code_is_copied_without_prompts_and_answers(browser: Browser, shown: str) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(shown)
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "one\ntwo"
    context.close()


def test_code_that_may_not_be_copied_is_selected(browser: Browser, shown: str) -> None:
    page = browser.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.add_init_script("navigator.clipboard.writeText = () => Promise.reject(new Error('no'))")
    page.goto(shown)
    page.get_by_role("button", name="Copy").click()
    page.get_by_role("status").filter(has_text="Copy failed").wait_for(state="attached")
    assert "answer" in page.evaluate("String(getSelection())")
    assert errors == []
    page.close()


def test_code_stands_below_what_floats_beside_text(browser: Browser, shown: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(shown)
    below = "part => part.getBoundingClientRect().bottom"
    top = "part => part.getBoundingClientRect().top"
    figure = page.locator("figure.align-left").evaluate(below)
    assert page.locator(".highlight").evaluate(top) >= figure
    page.close()


def test_sections_become_tabs_for_the_keyboard(browser: Browser, shown: str) -> None:
    page = browser.new_page()
    page.goto(shown)
    first, second = page.get_by_role("tab", name="A"), page.get_by_role("tab", name="B")
    assert page.get_by_role("tabpanel", name="A").is_visible()
    first.focus()
    page.keyboard.press("ArrowRight")
    assert second.get_attribute("aria-selected") == "true"
    assert page.get_by_text("Second.").is_visible()
    assert not page.get_by_text("First.").is_visible()
    page.keyboard.press("End")
    page.keyboard.press("ArrowRight")  # round
    assert page.get_by_text("First.").is_visible()
    page.close()
    linked = browser.new_page()
    linked.goto(f"{shown}#inside")
    assert linked.get_by_text("Second.").is_visible()
    linked.close()


def test_the_section_that_is_read_is_marked(browser: Browser, shown: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 600}, reduced_motion="reduce")
    page.goto(shown)
    contents = page.get_by_role("navigation", name="On this page")
    assert contents.locator("[aria-current]").count() == 0
    for part in ("Part 2", "Part 0", "Part 3"):
        page.get_by_role("heading", name=part).evaluate("part => part.scrollIntoView()")
        contents.locator("[aria-current=location]", has_text=part).wait_for()
    assert contents.locator("[aria-current]").count() == 1
    assert contents.is_visible()  # it goes along
    page.close()


def test_on_a_phone_without_scripts_all_is_there(browser: Browser, shown: str) -> None:
    context = browser.new_context(viewport={"width": 320, "height": 700}, java_script_enabled=False)
    page = context.new_page()
    page.goto(shown)
    assert not page.locator(".theme-switch").is_visible()
    assert page.locator(".tab-title").all_inner_texts() == ["A", "B"]
    assert page.get_by_text("Second.").is_visible()
    last = page.get_by_role("link", name="Page 7")
    assert not last.is_visible()
    page.get_by_role("button", name="Menu").click()
    assert last.is_visible()
    page.keyboard.press("Escape")
    assert not last.is_visible()
    context.close()


@pytest.mark.parametrize("width", [320, 800, 1280])
def test_nothing_shifts_or_sticks_out(browser: Browser, shown: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(shown)
    shift = (
        "() => new Promise(done => { let sum = 0;"
        "new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value; }))"
        ".observe({ type: 'layout-shift', buffered: true });"
        "requestAnimationFrame(() => requestAnimationFrame(() => done(sum))); })"
    )
    assert page.evaluate(shift) == 0
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    small = "[...document.querySelectorAll('header button, [role=tab]')].filter(b => b.offsetWidth"
    assert page.evaluate(f"{small} && Math.min(b.offsetWidth, b.offsetHeight) < 24).length") == 0
    page.close()
