"""What a site has around its pages: lists, tags, the feed, the sitemap, and what one may take."""

from __future__ import annotations

import json
import re
import warnings
import xml.etree.ElementTree as ET
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
import pytest

from publisher import build, config
from publisher.build import Built, Options
from publisher.compose.feed import portable
from publisher.config import Config
from publisher.render.excerpt import excerpt

if TYPE_CHECKING:
    from conftest import Site

URL = "https://example.org/x/"
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\1\x90\0\0\0\xf0" + bytes(20)  # 400 × 240
ATOM = "{http://www.w3.org/2005/Atom}"
PROSE = Options(jobs=1)


def made(site: Site, files: dict[str, str | bytes], settings: str = f"url = '{URL}'\n") -> Built:
    placed = {k[1:] if k.startswith("/") else f"notebooks/{k}": v for k, v in files.items()}
    return build.build(site({"publisher.toml": settings, **placed}), PROSE)


def texts(found: Built) -> dict[str, str]:
    files = (f for f in found.files if not f.path.startswith("static/"))
    return {f.path: f.read().decode("utf-8", "replace") for f in files}


def post(day: int, *, month: int = 1, year: int = 2026, more: str = "", body: str = "Text.") -> str:
    return f"---\ntitle: Day {day}\ndate: {year}-{month:02d}-{day:02d}\n{more}---\n\n{body}\n"


