"""Our own site, end to end: built twice to the same bytes, and walked through in a real browser."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urldefrag, urljoin

import pytest

from publisher import services
from publisher.build import Options, build

if TYPE_CHECKING:
    from conftest import BuildOwn, Site, Watch
    from playwright.sync_api import Browser


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_a_second_build_elsewhere_gives_the_same_bytes(
    own: Path, build_own: BuildOwn, tmp_path: Path
) -> None:
    again = build_own(tmp_path / "another-name-and-place", jobs=1, seed="2")
    first, second = tree(own), tree(again)
    assert sorted(first) == sorted(second)
    assert [path for path in first if first[path] != second[path]] == []


@pytest.mark.parametrize("place", ["root", "prefix", "file"])
def test_every_link_opens_and_nothing_goes_wrong(
    browser: Browser, addresses: dict[str, str], own: Path, watch: Watch, place: str
) -> None:
    base = addresses[place]
    page = browser.new_page()
    wrong = watch(page, base)
    waiting, seen, dead = [base], {base}, []
    while waiting:
        address = waiting.pop()
        page.goto(address)
        page.evaluate("document.querySelectorAll('img').forEach(i => { i.loading = 'eager' })")
        page.wait_for_function("[...document.images].every(i => i.complete)")
        assert page.title()
        assert page.locator("h1").count() >= 1, address
        broken = page.evaluate(
            "[...document.images].filter(i => !i.complete || !i.naturalWidth).map(i => i.src)"
        )
        assert broken == [], address
        links = page.evaluate("[...document.querySelectorAll('a[href]')].map(a => a.href)")
        for link in links:
            target, fragment = urldefrag(link)
            if target == page.url.partition("#")[0] and fragment:
                if page.locator(f'[id="{fragment}"]').count() != 1:
                    dead.append(f"{address}: #{fragment}")
            elif target.startswith(base.removesuffix("index.html")) and target not in seen:
                seen.add(target)
                if target.endswith(("/", ".html")):
                    waiting.append(target)
                else:
                    path = own / target.removeprefix(base.removesuffix("index.html"))
                    if not path.is_file():
                        dead.append(f"{address}: {target}")
    page.close()
    assert dead == []
    assert wrong == []
    pages = {path for path in own.rglob("*.html") if path.name != "404.html"}
    opened = {a for a in seen if a.endswith(("/", ".html"))}
    assert len(opened - {urljoin(base, "index.html")}) + (place == "file") >= len(pages)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(
    browser: Browser, addresses: dict[str, str], own: Path, scheme: str, width: int
) -> None:
    dark = browser.new_page(
        color_scheme="dark" if scheme == "dark" else "light",
        viewport={"width": width, "height": 800},
    )
    for path in sorted(own.rglob("index.html")):
        dark.goto(addresses["root"] + path.relative_to(own).as_posix())
        assert dark.evaluate("document.documentElement.scrollWidth") <= width, path
        background = dark.evaluate("getComputedStyle(document.body).backgroundColor")
        channels = [int(float(c)) for c in background.strip("rgba()").split(",")[:3]]
        assert (sum(channels) < 200) == (scheme == "dark"), background
    dark.close()


def test_the_style_sheet_is_read_to_its_end(
    browser: Browser, addresses: dict[str, str], own: Path
) -> None:
    (style,) = own.glob("static/style.*.css")
    page = browser.new_page()
    page.goto(addresses["root"])
    known = page.evaluate("document.styleSheets[0].cssRules.length")
    depth, rules = 0, 0
    for character in re.sub(r"/\*.*?\*/", "", style.read_text(), flags=re.DOTALL):
        depth += {"{": 1, "}": -1}.get(character, 0)
        rules += character == "}" and depth == 0
    assert known == rules
    margin = "getComputedStyle(document.querySelector('.site-footer p')).marginTop"
    assert page.evaluate(margin) == "0px"
    page.close()


def test_pages_are_read_without_javascript(browser: Browser, addresses: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(addresses["root"])
    page.locator("nav[aria-label=Site] a").first.click()
    assert page.locator("main h1").inner_text()
    context.close()


def test_the_not_found_page_is_shown_with_its_status(
    browser: Browser, addresses: dict[str, str]
) -> None:
    page = browser.new_page()
    response = page.goto(addresses["root"] + "no/such/page/")
    assert response is not None
    assert response.status == 404
    assert page.locator("h1").count() == 1
    page.close()


def test_pages_are_light(own: Path) -> None:
    for path in own.rglob("index.html"):
        linked = re.findall(
            r'<(?:link rel="stylesheet"|script).*? (?:href|src)="([^"]+)"', path.read_text()
        )
        alive = re.compile(r"/(interact|live)\.")  # only where something moves
        given = [name for name in linked if not alive.search(name)]
        sizes = {name: (path.parent / name).stat().st_size for name in given}
        assert sum(size for name, size in sizes.items() if name.endswith(".js")) <= 10_000, path
        styles = {name: size for name, size in sizes.items() if name.endswith(".css")}
        assert sum(styles.values()) <= 30_000, path
        common = re.compile(r"/(style|notebook|listing|about)\.")
        assert sum(size for name, size in styles.items() if common.search(name)) <= 25_000, path
    about = (own / "about" / "index.html").stat().st_size
    assert about <= 15_000


LONG = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
GIVEN = {"mastodon": "@ada@example.social", "cv": "me.svg", "rss": "me.svg"}
LINKS = {s.key: GIVEN.get(s.key, "https://example.org/" + s.key) for s in services.SERVICES[:39]}
ABOUT = {
    "publisher.toml": "[author]\n"
    + "".join(f"{key} = '{LONG} {LONG}'\n" for key in ("name", "tagline", "affiliation"))
    + f"pronouns = 'they/them'\nemail = '{LONG}@example.org'\nphoto = 'me.svg'\n[author.links]\n"
    + "".join(f"{key} = '{value}'\n" for key, value in {**LINKS, f"'{LONG}'": "me.svg"}.items()),
    "notebooks/me.svg": "<svg xmlns='http://www.w3.org/2000/svg' width='400' height='300'/>",
    "notebooks/about.md": "---\ntimeline: true\n---\nText.\n\n"
    + f"**May 2021 - Present**: {LONG}\n\n> Said.\n\n**2019**: x\n\n" * 3,
    "notebooks/post.md": f"---\ntitle: {LONG}\ndate: 2026-01-01\n---\n",
}
# The least contrast of the texts in some elements, by WCAG's formula, against the page.
CONTRAST = """
() => {
  const light = (color) => {
    const [r, g, b] = color.match(/[0-9.]+/g).slice(0, 3).map(c => c / 255)
      .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const page = light(getComputedStyle(document.body).backgroundColor);
  const texts = document.querySelectorAll(".profile *, .latest *, .timeline *");
  return Math.min(...[...texts].map(e => light(getComputedStyle(e).color))
    .map(text => (Math.max(text, page) + 0.05) / (Math.min(text, page) + 0.05)));
}
"""
SHIFT = """
() => new Promise(done => {
  let sum = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { sum += e.value; }))
    .observe({ type: "layout-shift", buffered: true });
  requestAnimationFrame(() => requestAnimationFrame(() => done(sum)));
})
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 800, 1280])
def test_an_about_page_of_long_words_and_many_links_is_for_everyone(
    browser: Browser,
    site: Site,
    watch: Watch,
    tmp_path: Path,
    width: int,
    scheme: Literal["light", "dark"],
) -> None:
    for file in build(site(ABOUT), Options(jobs=1)).files:
        (tmp_path / file.path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / file.path).write_bytes(file.read())
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    wrong = watch(page, tmp_path.as_uri())
    page.goto(f"{tmp_path.as_uri()}/about/index.html")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SHIFT) == 0
    assert page.evaluate(CONTRAST) >= 4.5
    card = page.get_by_role("region", name="Profile")
    assert card.get_by_role("link").count() == 41  # and the address for mail
    for service in services.SERVICES[:39]:
        assert card.get_by_role("link", name=service.label, exact=True).count() == 1
    heights = card.get_by_role("link").evaluate_all("all => all.map(a => a.offsetHeight)")
    assert min(heights[1:]) >= 24  # WCAG 2.2, target size
    person = json.loads(page.locator("script[type='application/ld+json']").inner_text())
    assert person["mainEntity"]["name"] == f"{LONG} {LONG}"
    assert page.locator("h1").all_inner_texts() == ["About"]
    assert page.locator("img:not([alt]), img:not([width])").count() == 0
    assert page.locator("ol.timeline > li time").count() == 6
    assert wrong == []
    page.close()
