"""The profile in a Jekyll site's configuration and data, as each of the usual themes keeps it."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from publisher.config import Author
from publisher.config.profile import from_jekyll

MARY = "Mary Somerville"


@pytest.mark.parametrize(
    ("config", "data", "expected"),
    [
        pytest.param({}, {}, Author(), id="nothing"),
        pytest.param({"author": MARY}, {}, Author(name=MARY), id="a name"),
        pytest.param(
            {
                "author": {
                    "name": MARY,
                    "avatar": "/assets/images/mary.jpg",
                    "bio": "I am an **amazing** [person](https://example.org).",
                    "location": "Naples",
                    "email": "mary@example.org",
                    "links": [
                        {
                            "label": "Email",
                            "icon": "fas fa-envelope",
                            "url": "mailto:m@example.org",
                        },
                        {"label": "Website", "url": "https://mary.example.org"},
                        {
                            "label": "Twitter",
                            "icon": "fab fa-twitter",
                            "url": "https://twitter.com/",
                        },
                        {"label": "GitHub", "url": "https://github.com/mary"},
                        {"label": "My books", "url": "/books/"},
                    ],
                }
            },
            {},
            Author(
                name=MARY,
                tagline="I am an amazing person.",
                photo="/assets/images/mary.jpg",
                email="mary@example.org",
                location="Naples",
                links={
                    "website": "https://mary.example.org",
                    "github": "https://github.com/mary",
                    "My books": "/books/",
                },
            ),
            id="minimal-mistakes",
        ),
        pytest.param(
            {
                "name": "Site",
                "author": {
                    "name": MARY,
                    "avatar": "profile.png",
                    "pronouns": "she/her",
                    "bio": "Astronomer",
                    "employer": "RAS",
                    "uri": None,
                    "googlescholar": "https://scholar.google.com/citations?user=PS_CX0AAAAAJ",
                    "orcid": "https://orcid.org/0000-0002-1825-0097",
                    "github": "mary",
                    "linkedin": "",
                    "stackoverflow": "12/mary",
                },
                "twitter": {"username": None},
                "facebook": {"username": None, "app_id": None},
                "social": {"type": None, "name": None, "links": None},
            },
            {},
            Author(
                name=MARY,
                pronouns="she/her",
                tagline="Astronomer",
                photo="images/profile.png",
                affiliation="RAS",
                links={
                    "scholar": "https://scholar.google.com/citations?user=PS_CX0AAAAAJ",
                    "orcid": "https://orcid.org/0000-0002-1825-0097",
                    "github": "mary",
                    "stackoverflow": "12/mary",
                },
            ),
            id="academicpages",
        ),
        pytest.param(
            {
                "title": "blank",
                "first_name": "Mary",
                "middle_name": None,
                "last_name": "Somerville",
                "email": "mary@example.org",
                "rss_icon": True,
                "url": "https://example.org",
                "github_username": "mary",
                "scholar_userid": "abc",
                "research_gate_profile": "Mary_S",
                "mastodon_username": "example.social/@mary",
                "google_analytics": "G-1",
                "scholar": {"last_name": "Somerville"},
            },
            {},
            Author(
                name=MARY,
                email="mary@example.org",
                links={
                    "github": "mary",
                    "scholar": "abc",
                    "researchgate": "Mary_S",
                    "mastodon": "example.social/@mary",
                },
            ),
            id="al-folio",
        ),
        pytest.param(
            {"first_name": "Mary", "last_name": "Somerville"},
            {
                "socials": {
                    "email": "mary@example.org",
                    "orcid_id": "0000-0002-1825-0097",
                    "cv_pdf": "/assets/pdf/cv.pdf",
                    "work_url": "https://work.example.org",
                    "academia_edu": {"organization": "ras", "username": "mary"},
                    "rss_icon": True,
                    "custom_social": {
                        "logo": "x.png",
                        "title": "Tree",
                        "url": "https://t.example.org",
                    },
                }
            },
            Author(
                name=MARY,
                email="mary@example.org",
                links={
                    "orcid": "0000-0002-1825-0097",
                    "cv": "/assets/pdf/cv.pdf",
                    "Work": "https://work.example.org",
                    "Tree": "https://t.example.org",
                },
            ),
            id="al-folio with data",
        ),
        pytest.param(
            {
                "theme": "minima",
                "author": {"name": MARY, "email": "mary@example.org"},
                "email": "other@example.org",
                "minima": {
                    "social_links": [
                        {"title": "My code", "icon": "github", "url": "https://github.com/mary"},
                        {"icon": "x", "url": "https://x.com/mary"},
                    ],
                    "mastodon": [{"username": "mary", "instance": "example.social"}],
                },
                "twitter_username": "mary",
                "github_username": "mary",
            },
            {},
            Author(
                name=MARY,
                email="mary@example.org",
                links={
                    "My code": "https://github.com/mary",
                    "x": "https://x.com/mary",
                    "twitter": "mary",
                    "mastodon": "mary@example.social",
                },
            ),
            id="minima",
        ),
        pytest.param(
            {
                "name": MARY,
                "bio": "A person",
                "description": "A blog",
                "external-image": False,
                "picture": "assets/images/mary.jpg",
                "github": "https://github.com/mary",
                "linkedin": "mary",
                "email": "mary@example.org",
            },
            {},
            Author(
                name=MARY,
                tagline="A person",
                photo="assets/images/mary.jpg",
                email="mary@example.org",
                links={"github": "https://github.com/mary", "linkedin": "mary"},
            ),
            id="indigo",
        ),
        pytest.param(
            {
                "author": {"name": MARY},
                "social-network-links": {
                    "rss": True,
                    "email": "mary@example.org",
                    "github": "mary",
                },
            },
            {},
            Author(name=MARY, email="mary@example.org", links={"github": "mary"}),
            id="beautiful-jekyll",
        ),
        pytest.param(
            {
                "social": {
                    "name": MARY,
                    "email": "mary@example.org",
                    "links": ["https://twitter.com/mary", "https://example.org/mary"],
                },
                "avatar": "https://example.org/mary.jpg",
                "github": {"username": "mary"},
            },
            {
                "contact": [
                    {"type": "github", "icon": "fab fa-github"},
                    {"type": "email", "icon": "fas fa-envelope", "noblank": True},
                    {"type": "mastodon", "url": "https://example.social/@mary"},
                ]
            },
            Author(
                name=MARY,
                photo="https://example.org/mary.jpg",
                email="mary@example.org",
                links={
                    "twitter": "https://twitter.com/mary",
                    "example.org": "https://example.org/mary",
                    "mastodon": "https://example.social/@mary",
                    "github": "mary",
                },
            ),
            id="chirpy",
        ),
        pytest.param(
            {"author": "mary"},
            {
                "authors": {
                    "mary": {
                        "name": MARY,
                        "email": "mary@example.org",
                        "picture": {"path": "/assets/mary.jpg", "srcset": {"1x": "x"}},
                        "social": {"github": "mary", "rss": "https://example.org/feed"},
                    }
                }
            },
            Author(
                name=MARY,
                photo="/assets/mary.jpg",
                email="mary@example.org",
                links={"github": "mary", "rss": "https://example.org/feed"},
            ),
            id="hydejack",
        ),
        pytest.param(
            {
                "name": MARY,
                "avatar": "//example.org/mary.jpg",
                "footer-links": {
                    "email": "mary@example.org",
                    "github": "mary",
                    "rss": "anything",
                    "stackoverflow": "users/12/mary",
                    "twitter": None,
                },
            },
            {},
            Author(
                name=MARY,
                photo="https://example.org/mary.jpg",
                email="mary@example.org",
                links={"github": "mary", "stackoverflow": "users/12/mary"},
            ),
            id="jekyll-now",
        ),
        pytest.param(
            {"author": "Mary"},
            {"members": [{"name": "Mary", "role": "Director", "photo": "m.jpg"}, {"name": "Ada"}]},
            Author(name="Mary", tagline="Director", photo="m.jpg"),
            id="a list of members",
        ),
    ],
)
def test_a_profile_is_read_as_its_theme_keeps_it(
    config: dict[str, Any], data: dict[str, Any], expected: Author
) -> None:
    found = from_jekyll(config, data)
    assert found == expected
    assert list(found.links) == list(expected.links)


@pytest.mark.parametrize(
    "theme", [{}, {"theme": "minimal-mistakes-jekyll"}, {"remote_theme": "a/b"}]
)
def test_an_email_that_the_theme_does_not_show_is_not_taken(theme: dict[str, str]) -> None:
    assert from_jekyll({"email": "mary@example.org", "author": MARY, **theme}, {}).email == ""


@pytest.mark.parametrize(
    "bad",
    [
        "javascript:alert(1)", "java\nscript:alert(1)", "data:text/html,x", "https://[", "//", ":",
        "{{ site.url }}/x", "https://github.com/", "", None, True, 1.5, [], {}, [[]], {"url": []},
        "x" * 100_000, "<" * 5_000, "[" * 5_000, "\x00",
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_left_out(bad: Any) -> None:
    links = from_jekyll(
        {"author": {"name": MARY, "links": [{"label": "Me", "url": bad}]}}, {}
    ).links
    assert links in ({}, {"Me": "https://github.com/"})
    assert from_jekyll({"author": {"avatar": bad, "email": bad}}, {}).email == ""


JUNK = (None, True, 5, 1.5, "x", "javascript:x", [], {}, [None, 5, {}], {"a": {"b": []}}, {5: 6})
PLACES = (
    "author authors social minima mastodon avatar picture first_name email theme github socials "
    "social_links social-network-links footer-links contact members"
).split()


def test_nothing_that_yaml_can_hold_raises() -> None:
    for place, junk in itertools.product(PLACES, JUNK):
        from_jekyll({place: junk}, {place: junk})
        from_jekyll({"author": {place: junk}}, {})
        from_jekyll({"author": "x"}, {place: {"x": junk}})
    from_jekyll(None, None)  # type: ignore[arg-type]
    loop: dict[str, Any] = {"name": MARY}
    loop["social"] = loop["links"] = loop
    assert from_jekyll({"author": loop}, loop).name == MARY