def posts(count: int) -> dict[str, str | bytes]:
    return {f"posts/p{n:02d}.md": post(n % 28 + 1, month=n // 28 + 1) for n in range(count)}


def feed(found: Built) -> Any:
    """The feed as a reader of feeds has it: valid XML without a complaint."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import feedparser

        parsed = feedparser.parse(texts(found)["feed.xml"].encode(), sanitize_html=False)
    assert not parsed.bozo, parsed.bozo_exception
    return parsed


def titles(html: str) -> list[str]:
    """The titles of a list's items."""
    return re.findall(r"<h2><a href=[^>]*>([^<]*)</a></h2>", html)


# Lists


def test_a_folder_of_posts_has_a_list_page_by_page(site: Site) -> None:
    files = texts(made(site, posts(45)))
    pages = ["posts/index.html", "posts/page/2/index.html", "posts/page/3/index.html"]
    every = [titles(files[page]) for page in pages]
    assert [len(found) for found in every] == [20, 20, 5]
    assert len(re.findall('rel="alternate"', files[pages[0]])) == 1
    assert 'rel="alternate"' not in files[pages[1]]
    assert '<link rel="next" href="page/2/">' in files[pages[0]]
    assert '<link rel="prev" href="../../">' in files[pages[1]]
    assert f'<link rel="canonical" href="{URL}posts/page/2/">' in files[pages[1]]
    assert "posts/page/4/index.html" not in files


def test_the_author_s_pages_come_first(site: Site) -> None:
    own = {
        "posts/index.md": "# Mine",
        "archive.md": "---\npermalink: /archive/\n---\n# My archive",
        "tags/python.md": "# About Python",
        "other.md": "---\nredirect_from: /tags/sea/\n---\n# Other",
        "posts/p.md": post(1, more="tags: [python, sea]\n"),
    }
    found = made(site, own, "archive = true\n")
    files = texts(found)
    assert found.report.all_warnings == ()
    for path, mine in (
        ("posts/index.html", "Mine"),
        ("archive/index.html", "My archive"),
        ("tags/python/index.html", "About Python"),
        ("tags/sea/index.html", "moved"),
    ):
        assert mine in files[path]
    assert 'href="../../tags/python/">python</a>' in files["posts/p/index.html"]
    assert "<li>sea</li>" in files["posts/p/index.html"]


@pytest.mark.parametrize("name", ["Posts/index.md", "posts/index.html", "posts"])
def test_nothing_is_made_where_it_would_stand_in_the_way(site: Site, name: str) -> None:
    own = {name: "# Mine", "news/a.md" if name == "posts" else "posts/a.md": post(1)}
    own["index.md"] = "[x](posts)" if name == "posts" else "# Home"
    found = made(site, own, "")
    assert found.report.all_warnings == ()
    assert "posts/index.html" not in texts(found)


def test_a_list_that_finds_no_place_for_its_pages_stays_whole(site: Site) -> None:
    files = texts(made(site, {**posts(45), "posts/page/2.md": "# In the way"}))
    assert len(titles(files["posts/index.html"])) == 46
    assert "posts/page/3/index.html" not in files


def test_lists_have_first_words_tags_and_pictures(site: Site) -> None:
    body = "# Not this\n\n> nor this\n\nThe *first* [words](../a.md) & $x^2$.\n\n![Sea](../sea.png)"
    own = {"posts/p.md": post(1, body=body, more="tags: [C++]\n"), "a.md": "# A", "sea.png": PNG}
    html = texts(made(site, own))["posts/index.html"]
    assert "<p>The first words &amp; " in html
    assert re.search(r'<img class="thumb" src="../sea.png" alt="" [^>]*loading="lazy">', html)
    assert '<a rel="tag" href="../tags/c-plus-plus/">C++</a>' in html


def test_tags_that_are_one_word_share_a_page_and_others_do_not(site: Site) -> None:
    tags = ["C", "c", "C++", "C#", "Deep Learning", "deep-learning", "données", "🎉", "<b>"]
    own = {
        f"posts/p{n}.md": post(n + 1, more=f"tags: [{json.dumps(tag, ensure_ascii=False)}]\n")
        for n, tag in enumerate(tags)
    }
    files = texts(made(site, own))
    pages = {path.split("/")[1] for path in files if re.fullmatch("tags/[^/]+/index.html", path)}
    assert {"c", "c-plus-plus", "c-sharp", "deep-learning", "données", "b"} <= pages
    assert len(pages) == 7
    assert len(titles(files["tags/c/index.html"])) == 2
    assert "<b>" not in files["tags/index.html"]
    linked = set(re.findall(r'href="([^"]+)/">[^<]* <span>\d', files["tags/index.html"]))
    assert len(linked) == 7


def test_lists_may_be_switched_off(site: Site) -> None:
    own = {"posts/p.md": post(1, more="tags: [a]\n")}
    files = texts(made(site, own, "tags = false\narchive = false\ndownloads = false\n"))
    assert sorted(files) == [
        "404.html", "index.html", "posts/index.html", "posts/p/index.html", "robots.txt",
    ]  # fmt: skip
    assert "<li>a</li>" in files["posts/p/index.html"]


def test_posts_by_year_and_before_and_after(site: Site) -> None:
    own = {
        f"posts/y{y}.md": post(1, year=y, more=f"title: Of {y}\n").replace("title: Day 1\n", "")
        for y in (2024, 2025, 2026)
    }
    files = texts(made(site, {**own, "talks/t.md": post(2, year=2025)}, "archive = true\n"))
    assert re.findall("<h2>(.*?)</h2>", files["archive/index.html"]) == ["2026", "2025", "2024"]
    middle = files["posts/y2025/index.html"]
    assert '<a rel="prev" href="../y2024/"><span>Previous</span> Of 2024</a>' in middle
    assert '<a rel="next" href="../y2026/"><span>Next</span> Of 2026</a>' in middle
    assert 'rel="prev"' not in files["talks/t/index.html"]


# The feed


def test_the_feed_has_posts_in_full_and_stands_on_its_own(site: Site) -> None:
    body = (
        "A [link](b.md#part), [here](#end), ![Sea](../sea.png), $x<y$.\n\n"
        "<script>alert(1)</script><form action='/x'><input name='q'>kept out</form>"
        "<p onclick='x()' style='color:red'>Kept <a href='javascript:x()'>in</a></p>"
        "<iframe src='https://example.com/v'></iframe>\n\n## End\n\nbell"
    )
    own = {
        "posts/a.md": post(
            2, body=body, more="tags: [sea]\nupdated: 2026-03-04\ndescription: 'A & b <i>'\n"
        ),
        "posts/b.md": post(1, body="## Part\n\n\u0000\u0008Text.") + "draft: no",
        "posts/c.md": post(3, more="draft: true\n"),
        "sea.png": b"",
    }
    found = made(site, own, f"title = 'T & <T>'\nurl = '{URL}'\n[author]\nname = 'Ada & <co>'\n")
    parsed = feed(found)
    assert (parsed.feed.title, parsed.feed.id, parsed.feed.author) == ("T & <T>", URL, "Ada & <co>")
    assert parsed.feed.updated == "2026-03-04T00:00:00Z"
    assert [e.id for e in parsed.entries] == [f"{URL}posts/a/", f"{URL}posts/b/"]
    first = parsed.entries[0]
    assert (first.published, first.updated) == ("2026-01-02T00:00:00Z", "2026-03-04T00:00:00Z")
    assert [tag.term for tag in first.tags] == ["sea"]
    content = first.content[0].value
    assert f'href="{URL}posts/b/#part"' in content
    assert f'href="{URL}posts/a/#end"' in content
    assert f'src="{URL}sea.png"' in content
    assert "<math" in content
    for gone in ("alert", "kept out", "onclick", "style", "javascript", "iframe", "anchor"):
        assert gone not in content, gone
    assert '<a href="https://example.com/v">' in content
    addresses = re.findall(r'(?:href|src)="([^"]*)"', content)
    assert all(address.startswith("https://") for address in addresses)


def test_a_feed_follows_the_prose_of_its_posts(site: Site) -> None:
    project = site({"publisher.toml": f"url = '{URL}'", "notebooks/posts/a.md": post(1)})
    build.publish(project)
    path = project.source / "posts/a.md"
    path.write_text(path.read_text().replace("Text.", "Other words."))
    build.publish(config.load(project.root))
    assert "Other words." in (project.output / "feed.xml").read_text()
    assert "Other words." in (project.output / "posts/index.html").read_text()
    assert build.publish(config.load(project.root)).changed == 0


def test_a_feed_is_bounded(site: Site) -> None:
    found = made(site, {**posts(45), "posts/long.md": post(28, year=2027, body="word " * 100_000)})
    parsed = feed(found)
    assert len(parsed.entries) == 20
    assert "content" not in parsed.entries[0]
    assert len(parsed.entries[0].summary) <= 200


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        ({"posts/a.md": post(1)}, ""),
        ({"a.md": "# A"}, f"url = '{URL}'"),
        ({"_config.yml": f"url: '{URL}'", "_posts/2026-01-01-a.md": "---\n---\nText"}, ""),
    ],
    ids=["no address", "no posts", "no plugin"],
)
def test_where_there_is_nothing_to_say_there_is_no_feed(
    site: Site, files: dict[str, str | bytes], settings: str
) -> None:
    found = (
        texts(made(site, files, settings)) if "_config.yml" not in files else jekyll(site, files)
    )
    assert "feed.xml" not in found
    assert not any("application/atom" in html for html in found.values())


