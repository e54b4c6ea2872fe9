"""Services: their names in any spelling, the addresses they make, and what is not linked to."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher import services, theme
from publisher.errors import ConfigError


@pytest.mark.parametrize(
    ("key", "name", "address"),
    [
        ("github", "octo", "https://github.com/octo"),
        ("github", "@octo", "https://github.com/octo"),
        ("GitHub", "github.com/octo", "https://github.com/octo"),
        ("github_username", "octo", "https://github.com/octo"),
        ("scholar", "abc_-XYZ", "https://scholar.google.com/citations?user=abc_-XYZ"),
        ("Google Scholar", "user=abc&hl=en", "https://scholar.google.com/citations?user=abc"),
        ("googlescholar", "https://scholar.google.com/x", "https://scholar.google.com/x"),
        ("orcid", "0000-0002-1825-0097", "https://orcid.org/0000-0002-1825-0097"),
        ("linkedin", "mary", "https://www.linkedin.com/in/mary/"),
        ("linkedin", "company/x", "https://www.linkedin.com/company/x/"),
        ("linkedin", "www.linkedin.com/in/mary", "https://www.linkedin.com/in/mary"),
        ("mastodon", "@mary@example.social", "https://example.social/@mary"),
        ("mastodon", "mary@example.social", "https://example.social/@mary"),
        ("mastodon", "example.social/@mary", "https://example.social/@mary"),
        ("bluesky", "mary", "https://bsky.app/profile/mary.bsky.social"),
        ("bluesky", "@mary.example.org", "https://bsky.app/profile/mary.example.org"),
        ("letterboxd", "mary", "https://letterboxd.com/mary/"),
        ("stackoverflow", "12/mary", "https://stackoverflow.com/users/12/mary"),
        ("youtube", "mary", "https://www.youtube.com/@mary"),
        ("youtube", f"UC{'x' * 22}", f"https://www.youtube.com/channel/UC{'x' * 22}"),
        ("medium", "@mary", "https://medium.com/@mary"),
        ("substack", "mary", "https://mary.substack.com/"),
        ("matrix", "@mary:example.org", "https://matrix.to/#/@mary:example.org"),
        ("wikipedia", "User:Mary S", "https://en.wikipedia.org/wiki/User:Mary%20S"),
        ("goodreads", "12-mary", "https://www.goodreads.com/user/show/12-mary"),
        ("whatsapp", "+44 (0)12", "https://wa.me/44012"),
        ("email", "mary@example.org", "mailto:mary@example.org"),
        ("website", "//example.org/", "https://example.org/"),
        ("Anything at all", "http://example.org/ü?a=b&c#d", "http://example.org/ü?a=b&c#d"),
    ],
)
def test_a_name_becomes_an_address(key: str, name: str, address: str) -> None:
    assert services.contact(key, name).address == address


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("cv", "files/cv.pdf"),
        ("cv", "cv.pdf"),
        ("My talks", "talks/index.md"),
        ("rss", "/feed.xml"),
    ],
)
def test_a_path_is_one_of_the_project(key: str, value: str) -> None:
    found = services.contact(key, value)
    assert (found.address, found.path) == ("", value)


def test_what_no_service_is_called_is_shown_by_its_own_words() -> None:
    found = services.contact("Family  tree", "https://example.org")
    assert (found.label, found.icon) == ("Family tree", "family-tree")
    assert services.contact("My code", "https://github.com/x").icon == "github"


@pytest.mark.parametrize(
    ("key", "value", "message", "hint"),
    [
        ("github", "javascript:alert(1)", "`javascript:` addresses are not linked to", "https://"),
        ("Me", " JavaScript:alert(1)", "`JavaScript:` addresses are not linked to", "https://"),
        ("Me", "data:text/html,x", "`data:` addresses are not linked to", "https://"),
        ("Me", "vbscript:x", "`vbscript:` addresses are not linked to", "https://"),
        ("Me", "file:///etc/passwd", "`file:` addresses are not linked to", "https://"),
        ("Me", "java\tscript:alert(1)", "'Me' is no service", "full address"),
        ("Me", "https://a b", "an address has no spaces", "%20"),
        ("Me", 'https://a"><script>', "an address has no spaces", "%20"),
        ("Me", "https://[", "names no host", "https://"),
        ("Me", "https:///x", "names no host", "https://"),
        ("githbu", "octo", "'githbu' is no service", "did you mean `github`?"),
        ("zzz", "octo", "'zzz' is no service", "give a full address"),
        ("mastodon", "mary", "does not say where", "@ada@example.social"),
        ("substack", "a.b/c", "no name for substack.com", "full address"),
        ("website", "here", "neither an address nor a file", "full address"),
        ("github", "  ", "the link is empty", "name or an address"),
    ],
)
def test_what_cannot_be_linked_to_is_refused(key: str, value: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        services.contact(key, value)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("address", "key"),
    [
        ("https://www.linkedin.com/in/x", "linkedin"),
        ("https://x.com/a", "x"),
        ("https://mary.substack.com/", "substack"),
        ("https://de.wikipedia.org/wiki/X", "wikipedia"),
        ("https://example.org/", None),
        ("https://notgithub.com/", None),
        ("https://[", None),
        ("files/cv.pdf", None),
    ],
)
def test_a_service_is_known_by_its_address(address: str, key: str | None) -> None:
    found = services.at(address)
    assert (found.key if found else None) == key


def test_no_two_services_have_one_name() -> None:
    names = [
        services.find(name) for s in services.SERVICES for name in (s.key, s.label, *s.aliases)
    ]
    wanted = [s for s in services.SERVICES for _ in (s.key, s.label, *s.aliases)]
    assert names == wanted


def test_each_icon_is_in_the_theme_and_each_file_is_an_icon_of_a_service(tmp_path: Path) -> None:
    (ours,) = theme.folders(tmp_path, "default")
    files = {path.stem: path.read_text() for path in (ours / "icons").glob("*.svg")}
    facts = {"building-columns", "location-dot"}
    assert files.keys() == {s.icon for s in services.SERVICES if s.icon} | facts
    for name, svg in files.items():
        assert svg.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 '), name
        assert svg.count("<path ") == svg.count('<path fill="currentColor" '), name
        assert "<script" not in svg
        assert "{" not in svg, "an icon is included as a Jinja template"
    assert "CC BY 4.0" in (ours / "icons" / "LICENSE.txt").read_text()
