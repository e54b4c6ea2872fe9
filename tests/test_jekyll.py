"""Jekyll sites: their configuration, which of their files are pages, and where these appear."""

from __future__ import annotations

import datetime
import json
import os
import posixpath
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from publisher import config, read
from publisher.build import Options, build
from publisher.config import Config
from publisher.errors import ConfigError
from publisher.jekyll.permalinks import slugify

if TYPE_CHECKING:
    from conftest import Site


def jekyll(site: Site, configuration: str = "", **files: str) -> Config:
    """A Jekyll site; `__` in a name stands for `/`, and the suffix is `.md` if none is given."""
    named = {name.replace("__", "/"): text for name, text in files.items()}
    return site({"_config.yml": configuration, **named})


def addresses(made: Config) -> dict[str, str | None]:
    """Where each source of a site appears."""
    return {
        source: read.page(source, made).meta.permalink
        for source in read.sources(made).pages
        if made.jekyll and made.jekyll.written(source)
    }


def test_a_configuration_makes_the_folder_itself_the_source(site: Site) -> None:
    made = site({"_config.yml": "title: T", "about.md": "---\n---\nHi", "notebooks/a.md": "# A"})
    assert made.source == made.root
    assert made.jekyll is not None
    assert made.title == "T"


@pytest.mark.parametrize("files", [{"_toc.yml": "format: jb-book", "_config.yml": "title: T"},
                                   {"_config.yml": "title: T\nsphinx: {}\n"}])  # fmt: skip
def test_the_configuration_of_a_jupyter_book_makes_no_jekyll_site(
    site: Site, files: dict[str, str]
) -> None:
    assert site({**files, "notebooks/a.md": "# A"}).jekyll is None


def test_folders_named_as_in_jekyll_make_no_jekyll_site(site: Site) -> None:
    made = site(
        {"notebooks/_pages/a.md": "Hidden", "_posts/2026-01-31-b.md": "", "notebooks/c.md": ""}
    )
    assert made.jekyll is None
    assert read.sources(made).pages == ("c.md",)


def test_settings_come_from_both_files_ours_first(site: Site) -> None:
    made = site(
        {
            "publisher.toml": "title = 'Ours'",
            "_config.yml": "title: Theirs\ndescription: |\n  Two\n  lines\nurl: https://e.org/\n"
            "baseurl: me/\nlang: pt_BR\nauthor: {name: Ada}\nheader_pages: [b.md, a.md]",
        }
    )
    assert made.title == "Ours"
    assert made.settings.description == "Two lines"
    assert made.settings.url == "https://e.org/me"
    assert made.settings.language == "pt-BR"
    assert made.settings.author.name == "Ada"
    assert made.settings.navigation == ("b.md", "a.md")


def test_the_profile_is_completed_key_by_key(site: Site) -> None:
    made = site(
        {
            "publisher.toml": "[author]\npronouns = 'she/her'\nname = 'Ada L'",
            "_config.yml": "title: blank\nauthor: {name: Ada, bio: Reckons, github: ada}",
        }
    )
    author = made.settings.author
    assert (author.name, author.pronouns, author.tagline) == ("Ada L", "she/her", "Reckons")
    assert len(author.links) == 1
    assert made.title == "Ada"


@pytest.mark.parametrize(
    ("files", "links"),
    [
        ({"_data/navigation.yml": "main:\n- {title: Home, url: /}\n- {url: /about.html}\n- x"},
         ["Home", "About"]),
        ({"b.md": "---\nnav: true\nnav_order: 2\ntitle: B\n---\n",
          "c.md": "---\nnav: true\nnav_order: 1\ntitle: C\n---\n"}, ["C", "B"]),
        ({"404.html": "---\npermalink: /404.html\ntitle: None\n---\n"}, ["About"]),
    ],
)  # fmt: skip
def test_the_links_at_the_top_are_those_of_the_theme(
    site: Site, files: dict[str, str], links: list[str]
) -> None:
    made = published(jekyll(site, "", **{"about.md": "---\n---\nHi", **files}), jobs=1)
    shown = made["about.html"].decode().partition('<nav aria-label="Site">')[2]
    assert re.findall(r">([^<>\n]+)</a>", shown.partition("</nav>")[0]) == links