def jekyll(site: Site, files: dict[str, str | bytes]) -> dict[str, str]:
    project: Config = site(files)
    (project.root / "notebooks").rmdir()
    return texts(build.build(config.load(project.root), PROSE))


def test_a_jekyll_site_has_what_its_plugins_make(site: Site) -> None:
    files: dict[str, str | bytes] = {
        "_config.yml": "url: https://example.org\nbaseurl: /b\npaginate: 2\n"
        "plugins: [jekyll-feed, jekyll-sitemap, jekyll-paginate]\n",
        "index.md": "---\nlayout: home\n---\n",
        **{f"_posts/2026-01-0{n}-p.md": "---\ntags: [x]\n---\nText" for n in range(1, 6)},
    }
    found = jekyll(site, files)
    assert {"feed.xml", "sitemap.xml", "robots.txt", "page2/index.html", "page3/index.html"} <= {
        *found
    }
    assert "https://example.org/b/2026/01/05/p.html" in found["feed.xml"]
    assert not any(path.startswith(("tags", "archive", "posts")) for path in found)
    assert len(titles(found["page2/index.html"])) == 2
    own = jekyll(site, {**files, "feed.xml": "---\n---\n<mine>{{ site.url }}</mine>"})
    assert own["feed.xml"] == "<mine>https://example.org</mine>"


