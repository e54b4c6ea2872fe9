"""Whole sites in memory: addresses, layouts, and what is copied. No kernel is started."""

from __future__ import annotations

import json
import posixpath
import re
from html import unescape
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote, urlsplit

import pytest

from publisher.build import Built, Options, build, publish
from publisher.errors import SourceError, ThemeError

if TYPE_CHECKING:
    from conftest import Site

HEADER = "---\njupyter: {kernelspec: {name: python3}}\n---\n"


def built(site: Site, files: dict[str, str | bytes], *, drafts: bool = False) -> Built:
    """A site of these files in `notebooks/`; names that begin with `/` lie in the project."""
    placed = {k[1:] if k.startswith("/") else f"notebooks/{k}": v for k, v in files.items()}
    return build(site(placed), Options(jobs=1, drafts=drafts))


def texts(made: Built) -> dict[str, str]:
    return {f.path: f.read().decode("utf-8", "replace") for f in made.files}


def paths(made: Built) -> set[str]:
    """The files of the site without those of the theme."""
    beside = {"404.html", "robots.txt"}
    return {f.path for f in made.files if not f.path.startswith("static/")} - beside


def warnings(made: Built) -> list[tuple[str | None, int | None, str]]:
    return [(w.path, w.line, w.message) for w in made.report.all_warnings]