@pytest.mark.parametrize("url", ["", "http://localhost:4000", "not an address", "'{{ x }}'"])
def test_an_address_that_leads_nowhere_is_none(site: Site, url: str) -> None:
    assert jekyll(site, f"url: {url}").settings.url == ""


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        (b"a: 1\nb: c: d", 2, "the configuration is not valid YAML"),
        (b"- a\n- b", 1, "the configuration is not a list of keys"),
        (b"a: 1\nb: \xe9", 2, "the file is not UTF-8"),
        (b"a: &a [*a]", 1, "the configuration is not valid YAML"),
    ],
)
def test_a_broken_configuration_is_named_with_its_line(
    tmp_path: Path, text: bytes, line: int, message: str
) -> None:
    (tmp_path / "_config.yml").write_bytes(text)
    with pytest.raises(ConfigError) as caught:
        config.load(tmp_path)
    assert (caught.value.path, caught.value.line) == ("_config.yml", line)
    assert caught.value.message.startswith(message)


def test_values_of_a_wrong_type_are_named_and_left_out(site: Site) -> None:
    made = jekyll(
        site,
        "title: [a]\nurl: {}\nbaseurl: [x]\npermalink: {a: 1}\ntimezone: [x]\nexclude: x\n"
        "include: {}\ndefaults: {}\ncollections: 3\nkramdown: [1]\nauthor: [1]\n",
        **{"about.md": "---\n---\nHi"},
    )
    assert addresses(made) == {"about.md": "/about.html"}
    assert made.jekyll is not None
    named = [(p.path, p.line, p.message.split(":")[0]) for p in made.jekyll.problems]
    assert named[:3] == [("_config.yml", 1, "`title`"), ("_config.yml", 2, "`url`"),
                         ("_config.yml", 3, "`baseurl`")]  # fmt: skip
    assert len(named) == 9


# Which files are pages


def test_files_are_found_as_jekyll_finds_them(site: Site) -> None:
    made = jekyll(
        site,
        "exclude: [private, '*.log']\ninclude: [.well-known, _extra]\n"
        "collections: {talks: {output: true}, notes: {}}",
        **{
            "about.md": "---\n---\n",
            "plain.md": "no front matter",
            "README.md": "for GitHub",
            "page.html": "---\n---\n<p>",
            "static.html": "<p>",
            "feed.xml": "---\n---\n<feed>",
            "style.scss": "---\n---\na {}",
            "notes.txt": "text",
            "run.log": "",
            "Gemfile": "",
            "private/a.md": "---\n---\n",
            "node_modules/a.md": "---\n---\n",
            "_site/index.html": "",
            "_includes/a.html": "",
            "_layouts/page.html": "",
            "_extra/b.md": "---\n---\n",
            "_pages/c.md": "---\n---\n",
            "_talks/d.md": "---\n---\n",
            "_talks/slides.pdf": "",
            "_notes/e.md": "---\n---\n",
            "_notes/f.png": "",
            "_posts/2026-01-01-g.md": "no front matter",
            "_posts/no-date.md": "---\n---\n",
            "news/_posts/2026-01-02-h.md": "---\n---\n",
            "_drafts/i.md": "---\n---\n",
            ".well-known/security.txt": "",
            ".env": "SECRET",
            "_secret.md": "---\n---\n",
            "backup.md~": "",
            "analysis.ipynb": '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}',
            "script.py": "# %%\n1",
        },
    )
    found = read.sources(made)
    assert found.pages == (
        "_drafts/i.md", "_extra/b.md", "_notes/e.md", "_pages/c.md", "_posts/2026-01-01-g.md",
        "_talks/d.md", "about.md", "analysis.ipynb", "feed.xml", "news/_posts/2026-01-02-h.md",
        "page.html", "plain.md",
    )  # fmt: skip
    assert found.files == (
        (".well-known/security.txt", ".well-known/security.txt"),
        ("README.md", "README.md"),
        ("_talks/slides.pdf", "talks/slides.pdf"),
        ("analysis.ipynb", "analysis.ipynb"),
        ("notes.txt", "notes.txt"),
        ("plain.md", "plain.md"),
        ("script.py", "script.py"),
        ("static.html", "static.html"),
    )
    assert [p.path for p in found.problems] == ["_layouts", "style.scss"]
    assert found.problems[1].message == (
        "style sheets and scripts that must be compiled are left out"
    )