# Search engines and link previews


def test_the_sitemap_has_what_may_be_found(site: Site) -> None:
    own = {
        **posts(21),
        "index.md": "# Home",
        "404.md": "# Not here",
        "hidden.md": "---\nnoindex: true\n---\n# Hidden",
        "left.md": "---\nsitemap: false\n---\n# Left out",
        "draft.md": "---\ndraft: true\n---\n",
        "new & <odd>.md": "---\nredirect_from: /old/\nupdated: 2026-02-03\n---\n# New",
        "away.md": "---\nredirect_to: https://example.com/\n---\n",
    }
    files = texts(made(site, own))
    tree = ET.fromstring(files["sitemap.xml"])
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    found = {e.findtext(f"{space}loc"): e.findtext(f"{space}lastmod") for e in tree}
    pages = {f"{URL}{path}" for path in ("", "posts/", "archive/", "new%20%26%20%3Codd%3E/")}
    assert {address for address in found if "/p" not in str(address).removeprefix(URL)[5:]} == pages
    assert len(found) == 21 + len(pages)
    assert found[f"{URL}new%20%26%20%3Codd%3E/"] == "2026-02-03"
    assert files["robots.txt"].endswith(f"Sitemap: {URL}sitemap.xml\n")
    assert '<meta name="robots" content="noindex">' in files["hidden/index.html"]


def test_without_an_address_nothing_needs_one(site: Site) -> None:
    files = texts(made(site, posts(1), ""))
    assert "sitemap.xml" not in files
    assert files["robots.txt"] == "User-agent: *\nAllow: /\n"
    assert "og:image" not in files["posts/p00/index.html"]


def test_files_of_the_author_s_own_are_published_as_they_are(site: Site) -> None:
    own = {"robots.txt": "mine", "sitemap.xml": "<mine/>", "feed.xml": "<mine/>", **posts(1)}
    files = texts(made(site, own))
    assert (files["robots.txt"], files["sitemap.xml"], files["feed.xml"]) == (
        "mine",
        "<mine/>",
        "<mine/>",
    )
    assert 'type="application/atom+xml" href="../../feed.xml"' in files["posts/p00/index.html"]


def test_link_previews_show_the_page_s_picture_else_the_site_s(site: Site) -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 2 2'/>"
    own = {
        "a.md": '# A\n\n![x](d.svg)\n\n![The "sea"](sea.png)',
        "b.md": "---\nimage: {path: sea.png, alt: Own}\n---\n# B",
        "c.md": "# C\n\n![x](d.svg)",
        "sea.png": PNG,
        "d.svg": svg,
        "card.png": PNG,
    }
    files = texts(made(site, own, f"url = '{URL}'\nimage = 'card.png'\n"))
    found = {
        name: dict(
            re.findall(
                r'<meta property="og:(image[a-z:]*)" content="([^"]*)">',
                files[f"{name}/index.html"],
            )
        )
        for name in "abc"
    }
    size = {"image:width": "400", "image:height": "240"}
    assert {k: unescape(v) for k, v in found["a"].items()} == {
        "image": f"{URL}sea.png",
        "image:alt": 'The "sea"',
        **size,
    }
    assert found["b"] == {"image": f"{URL}sea.png", "image:alt": "Own", **size}
    assert found["c"] == {"image": f"{URL}card.png", **size}
    assert "card.png" in files
    assert '<meta name="description" content' not in files["c/index.html"]