class Links(HTMLParser):
    """The addresses in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.ids: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in ("href", "src", "poster"):
                self.found.append((tag, value or ""))
            if name in ("id", "name"):
                self.ids.add(value or "")


def main(html: str) -> str:
    return html.partition('<main id="content"')[2].partition("</main>")[0]


def links(html: str) -> list[str]:
    """The addresses that the author wrote, without the anchors of headings."""
    return [a for _, a in Links(re.sub('<a class="anchor".*?</a>', "", main(html))).found]


SITE: dict[str, str | bytes] = {
    "/publisher.toml": "include = ['data/extra.csv']",
    "index.md": "# Home\n\n[g](guide/start.md) [p](posts/a.md) ![i](img/a.png)",
    "guide/start.md": "# Start\n\n## Part\n\n<a href='../posts/a.md#Two-Words'>raw</a> "
    "[o](/odd%20%23name%3F.md)",
    "guide/index.md": "---\nlayout: listing\n---\n# Guide",
    "posts/a.md": "---\ndate: 2026-01-01\n---\n# A\n\n## Two Words\n\n"
    "[d](../data/x.csv) [home](../index.md)",
    "about.md": "---\npermalink: /about\n---\n# About\n\n[g](guide/) ![i](img/a.png)",
    "odd #name?.md": "# Odd\n\n[self](#odd) [about](about.md)",
    "nb.ipynb": json.dumps(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {},
            "cells": [
                {
                    "cell_type": "code",
                    "id": "a",
                    "metadata": {},
                    "source": "1",
                    "execution_count": 1,
                    "outputs": [
                        {
                            "output_type": "display_data",
                            "metadata": {},
                            "data": {"text/html": '<a href="guide/start.md#part">x</a>'},
                        },
                        {
                            "output_type": "display_data",
                            "metadata": {},
                            "data": {"image/svg+xml": "<svg xmlns='http://www.w3.org/2000/svg'/>"},
                        },
                    ],
                }
            ],
        }
    ),
    "img/a.png": b"\x89PNG",
    "img/b.png": b"never linked",
    "data/x.csv": "1",
    "data/extra.csv": "2",
    "data/private.csv": "3",
}


def test_every_address_is_relative_and_leads_to_a_file(site: Site) -> None:
    files = texts(built(site, SITE))
    checked = 0
    for path, html in files.items():
        if not path.endswith(".html") or path == "404.html":
            continue
        for _, address in Links(html).found:
            parts = urlsplit(address)
            assert not parts.scheme, address
            assert not address.startswith("/"), (path, address)
            target = posixpath.normpath(
                posixpath.join(posixpath.dirname(path), unquote(parts.path))
            )
            if not parts.path:
                target = path
            elif parts.path.endswith("/"):
                target = posixpath.normpath(f"{target}/index.html")
            assert target in files, (path, address)
            if parts.fragment:
                assert unquote(parts.fragment) in Links(files[target]).ids, (path, address)
            checked += 1
    assert checked > 60


def test_what_is_published_is_pages_and_what_they_link_to_or_the_settings_name(site: Site) -> None:
    made = built(site, SITE)
    assert paths(made) == {
        "index.html",
        "guide/index.html",
        "guide/start/index.html",
        "posts/index.html",
        "posts/a/index.html",
        "about.html",
        "odd #name?/index.html",
        "nb/index.html",
        "nb/nb.ipynb",
        "img/a.png",
        "data/x.csv",
        "data/extra.csv",
    }


def test_a_folder_with_nothing_gets_a_home_page_that_lists_its_pages(site: Site) -> None:
    made = built(site, {"a.md": "# First <page>", "b/c.md": "# Second"})
    home = texts(made)["index.html"]
    assert "First" in main(home)
    assert 'href="a/"' in main(home)
    assert 'href="b/c/"' in main(home)
    assert warnings(made) == []


def test_an_empty_site_is_a_home_page(site: Site) -> None:
    assert paths(built(site, {})) == {"index.html"}


BECOMES = {
    "../guide/start.md": "../../guide/start/",
    "../guide/start.md#part": "../../guide/start/#part",
    "../guide/start.md#Part": "../../guide/start/#part",
    "../guide/start.md?q=1#part": "../../guide/start/?q=1#part",
    "/guide/start.md": "../../guide/start/",
    "/guide/start/": "../../guide/start/",
    "../guide/start": "../../guide/start/",
    "../guide/start/index.html": "../../guide/start/",
    "../paired.ipynb#H": "../../paired/#h",
    "../nb.ipynb": "../../nb/",
    "../about.md": "../../about.html",
    "/about": "../../about.html",
    "../index.md": "../../",
    "..": "../../",
    "page.md": "./",
    "page.md#here": "./#here",
    "#here": "#here",
    "#top": "#top",
    "../data/x.csv": "../../data/x.csv",
    "../data/x.csv#row=1": "../../data/x.csv#row=1",
    "../data/s%20p.csv": "../../data/s%20p.csv",
    "https://example.org/a.md": "https://example.org/a.md",
    "mailto:ada@example.org": "mailto:ada@example.org",
    "//example.org/": "//example.org/",
}


@pytest.mark.parametrize("written", ["[x]({})", '<a href="{}">x</a>', "<a href='{}'>x</a>"])
def test_links_between_sources_become_links_between_pages(site: Site, written: str) -> None:
    text = "\n\n".join(written.format(address) for address in BECOMES)
    made = built(
        site,
        {
            "posts/page.md": f"---\ntitle: T\n---\n## Here\n\n{text}\n",
            "guide/start.md": "# S\n\n## Part",
            "paired.md": f"{HEADER}# H",
            "paired.ipynb": SITE["nb.ipynb"],
            "nb.ipynb": SITE["nb.ipynb"],
            "about.md": "---\npermalink: /about\n---\n",
            "index.md": "# I",
            "data/x.csv": "",
            "data/s p.csv": "",
        },
    )
    found = links(texts(made)["posts/page/index.html"])[-len(BECOMES) :]
    assert dict(zip(BECOMES, found, strict=True)) == BECOMES
    assert [w for w in warnings(made) if w[0] == "notebooks/posts/page.md"] == []


def test_a_link_that_leads_nowhere_has_file_line_and_the_nearest(site: Site) -> None:
    wrong = {
        "gone.md": ("the link gone.md leads nowhere", None),
        "stat.md": ("the link stat.md leads nowhere", "did you mean start.md?"),
        "start.md#prat": ("there is no heading #prat on start.md", "did you mean #part?"),
        "#nowhere": ("there is no heading #nowhere on this page", None),
        "no.csv": ("the link no.csv leads nowhere", None),
        "../secret.txt": (
            "the link ../secret.txt leads out of the source folder",
            "move the file into it, or give a full address",
        ),
        ".env": ("the link .env leads nowhere", None),
        "draft.md": (
            "the link draft.md leads to a page that is not published",
            "it is a draft, or it failed",
        ),
    }
    text = "\n\n".join(f"[x]({address})" for address in wrong)
    made = built(
        site,
        {
            "page.md": f"---\ntitle: T\n---\n{text}\n",
            "start.md": "# S\n\n## Part",
            "draft.md": "---\ndraft: true\n---\n",
            ".env": "",
            "/secret.txt": "",
        },
    )
    found = made.report.all_warnings
    assert {w.path for w in found} == {"notebooks/page.md"}
    assert [w.line for w in found] == list(range(4, 4 + 2 * len(wrong), 2))
    assert [(w.message, w.hint) for w in found] == list(wrong.values())


LEAKS = """
    .env .git/config sub/.hidden/x.txt ../secret.txt /../secret.txt ../publisher.toml
    %2e%2e/secret.txt ..%2fsecret.txt %2e%2e%2fsecret.txt ..%5csecret.txt sub/../../secret.txt
    ./../secret.txt /etc/passwd file:///etc/passwd sub sub/ a%00b.txt out-link.txt
    out-folder/secret.txt hidden-link.txt draft.md draft.ipynb
