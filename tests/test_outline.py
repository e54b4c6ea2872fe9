"""The site's map: addresses, order, and what is found under which name. Pages are made by hand."""

from __future__ import annotations

import datetime

import pytest

from publisher.errors import SourceError
from publisher.model import Head, Metadata
from publisher.outline import Outline, permalink_url, relative

PLAIN = Metadata()


def page(source: str, meta: Metadata = PLAIN) -> Head:
    return Head(
        source=source,
        digest="",
        kind="prose",
        dialect="myst",
        meta=meta,
        title=source,
        titled_by_heading=False,
    )


def outline(*pages: Head | str) -> Outline:
    return Outline.of([page(p) if isinstance(p, str) else p for p in pages], "The site")


def dated(source: str, day: int, order: float | None = None) -> Head:
    return page(source, Metadata(date=datetime.date(2026, 1, day), order=order))


@pytest.mark.parametrize(
    ("source", "file"),
    [
        ("about.md", "about/index.html"),
        ("posts/a.md", "posts/a/index.html"),
        ("posts/a.ipynb", "posts/a/index.html"),
        ("a.b.md", "a.b/index.html"),
        ("index.md", "index.html"),
        ("README.md", "index.html"),
        ("guide/index.ipynb", "guide/index.html"),
        ("guide/README.md", "guide/index.html"),
        ("404.md", "404/index.html"),
    ],
)
def test_a_source_becomes_a_folder_with_an_index(source: str, file: str) -> None:
    assert outline(source).by_source[source].file == file


def test_a_readme_beside_an_index_is_a_page_of_its_own() -> None:
    made = outline("guide/index.md", "guide/README.md", "README.md")
    assert made.by_source["guide/index.md"].url == "guide/"
    assert made.by_source["guide/README.md"].url == "guide/README/"
    assert made.by_source["README.md"].url == ""


@pytest.mark.parametrize(
    ("permalink", "file"),
    [
        ("/about", "about.html"),
        ("/about/", "about/index.html"),
        ("about", "about.html"),
        ("/about.html", "about.html"),
        ("/about.htm", "about.htm"),
        ("/a/b/", "a/b/index.html"),
        ("/a/index.html", "a/index.html"),
        ("/v1.2/", "v1.2/index.html"),
        ("/v1.2", "v1.2.html"),
        ("/", "index.html"),
        ("/index.html", "index.html"),
        ("", "index.html"),
        ("/../../up", "up.html"),
        ("a/../../b/", "b/index.html"),
        ("//elsewhere.org/", "elsewhere.org/index.html"),
        ("/./a//b/", "a/b/index.html"),
    ],
)
def test_permalinks_are_read_as_jekyll_reads_them(permalink: str, file: str) -> None:
    entry = outline(page("x.md", Metadata(permalink=permalink))).by_source["x.md"]
    assert entry.file == file
    assert permalink_url(permalink) == entry.url


def test_two_pages_with_one_address_are_an_error_that_names_both() -> None:
    with pytest.raises(SourceError, match=r"a\.md and a/index\.md .* /a/") as caught:
        outline("a.md", "a/index.md")
    assert caught.value.hint is not None


def test_an_address_with_and_without_index_html_is_the_same() -> None:
    with pytest.raises(SourceError, match=r"a\.md and b\.md"):
        outline("a.md", page("b.md", Metadata(permalink="/a/index.html")))


def test_a_page_and_a_folder_cannot_have_the_same_name() -> None:
    with pytest.raises(SourceError, match=r"a\.md and b\.md .* /x\.html "):
        outline(
            page("a.md", Metadata(permalink="/x.html")),
            page("b.md", Metadata(permalink="/x.html/")),
        )


def test_without_a_page_at_the_root_a_home_page_is_made() -> None:
    made = outline("a.md", "b/index.md")
    assert made.home.source is None
    assert made.home.title == "The site"
    assert made.home.meta.layout == "listing"
    assert [e.url for e in made.listed_under(made.home)] == ["a/", "b/"]


def test_a_page_with_the_root_permalink_is_the_home_page() -> None:
    made = outline(page("about.md", Metadata(permalink="/")), "a.md")
    assert made.home.source == "about.md"
    assert len(made.entries) == 2