def test_a_picture_of_the_site_that_is_missing_is_warned_of(site: Site) -> None:
    (problem,) = made(site, {"a.md": "# A"}, "title = 'T'\nimage = 'no.png'\n").report.warnings
    assert (problem.path, problem.line) == ("publisher.toml", 2)
    assert problem.message == "`image`: no.png does not exist, so it is left out"


def things(html: str) -> dict[str, Any]:
    """What machines are told, by type."""
    (text,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    found = json.loads(text)
    return {thing["@type"]: thing for thing in (found if isinstance(found, list) else [found])}


def test_machines_are_told_what_a_page_is(site: Site) -> None:
    own = {
        "index.md": "# Home",
        "posts/p.md": post(1, more="title: '</script><b>'\n").replace("title: Day 1\n", ""),
    }
    files = texts(made(site, own, f"url = '{URL}'\ntitle = 'T'\n[author]\nname = 'Ada'\n"))
    assert things(files["index.html"])["WebSite"]["name"] == "T"
    found = things(files["posts/p/index.html"])
    assert found["BlogPosting"]["headline"] == "</script><b>"
    assert found["BlogPosting"]["author"] == {"@type": "Person", "name": "Ada", "url": URL}
    trail = [(i["position"], i["item"]) for i in found["BreadcrumbList"]["itemListElement"]]
    assert trail == [(1, URL), (2, f"{URL}posts/"), (3, f"{URL}posts/p/")]


# What readers may take with them


CELLS = {
    "nbformat": 4,
    "nbformat_minor": 5,
    "metadata": {"kernelspec": {"name": "python3", "display_name": "P"}},
    "cells": [
        {"cell_type": "markdown", "id": "t", "metadata": {}, "source": "# T"},
        {
            "cell_type": "code",
            "id": "own-id",
            "metadata": {"tags": ["remove-cell"], "execution": {"iopub.status.busy": "2026"}},
            "source": "1",
            "execution_count": 1,
            "outputs": [
                {"output_type": "stream", "name": "stdout", "text": "x\ny\n"},
                {
                    "output_type": "display_data",
                    "metadata": {},
                    "data": {"text/html": "<b>x</b>", "application/json": {"a": [1]}},
                },
            ],
        },
    ],
}


def test_a_notebook_is_offered_with_its_outputs_and_valid(site: Site) -> None:
    found = made(site, {"posts/nb.ipynb": json.dumps(CELLS), "a.md": "# A"}, "")
    files = texts(found)
    notebook = nbformat.reads(files["posts/nb/nb.ipynb"], as_version=4)
    nbformat.validate(notebook)
    assert [cell.id for cell in notebook.cells] == ["t", "own-id"]
    assert notebook.cells[1].outputs[0].text == "x\ny\n"
    assert notebook.cells[1].metadata == {"tags": ["remove-cell"]}
    assert '<a href="nb.ipynb" download>Notebook (.ipynb)</a>' in files["posts/nb/index.html"]
    assert "page-tools" not in files["a/index.html"]


TEXT = """---
title: Sums
jupyter:
  kernelspec: {name: python3, display_name: Python 3, language: python}
---

Prose.

```python
print("out", "put")
```
"""


def test_a_text_notebook_is_offered_with_its_source_and_is_the_same_in_every_build(
    site: Site,
) -> None:
    project = site({"notebooks/a/sums.md": TEXT})
    build.publish(project)
    first = (project.output / "a/sums/sums.ipynb").read_bytes()
    notebook = nbformat.reads(first.decode(), as_version=4)
    nbformat.validate(notebook)
    assert [cell.source for cell in notebook.cells] == ["# Sums", "Prose.", 'print("out", "put")']
    assert notebook.cells[2].outputs[0].text == "out put\n"
    assert str(project.root).encode() not in first
    assert (project.output / "a/sums/sums.md").read_text() == TEXT
    html = (project.output / "a/sums/index.html").read_text()
    assert '<a href="sums.md" download>Source (.md)</a>' in html
    (project.source / "a/sums.md").write_text(TEXT.replace("Prose.", "Other prose."))
    report = build.publish(config.load(project.root))
    assert [page.status for page in report.pages] == ["reused"]
    again = (project.output / "a/sums/sums.ipynb").read_bytes()
    assert again == first.replace(b"Prose.", b"Other prose.")
    build.publish(config.load(project.root), Options(cache=False))
    assert (project.output / "a/sums/sums.ipynb").read_bytes() == again


def test_notebooks_in_one_folder_do_not_take_each_other_s_name(site: Site) -> None:
    own = {
        f"{name}/same.ipynb": json.dumps(
            {**CELLS, "metadata": {"title": name, "permalink": f"/p/{name}.html"}}
        )
        for name in ("one", "two")
    }
    files = texts(made(site, own, ""))
    assert {"p/one.html", "p/one.ipynb", "p/two.html", "p/two.ipynb"} <= {*files}
    assert '<a href="two.ipynb" download>' in files["p/two.html"]


@pytest.mark.parametrize("off", ["settings", "page"])
def test_downloads_may_be_switched_off(site: Site, off: str) -> None:
    text = TEXT.replace("title", "downloads: false\ntitle") if off == "page" else TEXT
    project = site(
        {
            "notebooks/sums.md": text.replace("title", "execute: false\ntitle"),
            "publisher.toml": f"downloads = {str(off == 'page').lower()}",
        }
    )
    files = texts(build.build(project, PROSE))
    assert not [path for path in files if path.endswith((".ipynb", ".md"))]
    assert "download" not in files["sums/index.html"]


@pytest.mark.parametrize(
    ("settings", "title", "address"),
    [
        ("repository = 'https://github.com/me/site/'", "Edit on GitHub", "https://github.com/me/site/edit/main/notebooks/a%20b.md"),
        ("repository = 'https://gitlab.example.org/g/s.git'\nbranch = 'dev/x'", "Edit on GitLab", "https://gitlab.example.org/g/s/-/edit/dev/x/notebooks/a%20b.md"),
        ("repository = 'https://codeberg.org/me/site'", "Edit on Codeberg", "https://codeberg.org/me/site/_edit/main/notebooks/a%20b.md"),
        ("edit = 'https://git.example.org/docs/{branch}/sub/{path}'", "Edit this page", "https://git.example.org/docs/main/sub/notebooks/a%20b.md"),
        ("repository = 'https://github.com/a/b'\nedit = 'https://e.org/{path}'", "Edit this page", "https://e.org/notebooks/a%20b.md"),
    ],
)  # fmt: skip
def test_pages_lead_to_where_they_can_be_edited(
    site: Site, settings: str, title: str, address: str
) -> None:
    files = texts(made(site, {"a b.md": "# A", **posts(1)}, settings))
    assert f'<a href="{address}">{title}</a>' in files["a b/index.html"]
    assert "page-tools" not in files["posts/index.html"]


def test_each_author_of_a_post_is_one_in_the_feed(site: Site) -> None:
    own = {
        "posts/a.md": post(2, more="authors: [Ada Lovelace, {name: Mary & Co}]\n"),
        "posts/b.md": post(1, more="author: Ada, Countess of Lovelace\n"),
    }
    entries = ET.fromstring(texts(made(site, {**own}))["feed.xml"]).iter(f"{ATOM}entry")
    found = [[name.text for name in entry.iter(f"{ATOM}name")] for entry in entries]
    assert found == [["Ada Lovelace", "Mary & Co"], ["Ada, Countess of Lovelace"]]


def test_a_repository_at_an_unknown_host_wants_a_pattern(site: Site) -> None:
    found = made(
        site, {"a.md": "# A"}, "title = 'T'\nrepository = 'https://git.example.org/me/site'\n"
    )
    (problem,) = found.report.warnings
    assert (problem.path, problem.line) == ("publisher.toml", 2)
    assert "edit" in (problem.hint or "")


# What is not done again


BLOG: dict[str, str | bytes] = {
    "publisher.toml": f"url = '{URL}'\ntitle = 'T'\nper_page = 2\n",
    "notebooks/index.md": "---\nlayout: home\n---\n# Home",
    "notebooks/posts/a.md": post(1, body="[b](b.md#part) ![Sea](../sea.png)", more="tags: [x]\n"),
    "notebooks/posts/b.md": post(2, body="First words.\n\n## Part", more="tags: [x, y]\n"),
    "notebooks/posts/c.md": post(3, body="More words.", more="tags: [y]\n"),
    "notebooks/nb.md": TEXT.replace("title", "execute: false\ntitle", 1),
    "notebooks/sea.png": PNG,
}


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("posts/b.md", "First words.", "Other words."),
        ("posts/b.md", "## Part", "## Parts"),
        ("posts/b.md", "[x, y]", "[z]"),
        ("posts/c.md", "date: 2026-01-03", "date: 2025-12-31"),
        ("posts/c.md", "tags: [y]", "draft: true"),
        ("posts/a.md", "![Sea](../sea.png)", "None"),
        ("posts/a.md", "![Sea]", "![The sea]"),
        ("nb.md", "Prose.", "Words."),
        ("nb.md", "title: Sums", "title: Sums\ndownloads: false"),
        ("nb.md", "title: Sums", "title: Sums\ndate: 2026-02-02"),
        ("../publisher.toml", "per_page = 2", "per_page = 1\ntags = false\ndownloads = false"),
    ],
)
def test_what_shows_a_page_follows_it(site: Site, name: str, old: str, new: str) -> None:
    project = site(BLOG)
    build.publish(project)
    path = project.source / name
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new))
    build.publish(config.load(project.root))
    fresh = config.load(project.root, project.root / "fresh")
    build.publish(fresh, Options(cache=False))
    assert tree(project.output) == tree(fresh.output)
    assert build.publish(config.load(project.root)).changed == 0