def test_what_the_defaults_hold_back_is_not_copied_either(site: Site) -> None:
    made = jekyll(
        site,
        "defaults: [{scope: {path: private}, values: {published: false}}]",
        **{"index.md": "---\n---\n", "private/plain.md": "x", "private/a.txt": "x", "b.txt": "x"},
    )
    assert read.sources(made).files == (("b.txt", "b.txt"),)


def test_folders_that_link_to_each_other_are_walked_once(site: Site) -> None:
    made = jekyll(site, "", **{"a/a.txt": "", "b/b.txt": ""})
    for name in ("one", "two"):
        (made.root / "a" / name).symlink_to("../b")
        (made.root / "b" / name).symlink_to("../a")
    assert [source for source, _ in read.sources(made).files] == [
        "a/a.txt", "a/one/b.txt", "a/two/b.txt", "b/b.txt", "b/one/a.txt", "b/two/a.txt",
    ]  # fmt: skip


def test_what_has_no_place_here_is_said(site: Site) -> None:
    made = jekyll(
        site,
        "title: T\nremote_theme: a/b\nplugins: [jekyll-feed, jekyll-redirect-from, scholar]\n",
        **{"about.md": "Hi", "_layouts/page.html": "", "_plugins/x.rb": ""},
    )
    assert [(p.path, p.line, p.message) for p in read.sources(made).problems] == [
        (
            "_config.yml",
            2,
            "the theme a/b and the layouts in _layouts are left out: pages are drawn by the "
            "layouts of our theme",
        ),
        ("_config.yml", 3, "plugins are left out: scholar, _plugins/x.rb"),
    ]
    assert read.sources(jekyll(site, "", **{"about.md": "Hi"})).problems == ()