def test_a_home_page_stays_if_its_source_fails() -> None:
    made = outline("index.md", "a.md").without({"index.md"})
    assert made.home.source is None
    assert made.home.title == "index.md"
    assert [e.source for e in made.entries] == [None, "a.md"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("posts/a.md", "posts/a.md"),
        ("posts/a", "posts/a.md"),
        ("posts/a/", "posts/a.md"),
        ("posts/a/index.html", "posts/a.md"),
        ("posts/a.ipynb", "posts/a.md"),
        ("./posts/a/", "posts/a.md"),
        ("about", "about.md"),
        ("about.html", "about.md"),
        ("about/", "about.md"),
        ("", "index.md"),
        (".", "index.md"),
        ("index.html", "index.md"),
        ("guide", "guide/index.md"),
        ("posts/b.md", None),
        ("posts", None),
        ("other.ipynb", None),
    ],
)
def test_a_page_is_found_by_source_and_by_any_spelling_of_its_address(
    path: str, source: str | None
) -> None:
    made = outline(
        "posts/a.md",
        "index.md",
        "guide/index.md",
        page("about.md", Metadata(permalink="/about")),
    )
    found = made.find(path)
    assert (found.source if found else None) == source


def test_pages_are_in_the_order_they_ask_for_then_by_address() -> None:
    made = outline(
        "g/z.md",
        "g/a.md",
        page("g/second.md", Metadata(order=2)),
        page("g/first.md", Metadata(order=-1)),
        page("g/zero.md", Metadata(order=0)),
    )
    assert [e.url for e in made.entries if e.source] == [
        "g/first/",
        "g/zero/",
        "g/second/",
        "g/a/",
        "g/z/",
    ]


def test_a_listing_shows_dated_pages_latest_first_then_the_others() -> None:
    made = outline("p/index.md", dated("p/old.md", 1), dated("p/new.md", 9), "p/undated.md", "q.md")
    listed = made.listed_under(made.by_source["p/index.md"])
    assert [e.source for e in listed] == ["p/new.md", "p/old.md", "p/undated.md"]


def test_a_listing_of_ordered_pages_keeps_their_order() -> None:
    made = outline("p/index.md", dated("p/b.md", 1, order=1), dated("p/a.md", 9, order=2))
    listed = made.listed_under(made.by_source["p/index.md"])
    assert [e.source for e in listed] == ["p/b.md", "p/a.md"]


def test_siblings_are_the_chapters_of_a_folder_index_first() -> None:
    made = outline(page("g/a.md", Metadata(order=1)), "g/index.md", "g/deep/x.md", "top.md")
    siblings = made.siblings(made.by_source["g/a.md"])
    assert [e.source for e in siblings] == ["g/index.md", "g/a.md"]
    assert made.siblings(made.by_source["top.md"]) == ()
    assert made.siblings(made.home) == ()


def test_posts_have_no_siblings_unless_they_are_ordered() -> None:
    posts = outline(dated("p/a.md", 1), dated("p/b.md", 2))
    assert posts.siblings(posts.by_source["p/a.md"]) == ()
    course = outline(dated("p/a.md", 2, order=1), dated("p/b.md", 1, order=2))
    assert len(course.siblings(course.by_source["p/a.md"])) == 2


def test_the_index_pages_above_a_page_start_at_home() -> None:
    made = outline("index.md", "a/index.md", "a/b/c.md")
    above = made.above(made.by_source["a/b/c.md"])
    assert [e.source for e in above] == ["index.md", "a/index.md"]
    assert made.above(made.home) == ()


@pytest.mark.parametrize(
    ("target", "start", "address"),
    [
        ("posts/b/", "posts/a/", "../b/"),
        ("posts/a/", "posts/a/", "./"),
        ("", "about.html", "./"),
        ("", "", "./"),
        ("", "a/b/", "../../"),
        ("about.html", "a/b/", "../../about.html"),
        ("static/x.css", "", "static/x.css"),
        ("a/", "a/b/c/", "../../"),
    ],
)
def test_addresses_are_relative_to_the_page(target: str, start: str, address: str) -> None:
    assert relative(target, start) == address