""".split()


@pytest.mark.parametrize("written", ["[x]({})", "![x]({})", '<a href="{}">x</a>'])
def test_nothing_leaks_into_the_site(site: Site, written: str) -> None:
    made = site(
        {
            "publisher.toml": "",
            "secret.txt": "",
            "notebooks/index.md": "\n\n".join(written.format(address) for address in LEAKS),
            "notebooks/.env": "",
            "notebooks/.git/config": "",
            "notebooks/sub/.hidden/x.txt": "",
            "notebooks/sub/x.txt": "",
            "notebooks/draft.md": f"---\ndraft: true\n{HEADER[4:]}",
            "notebooks/draft.ipynb": SITE["nb.ipynb"],
        }
    )
    (made.source / "out-link.txt").symlink_to(made.root / "secret.txt")
    (made.source / "out-folder").symlink_to(made.root)
    (made.source / "hidden-link.txt").symlink_to(made.source / ".env")
    found = build(made, Options(jobs=1))
    assert paths(found) == {"index.html"}
    assert len(found.report.all_warnings) == len(LEAKS) - 1  # all but the full address


def test_what_is_included_by_the_settings_is_not_hidden_and_lies_inside(site: Site) -> None:
    made = site(
        {
            "publisher.toml": "include = ['*']",
            "notebooks/index.md": "",
            "notebooks/a/b.csv": "",
            "notebooks/.env": "",
            "secret.txt": "",
        }
    )
    (made.source / "link.txt").symlink_to(made.root / "secret.txt")
    assert {"a/b.csv", "index.html"} <= paths(build(made, Options(jobs=1)))
    assert not {".env", "link.txt"} & paths(build(made, Options(jobs=1)))


def test_a_draft_is_published_only_if_asked_for(site: Site) -> None:
    files: dict[str, str | bytes] = {"a.md": "---\ndraft: true\n---\n", "b.md": "# B"}
    assert "a/index.html" not in paths(built(site, files))
    assert "a/index.html" in paths(built(site, files, drafts=True))


def test_two_pages_with_one_address_stop_the_build(site: Site) -> None:
    with pytest.raises(SourceError, match=r"a\.md and b\.md have the same URL: /x/"):
        built(
            site,
            {"a.md": "---\npermalink: /x/\n---\n", "b.md": "---\npermalink: /x/index.html\n---\n"},
        )


def test_old_addresses_lead_to_the_new_one(site: Site) -> None:
    made = built(
        site,
        {
            "a b.md": "---\nredirect_from: [/old, /older/, deep/er/, /c/, ../../up/]\n---\n",
            "c.md": "# C",
        },
    )
    files = texts(made)
    assert 'content="0; url=a%20b/index.html"' in files["old.html"]
    assert 'href="../a%20b/"' in files["older/index.html"]
    assert 'href="../../a%20b/"' in files["deep/er/index.html"]
    assert 'href="../a%20b/"' in files["up/index.html"]
    assert "This page has moved" not in files["c/index.html"]


def test_a_title_is_shown_once(site: Site) -> None:
    made = built(
        site,
        {
            "heading.md": "## From the heading",
            "given.md": "---\ntitle: Given\n---\ntext",
            "both.md": "---\ntitle: Both\n---\n# Both",
            "differ.md": "---\ntitle: Differ\n---\n## Part",
            "file-name.md": "text",
        },
    )
    for path, title in {
        "heading": "From the heading",
        "given": "Given",
        "both": "Both",
        "differ": "Differ",
        "file-name": "File name",
    }.items():
        html = main(texts(made)[f"{path}/index.html"])
        assert len(re.findall("<h1", html)) == 1
        assert re.search(rf"<h1[^>]*>{title}<", html), path


def test_texts_of_front_matter_and_settings_are_escaped(site: Site) -> None:
    bad = "\"'><script>alert(1)</script>"
    quoted = json.dumps(bad)
    keys = "title description author image language layout".split()
    front = "".join(f"{key}: {quoted}\n" for key in keys) + f"tags: [{quoted}]\ndate: 2026-01-01\n"
    made = built(
        site,
        {
            "/publisher.toml": f"title = {quoted}\ndescription = {quoted}\nfooter = {quoted}\n"
            f"url = 'https://example.org'\nnavigation = [{{to = 'a.md', title = {quoted}}}]\n"
            f"[author]\nname = {quoted}",
            "a.md": f"---\n{front}redirect_from: [{quoted}]\n---\ntext",
            "b.md": f"---\ntitle: {quoted}\nlayout: listing\n---\n",
            "a'\"><script>.md": "[x](a.md)",
        },
    )
    for path, html in texts(made).items():
        if path.endswith(".html"):
            assert "<script>alert" not in html, path
            assert "<script>.md" not in html, path
    assert bad in unescape(texts(made)["a/index.html"])


@pytest.mark.parametrize("layout", ["nope", "../layout", "layout", "macros", "404", "a/b", ""])
def test_a_layout_that_is_none_is_replaced_with_a_warning(site: Site, layout: str) -> None:
    made = built(site, {"a.md": f"---\nlayout: '{layout}'\ndate: 2026-01-01\n---\n"})
    (warning,) = made.report.all_warnings
    assert warning.path == "notebooks/a.md"
    assert "no layout" in warning.message
    assert "a/index.html" in paths(made)


def test_a_navigation_that_names_no_page_is_warned_of(site: Site) -> None:
    made = built(
        site,
        {
            "/publisher.toml": "navigation = ['a.md', 'gone.md', {to = 'https://example.org', "
            "title = 'Out'}, '/', 'JavaScript:x']",
            "a.md": "# A",
        },
    )
    assert [message for _, _, message in warnings(made)] == [
        "`navigation` names gone.md, which is no page",
        "`navigation` names JavaScript:x, which is no page",
    ]
    assert 'href="JavaScript' not in texts(made)["a/index.html"]
    html = texts(made)["a/index.html"]
    bar = html.partition('<nav aria-label="Site">')[2].partition("</nav>")[0]
    assert 'href="https://example.org">Out</a>' in bar
    assert 'href="../"' in bar
    assert 'href="./" aria-current="page">A</a>' in bar
    assert "gone.md" not in bar
    assert "about.md" in (made.report.warnings[0].hint or "")


def test_the_navigation_may_name_the_list_of_a_folder_as_its_index(site: Site) -> None:
    toml = "navigation = ['posts/index.md', 'tags/index.md']"
    made = built(site, {"/publisher.toml": toml, "posts/a.md": "---\ndate: 2026-01-01\n---\n# A"})
    assert [message for _, _, message in warnings(made)] == [
        "`navigation` names tags/index.md, which is no page"
    ]
    bar = texts(made)["index.html"].partition('<nav aria-label="Site">')[2].partition("</nav>")[0]
    assert '<a href="posts/">Posts</a>' in bar
    assert "tags" not in bar


def test_markdown_in_a_description_is_shown_as_text(site: Site) -> None:
    front = "---\ntitle: A\ndescription: The **bold** `open_it` of $x$, 2 * 3 & a_b_c\n---\n"
    html = texts(built(site, {"a.md": front}))
    plain = "The bold open_it of x, 2 * 3 &amp; a_b_c"
    assert f'<meta name="description" content="{plain}">' in html["a/index.html"]
    assert f"<p>{plain}</p>" in html["index.html"]


def test_labels_are_not_missed_while_a_page_that_may_have_them_failed(site: Site) -> None:
    asks = "# Asks\n\n{ref}`there` {doc}`other` [](#there) {doc}`gone`\n"
    files: dict[str, str | bytes] = {
        "/publisher.toml": "on_error = 'keep'",
        "asks.md": asks,
        "other.md": "# Other\n\n(there)=\n## There\n",
    }
    gone = "there is no page gone"
    assert [message for _, _, message in warnings(built(site, files))] == [gone]
    header = HEADER.replace("python3", "no-such-kernel")
    failed = files | {"other.md": f"{header}(there)=\n## There\n\n```{{code-cell}}\n1\n```\n"}
    found = [message for _, _, message in warnings(built(site, failed))]
    assert found == ["the reference to other leads to a page that is not published", gone]


def test_names_with_odd_characters_are_quoted_everywhere(site: Site) -> None:
    name = "100% of a #b?.md"
    made = built(
        site,
        {
            "/publisher.toml": "url = 'https://example.org/p'",
            f"g/{name}": "# Odd",
            "g/index.md": f"---\nlayout: listing\n---\n[x]({quote(name)})",
        },
    )
    quoted = "100%25%20of%20a%20%23b%3F/"
    html = texts(made)["g/index.html"]
    found = [address for _, address in Links(html).found if "100" in address]
    assert len(found) >= 2
    assert set(found) == {quoted}
    odd = texts(made)["g/100% of a #b?/index.html"]
    assert f'<link rel="canonical" href="https://example.org/p/g/{quoted}">' in odd
    assert warnings(made) == []


def test_without_a_url_no_page_names_its_full_address(site: Site) -> None:
    html = texts(built(site, {"a.md": "# A"}))["a/index.html"]
    assert "canonical" not in html
    assert "://" not in html


def test_the_table_of_contents_leads_to_headings(site: Site) -> None:
    html = texts(built(site, {"a.md": "# T\n\n## A `b`\n\n### C\n\n#### D\n\n## [E](x)"}))[
        "a/index.html"
    ]
    toc = html.partition('<nav class="toc')[2].partition("</nav>")[0]
    assert re.findall('href="([^"]*)"', toc) == ["#a-b", "#c", "#e"]
    assert "<code>b</code>" in toc
    without = texts(built(site, {"a.md": "---\ntoc: false\n---\n# T\n\n## A\n\n## B"}))
    assert '<nav class="toc' not in without["a/index.html"]


def test_text_that_looks_like_our_placeholder_stays(site: Site) -> None:
    html = texts(built(site, {"a.md": 'x-publisher:0 `="x-publisher:0"` [b](b.md)', "b.md": ""}))
    assert "x-publisher:0 <code>" in main(html["a/index.html"])
    assert 'href="../b/"' in main(html["a/index.html"])


def test_the_same_sources_give_the_same_bytes(site: Site) -> None:
    files = {**SITE, "/publisher.toml": "title = 'T'"}
    first, second = built(site, files), built(site, dict(reversed(files.items())))
    assert [(f.path, f.read()) for f in first.files] == [(f.path, f.read()) for f in second.files]


def test_a_page_that_cannot_be_read_is_in_the_report_and_stops_the_site(site: Site) -> None:
    made = built(site, {"a.md": "---\ntitle: [a\n---\n", "b.md": "# B\n\n[a](a.md)"})
    (error,) = made.report.errors
    assert error.path == "notebooks/a.md"
    assert not made.complete


def test_a_layout_that_does_not_work_is_an_error_of_the_theme(site: Site) -> None:
    with pytest.raises(ThemeError) as caught:
        built(site, {"a.md": "", "/templates/default/page.html": "line\n{{ page.nothing.more }}"})
    assert (caught.value.path, caught.value.line) == ("templates/default/page.html", 2)
    with pytest.raises(ThemeError) as caught:
        built(site, {"a.md": "", "/templates/default/page.html": "\n\n{% if %}"})
    assert (caught.value.path, caught.value.line) == ("templates/default/page.html", 3)


def test_a_layout_of_the_project_escapes_what_it_is_given(site: Site) -> None:
    made = built(
        site,
        {
            "a.md": "---\ntitle: <b>\n---\n*x*",
            "/templates/default/page.html": "{{ page.title }}{{ page.body }}",
        },
    )
    assert texts(made)["a/index.html"].strip() == "&lt;b&gt;<p><em>x</em></p>"


def test_sources_of_pages_are_not_copied_by_pattern(site: Site) -> None:
    made = built(
        site,
        {
            "/publisher.toml": 'include = ["*"]',
            "a.md": "# A",
            "draft.md": "---\ndraft: true\njupyter: {}\n---\n",
            "draft.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "hidden.md": "---\npublished: false\n---\n",
            "data.csv": "1",
        },
    )
    assert {p for p in paths(made) if not p.startswith("static/")} == {
        "a/index.html",
        "data.csv",
        "index.html",
    }


def test_two_pages_that_want_one_old_address_are_warned_of(site: Site) -> None:
    made = built(
        site,
        {
            "a.md": "---\nredirect_from: [/old/, /b/]\n---\n",
            "b.md": "---\nredirect_from: /old/\n---\n",
        },
    )
    assert [message for _, _, message in warnings(made)] == [
        "`redirect_from`: /b/ is taken",
        "`redirect_from`: /old/ is taken",
    ]


def test_long_folders_have_short_sidebars(site: Site) -> None:
    many = {f"book/{n:03}.md": f"# Chapter {n}" for n in range(100)}
    made = built(site, {"book/index.md": "# Book", **many})
    page = texts(made)["book/050/index.html"]
    sidebar = re.findall(r'<a href="\.\./(\d+)/"', page.partition("<main")[0])
    assert 30 < len(sidebar) <= 42
    assert "049" in sidebar
    assert "051" in sidebar
    assert ">Book</a>" in page.partition("<main")[0]


def test_every_address_of_a_srcset_and_a_style_is_filled(site: Site) -> None:
    text = (
        '<img alt="" srcset="a.png 2x, b.png">\n'
        "<p style=\"background: url('a.png'), url(b.png)\">x</p>\n"
    )
    html = texts(built(site, {"p.md": text, "a.png": b"", "b.png": b""}))["p/index.html"]
    assert 'srcset="../a.png 2x, ../b.png"' in html
    assert 'style="background: url(&#x27;../a.png&#x27;), url(../b.png)"' in html


def test_only_the_first_broken_links_are_told_what_was_meant(site: Site) -> None:
    broken = "".join(f"[x](pagge.md?{number})\n" for number in range(30))
    made = built(site, {"page.md": "# P", "a.md": broken})
    assert sum(w.hint is not None for w in made.report.all_warnings) == 20


def test_a_file_in_the_navigation_is_copied_and_linked_from_every_depth(site: Site) -> None:
    made = built(
        site,
        {
            "/publisher.toml": 'navigation = ["cv.pdf", { to = "/cv.pdf", title = "CV" }]',
            "cv.pdf": b"%PDF-1.7",
            "deep/er/a.md": "# A",
        },
    )
    assert "cv.pdf" in paths(made)
    assert texts(made)["deep/er/a/index.html"].count('href="../../../cv.pdf"') == 2
    assert warnings(made) == []


# The About page

PROFILE = """
url = "https://example.org/base"
[author]
name = "Mary Somerville"
pronouns = "she/her"
tagline = "Writer"
photo = "img/mary.png"
email = "mary@example.org"
location = "Naples"
affiliation = "RAS"
[author.links]
github = "mary"
cv = "files/cv.pdf"
"My books" = "books.md"
"""
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    + (300).to_bytes(4)
    + (400).to_bytes(4)
    + b"\x08\x02\0\0\0"
)
PROFILED: dict[str, str | bytes] = {
    "/publisher.toml": PROFILE,
    "img/mary.png": PNG,
    "files/cv.pdf": b"%PDF",
    "books.md": "# Books",
}
CARD = 'class="about h-card"'


def data(html: str) -> dict[str, Any]:
    """The JSON-LD of a page."""
    found = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    (text,) = found
    table: dict[str, Any] = json.loads(text)
    return table


def test_without_an_about_page_the_profile_makes_one(site: Site) -> None:
    made = built(site, {**PROFILED, "a/b.md": "[me](../about/) [me](/about)"})
    html = texts(made)["about/index.html"]
    assert "<h1>About</h1>" in html
    assert 'href="../about/" aria-current' not in html
    assert '<a href="./" aria-current="page">About</a>' in html
    assert '<strong class="p-name">Mary Somerville</strong>' in html
    assert '<img class="u-photo" src="../img/mary.png" alt="Mary Somerville" width="300"' in html
    assert 'height="400"' in html
    assert '<a class="u-email" href="mailto:mary@example.org">mary@example.org</a>' in html
    assert '<a class="u-url" rel="me" href="https://github.com/mary">' in html
    assert re.search(r'<a href="\.\./files/cv\.pdf">.*</span>CV</a>', html)
    assert '<a href="../books/">My books</a>' in html
    assert '<div class="e-content"></div>' in html
    assert {"img/mary.png", "files/cv.pdf"} <= paths(made)
    assert links(texts(made)["a/b/index.html"]) == ["../../about/", "../../about/"]
    assert warnings(made) == []


def test_an_about_page_without_a_source_may_stand_in_the_navigation(site: Site) -> None:
    toml = "navigation = ['about/']\n[author]\ntagline = 'x'"
    made = built(site, {"/publisher.toml": toml, "a.md": "# A"})
    assert '<a href="../about/">About</a>' in texts(made)["a/index.html"]
    assert warnings(made) == []


@pytest.mark.parametrize(
    ("files", "page"),
    [
        ({"about.md": "text"}, "about/index.html"),
        ({"About.md": "text"}, "About/index.html"),
        ({"about.md": "---\nlayout: page\n---\n"}, "about/index.html"),
        ({"about.md": "---\nlayout: single\n---\n"}, "about/index.html"),
        ({"about.md": "---\npermalink: /me/\n---\n"}, "me/index.html"),
        ({"me.md": "---\npermalink: /about/\n---\n"}, "about/index.html"),
        ({"me.md": "---\npermalink: /about.html\n---\n"}, "about.html"),
        ({"about.ipynb": SITE["nb.ipynb"]}, "about/index.html"),
        ({"index.md": "---\nlayout: about\n---\n"}, "index.html"),
        ({"x/me.md": "---\nlayout: about\n---\n", "about.md": "plain"}, "x/me/index.html"),
    ],
)
def test_one_page_is_the_about_page(site: Site, files: dict[str, str | bytes], page: str) -> None:
    made = built(site, {**PROFILED, **files})
    cards = [path for path, html in texts(made).items() if CARD in html]
    assert cards == [page]
    told = [message for _, _, message in warnings(made) if "layout" in message]
    assert all(message.endswith("'single', so 'about' is used") for message in told)


@pytest.mark.parametrize(
    "files",
    [
        {"about.md": "---\nlayout: post\n---\n"},
        {"me.md": "---\nredirect_from: /about/\n---\n"},
        {"about/index.md": "---\nlayout: listing\n---\n"},
        {"/publisher.toml": "[author]\nname = 'Mary Somerville'"},
    ],
)
def test_where_there_is_no_place_or_nothing_to_say_no_page_is_made(
    site: Site, files: dict[str, str | bytes]
) -> None:
    made = built(site, {**PROFILED, "books.md": "# B", **files})
    assert not [path for path, html in texts(made).items() if CARD in html]
    assert warnings(made) == []


def test_an_about_notebook_keeps_its_cells(site: Site) -> None:
    html = texts(built(site, {**PROFILED, "about.ipynb": SITE["nb.ipynb"]}))["about/index.html"]
    body = html.partition('<div class="e-content">')[2]
    assert '<div class="cell">' in body
    assert CARD in html


def test_only_the_body_stands_in_the_content(site: Site) -> None:
    text = "<p>one</p>\n<p>two &amp; three</p>\n"
    files = {**PROFILED, "about.md": f"---\ntitle: About\ntags: [x]\n---\n{text}"}
    files |= {
        f"{layout}.md": f"---\ntitle: T\nlayout: {layout}\ndate: 2026-01-01\n---\n{text}"
        for layout in ("page", "post", "listing", "home")
    }
    made = texts(built(site, files))
    for page in ("about", "page", "post", "listing", "home"):
        assert f'<div class="e-content">{text}</div>' in made[f"{page}/index.html"], page


def test_the_latest_pages_stand_on_the_about_page_and_dated_ones_on_home(site: Site) -> None:
    posts: dict[str, str | bytes] = {
        f"posts/{day}.md": f"---\ntitle: Day {day}\ndate: 2026-01-0{day}\n---\n"
        for day in range(1, 8)
    }
    home = "---\nlayout: home\n---\n# Home"
    made = texts(built(site, {**PROFILED, **posts, "index.md": home, "about.md": "text"}))
    latest = made["about/index.html"].partition('<section class="latest"')[2]
    assert re.findall(r">Day (\d)<", latest) == ["7", "6", "5", "4", "3"]
    assert '<a href="../posts/7/">Day 7</a> <time datetime="2026-01-07">7 January 2026' in latest
    entries = made["index.html"].partition('<ul class="entries dated"')[2]
    assert re.findall(r">Day (\d)<", entries) == ["7", "6", "5", "4", "3", "2", "1"]
    assert "Books" not in entries
    assert 'class="latest"' not in texts(built(site, PROFILED))["about/index.html"]


def test_machines_are_told_who_it_is(site: Site) -> None:
    html = texts(built(site, {**PROFILED, "about.md": "---\nupdated: 2026-02-01\n---\n"}))[
        "about/index.html"
    ]
    assert data(html) == {
        "@context": "https://schema.org",
        "@type": "ProfilePage",
        "name": "About",
        "url": "https://example.org/base/about/",
        "dateModified": "2026-02-01",
        "mainEntity": {
            "@type": "Person",
            "name": "Mary Somerville",
            "pronouns": "she/her",
            "description": "Writer",
            "image": "https://example.org/base/img/mary.png",
            "url": "https://example.org/base/",
            "affiliation": {"@type": "Organization", "name": "RAS"},
            "homeLocation": {"@type": "Place", "name": "Naples"},
            "sameAs": ["https://github.com/mary"],
        },
    }
    for tag in (
        '<meta property="og:type" content="profile">',
        '<meta property="og:image" content="https://example.org/base/img/mary.png">',
        '<meta property="profile:first_name" content="Mary">',
        '<meta property="profile:last_name" content="Somerville">',
        '<meta name="description" content="Writer">',
    ):
        assert tag in html


def test_a_site_may_be_a_profile_alone(site: Site) -> None:
    made = site({"publisher.toml": "[author]\nname = 'Ada'\ntagline = 'Reckons'"})
    report = publish(made, Options(jobs=1))
    assert report.published
    assert (made.output / "about/index.html").is_file()


def test_a_photo_that_is_none_is_left_out(site: Site) -> None:
    made = built(site, {"/publisher.toml": "[author]\nname = 'A'\nphoto = 'a.md'", "a.md": "# A"})
    assert "is no image" in made.report.warnings[0].message


def test_the_about_page_may_bring_its_own_photo(site: Site) -> None:
    made = built(
        site,
        {
            "/_config.yml": "first_name: Ada\nlast_name: L",
            "/_pages/about.md": "---\nlayout: about\npermalink: /\nprofile: {image: me.svg}\n---\n",
            "/assets/img/me.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="3"/>',
        },
    )
    assert 'src="assets/img/me.svg"' in texts(made)["index.html"]
    assert "assets/img/me.svg" in paths(made)


def test_an_address_for_mail_that_is_not_given_is_nowhere(site: Site) -> None:
    toml = PROFILE.replace('email = "mary@example.org"\n', "")
    made = texts(built(site, {**PROFILED, "/publisher.toml": toml, "about.md": ""}))
    assert not [path for path, text in made.items() if "mailto:" in text or '"email"' in text]
    shown = texts(built(site, {**PROFILED, "about.md": "", "a.md": ""}))
    assert [path for path, text in shown.items() if "mary@example.org" in text] == [
        "about/index.html"
    ]
    data = shown["about/index.html"].partition("ld+json")[2].partition("</script>")[0]
    assert "Mary" in data
    assert "mary@" not in data


@pytest.mark.parametrize("name", ["Mary", "Mary Fairfax Somerville", "メアリー"])
def test_a_name_that_is_not_clearly_two_is_not_taken_apart(site: Site, name: str) -> None:
    toml = PROFILE.replace("Mary Somerville", name)
    html = texts(built(site, {**PROFILED, "/publisher.toml": toml}))["about/index.html"]
    assert "profile:first_name" not in html
    assert data(html)["mainEntity"]["name"] == name


def test_a_title_that_is_the_name_is_not_followed_by_the_name(site: Site) -> None:
    html = texts(built(site, {**PROFILED, "about.md": "# Mary Somerville\n\ntext"}))[
        "about/index.html"
    ]
    assert '<h1 class="p-name" id="mary-somerville">' in html
    assert html.count("p-name") == 1


def test_hostile_texts_in_a_profile_stay_texts(site: Site) -> None:
    bad = "</script><script>alert(1)</script>\"'&\u2028<!--"
    quoted = json.dumps(bad)
    keys = "name pronouns tagline location affiliation".split()
    toml = "[author]\n" + "".join(f"{key} = {quoted}\n" for key in keys)
    toml += f"[author.links]\n{quoted} = 'https://example.org/?a=1&b=\\''\n"
    html = texts(built(site, {"/publisher.toml": toml.replace("\\'", "%27")}))["about/index.html"]
    assert "<script>alert" not in html
    assert unescape(html).count(bad) >= len(keys)
    person = data(html)["mainEntity"]
    assert person["name"] == person["description"] == bad
    assert person["sameAs"] == ["https://example.org/?a=1&b=%27"]


def test_what_a_profile_names_in_vain_is_warned_of_and_left_out(site: Site) -> None:
    toml = "[author]\nphoto = 'gone.png'\n[author.links]\ncv = '../secret.pdf'\nBooks = 'no/'"
    made = built(site, {"/publisher.toml": toml, "/secret.pdf": b"x"})
    assert warnings(made) == [
        (
            "publisher.toml",
            2,
            "`author.photo`: the image gone.png does not exist, so it is left out",
        ),
        (
            "publisher.toml",
            4,
            "`author.links.cv` names ../secret.pdf, which is no page and no file",
        ),
        ("publisher.toml", 5, "`author.links.Books` names no/, which is no page and no file"),
    ]
    html = texts(made)["about/index.html"]
    assert "gone.png" not in html
    assert 'class="links"' not in html
    assert "secret.pdf" not in paths(made)


def test_a_photo_may_lie_elsewhere(site: Site) -> None:
    toml = "[author]\nname = 'A'\nphoto = 'https://example.org/a b.png'".replace("a b", "a%20b")
    html = texts(built(site, {"/publisher.toml": toml}))["about/index.html"]
    assert '<img class="u-photo" src="https://example.org/a%20b.png" alt="A">' in html
    assert '<meta property="og:image" content="https://example.org/a%20b.png">' in html


def test_a_theme_may_add_icons(site: Site) -> None:
    made = built(
        site,
        {
            "/publisher.toml": "[author.links]\n'My Tree' = 'https://example.org'\nlattes = 'x'",
            "/templates/default/icons/my-tree.svg": "<svg><path d='M0 0'/></svg>\n",
        },
    )
    html = texts(made)["about/index.html"]
    icon = '<span class="icon" aria-hidden="true"><svg><path d=\'M0 0\'/></svg></span>'
    assert f'href="https://example.org">{icon}My Tree</a>' in html
    assert 'href="http://lattes.cnpq.br/x">Lattes</a>' in html
    assert html.count("<!-- Icons: Font Awesome Free") == 1


def test_a_timeline_is_made_where_it_is_asked_for(site: Site) -> None:
    text = "**May 2021**: a\n\n> b\n\n**2019 - Present**: c\n"
    made = texts(
        built(
            site,
            {"about.md": f"---\ntimeline: true\n---\n{text}", "other.md": f"# O\n\n{text}"},
        )
    )
    assert made["about/index.html"].count("<li><p><strong><time datetime=") == 2
    assert "<time" not in made["other/index.html"]