def tree(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize(
    "part", ["<a ", "<!", "</", "<span>", "<form>", "<a href='", "<p x=1 ", "&#"]
)
def test_broken_html_takes_no_time_to_speak_of_and_stays_harmless(part: str) -> None:
    made = portable(part * 20_000 + "<script>alert(1)</script>", URL)
    assert "<script" not in made
    assert len(excerpt(f"<p>{part * 50_000}")) <= 200


def test_what_the_site_alone_knows_is_filled_in_wherever_a_page_is_shown(site: Site) -> None:
    body = "See {doc}`b`, {ref}`law`, {eq}`rate` and [](#law).\n\n```{tableofcontents}\n```\n"
    other = "---\ntitle: B\n---\n\n(law)=\n## The law\n\n$$ x $$ (rate)\n"
    found = made(site, {"posts/a.md": post(1, body=body), "posts/b.md": other})
    for name, text in texts(found).items():
        assert "<x-" not in text, name
        assert "&lt;x-" not in text, name
    (entry,) = feed(found).entries
    assert entry.summary == "See b, law, rate and law."
    assert "The law" in entry.content[0].value


def test_the_newest_change_counts_wherever_it_was_made(site: Site) -> None:
    late = "---\ntitle: {0}\ndate: 2026-01-02 {1}\n---\n"
    found = made(
        site,
        {
            "posts/a.md": late.format("A", "01:00:00+05:00"),
            "posts/b.md": late.format("B", "00:30:00Z"),
        },
    )
    assert feed(found).feed.updated == "2026-01-02T00:30:00Z"


def test_a_feed_has_what_controls_show_first_and_no_more() -> None:
    html = (
        '<div class="interact"><div class="control"><label for="w">n</label> <input id="w">'
        '<span class="readout">2</span></div><div class="region">four</div>'
        '<p class="needs-script">These controls need JavaScript.</p>'
        "<div hidden data-x><template><div>nine</div></template><div>more</div></div></div>"
        "<p>end</p>"
    )
    text = re.sub(r"<[^>]+>", " ", portable(html, URL)).split()
    assert text == ["n", "2", "four", "end"]