def test_links_out_of_the_site_are_not_copied(site: Site, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder/a.md").write_text("---\n---\n")
    made = jekyll(site, "", **{"index.md": "---\n---\n"})
    (made.root / "out.txt").symlink_to(tmp_path / "secret.txt")
    (made.root / "folder").symlink_to(tmp_path / "folder")
    found = read.sources(made)
    assert (found.pages, found.files) == (("index.md",), ())


def test_a_folder_that_cannot_be_read_is_said(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    made = jekyll(site, "", **{"index.md": "---\n---\n", "closed/a.md": "---\n---\n"})
    listed = os.scandir

    def scandir(path: str) -> object:
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied", path)
        return listed(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(ConfigError, match="closed cannot be read: Permission denied"):
        read.sources(made)


# Where pages appear


@pytest.mark.parametrize(
    ("style", "post", "page"),
    [
        ("", "/a-b/2026/01/31/the-title.html", "/docs/page.html"),
        ("permalink: date", "/a-b/2026/01/31/the-title.html", "/docs/page.html"),
        ("permalink: pretty", "/a-b/2026/01/31/the-title/", "/docs/page/"),
        ("permalink: none", "/a-b/the-title.html", "/docs/page.html"),
        ("permalink: ordinal", "/a-b/2026/031/the-title.html", "/docs/page.html"),
        ("permalink: weekdate", "/a-b/2026/W05/Sat/the-title.html", "/docs/page"),
        ("permalink: /:title/", "/the-title/", "/docs/page/"),
        ("permalink: /:title", "/the-title", "/docs/page"),
        ("permalink: /b/:short_year/:i_month/:slug:output_ext", "/b/26/1/the-title.html",
         "/docs/page.html"),
        ("permalink: /:categories/:short_month/:title-x", "/a-b/Jan/the-title-x", "/docs/page"),
    ],
)  # fmt: skip
def test_permalink_styles(site: Site, style: str, post: str, page: str) -> None:
    made = jekyll(
        site,
        style,
        **{
            "_posts/2026-01-31-the-title.md": "---\ncategories: [A-b]\n---\n",
            "docs/page.md": "---\n---\n",
            "docs/index.md": "---\n---\n",
        },
    )
    assert addresses(made) == {
        "_posts/2026-01-31-the-title.md": post,
        "docs/page.md": page,
        "docs/index.md": "/docs/",
    }


@pytest.mark.parametrize(
    ("permalink", "url"),
    [
        ("/about/", "about/"),
        ("/about", "about.html"),
        ("/about.html", "about.html"),
        ("about/me/", "about/me/"),
        ("/../../etc/", "etc/"),
        ("/", ""),
    ],
)
def test_a_page_may_say_where_it_appears(site: Site, permalink: str, url: str) -> None:
    from publisher.outline import Outline

    made = jekyll(site, "", **{"x.md": f"---\npermalink: {permalink}\n---\n"})
    outline = Outline.of([read.page("x.md", made)], "T")
    assert outline.by_source["x.md"].url == url


def test_collections_appear_under_their_names(site: Site) -> None:
    made = jekyll(
        site,
        "collections_dir: all\ncollections:\n  talks: {output: true}\n  notes: {output: false}\n"
        "  recipes: {output: true, permalink: '/eat/:title:output_ext'}\n",
        **{
            "all/_talks/deep/My Talk.md": "---\n---\n",
            "all/_notes/a.md": "---\n---\n",
            "all/_recipes/Hot Soup.md": "---\n---\n",
            "all/_posts/2026-01-01-p.md": "",
            "_posts/2026-01-01-elsewhere.md": "",
        },
    )
    assert addresses(made) == {
        "all/_posts/2026-01-01-p.md": "/2026/01/01/p.html",
        "all/_recipes/Hot Soup.md": "/eat/Hot-Soup.html",
        "all/_talks/deep/My Talk.md": "/talks/deep/My Talk.html",
    }


def test_folders_above_posts_are_categories(site: Site) -> None:
    made = jekyll(
        site, "", **{"news/Old/_posts/sub/2026-01-01-a.md": "---\ncategories: x Y\n---\n"}
    )
    page = read.page("news/Old/_posts/sub/2026-01-01-a.md", made)
    assert page.meta.categories == ("news", "Old", "x", "Y")
    assert page.meta.permalink == "/news/old/x/y/2026/01/01/a.html"


# What a page is


def test_a_post_is_named_and_dated_by_its_file(site: Site) -> None:
    made = jekyll(site, "timezone: America/New_York", **{"_posts/2026-1-5-hello-WORLD.md": "Hi"})
    page = read.page("_posts/2026-1-5-hello-WORLD.md", made)
    assert (page.title, page.meta.date) == ("Hello World", datetime.date(2026, 1, 5))
    assert page.meta.permalink == "/2026/01/05/hello-WORLD.html"
    assert page.front["slug"] == "hello-WORLD"
    assert str(page.front["date"]) == "2026-01-05 00:00:00-05:00"


@pytest.mark.parametrize(
    ("date", "day"),
    [
        ("2025-03-04", 4),
        ("2025-03-04 02:00:00", 3),  # YAML: no zone is UTC
        ("2025-03-04 02:00:00 -0500", 4),
        ("'4 March 2025'", 4),
        ("March 2025", 1),  # never the day of the build
        ("2025-3-4", 4),
    ],
)
def test_the_front_matter_dates_a_post_first(site: Site, date: str, day: int) -> None:
    made = jekyll(
        site, "timezone: America/New_York", **{"_posts/2020-01-01-a.md": f"---\ndate: {date}\n---"}
    )
    assert read.page("_posts/2020-01-01-a.md", made).meta.date == datetime.date(2025, 3, day)


def test_a_date_that_is_none_is_said(site: Site) -> None:
    made = jekyll(site, "", **{"_posts/2020-01-01-a.md": "---\ntitle: x\ndate: soon\n---"})
    page = read.page("_posts/2020-01-01-a.md", made)
    assert page.meta.date == datetime.date(2020, 1, 1)
    assert [(p.line, p.message) for p in page.problems] == [(3, "`date`: 'soon' is no date")]


def test_a_page_of_the_future_waits(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")  # 2026-01-01
    files = {"_posts/2026-01-02-a.md": "Hi", "_posts/2025-12-31-b.md": "Hi"}
    made = jekyll(site, "", **files)
    assert read.page("_posts/2026-01-02-a.md", made).meta.draft
    assert not read.page("_posts/2025-12-31-b.md", made).meta.draft
    assert not read.page("_posts/2026-01-02-a.md", jekyll(site, "future: true", **files)).meta.draft


def test_drafts_and_unpublished_pages_are_drafts(site: Site) -> None:
    made = jekyll(site, "", **{"_drafts/a.md": "Hi", "b.md": "---\npublished: false\n---\n"})
    assert read.page("_drafts/a.md", made).meta.draft
    assert read.page("b.md", made).meta.draft


def test_defaults_fit_by_scope_the_nearest_first(site: Site) -> None:
    made = jekyll(
        site,
        """
defaults:
  - scope: {path: "", type: posts}
    values: {layout: post, author: A, nested: {a: 1, b: 1}}
  - scope: {path: ""}
    values: {layout: all, image: i.png, nested: {b: 2}}
  - scope: {path: docs}
    values: {layout: docs}
  - scope: {path: "docs/*/deep.md"}
    values: {layout: deep}
  - values: {toc: true}
  - nonsense
""",
        **{
            "_posts/2026-01-01-a.md": "Hi",
            "x.md": "---\nlayout: own\nimage:\n---\n",
            "docs/y.md": "---\n---\n",
            "docs/z/deep.md": "---\n---\n",
        },
    )
    found = {source: read.page(source, made) for source in read.sources(made).pages}
    post = found["_posts/2026-01-01-a.md"]
    assert (post.meta.layout, post.meta.author, post.front["nested"]) == (
        "post",
        "A",
        {"a": 1, "b": 1},
    )
    assert (found["x.md"].meta.layout, found["x.md"].meta.image) == ("own", "i.png")
    assert found["docs/y.md"].meta.layout == "docs"
    assert found["docs/z/deep.md"].meta.layout == "deep"
    assert all(page.meta.toc for page in found.values())


@pytest.mark.parametrize(
    ("text", "title", "shown"),
    [
        ("---\ntitle: Given\n---\n# Other\n", "Given", False),
        ("---\ntitle: Given\n---\n# Given\n", "Given", True),
        ("---\n---\n# Top\n\ntext", "Top", True),
        ("---\n---\n## Second\n\ntext", "Second", True),
        ("---\n---\nSet\n===\ntext", "Set", True),
        ("---\n---\ntext first\n\n# Later", "text first", True),
        ("---\n---\nA whole sentence.\n\n# Later", "My page", False),
        ("\n\nA Lone Line\n\nThen text.", "A Lone Line", True),
        ("A lone line that is far too long to be the title of any page that we wrote, or one\n\nx",
         "My page", False),
        ("First line\nof a paragraph\n\nx", "My page", False),
        ("- a list\n\nx", "My page", False),
        ("---\n---\n# {{ page.x }}\n\nx", "My page", False),
        ("---\n---\n", "My page", False),
    ],
)  # fmt: skip
def test_titles(site: Site, text: str, title: str, shown: bool) -> None:
    page = read.page("my-page.md", jekyll(site, "", **{"my-page.md": text}))
    assert (page.title, page.titled_by_heading) == (title, shown)


def test_notebooks_stay_notebooks(site: Site) -> None:
    made = jekyll(site, "", **{"a.md": "---\njupyter: {}\n---\n# A\n\n```python\n1\n```\n"})
    page = read.page("a.md", made)
    assert (page.kind, page.dialect, page.meta.permalink) == ("notebook", "notebook", "/a.html")


@pytest.mark.parametrize(
    ("text", "dialect"),
    [
        ("Text", "myst"),
        ("---\nlayout: page\n---\nText", "myst"),
        ("---\ndialect: kramdown\n---\nText", "kramdown"),
        ("---\ndialect: myst\n---\n{% if site.x %}", "myst"),
        ("{{ site.title }}", "kramdown"),
        ("{% include x.html %}", "kramdown"),
        ("[a](b){: .button}", "kramdown"),
        ("* TOC\n{:toc}", "kramdown"),
        ("```\n{{ site.title }}\n```\n", "myst"),
        ("Write `{% if %}` and `{:toc}`.", "myst"),
        ("$a_{:n}$ and {{ x }}", "myst"),
        ("A template:\n\n    {% if x %}\n", "myst"),
        ("```{note}\nHi\n```\n{% include x %} is Liquid", "myst"),
        ("(label)=\n## A\n{{ site.title }}", "myst"),
    ],
)
def test_elsewhere_a_page_is_jekylls_by_its_marks(site: Site, text: str, dialect: str) -> None:
    assert read.page("a.md", site({"notebooks/a.md": text})).dialect == dialect


@pytest.mark.parametrize(
    ("text", "mode", "slug"),
    [
        ("The _config.yml file", "default", "the-config-yml-file"),
        ("The _config.yml file", "pretty", "the-_config.yml-file"),
        ("The _cönfig.yml file", "ascii", "the-c-nfig-yml-file"),
        ("The cönfig.yml file", "latin", "the-config-yml-file"),
        ("The  file", "raw", "the-file"),
        ("The File", "none", "the file"),
        ("你好 world", "default", "你好-world"),
        ("", "default", ""),
    ],
)
def test_slugs(text: str, mode: str, slug: str) -> None:
    assert slugify(text, mode) == slug


# Whole sites


def published(made: Config, jobs: int) -> dict[str, bytes]:
    """The files of a site, by their paths."""
    return {file.path: file.read() for file in build(made, Options(jobs=jobs)).files}


def test_a_site_is_the_same_anywhere_and_its_links_are_relative(tmp_path: Path) -> None:
    case = Path(__file__).parent / "cases/jekyll"
    for name in ("one", "another"):
        shutil.copytree(case, tmp_path / name, ignore=shutil.ignore_patterns("expected"))
    first = published(config.load(tmp_path / "one"), jobs=1)
    assert published(config.load(tmp_path / "another"), jobs=2) == first
    followed = 0
    for path, content in first.items():
        if not path.endswith(".html") or path == "404.html":
            continue
        for address in re.findall(r'\s(?:href|src)="([^"#]+)', content.decode()):
            if re.match(r"https?:|mailto:", address) or address == "/assets/images/none.png":
                continue
            target = posixpath.normpath(posixpath.join(posixpath.dirname(path), address))
            target = target + "/index.html" if address.endswith("/") else target
            assert posixpath.normpath(target) in first, (path, address)
            followed += 1
    assert followed > 50


def test_nothing_hidden_is_published(site: Site) -> None:
    secret = "s3cret"
    made = jekyll(
        site,
        f"title: T\napi-key: {secret}\nauthor: {{name: A, note: {secret}}}",
        **{
            "index.md": "---\n---\n[a](_data/keys.yml) [b](draft.md) [c](.env) ![d](_drafts/x.png)"
            " [e](_drafts/wip.md) {{ site.data.keys | size }} [f](/_config.yml)",
            "_data/keys.yml": f"- {secret}",
            "_drafts/wip.md": secret,
            "_drafts/x.png": secret,
            "_includes/note.html": secret,
            "_posts/2999-01-01-later.md": secret,
            "draft.md": f"---\npublished: false\n---\n{secret}",
            ".env": secret,
        },
    )
    files = published(made, jobs=1)
    assert "index.html" in files
    assert [path for path, content in files.items() if secret.encode() in content] == []


def test_a_notebook_that_is_a_draft_is_not_copied(site: Site) -> None:
    cell = {"cell_type": "raw", "metadata": {}, "source": "---\npublished: false\n---"}
    notebook = json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4})
    shown = notebook.replace("false", "true")
    text = "---\njupyter: {kernelspec: {name: python3}}\npublished: false\n---\n"
    made = jekyll(
        site,
        "",
        **{"index.md": "", "a.ipynb": notebook, "b.md": text, "b.ipynb": shown, "c.ipynb": shown},
    )
    files = published(made, jobs=1)
    assert {path for path in files if path.endswith(".ipynb")} == {"c.ipynb"}


def test_pages_with_one_address_leave_it_to_the_last(site: Site) -> None:
    made = jekyll(
        site,
        "permalink: /:title/",
        **{"_posts/2025-01-01-a.md": "old", "_posts/2026-01-01-a.md": "new {{ site.posts.size }}"},
    )
    found = build(made, Options(jobs=1))
    assert b"new 2" in next(f for f in found.files if f.path == "a/index.html").read()
    assert [(p.path, p.message) for p in found.report.warnings] == [
        (
            "_posts/2025-01-01-a.md",
            "_posts/2026-01-01-a.md has the same address, so this page is left out",
        )
    ]


def test_a_page_that_only_shows_liquid_is_published(site: Site) -> None:
    made = site(
        {"notebooks/a.md": "Jinja has {% if %} and {% include %} too.", "notebooks/b.md": ""}
    )
    found = build(made, Options(jobs=1))
    assert found.complete
    (warning,) = found.report.all_warnings
    assert warning.hint == "say `dialect: myst` in its front matter if it only shows Liquid"
    assert b"{% if %}" in next(f for f in found.files if f.path == "a/index.html").read()


def test_a_folder_named_as_the_base_is_found(site: Site) -> None:
    made = jekyll(
        site,
        "baseurl: /blog",
        **{
            "index.md": "---\n---\n[a]({% link blog/index.md %}) [b](/blog/blog/) [c](/blog/) "
            "[d]({{ site.baseurl }}{% link about.md %})",
            "blog/index.md": "---\n---\nBlog",
            "about.md": "---\n---\nAbout",
            "publisher.toml": "",
            "templates/default/static/custom.css": "",
        },
    )
    files = published(made, jobs=1)
    links = re.findall(r'<a href="([^"]*)">[a-d]</a>', files["index.html"].decode())
    assert links == ["blog/", "blog/", "./", "about.html"]
    assert not [path for path in files if "publisher.toml" in path or "templates" in path]


def test_a_page_may_lead_away_and_a_document_stands_alone(site: Site) -> None:
    made = jekyll(
        site,
        "",
        **{
            "away.md": "---\nredirect_to: https://example.org/x\n---\n",
            "moved.md": "---\nredirect_to: /new.html\n---\n",
            "new.md": "---\n---\nNew",
            "whole.html": "---\n---\n<!doctype html><html><body><a href='/new.html'>n</a>",
            "bare.html": "---\nlayout: null\n---\n<p>{{ page.url }}</p>",
        },
    )
    files = published(made, jobs=1)
    assert b'href="https://example.org/x"' in files["away.html"]
    assert b'href="new.html"' in files["moved.html"]
    assert files["whole.html"].startswith(b'<!doctype html><html><body><a href="new.html">')
    assert files["bare.html"].strip() == b"<p>/bare.html</p>"
